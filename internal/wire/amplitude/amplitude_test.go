package amplitude_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
	"github.com/waymarkhq/waymark/internal/wire/amplitude"
)

var receivedAt = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

// call finds the route of a posted request and prepares the request for it; no route means that nobody claims it.
func call(t *testing.T, target, body string) (*wire.Route, *wire.Request) {
	t.Helper()
	router, err := wire.NewRouter(amplitude.Format())
	require.NoError(t, err)
	u, err := url.ParseRequestURI(target)
	require.NoError(t, err)
	match, ok := router.Match(http.MethodPost, u.Path)
	require.True(t, ok, target)
	r := &wire.Request{Method: http.MethodPost, Path: u.Path, Query: u.RawQuery, RemoteIP: "203.0.113.7", ReceivedAt: receivedAt}
	require.NoError(t, r.ReadBody(strings.NewReader(body), -1, wire.DefaultLimits(), nil))
	return match.Pick(r), r
}

func decode(t *testing.T, target, body string) wire.Decoded {
	t.Helper()
	route, r := call(t, target, body)
	require.NotNil(t, route)
	var d wire.Decoded
	require.NoError(t, route.Decode(r, &d), body)
	return d
}

// one decodes a payload of one event that is accepted.
func one(t *testing.T, event string) capture.Captured {
	t.Helper()
	d := decode(t, "/2/httpapi", `{"api_key":"k","events":[`+event+`],"options":{"min_id_length":1}}`)
	require.Empty(t, d.Rejected)
	require.Len(t, d.Events, 1)
	require.Equal(t, event, d.Events[0].Raw)
	return d.Events[0]
}

func TestShapesAndKeys(t *testing.T) {
	t.Parallel()
	const event = `{"event_type":"e","user_id":"user_1"}`
	form := func(name string) string { return "api_key=k&" + name + "=" + url.QueryEscape(event) }
	for _, c := range []struct{ target, body, key string }{
		{"/2/httpapi", `{"api_key":"k","events":[` + event + `]}`, "k"},
		{"/2/httpapi/", `{"api_key":"k","events":` + event + `}`, "k"},
		{"/2/httpapi?api_key=k", `{"events":[` + event + `]}`, "k"},
		{"/2/httpapi", "\ufeff " + `{"api_key":7,"events":[` + event + `]}`, ""},
		{"/2/httpapi", `[` + event + `]`, ""},
		{"/batch", `{"api_key":"k","events":[` + event + `]}`, "k"},
		{"/httpapi", form("event"), "k"},
		{"/identify", form("identification"), "k"},
		{"/groupidentify", form("identification"), "k"},
		{"/identify", `{"api_key":"k","identification":[` + event + `]}`, "k"},
		{"/2/httpapi?api_key=k", event, "k"},
	} {
		route, r := call(t, c.target, c.body)
		require.NotNil(t, route, c.body)
		require.Equal(t, c.key, route.WriteKey(r), c.body)
		var d wire.Decoded
		require.NoError(t, route.Decode(r, &d), c.body)
		require.Len(t, d.Events, 1)
		require.Equal(t, []string{event}, []string{d.Events[0].Raw}, "as sent")
	}
}

// TestBatch: at /batch only payloads with events are taken.
func TestBatch(t *testing.T) {
	t.Parallel()
	for body, own := range map[string]bool{
		`{"api_key":"k","events":[]}`:            true,
		`{"api_key":"k","events":{`:              true,
		`{"api_key":"k","events":[],"batch":[]}`: false,
		`{"api_key":"k","batch":[]}`:             false,
		`{"batch":[{"events":1}]}`:               false,
		`{"batch":[{"events":1}`:                 false,
		`[{"events":1}]`:                         false, `7`: false, `{broken`: false, ``: false,
	} {
		route, _ := call(t, "/batch/", body)
		require.Equal(t, own, route != nil, body)
	}
}

