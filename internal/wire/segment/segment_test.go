package segment_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
	"github.com/waymarkhq/waymark/internal/wire/segment"
)

var receivedAt = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

func router(t *testing.T) *wire.Router {
	t.Helper()
	r, err := wire.NewRouter(segment.Format())
	require.NoError(t, err)
	return r
}

// call finds the route of a request and prepares the request for it.
func call(t *testing.T, method, target, body string) (*wire.Route, *wire.Request) {
	t.Helper()
	u, err := url.ParseRequestURI(target)
	require.NoError(t, err)
	match, ok := router(t).Match(method, u.Path)
	require.True(t, ok, target)
	r := &wire.Request{
		Method: method, Path: u.Path, Query: u.RawQuery, Param: match.Param, Header: http.Header{},
		RemoteIP: "203.0.113.7", ReceivedAt: receivedAt,
	}
	require.NoError(t, r.ReadBody(strings.NewReader(body), -1, wire.DefaultLimits(), nil))
	route := match.Pick(r)
	require.NotNil(t, route)
	return route, r
}

func decode(t *testing.T, method, target, body string) wire.Decoded {
	t.Helper()
	route, r := call(t, method, target, body)
	var d wire.Decoded
	require.NoError(t, route.Decode(r, &d))
	return d
}

// one decodes a payload of one message that is accepted.
func one(t *testing.T, path, body string) capture.Captured {
	t.Helper()
	d := decode(t, http.MethodPost, path, body)
	require.Empty(t, d.Rejected)
	require.Len(t, d.Events, 1)
	return d.Events[0]
}

func TestTypesAndNames(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		path, message string
		typ           capture.Type
		name, notes   string
	}{
		{"/v1/batch", `"type":"track","event":"a"`, capture.Track, "a", ""},
		{"/v1/batch", `"type":"page","name":"Home"`, capture.Page, "Home", ""},
		{"/v1/batch", `"type":"page"`, capture.Page, "page", ""},
		{"/v1/batch", `"type":"screen","name":""`, capture.Screen, "screen", ""},
		{"/v1/batch", `"type":"identify","event":"x"`, capture.Identify, "identify", ""},
		{"/v1/batch", `"type":"group"`, capture.Group, "group", ""},
		{"/v1/batch", `"type":"alias"`, capture.Alias, "alias", ""},
		{"/v1/t", `"event":"a"`, capture.Track, "a", ""},
		{"/v1/track/", `"event":"a"`, capture.Track, "a", ""},
		{"/v1/i", ``, capture.Identify, "identify", ""},
		{"/v1/p", `"type":"track","event":"a"`, capture.Track, "a", ""},
		{"/v1/track", `"event":""`, capture.Track, "", "event is empty"},
		{"/v1/track", ``, capture.Track, "", "event is empty"},
		{"/v1/track", `"event":null`, capture.Track, "", "event is empty"},
		{"/v1/track", `"event":7`, capture.Track, "7", "event is a number, not a string"},
		{"/v1/track", `"event":{}`, capture.Track, "", "event is an object, not a string; event is empty"},
		{"/v1/track", `"event":"a","event":"b"`, capture.Track, "b", "event is there twice; the last one counts"},
		{"/v1/batch", `"type":"Track","event":"a"`, capture.Track, "a", `type is "Track", not "track"`},
		{"/v1/batch", `"type":"click","event":"a"`, capture.Track, "a", `type "click" is unknown`},
		{"/v1/t", `"type":"click","event":"a"`, capture.Track, "a", `type "click" is unknown`},
		{"/v1/batch", `"event":"a"`, capture.Track, "a", "type is missing"},
		{"/v1/batch", `"traits":{}`, capture.Identify, "identify", "type is missing"},
		{"/v1/batch", `"traits":{},"groupId":"g"`, capture.Group, "group", "type is missing"},
		{"/v1/batch", `"previousId":"p"`, capture.Alias, "alias", "type is missing"},
		{"/v1/batch", ``, capture.Track, "", "type is missing; event is empty"},
	} {
		message := "{" + strings.TrimSuffix(`"userId":"u",`+c.message, ",") + "}"
		body := message
		if strings.HasPrefix(c.path, "/v1/batch") {
			body = `{"batch":[` + message + `]}`
		}
		ev := one(t, c.path, body)
		require.Equal(t, c.typ, ev.Type, message)
		require.Equal(t, c.name, ev.Name, message)
		require.Equal(t, c.notes, strings.Join(ev.Notes, "; "), message)
		require.Equal(t, message, ev.Raw)
	}
}

