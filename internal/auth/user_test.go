package auth_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/auditentry"
	"github.com/waymarkhq/waymark/ent/membership"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/store"
	"github.com/waymarkhq/waymark/internal/testkit"
)

func storeApp(ctx context.Context, s *store.Store, key string) (string, error) {
	return store.InTx(ctx, s, func(ctx context.Context, tx *ent.Tx) (string, error) {
		a, err := tx.App.Create().SetKey(key).SetName(key).Save(ctx)
		if err != nil {
			return "", err
		}
		return a.ID, nil
	})
}

func TestNewUserIsChecked(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.user("ann@example.com")
		_, err := w.CreateUser(w.operator(), auth.CreateUser{Email: "ANN@EXAMPLE.com", Name: "Other", Password: "correct horse"})
		requireReason(t, err, fault.Conflict, "email_taken")

		for field, in := range map[string]auth.CreateUser{
			"input.email":        {Email: "Ann <ann@example.com>", Name: "A", Password: "correct horse"},
			"input.name":         {Email: "bob@example.com", Name: " \t", Password: "correct horse"},
			"input.password":     {Email: "bob@example.com", Name: "Bob", Password: "1234567"},
			"input.roles[0].app": {Email: "bob@example.com", Name: "Bob", Password: "correct horse", Roles: []auth.Grant{{Role: auth.Viewer, App: "nowhere"}}},
		} {
			_, err := w.CreateUser(w.operator(), in)
			var e *fault.Error
			require.ErrorAs(t, err, &e)
			require.Len(t, e.Fields, 1)
			require.Equal(t, field, e.Fields[0].Path)
		}
		require.Equal(t, 1, s.Read().User.Query().CountX(t.Context()), "nothing half done")

		_, err = w.CreateUser(auth.With(t.Context(), person(auth.SetOf(auth.Admin), 0)), auth.CreateUser{})
		require.True(t, fault.Is(err, fault.Forbidden))
		_, err = w.CreateUser(t.Context(), auth.CreateUser{})
		require.True(t, fault.Is(err, fault.Unauthenticated))
	})
}

func TestPasswordRules(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.SQLite(t))
	for password, reason := range map[string]string{
		"支付支付支付支": "too_short", "Password123": "too_common", "aaaaaaaaaaaa": "too_common", "BOB@example.com": "is_name",
		"bob the builder": "is_name", strings.Repeat("ab", 101): "too_long", "abc\xffdefgh": "invalid_text", "woaini1314": "too_common",
	} {
		_, err := w.CreateUser(w.operator(), auth.CreateUser{Email: "bob@example.com", Name: "Bob the Builder", Password: password})
		var e *fault.Error
		require.ErrorAs(t, err, &e, password)
		require.Equal(t, reason, e.Fields[0].Reason, password)
		require.NotContains(t, e.Error(), password, "a password is never shown")
	}
	for _, password := range []string{"waymark-demo", "支付支付支付支付", "correct horse"} {
		_, err := w.CreateUser(w.operator(), auth.CreateUser{Email: password[:3] + "x@example.com", Name: "Bob", Password: password})
		require.NoError(t, err, password)
	}
}

func TestUpdateUser(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		annID, bobID := w.user("ann@example.com"), w.user("bob@example.com")
		c := w.client()
		p := c.mustSignIn("ann@example.com")
		ann := auth.With(t.Context(), p)
		name, taken, free := "安", "BOB@example.com", "Anna@example.com"
		_, err := w.UpdateUser(ann, auth.UpdateUser{ID: bobID, Name: &name})
		require.True(t, fault.Is(err, fault.Forbidden))
		_, err = w.UpdateUser(ann, auth.UpdateUser{ID: annID, Email: &taken})
		requireReason(t, err, fault.Conflict, "email_taken")
		u, err := w.UpdateUser(ann, auth.UpdateUser{ID: annID, Name: &name, Email: &free})
		require.NoError(t, err)
		require.Equal(t, annID, u.UpdatedByID)
		require.NoError(t, p.Err(), "a name is no permission")
		now, err := c.who()
		require.NoError(t, err)
		require.Equal(t, "安", now.Name())
		require.Equal(t, "Anna@example.com", now.Email())
		w.client().mustSignIn("anna@EXAMPLE.com")
		_, err = w.UpdateUser(w.operator(), auth.UpdateUser{ID: "usr_none", Name: &name})
		requireReason(t, err, fault.NotFound, "not_found")
	})
}

