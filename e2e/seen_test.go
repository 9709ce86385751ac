package e2e_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// capturedFields are what the tests look at in a captured event.
const capturedFields = `id seq name type format verdict eventKey terminal properties raw messageId userId anonymousId deviceId
	appVersion os library notes event { id key name batch { number } } violations { code severity property expected actual }`

// TestPlannedEventFromARealSDKSeenLive is the product's main job, end to end: an event is planned through GraphQL, an
// unmodified SDK reports it, and it is seen arriving, judged, by npm's own GraphQL clients, and counted once.
func TestPlannedEventFromARealSDKSeenLive(t *testing.T) {
	t.Parallel()
	t.Run("SQLite", func(t *testing.T) { t.Parallel(); seeLive(t) })
	t.Run("PostgreSQL", func(t *testing.T) { t.Parallel(); seeLive(t, migrated(t)) })
}

func seeLive(t *testing.T, words ...string) {
	t.Helper()
	s := start(t, words...)
	admin := s.admin(t)
	planned := planShop(t, admin)
	token, _ := admin.bot(t, "TESTER")
	bot := admin.with(token)

	sockets, streams := watchShop(t, bot, "ws"), watchShop(t, bot, "sse")
	awaitViewers(t, s, 2)
	node(t, "clients/segment-node.mjs", "--url", s.URL, "--key", planned.Test, "--n", "5", "--bad", "2")
	for _, w := range []*watcher{sockets, streams} {
		eventually(t, "all events are seen live", func() bool { return len(w.captured(t)) >= 6 })
		requireRun(t, w.captured(t), run{sdk: "segment", id: "run1", n: 5, bad: 2, ids: true, terminal: "android"})
		requireProfile(t, w.captured(t))
	}
	stored := bot.capturedEvents(t, 6)
	requireRun(t, stored, run{sdk: "segment", id: "run1", n: 5, bad: 2, ids: true, terminal: "android"})
	requireCounted(t, bot, planned)

	// The same run again is counted once: at once, after the server was stopped, and after it was killed.
	for i, between := range []func(){func() {}, func() { s.stop(t); s.start(t) }, func() { s.kill(); s.start(t) }} {
		between()
		node(t, "clients/segment-node.mjs", "--url", s.URL, "--key", planned.Test, "--n", "5", "--bad", "2")
		eventually(t, "the repeats are recognised", func() bool { return bot.duplicates(t) == float64(6*(i+1)) })
		requireCounted(t, bot, planned)
		require.Equal(t, stored, bot.capturedEvents(t, 6), "what was captured does not change")
		if i == 0 {
			require.Len(t, sockets.captured(t), 6, "viewers see no repeat")
			require.Len(t, streams.captured(t), 6, "viewers see no repeat")
		}
	}

	// Another run is another one, and a viewer who comes now sees that alone.
	later := watchShop(t, bot, "ws")
	awaitViewers(t, s, 1)
	node(t, "clients/segment-node.mjs", "--url", s.URL, "--key", planned.Test, "--n", "5", "--bad", "2", "--run", "run2")
	eventually(t, "the second run is seen", func() bool { return len(later.captured(t)) >= 5 })
	requireRun(t, later.captured(t), run{sdk: "segment", id: "run2", n: 5, bad: 2, ids: true, terminal: "android"})
}

// TestOtherSDKsSeenLive runs the RudderStack SDK for Node, and Segment's for browsers in a page of another origin.
func TestOtherSDKsSeenLive(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		sdk, format string
		script      []string
		run
	}{
		{"rudder-node", "rudderstack", []string{"clients/rudder-node.mjs"}, run{sdk: "rudder", ids: true, terminal: "android"}},
		{"segment", "segment", []string{"clients/browser.mjs", "--sdk", "segment"}, run{terminal: "web"}},
	} {
		t.Run(c.sdk, func(t *testing.T) {
			t.Parallel()
			s := start(t)
			admin := s.admin(t)
			planned := planShop(t, admin)
			token, _ := admin.bot(t, "VIEWER")
			bot := admin.with(token)
			w := watchShop(t, bot, "ws")
			awaitViewers(t, s, 1)
			node(t, c.script[0], append(c.script[1:], "--url", s.URL, "--key", planned.Test, "--token", token, "--n", "5", "--bad", "2", "--timeout", "90")...)
			c.run.id, c.run.n, c.run.bad = "run1", 5, 2
			eventually(t, "all events are seen live", func() bool { return len(ofRun(w.captured(t), "run1")) >= 5 })
			requireRun(t, w.captured(t), c.run)
			requireRun(t, bot.capturedEvents(t, 5), c.run)
			for _, e := range w.captured(t) {
				require.Equal(t, c.format, e.text("format"))
				require.Contains(t, []string{"VALID", "INVALID", "UNPLANNED"}, e.text("verdict"))
			}
		})
	}
}

