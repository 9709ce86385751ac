package auth_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/store"
	"github.com/waymarkhq/waymark/internal/testkit"
)

func answerTo(t *testing.T, h http.Handler, url string) *http.Response {
	t.Helper()
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodPost, url, http.NoBody))
	return rec.Result()
}

// app makes an app and returns its id.
func (w *world) app(key string) string {
	w.t.Helper()
	a, err := storeApp(w.t.Context(), w.store, key)
	require.NoError(w.t, err)
	return a
}

func TestTokens(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.app("shop")
		id := w.user("ann@example.com", auth.Editor)
		c := w.client()
		ann := auth.With(t.Context(), c.mustSignIn("ann@example.com"))
		end := w.clock.now().Add(time.Hour)
		row, secret, err := w.CreateToken(ann, auth.CreateToken{Name: " CI ", Roles: []auth.Grant{{Role: auth.Editor, App: "shop"}}, ExpiresAt: &end})
		require.NoError(t, err)
		require.Equal(t, "CI", row.Name)
		require.Equal(t, secret[len(secret)-4:], row.Hint)
		require.NotContains(t, row.Hash, secret)

		bot := w.client()
		bot.header.Set("Authorization", "Bearer "+secret)
		p, err := bot.who()
		require.NoError(t, err)
		require.Equal(t, id, p.UserID())
		require.Equal(t, row.ID, p.TokenID())
		require.Empty(t, p.SessionID())
		require.Zero(t, p.Organisation(), "the roles of the token, not of its maker")
		require.NoError(t, auth.Allow(auth.With(t.Context(), p), "Mutation.createEvent", p.Apps()[0]))

		list, err := w.Tokens(ann, id)
		require.NoError(t, err)
		require.Len(t, list, 1)
		_, err = w.Tokens(ann, "")
		require.True(t, fault.Is(err, fault.Forbidden))

		w.clock.pass(time.Hour)
		requireReason(t, p.Err(), fault.Unauthenticated, "token_expired")
		_, err = bot.who()
		requireReason(t, err, fault.Unauthenticated, "token_expired")
	})
}

// TestATokenForCenturies: the last time that the API can name is as good an end as any.
func TestATokenForCenturies(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.user("ann@example.com", auth.Viewer)
		ann := auth.With(t.Context(), w.client().mustSignIn("ann@example.com"))
		for _, year := range []int{2262, 2263, 2847, 9999} {
			end := time.Date(year, 12, 31, 23, 59, 59, 999_999_000, time.UTC)
			row, secret, err := w.CreateToken(ann, auth.CreateToken{
				Name: "CI", Roles: []auth.Grant{{Role: auth.Viewer}}, ExpiresAt: &end,
			})
			require.NoError(t, err)
			require.Equal(t, end, row.ExpiresAt.UTC())
			p, err := w.Bearer(t.Context(), secret)
			require.NoError(t, err, year)
			require.NoError(t, p.Err(), year)
			require.Equal(t, end, p.Expires().UTC())
		}
	})
}

func TestRevokedTokenEndsAtOnce(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.user("ann@example.com", auth.Viewer)
		w.user("bob@example.com", auth.Viewer)
		ann := auth.With(t.Context(), w.client().mustSignIn("ann@example.com"))
		bob := auth.With(t.Context(), w.client().mustSignIn("bob@example.com"))
		row, secret, err := w.CreateToken(ann, auth.CreateToken{Name: "CI", Roles: []auth.Grant{{Role: auth.Viewer}}})
		require.NoError(t, err)
		p, err := w.Bearer(t.Context(), secret)
		require.NoError(t, err)

		_, err = w.RevokeToken(bob, row.ID)
		requireReason(t, err, fault.NotFound, "not_found")
		require.NoError(t, p.Err())
		_, err = w.RevokeToken(ann, row.ID)
		require.NoError(t, err)
		<-p.Ended()
		requireReason(t, p.Err(), fault.Unauthenticated, "token_revoked")
		_, err = w.Bearer(t.Context(), secret)
		requireReason(t, err, fault.Unauthenticated, "token_revoked")
		again, err := w.RevokeToken(w.operator(), row.ID)
		require.NoError(t, err)
		require.Equal(t, w.clock.now(), again.RevokedAt.UTC())
	})
}

// TestTokenNeverAboveItsMaker: not when it is made, and not later when its maker loses a role.
func TestTokenNeverAboveItsMaker(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.app("shop")
		id := w.user("ann@example.com", auth.Editor)
		ann := auth.With(t.Context(), w.client().mustSignIn("ann@example.com"))
		for _, g := range []auth.Grant{{Role: auth.Admin}, {Role: auth.Admin, App: "shop"}, {Role: auth.Tester}} {
			_, _, err := w.CreateToken(ann, auth.CreateToken{Name: "CI", Roles: []auth.Grant{g}})
			requireReason(t, err, fault.Forbidden, "role_above_own")
		}
		_, secret, err := w.CreateToken(ann, auth.CreateToken{Name: "CI", Roles: []auth.Grant{{Role: auth.Editor}}})
		require.NoError(t, err)
		p, err := w.Bearer(t.Context(), secret)
		require.NoError(t, err)
		_, err = w.RevokeRole(w.operator(), auth.ChangeRole{UserID: id, Grant: auth.Grant{Role: auth.Editor}})
		require.NoError(t, err)
		requireReason(t, p.Err(), fault.Unauthenticated, "permissions_changed")
		p, err = w.Bearer(t.Context(), secret)
		require.NoError(t, err)
		require.Zero(t, p.Anywhere())
	})
}

