package graph_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/auth"
)

// online moves a batch to approval, as an administrator of an app of the template LIGHT may, and publishes it to production.
func (w *world) online(number, version string) {
	w.t.Helper()
	w.must(`mutation($b: String!) { transitionBatch(input: {batch: $b, to: "APPROVED"}) { batch { state } } }`, "b", number)
	w.must(`mutation($b: String!, $v: String!) { publish(input: {app: "shop", environment: "production", batch: $b, fromVersion: $v, reason: "so"}) { release { number } } }`,
		"b", number, "v", version)
}

func (w *world) batch() string {
	w.t.Helper()
	return at(w.must(`mutation { createBatch(input: {app: "shop", title: "需求"}) { batch { number } } }`), "createBatch", "batch", "number").(string)
}

const blame = `{ event(app: "shop", key: "e_1_1") { id inForceIn { key }
	blame { path value property { key } approval { cause position batch { number } revision { number } createdBy { name } shared { __typename } } since { terminal version release at } }
	approvals { totalCount nodes { id position cause hash definition createdAt event { key } item { id } previous { id } batch { number } } } } }`

// lines are the fields of a blame, by path: batch, then where it holds.
func lines(data map[string]any) map[string]string {
	found := map[string]string{}
	for _, l := range at(data, "event", "blame").([]any) {
		text := fmt.Sprint(at(l, "approval", "batch", "number"))
		for _, s := range at(l, "since").([]any) {
			text += fmt.Sprintf(" %v@%v#%v", at(s, "terminal"), at(s, "version"), at(s, "release"))
		}
		found[at(l, "path").(string)] = text
	}
	return found
}

