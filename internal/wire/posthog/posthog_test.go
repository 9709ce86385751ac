package posthog_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
	"github.com/waymarkhq/waymark/internal/wire/posthog"
)

var receivedAt = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

// call finds the route of a request and prepares the request for it.
func call(t *testing.T, method, target, body string, header http.Header) (*wire.Route, *wire.Request) {
	t.Helper()
	router, err := wire.NewRouter(posthog.Format())
	require.NoError(t, err)
	u, err := url.ParseRequestURI(target)
	require.NoError(t, err)
	match, ok := router.Match(method, u.Path)
	require.True(t, ok, target)
	r := &wire.Request{
		Method: method, Path: u.Path, Query: u.RawQuery, Param: match.Param, Header: header,
		RemoteIP: "203.0.113.7", ReceivedAt: receivedAt,
	}
	require.NoError(t, r.ReadBody(strings.NewReader(body), -1, wire.DefaultLimits(), nil))
	return match.Pick(r), r
}

func post(t *testing.T, target, body string) (*wire.Route, *wire.Request) {
	t.Helper()
	route, r := call(t, http.MethodPost, target, body, nil)
	require.NotNil(t, route)
	return route, r
}

func decode(t *testing.T, target, body string) wire.Decoded {
	t.Helper()
	route, r := post(t, target, body)
	var d wire.Decoded
	require.NoError(t, route.Decode(r, &d), body)
	return d
}

// one decodes a payload of one event that is accepted.
func one(t *testing.T, event string) capture.Captured {
	t.Helper()
	d := decode(t, "/batch/", `{"api_key":"k","batch":[`+event+`]}`)
	require.Empty(t, d.Rejected)
	require.Len(t, d.Events, 1)
	require.Equal(t, event, d.Events[0].Raw)
	return d.Events[0]
}

func zipped(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return b.String()
}

const event = `{"event":"e","distinct_id":"u","properties":{"url":"a%2Fb+c","token":"k"}}`

func TestEncodings(t *testing.T) {
	t.Parallel()
	encoded := base64.StdEncoding.EncodeToString([]byte(event))
	for name, c := range map[string]struct{ method, target, body string }{
		"json":             {"POST", "/capture", event},
		"list":             {"POST", "/e/", "[" + event + "]"},
		"batch":            {"POST", "/batch", `{"batch":[` + event + `]}`},
		"gzip":             {"POST", "/e/?compression=gzip-js", zipped(event)},
		"form":             {"POST", "/e/?compression=base64", "data=" + url.QueryEscape(encoded)},
		"form, unescaped":  {"POST", "/e/", "data=" + encoded},
		"form, second":     {"POST", "/e/", "ip=1&data=" + url.QueryEscape(encoded)},
		"form with gzip":   {"POST", "/e/", "data=" + url.QueryEscape(base64.StdEncoding.EncodeToString([]byte(zipped(event))))},
		"form with json":   {"POST", "/e/", "data=" + url.QueryEscape(event)},
		"form in gzip":     {"POST", "/e/", zipped("data=" + url.QueryEscape(encoded))},
		"base64":           {"POST", "/i/v0/e", encoded},
		"get":              {"GET", "/e/?ip=1&data=" + url.QueryEscape(encoded), ""},
		"get, URL-safe":    {"GET", "/i/v0/e/?data=" + base64.RawURLEncoding.EncodeToString([]byte(event)), ""},
		"get, twice":       {"GET", "/capture/?data=" + url.QueryEscape(url.QueryEscape(encoded)), ""},
		"get, json":        {"GET", "/batch?data=" + url.QueryEscape(event), ""},
		"spaces before it": {"POST", "/e/", "\n " + event},
	} {
		route, r := call(t, c.method, c.target, c.body, nil)
		var d wire.Decoded
		require.NoError(t, route.Decode(r, &d), name)
		require.Len(t, d.Events, 1, name)
		require.Equal(t, []string{event}, []string{d.Events[0].Raw}, name, "as sent")
		require.Equal(t, "k", route.WriteKey(r), name)
	}
}

