package oidc_test

import (
	"crypto/rand"
	"crypto/rsa"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/oidc"
	"github.com/waymarkhq/waymark/internal/oidc/issuertest"
	"github.com/waymarkhq/waymark/internal/store"
	"github.com/waymarkhq/waymark/internal/testkit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a server that people sign in to by an issuer.
type world struct {
	t      *testing.T
	store  *store.Store
	people *auth.Service
	issuer *issuertest.Issuer
	server *httptest.Server
	// browser follows no redirect, and keeps cookies.
	browser *http.Client
}

func newWorld(t *testing.T, s *store.Store, change func(*oidc.Options)) *world {
	t.Helper()
	w := &world{t: t, store: s, issuer: issuertest.New("waymark", "secret")}
	t.Cleanup(w.issuer.Close)
	var err error
	w.people, err = auth.New(auth.Options{Store: s, Cost: auth.Cost{Memory: 8 << 10, Time: 1, Threads: 1}})
	require.NoError(t, err)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	o := oidc.Options{
		Issuer: w.issuer.URL, ClientID: "waymark", ClientSecret: "secret", Scopes: []string{"openid", "email"}, RoleClaim: "realm.roles",
		Create: true, HTTP: &http.Client{Transport: transport}, Roles: []oidc.Role{
			{Group: "editors", Grant: auth.Grant{Role: auth.Editor}},
			{Group: "shop", Grant: auth.Grant{Role: auth.Tester, App: "shop"}},
			{Group: "ops", Grant: auth.Grant{Role: auth.Admin}},
			{Group: "gone", Grant: auth.Grant{Role: auth.Viewer, App: "gone"}},
		},
	}
	if change != nil {
		change(&o)
	}
	h := oidc.Handler{Client: oidc.New(o), People: w.people, Logger: slog.New(slog.DiscardHandler), BaseURL: func() string { return w.server.URL }}
	w.server = httptest.NewServer(w.people.Middleware(h))
	t.Cleanup(w.server.Close)
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	w.browser = &http.Client{Transport: transport, Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return w
}

// get returns where a path sends the browser.
func (w *world) get(path string) *url.URL {
	w.t.Helper()
	resp, err := w.browser.Get(w.server.URL + path)
	require.NoError(w.t, err)
	require.NoError(w.t, resp.Body.Close())
	require.Equal(w.t, http.StatusSeeOther, resp.StatusCode)
	to, err := resp.Location()
	require.NoError(w.t, err)
	return to
}

// begin goes to the issuer and returns the state.
func (w *world) begin(back string) string {
	w.t.Helper()
	to := w.get(oidc.LoginPath + "?return=" + url.QueryEscape(back))
	require.True(w.t, strings.HasPrefix(to.String(), w.issuer.URL+"/authorize"), "%s", to)
	q := to.Query()
	require.Equal(w.t, "S256", q.Get("code_challenge_method"))
	require.Equal(w.t, w.server.URL+oidc.CallbackPath, q.Get("redirect_uri"))
	w.issuer.Expect(q.Get("nonce"), q.Get("code_challenge"))
	return q.Get("state")
}

// signIn goes all the way and returns the path at the end.
func (w *world) signIn(claims map[string]any) string {
	w.t.Helper()
	w.issuer.Vouch(claims)
	state := w.begin("/graphiql/")
	return strings.TrimPrefix(w.get(oidc.CallbackPath+"?code=good&state="+state).String(), w.server.URL)
}

func groups(names ...string) map[string]any {
	return map[string]any{"realm": map[string]any{"roles": names}}
}

// roles are those of the person with an address, "+" marks the mapped ones.
func (w *world) roles(email string) (roles []string) {
	w.t.Helper()
	u := w.store.Read().User.Query().WithMemberships(func(q *ent.MembershipQuery) { q.WithApp().Order(ent.Asc("role")) }).AllX(w.t.Context())
	for _, p := range u {
		for _, m := range p.Edges.Memberships {
			if p.Email != email {
				continue
			}
			name := m.Role
			if m.Edges.App != nil {
				name = m.Edges.App.Key + ":" + name
			}
			if m.Mapped {
				name += "+"
			}
			roles = append(roles, name)
		}
	}
	return roles
}

func operator(t *testing.T) (ctx auth.Identity) {
	t.Helper()
	return auth.Identity{Name: "operator", Organisation: auth.SetOf(auth.Admin)}
}

func (w *world) account(email string, roles ...auth.Grant) *ent.User {
	w.t.Helper()
	u, err := w.people.CreateUser(auth.With(w.t.Context(), auth.NewPrincipal(operator(w.t))),
		auth.CreateUser{Email: email, Name: "Known", Password: "correct horse", Roles: roles})
	require.NoError(w.t, err)
	return u
}

const welcome = "/graphiql/"

func refused(reason string) string { return "/?sign_in_error=" + reason }

func TestPeopleSignInThroughTheIssuer(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, nil)
		require.Equal(t, welcome, w.signIn(groups("editors", "gone", "unknown")))
		u := s.Read().User.Query().OnlyX(t.Context())
		require.Equal(t, "lin@example.com", u.Email)
		require.Equal(t, "Lin", u.Name)
		require.Equal(t, []string{"EDITOR+"}, w.roles("lin@example.com"))
		site, err := url.Parse(w.server.URL)
		require.NoError(t, err)
		names := map[string]bool{}
		for _, c := range w.browser.Jar.Cookies(site) {
			names[c.Name] = true
		}
		require.True(t, names[auth.CookieName], "signed in")

		// The subject wins over the address; roles go by the claims, but those given by hand stay.
		ctx := auth.With(t.Context(), auth.NewPrincipal(operator(t)))
		_, err = w.people.GrantRole(ctx, auth.ChangeRole{UserID: u.ID, Grant: auth.Grant{Role: auth.Reviewer}})
		require.NoError(t, err)
		_, err = w.people.GrantRole(ctx, auth.ChangeRole{UserID: u.ID, Grant: auth.Grant{Role: auth.Editor}})
		require.NoError(t, err)
		moved := groups("ops", "editors")
		moved["email"], moved["email_verified"] = "other@example.com", false
		require.Equal(t, welcome, w.signIn(moved))
		require.Equal(t, []string{"ADMIN+", "EDITOR", "REVIEWER"}, w.roles("lin@example.com"), "what is given by hand too is so from then on")
		require.Equal(t, 1, s.Read().User.Query().CountX(t.Context()))
		require.Equal(t, welcome, w.signIn(groups()))
		require.Equal(t, []string{"ADMIN+", "EDITOR", "REVIEWER"}, w.roles("lin@example.com"), "the last administrator stays one")
		w.account("boss@example.com", auth.Grant{Role: auth.Admin})
		require.Equal(t, welcome, w.signIn(groups()))
		require.Equal(t, []string{"EDITOR", "REVIEWER"}, w.roles("lin@example.com"))

		// An address that was given to somebody new opens nobody else's account.
		require.Equal(t, refused("linked_elsewhere"), w.signIn(map[string]any{"sub": "s2"}))
		// A local account is linked by its verified address, whatever the letter case.
		boss := map[string]any{"sub": "s3", "email": "BOSS@example.com"}
		require.Equal(t, welcome, w.signIn(boss))
		require.Equal(t, []string{"ADMIN"}, w.roles("boss@example.com"))
		_, err = w.people.DeactivateUser(ctx, u.ID)
		require.NoError(t, err)
		require.Equal(t, refused("user_deactivated"), w.signIn(nil))
		require.Equal(t, 2, s.Read().User.Query().CountX(t.Context()))
	})
}

