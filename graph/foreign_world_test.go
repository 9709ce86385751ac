package graph_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/graph"
	"github.com/waymarkhq/waymark/internal/acceptance"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/collect"
	"github.com/waymarkhq/waymark/internal/sighting"
	"github.com/waymarkhq/waymark/internal/store"
	"github.com/waymarkhq/waymark/internal/testkit"
)

// foreign is a world of two apps that hold the same, "shop" and "mall", and of somebody who administers the one and has left
// the other. Whatever the mall says of itself has "mall" in it.
type foreign struct {
	*world
	// own and their are what the apps hold, by the names of placeholders.
	own, their map[string]any
	// vera made all of both apps, and has no role in the mall any more; reader never had one. The one is signed in, the
	// other has a token.
	vera, reader string
}

// step is one document of a filling: by placeholder, where in its answer stands what later ones are to know.
type step struct {
	document string
	keeps    map[string][]any
}

// filling fills an app, {appKey}, with one of everything. {tag} is in all names, and allows to do it again.
var filling = []step{
	{
		`mutation {
		createEnvironment(input: {app: "{appKey}", key: "{tag}gray", name: "{tag}"}) { environment { id key } }
		createValueSet(input: {app: "{appKey}", key: "{tag}colors", name: "{tag}", values: [{value: "red", label: "{tag}"}]}) { valueSet { id key revision { id } } }
		a: createProperty(input: {app: "{appKey}", key: "{tag}_color", name: "{tag}", type: {base: ENUM, constraints: {valueSetKey: "{tag}colors"}}}) { property { id key revision { id } } }
		b: createProperty(input: {app: "{appKey}", key: "{tag}_kept", name: "{tag}", type: {base: STRING}}) { property { id } }
		c: createBatch(input: {app: "{appKey}", title: "{tag} 需求", description: "{tag}", documents: [{title: "{tag}", url: "https://{tag}.test"}]}) { batch { id number } }
		d: createBatch(input: {app: "{appKey}", title: "{tag} 上线"}) { batch { id number } }
		e: createBatch(input: {app: "{appKey}", title: "{tag} 开发"}) { batch { id number } } }`,
		map[string][]any{
			"environment": {"createEnvironment", "environment", "id"}, "environmentKey": {"createEnvironment", "environment", "key"},
			"valueSet": {"createValueSet", "valueSet", "id"}, "valueSetKey": {"createValueSet", "valueSet", "key"},
			"valueSetRevision": {"createValueSet", "valueSet", "revision", "id"},
			"property":         {"a", "property", "id"}, "propertyKey": {"a", "property", "key"}, "propertyRevision": {"a", "property", "revision", "id"},
			"property2": {"b", "property", "id"}, "batch": {"c", "batch", "id"}, "number": {"c", "batch", "number"}, "published": {"d", "batch", "number"},
			"approved": {"e", "batch", "number"},
		},
	},
	{
		`mutation { createEvent(input: {batch: "{published}", name: "{tag} 支付成功", wireName: "{tag}_paid", module: "{tag}",
		properties: [{key: "{tag}_color"}, {key: "everywhere"}, {key: "land"}]}) { event { id key } } }`,
		map[string][]any{"event": {"createEvent", "event", "id"}, "eventKey": {"createEvent", "event", "key"}},
	},
	{
		`mutation { createEvent(input: {batch: "{approved}", name: "{tag} 退款", wireName: "{tag}_refunded"}) { event { id } }
		c: transitionBatch(input: {batch: "{approved}", to: "APPROVED"}) { batch { state } }
		transitionBatch(input: {batch: "{published}", to: "APPROVED"}) { batch { state } }
		a: publish(input: {app: "{appKey}", environment: "test", batch: "{published}", fromVersion: "8.0"}) { release { id } }
		b: publish(input: {app: "{appKey}", environment: "production", batch: "{published}", fromVersion: "8.0"}) { release { id number entered { nodes { id hash approval { id } } } } } }`,
		map[string][]any{
			"release": {"b", "release", "id"}, "releaseNumber": {"b", "release", "number"}, "slot": {"b", "release", "entered", "nodes", 0, "id"},
			"hash": {"b", "release", "entered", "nodes", 0, "hash"}, "approval": {"b", "release", "entered", "nodes", 0, "approval", "id"},
		},
	},
	{
		`mutation {
		updateEvent(input: {id: "{event}", batch: "{number}", name: "{tag} 付款"}) { event { id } }
		createEvent(input: {batch: "{number}", name: "{tag} 展示", wireName: "{tag}_shown", properties: [{key: "{tag}_color"}, {key: "everywhere"}]}) {
			event { id revision { id } properties { nodes { id } } batch { items { nodes { id } } } } }
		a: createDataIncident(input: {eventId: "{event}", title: "{tag}", startedAt: "2026-11-01T00:00:00Z"}) { dataIncident { id } }
		b: createDataIncident(input: {app: "{appKey}", title: "{tag}", startedAt: "2026-11-01T00:00:00Z"}) { dataIncident { id } }
		updateDictionary(input: {id: "{event}", synonyms: ["{tag} 买单"], warehouseTable: "dwd.{tag}", consumers: [{kind: TEAM, name: "{tag}"}]}) { subject { __typename } }
		c: addComment(input: {batch: "{number}", text: "@vera@shop.test {tag}"}) { comment { id } }
		d: addComment(input: {batch: "{number}", eventId: "{event}", text: "{tag}"}) { comment { id } }
		ignoreUnplanned(input: {app: "{appKey}", items: [{name: "ignored"}, {eventId: "{event}", property: "{tag}_debug"}], reason: "{tag}"}) { app { id } }
		inviteUser(input: {email: "invited@{tag}.test", name: "I", roles: [{role: VIEWER, app: "{appKey}"}]}) { invitation { id } } }`,
		map[string][]any{
			"event2": {"createEvent", "event", "id"}, "revision": {"createEvent", "event", "revision", "id"},
			"eventProperty": {"createEvent", "event", "properties", "nodes", 0, "id"},
			"item":          {"createEvent", "event", "batch", "items", "nodes", 0, "id"},
			"incident":      {"a", "dataIncident", "id"}, "incident2": {"b", "dataIncident", "id"},
			"comment": {"c", "comment", "id"}, "comment2": {"d", "comment", "id"}, "invitation": {"inviteUser", "invitation", "id"},
		},
	},
	{
		`mutation { startCaptureSession(input: {app: "{appKey}", environment: "test", title: "{tag} 验收", batches: ["{number}"]}) { captureSession { id code } } }`,
		map[string][]any{
			"session":     {"startCaptureSession", "captureSession", "id"},
			"sessionCode": {"startCaptureSession", "captureSession", "code"},
		},
	},
	{
		`mutation { bindDevice(input: {sessionId: "{session}", value: "{tag} phone"}) { captureSession { bindings { id } } }
		markStep(input: {sessionId: "{session}", text: "{tag} 下单"}) { captureSession { id } } }`,
		map[string][]any{"binding": {"bindDevice", "captureSession", "bindings", 0, "id"}},
	},
	{
		`{ app(key: "{appKey}") { id terminals { id } environments { id writeKeys { id key } } } }`,
		map[string][]any{
			"app": {"app", "id"}, "terminal": {"app", "terminals", 0, "id"}, "test": {"app", "environments", 0, "id"},
			"writeKey": {"app", "environments", 0, "writeKeys", 0, "id"}, "writeKey2": {"app", "environments", 1, "writeKeys", 0, "id"},
			"secretKey": {"app", "environments", 0, "writeKeys", 0, "key"},
		},
	},
}

