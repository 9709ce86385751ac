package diff_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/diff"
	"github.com/waymarkhq/waymark/internal/plan"
)

// rulesOf lists the rules of changes, each once.
func rulesOf(changes []diff.Change) string {
	var list []string
	for _, c := range changes {
		list = append(list, c.Rule)
	}
	slices.Sort(list)
	return strings.Join(slices.Compact(list), " ")
}

// TestTypesAreWeighed compares types, of which examples of rules show one direction each.
func TestTypesAreWeighed(t *testing.T) {
	t.Parallel()
	set := func(id string, values ...string) *plan.FrozenValueSet {
		s := &plan.FrozenValueSet{ID: id, Key: id}
		for _, v := range values {
			s.Values = append(s.Values, plan.Value{Value: v})
		}
		return s
	}
	sets := map[string]*plan.FrozenValueSet{"texts": set("texts", "a", "b"), "numbers": set("numbers", "1.0", "2"), "more": set("more", "1", "2.0", "a", "b")}
	object := func(field string) string { return `{"base":"OBJECT","fields":[{"name":"f",` + field + `}]}` }
	for _, c := range []struct{ a, b, want, back string }{
		{`{"base":"STRING","minLength":1}`, `{"base":"STRING","minLength":2}`, "limit_tightened", "limit_loosened"},
		{`{"base":"STRING"}`, `{"base":"STRING","maxLength":2}`, "limit_tightened", "limit_loosened"},
		{`{"base":"LIST","items":{"base":"STRING"}}`, `{"base":"LIST","items":{"base":"STRING"},"minItems":1}`, "limit_tightened", "limit_loosened"},
		{`{"base":"LIST","items":{"base":"STRING"},"maxItems":3}`, `{"base":"LIST","items":{"base":"STRING"},"maxItems":2}`, "limit_tightened", "limit_loosened"},
		{`{"base":"NUMBER","minimum":"1"}`, `{"base":"NUMBER","minimum":"1.5"}`, "limit_tightened", "limit_loosened"},
		{`{"base":"NUMBER","minimum":"1"}`, `{"base":"NUMBER","minimum":"1.0"}`, "restated", "restated"},
		{`{"base":"NUMBER","constant":"1"}`, `{"base":"NUMBER","constant":"1.0"}`, "restated", "restated"},
		{`{"base":"LIST","items":{"base":"STRING"}}`, `{"base":"LIST","items":{"base":"NUMBER"}}`, "type_changed", "type_changed"},
		{`{"base":"LIST","items":{"base":"ENUM","values":[{"value":"a"}]}}`, `{"base":"LIST","items":{"base":"STRING"}}`, "type_widened", "type_narrowed"},
		{`{"base":"LIST","items":{"base":"STRING"}}`, `{"base":"LIST","items":{"base":"STRING","pattern":"a"}}`, "pattern_tightened", "pattern_loosened"},

		{`{"base":"ENUM","values":[{"value":"1"}]}`, `{"base":"STRING"}`, "type_changed", "type_narrowed"}, // an enum takes the number too
		{`{"base":"ENUM","values":[{"value":"a"}]}`, `{"base":"STRING","maxLength":9}`, "type_changed", "type_narrowed"},
		{`{"base":"ENUM","values":[{"value":"a"}],"nullable":true}`, `{"base":"STRING"}`, "type_changed", "type_narrowed"},
		{`{"base":"ENUM","valueSet":"texts"}`, `{"base":"STRING","valueSet":"texts"}`, "type_widened", "type_narrowed"},
		{`{"base":"ENUM","valueSet":"numbers"}`, `{"base":"STRING"}`, "type_changed", "type_narrowed"},
		{`{"base":"ENUM","valueSet":"unknown"}`, `{"base":"STRING"}`, "type_changed", "type_narrowed"},
		{`{"base":"INTEGER"}`, `{"base":"NUMBER"}`, "type_changed", "type_narrowed"}, // the column changes
		{`{"base":"DATE"}`, `{"base":"STRING"}`, "type_changed", "type_narrowed"},

		{`{"base":"ENUM","values":[{"value":"b"},{"value":"a"}]}`, `{"base":"ENUM","valueSet":"texts"}`, "restated", "restated"},
		{`{"base":"ENUM","values":[{"value":"b"}]}`, `{"base":"ENUM","valueSet":"texts"}`, "values_widened", "values_limited"},
		{`{"base":"ENUM","values":[{"value":"c"}]}`, `{"base":"ENUM","valueSet":"texts"}`, "value_removed values_limited", "values_limited"},
		{`{"base":"ENUM","valueSet":"texts"}`, `{"base":"ENUM","valueSet":"more"}`, "values_widened", "values_limited"},
		{`{"base":"INTEGER","valueSet":"numbers"}`, `{"base":"INTEGER","valueSet":"more"}`, "values_widened", "values_limited"}, // 1.0 is 1
		{`{"base":"STRING","valueSet":"numbers"}`, `{"base":"STRING","valueSet":"more"}`, "values_limited", "values_limited"},   // as a text it is not
		{`{"base":"STRING","valueSet":"unknown"}`, `{"base":"STRING","valueSet":"missing"}`, "values_limited", "values_limited"},

		{object(`"type":{"base":"STRING"}`), object(`"required":true,"type":{"base":"STRING"}`), "became_required", "became_optional"},
		{object(`"type":{"base":"STRING"}`), object(`"label":"x","type":{"base":"STRING"}`), "text_changed", "text_changed"},
		{object(`"required":true,"type":{"base":"STRING"}`), object(`"required":true,"type":{"base":"STRING","nonEmpty":false}`), "empty_allowed", "empty_refused"},
		{object(`"type":{"base":"STRING"}`), object(`"type":{"base":"STRING","nonEmpty":false}`), "restated", "restated"},
		{object(`"type":{"base":"ENUM","values":[{"value":"a"},{"value":"b"}]}`), object(`"type":{"base":"ENUM","valueSet":"texts"}`), "restated", "restated"},
		{object(`"type":{"base":"ENUM","values":[{"value":"a"}]}`), object(`"type":{"base":"ENUM","values":[{"value":"b"},{"value":"a"}]}`), "order_changed value_added", "value_removed"},
		{object(`"type":{"base":"OBJECT"}`), object(`"type":{"base":"OBJECT","fields":[{"name":"g","type":{"base":"DATE"}}]}`), "object_closed", "field_removed"},
	} {
		a, b := example(t, `{"properties":[`+withType(c.a)+`]}`), example(t, `{"properties":[`+withType(c.b)+`]}`)
		for _, f := range []*plan.Frozen{a, b} {
			for id := range f.ValueSets {
				f.ValueSets[id] = id
			}
		}
		require.Equal(t, c.want, rulesOf(diff.Definitions(a, b, sets)), "%s to %s", c.a, c.b)
		require.Equal(t, c.back, rulesOf(diff.Definitions(b, a, sets)), "%s to %s", c.b, c.a)
	}
}

