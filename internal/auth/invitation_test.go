package auth_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/auditentry"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/store"
	"github.com/waymarkhq/waymark/internal/testkit"
)

func (c *client) accept(in auth.AcceptInvitation) (p *auth.Principal, err error) {
	c.w.t.Helper()
	c.do(func(ctx context.Context) { p, err = c.w.AcceptInvitation(ctx, in) })
	return p, err
}

func TestInvitations(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		shop, other := w.app("shop"), w.app("other")
		boss := auth.With(t.Context(), auth.NewPrincipal(auth.Identity{
			UserID: w.user("boss@example.com"), Apps: map[string]auth.RoleSet{shop: auth.SetOf(auth.Admin)},
		}))
		in := func(apps ...string) auth.Invite {
			i := auth.Invite{Email: "Lin@example.com", Name: "Lin"}
			for _, a := range apps {
				i.Roles = append(i.Roles, auth.Grant{Role: auth.Editor, App: a})
			}
			return i
		}
		for name, refusal := range map[string]struct {
			in   auth.Invite
			code fault.Code
		}{
			"another app": {in("other"), fault.NotFound}, "no such app": {in("none"), fault.NotFound},
			"two apps": {in("shop", "other"), fault.Forbidden}, "two apps, one unknown": {in("shop", "none"), fault.Forbidden},
			"everywhere": {in(""), fault.Forbidden}, "nothing": {in(), fault.Forbidden},
			"no address": {auth.Invite{Email: "x", Name: "X", Roles: in("shop").Roles}, fault.InvalidInput},
			"no role":    {auth.Invite{Email: "x@example.com", Name: "X", Roles: []auth.Grant{{Role: "KING", App: "shop"}}}, fault.InvalidInput},
			"known":      {auth.Invite{Email: "BOSS@example.com", Name: "X", Roles: in("shop").Roles}, fault.Conflict},
		} {
			_, _, err := w.InviteUser(boss, refusal.in)
			require.Equal(t, refusal.code, fault.CodeOf(err), "%s: %v", name, err)
		}
		row, token, err := w.InviteUser(boss, in("shop"))
		require.NoError(t, err)
		require.Equal(t, shop, row.AppID)
		require.NotContains(t, row.Hash, token)

		guest := w.client()
		_, err = guest.accept(auth.AcceptInvitation{Token: "guess", Name: "Lin", Password: "correct horse"})
		requireReason(t, err, fault.Unauthenticated, "invitation_unknown")
		_, err = guest.accept(auth.AcceptInvitation{Token: token, Name: "Lin", Password: "short"})
		require.True(t, fault.Is(err, fault.InvalidInput), "a slip does not use the link up")
		p, err := guest.accept(auth.AcceptInvitation{Token: token, Name: "林", Password: "correct horse"})
		require.NoError(t, err)
		require.Equal(t, "Lin@example.com", p.Email())
		require.Equal(t, auth.SetOf(auth.Editor), p.In(shop))
		require.Zero(t, p.In(other))
		signedIn, err := guest.who()
		require.NoError(t, err)
		require.Equal(t, p.UserID(), signedIn.UserID())
		_, err = guest.accept(auth.AcceptInvitation{Token: token, Name: "Lin", Password: "correct horse"})
		requireReason(t, err, fault.Unauthenticated, "invitation_unknown")
		_, err = w.RevokeInvitation(boss, row.ID)
		requireReason(t, err, fault.FailedPrecondition, "invitation_accepted")

		told := s.Read().AuditEntry.Query().Where(auditentry.ActorID(p.UserID())).Order(ent.Asc(auditentry.FieldID)).AllX(t.Context())
		require.Len(t, told, 3, "the account, its role, the invitation")
		for _, e := range told {
			require.Equal(t, "PERSON", e.ActorKind)
			require.NotContains(t, string(e.After), "ash\":")
		}
	})
}