// watchShop watches what the shop's test environment captures.
func watchShop(t *testing.T, c *client, transport string) *watcher {
	t.Helper()
	return watch(t, c, transport, `subscription { liveCapture(app: "shop", environment: "test") { dropped events { `+capturedFields+` } } }`)
}

// awaitViewers waits until n subscriptions are running. Equal ones share an execution, and each execution is one
// subscription of the hub.
func awaitViewers(t *testing.T, s *server, n int) {
	t.Helper()
	eventually(t, "the viewers are there", func() bool {
		return s.metric(t, "waymark_live_operations") >= float64(n) &&
			s.metric(t, "waymark_live_hub_subscriptions") >= max(1, s.metric(t, "waymark_live_shared_executions"))
	})
}

// capturedEvents waits until the shop's test environment holds n captured events and returns the newest 200.
func (c *client) capturedEvents(t *testing.T, n int) (events []value) {
	t.Helper()
	eventually(t, "the events are stored", func() bool {
		events = c.must(t, `{ capturedEvents(app: "shop", environment: "test", first: 200) { nodes { `+capturedFields+` } } }`, nil).
			list("capturedEvents", "nodes")
		return len(events) >= n
	})
	return events
}

// duplicates is how many repeats were left out within the last minutes.
func (c *client) duplicates(t *testing.T) (n float64) {
	t.Helper()
	for _, m := range c.must(t, `{ monitor(app: "shop") { minutes { duplicates } } }`, nil).list("monitor", "minutes") {
		n += m.number("duplicates")
	}
	return n
}

// run is what a script of clients/ has sent.
type run struct {
	sdk, id  string
	n, bad   int
	ids      bool   // whether the script chooses the message ids
	terminal string // from which the events come
}

// ofRun are the events of one run of a script, in the order in which they were made.
func ofRun(events []value, id string) []value {
	of := slices.DeleteFunc(slices.Clone(events), func(e value) bool { return e.text("properties", "run_id") != id })
	slices.SortFunc(of, func(a, b value) int { return int(a.number("properties", "seq") - b.number("properties", "seq")) })
	return of
}

// requireRun holds each event of a run against what the script sent.
func requireRun(t *testing.T, events []value, r run) {
	t.Helper()
	events = ofRun(events, r.id)
	require.Len(t, events, r.n)
	names := []string{"product_viewed", "search_performed", "order_paid"}
	for i, e := range events {
		name, verdict := names[i%3], "VALID"
		price := any(5999.5)
		switch bad := i >= r.n-r.bad; {
		case bad && i%2 == 0:
			name, verdict = "not_in_plan", "UNPLANNED"
		case bad:
			verdict, price = "INVALID", "五千"
		}
		require.Equal(t, name, e.text("name"))
		require.Equal(t, verdict, e.text("verdict"), "%v", e)
		require.Equal(t, map[string]any{
			"product_name": "苹果手机 15 Pro 🍎", "category": "手机/数码", "price": price, "quantity": float64(i + 1), "is_vip": i%2 == 0,
			"tags": []any{"新品", "促销"}, "seq": float64(i), "run_id": r.id,
			"family": "👨‍👩‍👧‍👦 𠮷 é", "order_no": float64(1 << 60), "discount": 0.30000000000000004, "address": map[string]any{"city": "上海", "zip": "200000"},
			"goods": []any{map[string]any{"sku": "A-1", "count": 2.0}, map[string]any{"sku": "乙-2", "count": 1.0}},
		}, e.at("properties").v)
		require.Equal(t, r.terminal, e.text("terminal"))
		require.NotEmpty(t, e.text("messageId"))
		if r.ids {
			require.Regexp(t, `^[0-9a-f-]{36}$`, e.text("messageId"))
			require.Equal(t, "3.2.1", e.text("appVersion"))
			require.Equal(t, "dev-0001", e.text("deviceId"))
		}
		requireVerdict(t, e, name, verdict)
	}
}

