package graph_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/migrate"
	"github.com/waymarkhq/waymark/graph"
	"github.com/waymarkhq/waymark/internal/auth"
)

// unaudited are the mutations that leave no entry, with the reason.
var unaudited = map[string]string{
	"signIn":  "who signs in stands in the log",
	"signOut": "who signs out stands in the log",
	"setUp":   "works once, before there is anybody; TestSetUp of package auth",
	// Only a person who is signed in may; TestChangePassword of package auth.
	"changePassword": "refused to tokens",
	// TestInvitations of package auth.
	"acceptInvitation": "needs the link's token",
	"markMentionRead":  "who has seen what is nobody else's business",
}

// auditedCalls stand in for calls that the authorization test makes and that change nothing.
var auditedCalls = map[string]string{
	"createAPIToken":    `createAPIToken(input: {name: "t", roles: [{role: VIEWER}]}) { secret }`,
	"transitionBatch":   `transitionBatch(input: {batch: "SHOP-0001", to: "IN_REVIEW"}) { batch { id } }`,
	"resolveConflicts":  `resolveConflicts(input: {id: "{conflict}", choices: [{path: "name", side: OURS}]}) { batchItem { id } }`,
	"revokeRole":        `revokeRole(input: {userId: "{admin}", role: EDITOR}) { user { id } }`,
	"deletePerson":      `deletePerson(input: {app: "shop", userIds: ["u"]}) { capturedEvents }`,
	"deleteApp":         `deleteApp(input: {id: "{other}"}) { deletedId }`,
	"restoreApp":        `restoreApp(input: {id: "{archived}"}) { app { id } }`,
	"updateApp":         `updateApp(input: {id: "{app}", name: "Shop"}) { app { id } }`,
	"deleteEnvironment": `deleteEnvironment(input: {id: "{environment2}"}) { deletedId }`,
	"mark":              `mark(input: {sessionId: "{testing}", eventKey: "e_1_1", terminal: "ios", kind: PASS}) { mark { id } }`,
	"deleteTerminal":    `deleteTerminal(input: {id: "{terminal2}"}) { deletedId }`,
}

// TestEveryMutationLeavesAnEntry: each mutation of the API leaves an entry under its name, and whatever row it changed, by
// whatever way, is the object of an entry or a part of one.
func TestEveryMutationLeavesAnEntry(t *testing.T) {
	t.Parallel()
	for field, call := range calls {
		name, mutation := strings.CutPrefix(field, "Mutation.")
		if !mutation || unaudited[name] != "" {
			continue
		}
		if other := auditedCalls[name]; other != "" {
			call = other
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachStore(t, func(t *testing.T, w *world) { w.requireEntry(name, call) })
		})
	}
}

// requireEntry makes a mutation, by a call that an administrator succeeds with.
func (w *world) requireEntry(mutation, call string) {
	w.t.Helper()
	_, ids := w.prepare(holder{})
	w.prepareMore(mutation, ids)
	before, known := w.rows(), w.entries()
	got := w.ask(w.token, "Mutation", "mutation { "+replaceIDs(call, ids)+" }")
	require.Empty(w.t, got.Errors, "a call that an administrator succeeds with is needed, in auditedCalls")

	fresh := w.entries()[len(known):]
	require.NotEmpty(w.t, fresh, "no entry was written")
	touched := map[string]bool{}
	for _, e := range fresh {
		require.Equal(w.t, mutation, e.Action)
		require.Equal(w.t, "TOKEN", e.ActorKind)
		require.Equal(w.t, ids["admin"], e.ActorID)
		require.Equal(w.t, "Ann", e.ActorName)
		require.NotEmpty(w.t, e.TokenID)
		require.Equal(w.t, "test", e.TokenName)
		require.NotEqual(w.t, e.ObjectID, e.ObjectName, "%s has no name", e.ObjectType)
		require.NotEqual(w.t, string(e.Before), string(e.After))
		require.NotContains(w.t, string(e.Before)+string(e.After), "ash\":", "no secret, hashed or not")
		touched[e.ObjectID] = true
	}
	requireCovered(w.t, before, w.rows(), touched)
}

