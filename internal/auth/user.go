package auth

import (
	"context"
	"fmt"
	"net/mail"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/apitoken"
	"github.com/waymarkhq/waymark/ent/invitation"
	"github.com/waymarkhq/waymark/ent/session"
	"github.com/waymarkhq/waymark/ent/user"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/store"
)

// Lengths of what is kept about people: bytes of an address (RFC 5321), characters of a name.
const (
	maxEmail = 254
	maxName  = 100
)

// CreateUser is a new account.
type CreateUser struct {
	Email, Name, Password string
	Roles                 []Grant
}

// Grant is a role, in the app with a key or organisation-wide (App empty).
type Grant struct {
	Role Role
	App  string
}

// Users returns the query for all people, newest last when ordered by id; the caller pages it. FORBIDDEN unless who is asking
// administrates something.
func (s *Service) Users(ctx context.Context) (*ent.UserQuery, error) {
	if err := Allow(ctx, "Query.users", ""); err != nil {
		return nil, err
	}
	return s.store.Read().User.Query(), nil
}

// User returns the person with that address, or NOT_FOUND. For administrators of the organisation.
func (s *Service) User(ctx context.Context, email string) (*ent.User, error) {
	if err := Allow(ctx, "Mutation.createUser", ""); err != nil {
		return nil, err
	}
	u, err := s.store.Read().User.Query().Where(user.EmailKey(emailKey(email))).WithMemberships().Only(ctx)
	return u, found(err, "User", email)
}

// CreateUser makes an account with its first roles. INVALID_INPUT names each refused field; CONFLICT when the address is taken.
func (s *Service) CreateUser(ctx context.Context, in CreateUser) (*ent.User, error) {
	if err := Allow(ctx, "Mutation.createUser", ""); err != nil {
		return nil, err
	}
	p, err := From(ctx)
	if err != nil {
		return nil, err
	}
	hash, err := s.hashNew(ctx, &in)
	if err != nil {
		return nil, err
	}
	u, err := store.InTx(ctx, s.store, func(ctx context.Context, tx *ent.Tx) (*ent.User, error) {
		grants, err := resolve(ctx, tx, in.Roles)
		if err != nil {
			return nil, err
		}
		return insertUser(ctx, tx, p, in, hash, grants)
	})
	if err != nil {
		return nil, fmt.Errorf("create user: %w", err)
	}
	s.log.InfoContext(ctx, "user created", "user", u.ID, "by", p.UserID())
	return u, nil
}

// hashNew checks a new account, brings its texts into their stored form and returns the hash of its password.
func (s *Service) hashNew(ctx context.Context, in *CreateUser) (string, error) {
	var f fault.Fields
	in.Email, in.Name = cleanEmail(&f, in.Email), cleanName(&f, in.Name)
	checkPassword(&f, "input.password", in.Password, in.Email, in.Name)
	for i, g := range in.Roles {
		if SetOf(g.Role) == 0 {
			f.Add(fmt.Sprintf("input.roles[%d].role", i), "unknown_role", "is not a role")
		}
	}
	if err := f.Err(); err != nil {
		return "", err
	}
	return s.passwords.Hash(ctx, in.Password)
}

func insertUser(ctx context.Context, tx *ent.Tx, by *Principal, in CreateUser, hash string, grants []placed) (*ent.User, error) {
	taken, err := tx.User.Query().Where(user.EmailKey(emailKey(in.Email))).Exist(ctx)
	if err != nil {
		return nil, err
	}
	if taken {
		return nil, emailTaken()
	}
	u, err := tx.User.Create().SetEmail(in.Email).SetEmailKey(emailKey(in.Email)).SetName(in.Name).SetPasswordHash(hash).
		SetCreatedByID(by.UserID()).SetUpdatedByID(by.UserID()).Save(ctx)
	if err != nil {
		return nil, err
	}
	for _, g := range grants {
		if _, err := insertMembership(ctx, tx, by, u.ID, g); err != nil {
			return nil, err
		}
	}
	return u, nil
}

func emailTaken() error {
	e := fault.New(fault.Conflict, "email_taken", "somebody else has this address already")
	e.Fields = []fault.Field{{Path: "input.email", Reason: "email_taken", Message: "somebody else has this address already"}}
	return e
}

// UpdateUser is what changes in an account; nil stays.
type UpdateUser struct {
	ID          string
	Email, Name *string
}

