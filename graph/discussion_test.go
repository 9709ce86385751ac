package graph_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/graph"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/testkit"
)

func TestTalkingAboutABatch(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.plan(1, 1, 1)
		w.person("vera@shop.test", auth.Grant{Role: auth.Viewer, App: "shop"})
		vera := w.tokenFor("vera@shop.test", auth.Grant{Role: auth.Viewer, App: "shop"})
		event := at(w.must(`{ event(app: "shop", key: "e_1_1") { id } }`), "event", "id")
		first := at(w.must(`mutation($e: ID!) { addComment(input: {batch: "SHOP-0001", eventId: $e, text: "@vera@shop.test **when** is it sent?"}) {
			comment { id text event { key } item { id } mentions { name } createdBy { name } } } }`, "e", event), "addComment", "comment")
		require.Equal(t, map[string]any{
			"id": at(first, "id"), "text": "@vera@shop.test **when** is it sent?", "event": map[string]any{"key": "e_1_1"}, "item": nil,
			"mentions": []any{map[string]any{"name": "P"}}, "createdBy": map[string]any{"name": "Ann"},
		}, first)

		seen := w.as(vera, `{ viewer { mentions(filter: {read: false}) { totalCount nodes { id readAt comment { text batch { number } } } } } }`, nil)
		require.Empty(t, seen.Errors)
		require.EqualValues(t, 1, at(seen.Data, "viewer", "mentions", "totalCount"))
		require.Equal(t, "SHOP-0001", at(seen.Data, "viewer", "mentions", "nodes", 0, "comment", "batch", "number"))
		read := w.as(vera, `mutation($m: ID!) { markMentionRead(input: {id: $m}) { mention { readAt comment { id } } } }`,
			map[string]any{"m": at(seen.Data, "viewer", "mentions", "nodes", 0, "id")})
		require.Empty(t, read.Errors)
		require.NotNil(t, at(read.Data, "markMentionRead", "mention", "readAt"))

		reply := w.as(vera, `mutation($c: ID!) { addComment(input: {batch: "SHOP-0001", text: "@Ann 支付后", replyTo: $c}) { comment { id replyTo { id } } } }`,
			map[string]any{"c": at(first, "id")})
		require.Empty(t, reply.Errors)
		got := w.must(`{ batch(number: "SHOP-0001") {
			comments { totalCount nodes { deleted resolvedAt resolvedBy { name } editedAt replies { totalCount nodes { text createdBy { name } mentions { name } } } } }
			open: comments(filter: {resolved: false}) { totalCount } activity { nodes { action objectType objectName } } } }`)
		require.Equal(t, []any{map[string]any{
			"deleted": false, "resolvedAt": nil, "resolvedBy": nil, "editedAt": nil,
			"replies": map[string]any{"totalCount": 1.0, "nodes": []any{map[string]any{
				"text": "@Ann 支付后", "createdBy": map[string]any{"name": "P"}, "mentions": []any{map[string]any{"name": "Ann"}},
			}}},
		}}, at(got, "batch", "comments", "nodes"))
		require.EqualValues(t, 1, at(got, "batch", "open", "totalCount"))
		require.Equal(t, map[string]any{"action": "addComment", "objectType": "Comment", "objectName": "SHOP-0001 e_1_1"},
			at(got, "batch", "activity", "nodes", 0))
		w.must(`mutation($c: ID!) { resolveComment(input: {id: $c}) { comment { resolvedBy { name } } } }`, "c", at(first, "id"))
		require.EqualValues(t, 0, at(w.must(`{ batch(number: "SHOP-0001") { comments(filter: {resolved: false}) { totalCount } } }`),
			"batch", "comments", "totalCount"))
		w.must(`mutation($c: ID!) { deleteComment(input: {id: $c}) { deletedId } }`, "c", at(first, "id"))
		require.Equal(t, map[string]any{"deleted": true, "text": ""},
			at(w.must(`{ batch(number: "SHOP-0001") { comments { nodes { deleted text } } } }`), "batch", "comments", "nodes", 0))
	})
}

func TestTalkTakesAFixedNumberOfStatements(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.SQLite(t), graph.Limits{})
	w.plan(1, 3, 1)
	ids := map[string]any{"event2": at(w.must(`{ event(app: "shop", key: "e_1_2") { id } }`), "event", "id")}
	for range 3 {
		w.prepareTalk(ids)
		w.must(`mutation($c: ID!) { addComment(input: {batch: "SHOP-0001", text: "@Ann", replyTo: $c}) { comment { id } } }`, "c", ids["comment"])
	}
	cost := func(first int) uint64 {
		before := w.store.Reads()
		w.must(`query($n: Int!) { viewer { mentions(first: $n) { nodes { comment { text createdBy { name } } } } }
			batches { nodes { documents { file { name createdBy { name } } } events { nodes { screenshots { file { createdBy { name } } } } }
			comments(first: $n) { totalCount nodes { createdBy { name } mentions { name } event { key } replies(first: $n) { totalCount nodes { mentions { name } replyTo { id } } } } } } } }`,
			"n", first)
		return w.store.Reads() - before
	}
	cost(3)
	require.Equal(t, cost(1), cost(3))
}