// requireCovered fails for a row that changed and is neither an entry's object nor refers to one.
func requireCovered(t testing.TB, before, after map[string]map[string]string, touched map[string]bool) {
	t.Helper()
	keys := maps.Clone(before)
	maps.Copy(keys, after)
	for key := range keys {
		if fmt.Sprint(before[key]) == fmt.Sprint(after[key]) {
			continue
		}
		row := after[key]
		if row == nil {
			row = before[key]
		}
		covered := slices.ContainsFunc(slices.Collect(maps.Values(row)), func(v string) bool { return touched[v] })
		require.True(t, covered, "%s was changed and no entry says so: %v → %v", key, before[key], after[key])
	}
}

// prepareMore adds what some mutations need to succeed, and what this one does.
func (w *world) prepareMore(mutation string, ids map[string]any) {
	w.t.Helper()
	w.must(`mutation($u: ID!) { grantRole(input: {userId: $u, role: EDITOR}) { user { id } } }`, "u", ids["admin"])
	ids["other"] = at(w.must(`{ app(key: "other") { id } }`), "app", "id")
	ids["archived"] = at(w.must(`mutation { createApp(input: {key: "old", name: "Old"}) { app { id } } }`), "createApp", "app", "id")
	w.must(`mutation($i: ID!) { archiveApp(input: {id: $i}) { app { id } } }`, "i", ids["archived"])
	ids["terminal2"] = at(w.must(`mutation { createTerminal(input: {app: "shop", key: "h5", name: "H5", kind: H5}) { terminal { id } } }`),
		"createTerminal", "terminal", "id")
	ids["property"] = at(w.must(`mutation { createProperty(input: {app: "shop", key: "unused", name: "x", type: {base: STRING}}) { property { id } } }`),
		"createProperty", "property", "id")
	ids["valueSet"] = at(w.must(`mutation { createValueSet(input: {app: "shop", key: "unused", name: "x", values: [{value: "1"}]}) { valueSet { id } } }`),
		"createValueSet", "valueSet", "id")
	ids["environment2"] = at(w.must(`mutation { createEnvironment(input: {app: "shop", key: "beta", name: "Beta"}) { environment { id } } }`),
		"createEnvironment", "environment", "id")
	w.must(`mutation($i: ID!) { revokeWriteKey(input: {id: $i}) { writeKey { id } } }`, "i", ids["writeKey2"])
	ids["testing"] = at(w.must(`mutation { startCaptureSession(input: {app: "shop", environment: "test", eventKeys: ["e_1_1"]}) { captureSession { id } } }`),
		"startCaptureSession", "captureSession", "id")
	b := at(w.must(`mutation { createBatch(input: {app: "shop", title: "x"}) { batch { id number } } }`), "createBatch", "batch")
	ids["batch"] = at(b, "id")
	ids["item"] = at(w.must(`mutation($b: String!, $p: ID!) { addBatchItem(input: {batch: $b, propertyId: $p}) { batchItem { id } } }`,
		"b", at(b, "number"), "p", ids["property"]), "addBatchItem", "batchItem", "id")
	if slices.Contains([]string{"deleteProperty", "addBatchItem", "deleteBatch"}, mutation) {
		w.must(`mutation($i: ID!) { removeBatchItem(input: {id: $i}) { deletedId } }`, "i", ids["item"])
	}
	if mutation == "reactivateUser" {
		w.must(`mutation($u: ID!) { deactivateUser(input: {id: $u}) { user { id } } }`, "u", ids["victim"])
	}
	w.must(`mutation($u: ID!) { revokeRole(input: {userId: $u, role: VIEWER, app: "shop"}) { user { id } } }`, "u", ids["victim"])
	w.prepareReleases(mutation, ids)
}

