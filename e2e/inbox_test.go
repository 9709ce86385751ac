package e2e_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestCaptureFirstThenPlan is an app that reports before anybody has planned anything: what came is looked at in the inbox,
// becomes a draft, is approved and published, and the same events are then valid.
func TestCaptureFirstThenPlan(t *testing.T) {
	t.Parallel()
	t.Run("SQLite", func(t *testing.T) { t.Parallel(); captureFirst(t, start(t)) })
	t.Run("PostgreSQL", func(t *testing.T) { t.Parallel(); captureFirst(t, start(t, migrated(t))) })
}

func captureFirst(t *testing.T, s *server) {
	t.Helper()
	c := s.admin(t)
	made := c.must(t, `mutation { createApp(input: {key: "shop", name: "商城", terminals: [{key: "ios", name: "iOS", kind: IOS}]}) {
		app { key environments { key writeKeys { key } } } } }`, nil)
	key := ""
	for _, e := range made.list("createApp", "app", "environments") {
		if e.text("key") == "test" {
			key = e.text("writeKeys", 0, "key")
		}
	}
	awaitPlan(t, c, s)
	sent := 0
	report := func(version string) (verdict string) {
		sent++
		id := fmt.Sprint("m-", sent)
		body := fmt.Sprintf(`{"event":"支付成功","userId":"u1","messageId":%q,"properties":{"金额":12.5,"count":%d,"vip":true,"note":"a %d"},
			"context":{"app":{"version":%q}}}`, id, sent, sent, version)
		require.Equal(t, 200, post(t, s.URL+"/v1/track", key, body).status)
		eventually(t, "the event is captured", func() bool {
			nodes := c.must(t, `{ capturedEvents(app: "shop", environment: "test", first: 50) { nodes { messageId verdict } } }`, nil).list("capturedEvents", "nodes")
			i := slices.IndexFunc(nodes, func(v value) bool { return v.text("messageId") == id })
			if i >= 0 {
				verdict = nodes[i].text("verdict")
			}
			return i >= 0
		})
		return verdict
	}
	for range 3 {
		require.Equal(t, "UNPLANNED", report("8.1"))
	}
	// What was answered outlives the process, whether its figures were in the database or not.
	s.kill()
	s.start(t)
	require.Equal(t, "UNPLANNED", report("8.2"))
	const inbox = `{ unplanned(app: "shop", environment: "test", states: [OPEN]) { totalCount nodes { name count versions terminals state
		sample { messageId properties } } } }`
	var open value
	eventually(t, "it is in the inbox", func() bool {
		open = c.must(t, inbox, nil).at("unplanned")
		return open.at("totalCount").v == 1.0 && open.at("nodes", 0, "count").v == 4.0
	})
	require.Equal(t, "支付成功", open.text("nodes", 0, "name"))
	require.Equal(t, "m-4", open.text("nodes", 0, "sample", "messageId"))

	number := c.must(t, `mutation { createBatch(input: {app: "shop", title: "补录"}) { batch { number } } }`, nil).text("createBatch", "batch", "number")
	draft := c.must(t, `mutation($b: String!) { addUnplanned(input: {batch: $b, environment: "test", items: [{name: "支付成功"}]}) {
		events { key properties { nodes { presence property { key type { base } } } } } } }`, vars{"b": number})
	types := map[string]string{}
	for _, p := range draft.list("addUnplanned", "events", 0, "properties", "nodes") {
		types[p.text("property", "key")] = p.text("property", "type", "base")
	}
	require.Equal(t, map[string]string{"金额": "NUMBER", "count": "INTEGER", "vip": "BOOLEAN", "note": "STRING"}, types)
	require.Equal(t, 0.0, c.must(t, inbox, nil).at("unplanned", "totalCount").v)

	c.must(t, `mutation($b: String!) { transitionBatch(input: {batch: $b, to: "APPROVED"}) { batch { state } } }`, vars{"b": number})
	c.must(t, `mutation($b: String!) { publish(input: {app: "shop", environment: "test", batch: $b}) { release { number } } }`, vars{"b": number})
	awaitPlan(t, c, s)
	require.Equal(t, "VALID", report("8.2"))
	eventually(t, "the figures are there", func() bool {
		seen := c.must(t, `{ event(app: "shop", key: "zhi_fu_cheng_gong") { seen(environment: "test") { count
			properties { name fillRate minimum usable { usable version } } } } }`, nil).at("event", "seen")
		return seen.at("count").v == 1.0 && seen.text("properties", 3, "name") == "金额" && seen.text("properties", 3, "minimum") == "12.5" &&
			seen.at("properties", 3, "usable", 0, "usable").v == true
	})
}
