package graph_test

import (
	"fmt"
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

const openMoves = `query($app: String!) { app(key: $app) { batches(first: 20) { nodes { number transitions { ...T }
	items(first: 50) { totalCount nodes { kind transitions { ...T } conflicts { path } } } } } } }
	fragment T on TransitionOption { move terminal bars { rule itemId } }`

// What bars which move, and what conflicts, takes as many statements for batches of many items as for batches of one.
func TestMovesAndConflictsTakeAFixedNumberOfStatements(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.atWork("one", 1)
		w.atWork("many", 4)
		count := func(app string) (uint64, any) {
			w.must(openMoves, "app", app)
			before := w.store.Reads()
			got := w.must(openMoves, "app", app)
			return w.store.Reads() - before, at(got, "app", "batches", "nodes")
		}
		few, _ := count("one")
		many, got := count("many")
		require.Equal(t, few, many)
		require.Less(t, many, uint64(100))
		rules, conflicts := map[any]int{}, 0
		for b := range got.([]any) {
			for _, it := range at(got, b, "items", "nodes").([]any) {
				conflicts += len(at(it, "conflicts").([]any))
				for _, o := range at(it, "transitions").([]any) {
					for _, bar := range at(o, "bars").([]any) {
						rules[at(bar, "rule")]++
					}
				}
			}
			for _, o := range at(got, b, "transitions").([]any) {
				for _, bar := range at(o, "bars").([]any) {
					rules[at(bar, "rule")]++
				}
			}
		}
		require.Equal(t, 4, conflicts)
		for _, rule := range []string{
			"open_conflict", "incomplete", "naming_casing", "built_upon", "ancestor_unpublished", "sign_off_missing", "touched_later",
		} {
			require.NotZero(t, rules[rule], "%s of %v", rule, rules)
		}
	})
}

// atWork makes an app of which each batch is somewhere else on its way, with so many events each.
func (w *world) atWork(app string, n int) {
	w.t.Helper()
	id := at(w.must(`mutation($a: String!) { createApp(input: {key: $a, name: "商城", terminals: [{key: "ios", name: "iOS", kind: IOS}]}) { app { id } } }`,
		"a", app), "createApp", "app", "id")
	batch := func(kind string) any {
		return at(w.must(`mutation($a: String!, $t: BatchType!) { createBatch(input: {app: $a, title: "需求", type: $t}) { batch { number } } }`,
			"a", app, "t", kind), "createBatch", "batch", "number")
	}
	move := func(batch any, to ...string) {
		for _, state := range to {
			w.must(`mutation($b: String!, $to: String!) { transitionBatch(input: {batch: $b, to: $to, note: "so"}) { batch { state } } }`,
				"b", batch, "to", state)
		}
	}
	events, properties := make([]any, n), make([]any, n)
	change := func(batch any, name string) {
		for i := range n {
			w.must(`mutation($e: ID!, $b: String!, $n: String!) { updateEvent(input: {id: $e, batch: $b, name: $n}) { event { id } } }`,
				"e", events[i], "b", batch, "n", name)
		}
	}

	first := batch("NORMAL")
	for i := range n {
		key := fmt.Sprintf("%s_%d", app, i)
		properties[i] = at(w.must(`mutation($a: String!, $k: String!) { createProperty(input: {app: $a, key: $k, name: "属性", type: {base: NUMBER}}) { property { id } } }`,
			"a", app, "k", key), "createProperty", "property", "id")
		events[i] = at(w.must(`mutation($b: String!, $k: String!) { createEvent(input: {batch: $b, name: "支付", wireName: $k, properties: [{key: $k}]}) { event { id } } }`,
			"b", first, "k", key), "createEvent", "event", "id")
	}
	move(first, "APPROVED", "IN_TESTING", "ACCEPTED", "ONLINE")
	conflicting, approved, narrower, offline := batch("NORMAL"), batch("NORMAL"), batch("NORMAL"), batch("OFFLINE")
	change(conflicting, "付款")
	change(approved, "支付成功")
	for i := range n {
		w.must(`mutation($p: ID!, $b: String!, $k: String!) { updateProperty(input: {id: $p, batch: $b, type: {base: INTEGER}}) { property { id } }
			createEvent(input: {batch: $b, name: "新增", wireName: $k}) { event { id } } }`, "p", properties[i], "b", narrower, "k", fmt.Sprintf("%s_new_%d", app, i))
		w.must(`mutation($e: ID!, $b: String!) { addBatchItem(input: {batch: $b, eventId: $e}) { batchItem { id } } }`, "e", events[i], "b", offline)
	}
	move(approved, "APPROVED", "IN_TESTING")
	move(narrower, "APPROVED", "IN_TESTING", "ACCEPTED")
	move(offline, "APPROVED")
	change(batch("NORMAL"), "later")
	w.must(`mutation($b: String!, $k: String!) { createEvent(input: {batch: $b, key: $k, name: "新增", wireName: "NotSnake"}) { event { id } } }`, "b", conflicting, "k", app)
	w.must(`mutation($i: ID!) { updateApp(input: {id: $i, template: STRICT, naming: {events: {casing: SNAKE_CASE}},
		completeness: {description: true, propertyDescription: true}}) { app { id } } }`, "i", id)
}
