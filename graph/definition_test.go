package graph_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/graph"
	"github.com/waymarkhq/waymark/internal/testkit"
)

func TestConstraintsThatAreNotStatedAreNull(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.SQLite(t), graph.Limits{})
	w.plan(1, 1, 1)
	got := at(w.must(`mutation { createProperty(input: {app: "shop", key: "n", name: "数", type: {base: INTEGER, constraints: {minimum: "0"}}}) {
		property { type { constraints { pattern minLength minimum maximum constant valueSet { key } nullable } } } } }`),
		"createProperty", "property", "type", "constraints")
	require.Equal(t, map[string]any{
		"pattern": nil, "minLength": nil, "minimum": "0", "maximum": nil, "constant": nil, "valueSet": nil, "nullable": nil,
	}, got)
}
