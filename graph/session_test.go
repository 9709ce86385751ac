package graph_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"entgo.io/ent/dialect/sql"
	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/capturesession"
	"github.com/waymarkhq/waymark/internal/auth"
)

const startSession = `mutation($in: StartCaptureSessionInput!) { startCaptureSession(input: $in) { captureSession { id code title target open
	batches { number } events { key } testers { name } startedBy { name } joinUrl environment { key } app { key } } } }`

const bindDevice = `mutation($in: BindDeviceInput!) { bindDevice(input: $in) { captureSession { bindings { id kind value how unboundAt boundBy { name } } } } }`

// start starts a session on the app "shop" and returns it.
func (w *world) start(in map[string]any) any {
	w.t.Helper()
	in["app"], in["environment"] = "shop", "test"
	return at(w.must(startSession, "in", in), "startCaptureSession", "captureSession")
}

func TestCaptureSessions(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.plan(1, 2, 1)
		batch := w.start(map[string]any{"batches": []string{"shop-0001"}})
		code := at(batch, "code").(string)
		require.Regexp(t, "^[0-9A-HJKMNP-TV-Z]{8}$", code)
		require.Equal(t, map[string]any{
			"id": at(batch, "id"), "code": code, "title": "SHOP-0001", "target": "BATCHES", "open": true,
			"batches": []any{map[string]any{"number": "SHOP-0001"}}, "events": []any{map[string]any{"key": "e_1_1"}, map[string]any{"key": "e_1_2"}},
			"testers": []any{map[string]any{"name": "Ann"}}, "startedBy": map[string]any{"name": "Ann"},
			"joinUrl": "https://waymark.test/apps/shop/capture/" + code, "environment": map[string]any{"key": "test"}, "app": map[string]any{"key": "shop"},
		}, batch)
		events := w.start(map[string]any{"eventKeys": []string{"e_1_2"}, "title": "回归"})
		require.Equal(t, []any{"回归", "EVENTS", 1}, []any{at(events, "title"), at(events, "target"), len(at(events, "events").([]any))})
		nothing := w.start(map[string]any{})
		require.Equal(t, []any{"Test", "NOTHING"}, []any{at(nothing, "title"), at(nothing, "target")})

		// Somebody else takes part, however the code is written.
		w.person("tess@shop.test", auth.Grant{Role: auth.Tester})
		tess := w.tokenFor("tess@shop.test", auth.Grant{Role: auth.Tester})
		written := strings.ToLower(code[:4]) + "-" + strings.NewReplacer("0", "o", "1", "l").Replace(code[4:])
		joined := w.ask(tess, "Mutation", fmt.Sprintf(`mutation { joinCaptureSession(input: {code: %q}) { captureSession { testers { name } } } }`, written))
		require.Empty(t, joined.Errors)
		require.Equal(t, []any{map[string]any{"name": "Ann"}, map[string]any{"name": "P"}}, at(joined.Data, "joinCaptureSession", "captureSession", "testers"))

		id := at(batch, "id")
		w.must(`mutation($i: ID!) { a: markStep(input: {sessionId: $i}) { captureSession { id } } b: markStep(input: {sessionId: $i, text: " 支付 "}) { captureSession { id } } }`, "i", id)
		got := w.must(`query($c: String!) { captureSession(code: $c) { id steps { number text by { name } } } none: captureSession(code: "ZZZZZZZZ") { id } }`, "c", written)
		require.Equal(t, map[string]any{"none": nil, "captureSession": map[string]any{"id": id, "steps": []any{
			map[string]any{"number": 1.0, "text": "", "by": map[string]any{"name": "Ann"}}, map[string]any{"number": 2.0, "text": "支付", "by": map[string]any{"name": "Ann"}},
		}}}, got)

		w.must(`mutation($i: ID!) { endCaptureSession(input: {id: $i}) { captureSession { endedAt } } }`, "i", id)
		require.Equal(t, "session_ended", w.refusal(`mutation($i: ID!) { markStep(input: {sessionId: $i}) { captureSession { id } } }`, "i", id))
		lists := w.must(`{ app(key: "shop") { all: captureSessions { nodes { title } totalCount } open: captureSessions(open: true, first: 1) { nodes { title } pageInfo { hasNextPage } }
			ended: captureSessions(open: false) { nodes { code open } } under: captureSessions(batch: "shop-0001") { nodes { code } } } }`)["app"]
		require.Equal(t, map[string]any{
			"all":   map[string]any{"totalCount": 3.0, "nodes": []any{map[string]any{"title": "Test"}, map[string]any{"title": "回归"}, map[string]any{"title": "SHOP-0001"}}},
			"open":  map[string]any{"nodes": []any{map[string]any{"title": "Test"}}, "pageInfo": map[string]any{"hasNextPage": true}},
			"ended": map[string]any{"nodes": []any{map[string]any{"code": code, "open": false}}}, "under": map[string]any{"nodes": []any{map[string]any{"code": code}}},
		}, lists)
	})
}

