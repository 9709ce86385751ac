package diff_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/diff"
	"github.com/waymarkhq/waymark/internal/plan"
)

// A property by itself is judged by the rules of what events carry, and its fields are called as its own.
func TestPropertiesAreJudgedAsEventsCarryThem(t *testing.T) {
	t.Parallel()
	property := func(typ, more string) *plan.FrozenProperty {
		p := &plan.FrozenProperty{}
		require.NoError(t, json.Unmarshal([]byte(`{"propertyId":"prp_1","key":"a.b]","name":"Price","type":`+typ+`,"sensitivity":"NONE","presence":"OPTIONAL"`+more+`}`), p))
		return p
	}
	hashes := map[string]string{"vst_all": "h1", "vst_one": "h2"}
	sets := map[string]*plan.FrozenValueSet{
		"h1": {Values: []plan.Value{{Value: "1"}, {Value: "2"}}}, "h2": {Values: []plan.Value{{Value: "1"}}},
	}
	for _, c := range []struct{ before, after, moreBefore, moreAfter, path, rule string }{
		{`{"base":"NUMBER"}`, `{"base":"INTEGER"}`, "", "", "type", diff.TypeNarrowed},
		{`{"base":"NUMBER","maximum":"1"}`, `{"base":"NUMBER","maximum":"2"}`, "", "", "type.constraints.maximum", diff.LimitLoosened},
		{`{"base":"ENUM","valueSet":"vst_all"}`, `{"base":"ENUM","valueSet":"vst_one"}`, "", "", "type.constraints.valueSet", diff.ValuesLimited},
		{`{"base":"ENUM","valueSet":"vst_one"}`, `{"base":"ENUM","valueSet":"vst_all"}`, "", "", "type.constraints.valueSet", diff.ValuesWidened},
		{`{"base":"LIST","items":{"base":"NUMBER"}}`, `{"base":"LIST","items":{"base":"INTEGER"}}`, "", "", "type.items", diff.TypeNarrowed},
		{`{"base":"NUMBER"}`, `{"base":"NUMBER"}`, "", `,"propertyExample":"1"`, "example", diff.TextChanged},
		{`{"base":"NUMBER"}`, `{"base":"NUMBER"}`, "", `,"sensitivity":"PERSONAL"`, "sensitivity", diff.SensitivityChanged},
	} {
		changes := diff.Properties(property(c.before, c.moreBefore), property(c.after, c.moreAfter), hashes, sets)
		require.Len(t, changes, 1, c.path)
		require.Equal(t, []string{c.path, c.rule, diff.RuleOf(c.rule).Reason}, []string{changes[0].Path, changes[0].Rule, changes[0].Reason})
		require.NotContains(t, changes[0].At, "properties")
		require.Equal(t, c.path == "example", changes[0].At[0] == "example")
	}
	require.Empty(t, diff.Properties(property(`{"base":"NUMBER"}`, ""), property(`{"base":"NUMBER"}`, ""), hashes, sets))

	for _, c := range []struct {
		from, to string
		kind     diff.Kind
	}{{"", "prp_2", diff.Added}, {"prp_2", "prp_3", diff.Changed}, {"prp_2", "", diff.Removed}} {
		got := diff.Successor(c.from, c.to)
		require.Equal(t, []any{"replacedBy", c.kind, diff.Compatible}, []any{got.Path, got.Kind, got.Impact})
	}
	_, err := diff.Introduced([]byte("{"), diff.PropertyShape, diff.PropertyAddedOptional)
	require.Error(t, err)
}