// requireVerdict looks at what goes with a verdict: the planned event, or violations that name everything.
func requireVerdict(t *testing.T, e value, name, verdict string) {
	t.Helper()
	violations := e.list("violations")
	if verdict == "UNPLANNED" {
		require.Nil(t, e.at("event").v)
		require.Equal(t, "event_unplanned", e.text("violations", 0, "code"))
		require.Equal(t, "ERROR", e.text("violations", 0, "severity"))
		require.Nil(t, e.at("violations", 0, "property").v, "it is about the event itself")
		require.NotEmpty(t, e.text("violations", 0, "expected"))
		require.Contains(t, e.text("violations", 0, "actual"), name)
		return
	}
	require.Equal(t, name, e.text("event", "key"))
	require.Equal(t, shopEvents[name], e.text("event", "name"))
	require.Equal(t, "SHOP-0001", e.text("event", "batch", "number"))
	if verdict == "VALID" {
		require.Empty(t, violations)
		return
	}
	require.Len(t, violations, 1)
	require.Equal(t, "type_mismatch", violations[0].text("code"))
	require.Equal(t, "ERROR", violations[0].text("severity"))
	require.Equal(t, "price", violations[0].text("property"))
	require.Equal(t, "number", violations[0].text("expected"))
	require.Equal(t, `"五千"`, violations[0].text("actual"))
}

// requireProfile looks at the record about the user that the Segment script sends.
func requireProfile(t *testing.T, events []value) {
	t.Helper()
	i := slices.IndexFunc(events, func(e value) bool { return e.text("type") == "IDENTIFY" })
	require.GreaterOrEqual(t, i, 0)
	require.Equal(t, "VALID", events[i].text("verdict"), "%v", events[i])
	require.Equal(t, map[string]any{"nickname": "张三 🐼 run1", "level": 3.0}, events[i].at("properties").v)
	require.Equal(t, "user_1", events[i].text("userId"))
}

// requireCounted looks at what the API has counted of one run with --n 5 --bad 2.
func requireCounted(t *testing.T, c *client, planned shop) {
	t.Helper()
	for name, want := range map[string][2]float64{"product_viewed": {2, 1}, "search_performed": {1, 0}, "order_paid": {1, 0}} {
		e := c.must(t, `query($key: String!) { event(app: "shop", key: $key) { id
			statistics { environment { key } count invalidCount reporting firstSeenAt lastSeenAt }
			samples(environment: "test") { nodes { verdict properties event { id } } } } }`, vars{"key": name}).at("event")
		require.Equal(t, planned.Events[name], e.text("id"))
		seen := map[string]value{}
		for _, s := range e.list("statistics") {
			seen[s.text("environment", "key")] = s
		}
		require.Equal(t, want, [2]float64{seen["test"].number("count"), seen["test"].number("invalidCount")}, name)
		require.Equal(t, true, seen["test"].at("reporting").v)
		require.NotEmpty(t, seen["test"].text("firstSeenAt"))
		require.NotEmpty(t, seen["test"].text("lastSeenAt"))
		require.Zero(t, seen["production"].number("count"), "%v", seen)
		require.Len(t, e.list("samples", "nodes"), int(want[0]))
		for _, sample := range e.list("samples", "nodes") {
			require.Equal(t, planned.Events[name], sample.text("event", "id"))
		}
	}
	month := c.must(t, `{ monitor(app: "shop") { events reportingEvents eventsWithViolations minutes { environment valid invalid unplanned } } }`, nil)
	var valid, invalid, unplanned float64
	for _, m := range month.list("monitor", "minutes") {
		require.Equal(t, "test", m.text("environment"))
		valid, invalid, unplanned = valid+m.number("valid"), invalid+m.number("invalid"), unplanned+m.number("unplanned")
	}
	require.Equal(t, [3]float64{4, 1, 1}, [3]float64{valid, invalid, unplanned})
}