// prepareReleases approves and publishes, or has batches collide, where a mutation needs it.
func (w *world) prepareReleases(mutation string, ids map[string]any) {
	w.t.Helper()
	if slices.Contains([]string{"publish", "rollback", "resolveConflicts"}, mutation) {
		w.must(`mutation { transitionBatch(input: {batch: "SHOP-0001", to: "APPROVED"}) { batch { id } } }`)
	}
	switch mutation {
	case "rollback":
		for _, from := range []string{"8.0", ""} {
			w.must(`mutation($v: String!) { publish(input: {app: "shop", environment: "test", batch: "SHOP-0001", fromVersion: $v}) { baseRelease } }`, "v", from)
		}
	case "resolveConflicts":
		var left any
		for _, title := range []string{"left", "right"} {
			b := at(w.must(`mutation($t: String!) { createBatch(input: {app: "shop", title: $t}) { batch { id number } } }`, "t", title), "createBatch", "batch")
			w.must(`mutation($e: ID!, $b: String!, $n: String!) { updateEvent(input: {id: $e, batch: $b, name: $n}) { event { id } } }`,
				"e", ids["event"], "b", at(b, "number"), "n", title)
			found := w.must(`query($b: String!) { batch(number: $b) { items { nodes { id } } } }`, "b", at(b, "number"))
			ids["conflict"] = at(found, "batch", "items", "nodes", 0, "id")
			if left == nil {
				left = at(b, "number")
			}
		}
		w.must(`mutation($b: String!) { transitionBatch(input: {batch: $b, to: "APPROVED"}) { batch { id } } }`, "b", left)
	}
}

// entries are all of the audit log, oldest first.
func (w *world) entries() []*ent.AuditEntry {
	w.t.Helper()
	all, err := w.store.Read().AuditEntry.Query().Order(ent.Asc("created_at", "id")).All(w.t.Context())
	require.NoError(w.t, err)
	return all
}

// incidental are columns that the server notes down by itself.
var incidental = []string{"plan_version", "last_batch", "last_release", "last_used_at", "last_sign_in_at", "updated_at"}

// silent are tables that no entry tells of: the log itself, sessions, what a release says, and what is stored under the hash
// that the entry of a file has.
var silent = []string{"audit_entries", "sessions", "release_slots", "file_contents", "file_parts"}

// rows reads every row of every table of ent, as the database holds it, by table and id.
func (w *world) rows() map[string]map[string]string {
	w.t.Helper()
	found := map[string]map[string]string{}
	for _, table := range migrate.Tables {
		if slices.Contains(silent, table.Name) {
			continue
		}
		w.rowsOf(table.Name, found)
	}
	return found
}

func (w *world) rowsOf(table string, found map[string]map[string]string) {
	w.t.Helper()
	rows, err := w.store.Read().QueryContext(w.t.Context(), "SELECT * FROM "+table)
	require.NoError(w.t, err)
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	require.NoError(w.t, err)
	for rows.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(any)
		}
		require.NoError(w.t, rows.Scan(values...))
		row := map[string]string{}
		for i, name := range columns {
			if !slices.Contains(incidental, name) {
				row[name] = fmt.Sprintf("%s", *values[i].(*any))
			}
		}
		found[table+" "+row["id"]] = row
	}
	require.NoError(w.t, rows.Err())
}

func TestAnEntrySaysWhatItWasBefore(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.plan(1, 1, 1)
		event := at(w.must(`{ event(app: "shop", key: "e_1_1") { id } }`), "event", "id")
		w.must(`mutation($id: ID!) { updateEvent(input: {id: $id, name: "付款成功"}) { event { id } } }`, "id", event)
		w.must(`mutation { createBatch(input: {app: "shop", title: "second"}) { batch { id } } }`)
		w.must(`mutation($id: ID!) { updateEvent(input: {id: $id, batch: "SHOP-0002", name: "已付款"}) { event { id } } }`, "id", event)
		got := w.must(`{ event(app: "shop", key: "e_1_1") { activity { totalCount nodes {
			action operation actorKind actor { name } actorName tokenName app { key } batch { number }
			objectType objectId objectName object { ... on Event { key } } before after } } } }`)
		nodes := at(got, "event", "activity", "nodes")
		require.Len(t, nodes, 3)
		newest := at(nodes, 0)
		require.Equal(t, map[string]any{
			"action": "updateEvent", "operation": "CHANGED", "actorKind": "TOKEN", "actor": map[string]any{"name": "Ann"},
			"actorName": "Ann", "tokenName": "test", "app": map[string]any{"key": "shop"},
			"batch": map[string]any{"number": "SHOP-0002"}, "objectType": "Event", "objectId": event, "objectName": "e_1_1",
			"object": map[string]any{"key": "e_1_1"}, "before": at(newest, "before"), "after": at(newest, "after"),
		}, newest)
		require.Equal(t, "付款成功", at(newest, "before", "name"))
		require.Equal(t, "已付款", at(newest, "after", "name"))
		require.EqualValues(t, 1, at(newest, "before", "revision"))
		require.EqualValues(t, 2, at(newest, "after", "revision"))
		require.Equal(t, "p_1", at(newest, "after", "properties", 0, "key"), "the whole definition")
		require.Equal(t, "支付成功", at(nodes, 1, "before", "name"), "a draft that was edited in place")
		require.Equal(t, "CREATED", at(nodes, 2, "operation"))
		require.Nil(t, at(nodes, 2, "before"))

		under := w.must(`{ batch(number: "SHOP-0002") { activity { nodes { action objectType objectName } } } }`)
		require.Equal(t, []any{
			map[string]any{"action": "updateEvent", "objectType": "BatchItem", "objectName": "SHOP-0002 e_1_1"},
			map[string]any{"action": "updateEvent", "objectType": "Event", "objectName": "e_1_1"},
			map[string]any{"action": "createBatch", "objectType": "Batch", "objectName": "SHOP-0002"},
		}, at(under, "batch", "activity", "nodes"))
	})
}

