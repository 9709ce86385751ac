package graph_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Who plans something is told of what nearly has its name, before and after.
func TestSimilarNamesAreWarnedOf(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.plan(1, 1, 1)
		before := w.must(`{ similarNames(app: "shop", type: EVENT, key: "E-1-1") { code message field foundIn text node { ... on Event { key app { key } } } } }`)
		require.Equal(t, "SPELLING", at(before, "similarNames", 0, "code"))
		require.Equal(t, "e_1_1", at(before, "similarNames", 0, "node", "key"))
		require.Equal(t, "shop", at(before, "similarNames", 0, "node", "app", "key"))
		made := w.must(`mutation { createEvent(input: {batch: "SHOP-0001", name: "x", key: "e-11", wireName: "E11"}) { event { key } warnings { code node { __typename } } }
			createProperty(input: {key: "brand_new", name: "x", type: {base: STRING}}) { warnings { code } } }`)
		require.Equal(t, "Event", at(made, "createEvent", "warnings", 0, "node", "__typename"))
		require.Empty(t, at(made, "createProperty", "warnings"))
	})
}

// An analyst reads in one query what is known about an event beside its definition.
func TestDictionaryOfAnEvent(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.plan(1, 2, 1)
		found := w.must(`{ app(key: "shop") { id events(first: 1) { nodes { id properties { nodes { property { id } } } } } } }`)
		event, property := at(found, "app", "events", "nodes", 0, "id"), at(found, "app", "events", "nodes", 0, "properties", "nodes", 0, "property", "id")
		changed := w.must(`mutation($id: ID!, $property: ID!) {
			event: updateDictionary(input: {id: $id, synonyms: ["下单"], warehouseTable: "dwd.orders", columns: [],
				consumers: [{kind: DASHBOARD, name: "成交看板", link: "https://bi.test/1"}]}) { subject { __typename ... on Event { synonyms } } }
			property: updateDictionary(input: {id: $property, warehouseColumn: "price"}) { subject { __typename } }
			note: createDataIncident(input: {eventId: $id, title: "重复上报", treatment: "去重", startedAt: "2026-11-01T00:00:00Z"}) {
				dataIncident { id event { id } app { key } property { id } endedAt createdBy { name } } } }`, "id", event, "property", property)
		require.Equal(t, map[string]any{"__typename": "Event", "synonyms": []any{"下单"}}, at(changed, "event", "subject"))
		require.Equal(t, "Property", at(changed, "property", "subject", "__typename"))
		require.Equal(t, event, at(changed, "note", "dataIncident", "event", "id"))
		require.Nil(t, at(changed, "note", "dataIncident", "property"))
		require.Equal(t, "Ann", at(changed, "note", "dataIncident", "createdBy", "name"))

		read := w.must(`{ app(key: "shop") { synonyms incidents { title } events { nodes { id synonyms warehouseTable consumers { kind name link contact }
			incidents { title treatment terminals } properties { nodes { warehouseColumn property { warehouseColumn consumers { name } incidents { id } synonyms } } } } } } }`)
		require.Empty(t, at(read, "app", "synonyms"))
		require.Equal(t, "重复上报", at(read, "app", "incidents", 0, "title"))
		first := at(read, "app", "events", "nodes", 0)
		require.Equal(t, "dwd.orders", at(first, "warehouseTable"))
		require.Equal(t, map[string]any{"kind": "DASHBOARD", "name": "成交看板", "link": "https://bi.test/1", "contact": ""}, at(first, "consumers", 0))
		require.Equal(t, "去重", at(first, "incidents", 0, "treatment"))
		require.Equal(t, "price", at(first, "properties", "nodes", 0, "warehouseColumn"))
		second := at(read, "app", "events", "nodes", 1)
		require.Empty(t, at(second, "warehouseTable"))
		require.Empty(t, at(second, "incidents"))

		hits := w.must(`{ search(query: "去重") { edges { matches { field } node { __typename ... on DataIncident { id } } } facets { types { type count } } } }`)
		note := at(changed, "note", "dataIncident", "id")
		require.Equal(t, map[string]any{"__typename": "DataIncident", "id": note}, at(hits, "search", "edges", 0, "node"))
		require.Equal(t, "TREATMENT", at(hits, "search", "edges", 0, "matches", 0, "field"))
		require.Equal(t, "INCIDENT", at(hits, "search", "facets", "types", 0, "type"))
		require.Equal(t, note, at(w.must(`query($id: ID!) { node(id: $id) { id } }`, "id", note), "node", "id"))
	})
}