func TestPropertiesAndTraits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ message, properties, notes string }{
		{`"type":"track","properties":{"a":1}`, `{"a":1}`, ""},
		{`"type":"track","traits":{"a":1}`, ``, ""},
		{`"type":"page","properties":{"a":1},"traits":{}`, `{"a":1}`, ""},
		{`"type":"track","properties":{}`, `{}`, ""},
		{`"type":"track","properties":null`, ``, "properties is null"},
		{`"type":"track","properties":"{}"`, ``, "properties is a string, not an object"},
		{`"type":"track","properties":[1]`, ``, "properties is an array, not an object"},
		{`"type":"identify","traits":{"a":1},"properties":{}`, `{"a":1}`, ""},
		{`"type":"identify","context":{"traits":{"a":2}}`, `{"a":2}`, ""},
		{`"type":"identify","traits":{},"context":{"traits":{"a":2}}`, `{"a":2}`, ""},
		{`"type":"identify","traits":{"a":1},"context":{"traits":{"a":2}}`, `{"a":1}`, ""},
		{`"type":"identify","context":{"traits":7}`, ``, "context.traits is a number, not an object"},
		{`"type":"group","groupId":"g","traits":{"a":1}`, `{"a":1}`, ""},
		{`"type":"track","context":[]`, ``, "context is an array, not an object"},
	} {
		ev := one(t, "/v1/batch", `{"batch":[ {"userId":"u","event":"e",`+c.message+`} ]}`)
		require.Equal(t, c.properties, ev.PropertiesJSON(), c.message)
		require.Equal(t, c.notes, strings.Join(ev.Notes, "; "), c.message)
		if c.properties != "" {
			require.Len(t, ev.Properties, strings.Count(c.properties, ":"))
		}
	}
}

func TestContext(t *testing.T) {
	t.Parallel()
	ev := one(t, "/v1/batch", `{
		"context":{"app":{"name":"batch","version":"1"},"library":{"name":"go"},"locale":"en","device":{"id":"d0"}},
		"batch":[{"type":"track","event":"e","userId":12,"anonymousId":"a","previousId":"p","messageId":"m",
			"timestamp":"2026-01-02T03:04:05Z","sentAt":"2026-01-02T03:04:06Z","context":{
			"app":{"name":"message","build":42,"namespace":"com.example"},"os":{"name":"iOS","version":"18"},
			"device":{"manufacturer":"Apple","model":"iPhone","type":"ios"},"page":{"url":"u","path":"p","title":"t","referrer":"r"},
			"network":{"bluetooth":false,"wifi":false,"cellular":true,"carrier":"x"},"timezone":"Asia/Shanghai","ip":"198.51.100.1",
			"userAgent":"agent","sessionId":17,"groupId":"g","library":null,"screen":{"width":1}}}],
		"sentAt":"2026-11-22T14:05:38.516Z"}`)
	require.Equal(t, "12", ev.UserID)
	require.Equal(t, []string{"userId is a number, not a string", "context.app.build is a number, not a string"}, ev.Notes)
	want := capture.Event{
		Format: "segment", Type: capture.Track, ID: "m", Name: "e", UserID: "12", AnonymousID: "a", DeviceID: "d0", SessionID: "17",
		GroupID: "g", PreviousID: "p", EventTime: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), SentAt: time.Date(2026, 1, 2, 3, 4, 6, 0, time.UTC),
		ReceivedAt: receivedAt, App: capture.App{Name: "message", Version: "1", Build: "42", Namespace: "com.example"},
		OS: capture.OS{Name: "iOS", Version: "18"}, Device: capture.Device{Manufacturer: "Apple", Model: "iPhone", Type: "ios"},
		Library: capture.Library{Name: "go"}, Page: capture.PageInfo{URL: "u", Path: "p", Title: "t", Referrer: "r"},
		Locale: "en", Timezone: "Asia/Shanghai", Network: "cellular", IP: "198.51.100.1", UserAgent: "agent",
		Raw: ev.Raw, Notes: ev.Notes,
	}
	require.Equal(t, want, ev.Event)
}