// fill fills an app and returns what it holds.
func (w *world) fill(app, tag string) map[string]any {
	w.t.Helper()
	ids := map[string]any{"appKey": app, "tag": tag}
	for _, s := range filling {
		got := w.must(replaceIDs(s.document, ids))
		for name, path := range s.keeps {
			ids[name] = at(got, path...)
		}
	}
	if named := at(w.must(`{ viewer { mentions { nodes { id } } } }`), "viewer", "mentions", "nodes").([]any); len(named) > 0 {
		ids["mention"] = at(named, 0, "id")
	}
	w.fillFiles(tag, ids)
	w.fillCaptured(ids)
	w.fillAcceptance(ids)
	return ids
}

// fillAcceptance has a session with a mark, evidence and a sign-off.
func (w *world) fillAcceptance(ids map[string]any) {
	w.t.Helper()
	marked := w.must(replaceIDs(`mutation { mark(input: {sessionId: "{session}", eventKey: "{eventKey}", terminal: "ios", kind: WAIVED, note: "{tag}"}) { mark { id } } }`, ids))
	ids["mark"] = at(marked, "mark", "mark", "id")
	text := func(name string) string { return fmt.Sprint(ids[name]) }
	shown := capture.Captured{
		Event: capture.Event{Format: "segment", Type: capture.Track, Name: text("eventKey"), Raw: `{"event":"` + text("tag") + `"}`, ReceivedAt: time.Now()},
		AppID: text("app"), EnvironmentID: text("test"), Verdict: capture.Invalid,
	}
	require.NoError(w.t, w.store.Tx(w.t.Context(), func(ctx context.Context, tx *ent.Tx) error {
		evidence, err := tx.CoverageEvidence.Create().SetID(acceptance.EvidenceID(text("session"), 1)).SetSessionID(text("session")).SetSeq(1).SetEnvironmentID(text("test")).
			SetRecord(capture.AppendRecord(nil, []capture.Captured{shown})).SetVerdict(int(capture.Invalid)).SetViolations([]capture.Violation{}).Save(ctx)
		if err != nil {
			return err
		}
		signed, err := tx.SignOff.Create().SetAppID(text("app")).SetSessionID(text("session")).SetSessionIds([]string{text("session")}).
			SetTerminals([]string{"ios"}).SetNote(text("tag")).SetReport(json.RawMessage(`{"tag":"` + text("tag") + `"}`)).Save(ctx)
		if err != nil {
			return err
		}
		ids["evidence"], ids["signOff"] = evidence.ID, signed.ID
		return nil
	}))
}