// refusal is the reason for which an administrator's call is refused.
func (w *world) refusal(query string, variables ...any) string {
	w.t.Helper()
	got := w.as(w.token, query, vars(variables))
	require.NotEmpty(w.t, got.Errors)
	return got.Errors[0].Extensions.Reason
}

func TestBindings(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.plan(1, 1, 1)
		one, two := at(w.start(map[string]any{}), "id"), w.start(map[string]any{})
		bind := func(session any, value string, more ...any) []any {
			in := map[string]any{"sessionId": session, "value": value}
			for i := 0; i < len(more); i += 2 {
				in[more[i].(string)] = more[i+1]
			}
			return at(w.must(bindDevice, "in", in), "bindDevice", "captureSession", "bindings").([]any)
		}
		first := bind(one, " phone-1 ")
		require.Equal(t, []any{map[string]any{
			"id": at(first, 0, "id"), "kind": "DEVICE", "value": "phone-1", "how": "TYPED", "unboundAt": nil, "boundBy": map[string]any{"name": "Ann"},
		}}, first)
		require.Len(t, bind(one, "phone-1"), 1, "what is bound stays bound")
		require.Equal(t, "138****5678", at(bind(one, "13812345678", "kind", "USER", "picked", true), 1, "value"))

		elsewhere := map[string]any{"sessionId": at(two, "id"), "value": "phone-1"}
		require.Equal(t, "bound_elsewhere", w.refusal(bindDevice, "in", elsewhere))
		bind(at(two, "id"), "phone-1", "takeOver", true)
		before := at(w.must(`query($i: ID!) { node(id: $i) { ... on CaptureSession { bindings { value how unboundAt } } } }`, "i", one), "node", "bindings")
		require.NotNil(t, at(before, 0, "unboundAt"))
		require.Equal(t, "PICKED", at(before, 1, "how"))

		w.must(`mutation($i: ID!) { a: unbindDevice(input: {id: $i}) { captureSession { id } } b: unbindDevice(input: {id: $i}) { captureSession { id } } }`, "i", at(first, 0, "id"))
		w.must(`mutation($i: ID!) { endCaptureSession(input: {id: $i}) { captureSession { id } } }`, "i", at(two, "id"))
		require.Len(t, bind(one, "phone-1"), 3, "a session that has ended holds nothing")
		w.must(deletePerson, "in", map[string]any{"app": "shop", "userIds": []string{"13812345678"}})
		require.Len(t, bind(one, "phone-1"), 2, "what is bound goes with the person")
		for _, bad := range []string{"", "00000000-0000-0000-0000-000000000000", "(null)", "Unknown", strings.Repeat("x", 501), "a\x01b"} {
			got := w.as(w.token, bindDevice, vars([]any{"in", map[string]any{"sessionId": one, "value": bad}}))
			require.Equal(t, "input.value", got.Errors[0].Extensions.Fields[0].Path, bad)
		}
		w.must(bindDevice, "in", map[string]any{"sessionId": one, "value": "phone-1b"})
		entry := w.must(`{ auditEntries(app: "shop", first: 1) { nodes { action objectType after } } }`)
		require.Equal(t, "bindDevice", at(entry, "auditEntries", "nodes", 0, "action"))
		require.NotContains(t, fmt.Sprint(entry), "phone-1")
	})
}

