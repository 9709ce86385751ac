package plan_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/plan"
)

func TestValueSetsOfAType(t *testing.T) {
	t.Parallel()
	var typ plan.Type
	require.NoError(t, json.Unmarshal([]byte(`{"base":"OBJECT","fields":[
		{"name":"a","type":{"base":"STRING","valueSet":"words"}},
		{"name":"b","type":{"base":"LIST","items":{"base":"OBJECT","fields":[{"name":"c","type":{"base":"ENUM","valueSet":"few"}}]}}},
		{"name":"d","type":{"base":"DATE"}}]}`), &typ))
	require.Equal(t, []string{"before", "words", "few"}, typ.ValueSets([]string{"before"}))
}