func TestUnreadablePayloads(t *testing.T) {
	t.Parallel()
	for body, reason := range map[string]string{
		``:                "there is neither a body nor data in the query",
		`{"batch":{}}`:    "the body holds neither a batch nor an event",
		`{"api_key":"k"}`: "the body holds neither a batch nor an event",
		`"text"`:          "the body holds neither a batch nor an event",
		`{"batch":[{]}`:   "the body is not JSON: expected a member name in quotes at byte 11",
		`data=!`:          "the data is neither JSON nor base64",
		`data=`:           "the body is not JSON: unexpected end at byte 0",
		`!`:               "the data is neither JSON nor base64",
		`data=` + base64.StdEncoding.EncodeToString([]byte("\x1f\x8bx")): "the data begins like gzip but cannot be unpacked: unexpected EOF",
	} {
		route, r := post(t, "/e/", body)
		d := wire.Decoded{Events: make([]capture.Captured, 1)}
		err := route.Decode(r, &d)
		require.EqualError(t, err, reason)
		require.Len(t, d.Events, 1)
		answer := route.Answer(r, wire.Refusal(err))
		require.Equal(t, 400, answer.Status)
		require.Equal(t, "failed to parse request: "+reason, answer.Body)
	}
	route, r := post(t, "/e/?compression=lz64", "N4Ig")
	require.ErrorContains(t, route.Decode(r, &wire.Decoded{}), "lz-string")
}

func TestKeys(t *testing.T) {
	t.Parallel()
	bearer := http.Header{"Authorization": {"bearer  b "}}
	for _, c := range []struct {
		method, target, body string
		header               http.Header
		want                 string
	}{
		{"POST", "/batch", `{"api_key":"k","batch":[{"event":"e","properties":{"token":"other"}}]}`, bearer, "k"},
		{"POST", "/batch", `{"token":"k","batch":[]}`, nil, "k"},
		{"POST", "/batch", `{"batch":[{"event":"e"},{"event":"e","api_key":"k"}]}`, nil, "k"},
		{"POST", "/batch", `{"batch":[7,{"event":"e","properties":{"token":"k"}},{"event":"e","token":"l"}]}`, nil, "k"},
		{"POST", "/e", `{"event":"e","$token":"k"}`, nil, "k"},
		{"POST", "/e", `{"event":"e","properties":{"token":"k"}}`, nil, "k"},
		{"POST", "/e", `{"event":"e","properties":7}`, nil, ""},
		{"POST", "/e?token=k", `{"event":"e","api_key":7}`, nil, "k"},
		{"POST", "/e?api_key=k", `{broken`, nil, "k"},
		{"POST", "/e", `{"event":"e"}`, bearer, "b"},
		{"POST", "/e", `[]`, nil, ""},
		{"POST", "/e", `7`, nil, ""},
		{"POST", "/i/v1/analytics/events", `{"api_key":"k","batch":[]}`, bearer, "b"},
		{"POST", "/i/v1/analytics/events", `{"api_key":"k","batch":[]}`, nil, ""},
		{"POST", "/flags/?v=2", `{"token":"k","distinct_id":"u"}`, nil, "k"},
		{"POST", "/decide/?v=3", "data=" + base64.StdEncoding.EncodeToString([]byte(`{"token":"k"}`)), nil, "k"},
		{"GET", "/array/k/config", "", nil, "k"},
		{"GET", "/api/surveys/?token=k", "", nil, "k"},
	} {
		route, r := call(t, c.method, c.target, c.body, c.header)
		require.Equal(t, c.want, route.WriteKey(r), c.target+" "+c.body)
	}
}

// TestMixedTokens: one payload goes to one environment; an event that names another key costs only itself.
func TestMixedTokens(t *testing.T) {
	t.Parallel()
	const list = `[{"event":"a","properties":{"token":"k"}},{"event":"b","token":"other"},{"event":"c"},{"event":"d","api_key":"k"}]`
	d := decode(t, "/batch", `{"batch":`+list+`}`)
	require.Len(t, d.Events, 3)
	require.Equal(t, []wire.Rejection{{
		Index: 1, Reason: "its token is not that of the first event in the payload", Raw: `{"event":"b","token":"other"}`,
	}}, d.Rejected)
	require.Len(t, decode(t, "/batch", `{"api_key":"k","batch":`+list+`}`).Events, 4, "the payload's key counts for all")
}