func TestTheHistoryOfAnEvent(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.plan(1, 2, 2)
		ids := w.must(`{ event(app: "shop", key: "e_1_1") { id blame { path } approvedAt(time: "2100-01-01T00:00:00Z") { id } inForceIn { key } } app(key: "shop") { valueSets { nodes { id } } } }`)
		id, set := at(ids, "event", "id"), at(ids, "app", "valueSets", "nodes", 0, "id")
		require.Empty(t, at(ids, "event", "blame"))
		require.Nil(t, at(ids, "event", "approvedAt"))
		start := time.Now().UTC().Add(-time.Hour).Format(time.RFC3339)
		w.online("SHOP-0001", "8.0")

		describe := func(text string) string {
			b := w.batch()
			w.must(`mutation($e: ID!, $b: String!, $d: String!) { updateEvent(input: {id: $e, batch: $b, description: $d}) { event { id } } }`,
				"e", id, "b", b, "d", text)
			return b
		}
		w.online(describe("在支付后"), "8.1") // SHOP-0002, release 2
		between := time.Now().UTC().Format(time.RFC3339Nano)
		narrow := w.batch() // SHOP-0003
		w.must(`mutation($e: ID!, $b: String!) { updateEvent(input: {id: $e, batch: $b, properties: [{key: "p_1"}, {key: "p_2", presence: OPTIONAL}]}) { event { id } } }`,
			"e", id, "b", narrow)
		w.online(narrow, "8.1") // release 3, in the place of 8.1
		labels := w.batch()     // SHOP-0004
		w.must(`mutation($s: ID!, $b: String!) { updateValueSet(input: {id: $s, batch: $b, values: [{value: "red", label: "红色"}, {value: "blue"}]}) { valueSet { id } } }`,
			"s", set, "b", labels)
		w.must(`mutation($b: String!) { transitionBatch(input: {batch: $b, to: "APPROVED"}) { batch { state } } }`, "b", labels)

		data := w.must(blame)
		got := lines(data)
		require.Equal(t, "SHOP-0001 ios@8.0#1", got["name"])
		require.Equal(t, "SHOP-0002 ios@8.1#2", got["description"], "release 3 did not interrupt it")
		require.Equal(t, "SHOP-0003 ios@8.1#3", got["properties[p_2].presence"])
		require.Equal(t, "SHOP-0001 ios@8.0#1", got["properties[p_1].presence"])
		require.Equal(t, "SHOP-0001 ios@8.0#1", got["properties[p_1].type.constraints.valueSet"])
		require.Equal(t, "SHOP-0004", got["valueSets."+set.(string)], "not published yet")
		for _, l := range at(data, "event", "blame").([]any) {
			if at(l, "path") == "properties[p_1].presence" {
				require.Equal(t, "p_1", at(l, "property", "key"))
			}
			if at(l, "path") == "name" {
				require.Nil(t, at(l, "property"))
				require.Equal(t, "Ann", at(l, "approval", "createdBy", "name"))
			}
		}
		require.Equal(t, []any{map[string]any{"key": "production"}}, at(data, "event", "inForceIn"))
		approvals := at(data, "event", "approvals")
		require.EqualValues(t, 4, at(approvals, "totalCount"))
		newest, second, first := at(approvals, "nodes", 0), at(approvals, "nodes", 2), at(approvals, "nodes", 3)
		require.EqualValues(t, 4, at(newest, "position"))
		require.Equal(t, "VALUE_SET", at(newest, "cause"))
		require.Equal(t, at(first, "id"), at(second, "previous", "id"))
		require.Nil(t, at(first, "previous"))
		require.Equal(t, "支付成功", at(first, "definition", "name"))
		node := w.must(`query($i: ID!) { node(id: $i) { ... on Approval { shared { ... on ValueSetRevision { valueSet { key } } } } } }`, "i", at(newest, "id"))
		require.Equal(t, "colors", at(node, "node", "shared", "valueSet", "key"))

		then := w.must(`query($a: Time!, $b: Time!) { event(app: "shop", key: "e_1_1") { a: approvedAt(time: $a) { id } b: approvedAt(time: $b) { id batch { number } } } }`,
			"a", start, "b", between)
		require.Nil(t, at(then, "event", "a"))
		require.Equal(t, at(second, "id"), at(then, "event", "b", "id"))

		differ := func(from, to any) []any {
			return at(w.must(`query($f: ID!, $t: ID!) { difference(from: $f, to: $t) { path kind from to impact rule reason reasonZh } }`,
				"f", from, "t", to), "difference").([]any)
		}
		changes := differ(at(first, "id"), at(newest, "id"))
		paths := map[string]any{}
		for _, c := range changes {
			require.NotEmpty(t, at(c, "rule"))
			require.NotEmpty(t, at(c, "reasonZh"))
			paths[at(c, "path").(string)] = at(c, "impact")
		}
		require.Equal(t, "COMPATIBLE", paths["description"])
		require.Contains(t, paths, "properties[p_2].presence")
		require.Len(t, paths, len(changes))
		require.Empty(t, differ(at(first, "id"), at(first, "id")))

		revisions := at(w.must(`query($s: ID!) { event(app: "shop", key: "e_1_1") { revisions { nodes { id } } } node(id: $s) { ... on ValueSet { revisions { nodes { id } } } } }`, "s", set))
		nodes := at(revisions, "event", "revisions", "nodes")
		changes = differ(at(nodes, 2, "id"), at(nodes, 1, "id"))
		require.Len(t, changes, 1)
		require.Equal(t, "description", at(changes[0], "path"))
		require.Equal(t, []any{"COMPATIBLE", "text_changed"}, []any{at(changes[0], "impact"), at(changes[0], "rule")})
		sets := at(revisions, "node", "revisions", "nodes")
		changes = differ(at(sets, 1, "id"), at(sets, 0, "id"))
		require.Len(t, changes, 2)
		require.Equal(t, "COMPATIBLE", at(changes[0], "impact"))

		w.must(`mutation { rollback(input: {app: "shop", environment: "production", release: 2, reason: "so"}) { release { number } } }`)
		got = lines(w.must(blame))
		require.Equal(t, "SHOP-0003", got["properties[p_2].presence"], "nothing in force says so")
		require.Equal(t, "SHOP-0002 ios@8.1#2", got["description"], "it holds without interruption")
		off := at(w.must(`mutation { createBatch(input: {app: "shop", title: "下线", type: OFFLINE}) { batch { number } } }`), "createBatch", "batch", "number").(string)
		w.must(`mutation($b: String!, $e: ID!) { addBatchItem(input: {batch: $b, eventId: $e}) { batchItem { id } } }`, "b", off, "e", id)
		w.online(off, "9.0")
		data = w.must(blame)
		require.Equal(t, "SHOP-0002 ios@8.1#2", lines(data)["description"], "older versions have it still")
		require.Len(t, at(data, "event", "inForceIn"), 1)
		gone := at(w.must(`mutation { createBatch(input: {app: "shop", title: "下线", type: OFFLINE}) { batch { number } } }`), "createBatch", "batch", "number").(string)
		other := at(w.must(`{ event(app: "shop", key: "e_1_2") { id } }`), "event", "id")
		w.must(`mutation($b: String!, $e: ID!) { addBatchItem(input: {batch: $b, eventId: $e}) { batchItem { id } } }`, "b", gone, "e", other)
		w.online(gone, "8.0")
		whole := w.must(`{ event(app: "shop", key: "e_1_2") { inForceIn { key } blame { since { version } } } }`)
		require.Empty(t, at(whole, "event", "inForceIn"), "offline from its first version on")
		for _, l := range at(whole, "event", "blame").([]any) {
			require.Empty(t, at(l, "since"))
		}

		for _, bad := range [][3]any{
			{at(nodes, 0, "id"), at(sets, 0, "id"), "INVALID_INPUT"},
			{id, id, "INVALID_INPUT"},
			{"rev_0", "rev_0", "NOT_FOUND"},
			{at(first, "id"), "apv_0", "NOT_FOUND"},
		} {
			a := w.as(w.token, `query($f: ID!, $t: ID!) { difference(from: $f, to: $t) { path } }`, map[string]any{"f": bad[0], "t": bad[1]})
			require.Equal(t, bad[2], a.code(), bad)
		}
	})
}

