package e2e_test

import (
	"bytes"
	"cmp"
	"crypto/sha1"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// sdk is an unmodified SDK behind a script of clients/, and what has to be seen of the story that it tells: 24 events, the
// last two of which break the plan, and the profile of user_1.
type sdk struct {
	name   string // the run, and its place in the list of tests
	script string // browser.mjs where it is left out
	args   []string
	format string

	ids       string            // by what name the script makes the ids of the events; empty where the SDK makes them
	flat      bool              // whether the SDK refuses objects
	visitor   bool              // whether it sends the visitor's id beside the user's
	noProfile bool              // whether it has no records of users
	others    map[string]string // what it sends besides, and the verdict on it, by type of record
	untimed   bool              // whether it says itself when events happened
	web       bool              // whether it runs in a browser: there it has one user, and tells nothing of an app
	sends     string            // where the SDK sends events to
	losses    []loss            // the answers that it has to live without; none for SDKs that never send twice
}

// nodeSDKs are those for servers.
var nodeSDKs = []sdk{
	{name: "segment-node", script: "segment-node.mjs", format: "segment", ids: "segment", visitor: true, sends: "/v1/batch", losses: []loss{unavailable, cut}},
	{name: "rudder-node", script: "rudder-node.mjs", format: "rudderstack", ids: "rudder", visitor: true, sends: "/v1/batch", losses: []loss{unavailable, cut}},
	{name: "posthog-node", script: "posthog-node.mjs", format: "posthog", ids: "posthog", sends: "/batch", losses: []loss{unavailable, cut}},
	{name: "sensors-node", script: "sensors-node.mjs", format: "sensors", flat: true, others: map[string]string{"ALIAS": "VALID", "ITEM": "VALID"}},
	{name: "thinkingdata-node", script: "thinkingdata-node.mjs", format: "thinkingdata", ids: "thinkingdata", visitor: true},
	{name: "snowplow-node", script: "snowplow-node.mjs", format: "snowplow", visitor: true, noProfile: true, sends: "/com.snowplowanalytics.snowplow/tp2", losses: []loss{unavailable, cut}},
	{name: "snowplow-node-get", script: "snowplow-node.mjs", args: []string{"--method", "get"}, format: "snowplow", visitor: true, noProfile: true, sends: "/i", losses: []loss{unavailable, cut}},
	{name: "amplitude-node", script: "amplitude-node.mjs", format: "amplitude", ids: "amplitude", visitor: true, sends: "/2/httpapi", losses: []loss{unavailable, unavailable}},
	{name: "mixpanel-node", script: "mixpanel-node.mjs", format: "mixpanel", ids: "mixpanel", visitor: true},
}

// browserSDKs are those for pages.
var browserSDKs = []sdk{
	{name: "web-segment", args: []string{"--sdk", "segment"}, format: "segment", web: true, sends: "/v1/t", losses: []loss{unavailable, cut}},
	{name: "web-segment-unload", args: []string{"--sdk", "segment-unload"}, format: "segment", web: true},
	{name: "web-rudder", args: []string{"--sdk", "rudder"}, format: "rudderstack", web: true, sends: "/v1/track", losses: []loss{unavailable, cut}},
	{name: "web-rudder-beacon", args: []string{"--sdk", "rudder-beacon"}, format: "rudderstack", web: true},
	{name: "web-posthog", args: []string{"--sdk", "posthog"}, format: "posthog", web: true, untimed: true, sends: "/e", losses: []loss{unavailable, cut}},
	{name: "web-posthog-json", args: []string{"--sdk", "posthog-json"}, format: "posthog", web: true},
	{name: "web-posthog-unload", args: []string{"--sdk", "posthog-unload"}, format: "posthog", web: true, untimed: true},
	{name: "web-sensors", args: []string{"--sdk", "sensors"}, format: "sensors", flat: true, web: true},
	{name: "web-sensors-ajax", args: []string{"--sdk", "sensors-ajax"}, format: "sensors", flat: true, web: true},
	{name: "web-sensors-beacon", args: []string{"--sdk", "sensors-beacon"}, format: "sensors", flat: true, web: true},
	{name: "web-sensors-batch", args: []string{"--sdk", "sensors-batch"}, format: "sensors", flat: true, web: true, sends: "/sa.gif", losses: []loss{unavailable, cut}},
	{name: "web-snowplow", args: []string{"--sdk", "snowplow"}, format: "snowplow", noProfile: true, web: true, sends: "/com.snowplowanalytics.snowplow/tp2", losses: []loss{unavailable, cut}},
	{name: "web-snowplow-get", args: []string{"--sdk", "snowplow-get"}, format: "snowplow", noProfile: true, web: true},
	{name: "web-snowplow-unload", args: []string{"--sdk", "snowplow-unload"}, format: "snowplow", noProfile: true, web: true},
}

// presets are the properties that SDKs add to those of the story.
var presets = regexp.MustCompile(`^([$#].*|mp_lib|token|distinct_id|time)$`)

// storyLength is how many events each SDK sends.
const storyLength = 24

// TestRealSDKs runs every SDK against one server, and asks it as a tester would: each event is there exactly once, as it was
// sent, also where the answers to it were lost and it was sent again.
func TestRealSDKs(t *testing.T) {
	t.Parallel()
	t.Run("SQLite", func(t *testing.T) { t.Parallel(); tellStories(t, start(t), nodeSDKs) })
	t.Run("PostgreSQL", func(t *testing.T) { t.Parallel(); tellStories(t, start(t, migrated(t)), nodeSDKs) })
}

// TestRealBrowserSDKs is the same for pages of another origin in a real Chromium: with preflights, and with what is sent as a
// page ends.
func TestRealBrowserSDKs(t *testing.T) {
	t.Parallel()
	tellStories(t, start(t), browserSDKs)
}

func tellStories(t *testing.T, s *server, sdks []sdk) {
	t.Helper()
	admin := s.admin(t)
	planned := planShop(t, admin)
	token, _ := admin.bot(t, "TESTER")
	bot := admin.with(token)
	t.Run("SDKs", func(t *testing.T) {
		for _, k := range sdks {
			t.Run(k.name, func(t *testing.T) {
				t.Parallel()
				node(t, "clients/"+cmp.Or(k.script, "browser.mjs"), append(k.args, "--url", s.behind(t, k.sends, k.losses...), "--key", planned.Test,
					"--token", token, "--run", k.name, "--n", strconv.Itoa(storyLength), "--bad", "2", "--losses", strconv.Itoa(len(k.losses)), "--timeout", "90")...)
				awaitMark(t, bot, planned, k.name)
				requireStory(t, bot.exactly(t, k.name), k)
			})
		}
	})
	requireTotals(t, bot, sdks)
}

// awaitMark waits until everything that the server has taken so far is stored: that is done in the order in which it came.
func awaitMark(t *testing.T, c *client, planned shop, run string) {
	t.Helper()
	mark := "mark of " + run + "."
	require.Equal(t, http.StatusOK, post(t, c.server.URL+"/v1/track", planned.Test, order(mark, "标记")).status)
	awaitStored(t, c, mark)
}

// told is a captured event, its numbers as they were sent.
type told struct {
	Name, Type, Format, Verdict, MessageID, UserID, AnonymousID, AppVersion, OS string
	EventTime                                                                   time.Time
	Properties                                                                  map[string]any
	Violations                                                                  []struct{ Code, Severity, Property string }
	Notes                                                                       []string
}

// exactly returns all captured events of a run.
func (c *client) exactly(t *testing.T, run string) []told {
	t.Helper()
	body, err := json.Marshal(vars{"variables": vars{"text": run}, "query": `query($text: String!) {
		capturedEvents(app: "shop", environment: "test", first: 200, filter: {text: $text}) { nodes { name type format verdict messageId userId anonymousId
			appVersion os eventTime properties violations { code severity property } notes } } }`})
	require.NoError(t, err)
	_, _, text := c.send(t, bytes.NewReader(body))
	var page struct {
		Data struct {
			CapturedEvents struct{ Nodes []told }
		}
		Errors []any
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	require.NoError(t, decoder.Decode(&page), "%s", text)
	require.Empty(t, page.Errors)
	return slices.DeleteFunc(page.Data.CapturedEvents.Nodes, func(e told) bool { return !e.of(run) })
}

// of reports whether the event is of a run, and not of one whose name only begins with it.
func (e told) of(run string) bool {
	return e.Properties["run_id"] == run || strings.HasSuffix(fmt.Sprint(e.Properties["nickname"]), " "+run) || e.Type == "ITEM"
}

// requireStory holds what was captured of an SDK against what it was told to send.
func requireStory(t *testing.T, events []told, k sdk) {
	t.Helper()
	byType := map[string][]told{}
	for _, e := range events {
		byType[e.Type] = append(byType[e.Type], e)
		require.Equal(t, k.format, e.Format)
	}
	tracks := byType["TRACK"]
	slices.SortFunc(tracks, func(a, b told) int { return strings.Compare(place(a), place(b)) })
	require.Len(t, tracks, storyLength, "%v", tracks)
	for i, e := range tracks {
		requireTold(t, e, k, i)
	}
	if !k.noProfile {
		require.Len(t, byType["IDENTIFY"], 1)
		requireToldProfile(t, byType["IDENTIFY"][0])
	}
	for kind, verdict := range k.others {
		require.Len(t, byType[kind], 1, kind)
		require.Equal(t, verdict, byType[kind][0].Verdict, "%+v", byType[kind][0])
	}
	delete(byType, "TRACK")
	delete(byType, "IDENTIFY")
	require.ElementsMatch(t, slices.Collect(maps.Keys(k.others)), slices.Collect(maps.Keys(byType)))
}

// place is a text by which events sort as they were sent.
func place(e told) string { return fmt.Sprintf("%06s", e.Properties["seq"]) }

func requireTold(t *testing.T, e told, k sdk, i int) {
	t.Helper()
	name, verdict, properties := tell(i, k)
	user, version, system := "user_"+strconv.Itoa(1+i%3), "3.2.1", "Android"
	if k.web {
		user, version, system = "user_1", "", e.OS
	}
	maps.DeleteFunc(e.Properties, func(name string, _ any) bool { return presets.MatchString(name) })
	require.Equal(t, properties, e.Properties)
	require.Equal(t, name, e.Name)
	require.Equal(t, verdict, e.Verdict, "%+v", e)
	require.Equal(t, user, e.UserID)
	if k.web {
		require.NotEmpty(t, e.AnonymousID)
	}
	if k.visitor {
		require.Equal(t, scriptID("anon/"+strconv.Itoa(i%3)), e.AnonymousID)
	}
	if k.ids != "" {
		require.Equal(t, scriptID(fmt.Sprintf("%s/%s/%d", k.ids, k.name, i)), e.MessageID)
	}
	require.NotEmpty(t, e.MessageID)
	if k.untimed {
		require.WithinDuration(t, time.Now(), e.EventTime, 10*time.Minute)
	} else {
		require.True(t, time.Date(2026, 1, 2, 3, 4, 5+i, 0, time.UTC).Equal(e.EventTime), e.EventTime)
	}
	require.Equal(t, version, e.AppVersion)
	require.Equal(t, system, e.OS)
	require.Empty(t, slices.DeleteFunc(e.Notes, func(note string) bool { return strings.HasPrefix(note, "schema iglu:") }))
	codes := []string{}
	for _, v := range e.Violations {
		codes = append(codes, v.Code+" "+v.Property)
	}
	require.Equal(t, map[string][]string{"VALID": {}, "INVALID": {"type_mismatch price"}, "UNPLANNED": {"event_unplanned "}}[verdict], codes)
}

// tell is the event at a place of the story: the last but one is invalid, the last is in no plan.
func tell(i int, k sdk) (name, verdict string, properties map[string]any) {
	name, verdict = []string{"product_viewed", "search_performed", "order_paid"}[i%3], "VALID"
	price := any(json.Number("5999.5"))
	switch bad := i >= storyLength-2; {
	case bad && i%2 == 0:
		name, verdict = "not_in_plan", "UNPLANNED"
	case bad:
		verdict, price = "INVALID", "五千"
	}
	properties = map[string]any{
		"product_name": "苹果手机 15 Pro 🍎", "category": "手机/数码", "price": price, "quantity": json.Number(strconv.Itoa(i + 1)), "is_vip": i%2 == 0,
		"tags": []any{"新品", "促销"}, "seq": json.Number(strconv.Itoa(i)), "run_id": k.name, "family": "👨‍👩‍👧‍👦 𠮷 é",
		"order_no": json.Number("1152921504606847000"), "discount": json.Number("0.30000000000000004"),
	}
	if !k.flat {
		properties["address"] = map[string]any{"city": "上海", "zip": "200000"}
		properties["goods"] = []any{map[string]any{"sku": "A-1", "count": json.Number("2")}, map[string]any{"sku": "乙-2", "count": json.Number("1")}}
	}
	return name, verdict, properties
}

func requireToldProfile(t *testing.T, e told) {
	t.Helper()
	require.Equal(t, "VALID", e.Verdict, "%+v", e)
	require.Equal(t, json.Number("3"), e.Properties["level"])
	require.Equal(t, "user_1", e.UserID)
}

// scriptID is the uuid that the scripts make of a name.
func scriptID(name string) string {
	h := sha1.Sum([]byte("acceptance/" + name))
	h[6], h[8] = h[6]&0x0f|0x50, h[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", h[0:4], h[4:6], h[6:8], h[8:10], h[10:16])
}

// requireTotals holds what the server has counted against what all of them have sent together.
func requireTotals(t *testing.T, c *client, sdks []sdk) {
	t.Helper()
	want := map[string][2]float64{}
	repeats := 0
	for _, k := range sdks {
		for i := range storyLength {
			name, verdict, _ := tell(i, k)
			n := want[name]
			n[0]++
			if verdict == "INVALID" {
				n[1]++
			}
			want[name] = n
		}
		repeats += len(k.losses)
		n := want["order_paid"] // The mark.
		n[0]++
		want["order_paid"] = n
	}
	for name := range shopEvents {
		e := c.must(t, `query($key: String!) { event(app: "shop", key: $key) { statistics { environment { key } count invalidCount } } }`, vars{"key": name})
		for _, s := range e.list("event", "statistics") {
			if s.text("environment", "key") == "test" {
				counted := [2]float64{s.number("count"), s.number("invalidCount")}
				require.Equal(t, want[name], counted, name)
			}
		}
	}
	require.GreaterOrEqual(t, c.duplicates(t), float64(repeats), "what was sent again was recognised")
}