func TestTypesAndNames(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		event            string
		typ              capture.Type
		name, properties string
		notes            string
	}{
		{`"event":"a","properties":{"x":1}`, capture.Track, "a", `{"x":1}`, ""},
		{`"event":"a"`, capture.Track, "a", ``, ""},
		{`"event":"a","properties":null`, capture.Track, "a", ``, "properties is null"},
		{`"event":"a","properties":"{}"`, capture.Track, "a", ``, "properties is a string, not an object"},
		{`"event":7`, capture.Track, "7", ``, "event is a number, not a string"},
		{`"event":""`, capture.Track, "", ``, "event is empty"},
		{`"properties":{}`, capture.Track, "", `{}`, "event is empty"},
		{`"event":"$pageview","properties":{"title":"x"}`, capture.Page, "$pageview", `{"title":"x"}`, ""},
		{`"event":"$screen","properties":{"$screen_name":"Home"}`, capture.Screen, "$screen", `{"$screen_name":"Home"}`, ""},
		{`"event":"$pageleave"`, capture.Track, "$pageleave", ``, ""},
		{`"event":"$identify","properties":{"$set":{"a":1},"$set_once":{}}`, capture.Identify, "identify", `{"a":1}`, ""},
		{`"event":"$identify","properties":{"x":1},"$set":{"a":1}`, capture.Identify, "identify", `{"a":1}`, ""},
		{`"event":"$identify","$set":{"a":1},"properties":{"$set":{"a":1}}`, capture.Identify, "identify", `{"a":1}`, ""},
		{`"event":"$identify","$set":{},"$set_once":{"a":1}`, capture.Identify, "identify", `{"a":1}`, ""},
		{`"event":"$identify","$set":{"a":1},"$set_once":{"$initial_referrer":"x"}`, capture.Identify, "identify", `{"a":1}`, ""},
		{`"event":"$identify","$set":{}`, capture.Identify, "identify", `{}`, ""},
		{`"event":"$identify","$set":7`, capture.Identify, "identify", ``, "$set is a number, not an object"},
		{`"event":"$identify","properties":{"x":1}`, capture.Identify, "identify", ``, ""},
		{`"event":"$set","properties":{"$set":{"a":1}}`, capture.Identify, "identify", `{"a":1}`, ""},
		{`"$set":{"a":1}`, capture.Identify, "identify", `{"a":1}`, ""},
		{`"event":"$create_alias","properties":{"alias":"p"}`, capture.Alias, "alias", `{"alias":"p"}`, ""},
		{`"event":"$groupidentify","properties":{"$group_type":"company","$group_key":"g","$group_set":{"n":1}}`, capture.Group, "group", `{"n":1}`, ""},
		{
			`"event":"a","$set":{"plan":"x"},"properties":{"$set_once":{"$initial_referrer":"x"}}`, capture.Track, "a",
			`{"$set_once":{"$initial_referrer":"x"}}`, "$set changes the user's profile in passing; only $identify and $set are checked against it",
		},
	} {
		ev := one(t, `{"distinct_id":"u",`+c.event+`}`)
		require.Equal(t, c.typ, ev.Type, c.event)
		require.Equal(t, c.name, ev.Name, c.event)
		require.Equal(t, c.properties, ev.PropertiesJSON(), c.event)
		require.Equal(t, c.notes, strings.Join(ev.Notes, "; "), c.event)
	}
}

// TestSeveralOperations: what is set once is judged too.
func TestSeveralOperations(t *testing.T) {
	t.Parallel()
	d := decode(t, "/batch", `{"api_key":"k","batch":[
		{"event":"$identify","distinct_id":"u","uuid":"1","$set":{"a":1},"$set_once":{"b":2}},
		{"event":"$identify","distinct_id":"u","$set":{"a":1},"properties":{"$set_once":{"b":2}}},
		{"event":"x","distinct_id":"u","uuid":"2"}]}`)
	var got []string
	for _, ev := range d.Events {
		got = append(got, ev.ID+" "+ev.Name+" "+ev.PropertiesJSON())
	}
	require.Equal(t, []string{`1 identify {"a":1}`, `1 $set_once identify {"b":2}`, ` identify {"a":1}`, ` identify {"b":2}`, `2 x `}, got)
	require.Equal(t, d.Events[0].Raw, d.Events[1].Raw)
	require.Len(t, d.Events[1].Properties, 1)
}