func TestUserAgentOfTheRequest(t *testing.T) {
	t.Parallel()
	for agent, want := range map[string]string{
		"Mozilla/5.0 (X11)":                    "Mozilla/5.0 (X11)",
		"Mozilla/5.0 \xff":                     "Mozilla/5.0 \ufffd",
		"Mozilla/" + strings.Repeat("x", 2000): "Mozilla/" + strings.Repeat("x", wire.MaxField-8),
		"analytics-node-next/latest":           "",
		"":                                     "",
	} {
		route, r := call(t, http.MethodPost, "/v1/t", `{"event":"e","userId":"u"}`)
		r.Header.Set("User-Agent", agent)
		var d wire.Decoded
		require.NoError(t, route.Decode(r, &d))
		require.Equal(t, want, d.Events[0].UserAgent)
	}
}

func TestSentAtOfPayloadAndMessage(t *testing.T) {
	t.Parallel()
	d := decode(t, http.MethodPost, "/v1/batch", `{"batch":[
		{"type":"track","event":"1","userId":"u","sentAt":"2026-01-01T00:00:01Z"},
		{"type":"track","event":"2","userId":"u"},
		{"type":"track","event":"3","userId":"u","sentAt":"2026-01-01T00:00:01Z"},
		{"type":"track","event":"4","userId":"u","sentAt":"soon"}],"sentAt":"2026-01-01T00:00:09Z"}`)
	var seconds []int
	for _, ev := range d.Events {
		seconds = append(seconds, ev.SentAt.Second())
	}
	require.Equal(t, []int{1, 9, 1, 0}, seconds)
	require.True(t, d.Events[3].SentAt.IsZero())
	require.Equal(t, []string{"sentAt is not ISO 8601"}, d.Events[3].Notes)
}

func TestIDs(t *testing.T) {
	t.Parallel()
	const base = `"type":"track","event":"e","userId":"u"`
	require.Equal(t, "m", one(t, "/v1/t", `{`+base+`,"messageId":"m","timestamp":"2026-01-02T03:04:05Z"}`).ID)
	require.Empty(t, one(t, "/v1/t", `{`+base+`}`).ID, "neither id nor time: never folded")
	require.Empty(t, one(t, "/v1/t", `{`+base+`,"timestamp":"soon"}`).ID)
	first := one(t, "/v1/t", `{`+base+`,"timestamp":"2026-01-02T03:04:05Z"}`).ID
	require.Regexp(t, "^h:[0-9a-f]{32}$", first)
	require.Equal(t, first, one(t, "/v1/batch", `{"batch":[{`+base+`,"timestamp":"2026-01-02T03:04:05Z"}],"sentAt":"2026-01-02T03:04:07Z"}`).ID)
	require.NotEqual(t, first, one(t, "/v1/t", `{`+base+`,"timestamp":"2026-01-02T03:04:06Z"}`).ID)
	long := one(t, "/v1/t", `{`+base+`,"messageId":"`+strings.Repeat("x", 2000)+`1"}`).ID
	require.NotEqual(t, long, one(t, "/v1/t", `{`+base+`,"messageId":"`+strings.Repeat("x", 2000)+`2"}`).ID, "cut ids must not collide")
	require.Equal(t, []string{"neither userId nor anonymousId"}, one(t, "/v1/t", `{"event":"e"}`).Notes)
}

func TestOneBadMessageCostsOnlyItself(t *testing.T) {
	t.Parallel()
	d := decode(t, http.MethodPost, "/v1/batch", `{"batch":[{"type":"track","event":"a","userId":"u"},"text",null,[],7,
		{"type":"track","event":"b","userId":"u"},{"properties":{"x":"`+strings.Repeat("y", wire.MaxEventBytes)+`"}}]}`)
	require.Len(t, d.Events, 2)
	require.Len(t, d.Rejected, 5)
	require.Equal(t, wire.Rejection{Index: 1, Reason: "a message must be an object, not a string", Raw: `"text"`}, d.Rejected[0])
	require.Equal(t, 6, d.Rejected[4].Index)
	require.Len(t, d.Rejected[4].Raw, wire.MaxRejectedRaw)
	require.Contains(t, d.Rejected[4].Reason, "at most 1048576")
}

