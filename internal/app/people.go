package app

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/user"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/config"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/store"
)

// withPeople opens a database that exists, gives f the service of people with the operator asking, and closes it: in a
// mistyped data directory a new and empty one would be no answer.
func (c *command) withPeople(f func(ctx context.Context, people *auth.Service) error) error {
	opts := storeOptions(c.config, c.log)
	opts.Existing = true
	return c.withPeopleOf(opts, f)
}

// withPeopleOf is withPeople for the database of opts.
func (c *command) withPeopleOf(opts store.Options, f func(ctx context.Context, people *auth.Service) error) (err error) {
	s, err := store.Open(c.ctx, opts)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	people, err := auth.New(auth.Options{Store: s, Logger: c.log})
	if err != nil {
		return err
	}
	return asFlags(f(c.operator(), people))
}

// asFlags names the places in a refusal as the command line does: input.roles[0].app is --role.
func asFlags(err error) error {
	refused, ok := errors.AsType[*fault.Error](err)
	if !ok || refused.Code != fault.InvalidInput || len(refused.Fields) == 0 {
		return err
	}
	flags := map[string]string{"roles": "--role", "expiresAt": "--expires", "email": "EMAIL", "name": "the name", "password": "the password"}
	fields := slices.Clone(refused.Fields)
	for i := range fields {
		name, _, _ := strings.Cut(strings.TrimPrefix(fields[i].Path, "input."), "[")
		if flag, known := flags[name]; known {
			fields[i].Path = flag
		}
	}
	return fault.Invalid(fields...)
}

func storeOptions(cfg config.Config, log *slog.Logger) store.Options {
	return store.Options{DatabaseURL: cfg.DatabaseURL, Dir: cfg.DataDir, Logger: log}
}

// rolesFlag takes roles as “EDITOR” for the organisation and “shop:EDITOR” for an app.
type rolesFlag []string

func (r rolesFlag) grants() ([]auth.Grant, error) {
	var f fault.Fields
	grants := make([]auth.Grant, 0, len(r))
	for _, text := range r {
		app, name, inApp := strings.Cut(text, ":")
		if !inApp {
			app, name = "", text
		}
		role := auth.Role(strings.ToUpper(strings.TrimSpace(name)))
		if auth.SetOf(role) == 0 {
			f.Add("--role", "unknown_role", text+" is not a role: use "+strings.ToLower(roleNames())+", or e.g. shop:editor")
		}
		grants = append(grants, auth.Grant{Role: role, App: strings.TrimSpace(app)})
	}
	return grants, f.Err()
}

func roleNames() string {
	names := make([]string, 0, 7)
	for _, r := range auth.Roles() {
		names = append(names, string(r))
	}
	return strings.Join(names, ", ")
}

// passwordFlags say where a new password comes from; by default one is made up and printed.
type passwordFlags struct {
	PasswordStdin bool `name:"password-stdin" help:"Read the password from standard input instead of making one up."`
}

// password returns a new password, and whether it was made up and has to be shown.
func (p passwordFlags) password(in io.Reader) (password string, madeUp bool, err error) {
	if !p.PasswordStdin {
		return strings.ToLower(rand.Text()), true, nil
	}
	line, err := bufio.NewReader(in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", false, fmt.Errorf("read the password: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), false, nil
}

type userCreate struct {
	Email string    `arg:"" help:"Mail address."`
	Name  string    `name:"name" help:"What people call this person; default: the address."`
	Role  rolesFlag `name:"role" placeholder:"[APP:]ROLE" help:"A role, organisation-wide (admin) or in an app (shop:editor); may be repeated."`
	passwordFlags
}

// Run creates an account.
func (u userCreate) Run(c *command) error {
	roles, err := u.Role.grants()
	if err != nil {
		return err
	}
	password, madeUp, err := u.password(c.Stdin)
	if err != nil {
		return err
	}
	name := u.Name
	if name == "" {
		name = u.Email
	}
	return c.withPeopleOf(storeOptions(c.config, c.log), func(ctx context.Context, people *auth.Service) error {
		made, err := people.CreateUser(ctx, auth.CreateUser{Email: u.Email, Name: name, Password: password, Roles: roles})
		if err != nil {
			return err
		}
		c.printf("created %s (%s)\n", made.Email, made.ID)
		if madeUp {
			c.printf("password: %s\n", password)
		}
		return nil
	})
}

type userList struct{}

// Run lists the accounts.
func (userList) Run(c *command) error {
	return c.withPeople(func(ctx context.Context, people *auth.Service) error {
		query, err := people.Users(ctx)
		if err != nil {
			return err
		}
		rows, err := query.Order(ent.Asc(user.FieldEmailKey)).
			WithMemberships(func(q *ent.MembershipQuery) { q.WithApp() }).All(ctx)
		if err != nil {
			return store.Fault(err)
		}
		t := newTable(c.Stdout, "EMAIL", "NAME", "ROLES", "LAST SIGN-IN", "STATE")
		for _, u := range rows {
			state := "active"
			if u.DeactivatedAt != nil {
				state = "deactivated " + u.DeactivatedAt.Format(time.DateOnly)
			}
			t.row(u.Email, u.Name, rolesOf(u), moment(u.LastSignInAt), state)
		}
		return t.w.Flush()
	})
}