func TestIdentity(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ event, user, anonymous, device, notes string }{
		{`"distinct_id":"u"`, "u", "", "", ""},
		{`"distinct_id":12`, "12", "", "", "distinct_id is a number, not a string"},
		{`"properties":{"distinct_id":"u"}`, "u", "", "", ""},
		{`"$distinct_id":"u"`, "u", "", "", ""},
		{`"properties":{"distinct_id":"d","$device_id":"d"}`, "", "d", "d", ""},
		{`"properties":{"distinct_id":"u","$device_id":"d"}`, "u", "d", "d", ""},
		{`"properties":{"distinct_id":"u","$device_id":"d","$user_id":"v"}`, "v", "d", "d", ""},
		{`"distinct_id":"d","properties":{"$device_id":"d","$is_identified":true}`, "d", "d", "d", ""},
		{`"distinct_id":"x","properties":{"$device_id":"d","$is_identified":false}`, "", "x", "d", ""},
		{`"distinct_id":"u","properties":{"$anon_distinct_id":"x","$device_id":"d"}`, "u", "x", "d", ""},
		{`"properties":{}`, "", "", "", "there is no distinct_id"},
	} {
		ev := one(t, `{"event":"e",`+c.event+`}`)
		require.Equal(t, []string{c.user, c.anonymous, c.device}, []string{ev.UserID, ev.AnonymousID, ev.DeviceID}, c.event)
		require.Equal(t, c.notes, strings.Join(ev.Notes, "; "), c.event)
	}
	require.Equal(t, "p", one(t, `{"event":"$create_alias","distinct_id":"u","properties":{"alias":"p"}}`).PreviousID)
	require.Equal(t, "acme", one(t, `{"event":"e","distinct_id":"u","properties":{"$groups":{"company":"acme","team":7}}}`).GroupID)
	require.Empty(t, one(t, `{"event":"e","distinct_id":"u","properties":{"$groups":{}}}`).GroupID)
	require.Equal(t, "g", one(t, `{"event":"$groupidentify","distinct_id":"u","properties":{"$group_key":"g"}}`).GroupID)
	require.Empty(t, one(t, `{"event":"$groupidentify","distinct_id":"$company_g","properties":{"$group_type":"company","$group_key":"g"}}`).UserID)
}

func TestContext(t *testing.T) {
	t.Parallel()
	ev := one(t, `{"event":"e","distinct_id":"u","session_id":"s","properties":{"$os_name":"iOS","$os_version":18,"$app_name":"shop","$app_version":"3.2.1",`+
		`"$app_build":321,"$app_namespace":"com.example","$device_manufacturer":"Apple","$device_model":"iPhone","$device_type":"Mobile",`+
		`"$current_url":"u","$pathname":"p","$title":"t","$referrer":"r","$locale":"zh-CN","$timezone":"Asia/Shanghai","$network_wifi":false,`+
		`"$network_cellular":true,"$ip":"198.51.100.1","$raw_user_agent":"agent","$lib":"posthog-ios","$lib_version":"3.0.0","$session_id":"no"}}`)
	require.Empty(t, ev.Notes)
	require.Equal(t, capture.Event{
		Format: "posthog", Type: capture.Track, Name: "e", UserID: "u", SessionID: "s", ReceivedAt: receivedAt,
		App: capture.App{Name: "shop", Version: "3.2.1", Build: "321", Namespace: "com.example"}, OS: capture.OS{Name: "iOS", Version: "18"},
		Device:  capture.Device{Manufacturer: "Apple", Model: "iPhone", Type: "Mobile"},
		Library: capture.Library{Name: "posthog-ios", Version: "3.0.0"}, Page: capture.PageInfo{URL: "u", Path: "p", Title: "t", Referrer: "r"},
		Locale: "zh-CN", Timezone: "Asia/Shanghai", Network: "cellular", IP: "198.51.100.1", UserAgent: "agent",
		Raw: ev.Raw, Properties: ev.Properties, PropertiesAt: ev.PropertiesAt,
	}, ev.Event)
}