// TestBeyondTheLimits: what nests too deep, or has a number that is too long, costs only itself.
func TestBeyondTheLimits(t *testing.T) {
	t.Parallel()
	const good = `{"type":"track","event":"a","userId":"u","properties":{"n":1}}`
	bad := func(value string) string { return `{"type":"track","event":"b","properties":{"n":` + value + `}}` }
	long, deep := strings.Repeat("1", 65), strings.Repeat("[", 1e5)+strings.Repeat("]", 1e5)
	for value, reason := range map[string]string{
		long: "a number longer than 64 characters", "-" + long + ".5e-9": "a number longer than 64 characters",
		deep: "nested deeper than 64", strings.Repeat(`{"a":`, 65) + `"]}"` + strings.Repeat("}", 65): "nested deeper than 64",
	} {
		for name, body := range map[string]string{
			"batch": `{"batch":[` + good + `,` + bad(value) + `,` + good + `],"sentAt":null}`,
			"list":  `[` + good + "," + bad(value) + "," + good + `]`,
			"bytes": `{"batch":[` + good + `,` + bad(value) + "," + strings.Replace(good, `"a"`, "\"a\xff\"", 1) + `]}`,
		} {
			d := decode(t, http.MethodPost, "/v1/batch", body)
			require.Len(t, d.Events, 2, name)
			require.Equal(t, []string{good}, []string{d.Events[0].Raw}, "as sent")
			require.JSONEq(t, `{"n":1}`, d.Events[1].PropertiesJSON())
			require.Equal(t, []wire.Rejection{{
				Index: 1, Reason: "a value in it is beyond the limits: " + reason, Raw: wire.Cut(bad(value), wire.MaxRejectedRaw),
			}}, d.Rejected)
		}
		d := decode(t, http.MethodPost, "/v1/track", bad(value))
		require.Empty(t, d.Events)
		require.Len(t, d.Rejected, 1)
	}
	d := decode(t, http.MethodPost, "/v1/batch", `[`+long+`]`)
	require.Equal(t, []wire.Rejection{{Reason: "a value in it is beyond the limits: a number longer than 64 characters", Raw: long}}, d.Rejected)

	d = decode(t, http.MethodPost, "/v1/batch", `{"context":{"locale":"en","screen":`+deep+`},"batch":[`+good+`]}`)
	require.Len(t, d.Events, 1)
	require.Equal(t, "en", d.Events[0].Locale)
	require.Equal(t, []string{"a value in the payload's context was left out: nested deeper than 64"}, d.Events[0].Notes)
	require.Empty(t, d.Rejected)
}

func TestPayloadShapes(t *testing.T) {
	t.Parallel()
	const message = `{"type":"track","event":"a","userId":"u"}`
	require.Len(t, decode(t, http.MethodPost, "/v1/batch", `[`+message+`,`+message+`]`).Events, 2)
	require.Len(t, decode(t, http.MethodPost, "/v1/batch", message).Events, 1)
	require.Len(t, decode(t, http.MethodPost, "/v1/t", `{"batch":[`+message+`]}`).Events, 1)
	require.Empty(t, decode(t, http.MethodPost, "/v1/batch", `{"batch":[]}`).Events)
	require.Len(t, decode(t, http.MethodPost, "/v1/batch", "\ufeff {\"batch\":["+message+"]}\n").Events, 1)
	for body, reason := range map[string]string{
		``:                       "the body is not JSON: unexpected end at byte 0",
		`{"batch":[{]}`:          "the body is not JSON: expected a member name in quotes at byte 11",
		`"` + `{\"batch\":[]}"`:  "the body must be an object, not a string",
		`null`:                   "the body must be an object, not null",
		`{}`:                     "the body has no batch",
		`{"batch":{}}`:           "batch must be a list, not an object",
		`{"batch":"[]"}`:         "batch must be a list, not a string",
		strings.Repeat("[", 1e5): "the body is not JSON: unexpected end at byte 100000",
		`{"batch":[` + message:   "the body is not JSON: unexpected end at byte 51",
		`batch=` + message:       "the body is not JSON: expected a value at byte 0",
	} {
		route, r := call(t, http.MethodPost, "/v1/batch", body)
		d := wire.Decoded{Events: make([]capture.Captured, 1)}
		err := route.Decode(r, &d)
		require.EqualError(t, err, reason)
		require.Len(t, d.Events, 1)
		require.Equal(t, wire.Malformed, wire.Refusal(err).Kind)
		require.Empty(t, route.WriteKey(r))
	}
	for _, body := range []string{
		`{"batch":[` + strings.Repeat(`{},`, wire.MaxEvents) + `{}]}`,
		`{"batch":[` + strings.Repeat(`1,`, capture.MaxNodes) + `1]}`,
	} {
		route, r := call(t, http.MethodPost, "/v1/batch", body)
		var d wire.Decoded
		require.Equal(t, wire.TooLarge, wire.Refusal(route.Decode(r, &d)).Kind)
		require.Empty(t, d.Events)
	}
}

