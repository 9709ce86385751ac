package graph_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

const tree = `query($first: Int) {
  app(key: "shop") {
    key
    batches(first: $first, orderBy: {field: NUMBER, direction: ASC}) { totalCount nodes {
      number
      app { key }
      events(first: $first) { nodes {
        key batch { number } terminals { key } owners { name } revision { number hash }
        statistics { environment { key } reporting count }
        samples { nodes { id } }
        properties(first: $first) { totalCount nodes {
          presence
          property { key type { base constraints { valueSet { key } } } uses(first: 3) { nodes { event { key batch { app { key } } } } } }
        } }
      } }
    } }
  }
}`

func TestTheTreeIsWhole(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.plan(2, 3, 4)
		app := w.must(tree, "first", 10)["app"]
		require.EqualValues(t, 2, at(app, "batches", "totalCount"))
		for b := range 2 {
			batch := at(app, "batches", "nodes", b)
			require.Equal(t, "shop", at(batch, "app", "key"))
			require.Len(t, at(batch, "events", "nodes"), 3)
			for e := range 3 {
				event := at(batch, "events", "nodes", e)
				require.Equal(t, "e_"+string(rune('1'+b))+"_"+string(rune('1'+e)), at(event, "key"))
				require.Equal(t, at(batch, "number"), at(event, "batch", "number"))
				require.Len(t, at(event, "terminals"), 1)
				require.Len(t, at(event, "statistics"), 2)
				require.EqualValues(t, 4, at(event, "properties", "totalCount"))
				require.Equal(t, "p_1", at(event, "properties", "nodes", 0, "property", "key"))
				require.Equal(t, "colors", at(event, "properties", "nodes", 0, "property", "type", "constraints", "valueSet", "key"))
				require.Nil(t, at(event, "properties", "nodes", 1, "property", "type", "constraints", "valueSet"))
				require.Len(t, at(event, "properties", "nodes", 3, "property", "uses", "nodes"), 3)
			}
		}
	})
}

// What silently broke with generated field collection: aliases of edges, nodes, totalCount, pageInfo and of one relation
// with different selections.
func TestAliasesAndFragmentsMeanWhatTheySay(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.plan(2, 2, 2)
		app := w.must(`query {
		  app(key: "shop") {
		    all: batches { list: edges { n: node { a: app { key } b: app { id name } ...E } } tc: totalCount pi: pageInfo { hasNextPage } }
		    one: batches(first: 1, orderBy: {field: NUMBER, direction: ASC}) { totalCount edges { node { number } } pageInfo { hasNextPage endCursor } }
		    none: batches(filter: {text: "nothing like it"}) { totalCount nodes { number } }
		  }
		}
		fragment E on Batch { few: events(first: 1) { nodes { key } } events { totalCount nodes { key ... on Event { wireName } } } }`)["app"]
		require.Len(t, at(app, "all", "list"), 2)
		require.EqualValues(t, 2, at(app, "all", "tc"))
		require.Equal(t, "shop", at(app, "all", "list", 0, "n", "a", "key"))
		require.Equal(t, "商城", at(app, "all", "list", 1, "n", "b", "name"))
		require.Len(t, at(app, "all", "list", 0, "n", "few", "nodes"), 1)
		require.Len(t, at(app, "all", "list", 0, "n", "events", "nodes"), 2)
		require.EqualValues(t, 2, at(app, "one", "totalCount"))
		require.Equal(t, true, at(app, "one", "pageInfo", "hasNextPage"))
		require.Len(t, at(app, "one", "edges"), 1)
		require.EqualValues(t, 0, at(app, "none", "totalCount"))
		require.Empty(t, at(app, "none", "nodes"))
	})
}