func TestTimesAndIDs(t *testing.T) {
	t.Parallel()
	ev := one(t, `{"event":"e","distinct_id":"u","uuid":"1","timestamp":"2026-01-02T03:04:05.006+08:00","properties":{"$insert_id":"2"}}`)
	require.Equal(t, time.Date(2026, 1, 1, 19, 4, 5, 6e6, time.UTC), ev.EventTime)
	require.Equal(t, "1", ev.ID)
	require.Equal(t, "2", one(t, `{"event":"e","distinct_id":"u","uuid":"","properties":{"$insert_id":"2"}}`).ID)
	require.Regexp(t, "^h:", one(t, `{"event":"e","distinct_id":"u","timestamp":"2026-01-02T03:04:05Z"}`).ID)

	ev = one(t, `{"event":"e","distinct_id":"u","offset":1500}`)
	require.Equal(t, receivedAt.Add(-1500*time.Millisecond), ev.EventTime)
	require.Equal(t, []string{"there is no timestamp; it happened 1500 ms before it came"}, ev.Notes)
	require.Empty(t, ev.ID)
	require.True(t, one(t, `{"event":"e","distinct_id":"u","offset":1e400}`).EventTime.IsZero())

	d := decode(t, "/e/?_=1767323045006", `[{"event":"e"}]`)
	require.Equal(t, time.UnixMilli(1767323045006).UTC(), d.Events[0].SentAt)
	d = decode(t, "/e/?_=1767323045006", `{"batch":[{"event":"e","distinct_id":"u"}],"sent_at":"2026-01-02T03:04:05Z"}`)
	require.Equal(t, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), d.Events[0].SentAt)
}

func TestV1(t *testing.T) {
	t.Parallel()
	route, r := call(t, "POST", "/i/v1/analytics/events/", `{"created_at":"2026-01-02T03:04:05Z","batch":[
		{"event":"e","uuid":"1","distinct_id":"u","session_id":"s","properties":{}},
		7,{"event":"e","uuid":"2\"","distinct_id":"u","properties":{"n":`+strings.Repeat("1", 65)+`}},{"event":"e","distinct_id":"u"}]}`,
		http.Header{"Posthog-Sdk-Info": {"posthog/sub/1.2.3"}, "Posthog-Request-Timestamp": {"2026-01-02T03:05:00Z"}})
	var d wire.Decoded
	require.NoError(t, route.Decode(r, &d))
	require.Len(t, d.Events, 2)
	require.Equal(t, capture.Library{Name: "posthog/sub", Version: "1.2.3"}, d.Events[0].Library)
	require.Equal(t, time.Date(2026, 1, 2, 3, 5, 0, 0, time.UTC), d.Events[0].SentAt, "the last attempt's")
	require.Equal(t, wire.JSON(200, `{"results":{"1":{"result":"ok"},"2\"":{"result":"drop",`+
		`"details":"a value in it is beyond the limits: a number longer than 64 characters"}}}`), route.Answer(r, wire.Outcome{Kind: wire.Accepted, Decoded: &d}))

	route, r = post(t, "/i/v1/analytics/events", `{"event":"e","uuid":"1"}`)
	require.Equal(t, wire.JSON(200, `{"results":{"1":{"result":"ok"}}}`), route.Answer(r, wire.Outcome{Kind: wire.Accepted}))
	require.Equal(t, 401, route.Answer(r, wire.Outcome{Kind: wire.UnknownKey}).Status)
}