func (w *world) fillFiles(tag string, ids map[string]any) {
	w.t.Helper()
	file := sent{"file", tag + ".png", picture + tag}
	got := w.upload(w.token, replaceIDs(`mutation($file: Upload!) {
		uploadDocument(input: {batch: "{number}", title: "{tag}", file: $file}) { document { file { id } } }
		addScreenshot(input: {eventId: "{event2}", caption: "{tag}", file: $file}) { screenshot { file { id } } } }`, ids), nil, file)
	require.Empty(w.t, got.Errors)
	ids["document"] = at(got.Data, "uploadDocument", "document", "file", "id")
	ids["screenshot"] = at(got.Data, "addScreenshot", "screenshot", "file", "id")
}

// fillCaptured has the environment test keep an event that the plan knows and one that it does not, with the figures.
func (w *world) fillCaptured(ids map[string]any) {
	w.t.Helper()
	from, err := w.store.CapturePosition(w.t.Context())
	require.NoError(w.t, err)
	text := func(name string) string { return fmt.Sprint(ids[name]) }
	environment, now := text("test"), time.Now()
	b := &store.CaptureBatch{
		From: from, To: store.CapturePosition{StreamID: "world", Seq: from.Seq + 1},
		Counters: map[store.CounterKey]int64{}, Events: map[store.EventKey]store.EventSeen{}, Runs: map[store.RunKey]store.RunSeen{},
		Minutes: map[store.MinuteKey]store.MinuteCounts{
			{EnvironmentID: environment, Minute: now.Unix() / 60}: {Valid: 1, Unplanned: 1},
		},
	}
	for i, event := range []string{text("event"), ""} {
		c := &capture.Captured{
			Event: capture.Event{
				Format: "segment", Type: capture.Track, ID: text("tag"), Name: text("eventKey"), Raw: `{"event":"` + text("tag") + `"}`, ReceivedAt: now,
			},
			Seq: int64(b.To.Seq)*capture.MaxGroupEvents + int64(i), AppID: text("app"), EnvironmentID: environment,
			TerminalKey: "ios", EventID: event, Verdict: capture.Unplanned,
		}
		if event != "" {
			c.EventKey, c.Hash, c.Release, c.Verdict = text("eventKey"), text("hash"), 1, capture.Valid
		}
		b.Samples = append(b.Samples, c)
		run := store.RunKey{EnvironmentID: environment, RunID: "ci-1", EventKey: c.EventKey, Name: c.Name, Terminal: "ios", Verdict: c.Verdict}
		b.Runs[run] = store.RunSeen{Count: 1, First: now, Last: now}
		b.Counters[store.CounterKey{EnvironmentID: environment, Hour: now.Unix() / 3600, Terminal: "ios", EventID: event, Name: c.Name, Verdict: c.Verdict}]++
	}
	b.Events[store.EventKey{EnvironmentID: environment, EventID: text("event"), Terminal: "ios"}] = store.EventSeen{Count: 1, First: now, Last: now}
	b.To.Figures = b.To.Seq
	fillSeen(b, environment, text("event"), text("tag"), now)
	require.NoError(w.t, w.store.CommitCapture(w.t.Context(), b))
	ids["captured"] = fmt.Sprint("cap_", b.Samples[0].Seq)
	ids["regression"] = w.saveRegression(text("appKey"), text("tag"), ids["captured"])
	ids["regression2"] = w.saveRegression(text("appKey"), text("tag")+" 2", ids["captured"])
	require.NoError(w.t, w.store.AddRefusals(w.t.Context(), []store.Refusal{{
		At: now, Last: now, Count: 1, Kind: collect.RefusedMalformed, Format: "segment", Method: http.MethodPost, Path: "/v1/track", WriteKey: text("secretKey"),
		KeyID: text("writeKey"), AppID: text("app"), EnvironmentID: environment, Address: "192.0.2.1", Reason: text("tag"), Excerpt: text("tag"),
	}}))
}