// TestHistoryTakesAFixedNumberOfStatements: however many events are blamed.
func TestHistoryTakesAFixedNumberOfStatements(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.plan(2, 3, 2)
		document := `query($first: Int) { app(key: "shop") { events(first: $first) { nodes { inForceIn { key } approvedAt(time: "2100-01-01T00:00:00Z") { batch { number } }
			blame { property { key } approval { batch { number } revision { number } createdBy { name } } since { version } }
			approvals(first: 3) { nodes { definition shared { __typename } previous { id } item { id } event { key } } } } }
			properties { nodes { usage { apps { key } hiddenApps } replacedBy { key } } } valueSets { nodes { usage { apps { key } } uses(first: 3) { totalCount nodes { event { key } } } } }
			batches { nodes { items(first: $first) { nodes { changes { path impact rule reason } } } } }
			namingFindings(first: 2, naming: {events: {casing: CAMEL_CASE}}) { totalCount checked nodes { event { key } property { key } } } } }`
		w.online("SHOP-0001", "8.0")
		w.online("SHOP-0002", "8.0")
		count := func(first int) uint64 {
			w.must(document, "first", first)
			before := w.store.Reads()
			w.must(document, "first", first)
			return w.store.Reads() - before
		}
		few := count(1)
		require.Less(t, few, uint64(45))
		require.Equal(t, few, count(6))
	})
}

func TestSettingsInTheAPI(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.plan(1, 2, 2)
		id := at(w.must(`{ app(key: "shop") { id } }`), "app", "id")
		plain := at(w.must(`{ app(key: "shop") { template grants { grant } naming { events { casing } } completeness { owner } archivedAt } }`), "app")
		require.Equal(t, map[string]any{"template": "LIGHT", "grants": []any{}, "naming": nil, "completeness": nil, "archivedAt": nil}, plain)
		set := w.must(`mutation($i: ID!) { updateApp(input: {id: $i, template: STRICT, grants: [{grant: PUBLISH, roles: [REVIEWER]}],
			naming: {events: {casing: CAMEL_CASE, reserved: ["sys_*"], maxLength: 20}, properties: {pattern: "p_1"}}, completeness: {trigger: true, levels: [P0]}})
			{ app { template grants { grant roles } naming { events { casing pattern words reserved minLength maxLength } eventKeys { casing } properties { casing pattern } }
			completeness { trigger owner levels } namingFindings(first: 1) { totalCount checked counts { rule count } pageInfo { hasNextPage endCursor } edges { cursor }
			nodes { kind name rule message textZh suggestion event { key } property { key } } } } } }`, "i", id)
		app := at(set, "updateApp", "app")
		require.Equal(t, "CAMEL_CASE", at(app, "naming", "events", "casing"))
		require.Nil(t, at(app, "naming", "properties", "casing"))
		require.Nil(t, at(app, "naming", "eventKeys"))
		require.Equal(t, []any{"P0"}, at(app, "completeness", "levels"))
		require.Equal(t, []any{"REVIEWER"}, at(app, "grants", 0, "roles"))
		found := at(app, "namingFindings")
		require.EqualValues(t, 3, at(found, "totalCount"))
		require.Equal(t, true, at(found, "pageInfo", "hasNextPage"))
		require.Equal(t, "e11", at(found, "nodes", 0, "suggestion"))
		require.Equal(t, "e_1_1", at(found, "nodes", 0, "event", "key"))
		next := at(w.must(`query($a: Cursor) { app(key: "shop") { namingFindings(after: $a) { nodes { name } pageInfo { hasNextPage } } } }`,
			"a", at(found, "pageInfo", "endCursor")), "app", "namingFindings")
		require.Len(t, at(next, "nodes"), 2)
		require.Equal(t, false, at(next, "pageInfo", "hasNextPage"))

		viewer := w.tokenFor(adminEmail, auth.Grant{Role: auth.Viewer})
		a := w.as(viewer, `{ app(key: "shop") { naming { events { casing } } namingFindings { totalCount } } }`, nil)
		require.Equal(t, "FORBIDDEN", a.code())

		require.NotNil(t, at(w.must(`mutation($i: ID!) { archiveApp(input: {id: $i}) { app { archivedAt } } }`, "i", id), "archiveApp", "app", "archivedAt"))
		require.EqualValues(t, 0, at(w.must(`{ apps { totalCount } }`), "apps", "totalCount"))
		require.EqualValues(t, 1, at(w.must(`{ apps(filter: {archived: true}) { totalCount } }`), "apps", "totalCount"))
		a = w.as(w.token, `mutation { publish(input: {app: "shop", environment: "test", batch: "SHOP-0001", dryRun: true}) { baseRelease } }`, nil)
		require.Equal(t, "app_archived", a.Errors[0].Extensions.Reason)
		a = w.as(w.token, `mutation { rollback(input: {app: "shop", environment: "test", release: 1}) { baseRelease } }`, nil)
		require.Equal(t, "app_archived", a.Errors[0].Extensions.Reason)
		require.Nil(t, at(w.must(`mutation($i: ID!) { restoreApp(input: {id: $i}) { app { archivedAt } } }`, "i", id), "restoreApp", "app", "archivedAt"))
	})
}