func TestNastyValues(t *testing.T) {
	t.Parallel()
	event := func(properties string) capture.Captured {
		return one(t, "/v1/batch", `{"batch":[{"type":"track","event":"e","userId":"u","properties":`+properties+`}]}`)
	}
	ev := event(`{"a":1e400,"a":2,"b":"\ud83c","c":"\u0000"}`)
	require.Equal(t, "1e400", ev.Properties[0].Text)
	require.Equal(t, "\ufffd", ev.Properties[2].Text)
	require.Equal(t, "\ufffd", ev.Properties[3].Text)
	require.Empty(t, ev.Notes)

	ev = event(`{"a":NaN,"b":-Infinity}`)
	require.JSONEq(t, `{"a":"NaN","b":"-Infinity"}`, ev.PropertiesJSON())
	require.Equal(t, []string{"NaN or Infinity, which JSON does not have, was read as a string"}, ev.Notes)

	ev = event("{\"emoji\":\"\xed\xa0\xbc\xed\xbd\x8e\",\"bad\":\"\xff\xfe\"}")
	require.JSONEq(t, "{\"emoji\":\"🍎\",\"bad\":\"\ufffd\ufffd\"}", ev.PropertiesJSON())
	require.Len(t, ev.Notes, 2)

	ev = event(`{"p":{` + strings.Repeat(`"x":1,`, 100_000) + `"x":1}}`)
	require.Len(t, ev.Properties, 100_002)
	require.Equal(t, []string{"it has 600068 bytes; the vendor takes 32768", "its payload has 600080 bytes; the vendor takes 512000"}, ev.Notes)
}

func TestMendedMessagesAreToldApart(t *testing.T) {
	t.Parallel()
	d := decode(t, http.MethodPost, "/v1/batch", "{\"batch\":[{\"type\":\"track\",\"event\":\"good\",\"userId\":\"u\"},"+
		"{\"type\":\"track\",\"event\":\"bad \xff\",\"userId\":\"u\"},{\"type\":\"track\",\"event\":\"good\",\"userId\":\"u\"}]}")
	require.Len(t, d.Events, 3)
	require.Empty(t, d.Events[0].Notes)
	require.Equal(t, []string{"bytes that are not UTF-8 were replaced by U+FFFD"}, d.Events[1].Notes)
	require.Empty(t, d.Events[2].Notes)
}

func TestWriteKeys(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ method, target, basic, body, want string }{
		{"POST", "/v1/batch", "head", `{"writeKey":"body","batch":[]}`, "head"},
		{"POST", "/v1/batch?writeKey=query", "", `{"writeKey":"body","batch":[]}`, "query"},
		{"POST", "/v1/b", "", `{"batch":[{"writeKey":"message"}],"writeKey":"body"}`, "body"},
		{"POST", "/v1/b", "", `{"batch":[{"writeKey":"message"}]}`, "message"},
		{"POST", "/v1/b", "", `[{"writeKey":"message"}]`, "message"},
		{"POST", "/v1/t", "", `{"writeKey":"body","event":"e"}`, "body"},
		{"POST", "/v1/t", "", `{"writeKey":7}`, ""},
		{"POST", "/v1/t", "head", `{broken`, "head"},
		{"POST", "/v1/b", "", `{"batch":[7]}`, ""},
		{"GET", "/v1/pixel/track?data=" + base64.RawURLEncoding.EncodeToString([]byte(`{"writeKey":"data"}`)), "", "", "data"},
		{"GET", "/v1/pixel/track?writeKey=query&event=e", "", "", "query"},
		{"GET", "/v1/pixel/track?data=%7B", "", "", ""},
		{"GET", "/v1/projects/abc/settings", "", "", "abc"},
		{"GET", "/projects/abc/settings/", "", "", "abc"},
	} {
		route, r := call(t, c.method, c.target, c.body)
		if c.basic != "" {
			r.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(c.basic+":")))
		}
		require.Equal(t, c.want, route.WriteKey(r), c.target+" "+c.body)
	}
	route, _ := call(t, "POST", "/v1/m", "{}")
	require.Nil(t, route.WriteKey)
	require.Equal(t, wire.Discard, route.Task)
}