// table aligns columns; what goes wrong shows in Flush.
type table struct{ w *tabwriter.Writer }

func newTable(w io.Writer, head ...string) table {
	t := table{tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)}
	t.row(head...)
	return t
}

func (t table) row(cells ...string) { _, _ = io.WriteString(t.w, strings.Join(cells, "\t")+"\n") }

func rolesOf(u *ent.User) string {
	var list []string
	for _, m := range u.Edges.Memberships {
		role := strings.ToLower(m.Role)
		if a := m.Edges.App; a != nil {
			role = a.Key + ":" + role
		}
		list = append(list, role)
	}
	if len(list) == 0 {
		return "-"
	}
	return strings.Join(list, ",")
}

func moment(t *time.Time) string {
	if t == nil {
		return "-"
	}
	return t.UTC().Format("2006-01-02 15:04Z")
}

type userPassword struct {
	Email string `arg:"" help:"Mail address."`
	passwordFlags
}

// Run gives an account a new password.
func (u userPassword) Run(c *command) error {
	password, madeUp, err := u.password(c.Stdin)
	if err != nil {
		return err
	}
	return c.withPeople(func(ctx context.Context, people *auth.Service) error {
		if err := people.SetPassword(ctx, u.Email, password); err != nil {
			return err
		}
		c.printf("%s has a new password; running servers end the sessions within seconds\n", u.Email)
		if madeUp {
			c.printf("password: %s\n", password)
		}
		return nil
	})
}

type userDeactivate struct {
	Email string `arg:"" help:"Mail address."`
}

// Run deactivates an account.
func (u userDeactivate) Run(c *command) error {
	return c.withPeople(func(ctx context.Context, people *auth.Service) error {
		row, err := people.User(ctx, u.Email)
		if err != nil {
			return err
		}
		if _, err := people.DeactivateUser(ctx, row.ID); err != nil {
			return err
		}
		c.printf("%s is refused from now on; running servers end what is open within seconds\n", row.Email)
		return nil
	})
}

type userReactivate struct {
	Email string `arg:"" help:"Mail address."`
}

// Run reactivates an account.
func (u userReactivate) Run(c *command) error {
	return c.withPeople(func(ctx context.Context, people *auth.Service) error {
		row, err := people.User(ctx, u.Email)
		if err != nil {
			return err
		}
		if _, err := people.ReactivateUser(ctx, row.ID); err != nil {
			return err
		}
		c.printf("%s may sign in again; API tokens stay revoked\n", row.Email)
		return nil
	})
}

type tokenCreate struct {
	User    string        `name:"user" required:"" placeholder:"EMAIL" help:"The person for whom the token acts; its roles cannot exceed theirs."`
	Name    string        `arg:"" help:"What it is for, e.g. \"CI\"."`
	Role    rolesFlag     `name:"role" required:"" placeholder:"[APP:]ROLE" help:"A role, organisation-wide (admin) or in an app (shop:editor); may be repeated."`
	Expires time.Duration `name:"expires" placeholder:"DURATION" help:"How long it is good, e.g. 720h; for good when left out."`
}

// Run creates an API token.
func (t tokenCreate) Run(c *command) error {
	roles, err := t.Role.grants()
	if err != nil {
		return err
	}
	in := auth.CreateToken{Name: t.Name, Roles: roles}
	if t.Expires != 0 {
		end := time.Now().Add(t.Expires)
		in.ExpiresAt = &end
	}
	return c.withPeople(func(ctx context.Context, people *auth.Service) error {
		row, secret, err := people.CreateTokenFor(ctx, t.User, in)
		if err != nil {
			return err
		}
		c.printf("created %s; this is its secret, which cannot be shown again:\n%s\n", row.ID, secret)
		return nil
	})
}

type tokenList struct {
	User string `name:"user" placeholder:"EMAIL" help:"Only those of one person."`
}

// Run lists API tokens.
func (t tokenList) Run(c *command) error {
	return c.withPeople(func(ctx context.Context, people *auth.Service) error {
		userID := ""
		if t.User != "" {
			u, err := people.User(ctx, t.User)
			if err != nil {
				return err
			}
			userID = u.ID
		}
		rows, err := people.Tokens(ctx, userID)
		if err != nil {
			return err
		}
		table := newTable(c.Stdout, "ID", "NAME", "ENDS IN", "OF", "EXPIRES", "LAST USED", "REVOKED")
		for _, r := range rows {
			table.row(r.ID, r.Name, "…"+r.Hint, r.Edges.User.Email, moment(r.ExpiresAt), moment(r.LastUsedAt), moment(r.RevokedAt))
		}
		return table.w.Flush()
	})
}

type tokenRevoke struct {
	ID string `arg:"" help:"The token's id, as waymark token list shows it."`
}

// Run revokes an API token.
func (t tokenRevoke) Run(c *command) error {
	return c.withPeople(func(ctx context.Context, people *auth.Service) error {
		row, err := people.RevokeToken(ctx, t.ID)
		if err != nil {
			return err
		}
		c.printf("%s (%s) is refused from now on; running servers end what is open within seconds\n", row.ID, row.Name)
		return nil
	})
}