func TestWhatDoesNotHoldIsRefused(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, nil)
		w.account("known@example.com")
		gone := w.account("gone@example.com")
		w.account("boss@example.com", auth.Grant{Role: auth.Admin})
		_, err := w.people.DeactivateUser(auth.With(t.Context(), auth.NewPrincipal(operator(t))), gone.ID)
		require.NoError(t, err)
		for name, c := range map[string]struct {
			claims map[string]any
			reason string
		}{
			"wrong nonce":        {map[string]any{"nonce": "another"}, "sign_in_failed"},
			"no nonce":           {map[string]any{"nonce": nil}, "sign_in_failed"},
			"expired":            {map[string]any{"exp": time.Now().Add(-time.Hour).Unix()}, "sign_in_failed"},
			"foreign audience":   {map[string]any{"aud": "somebody"}, "sign_in_failed"},
			"foreign issuer":     {map[string]any{"iss": "https://elsewhere.test"}, "sign_in_failed"},
			"wrong access token": {map[string]any{"at_hash": "nonsense"}, "sign_in_failed"},
			"unverified, known":  {map[string]any{"email": "known@example.com", "email_verified": false}, "email_unverified"},
			"unverified, new":    {map[string]any{"email_verified": false}, "email_unverified"},
			"says nothing of it": {map[string]any{"email_verified": nil}, "email_unverified"},
			"deactivated":        {map[string]any{"email": "gone@example.com"}, "user_deactivated"},
		} {
			require.Equal(t, refused(c.reason), w.signIn(c.claims), name)
		}
		require.Equal(t, 3, s.Read().User.Query().CountX(t.Context()))
		require.Zero(t, s.Read().Session.Query().CountX(t.Context()))

		key, err := rsa.GenerateKey(rand.Reader, 2048)
		require.NoError(t, err)
		w.issuer.SignWith(key)
		require.Equal(t, refused("sign_in_failed"), w.signIn(nil), "signed by somebody else")
	})
}