func withType(typ string) string {
	return `{"propertyId":"prp_1","key":"p","name":"p","type":` + typ + `,"sensitivity":"NONE","presence":"OPTIONAL"}`
}

// TestEventsAreWeighed compares what is said of an event itself.
func TestEventsAreWeighed(t *testing.T) {
	t.Parallel()
	until := func(year string) string { return `{"aliases":[{"name":"x","until":"` + year + `-01-01T00:00:00Z"}]}` }
	for _, c := range []struct{ a, b, want, back string }{
		{until("2030"), until("2031"), "alias_extended", "alias_shortened"},
		{`{"aliases":[{"name":"x"}]}`, until("2031"), "alias_shortened", "alias_extended"},
		{`{"wireName":"x"}`, `{"wireName":"y","aliases":[{"name":"x"}]}`, "renamed_with_alias restated", "renamed restated"},
		{`{"wireName":"x","aliases":[{"name":"y"}]}`, `{"wireName":"y"}`, "renamed restated", "renamed_with_alias restated"},
		{`{"kind":"ITEM","wireName":""}`, `{"kind":"ITEM","wireName":"y"}`, "renamed", "renamed"},
		{`{}`, `{"match":[{"property":"price","value":"1"}]}`, "match_changed", "match_changed"},
		{`{"terminals":["ios"]}`, `{"terminals":["web"]}`, "terminal_added terminal_removed", "terminal_added terminal_removed"},
		{`{"kind":"COMMON","wireName":"","terminals":["ios"]}`, `{"kind":"COMMON","wireName":"","terminals":["ios","web"]}`, "terminal_added", "terminal_removed"},
		{`{"kind":"COMMON","wireName":"","terminals":["ios"]}`, `{"kind":"COMMON","wireName":""}`, "terminal_added", "terminal_removed"},
		{ // a match lets any value of the property pass until the event carries it
			`{"match":[{"property":"p","value":"a"}],"properties":[]}`,
			`{"match":[{"property":"p","value":"a"}],"properties":[` + withType(`{"base":"STRING"}`) + `]}`, "type_narrowed", "property_removed",
		},
		{`{"properties":[]}`, `{"properties":[` + withType(`{"base":"STRING"}`) + `]}`, "property_added_optional", "property_removed"},
	} {
		a, b := example(t, c.a), example(t, c.b)
		require.Equal(t, c.want, rulesOf(diff.Definitions(a, b, nil)), "%s to %s", c.a, c.b)
		require.Equal(t, c.back, rulesOf(diff.Definitions(b, a, nil)), "%s to %s", c.b, c.a)
	}
}