func TestMergingInTheAPI(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.plan(1, 2, 2)
		w.must(`mutation { createProperty(input: {app: "shop", key: "p_kept", name: "属性", type: {base: STRING}}) { property { id } } }`)
		ids := map[string]any{}
		for _, p := range at(w.must(`{ properties(app: "shop") { nodes { key id usage { apps { key } hiddenApps } } } }`), "properties", "nodes").([]any) {
			ids[at(p, "key").(string)] = at(p, "id")
		}
		w.online("SHOP-0001", "8.0")
		b := w.batch()
		out := at(w.must(`mutation($b: String!, $k: ID!, $m: ID!) { mergeProperties(input: {batch: $b, keep: $k, merge: $m}) { left keep { key } merged { mergingInto { key } replacedBy { key } }
			events { key } items { event { key inForceIn { key } } batch { number } revision { ... on EventRevision { number } ... on PropertyRevision { definition } } } } }`, "b", b, "k", ids["p_kept"], "m", ids["p_2"]), "mergeProperties")
		require.EqualValues(t, 2, at(out, "left"))
		require.Nil(t, at(out, "merged", "mergingInto"), "it is not approved yet")
		require.Len(t, at(out, "items"), 3)
		require.Equal(t, ids["p_kept"], at(out, "items", 0, "revision", "definition", "replacedBy"))
		w.online(b, "8.1")
		listed := at(w.must(`{ a: properties(app: "shop") { nodes { key } } b: properties(app: "shop", filter: {replaced: true}) { nodes { key replacedBy { key } usage { apps { key } } } } }`))
		require.Len(t, at(listed, "a", "nodes"), 2)
		require.Equal(t, "p_kept", at(listed, "b", "nodes", 0, "replacedBy", "key"))
		require.Empty(t, at(listed, "b", "nodes", 0, "usage", "apps"))
	})
}

// What was approved names the batch that it was approved under, wherever its item goes on.
func TestAMovedItemKeepsItsTrace(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.plan(2, 1, 1)
		w.must(`mutation($id: ID!) { updateApp(input: {id: $id, template: LIGHT}) { app { id } } }`, "id", at(w.must(`{ app(key: "shop") { id } }`), "app", "id"))
		for _, to := range []string{`"APPROVED"`, `"IN_TESTING"`, `"MOVED", toBatch: "SHOP-0002"`} {
			w.must(`mutation { transitionBatch(input: {batch: "SHOP-0001", to: ` + to + `, note: "x"}) { batch { id } } }`)
		}
		found := w.must(`{ event(app: "shop", key: "e_1_1") { approvals { nodes { batch { number } revision { batch { number } } item { batch { number } } } }
			blame { approval { batch { number } } } } }`)
		approval := at(found, "event", "approvals", "nodes", 0)
		require.Equal(t, "SHOP-0001", at(approval, "batch", "number"))
		require.Equal(t, "SHOP-0001", at(approval, "revision", "batch", "number"))
		require.Equal(t, "SHOP-0002", at(approval, "item", "batch", "number"))
		require.Equal(t, "SHOP-0001", at(found, "event", "blame", 0, "approval", "batch", "number"))
	})
}
