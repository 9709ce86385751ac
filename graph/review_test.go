package graph_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/graph"
	"github.com/waymarkhq/waymark/internal/testkit"
)

// TestTerminalsThatAreNotThere: what is about no terminal says null, not an empty key.
func TestTerminalsThatAreNotThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.SQLite(t), graph.Limits{})
	w.plan(1, 1, 1)
	id := at(w.must(`{ batch(number: "SHOP-0001") { id } }`), "batch", "id")
	w.must(`mutation($id: ID!) { updateBatch(input: {id: $id, deadlines: [
		{step: "put_online", at: "2030-01-01T00:00:00Z"}, {step: "accept", terminal: "ios", at: "2029-12-01T00:00:00Z"}]}) { batch { id } } }`, "id", id)
	w.must(`mutation { transitionBatch(input: {batch: "SHOP-0001", to: "APPROVED"}) { batch { id } } }`)
	w.must(`mutation { transitionBatch(input: {batch: "SHOP-0001", to: "DROPPED", note: "not now"}) { batch { id } } }`)
	b := at(w.must(`{ batch(number: "SHOP-0001") { deadlines { step terminal } moves { nodes { to terminal } } progress { terminal state count } } }`), "batch")
	require.ElementsMatch(t, []any{
		map[string]any{"step": "put_online", "terminal": nil}, map[string]any{"step": "accept", "terminal": "ios"},
	}, at(b, "deadlines"))
	require.ElementsMatch(t, []any{
		map[string]any{"to": "APPROVED", "terminal": nil}, map[string]any{"to": "DROPPED", "terminal": "ios"},
	}, at(b, "moves", "nodes"))
	require.Equal(t, []any{map[string]any{"terminal": "ios", "state": "DROPPED", "count": 1.0}}, at(b, "progress"))
}
