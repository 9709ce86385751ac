package diff_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/diff"
	"github.com/waymarkhq/waymark/internal/plan"
)

func TestPathsAreThosePeopleKnow(t *testing.T) {
	t.Parallel()
	property := func(id, key, more string) string {
		return `{"propertyId":"` + id + `","key":"` + key + `"` + more + `}`
	}
	for _, c := range []struct{ a, b, want string }{
		{`{"level":"P0"}`, `{"level":"P1"}`, "CHANGED level"},
		{`{}`, `{"match":[{"property":"spm","value":"a"}]}`, "ADDED match[spm]"},
		{`{"match":[{"property":"spm","value":"a"}]}`, `{"match":[{"property":"spm","value":"b"}]}`, "CHANGED match[spm].value"},
		{`{}`, `{"terminals":["ios"]}`, "ADDED terminals"},
		{`{"terminals":["web"]}`, `{"terminals":["ios"]}`, "REMOVED terminals[web], ADDED terminals[ios]"},
		{`{}`, `{"ownerIds":["usr_1"]}`, "ADDED ownerIds[usr_1]"},
		{
			`{"properties":[` + property("prp_1", "order_amount", `,"type":{"base":"NUMBER","minimum":"1"}`) + `]}`,
			`{"properties":[` + property("prp_1", "order_amount", `,"type":{"base":"NUMBER","minimum":"0"}`) + `]}`,
			"CHANGED properties[order_amount].type.constraints.minimum",
		},
		{
			`{"properties":[` + property("prp_1", "p", `,"type":{"base":"NUMBER","minimum":"1"}`) + `]}`,
			`{"properties":[` + property("prp_1", "p", `,"type":{"base":"STRING"}`) + `]}`,
			"CHANGED properties[p].type",
		},
		{
			`{"properties":[` + property("prp_1", "p", `,"type":{"base":"LIST","items":{"base":"OBJECT","fields":[{"name":"价格","type":{"base":"DATE"}}]}}`) + `]}`,
			`{"properties":[` + property("prp_1", "p", `,"type":{"base":"LIST","items":{"base":"OBJECT","fields":[{"name":"价格","required":true,"type":{"base":"DATE"}}]}}`) + `]}`,
			"ADDED properties[p].type.items.fields[价格].required",
		},
		{
			`{"properties":[` + property("prp_1", "p", `,"type":{"base":"ENUM","values":[{"value":"1"}]}`) + `]}`,
			`{"properties":[` + property("prp_1", "p", `,"type":{"base":"ENUM","values":[{"value":"2"},{"value":"1","label":"x"}]}`) + `]}`,
			"ADDED properties[p].type.values[1].label, ADDED properties[p].type.values[2], CHANGED properties[p].type.values.order",
		},
		{
			`{"properties":[` + property("prp_1", "p", `,"narrowingOn":{"ios":{"maximum":"1"}}`) + `]}`,
			`{"properties":[` + property("prp_1", "p", `,"narrowing":{"maximum":"1"},"presenceOn":{"web":"ABSENT"}`) + `]}`,
			"ADDED properties[p].presenceOn.web, ADDED properties[p].narrowing.maximum, REMOVED properties[p].narrowingOn.ios.maximum",
		},
		{
			`{"properties":[` + property("prp_1", "p", "") + `]}`, `{"properties":[` + property("prp_2", "p", "") + `]}`,
			"REMOVED properties[p#prp_1], ADDED properties[p#prp_2]",
		},
		{
			`{"properties":[` + property("prp_1", "p", "") + `,` + property("prp_2", "q]", "") + `]}`,
			`{"properties":[` + property("prp_2", "q]", "") + `,` + property("prp_1", "r", "") + `]}`,
			`CHANGED properties[r].key, CHANGED properties.order`,
		},
		{`{}`, `{"properties":[` + property("prp_2", "q]", "") + `]}`, `ADDED properties["q]"]`},
		{``, `{}`, "ADDED "},
	} {
		changes, err := diff.Fields([]byte(c.a), []byte(c.b), diff.EventShape)
		require.NoError(t, err)
		var got []string
		for _, ch := range changes {
			got = append(got, fmt.Sprintf("%s %s", ch.Kind, ch.Path))
		}
		require.Equal(t, c.want, strings.Join(got, ", "))
	}
}