func TestUnreadablePayloads(t *testing.T) {
	t.Parallel()
	for body, reason := range map[string]string{
		``:                             "the body is not JSON: unexpected end at byte 0",
		`{}`:                           "the body has no list of events",
		`{"api_key":"k"}`:              "the body has no list of events",
		`{"api_key":"k","events":7}`:   "the body has no list of events",
		`"text"`:                       "the body has no list of events",
		`{"events":[{]}`:               "the body is not JSON: expected a member name in quotes at byte 12",
		`api_key=k&event=%7Bbroken%7D`: "the body is not JSON: expected a member name in quotes at byte 1",
	} {
		route, r := call(t, "/2/httpapi", body)
		d := wire.Decoded{Events: make([]capture.Captured, 1)}
		err := route.Decode(r, &d)
		require.EqualError(t, err, reason)
		require.Len(t, d.Events, 1)
		require.JSONEq(t, `{"code":400,"error":`+wire.Quote("Invalid request: "+reason)+`,"missing_field":"events"}`, route.Answer(r, wire.Refusal(err)).Body)
	}
}

func TestTypesAndNames(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		event            string
		typ              capture.Type
		name, properties string
		notes            string
	}{
		{`"event_type":"a","event_properties":{"x":1}`, capture.Track, "a", `{"x":1}`, ""},
		{`"event_type":"a"`, capture.Track, "a", ``, ""},
		{`"event_type":"a","event_properties":null`, capture.Track, "a", ``, "event_properties is null"},
		{`"event_type":"a","event_properties":[1]`, capture.Track, "a", ``, "event_properties is an array, not an object"},
		{`"event_type":7`, capture.Track, "7", ``, "event_type is a number, not a string"},
		{`"event_properties":{}`, capture.Track, "", `{}`, "event_type is empty"},
		{`"event_type":"a","user_properties":{}`, capture.Track, "a", ``, ""},
		{
			`"event_type":"a","user_properties":{"x":1}`, capture.Track, "a", ``,
			"user_properties change the user's profile in passing; only $identify is checked against it",
		},
		{`"event_type":"$identify","user_properties":{"$set":{"a":1}}`, capture.Identify, "identify", `{"a":1}`, ""},
		{`"event_type":"$identify","user_properties":{"a":1}`, capture.Identify, "identify", `{"a":1}`, ""},
		{`"event_type":"$identify","user_properties":{"$set":{}}`, capture.Identify, "identify", `{}`, ""},
		{`"event_type":"$identify","user_properties":{"$unset":{"a":"-"}}`, capture.Identify, "identify", ``, ""},
		{`"event_type":"$identify","user_properties":{"$clearAll":"-"}`, capture.Identify, "identify", ``, ""},
		{
			`"event_type":"$identify","user_properties":{"$append":{"a":1},"$add":{"n":1}}`, capture.Identify, "identify", `{"n":1}`,
			"$append changes lists; its values are not checked",
		},
		{
			`"event_type":"$identify","user_properties":{"$set":7,"a":1}`, capture.Identify, "identify", ``,
			"user_properties has members that are no operations; they are not checked; user_properties.$set is a number, not an object",
		},
		{
			`"event_type":"$identify","user_properties":{"$setOnce":{"initial_gclid":"EMPTY"},"$unset":{"gclid":"-"},"$set":{"referrer":"x"}}`,
			capture.Identify, "identify", `{"referrer":"x"}`, "",
		},
		{`"event_type":"$identify"`, capture.Identify, "identify", ``, ""},
		{`"event_type":"$identify","user_properties":"x"`, capture.Identify, "identify", ``, "user_properties is a string, not an object"},
		{`"event_type":"$groupidentify","groups":{"org":"g"},"group_properties":{"$set":{"n":1}}`, capture.Group, "group", `{"n":1}`, ""},
	} {
		ev := one(t, `{"user_id":"u",`+c.event+`}`)
		require.Equal(t, c.typ, ev.Type, c.event)
		require.Equal(t, c.name, ev.Name, c.event)
		require.Equal(t, c.properties, ev.PropertiesJSON(), c.event)
		require.Equal(t, c.notes, strings.Join(ev.Notes, "; "), c.event)
	}
}