func TestTheCallbackBelongsToItsBrowser(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.SQLite(t), nil)
	end := func(path string) string { return strings.TrimPrefix(w.get(path).String(), w.server.URL) }
	require.Equal(t, refused("sign_in_expired"), end(oidc.CallbackPath+"?code=good&state=x"), "never begun")
	w.begin("/")
	require.Equal(t, refused("sign_in_expired"), end(oidc.CallbackPath+"?code=good&state=forged"))
	state := w.begin("/")
	require.Equal(t, refused("issuer_refused"), end(oidc.CallbackPath+"?error=access_denied&state="+state))
	state = w.begin("/")
	require.Equal(t, refused("sign_in_failed"), end(oidc.CallbackPath+"?code=bad&state="+state))
	require.Equal(t, refused("sign_in_expired"), end(oidc.CallbackPath+"?code=good&state="+state), "once only")
	state = w.begin("/")
	w.issuer.Expect("", "of somebody else")
	require.Equal(t, refused("sign_in_failed"), end(oidc.CallbackPath+"?code=good&state="+state), "the verifier is checked")
	for to, want := range map[string]string{
		"/graphiql/?a=b": "/graphiql/?a=b", "": "/", "https://evil.test/": "/", "//evil.test/": "/", `/\evil.test`: "/", "graphiql": "/",
		"/\tx": "/", "javascript:alert(1)": "/",
	} {
		state := w.begin(to)
		require.Equal(t, want, end(oidc.CallbackPath+"?code=good&state="+state), to)
	}
}

func TestWhoMayComeIn(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, func(o *oidc.Options) { o.Create, o.Domains = false, []string{"Example.com"} })
		require.Equal(t, refused("not_invited"), w.signIn(nil))
		require.Equal(t, refused("domain_not_allowed"), w.signIn(map[string]any{"email": "lin@evil.test"}))
		require.Equal(t, refused("domain_not_allowed"), w.signIn(map[string]any{"email": "lin@example.com@evil.test"}))
		require.Equal(t, refused("email_unverified"), w.signIn(map[string]any{"email_verified": false}))
		_, _, err := w.people.InviteUser(auth.With(t.Context(), auth.NewPrincipal(operator(t))),
			auth.Invite{Email: "LIN@example.com", Name: "Lin", Roles: []auth.Grant{{Role: auth.Viewer}}})
		require.NoError(t, err)
		require.Equal(t, welcome, w.signIn(groups("editors")))
		require.Equal(t, []string{"EDITOR+", "VIEWER"}, w.roles("lin@example.com"))
		require.NotNil(t, s.Read().Invitation.Query().OnlyX(t.Context()).AcceptedAt)
		_, err = w.people.SetUpToken(t.Context())
		require.NoError(t, err)
	})
}

// TestTheIssuerIsAskedForTheAddress: some leave it out of the token.
func TestTheIssuerIsAskedForTheAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.SQLite(t), nil)
	w.issuer.Tell(map[string]any{"sub": "somebody else", "email": "boss@example.com", "email_verified": true})
	require.Equal(t, refused("sign_in_failed"), w.signIn(map[string]any{"email": nil}))
	w.issuer.Tell(map[string]any{"sub": "s1", "email": "lin@example.com", "email_verified": "true"})
	require.Equal(t, welcome, w.signIn(map[string]any{"email": nil, "email_verified": nil}))
}

// TestTheIssuerIsAskedForGroups: some tell them on request only; who they are of, and what the token says of them itself, counts.
func TestTheIssuerIsAskedForGroups(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, nil)
		w.account("boss@example.com", auth.Grant{Role: auth.Admin})
		const lin = "lin@example.com"
		tell := func(subject string, told map[string]any) {
			told["sub"] = subject
			w.issuer.Tell(told)
		}
		tell("somebody else", groups("ops"))
		require.Equal(t, refused("sign_in_failed"), w.signIn(nil), "the groups of another person")
		require.Empty(t, w.roles(lin))
		tell("s1", groups("editors", "unknown"))
		require.Equal(t, welcome, w.signIn(nil))
		require.Equal(t, []string{"EDITOR+"}, w.roles(lin))
		require.Equal(t, welcome, w.signIn(groups("ops")), "the token says it: nobody is asked")
		require.Equal(t, []string{"ADMIN+"}, w.roles(lin))
		require.Equal(t, welcome, w.signIn(nil))
		require.Equal(t, []string{"EDITOR+"}, w.roles(lin), "asked again")
		tell("s1", map[string]any{})
		require.Equal(t, welcome, w.signIn(nil))
		require.Empty(t, w.roles(lin), "in no group any more")
	})
}

// TestAnIssuerThatIsDown: the person is told, and nothing else depends on it; when it is back, so is the sign-in.
func TestAnIssuerThatIsDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.SQLite(t), nil)
	address := w.issuer.Config.Handler
	w.issuer.Config.Handler = http.NotFoundHandler()
	require.Equal(t, w.server.URL+refused("issuer_unavailable"), w.get(oidc.LoginPath).String())
	w.issuer.Config.Handler = address
	require.Equal(t, welcome, w.signIn(nil))
}
