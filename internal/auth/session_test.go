package auth_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/store"
	"github.com/waymarkhq/waymark/internal/testkit"
)

const day = 24 * time.Hour

func requireReason(t *testing.T, err error, code fault.Code, reason string) {
	t.Helper()
	var e *fault.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, code, e.Code)
	require.Equal(t, reason, e.Reason)
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		id := w.user("Ann@Example.com", auth.Editor)
		c := w.client()
		_, err := c.who()
		requireReason(t, err, fault.Unauthenticated, "sign_in_required")
		require.True(t, auth.IsNobody(err))

		_, err = c.signIn("ann@example.com", "wrong horse")
		requireReason(t, err, fault.Unauthenticated, "wrong_credentials")
		_, err = c.signIn("nobody@example.com", "wrong horse")
		requireReason(t, err, fault.Unauthenticated, "wrong_credentials")
		require.Nil(t, c.set)

		c.do(func(ctx context.Context) {
			p, err := w.SignIn(ctx, auth.SignIn{Email: " ANN@example.COM ", Password: "correct horse"})
			require.NoError(t, err)
			now, err := auth.From(ctx)
			require.NoError(t, err, "the rest of the same request is the person's")
			require.Same(t, p, now)
		})
		require.True(t, c.set.HttpOnly)
		require.False(t, c.set.Secure)
		require.Equal(t, http.SameSiteLaxMode, c.set.SameSite)
		require.Equal(t, "/", c.set.Path)
		require.Len(t, c.set.Value, 43)

		p, err := c.who()
		require.NoError(t, err)
		require.Equal(t, id, p.UserID())
		require.Equal(t, "Ann@Example.com", p.Email())
		require.Equal(t, auth.SetOf(auth.Editor), p.Organisation())
		row, err := s.Read().Session.Get(t.Context(), p.SessionID())
		require.NoError(t, err)
		require.NotContains(t, row.Hash, c.cookie)
		require.Equal(t, "192.0.2.1", row.Address)
		u, err := s.Read().User.Get(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, w.clock.now(), u.LastSignInAt.UTC())
	})
}

// TestSignInRotates: signing in again makes a new session and ends the one before, so that a planted cookie is worthless.
func TestSignInRotates(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.user("ann@example.com")
		w.user("bob@example.com")
		c := w.client()
		ann := c.mustSignIn("ann@example.com")
		before := c.cookie
		bob := c.mustSignIn("bob@example.com")
		require.NotEqual(t, before, c.cookie)
		requireReason(t, ann.Err(), fault.Unauthenticated, "session_ended")
		require.NoError(t, bob.Err())
		c.cookie = before
		_, err := c.who()
		requireReason(t, err, fault.Unauthenticated, "session_ended")
		require.True(t, auth.IsNobody(err))
	})
}

func TestSecureCookie(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.SQLite(t))
	w.user("ann@example.com")
	h := w.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = w.SignIn(r.Context(), auth.SignIn{Email: "ann@example.com", Password: "correct horse"})
	}))
	require.Contains(t, answerTo(t, h, "https://waymark.test/").Header.Get("Set-Cookie"), "; Secure")
}

func TestSignOut(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.user("ann@example.com")
		c := w.client()
		p := c.mustSignIn("ann@example.com")
		cookie := c.cookie
		c.do(func(ctx context.Context) {
			require.NoError(t, w.SignOut(ctx))
			_, err := auth.From(ctx)
			requireReason(t, err, fault.Unauthenticated, "sign_in_required")
		})
		require.Negative(t, c.set.MaxAge)
		<-p.Ended()
		requireReason(t, p.Err(), fault.Unauthenticated, "session_ended")
		c.cookie = cookie
		_, err := c.who()
		requireReason(t, err, fault.Unauthenticated, "session_ended")
		c.cookie = ""
		c.do(func(ctx context.Context) { require.NoError(t, w.SignOut(ctx), "once more does no harm") })
	})
}

