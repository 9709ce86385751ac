package auth_test

import (
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/store"
	"github.com/waymarkhq/waymark/internal/testkit"
)

// nodes returns two nodes on one database, joined by a wire, with a person and a principal of theirs on the second node.
func nodes(t *testing.T, s *store.Store) (here, there *world, w *wire, userID, secret string, p *auth.Principal) {
	t.Helper()
	w, c := &wire{}, newClock()
	here, there = newNode(t, s, c, w), newNode(t, s, c, w)
	running(t, here)
	running(t, there)
	require.Eventually(t, func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return len(w.listeners) == 2
	}, 10*time.Second, time.Millisecond)
	userID = here.user("ann@example.com", auth.Viewer)
	_, secret, err := here.CreateTokenFor(here.operator(), "ann@example.com", auth.CreateToken{Name: "x", Roles: []auth.Grant{{Role: auth.Viewer}}})
	require.NoError(t, err)
	p, err = there.Bearer(t.Context(), secret)
	require.NoError(t, err)
	return here, there, w, userID, secret, p
}

// TestNoticeEndsElsewhere: what one node revokes ends on the others at once.
func TestNoticeEndsElsewhere(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		here, there, _, userID, secret, p := nodes(t, s)
		_, err := here.GrantRole(here.operator(), auth.ChangeRole{UserID: userID, Grant: auth.Grant{Role: auth.Editor}})
		require.NoError(t, err)
		require.NoError(t, p.Err(), "the token's own roles are the same as before")
		_, err = here.RevokeRole(here.operator(), auth.ChangeRole{UserID: userID, Grant: auth.Grant{Role: auth.Viewer}})
		require.NoError(t, err)
		<-p.Ended()
		requireReason(t, p.Err(), fault.Unauthenticated, "permissions_changed")
		p, err = there.Bearer(t.Context(), secret)
		require.NoError(t, err)
		require.Zero(t, p.Anywhere())
		_, err = here.DeactivateUser(here.operator(), userID)
		require.NoError(t, err)
		<-p.Ended()
		requireReason(t, p.Err(), fault.Unauthenticated, "user_deactivated")
	})
}

// TestRecheckIsTheNet: with the notice lost, the next recheck ends what was revoked, and nothing else.
func TestRecheckIsTheNet(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		here, there, w, userID, _, p := nodes(t, s)
		other := there.user("bob@example.com", auth.Viewer)
		bystander := there.client().mustSignIn("bob@example.com")
		w.mu.Lock()
		w.deaf = true
		w.mu.Unlock()
		_, err := here.RevokeToken(here.operator(), p.TokenID())
		require.NoError(t, err)
		require.NoError(t, p.Err(), "nobody has told this node")
		require.NoError(t, there.Recheck(t.Context()))
		requireReason(t, p.Err(), fault.Unauthenticated, "token_revoked")
		require.NoError(t, bystander.Err())

		_, err = here.DeactivateUser(here.operator(), other)
		require.NoError(t, err)
		require.NoError(t, there.Recheck(t.Context()))
		require.Error(t, bystander.Err())
		require.NotEmpty(t, userID)
	})
}

// TestTrust: a credential is looked up again after five seconds, so that even without any notice nobody new gets in.
func TestTrust(t *testing.T) {
	t.Parallel()
	here, there, w, _, secret, p := nodes(t, testkit.SQLite(t))
	w.mu.Lock()
	w.deaf = true
	w.mu.Unlock()
	_, err := here.RevokeToken(here.operator(), p.TokenID())
	require.NoError(t, err)
	_, err = there.Bearer(t.Context(), secret)
	require.NoError(t, err)
	here.clock.pass(5 * time.Second)
	_, err = there.Bearer(t.Context(), secret)
	requireReason(t, err, fault.Unauthenticated, "token_revoked")
}

// TestDatabaseDownKeepsViewers: a recheck that cannot ask ends nobody.
func TestDatabaseDownKeepsViewers(t *testing.T) {
	t.Parallel()
	s := testkit.SQLite(t)
	w := newWorld(t, s)
	w.user("ann@example.com", auth.Viewer)
	p := w.client().mustSignIn("ann@example.com")
	require.NoError(t, s.Close())
	require.Error(t, w.Recheck(t.Context()))
	require.NoError(t, p.Err())
}

// TestNothingIsKeptAlive: a credential that nobody holds any more is forgotten.
func TestNothingIsKeptAlive(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.SQLite(t))
	w.user("ann@example.com", auth.Viewer)
	p := w.client().mustSignIn("ann@example.com")
	w.DropTrust()
	runtime.GC()
	require.Equal(t, 1, w.Held())
	require.NoError(t, p.Err())
	p = nil
	require.Eventually(t, func() bool {
		runtime.GC()
		return w.Held() == 0
	}, 10*time.Second, 10*time.Millisecond)
	require.Nil(t, p)
}

// TestSharedCredential: everyone who holds the same credential is ended together, also after other look-ups in between.
func TestSharedCredential(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.SQLite(t))
	w.user("ann@example.com", auth.Viewer)
	row, secret, err := w.CreateTokenFor(w.operator(), "ann@example.com", auth.CreateToken{Name: "x", Roles: []auth.Grant{{Role: auth.Viewer}}})
	require.NoError(t, err)
	var held []*auth.Principal
	for range 5 {
		p, err := w.Bearer(t.Context(), secret)
		require.NoError(t, err)
		held = append(held, p)
		w.clock.pass(time.Minute)
	}
	require.Equal(t, 1, w.Held())
	_, err = w.RevokeToken(w.operator(), row.ID)
	require.NoError(t, err)
	for _, p := range held {
		requireReason(t, p.Err(), fault.Unauthenticated, "token_revoked")
	}
}

func BenchmarkPrincipalErr(b *testing.B) {
	s := testkit.SQLite(b)
	svc, err := auth.New(auth.Options{Store: s, Cost: cheap})
	require.NoError(b, err)
	ctx := auth.With(b.Context(), auth.Operator())
	_, err = svc.CreateUser(ctx, auth.CreateUser{Email: "ann@example.com", Name: "Ann", Password: "correct horse", Roles: []auth.Grant{{Role: auth.Viewer}}})
	require.NoError(b, err)
	_, secret, err := svc.CreateTokenFor(ctx, "ann@example.com", auth.CreateToken{Name: "x", Roles: []auth.Grant{{Role: auth.Viewer}}})
	require.NoError(b, err)
	p, err := svc.Bearer(ctx, secret)
	require.NoError(b, err)
	b.Run("err", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if p.Err() != nil {
				b.Fatal("ended")
			}
		}
	})
	b.Run("bearer", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := svc.Bearer(ctx, secret); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// TestRevokedDuringLookUp: who is revoked between the question to the database and its answer does not get in.
func TestRevokedDuringLookUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.SQLite(t))
	w.user("ann@example.com", auth.Viewer)
	row, secret, err := w.CreateTokenFor(w.operator(), "ann@example.com", auth.CreateToken{Name: "x", Roles: []auth.Grant{{Role: auth.Viewer}}})
	require.NoError(t, err)
	_, err = w.BearerDuring(t.Context(), secret, func() {
		_, err := w.RevokeToken(w.operator(), row.ID)
		require.NoError(t, err)
	})
	requireReason(t, err, fault.Unauthenticated, "token_revoked")
	_, err = w.Bearer(t.Context(), secret)
	requireReason(t, err, fault.Unauthenticated, "token_revoked")
}