const auditQuery = `query($app: String, $f: AuditEntryFilter, $after: Cursor) { auditEntries(app: $app, filter: $f, first: 7, after: $after) {
	totalCount pageInfo { hasNextPage endCursor } nodes { id action objectType objectName app { key } requestId tokenId } } }`

func TestTheAuditLogIsReadByAdministrators(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.plan(1, 2, 1)
		w.must(`mutation { createApp(input: {key: "other", name: "Other"}) { app { id } } }`)
		w.must(`mutation { createProperty(input: {key: "everywhere", name: "x", type: {base: STRING}}) { property { id } } }`)
		boss := w.person("boss@shop.test", auth.Grant{Role: auth.Admin, App: "shop"})
		w.person("reader@shop.test", auth.Grant{Role: auth.Viewer, App: "shop"})
		w.person("stranger@shop.test", auth.Grant{Role: auth.Admin, App: "other"})
		bossToken := w.tokenFor("boss@shop.test", auth.Grant{Role: auth.Admin, App: "shop"})
		reader := w.tokenFor("reader@shop.test", auth.Grant{Role: auth.Viewer, App: "shop"})
		stranger := w.tokenFor("stranger@shop.test", auth.Grant{Role: auth.Admin, App: "other"})

		all := map[string]any{}
		own := w.pages(bossToken, map[string]any{"app": "shop"}, all)
		for _, e := range own {
			require.Equal(t, "shop", at(e, "app", "key"))
		}
		kinds := map[any]bool{}
		for _, e := range own {
			kinds[at(e, "objectType")] = true
		}
		require.True(t, kinds["Membership"], "who has which rights in the app")
		require.False(t, kinds["User"], "accounts are the organisation's")
		require.Greater(t, len(w.pages(w.token, map[string]any{}, map[string]any{})), len(own))

		for _, token := range []string{bossToken, reader, stranger} {
			require.Equal(t, "FORBIDDEN", w.as(token, auditQuery, nil).code())
		}
		require.Equal(t, "FORBIDDEN", w.as(reader, auditQuery, map[string]any{"app": "shop"}).code())
		require.Equal(t, "NOT_FOUND", w.as(stranger, auditQuery, map[string]any{"app": "shop"}).code())

		// What a reader sees of the same entries beside the objects.
		told := w.as(reader, `{ app(key: "shop") { activity(first: 200) { totalCount nodes { objectType requestId tokenId tokenName actorName } } } }`, nil)
		require.Empty(t, told.Errors)
		for _, e := range at(told.Data, "app", "activity", "nodes").([]any) {
			require.NotContains(t, []any{"Membership", "User", "APIToken"}, at(e, "objectType"))
			require.Equal(t, "Ann", at(e, "actorName"))
			for _, secret := range []string{"requestId", "tokenId", "tokenName"} {
				require.Nil(t, at(e, secret))
			}
		}
		require.Len(t, at(told.Data, "app", "activity", "nodes"), int(at(told.Data, "app", "activity", "totalCount").(float64)))

		// A person's activity shows nobody what happened in apps that they cannot see, not even how often.
		admin := at(w.must(`{ viewer { user { id } } }`), "viewer", "user", "id")
		query := `query($u: ID!) { node(id: $u) { ... on User { activity(first: 200) { totalCount nodes { app { key } objectType objectName } } } } }`
		seen := w.as(stranger, query, map[string]any{"u": admin})
		require.Empty(t, seen.Errors)
		require.Equal(t, []any{
			map[string]any{"app": nil, "objectType": "Property", "objectName": "everywhere"},
		}, globalOf(at(seen.Data, "node", "activity", "nodes").([]any)))
		require.NotContains(t, fmt.Sprint(seen.Data), "shop")
		require.Len(t, at(seen.Data, "node", "activity", "nodes"), int(at(seen.Data, "node", "activity", "totalCount").(float64)))
		require.Equal(t, "INVALID_INPUT", w.as(reader, `{ app(key: "shop") { activity(filter: {token: "tok_1"}) { totalCount } } }`, nil).code())
		require.NotEmpty(t, boss)
	})
}