// TestSeveralOperations: each operation of one call is judged.
func TestSeveralOperations(t *testing.T) {
	t.Parallel()
	d := decode(t, "/2/httpapi", `{"events":[{"event_type":"$identify","user_id":"user_1","insert_id":"1","user_properties":{"$add":{"n":1},"$set":{"a":1},"$setOnce":{"b":2}}},
		{"event_type":"x","user_id":"user_1","insert_id":"2"}]}`)
	var got []string
	for _, ev := range d.Events {
		got = append(got, ev.ID+" "+ev.Name+" "+ev.PropertiesJSON())
	}
	require.Equal(t, []string{
		`1 identify {"n":1}`, `1 user_properties.$set identify {"a":1}`, `1 user_properties.$setOnce identify {"b":2}`, `2 x `,
	}, got)
	route, r := call(t, "/2/httpapi", `{"events":[{"event_type":"$identify","user_properties":{"$add":{"n":1},"$set":{"a":1}}},7]}`)
	d.Reset()
	require.NoError(t, route.Decode(r, &d))
	require.Len(t, d.Events, 2)
	require.Contains(t, route.Answer(r, wire.Outcome{Kind: wire.Accepted, Decoded: &d}).Body, `"events_ingested":1,`)
}

func TestIdentifyAPIs(t *testing.T) {
	t.Parallel()
	d := decode(t, "/identify", "api_key=k&identification="+url.QueryEscape(`[{"user_id":"user_1","user_properties":{"$set":{"昵称":"张三 🍎"}}},{"device_id":"device","user_properties":{"a":1}}]`))
	require.Len(t, d.Events, 2)
	require.Equal(t, capture.Identify, d.Events[0].Type)
	require.JSONEq(t, `{"昵称":"张三 🍎"}`, d.Events[0].PropertiesJSON())
	require.JSONEq(t, `{"a":1}`, d.Events[1].PropertiesJSON())
	d = decode(t, "/groupidentify", "api_key=k&identification="+url.QueryEscape(`{"group_type":"org","group_value":"g","group_properties":{"n":1}}`))
	require.Equal(t, capture.Group, d.Events[0].Type)
	require.Equal(t, "g", d.Events[0].GroupID)
	require.JSONEq(t, `{"n":1}`, d.Events[0].PropertiesJSON())
	require.Empty(t, d.Events[0].Notes)
}

func TestContext(t *testing.T) {
	t.Parallel()
	ev := one(t, `{"event_type":"e","user_id":12,"device_id":"d","session_id":1795356814689,"time":1767323045006,"insert_id":"i",`+
		`"app_version":"3.2.1","platform":"iOS","os_name":"ios","os_version":18.1,"device_brand":"no","device_manufacturer":"Apple",`+
		`"device_model":"iPhone","language":"zh-CN","ip":"198.51.100.1","user_agent":"agent","library":"amplitude-ios/8.0.1","groups":{"org":["g","h"]},`+
		`"plan":{"branch":"main","version":7}}`)
	require.Equal(t, []string{"user_id is a number, not a string", "the sender names its plan: branch main, version 7"}, ev.Notes)
	require.Equal(t, capture.Event{
		Format: "amplitude", Type: capture.Track, ID: "i", Name: "e", UserID: "12", AnonymousID: "d", DeviceID: "d", SessionID: "1795356814689", GroupID: "g",
		EventTime: time.UnixMilli(1767323045006).UTC(), ReceivedAt: receivedAt, App: capture.App{Version: "3.2.1"},
		OS: capture.OS{Name: "ios", Version: "18.1"}, Device: capture.Device{Manufacturer: "Apple", Model: "iPhone", Type: "iOS"},
		Library: capture.Library{Name: "amplitude-ios", Version: "8.0.1"}, Locale: "zh-CN", IP: "198.51.100.1", UserAgent: "agent",
		Raw: ev.Raw, Notes: ev.Notes,
	}, ev.Event)

	ev = one(t, `{"event_type":"e","user_id":"u","session_id":-1,"ip":"$remote","device_brand":"Xiaomi","library":{"name":"amplitude-android","version":"2.40.0"}}`)
	require.Empty(t, ev.Notes)
	require.Empty(t, ev.SessionID)
	require.Equal(t, "203.0.113.7", ev.IP)
	require.Equal(t, "Xiaomi", ev.Device.Manufacturer)
	require.Equal(t, capture.Library{Name: "amplitude-android", Version: "2.40.0"}, ev.Library)
	require.Equal(t, capture.Library{Name: "curl"}, one(t, `{"event_type":"e","user_id":"u","library":"curl"}`).Library)
}