func TestInvitationsEnd(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		shop := w.app("shop")
		w.user("other@example.com", auth.Admin)
		leaving := w.user("leaving@example.com", auth.Admin)
		admin := auth.With(t.Context(), auth.NewPrincipal(auth.Identity{UserID: leaving, Organisation: auth.SetOf(auth.Admin)}))
		invite := func(email string) (*ent.Invitation, string) {
			row, token, err := w.InviteUser(admin, auth.Invite{Email: email, Name: "X", Roles: []auth.Grant{{Role: auth.Viewer, App: "shop"}}})
			require.NoError(t, err)
			return row, token
		}
		accept := func(token string) error {
			_, err := w.client().accept(auth.AcceptInvitation{Token: token, Name: "X", Password: "correct horse"})
			return err
		}
		revoked, token := invite("a@example.com")
		elsewhere := auth.With(t.Context(), auth.NewPrincipal(auth.Identity{Apps: map[string]auth.RoleSet{"app_2": auth.SetOf(auth.Admin)}}))
		_, err := w.RevokeInvitation(elsewhere, revoked.ID)
		require.True(t, fault.Is(err, fault.NotFound))
		for range 2 {
			_, err = w.RevokeInvitation(admin, revoked.ID)
			require.NoError(t, err)
		}
		requireReason(t, accept(token), fault.Unauthenticated, "invitation_unknown")

		_, old := invite("b@example.com")
		w.clock.pass(7 * 24 * time.Hour)
		requireReason(t, accept(old), fault.Unauthenticated, "invitation_unknown")

		// Two invitations of one person: the second adds to the account, with its password.
		_, first := invite("c@example.com")
		_, second := invite("c@example.com")
		_, third := invite("c@example.com")
		require.NoError(t, accept(first))
		_, err = w.client().accept(auth.AcceptInvitation{Token: second, Name: "X", Password: "wrong horse"})
		requireReason(t, err, fault.Unauthenticated, "wrong_credentials")
		require.NoError(t, accept(second))

		_, err = w.DeactivateUser(w.operator(), leaving)
		require.NoError(t, err)
		requireReason(t, accept(third), fault.Unauthenticated, "invitation_unknown")
		require.NotEmpty(t, shop)
	})
}

// TestReactivation: who is let in again has the roles of then, and none of the tokens.
func TestReactivation(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		admin := w.user("admin@example.com", auth.Admin)
		id := w.user("ann@example.com", auth.Editor)
		row, token, err := w.CreateTokenFor(w.operator(), "ann@example.com", auth.CreateToken{Name: "CI", Roles: []auth.Grant{{Role: auth.Editor}}})
		require.NoError(t, err)
		require.NoError(t, bearer(w, token))
		_, err = w.DeactivateUser(w.operator(), id)
		require.NoError(t, err)
		requireReason(t, bearer(w, token), fault.Unauthenticated, "user_deactivated")
		_, err = w.client().signIn("ann@example.com", "correct horse")
		requireReason(t, err, fault.Unauthenticated, "wrong_credentials")
		_, err = w.ReactivateUser(auth.With(t.Context(), person(0, auth.SetOf(auth.Editor))), id)
		require.True(t, fault.Is(err, fault.Forbidden))
		_, err = w.ReactivateUser(w.operator(), "usr_none")
		require.True(t, fault.Is(err, fault.NotFound))
		for range 2 {
			u, err := w.ReactivateUser(w.operator(), id)
			require.NoError(t, err)
			require.Nil(t, u.DeactivatedAt)
		}
		require.Equal(t, auth.SetOf(auth.Editor), w.client().mustSignIn("ann@example.com").Organisation())
		requireReason(t, bearer(w, token), fault.Unauthenticated, "token_revoked")
		require.NotNil(t, s.Read().APIToken.GetX(t.Context(), row.ID).RevokedAt)
		_, err = w.DeactivateUser(w.operator(), admin)
		requireReason(t, err, fault.FailedPrecondition, "last_administrator")
	})
}

func bearer(w *world, token string) error {
	c := w.client()
	c.header = http.Header{"Authorization": {"Bearer " + token}}
	_, err := c.who()
	return err
}