func globalOf(nodes []any) (global []any) {
	for _, n := range nodes {
		if at(n, "app") == nil {
			global = append(global, n)
		}
	}
	return global
}

// pages reads all pages of the audit log.
func (w *world) pages(token string, variables, seen map[string]any) (all []any) {
	w.t.Helper()
	for {
		got := w.as(token, auditQuery, variables)
		require.Empty(w.t, got.Errors)
		for _, n := range at(got.Data, "auditEntries", "nodes").([]any) {
			id := at(n, "id").(string)
			require.NotContains(w.t, seen, id)
			seen[id] = true
			all = append(all, n)
		}
		if at(got.Data, "auditEntries", "pageInfo", "hasNextPage") == false {
			require.Len(w.t, all, int(at(got.Data, "auditEntries", "totalCount").(float64)))
			return all
		}
		variables["after"] = at(got.Data, "auditEntries", "pageInfo", "endCursor")
	}
}

func TestTheAuditLogIsFiltered(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.plan(1, 2, 1)
		event := at(w.must(`{ event(app: "shop", key: "e_1_1") { id } }`), "event", "id")
		w.must(`mutation($id: ID!) { updateEvent(input: {id: $id, name: "付款成功"}) { event { id } } }`, "id", event)
		entries := w.entries()
		last := entries[len(entries)-1]
		count := func(f map[string]any) float64 {
			got := w.must(auditQuery, "app", "shop", "f", f)
			return at(got, "auditEntries", "totalCount").(float64)
		}
		total := count(nil)
		require.EqualValues(t, 2, count(map[string]any{"objectId": event}))
		require.EqualValues(t, 2, count(map[string]any{"objectType": "Event", "action": "createEvent"}))
		require.EqualValues(t, 1, count(map[string]any{"action": "updateEvent"}))
		require.Equal(t, total, count(map[string]any{"actor": last.ActorID}))
		require.EqualValues(t, 0, count(map[string]any{"actor": "usr_nobody"}))
		require.Equal(t, total, count(map[string]any{"token": last.TokenID}))
		require.EqualValues(t, 1, count(map[string]any{"from": last.CreatedAt}))
		require.Equal(t, total-1, count(map[string]any{"before": last.CreatedAt}))
		require.EqualValues(t, 5, count(map[string]any{"text": "E_1_"}), "two events, their items, and the change")
		require.EqualValues(t, 0, count(map[string]any{"text": "%"}), "not a pattern")
		require.Equal(t, total, count(map[string]any{"text": "ann"}))
	})
}

func TestActivityTakesAFixedNumberOfStatements(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.plan(2, 2, 2)
		w.online("SHOP-0002", "8.0")
		cost := func() (statements []uint64) {
			for _, document := range []string{
				`{ app(key: "shop") { batches { nodes { activity(first: 200) { nodes { ...E } } } } events { nodes { activity(first: 200) { nodes { ...E } } } } } }`,
				`{ auditEntries(app: "shop", first: 200) { nodes { ...E } } whole: auditEntries(first: 200) { nodes { ...E } } }`,
			} {
				document += ` fragment E on AuditEntry { actor { name } batch { number owner { name } } app { key } object { __typename id
					... on Event { batch { number } } ... on EventRevision { event { key } } ... on Property { app { key } } ... on Batch { owner { name } } } }`
				w.must(document)
				before := w.store.Reads()
				w.must(document)
				statements = append(statements, w.store.Reads()-before)
			}
			return statements
		}
		few := cost()
		w.grow(2, 4, 2) // entries about the same types of objects, more of each
		require.Equal(t, few, cost())
		require.Less(t, slices.Max(few), uint64(60))
	})
}

