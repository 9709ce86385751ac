package plan_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

func TestValueSetsOfADefinition(t *testing.T) {
	t.Parallel()
	var d plan.Definition
	require.NoError(t, json.Unmarshal([]byte(`{"properties":[
		{"name":"a","type":{"base":"STRING","valueSet":"words"},"narrowing":{"valueSet":"few"},"narrowingOn":{"ios":{"valueSet":"fewer"},"web":null}},
		{"name":"b","type":{"base":"LIST","items":{"base":"OBJECT","fields":[{"name":"c","type":{"base":"INTEGER","valueSet":"words"}}]}}},
		{"name":"d","type":{"base":"NUMBER","valueSet":"halves"}},
		{"name":"e","type":{"base":"INTEGER","valueSet":"halves"}},
		{"name":"f","type":{"base":"INTEGER","valueSet":"levels"}},
		{"name":"g","type":{"base":"ENUM","valueSet":"nowhere"}}]}`), &d))
	require.Equal(t, []string{"few", "fewer", "halves", "levels", "nowhere", "words"}, d.ValueSets())

	sets := map[string]*plan.ValueSet{
		"words":  {Key: "words", Values: []plan.Value{{Value: "a"}, {Value: "1"}}},
		"halves": {Key: "halves", Values: []plan.Value{{Value: "1"}, {Value: "0.5"}}},
		"levels": {Key: "levels", Values: []plan.Value{{Value: "1"}, {Value: "2.0"}, {Value: "-3"}}},
	}
	var f fault.Fields
	for i := range d.Properties {
		d.Properties[i].Type.ValidateValueSets(d.Properties[i].Name, sets, &f)
	}
	require.Equal(t, []string{
		"b.items.fields[0].type.constraints.valueSet value_set_mismatch",
		"e.constraints.valueSet value_set_mismatch",
		"g.constraints.valueSet unknown_value_set",
	}, reasons(f))
}