func TestCaptureSessionRefusals(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.plan(1, 1, 1)
		w.must(`mutation { createBatch(input: {app: "shop", title: "x"}) { batch { id } } transitionBatch(input: {batch: "SHOP-0002", to: "CANCELLED", note: "x"}) { batch { id } } }`)
		for _, bad := range []struct {
			in           map[string]any
			path, reason string
		}{
			{map[string]any{"batches": []string{"SHOP-0001", "MALL-0001"}}, "input.batches[1]", "not_found"},
			{map[string]any{"batches": []string{"SHOP-0002"}}, "input.batches[0]", "cancelled"},
			{map[string]any{"batches": []string{"SHOP-0001"}, "levels": []string{"P0"}}, "input.batches", "one_of"},
			{map[string]any{"batches": make21()}, "input.batches", "too_many"},
			{map[string]any{"eventKeys": []string{"e_1_1", "no"}}, "input.eventKeys[1]", "not_found"},
			{map[string]any{"levels": []string{"P0"}}, "input.levels", "not_found"},
			{map[string]any{"title": ""}, "input.title", "required"},
		} {
			bad.in["app"], bad.in["environment"] = "shop", "test"
			got := w.as(w.token, startSession, vars([]any{"in", bad.in}))
			require.NotEmpty(t, got.Errors, bad.in)
			require.Equal(t, []string{bad.path, bad.reason}, []string{got.Errors[0].Extensions.Fields[0].Path, got.Errors[0].Extensions.Fields[0].Reason})
		}
		got := w.as(w.token, startSession, vars([]any{"in", map[string]any{"app": "shop", "environment": "no"}}))
		require.Equal(t, "NOT_FOUND", got.code())
		require.Zero(t, w.store.Read().CaptureSession.Query().CountX(t.Context()))

		// One that nobody has used for eight hours takes nothing any more, nor one that is a day old.
		id := at(w.start(map[string]any{}), "id").(string)
		for name, of := range map[string][2]time.Duration{"idle": {9 * time.Hour, 9 * time.Hour}, "old": {25 * time.Hour, time.Minute}} {
			w.age(id, of[0], of[1])
			require.Equal(t, "session_ended", w.refusal(bindDevice, "in", map[string]any{"sessionId": id, "value": "phone"}), name)
		}
		w.must(`mutation($i: ID!) { archiveApp(input: {id: $i}) { app { id } } }`, "i", at(w.must(`{ app(key: "shop") { id } }`), "app", "id"))
		require.Equal(t, "app_archived", w.refusal(startSession, "in", map[string]any{"app": "shop", "environment": "test"}))
		require.Equal(t, "app_archived", w.refusal(bindDevice, "in", map[string]any{"sessionId": id, "value": "phone"}))
	})
}

// age has a session be older than it is.
func (w *world) age(id string, started, active time.Duration) {
	w.t.Helper()
	now := time.Now().UTC()
	query, args := sql.Dialect(w.store.Dialect()).Update(capturesession.Table).Set(capturesession.FieldStartedAt, now.Add(-started)).
		Set(capturesession.FieldActiveAt, now.Add(-active)).Where(sql.EQ(capturesession.FieldID, id)).Query()
	require.NoError(w.t, w.store.Tx(w.t.Context(), func(ctx context.Context, tx *ent.Tx) error {
		_, err := tx.ExecContext(ctx, query, args...)
		return err
	}))
}

func make21() []string {
	list := make([]string, 21)
	for i := range list {
		list[i] = fmt.Sprint("SHOP-", i)
	}
	return list
}