func TestChangePassword(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.user("ann@example.com")
		here, there := w.client(), w.client()
		mine, other := here.mustSignIn("ann@example.com"), there.mustSignIn("ann@example.com")
		here.do(func(ctx context.Context) {
			_, err := w.ChangePassword(ctx, auth.ChangePassword{Old: "wrong horse", New: "another horse"})
			require.ErrorContains(t, err, "oldPassword")
			_, err = w.ChangePassword(ctx, auth.ChangePassword{Old: "correct horse", New: "short"})
			require.ErrorContains(t, err, "newPassword")
			require.NoError(t, other.Err())
			_, err = w.ChangePassword(ctx, auth.ChangePassword{Old: "correct horse", New: "another horse"})
			require.NoError(t, err)
		})
		require.NoError(t, mine.Err())
		told := s.Read().AuditEntry.Query().Where(auditentry.ActorKind("PERSON")).OnlyX(t.Context())
		require.Equal(t, mine.UserID(), told.ActorID)
		require.Contains(t, string(told.After), `"passwordChanged":true`, "signing in leaves no entry, this does")
		requireReason(t, other.Err(), fault.Unauthenticated, "session_ended")
		_, err := there.signIn("ann@example.com", "correct horse")
		require.Error(t, err)
		_, err = there.signIn("ann@example.com", "another horse")
		require.NoError(t, err)

		require.NoError(t, w.SetPassword(w.operator(), "ann@example.com", "third horse"))
		require.Error(t, mine.Err())
		_, err = here.signIn("ann@example.com", "third horse")
		require.NoError(t, err)
		require.True(t, fault.Is(w.SetPassword(auth.With(t.Context(), person(0, 0)), "ann@example.com", "fourth horse"), fault.Forbidden))
	})
}

func TestDeactivate(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		admin, ann := w.user("admin@example.com", auth.Admin), w.user("ann@example.com", auth.Viewer)
		c := w.client()
		p := c.mustSignIn("ann@example.com")
		_, secret, err := w.CreateToken(auth.With(t.Context(), p), auth.CreateToken{Name: "x", Roles: []auth.Grant{{Role: auth.Viewer}}})
		require.NoError(t, err)
		bot, err := w.Bearer(t.Context(), secret)
		require.NoError(t, err)

		u, err := w.DeactivateUser(w.operator(), ann)
		require.NoError(t, err)
		require.NotNil(t, u.DeactivatedAt)
		requireReason(t, p.Err(), fault.Unauthenticated, "user_deactivated")
		requireReason(t, bot.Err(), fault.Unauthenticated, "user_deactivated")
		_, err = w.Bearer(t.Context(), secret)
		requireReason(t, err, fault.Unauthenticated, "user_deactivated")
		_, err = c.who()
		require.True(t, fault.Is(err, fault.Unauthenticated))
		_, err = c.signIn("ann@example.com", "correct horse")
		requireReason(t, err, fault.Unauthenticated, "wrong_credentials")
		_, err = w.DeactivateUser(w.operator(), ann)
		require.NoError(t, err)
		_, err = w.DeactivateUser(w.operator(), admin)
		requireReason(t, err, fault.FailedPrecondition, "last_administrator")
		_, _, err = w.CreateTokenFor(w.operator(), "ann@example.com", auth.CreateToken{Name: "x", Roles: []auth.Grant{{Role: auth.Viewer}}})
		requireReason(t, err, fault.FailedPrecondition, "user_deactivated")
	})
}

func TestRoles(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		shop := w.app("shop")
		w.app("bank")
		boss, ann := w.user("boss@example.com"), w.user("ann@example.com")
		grant := func(ctx context.Context, user string, role auth.Role, app string) error {
			_, err := w.GrantRole(ctx, auth.ChangeRole{UserID: user, Grant: auth.Grant{Role: role, App: app}})
			return err
		}
		require.NoError(t, grant(w.operator(), boss, auth.Admin, "shop"))
		require.NoError(t, grant(w.operator(), boss, auth.Admin, "shop"), "twice is as good as once")
		p := w.client().mustSignIn("boss@example.com")
		require.True(t, p.In(shop).Has(auth.Admin))
		bossCtx := auth.With(t.Context(), p)
		require.NoError(t, grant(bossCtx, ann, auth.Editor, "shop"))
		require.True(t, fault.Is(grant(bossCtx, ann, auth.Editor, "bank"), fault.NotFound), "what boss cannot see does not exist")
		require.True(t, fault.Is(grant(bossCtx, ann, auth.Editor, "nowhere"), fault.NotFound))
		require.True(t, fault.Is(grant(bossCtx, ann, auth.Editor, ""), fault.Forbidden))
		require.True(t, fault.Is(grant(bossCtx, "usr_none", auth.Editor, "shop"), fault.NotFound))
		require.True(t, fault.Is(grant(bossCtx, ann, "KING", "shop"), fault.InvalidInput))

		c := w.client()
		q := c.mustSignIn("ann@example.com")
		require.Equal(t, auth.SetOf(auth.Editor), q.In(shop))
		require.NoError(t, grant(bossCtx, ann, auth.Editor, "shop"))
		require.NoError(t, q.Err(), "nothing changed")
		require.NoError(t, grant(bossCtx, ann, auth.Tester, "shop"))
		requireReason(t, q.Err(), fault.Unauthenticated, "permissions_changed")
		q, err := c.who()
		require.NoError(t, err)
		require.Equal(t, auth.SetOf(auth.Editor, auth.Tester), q.In(shop))
		_, err = w.RevokeRole(bossCtx, auth.ChangeRole{UserID: ann, Grant: auth.Grant{Role: auth.Tester, App: "shop"}})
		require.NoError(t, err)
		require.Error(t, q.Err())
		require.Equal(t, 2, s.Read().Membership.Query().CountX(t.Context()))
	})
}

