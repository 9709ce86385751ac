package auth_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is one node with a clock that the test moves.
type world struct {
	*auth.Service
	t     *testing.T
	store *store.Store
	clock *clock
}

// operator is a context in which the operator is asking.
func (w *world) operator() context.Context { return auth.With(w.t.Context(), auth.Operator()) }

func newWorld(t *testing.T, s *store.Store) *world {
	t.Helper()
	return newNode(t, s, newClock(), nil)
}

func newNode(t *testing.T, s *store.Store, c *clock, n auth.Notifier) *world {
	t.Helper()
	svc, err := auth.New(auth.Options{Store: s, Clock: c.now, Cost: cheap, Notifier: n})
	require.NoError(t, err)
	return &world{Service: svc, t: t, store: s, clock: c}
}

// user makes a person whose password is "correct horse", with organisation-wide roles.
func (w *world) user(email string, roles ...auth.Role) string {
	w.t.Helper()
	in := auth.CreateUser{Email: email, Name: "Name of " + email, Password: "correct horse"}
	for _, r := range roles {
		in.Roles = append(in.Roles, auth.Grant{Role: r})
	}
	u, err := w.CreateUser(w.operator(), in)
	require.NoError(w.t, err)
	return u.ID
}

// client is a browser or a bot: it keeps its cookie and sends it again.
type client struct {
	w       *world
	cookie  string
	set     *http.Cookie // what the last answer set
	header  http.Header
	address string
}

func (w *world) client() *client {
	return &client{w: w, header: http.Header{}, address: "192.0.2.1:40000"}
}

// do runs f within one request of the client.
func (c *client) do(f func(ctx context.Context)) {
	c.w.t.Helper()
	r := httptest.NewRequestWithContext(c.w.t.Context(), http.MethodPost, "http://waymark.test/graphql", http.NoBody)
	r.RemoteAddr = c.address
	r.Header = c.header.Clone()
	if c.cookie != "" {
		r.AddCookie(&http.Cookie{Name: auth.CookieName, Value: c.cookie})
	}
	rec := httptest.NewRecorder()
	c.w.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { f(r.Context()) })).ServeHTTP(rec, r)
	c.set = nil
	for _, cookie := range rec.Result().Cookies() {
		require.Nil(c.w.t, c.set, "one cookie at most")
		c.set, c.cookie = cookie, cookie.Value
	}
}

// who returns who is asking in a request of the client.
func (c *client) who() (p *auth.Principal, err error) {
	c.w.t.Helper()
	c.do(func(ctx context.Context) { p, err = auth.From(ctx) })
	return p, err
}

func (c *client) signIn(email, password string) (p *auth.Principal, err error) {
	c.w.t.Helper()
	c.do(func(ctx context.Context) { p, err = c.w.SignIn(ctx, auth.SignIn{Email: email, Password: password}) })
	return p, err
}

func (c *client) mustSignIn(email string) *auth.Principal {
	c.w.t.Helper()
	p, err := c.signIn(email, "correct horse")
	require.NoError(c.w.t, err)
	return p
}

// wire joins nodes as the bus does.
type wire struct {
	mu        sync.Mutex
	listeners map[int]func(string, []byte)
	next      int
	deaf      bool // loses what is sent
}

func (w *wire) Notify(subject string, data []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.deaf {
		return nil
	}
	for _, f := range w.listeners {
		f(subject, data)
	}
	return nil
}

func (w *wire) Listen(_ string, f func(string, []byte)) (func(), error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.listeners == nil {
		w.listeners = map[int]func(string, []byte){}
	}
	id := w.next
	w.next++
	w.listeners[id] = f
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.listeners, id)
	}, nil
}