func TestTimesAndIDs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		time  string
		want  time.Time
		notes string
	}{
		{`1767323045006`, time.UnixMilli(1767323045006).UTC(), ""},
		{`1767323045`, time.Unix(1767323045, 0).UTC(), "time should be in milliseconds; it was read as 2026-01-02T03:04:05Z"},
		{`"1767323045006"`, time.UnixMilli(1767323045006).UTC(), ""},
		{`"2026-01-02T03:04:05Z"`, time.Unix(1767323045, 0).UTC(), "time is a date, not a number of milliseconds"},
		{`"soon"`, time.Time{}, "time is not a number of milliseconds since 1970"},
		{`null`, time.Time{}, ""},
	} {
		ev := one(t, `{"event_type":"e","user_id":"u","time":`+c.time+`}`)
		require.Equal(t, c.want, ev.EventTime, c.time)
		require.Equal(t, c.notes, strings.Join(ev.Notes, "; "), c.time)
		require.Equal(t, c.want.IsZero(), ev.ID == "", "without a time there is no id to fold by")
	}
	const events = `"events":[{"event_type":"e","user_id":"u","device_id":"abcde"}]`
	for upload, want := range map[string]time.Time{
		`"2026-11-22T14:05:41.018Z"`: time.Date(2026, 11, 22, 14, 5, 41, 18e6, time.UTC), `1767323045006`: time.UnixMilli(1767323045006).UTC(),
	} {
		ev := decode(t, "/2/httpapi", `{`+events+`,"client_upload_time":`+upload+`}`).Events[0]
		require.Equal(t, want, ev.SentAt)
		require.Equal(t, []string{"user_id is shorter than 5 characters, which the vendor refuses unless options.min_id_length says otherwise"}, ev.Notes)
	}
	require.Equal(t, []string{"neither user_id nor device_id"}, one(t, `{"event_type":"e"}`).Notes)
}

func TestOneBadEventCostsOnlyItself(t *testing.T) {
	t.Parallel()
	d := decode(t, "/2/httpapi", `{"api_key":"k","events":[{"event_type":"a","user_id":"user_1"},"text",null,[],7,{"event_type":"b","event_properties":{"n":`+
		strings.Repeat("1", 65)+`}},{"event_type":"c","event_type":"d","user_id":"user_1","event_properties":{"n":NaN,"m":1e400,"s":"\ud83c"}}]}`)
	require.Len(t, d.Events, 2)
	require.Len(t, d.Rejected, 5)
	require.Equal(t, wire.Rejection{Index: 1, Reason: "an event must be an object, not a string", Raw: `"text"`}, d.Rejected[0])
	require.Equal(t, "d", d.Events[1].Name)
	require.Equal(t, []string{"event_type is there twice; the last one counts", "NaN or Infinity, which JSON does not have, was read as a string"}, d.Events[1].Notes)
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	route, r := call(t, "/2/httpapi", `{"api_key":"k\"","events":[{},{}]}`)
	for kind, want := range map[wire.Kind]wire.Answer{
		wire.Accepted:    wire.JSON(200, `{"code":200,"events_ingested":2,"payload_size_bytes":34,"server_upload_time":1795420800000}`),
		wire.UnknownKey:  wire.JSON(400, `{"code":400,"error":"Invalid API key: k\""}`),
		wire.Malformed:   wire.JSON(400, `{"code":400,"error":"Invalid request: why","missing_field":"events"}`),
		wire.TooLarge:    wire.JSON(413, `{"code":413,"error":"Payload too large"}`),
		wire.Throttled:   wire.JSON(429, `{"code":429,"error":"Too many requests","throttled_events":[0,1]}`),
		wire.Unavailable: wire.JSON(503, `{"code":503,"error":"Service unavailable"}`),
	} {
		if kind == wire.Throttled || kind == wire.Unavailable {
			want.RetryAfter = 9 * time.Second
		} else if kind != wire.Accepted {
			want.Reason = "why"
		}
		require.Equal(t, want, route.Answer(r, wire.Outcome{Kind: kind, Reason: "why", RetryAfter: 9 * time.Second}))
	}
	route, r = call(t, "/2/httpapi", `{broken`)
	require.JSONEq(t, `{"code":400,"error":"Request missing required field","missing_field":"api_key"}`, route.Answer(r, wire.Outcome{Kind: wire.UnknownKey}).Body)
	require.JSONEq(t, `{"code":429,"error":"Too many requests","throttled_events":[]}`, route.Answer(r, wire.Outcome{Kind: wire.Throttled}).Body)
}