// TestLastAdministrator: two administrators who remove each other at the same moment do not both succeed.
func TestLastAdministrator(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		ids := []string{w.user("a@example.com", auth.Admin), w.user("b@example.com", auth.Admin), w.user("c@example.com", auth.Admin)}
		var wg sync.WaitGroup
		errs := make([]error, len(ids))
		for i, id := range ids {
			wg.Go(func() {
				if i == 0 {
					_, errs[i] = w.DeactivateUser(w.operator(), id)
				} else {
					_, errs[i] = w.RevokeRole(w.operator(), auth.ChangeRole{UserID: id, Grant: auth.Grant{Role: auth.Admin}})
				}
			})
		}
		wg.Wait()
		refused := 0
		for _, err := range errs {
			if err != nil {
				requireReason(t, err, fault.FailedPrecondition, "last_administrator")
				refused++
			}
		}
		require.Equal(t, 1, refused)
	})
}

func TestSetUp(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		token, err := w.SetUpToken(t.Context())
		require.NoError(t, err)
		require.Len(t, token, 43)
		setUp := func(in auth.SetUp) (p *auth.Principal, err error) {
			w.client().do(func(ctx context.Context) { p, err = w.SetUp(ctx, in) })
			return p, err
		}
		_, err = setUp(auth.SetUp{Token: "guess", Email: "a@example.com", Name: "A", Password: "correct horse"})
		requireReason(t, err, fault.Unauthenticated, "set_up_unknown")
		_, err = setUp(auth.SetUp{Token: token, Email: "a", Name: "A", Password: "correct horse"})
		require.True(t, fault.Is(err, fault.InvalidInput), "a slip does not use the link up")

		var wg sync.WaitGroup
		var mu sync.Mutex
		var winners []*auth.Principal
		for _, name := range []string{"a", "b", "c", "d"} {
			wg.Go(func() {
				p, err := setUp(auth.SetUp{Token: token, Email: name + "@example.com", Name: name, Password: "correct horse"})
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					winners = append(winners, p)
					return
				}
				requireReason(t, err, fault.Unauthenticated, "set_up_unknown")
			})
		}
		wg.Wait()
		require.Len(t, winners, 1)
		require.Equal(t, auth.SetOf(auth.Admin), winners[0].Organisation())
		require.Equal(t, 1, s.Read().User.Query().CountX(t.Context()))
		told := s.Read().AuditEntry.Query().Order(ent.Asc(auditentry.FieldID)).AllX(t.Context())
		require.Len(t, told, 2, "the account and its role, by whoever was handed the link")
		require.Equal(t, "OPERATOR", told[0].ActorKind)
		require.Equal(t, 1, s.Read().Membership.Query().Where(membership.Role("ADMIN")).CountX(t.Context()))

		token, err = w.SetUpToken(t.Context())
		require.NoError(t, err)
		require.Empty(t, token, "there is somebody now")
	})
}

// TestEnsureAdmin: of several nodes that start at once, one makes the administrator, and the others are content.
func TestEnsureAdmin(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		_, err := w.EnsureAdmin(t.Context(), auth.CreateUser{Email: "a@example.com", Name: "A", Password: "short"})
		require.True(t, fault.Is(err, fault.InvalidInput))
		var wg sync.WaitGroup
		var mu sync.Mutex
		made := 0
		for range 4 {
			wg.Go(func() {
				did, err := w.EnsureAdmin(t.Context(), auth.CreateUser{Email: "a@example.com", Name: "A", Password: "correct horse"})
				mu.Lock()
				defer mu.Unlock()
				require.NoError(t, err)
				if did {
					made++
				}
			})
		}
		wg.Wait()
		require.Equal(t, 1, made)
		require.True(t, w.client().mustSignIn("a@example.com").Organisation().Has(auth.Admin))
	})
}
