package auth_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/waymarkhq/waymark/internal/auth"
)

func identities() *rapid.Generator[auth.Identity] {
	return rapid.Custom(func(t *rapid.T) auth.Identity {
		roles := rapid.Map(rapid.Uint8Range(0, 127), func(n uint8) auth.RoleSet { return auth.RoleSet(n) })
		return auth.Identity{
			UserID:       rapid.StringMatching(`usr_[a-z]`).Draw(t, "user"),
			Organisation: roles.Draw(t, "organisation"),
			Apps:         rapid.MapOfN(rapid.SampledFrom([]string{"app_1", "app_2", "app_3"}), roles, 0, 3).Draw(t, "apps"),
		}
	})
}

// TestScopeIsWhatOneMayDo: equal scopes mean equal answers to every question that is not about what one owns, and
// different rights never share a scope.
func TestScopeIsWhatOneMayDo(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p, q := auth.NewPrincipal(identities().Draw(t, "p")), auth.NewPrincipal(identities().Draw(t, "q"))
		same := p.Organisation() == q.Organisation()
		for _, app := range []string{"app_1", "app_2", "app_3"} {
			same = same && p.In(app) == q.In(app)
		}
		if p.Scope() == q.Scope() != same && p.Scope() == q.Scope() {
			t.Fatalf("one scope %q for different rights", p.Scope())
		}
		d := p.Detached()
		require.Equal(t, p.Scope(), d.Scope())
		require.Empty(t, d.UserID())
		for _, r := range auth.Rules() {
			o := auth.Object{App: rapid.SampledFrom([]string{"", "app_1", "app_2"}).Draw(t, "app"), Owner: "usr_other"}
			require.Equal(t, p.Can(r.Action, o), d.Can(r.Action, o), r.Action)
		}
	})
}

// TestDetachedInOneApp: narrowed to an app, people with the same roles there share, and see nothing elsewhere.
func TestDetachedInOneApp(t *testing.T) {
	t.Parallel()
	here := auth.NewPrincipal(auth.Identity{Apps: map[string]auth.RoleSet{"app_1": auth.SetOf(auth.Viewer), "app_2": auth.SetOf(auth.Admin)}})
	wide := auth.NewPrincipal(auth.Identity{Organisation: auth.SetOf(auth.Viewer)})
	require.NotEqual(t, here.Scope(), wide.Scope())
	require.Equal(t, "app_1=VIEWER", here.DetachedIn("app_1").Scope())
	require.Equal(t, here.DetachedIn("app_1").Scope(), wide.DetachedIn("app_1").Scope())
	require.False(t, here.DetachedIn("app_1").CanSee("app_2"))
	require.Equal(t, "*=VIEWER", wide.Scope())
	require.NoError(t, here.DetachedIn("app_1").Err())
	require.Nil(t, here.Ended())
}

func TestRoleSets(t *testing.T) {
	t.Parallel()
	s := auth.SetOf(auth.Tester, auth.Viewer, "NONSENSE")
	require.Equal(t, []auth.Role{auth.Viewer, auth.Tester}, s.List())
	require.Equal(t, "VIEWER,TESTER", s.String())
	require.True(t, s.Has(auth.Tester))
	require.False(t, s.Has(auth.Admin))
	require.False(t, s.Covers(auth.Editor))
	require.True(t, auth.SetOf(auth.Admin).Covers(auth.Editor))
	require.False(t, auth.SetOf(auth.Admin).Covers("NONSENSE"))
	_, err := auth.ParseRole("input.role", "viewer")
	require.ErrorContains(t, err, "input.role")
}

// TestIdentityIsCopied: who made a principal cannot change it later.
func TestIdentityIsCopied(t *testing.T) {
	t.Parallel()
	apps := map[string]auth.RoleSet{"app_1": auth.SetOf(auth.Viewer)}
	p := auth.NewPrincipal(auth.Identity{Apps: apps})
	apps["app_1"] |= auth.SetOf(auth.Admin)
	apps["app_2"] = auth.SetOf(auth.Admin)
	require.Equal(t, auth.SetOf(auth.Viewer), p.In("app_1"))
	require.False(t, p.CanSee("app_2"))
}