// TestTokenOfToken: a token that a token made has no more rights and does not last longer.
func TestTokenOfToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.SQLite(t))
	id := w.user("ann@example.com", auth.Admin)
	ann := auth.With(t.Context(), w.client().mustSignIn("ann@example.com"))
	end := w.clock.now().Add(time.Hour)
	bot := func(role auth.Role) context.Context {
		_, secret, err := w.CreateToken(ann, auth.CreateToken{Name: "CI", Roles: []auth.Grant{{Role: role}}, ExpiresAt: &end})
		require.NoError(t, err)
		p, err := w.Bearer(t.Context(), secret)
		require.NoError(t, err)
		return auth.With(t.Context(), p)
	}
	viewer := auth.CreateToken{Name: "x", Roles: []auth.Grant{{Role: auth.Viewer}}, ExpiresAt: &end}
	_, _, err := w.CreateToken(bot(auth.Viewer), viewer)
	requireReason(t, err, fault.Forbidden, "session_needed")
	_, err = w.UpdateUser(bot(auth.Viewer), auth.UpdateUser{ID: id, Email: new("evil@example.com")})
	requireReason(t, err, fault.Forbidden, "session_needed")
	_, _, err = w.CreateToken(bot(auth.Admin), auth.CreateToken{Name: "x", Roles: viewer.Roles})
	require.ErrorContains(t, err, "input.expiresAt")
	_, _, err = w.CreateToken(bot(auth.Admin), viewer)
	require.NoError(t, err)
	_, err = w.ChangePassword(bot(auth.Admin), auth.ChangePassword{Old: "correct horse", New: "another horse"})
	requireReason(t, err, fault.Forbidden, "session_needed")
}

// TestBadTokenNeedsNoDatabase: a wrong checksum is refused without a look at the database.
func TestBadTokenNeedsNoDatabase(t *testing.T) {
	t.Parallel()
	s := testkit.SQLite(t)
	w := newWorld(t, s)
	require.NoError(t, s.Close())
	_, err := w.Bearer(t.Context(), "wm_0123456789ABCDEFGHIJKLMNOPQRST4YgiDt")
	requireReason(t, err, fault.Unauthenticated, "token_unknown")
	_, err = w.Bearer(t.Context(), "wm_0123456789ABCDEFGHIJKLMNOPQRST4YgiDs")
	require.Error(t, err)
	require.False(t, fault.Is(err, fault.Unauthenticated))
}

func TestNewTokenIsChecked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.SQLite(t))
	w.user("ann@example.com", auth.Admin)
	ann := auth.With(t.Context(), w.client().mustSignIn("ann@example.com"))
	past := w.clock.now()
	_, _, err := w.CreateToken(ann, auth.CreateToken{Name: "a\x00b", ExpiresAt: &past})
	var e *fault.Error
	require.ErrorAs(t, err, &e)
	require.Len(t, e.Fields, 3)
	_, _, err = w.CreateToken(ann, auth.CreateToken{Name: "x", Roles: []auth.Grant{{Role: auth.Viewer, App: "nowhere"}, {Role: auth.Viewer}}})
	require.ErrorAs(t, err, &e)
	require.Equal(t, "input.roles[0].app", e.Fields[0].Path)
	_, _, err = w.CreateToken(w.operator(), auth.CreateToken{Name: "x", Roles: []auth.Grant{{Role: auth.Viewer}}})
	requireReason(t, err, fault.Forbidden, "user_needed")
	row, _, err := w.CreateTokenFor(w.operator(), "ANN@example.com", auth.CreateToken{Name: "x", Roles: []auth.Grant{{Role: auth.Viewer}}})
	require.NoError(t, err)
	require.NotEmpty(t, row.UserID)
}

// TestLastUse is written about once a minute by Run, whatever the traffic.
func TestLastUse(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.user("ann@example.com", auth.Viewer)
		row, secret, err := w.CreateTokenFor(w.operator(), "ann@example.com", auth.CreateToken{Name: "x", Roles: []auth.Grant{{Role: auth.Viewer}}})
		require.NoError(t, err)
		running(t, w)
		lastUse := func() *time.Time { return s.Read().APIToken.GetX(t.Context(), row.ID).LastUsedAt }
		_, err = w.Bearer(t.Context(), secret)
		require.NoError(t, err)
		require.Eventually(t, func() bool { return lastUse() != nil }, 10*time.Second, 5*time.Millisecond)
		require.Equal(t, row.UpdatedAt.UTC(), s.Read().APIToken.GetX(t.Context(), row.ID).UpdatedAt.UTC(), "use is not a change")
	})
}

// running runs the service until the test ends.
func running(t *testing.T, w *world) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-done)
	})
}