// fillSeen has the environment have seen a planned event, with a property that the plan does not know, and two other events.
func fillSeen(b *store.CaptureBatch, environment, event, tag string, now time.Time) {
	b.Properties, b.Fills = map[store.PropertyKey]*store.PropertySeen{}, map[store.FillKey]*store.Fill{}
	for name, id := range map[string]string{tag + "_paid": event, "nobody_knows": "", "ignored": ""} {
		key := store.SightingKey{EnvironmentID: environment, EventID: id, Name: name, Terminal: "ios"}
		seen := store.PropertySeen{Count: 1, First: now, Last: now, LastSeq: b.Samples[0].Seq}
		unknown := seen
		unknown.Unplanned, unknown.LastUnplanned = 1, now
		of := &seen
		if id == "" {
			of = &unknown
		}
		b.Properties[store.PropertyKey{SightingKey: key}] = of
		fill := &store.Fill{Events: 1, Properties: sighting.Fill{}}
		for _, property := range []string{tag + "_debug", tag + "_color", "everywhere"} {
			p := unknown
			fill.Properties.Note(property, p.Values.Note(capture.Tape{{Kind: capture.String, Text: tag}}, false))
			b.Properties[store.PropertyKey{SightingKey: key, Property: property}] = &p
		}
		b.Fills[store.FillKey{SightingKey: key, At: now.Unix() / 3600, Hours: 1}] = fill
	}
}

// eachForeign runs f on a world of two apps, on each kind of database.
func eachForeign(t *testing.T, f func(t *testing.T, w *foreign)) {
	t.Helper()
	testkit.Stores(t, func(t *testing.T, s *store.Store) { f(t, newForeign(t, s)) })
}

// everyLimit is far away: what is asked here is generated.
var everyLimit = graph.Limits{Tokens: 1e6, Depth: 50, Cost: 1e9, Aliases: 1e6, Repeats: 1e6, Mutations: 20}

