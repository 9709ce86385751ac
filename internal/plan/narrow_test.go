package plan_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/plan"
)

func TestARuleOnEachTerminal(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	r := plan.PropertyRule{
		Name: "p", Presence: plan.PresenceRequired,
		Type:        plan.Type{Base: plan.TypeString, Constraints: plan.Constraints{Pattern: "a+", Nullable: &yes}},
		PresenceOn:  map[string]plan.Presence{"web": plan.PresenceOptional, "server": plan.PresenceAbsent},
		Narrowing:   &plan.Constraints{Pattern: "b+"},
		NarrowingOn: map[string]*plan.Constraints{"web": {Pattern: "c+", Nullable: &no}, "server": nil},
	}
	patterns := func(e plan.Effective) (list []string) {
		for _, c := range e.Constraints {
			list = append(list, c.Pattern)
		}
		return list
	}
	ios, web := r.On("ios"), r.On("web")
	require.Equal(t, plan.PresenceRequired, ios.Presence)
	require.Equal(t, []string{"a+", "b+"}, patterns(ios))
	require.True(t, ios.Nullable())
	require.True(t, ios.NonEmpty(), "the default where it is required")

	require.Equal(t, plan.PresenceOptional, web.Presence)
	require.Equal(t, []string{"a+", "b+", "c+"}, patterns(web))
	require.False(t, web.Nullable())
	require.False(t, web.NonEmpty())
	require.Equal(t, plan.PresenceAbsent, r.On("server").Presence)

	for want, terminals := range map[plan.Presence][]string{
		plan.PresenceRequired: {"ios", "android"},
		plan.PresenceOptional: {"ios", "web"},
		plan.PresenceAbsent:   {"server"},
	} {
		require.Equal(t, want, r.PresenceAmong(terminals))
	}
	require.Equal(t, plan.PresenceRequired, r.PresenceAmong(nil), "its own, where there are no terminals")
}

func TestNonEmpty(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	for _, c := range []struct {
		presence       plan.Presence
		own, narrowing *bool
		want           bool
	}{
		{plan.PresenceRequired, nil, nil, true},
		{plan.PresenceOptional, nil, nil, false},
		{plan.PresenceRequired, &no, nil, false},
		{plan.PresenceRequired, nil, &no, false},
		{plan.PresenceOptional, nil, &yes, true},
		{plan.PresenceOptional, &no, &yes, true},
		{plan.PresenceRequired, &yes, &no, true},
	} {
		r := plan.PropertyRule{
			Presence:  c.presence,
			Type:      plan.Type{Base: plan.TypeString, Constraints: plan.Constraints{NonEmpty: c.own}},
			Narrowing: &plan.Constraints{NonEmpty: c.narrowing},
		}
		e := r.On("ios")
		require.Equal(t, c.want, e.NonEmpty(), "%+v", c)
	}
}
