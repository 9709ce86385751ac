package graph_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The number of statements of a query does not grow with the number of rows: the same document on a plan that is many
// times larger takes as many.
func TestStatementsDoNotGrowWithRows(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.plan(1, 1, 1)
		count := func(document string) uint64 {
			w.must(document, "first", 12) // the token's owner is known from now on
			before := w.store.Reads()
			w.must(document, "first", 12)
			return w.store.Reads() - before
		}
		aliased := `query($first: Int) { a: app(key: "shop") { x: batches(first: $first) { edges { node { e1: events(first: 1) { nodes { key } } e2: events(first: $first) {
		  totalCount nodes { ...E } } createdBy { name } } } } } } fragment E on Event { batch { owner { id } } properties(first: $first) { nodes { property { app { key } } } } }`
		small := []uint64{count(tree), count(aliased)}
		require.Less(t, small[0], uint64(30))
		w.grow(4, 5, 6)
		after := []uint64{count(tree), count(aliased)}
		require.Equal(t, small, after)
	})
}

// grow adds batches of events that use properties, each of them new.
func (w *world) grow(batches, events, properties int) {
	w.t.Helper()
	uses := []map[string]any{}
	for p := range properties {
		key := "more_" + string(rune('a'+p))
		w.must(`mutation($k: String!) { createProperty(input: {app: "shop", key: $k, name: "属性", type: {base: STRING}}) { property { id } } }`, "k", key)
		uses = append(uses, map[string]any{"key": key})
	}
	for b := range batches {
		number := at(w.must(`mutation { createBatch(input: {app: "shop", title: "需求"}) { batch { number } } }`), "createBatch", "batch", "number")
		for e := range events {
			w.must(`mutation($b: String!, $k: String!, $p: [EventPropertyInput!]!) {
				createEvent(input: {batch: $b, name: "更多", wireName: $k, properties: $p}) { event { id } } }`,
				"b", number, "k", "more_"+string(rune('a'+b))+"_"+string(rune('a'+e)), "p", uses)
		}
	}
}
