package catalog

import (
	"context"
	stdsql "database/sql"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

	"entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/app"
	"github.com/waymarkhq/waymark/ent/environment"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/outward"
	"github.com/waymarkhq/waymark/internal/wire"
	"github.com/waymarkhq/waymark/internal/wire/formats"
)

// Limits of forwarding.
const (
	maxForwardURL     = 2000
	maxForwardHeaders = 20
	maxForwardValue   = 4096
)

// ownHeaders are those that forwarding, or HTTP itself, sets.
var ownHeaders = []string{
	"Connection", "Content-Encoding", "Content-Length", "Expect", "Host", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
	"Waymark-Forwarded",
}

// headerName is a token of HTTP.
var headerName = regexp.MustCompile("^[0-9A-Za-z!#$%&'*+.^_`|~-]{1,100}$")

// OwnHosts says where this server is reached, as host or host:port, so that nobody has it forward to itself. It is called
// before the service is used.
func (s *Service) OwnHosts(hosts ...string) { s.ownHosts = hosts }

// sdkPaths knows the paths that SDKs send to.
var sdkPaths = sync.OnceValue(func() *wire.Router {
	r, err := wire.NewRouter(formats.All()...)
	if err != nil {
		panic(err) // a fault of the program, which does not start with it either
	}
	return r
})

func (s *Service) validateForwarding(in *ForwardingInput, f *fault.Fields) {
	if in == nil {
		return
	}
	in.URL = strings.TrimSpace(in.URL)
	if in.URL != "" {
		s.validateForwardURL(in.URL, f)
	} else if len(in.Headers) > 0 {
		f.Add("input.forwarding.headers", "without_url", "without a URL nothing is passed on, so there is nothing to set headers of")
	}
	if len(in.Headers) > maxForwardHeaders {
		f.Add("input.forwarding.headers", "too_many", fmt.Sprintf("at most %d headers", maxForwardHeaders))
	}
	seen := map[string]bool{}
	for i := range in.Headers {
		validateForwardHeader(fmt.Sprintf("input.forwarding.headers[%d].", i), &in.Headers[i], seen, f)
	}
}

func (s *Service) validateForwardURL(address string, f *fault.Fields) {
	const path = "input.forwarding.url"
	u, err := url.Parse(address)
	if err != nil || len(address) > maxForwardURL {
		f.Add(path, "invalid_url", "must look like https://sa.example.com")
		return
	}
	if err := outward.Check(u); err != nil {
		reasons := map[error]string{outward.ErrScheme: "invalid_scheme", outward.ErrHost: "no_host", outward.ErrUser: "has_password", outward.ErrPort: "invalid_port"}
		f.Add(path, reasons[err], err.Error())
		return
	}
	switch _, endpoint := sdkPaths().Match(http.MethodPost, u.Path); {
	case u.Fragment != "":
		f.Add(path, "has_fragment", "nothing behind a # is ever sent")
	case endpoint && strings.Trim(u.Path, "/") != "":
		f.Add(path, "has_sdk_path", "leave the path out: each payload keeps its own, and "+u.Path+" would stand there twice")
	case slices.ContainsFunc(s.ownHosts, func(own string) bool { return sameHost(u, own) }):
		f.Add(path, "own_address", "this is where this server is itself")
	}
}

// sameHost compares a URL's host with host or host:port.
func sameHost(u *url.URL, own string) bool {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	name, ownPort, with := strings.Cut(own, ":")
	if i := strings.LastIndexByte(own, ':'); with && i >= 0 {
		name, ownPort = own[:i], own[i+1:]
	}
	return strings.EqualFold(strings.Trim(name, "[]"), u.Hostname()) && (ownPort == port || !with && (port == "80" || port == "443"))
}

func validateForwardHeader(path string, h *ForwardingHeaderInput, seen map[string]bool, f *fault.Fields) {
	name := http.CanonicalHeaderKey(strings.TrimSpace(h.Name))
	switch {
	case !headerName.MatchString(name):
		f.Add(path+"name", "invalid_header", "must be the name of a header, e.g. Authorization")
	case slices.Contains(ownHeaders, name) || strings.HasPrefix(name, "Proxy-") || strings.HasPrefix(name, "X-Forwarded-"):
		f.Add(path+"name", "reserved_header", name+" is set by the server")
	case seen[name]:
		f.Add(path+"name", "duplicate", name+" is there twice")
	}
	if len(h.Value) > maxForwardValue || strings.ContainsFunc(h.Value, unicode.IsControl) {
		f.Add(path+"value", "invalid_header", fmt.Sprintf("must be one line of at most %d bytes", maxForwardValue))
	}
	h.Name, seen[name] = name, true
}

// setForwarding puts what an environment passes on, and where to, into its update.
func setForwarding(u *ent.EnvironmentUpdateOne, before *ent.Environment, in *ForwardingInput) {
	if in == nil {
		return
	}
	if in.URL == "" {
		u.SetForwardTo("").ClearForwardHeaders().SetForwardBacklog("")
		return
	}
	u.SetForwardTo(in.URL)
	if before.ForwardBacklog == "" {
		u.SetForwardBacklog("fwd_" + strings.ReplaceAll(uuid.Must(uuid.NewV7()).String(), "-", ""))
	}
	if in.Headers == nil {
		return
	}
	headers := make(map[string]string, len(in.Headers))
	for _, h := range in.Headers {
		headers[h.Name] = h.Value
	}
	u.SetForwardHeaders(headers)
}

// Backlogs returns in which backlog the payloads of each environment wait that are passed on, by the environment's id, empty
// where none are; those of archived apps pass nothing on. It is for the program itself and asks nobody for permission.
func (s *Service) Backlogs(ctx context.Context) (map[string]string, error) {
	d := sql.Dialect(s.store.Dialect())
	e, a := d.Table(environment.Table).As("e"), d.Table(app.Table).As("a")
	q := d.Select(e.C(environment.FieldID), e.C(environment.FieldForwardBacklog), a.C(app.FieldArchivedAt)).
		From(e).Join(a).On(e.C(environment.FieldAppID), a.C(app.FieldID))
	found := map[string]string{}
	err := scan(ctx, s.read, q, func(rows *stdsql.Rows) error {
		var id, backlog string
		var archived stdsql.NullTime
		if err := rows.Scan(&id, &backlog, &archived); err != nil {
			return err
		}
		if archived.Valid {
			backlog = ""
		}
		found[id] = backlog
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read which environments pass on: %w", err)
	}
	return found, nil
}