// TestSharedPaths: at Mixpanel's paths only what cannot be Mixpanel's is taken.
func TestSharedPaths(t *testing.T) {
	t.Parallel()
	for body, own := range map[string]bool{
		`{"api_key":"k","batch":[]}`:                                       true,
		`{"event":"e","api_key":"k","properties":{}}`:                      true,
		`[{"event":"e","distinct_id":"u","properties":{"token":"k"}}]`:     true,
		`{"event":"e","properties":{"token":"k","distinct_id":"u"}}`:       false,
		`[{"event":"e","properties":{"token":"k"}}]`:                       false,
		`[{"$token":"k","$distinct_id":"u","$set":{"a":1}}]`:               false,
		`data=` + base64.StdEncoding.EncodeToString([]byte(`{"event":1}`)): false,
		`[]`: false, `7`: false, `[7]`: false, `{broken`: false, ``: false,
	} {
		for _, path := range []string{"/track", "/track/", "/engage"} {
			route, _ := call(t, "POST", path, body, nil)
			require.Equal(t, own, route != nil, body)
		}
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	route, r := post(t, "/batch/", `{"api_key":"k","batch":[]}`)
	for kind, want := range map[wire.Kind]wire.Answer{
		wire.Accepted:    wire.JSON(200, `{"status":"Ok"}`),
		wire.UnknownKey:  wire.Text(401, "API key is not valid"),
		wire.Malformed:   wire.Text(400, "failed to parse request: why"),
		wire.TooLarge:    wire.Text(413, "maximum event size exceeded: why"),
		wire.Throttled:   wire.Text(429, "rate limited"),
		wire.Unavailable: wire.Text(503, "transient error, please retry"),
	} {
		got := route.Answer(r, wire.Outcome{Kind: kind, Reason: "why"})
		if want.Status == 429 || want.Status == 503 {
			want.RetryAfter = 5 * time.Second
		} else if kind != wire.Accepted {
			want.Reason = "why"
		}
		require.Equal(t, want, got)
	}
	route, r = post(t, "/e", `{"event":"e"}`)
	require.Equal(t, "event submitted without an api_key", route.Answer(r, wire.Outcome{Kind: wire.UnknownKey}).Body)
}

func TestQuestions(t *testing.T) {
	t.Parallel()
	accepted, unknown := wire.Outcome{Kind: wire.Accepted}, wire.Outcome{Kind: wire.UnknownKey}
	const none = `"flags":{},"featureFlags":{},"featureFlagPayloads":{},"errorsWhileComputingFlags":false`
	for _, c := range []struct {
		method, target string
		task           wire.Task
		want           wire.Answer
		unknown        int
	}{
		{"POST", "/flags/?v=2", wire.Configure, wire.JSON(200, "{"+none+"}"), 401},
		{"POST", "/flags/?v=2&config=true", wire.Configure, wire.JSON(200, "{"+none+`,"supportedCompression":["gzip-js"],"sessionRecording":false,"surveys":false}`), 401},
		{"POST", "/decide/?v=3", wire.Configure, wire.JSON(200, "{"+none+`,"supportedCompression":["gzip-js"],"sessionRecording":false,"surveys":false}`), 401},
		{"GET", "/array/k/config", wire.Configure, wire.JSON(200, `{"hasFeatureFlags":false,"supportedCompression":["gzip-js"],"sessionRecording":false,"surveys":false}`), 404},
		{"GET", "/array/k/config.js", wire.Configure, wire.Text(404, "Not Found"), 404},
		{"GET", "/api/surveys/?token=k", wire.Configure, wire.JSON(200, `{"surveys":[]}`), 401},
		{"POST", "/s/", wire.Discard, wire.JSON(200, `{"status":"Ok"}`), 200},
		{"POST", "/i/v1/logs", wire.Discard, wire.JSON(200, `{"status":"Ok"}`), 200},
	} {
		route, r := call(t, c.method, c.target, "", nil)
		require.Equal(t, c.task, route.Task, c.target)
		require.Equal(t, c.want, route.Answer(r, accepted), c.target)
		require.Equal(t, c.unknown, route.Answer(r, unknown).Status, c.target)
	}
	route, r := call(t, "GET", "/array/k/config", "", nil)
	require.Equal(t, 503, route.Answer(r, wire.Outcome{Kind: wire.Unavailable}).Status)
}

func TestOneBadEventCostsOnlyItself(t *testing.T) {
	t.Parallel()
	d := decode(t, "/batch", `{"api_key":"k","batch":[{"event":"a","distinct_id":"u"},"text",null,[],7,{"event":"b","distinct_id":"u","properties":{"n":`+
		strings.Repeat("[", 99)+strings.Repeat("]", 99)+`}},{"event":"c","distinct_id":"u","distinct_id":"v","properties":{"n":NaN,"m":1e400,"s":"\ud83c"}}]}`)
	require.Len(t, d.Events, 2)
	require.Len(t, d.Rejected, 5)
	require.Equal(t, wire.Rejection{Index: 1, Reason: "an event must be an object, not a string", Raw: `"text"`}, d.Rejected[0])
	require.Equal(t, "v", d.Events[1].UserID)
	require.Equal(t, []string{"distinct_id is there twice; the last one counts", "NaN or Infinity, which JSON does not have, was read as a string"}, d.Events[1].Notes)
}

func TestVendorLimits(t *testing.T) {
	t.Parallel()
	body := `{"api_key":"k","batch":[{"event":"a","distinct_id":"u"}],"x":"` + strings.Repeat("x", posthog.MaxPayloadBytes) + `"}`
	require.Len(t, decode(t, "/e", body).Events[0].Notes, 1)
	require.Empty(t, decode(t, "/batch", body).Events[0].Notes)
}