// TestRotation: a session in use changes its secret once a day; requests on their way with the old one still count, but
// not for long; one of several requests with the old secret changes it.
func TestRotation(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.user("ann@example.com")
		c := w.client()
		p := c.mustSignIn("ann@example.com")
		first := c.cookie
		w.clock.pass(day - time.Minute)
		_, err := c.who()
		require.NoError(t, err)
		require.Nil(t, c.set, "not yet")

		w.clock.pass(time.Minute)
		_, err = c.who()
		require.NoError(t, err)
		require.NotNil(t, c.set)
		second := c.cookie
		require.NotEqual(t, first, second)
		_, err = c.who()
		require.NoError(t, err)
		require.Nil(t, c.set)

		late := w.client()
		late.cookie = first
		_, err = late.who()
		require.NoError(t, err, "this request was on its way")
		require.Nil(t, late.set)
		w.clock.pass(3 * time.Minute)
		_, err = late.who()
		requireReason(t, err, fault.Unauthenticated, "session_ended")
		_, err = c.who()
		require.NoError(t, err)
		require.NoError(t, p.Err(), "who streams since before goes on")
	})
}

// TestHandshakeDoesNotRotate: the answer to a WebSocket handshake is not ours to put a cookie into.
func TestHandshakeDoesNotRotate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.SQLite(t))
	w.user("ann@example.com")
	c := w.client()
	c.mustSignIn("ann@example.com")
	w.clock.pass(2 * day)
	c.header.Set("Upgrade", "websocket")
	_, err := c.who()
	require.NoError(t, err)
	require.Nil(t, c.set)
	_, err = c.signIn("ann@example.com", "correct horse")
	requireReason(t, err, fault.FailedPrecondition, "http_needed")
}

func TestExpiry(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.user("ann@example.com")
		idle, busy := w.client(), w.client()
		streaming := idle.mustSignIn("ann@example.com")
		used := busy.mustSignIn("ann@example.com")
		for range 14 {
			w.clock.pass(day)
			_, err := busy.who()
			require.NoError(t, err)
		}
		requireReason(t, streaming.Err(), fault.Unauthenticated, "session_expired")
		_, err := idle.who()
		requireReason(t, err, fault.Unauthenticated, "session_expired")
		require.NoError(t, used.Err(), "use prolongs a session for who streams since before")
		require.NoError(t, w.Clean(t.Context()))
		require.Equal(t, 1, s.Read().Session.Query().CountX(t.Context()))

		for n := 14; n < 89; n++ {
			w.clock.pass(day)
			_, err := busy.who()
			require.NoError(t, err)
		}
		w.clock.pass(day)
		_, err = busy.who()
		requireReason(t, err, fault.Unauthenticated, "session_expired")
	})
}

func TestGuessingIsThrottled(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.SQLite(t))
	w.user("ann@example.com")
	c := w.client()
	for range 10 {
		_, err := c.signIn("ANN@example.com", "wrong horse")
		requireReason(t, err, fault.Unauthenticated, "wrong_credentials")
	}
	_, err := c.signIn("ann@example.com", "correct horse")
	requireReason(t, err, fault.RateLimited, "too_many_attempts")
	w.clock.pass(time.Minute)
	c.mustSignIn("ann@example.com")
}

// TestRehash: a hash of another cost is made anew at the next sign-in.
func TestRehash(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.SQLite(t))
	id := w.user("ann@example.com")
	svc, err := auth.New(auth.Options{Store: w.store, Clock: w.clock.now, Cost: auth.Cost{Memory: 128, Time: 1, Threads: 1}})
	require.NoError(t, err)
	w.Service = svc
	w.client().mustSignIn("ann@example.com")
	u, err := w.store.Read().User.Get(t.Context(), id)
	require.NoError(t, err)
	require.Contains(t, u.PasswordHash, "m=128")
	w.client().mustSignIn("ann@example.com")
}

// TestHostileCookies: what is no secret of ours never reaches the database.
func TestHostileCookies(t *testing.T) {
	t.Parallel()
	s := testkit.SQLite(t)
	w := newWorld(t, s)
	c := w.client()
	require.NoError(t, s.Close())
	for _, cookie := range []string{"x", "' OR 1=1 --", string(make([]byte, 43))} {
		c.cookie = cookie
		_, err := c.who()
		require.True(t, fault.Is(err, fault.Unauthenticated), "%v", err)
	}
	c.cookie = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg"
	_, err := c.who()
	require.Error(t, err)
	require.False(t, fault.Is(err, fault.Unauthenticated), "a database that is gone is not a bad credential: %v", err)
}