func TestMerge(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		shape                            diff.Shape
		base, ours, theirs, want, fights string
	}{
		"different fields": {
			diff.EventShape, `{"name":"A","level":"P1"}`, `{"name":"B","level":"P1"}`, `{"name":"A","level":"P0"}`,
			`{"name":"B","level":"P0"}`, "",
		},
		"the same field, otherwise": {
			diff.EventShape, `{"name":"A"}`, `{"name":"B"}`, `{"name":"C"}`, `{"name":"B"}`, "name",
		},
		"the same field, alike": {
			diff.EventShape, `{"name":"A"}`, `{"name":"B"}`, `{"name":"B"}`, `{"name":"B"}`, "",
		},
		"properties of both": {
			diff.EventShape, `{"properties":[{"propertyId":"1"}]}`, `{"properties":[{"propertyId":"1"},{"propertyId":"2"}]}`,
			`{"properties":[{"propertyId":"3"},{"propertyId":"1"}]}`,
			`{"properties":[{"propertyId":"3"},{"propertyId":"1"},{"propertyId":"2"}]}`, "",
		},
		"the same property added, used otherwise": {
			diff.EventShape, `{}`, `{"properties":[{"propertyId":"1","presence":"REQUIRED","note":"n"}]}`,
			`{"properties":[{"propertyId":"1","presence":"OPTIONAL","example":"e"}]}`,
			`{"properties":[{"propertyId":"1","presence":"REQUIRED","example":"e","note":"n"}]}`, "properties[1].presence",
		},
		"taken out here, changed there": {
			diff.EventShape, `{"properties":[{"propertyId":"1","note":"a"}]}`, `{}`, `{"properties":[{"propertyId":"1","note":"b"}]}`,
			`{}`, "properties[1]",
		},
		"changed here, taken out there": {
			diff.EventShape, `{"properties":[{"propertyId":"1","note":"a"}]}`, `{"properties":[{"propertyId":"1","note":"b"}]}`, `{}`,
			`{"properties":[{"propertyId":"1","note":"b"}]}`, "properties[1]",
		},
		"order here, another property there": {
			diff.EventShape, `{"properties":[{"propertyId":"1"},{"propertyId":"2"}]}`, `{"properties":[{"propertyId":"2"},{"propertyId":"1"}]}`,
			`{"properties":[{"propertyId":"1"},{"propertyId":"3"},{"propertyId":"2"}]}`,
			`{"properties":[{"propertyId":"2"},{"propertyId":"1"},{"propertyId":"3"}]}`, "",
		},
		"two orders": {
			diff.ValueSetShape, `{"values":[{"value":"1"},{"value":"2"},{"value":"3"}]}`, `{"values":[{"value":"2"},{"value":"1"},{"value":"3"}]}`,
			`{"values":[{"value":"1"},{"value":"3"},{"value":"2"}]}`, `{"values":[{"value":"2"},{"value":"1"},{"value":"3"}]}`, "values.order",
		},
		"values of both": {
			diff.ValueSetShape, `{"values":[{"value":"1"}]}`, `{"values":[{"value":"1","label":"图文"}]}`,
			`{"values":[{"value":"1"},{"value":"2"}]}`, `{"values":[{"value":"1","label":"图文"},{"value":"2"}]}`, "",
		},
		"a type is one field where its base changes": {
			diff.PropertyShape, `{"type":{"base":"NUMBER"}}`, `{"type":{"base":"INTEGER"}}`, `{"type":{"base":"NUMBER","minimum":"0"}}`,
			`{"type":{"base":"INTEGER"}}`, "type",
		},
		"constraints of both": {
			diff.PropertyShape, `{"type":{"base":"NUMBER"}}`, `{"type":{"base":"NUMBER","maximum":"9"}}`,
			`{"type":{"base":"NUMBER","minimum":"0"}}`, `{"type":{"base":"NUMBER","minimum":"0","maximum":"9"}}`, "",
		},
		"terminals of both": {
			diff.EventShape, `{"terminals":["ios"]}`, `{"terminals":["ios","web"]}`, `{"terminals":["h5","ios"]}`,
			`{"terminals":["h5","ios","web"]}`, "",
		},
		"all terminals are no list of terminals": {
			diff.EventShape, `{"terminals":["ios"]}`, `{}`, `{"terminals":["ios","web"]}`, `{}`, "terminals",
		},
		"no terminals left are not all of them": {
			diff.EventShape, `{"terminals":["ios","web"]}`, `{"terminals":["web"]}`, `{"terminals":["ios"]}`,
			`{"terminals":["web"]}`, "terminals",
		},
	} {
		merged, conflicts, err := diff.Merge([]byte(c.base), []byte(c.ours), []byte(c.theirs), c.shape)
		require.NoError(t, err)
		require.Equal(t, c.want, string(merged), name)
		var paths []string
		for _, f := range conflicts {
			paths = append(paths, f.Path)
		}
		require.Equal(t, c.fights, strings.Join(paths, ", "), name)
	}
}