func TestNodesOfEveryType(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.plan(1, 1, 1)
		found := w.must(`{ viewer { user { id } }
		  app(key: "shop") { id terminals { id } environments { id writeKeys { id } }
		    batches { nodes { id items { nodes { id } } } }
		    events { nodes { id revision { id } properties { nodes { id } } } }
		    properties { nodes { id revision { id } } } valueSets { nodes { id revision { id } } } } }`)
		app := found["app"]
		ids := []any{
			at(found, "viewer", "user", "id"), at(app, "id"), at(app, "terminals", 0, "id"), at(app, "environments", 0, "id"),
			at(app, "environments", 1, "writeKeys", 0, "id"), at(app, "batches", "nodes", 0, "id"),
			at(app, "batches", "nodes", 0, "items", "nodes", 0, "id"), at(app, "events", "nodes", 0, "id"),
			at(app, "events", "nodes", 0, "revision", "id"), at(app, "events", "nodes", 0, "properties", "nodes", 0, "id"),
			at(app, "properties", "nodes", 0, "id"), at(app, "properties", "nodes", 0, "revision", "id"),
			at(app, "valueSets", "nodes", 0, "id"), at(app, "valueSets", "nodes", 0, "revision", "id"), "evt_unknown", "nonsense", "",
		}
		nodes := w.must(`query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }`, "ids", ids)["nodes"].([]any)
		require.Len(t, nodes, len(ids))
		want := []string{
			"User", "App", "Terminal", "Environment", "WriteKey", "Batch", "BatchItem", "Event", "EventRevision", "EventProperty",
			"Property", "PropertyRevision", "ValueSet", "ValueSetRevision",
		}
		for i, typ := range want {
			require.Equal(t, typ, at(nodes[i], "__typename"))
			require.Equal(t, ids[i], at(nodes[i], "id"))
		}
		require.Equal(t, []any{nil, nil, nil}, nodes[len(want):])
		require.Equal(t, at(app, "id"), at(w.must(`query($id: ID!) { node(id: $id) { id ... on App { key } } }`, "id", at(app, "id")), "node", "id"))
	})
}

func TestSearchFindsTwoCharacters(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.plan(1, 3, 1)
		found := w.must(`{ search(query: "支付", first: 2) { nodes { __typename ... on Event { key app { key } batch { number } } } pageInfo { hasNextPage endCursor } } }`)
		require.Len(t, at(found, "search", "nodes"), 2)
		require.Equal(t, "Event", at(found, "search", "nodes", 0, "__typename"))
		require.Equal(t, "shop", at(found, "search", "nodes", 0, "app", "key"))
		rest := w.must(`query($a: Cursor) { search(query: "支付", after: $a) { edges { node { __typename } } } }`,
			"a", at(found, "search", "pageInfo", "endCursor"))
		require.Len(t, at(rest, "search", "edges"), 1)
	})
}

func TestSearchSaysWhatAndHowMany(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.plan(1, 3, 1)
		found := w.must(`{ search(query: "zhifu", first: 1, kinds: [TRACK], levels: [P1, P0]) {
			edges { rank matches { field fragments { text found } } node { ... on Event { key } } }
			facets { totalCount complete types { type count } apps { app { key batches { totalCount } } count } kinds { kind count } levels { level count } modules { module } } } }`)
		edge := at(found, "search", "edges", 0)
		require.Equal(t, "PINYIN", at(edge, "rank"))
		require.Equal(t, "NAME", at(edge, "matches", 0, "field"))
		require.Contains(t, at(edge, "matches", 0, "fragments"), map[string]any{"text": "支付", "found": true})
		facets := at(found, "search", "facets")
		require.EqualValues(t, 3, at(facets, "totalCount"))
		require.Equal(t, true, at(facets, "complete"))
		require.Equal(t, []any{map[string]any{"type": "EVENT", "count": float64(3)}}, at(facets, "types"))
		require.Equal(t, "shop", at(facets, "apps", 0, "app", "key"))
		require.Equal(t, "TRACK", at(facets, "kinds", 0, "kind"))
		require.Len(t, at(facets, "levels"), 1)
		require.Empty(t, at(facets, "modules"))
	})
}