// UpdateUser changes an account: one's own, or any as an administrator of the organisation. INVALID_INPUT names each
// refused field; CONFLICT when the address is taken; NOT_FOUND.
func (s *Service) UpdateUser(ctx context.Context, in UpdateUser) (*ent.User, error) {
	if err := AllowOn(ctx, "Mutation.updateUser", Object{Owner: in.ID}); err != nil {
		return nil, err
	}
	p, err := From(ctx)
	if err != nil {
		return nil, err
	}
	var f fault.Fields
	if in.Email != nil {
		*in.Email = cleanEmail(&f, *in.Email)
	}
	if in.Name != nil {
		*in.Name = cleanName(&f, *in.Name)
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	u, err := store.InTx(ctx, s.store, func(ctx context.Context, tx *ent.Tx) (*ent.User, error) {
		return s.updateUser(ctx, tx, p, in)
	})
	if err != nil {
		return nil, fmt.Errorf("update user: %w", err)
	}
	return u, nil
}

func (s *Service) updateUser(ctx context.Context, tx *ent.Tx, p *Principal, in UpdateUser) (*ent.User, error) {
	u, err := tx.User.Get(ctx, in.ID)
	if err != nil {
		return nil, found(err, "User", in.ID)
	}
	change := u.Update().SetUpdatedByID(p.UserID()).SetNillableName(in.Name)
	if in.Email != nil {
		taken, err := tx.User.Query().Where(user.EmailKey(emailKey(*in.Email)), user.IDNEQ(u.ID)).Exist(ctx)
		if err != nil {
			return nil, err
		}
		if taken {
			return nil, emailTaken()
		}
		change.SetEmail(*in.Email).SetEmailKey(emailKey(*in.Email))
	}
	s.announce(ctx, nil, u.ID) // principals carry name and address
	return change.Save(ctx)
}

// DeactivateUser refuses a person from now on: all sessions and API tokens end for good. Twice is as good as once. NOT_FOUND;
// FAILED_PRECONDITION for the last administrator of the organisation.
func (s *Service) DeactivateUser(ctx context.Context, id string) (*ent.User, error) {
	if err := Allow(ctx, "Mutation.deactivateUser", ""); err != nil {
		return nil, err
	}
	p, err := From(ctx)
	if err != nil {
		return nil, err
	}
	u, err := store.InTx(ctx, s.store, func(ctx context.Context, tx *ent.Tx) (*ent.User, error) {
		u, err := tx.User.Get(ctx, id)
		if err != nil {
			return nil, found(err, "User", id)
		}
		if u.DeactivatedAt != nil {
			return u, nil
		}
		if u, err = u.Update().SetDeactivatedAt(s.now()).SetUpdatedByID(p.UserID()).Save(ctx); err != nil {
			return nil, err
		}
		if _, err := tx.Session.Delete().Where(session.UserID(id)).Exec(ctx); err != nil {
			return nil, err
		}
		if err := tx.APIToken.Update().Where(apitoken.UserID(id), apitoken.RevokedAtIsNil()).
			SetRevokedAt(s.now()).SetUpdatedByID(p.UserID()).Exec(ctx); err != nil {
			return nil, err
		}
		// Else whoever expects to leave could come back by a link of their own.
		if err := tx.Invitation.Update().Where(invitation.CreatedByID(id), invitation.AcceptedAtIsNil(), invitation.RevokedAtIsNil()).
			SetRevokedAt(s.now()).SetUpdatedByID(p.UserID()).Exec(ctx); err != nil {
			return nil, err
		}
		s.announce(ctx, errUserDeactivated, id)
		if admin, err := tx.Membership.Query().Where(theGrant(id, placed{role: Admin})...).Exist(ctx); err != nil || !admin {
			return u, err
		}
		return u, administrated(ctx, tx)
	})
	if err != nil {
		return nil, fmt.Errorf("deactivate user: %w", err)
	}
	s.log.InfoContext(ctx, "user deactivated", "user", id, "by", p.UserID())
	return u, nil
}

// ReactivateUser lets a person in again whom DeactivateUser refused, with the roles of then; API tokens stay revoked. Twice is as
// good as once. NOT_FOUND.
func (s *Service) ReactivateUser(ctx context.Context, id string) (*ent.User, error) {
	if err := Allow(ctx, "Mutation.reactivateUser", ""); err != nil {
		return nil, err
	}
	p, err := From(ctx)
	if err != nil {
		return nil, err
	}
	u, err := store.InTx(ctx, s.store, func(ctx context.Context, tx *ent.Tx) (*ent.User, error) {
		u, err := tx.User.Get(ctx, id)
		if err != nil {
			return nil, found(err, "User", id)
		}
		if u.DeactivatedAt == nil {
			return u, nil
		}
		return u.Update().ClearDeactivatedAt().SetUpdatedByID(p.UserID()).Save(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("reactivate user: %w", err)
	}
	s.log.InfoContext(ctx, "user reactivated", "user", id, "by", p.UserID())
	return u, nil
}

// ChangePassword is a change of one's own password.
type ChangePassword struct{ Old, New string }

// ChangePassword changes the password of who is asking and ends their other sessions. INVALID_INPUT when the old one is wrong
// or the new one refused; RATE_LIMITED as in SignIn; FORBIDDEN for API tokens.
func (s *Service) ChangePassword(ctx context.Context, in ChangePassword) (*Principal, error) {
	if err := Allow(ctx, "Mutation.changePassword", ""); err != nil {
		return nil, err
	}
	p, err := From(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.checkOld(ctx, p, in.Old); err != nil {
		return nil, err
	}
	if err := s.storePassword(ctx, p, p.UserID(), in.New, "input.newPassword"); err != nil {
		return nil, fmt.Errorf("change password: %w", err)
	}
	return p, nil
}

// checkOld refuses a wrong old password, and guessing at it.
func (s *Service) checkOld(ctx context.Context, p *Principal, old string) error {
	address := ""
	if x, _ := ctx.Value(exchangeKey{}).(*exchange); x != nil {
		address = x.address
	}
	_, err := s.checkPassword(ctx, SignIn{Email: p.Email(), Password: old}, address)
	if fault.Is(err, fault.Unauthenticated) {
		return fault.Invalid(fault.Field{Path: "input.oldPassword", Reason: "wrong_password", Message: "is not your password"})
	}
	return err
}

// SetPassword gives the person with that address a new password and ends all their sessions. For administrators of the
// organisation; INVALID_INPUT, NOT_FOUND.
func (s *Service) SetPassword(ctx context.Context, email, password string) error {
	if err := Allow(ctx, "User.password", ""); err != nil {
		return err
	}
	p, err := From(ctx)
	if err != nil {
		return err
	}
	u, err := s.User(ctx, email)
	if err != nil {
		return err
	}
	if err := s.storePassword(ctx, p, u.ID, password, "input.password"); err != nil {
		return fmt.Errorf("set password: %w", err)
	}
	s.log.InfoContext(ctx, "password set", "user", u.ID, "by", p.UserID())
	return nil
}

// storePassword checks and stores a user's new password, which stands at path in the input, and ends the user's sessions but
// by's own.
func (s *Service) storePassword(ctx context.Context, by *Principal, userID, password, path string) error {
	u, err := s.store.Read().User.Get(ctx, userID)
	if err != nil {
		return found(err, "User", userID)
	}
	var f fault.Fields
	checkPassword(&f, path, password, u.Email, u.Name)
	if err := f.Err(); err != nil {
		return err
	}
	hash, err := s.passwords.Hash(ctx, password)
	if err != nil {
		return err
	}
	return s.store.Tx(ctx, func(ctx context.Context, tx *ent.Tx) error {
		if err := tx.User.UpdateOneID(userID).SetPasswordHash(hash).SetUpdatedByID(by.UserID()).Exec(ctx); err != nil {
			return err
		}
		return s.endSessions(ctx, tx, session.UserID(userID), session.IDNEQ(by.SessionID()))
	})
}

// emailKey is what two spellings of one address have in common.
func emailKey(email string) string {
	return cases.Fold().String(norm.NFKC.String(strings.TrimSpace(email)))
}

// cleanEmail returns an address as it is stored, or notes in f why it is none.
func cleanEmail(f *fault.Fields, email string) string {
	const path = "input.email"
	email = norm.NFC.String(strings.TrimSpace(email))
	parsed, err := mail.ParseAddress(email)
	switch {
	case email == "":
		f.Add(path, "required", "is required")
	case len(email) > maxEmail:
		f.Add(path, "too_long", fmt.Sprintf("may have at most %d bytes", maxEmail))
	case err != nil || parsed.Address != email || !storable(email):
		f.Add(path, "invalid_email", "is not a mail address")
	}
	return email
}

// cleanName returns a name as it is stored, or notes in f why it is refused.
func cleanName(f *fault.Fields, name string) string {
	const path = "input.name"
	name = norm.NFC.String(strings.TrimSpace(name))
	switch {
	case name == "":
		f.Add(path, "required", "is required")
	case !storable(name):
		f.Add(path, "invalid_text", "must be valid UTF-8 without control characters")
	case utf8.RuneCountInString(name) > maxName:
		f.Add(path, "too_long", fmt.Sprintf("may have at most %d characters", maxName))
	}
	return name
}

// storable reports whether s is one line of text.
func storable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// found turns ent's “not found” into NOT_FOUND for the object of that type and name, and other errors into faults.
func found(err error, typ, name string) error {
	if ent.IsNotFound(err) {
		return fault.NotFoundf(typ, name)
	}
	return store.Fault(err)
}