// TestWhatChangesOnTerminals shows which terminals a change is about.
func TestWhatChangesOnTerminals(t *testing.T) {
	t.Parallel()
	of := func(use, more string) *plan.Frozen {
		return example(t, `{"properties":[`+`{"propertyId":"prp_1","key":"p","name":"p","type":{"base":"STRING","maxLength":9},"sensitivity":"NONE",`+use+`}]`+more+`}`)
	}
	for _, c := range []struct {
		a, b *plan.Frozen
		want string
	}{
		{of(`"presence":"OPTIONAL"`, ""), of(`"presence":"REQUIRED"`, ""), "presence became_required []"},
		{of(`"presence":"OPTIONAL"`, ""), of(`"presence":"OPTIONAL","presenceOn":{"ios":"REQUIRED"}`, ""), "presenceOn.ios became_required [ios]"},
		{
			of(`"presence":"OPTIONAL","presenceOn":{"ios":"REQUIRED"}`, `,"terminals":["ios","web"]`),
			of(`"presence":"REQUIRED","presenceOn":{"ios":"REQUIRED"}`, `,"terminals":["ios","web"]`), "presence became_required [web]",
		},
		{ // what is said of a terminal is told of that
			of(`"presence":"OPTIONAL","presenceOn":{"ios":"REQUIRED"}`, `,"terminals":["ios"]`),
			of(`"presence":"ABSENT","presenceOn":{"ios":"REQUIRED"}`, `,"terminals":["ios"]`), "presence restated []",
		},
		{ // the event is not on that terminal
			of(`"presence":"OPTIONAL"`, `,"terminals":["web"]`),
			of(`"presence":"OPTIONAL","presenceOn":{"ios":"REQUIRED"}`, `,"terminals":["web"]`), "presenceOn.ios restated []",
		},
		{
			of(`"presence":"OPTIONAL"`, ""), of(`"presence":"OPTIONAL","narrowingOn":{"ios":{"maxLength":5}}`, ""),
			"narrowingOn.ios.maxLength limit_tightened [ios]",
		},
		{
			of(`"presence":"OPTIONAL"`, ""), of(`"presence":"OPTIONAL","narrowing":{"maxLength":9}`, ""), "narrowing.maxLength restated []",
		},
		{ // where the property is absent, nothing is judged
			of(`"presence":"OPTIONAL","presenceOn":{"ios":"ABSENT"}`, ""),
			of(`"presence":"OPTIONAL","presenceOn":{"ios":"ABSENT"},"narrowingOn":{"ios":{"maxLength":5}}`, ""), "narrowingOn.ios.maxLength restated [ios]",
		},
	} {
		changes := diff.Definitions(c.a, c.b, nil)
		require.Len(t, changes, 1)
		got := fmt.Sprintf("%s %s %v", strings.TrimPrefix(changes[0].Path, "properties[p]."), changes[0].Rule, changes[0].Terminals)
		require.Equal(t, c.want, got)
	}
}

// TestEachTerminalIsToldOnce changes the presence in general and on one terminal at once.
func TestEachTerminalIsToldOnce(t *testing.T) {
	t.Parallel()
	of := func(use string) *plan.Frozen {
		return example(t, `{"terminals":["ios","web"],"properties":[{"propertyId":"prp_1","key":"p","name":"p","type":{"base":"DATE"},"sensitivity":"NONE",`+use+`}]}`)
	}
	changes := diff.Definitions(of(`"presence":"OPTIONAL"`), of(`"presence":"ABSENT","presenceOn":{"web":"REQUIRED"}`), nil)
	require.Len(t, changes, 2)
	require.Equal(t, []string{diff.BecameAbsent, "ios"}, append([]string{changes[0].Rule}, changes[0].Terminals...))
	require.Equal(t, []string{diff.BecameRequired, "web"}, append([]string{changes[1].Rule}, changes[1].Terminals...))
}

// TestValueSetsAreToldByTheirValues compares definitions that draw on two versions of a value set.
func TestValueSetsAreToldByTheirValues(t *testing.T) {
	t.Parallel()
	before := &plan.FrozenValueSet{ID: "vst_1", Key: "pay", Name: "Pay", Values: []plan.Value{{Value: "wx", Label: "微信"}, {Value: "ali"}}}
	after := &plan.FrozenValueSet{ID: "vst_1", Key: "pay", Name: "Pay", Values: []plan.Value{{Value: "wx", Label: "WeChat"}, {Value: "card"}}}
	of := func(s *plan.FrozenValueSet) *plan.Frozen {
		return &plan.Frozen{
			EventID: "evt_1", WireName: "w", Kind: plan.KindTrack, ValueSets: map[string]string{s.ID: s.Hash()},
			Properties: []plan.FrozenProperty{{PropertyID: "prp_1", Key: "p", Type: plan.Type{Base: plan.TypeEnum, Constraints: plan.Constraints{ValueSetID: s.ID}}}},
		}
	}
	sets := map[string]*plan.FrozenValueSet{before.Hash(): before, after.Hash(): after}
	list := func(changes []diff.Change) (got []string) {
		for _, c := range changes {
			got = append(got, c.Path+" "+c.Rule)
		}
		return got
	}
	require.Equal(t, []string{
		"valueSets[pay].values[wx].label value_labelled", "valueSets[pay].values[ali] value_removed", "valueSets[pay].values[card] value_added",
	}, list(diff.Definitions(of(before), of(after), sets)))
	require.Equal(t, []string{"valueSets.vst_1 values_limited"}, list(diff.Definitions(of(before), of(after), nil)))
	require.Empty(t, diff.Definitions(of(before), of(before), nil))
	require.Equal(t, []string{" value_added"}, list(diff.ValueSets(nil, after)))
	require.Empty(t, diff.ValueSets(after, after))
	require.Empty(t, diff.Definitions(nil, nil, nil))
}