func TestAuditExport(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.plan(1, 2, 1)
		for range 250 { // more than a page
			w.must(`mutation { createBatch(input: {app: "shop", title: "x"}) { batch { id } } }`)
		}
		w.must(`mutation { createBatch(input: {app: "shop", title: "=1+1"}) { batch { id } } }`)
		w.person("reader@shop.test", auth.Grant{Role: auth.Viewer, App: "shop"})
		reader := w.tokenFor("reader@shop.test", auth.Grant{Role: auth.Viewer, App: "shop"})
		server := httptest.NewServer(w.auth.Middleware(graph.AuditExport{Catalog: w.catalog, Logger: slog.New(slog.DiscardHandler)}))
		defer server.Close()
		get := func(token, query string) (int, string) {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/export/audit?"+query, http.NoBody)
			require.NoError(t, err)
			req.Header.Set("Authorization", "Bearer "+token)
			resp, err := http.DefaultClient.Do(req)
			require.NoError(t, err)
			defer func() { _ = resp.Body.Close() }()
			body, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			return resp.StatusCode, string(body)
		}
		want := w.pages(w.token, map[string]any{"app": "shop"}, map[string]any{})
		require.Greater(t, len(want), 250)

		status, body := get(w.token, "app=shop")
		require.Equal(t, http.StatusOK, status)
		lines := strings.Split(strings.TrimSpace(body), "\n")
		require.Len(t, lines, len(want))
		for i, line := range lines {
			var l map[string]any
			require.NoError(t, json.Unmarshal([]byte(line), &l))
			require.Equal(t, at(want[i], "id"), l["id"])
			require.Equal(t, "shop", l["app"])
		}
		status, body = get(w.token, "app=shop&format=csv&before="+url.QueryEscape("2999-01-01T00:00:00Z"))
		require.Equal(t, http.StatusOK, status)
		table, err := csv.NewReader(strings.NewReader(body)).ReadAll()
		require.NoError(t, err)
		require.Len(t, table, len(want)+1)
		require.Equal(t, "objectName", table[0][14])

		status, body = get(reader, "app=shop")
		require.Equal(t, http.StatusForbidden, status, body)
		require.Contains(t, body, "role_missing")
		status, _ = get(w.token, "app=none")
		require.Equal(t, http.StatusNotFound, status)
		status, body = get(w.token, "format=xls&from=yesterday&color=red")
		require.Equal(t, http.StatusBadRequest, status)
		for _, field := range []string{"format", "from", "color"} {
			require.Contains(t, body, `"path":"`+field+`"`)
		}
		status, _ = get("wm_nonsense", "app=shop")
		require.Equal(t, http.StatusUnauthorized, status)
		status, body = get(w.token, "from=2999-01-01T00:00:00Z&format=csv")
		require.Equal(t, http.StatusOK, status)
		require.True(t, strings.HasPrefix(body, "id,at,"), "the head also where there is nothing")
	})
}

// TestARefusedChangeLeavesNoEntry: what is rolled back was never there.
func TestARefusedChangeLeavesNoEntry(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.plan(1, 1, 1)
		before := len(w.entries())
		got := w.as(w.token, `mutation { createEvent(input: {batch: "SHOP-0001", name: "x", wireName: "new", properties: [{key: "none"}]}) { event { id } } }`, nil)
		require.NotEmpty(t, got.Errors)
		require.Len(t, w.entries(), before)
	})
}

// TestOperatorIsNamed: what is done outside of requests names the operator.
func TestOperatorIsNamed(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		ctx := auth.With(context.Background(), auth.Operator())
		_, err := w.auth.CreateUser(ctx, auth.CreateUser{Email: "x@shop.test", Name: "X", Password: "long enough 1"})
		require.NoError(t, err)
		entries := w.entries()
		last := entries[len(entries)-1]
		require.Equal(t, "OPERATOR", last.ActorKind)
		require.Equal(t, "operator", last.ActorName)
		require.Equal(t, "createUser", last.Action)
		require.Equal(t, "User", last.ObjectType)
		require.JSONEq(t, `{"email":"x@shop.test","name":"X"}`, string(last.After))
	})
}