func TestPixel(t *testing.T) {
	t.Parallel()
	const message = `{"writeKey":"k","userId":"u","event":"邮件打开","properties":{"subject":"苹果 🍎"}}`
	for _, query := range []string{
		"data=" + base64.StdEncoding.EncodeToString([]byte(message)),
		"data=" + url.QueryEscape(base64.StdEncoding.EncodeToString([]byte(message))),
		"data=" + base64.RawURLEncoding.EncodeToString([]byte(message)),
		"data=" + url.QueryEscape(message),
		"writeKey=k&userId=u&event=" + url.QueryEscape("邮件打开") + "&properties.subject=" + url.QueryEscape("苹果 🍎"),
	} {
		route, r := call(t, http.MethodGet, "/v1/pixel/track.gif?"+query, "")
		require.True(t, route.Deaf)
		require.Equal(t, "k", route.WriteKey(r))
		var d wire.Decoded
		require.NoError(t, route.Decode(r, &d))
		require.Equal(t, "邮件打开", d.Events[0].Name)
		require.Equal(t, "u", d.Events[0].UserID)
		require.JSONEq(t, `{"subject":"苹果 🍎"}`, d.Events[0].PropertiesJSON())
		for kind := wire.Accepted; kind <= wire.Unavailable; kind++ {
			require.Equal(t, wire.Answer{Status: 200, ContentType: "image/gif", Body: wire.GIF}, route.Answer(r, wire.Outcome{Kind: kind}))
		}
	}
	for target, reason := range map[string]string{
		"/v1/pixel/click?event=a": `there is no message type "click"`,
		"/v1/pixel/track?data=!":  "data is neither base64 nor JSON",
		"/v1/pixel/track?data=":   "the body is not JSON: unexpected end at byte 0",
	} {
		route, r := call(t, http.MethodGet, target, "")
		require.EqualError(t, route.Decode(r, &wire.Decoded{}), reason)
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	text := func(status int, body string) wire.Answer {
		return wire.Answer{Status: status, ContentType: "text/plain; charset=utf-8", Body: body}
	}
	later := func(a wire.Answer, d time.Duration) wire.Answer { a.RetryAfter = d; return a }
	post, r := call(t, http.MethodPost, "/v1/batch", "{}")
	for kind, want := range map[wire.Kind]wire.Answer{
		wire.Accepted:    {Status: 200, ContentType: "application/json", Body: `{"success":true}`},
		wire.UnknownKey:  text(401, "Invalid Write Key"),
		wire.Malformed:   text(400, "Invalid JSON"),
		wire.TooLarge:    text(413, "Payload Too Large"),
		wire.Throttled:   later(text(429, "Too Many Requests"), 5*time.Second),
		wire.Unavailable: later(text(503, "Service Unavailable"), 5*time.Second),
	} {
		require.Equal(t, want, post.Answer(r, wire.Outcome{Kind: kind}))
	}
	require.Equal(t, 9*time.Second, post.Answer(r, wire.Outcome{Kind: wire.Throttled, RetryAfter: 9 * time.Second}).RetryAfter)
	require.Equal(t, "why", post.Answer(r, wire.Outcome{Kind: wire.Malformed, Reason: "why"}).Reason)
	settings, r := call(t, http.MethodGet, `/v1/projects/a"b/settings`, "")
	require.Equal(t, wire.JSON(200, `{"integrations":{"Segment.io":{"apiKey":"a\"b"}}}`), settings.Answer(r, wire.Outcome{Kind: wire.Accepted}))
	require.Equal(t, 404, settings.Answer(r, wire.Outcome{Kind: wire.UnknownKey}).Status)
	require.Equal(t, 503, settings.Answer(r, wire.Outcome{Kind: wire.Unavailable}).Status)
}