func newForeign(t *testing.T, s *store.Store) *foreign {
	t.Helper()
	now := time.Now().Add(time.Minute) // stands still, so that nothing but the data can change an answer
	w := newWorldAt(t, s, everyLimit, func() time.Time { return now })
	w.must(`mutation {
		createValueSet(input: {key: "lands", name: "国家", values: [{value: "cn"}]}) { valueSet { id } }
		a: createProperty(input: {key: "everywhere", name: "到处", type: {base: STRING}}) { property { id } }
		b: createProperty(input: {key: "land", name: "国家", type: {base: ENUM, constraints: {valueSetKey: "lands"}}}) { property { id } } }`)
	for _, app := range []string{"shop", "mall"} {
		w.must(`mutation($k: String!) { createApp(input: {key: $k, name: $k, terminals: [{key: "ios", name: "iOS", kind: IOS}]}) { app { id } } }`, "k", app)
	}
	both := []auth.Grant{{Role: auth.Admin, App: "shop"}, {Role: auth.Admin, App: "mall"}}
	user := w.person("vera@shop.test", both...)
	maker := *w
	maker.token = w.tokenFor("vera@shop.test", both...)
	f := &foreign{world: w, own: maker.fill("shop", "shop"), their: maker.fill("mall", "mall")}
	for email, ids := range map[string]map[string]any{"one@bot.test": f.own, "two@bot.test": f.their} {
		role := auth.Grant{Role: auth.Editor, App: ids["appKey"].(string)}
		w.person(email, role)
		bot := *w
		bot.token = w.tokenFor(email, role)
		ids["token"] = at(bot.must(`{ viewer { apiTokens { id } } }`), "viewer", "apiTokens", 0, "id")
	}
	w.person("reader@shop.test", auth.Grant{Role: auth.Viewer, App: "shop"})
	f.own["user"], f.own["admin"] = user, user
	f.own["victim"] = w.person("victim@shop.test")
	w.changeGlobally(f.their)
	w.must(`mutation($u: ID!) { revokeRole(input: {userId: $u, role: ADMIN, app: "mall"}) { user { id } } }`, "u", user)
	f.vera, f.reader = w.session("vera@shop.test"), w.tokenFor("reader@shop.test", auth.Grant{Role: auth.Viewer, App: "shop"})
	f.own["token"] = at(f.as(f.vera, `{ viewer { apiTokens { id } } }`, nil).Data, "viewer", "apiTokens", 0, "id")
	return f
}

// changeGlobally has batches of an app change what is global: one that is approved, and one that is not yet.
func (w *world) changeGlobally(ids map[string]any) {
	w.t.Helper()
	global := w.must(`{ properties(filter: {keys: ["everywhere"]}) { nodes { id } } valueSets(filter: {global: true}) { nodes { id } } }`)
	for i, text := range []string{"一", "二"} {
		b := at(w.must(replaceIDs(`mutation { createBatch(input: {app: "{appKey}", title: "{tag} 公共"}) { batch { number } } }`, ids)), "createBatch", "batch", "number")
		w.must(`mutation($b: String!, $p: ID!, $v: ID!, $t: String!) {
			updateProperty(input: {id: $p, batch: $b, description: $t}) { property { id } }
			updateValueSet(input: {id: $v, batch: $b, description: $t}) { valueSet { id } } }`,
			"b", b, "p", at(global, "properties", "nodes", 0, "id"), "v", at(global, "valueSets", "nodes", 0, "id"), "t", text)
		if i == 0 {
			w.must(`mutation($b: String!) { transitionBatch(input: {batch: $b, to: "APPROVED"}) { batch { id } } }`, "b", b)
		}
	}
}

// session signs somebody in whom person made, and returns the cookie.
func (w *world) session(email string) string {
	w.t.Helper()
	body, err := json.Marshal(map[string]any{
		"query":     `mutation($e: String!) { signIn(input: {email: $e, password: "long enough 1"}) { viewer { isToken } } }`,
		"variables": map[string]any{"e": email},
	})
	require.NoError(w.t, err)
	resp, err := http.Post(w.url, "application/json", strings.NewReader(string(body)))
	require.NoError(w.t, err)
	require.NoError(w.t, resp.Body.Close())
	require.Len(w.t, resp.Cookies(), 1)
	return resp.Cookies()[0].Name + "=" + resp.Cookies()[0].Value
}
