package waymark_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
	"github.com/waymarkhq/waymark/internal/wire/formats"
	"github.com/waymarkhq/waymark/internal/wire/waymark"
)

// call finds the route of a request and prepares the request for it. Headers come in pairs.
func call(t *testing.T, target, body string, header ...string) (*wire.Route, *wire.Request) {
	t.Helper()
	router, err := wire.NewRouter(formats.All()...)
	require.NoError(t, err)
	u, err := url.ParseRequestURI(target)
	require.NoError(t, err)
	match, ok := router.Match(http.MethodPost, u.Path)
	require.True(t, ok, target)
	r := &wire.Request{
		Method: http.MethodPost, Path: u.Path, Query: u.RawQuery, Header: http.Header{}, RemoteIP: "203.0.113.7",
		ReceivedAt: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC),
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	require.NoError(t, r.ReadBody(strings.NewReader(body), -1, wire.DefaultLimits(), nil))
	route := match.Pick(r)
	require.Equal(t, waymark.Name, route.Format)
	return route, r
}

func decode(t *testing.T, body string) wire.Decoded {
	t.Helper()
	route, r := call(t, "/v1/events", body)
	var d wire.Decoded
	require.NoError(t, route.Decode(r, &d))
	return d
}

func one(t *testing.T, body string) capture.Captured {
	t.Helper()
	d := decode(t, body)
	require.Empty(t, d.Rejected)
	require.Len(t, d.Events, 1)
	return d.Events[0]
}

func TestEverythingInAnEvent(t *testing.T) {
	t.Parallel()
	body := `{"event":"支付成功","type":"track","properties":{"金额":5999.5,"note":"苹果 🍎","big":9007199254740993},
		"userId":"u","anonymousId":"a","deviceId":"d","sessionId":"s","groupId":"g","previousId":"p",
		"time":"2026-01-02T03:04:05.678+08:00","id":"i-1",
		"app":{"version":"8.6.1","build":"801","name":"商城"},"os":{"name":"iOS","version":"18.1"},
		"device":{"manufacturer":"Apple","model":"iPhone17,1","type":"phone"},"library":{"name":"curl","version":"8.5"},"runId":"ci-1","writeKey":"k"}`
	ev := one(t, body)
	require.JSONEq(t, `{"金额":5999.5,"note":"苹果 🍎","big":9007199254740993}`, ev.PropertiesJSON())
	require.Len(t, ev.Properties, 3)
	require.Equal(t, "9007199254740993", ev.Properties[2].Text)
	ev.Properties, ev.PropertiesAt = nil, capture.Span{}
	require.Equal(t, capture.Event{
		Format: "waymark", Type: capture.Track, ID: "i-1", Name: "支付成功",
		UserID: "u", AnonymousID: "a", DeviceID: "d", SessionID: "s", GroupID: "g", PreviousID: "p", RunID: "ci-1",
		EventTime: time.Date(2026, 1, 1, 19, 4, 5, 678e6, time.UTC), ReceivedAt: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC),
		App: capture.App{Name: "商城", Version: "8.6.1", Build: "801"}, OS: capture.OS{Name: "iOS", Version: "18.1"},
		Device: capture.Device{Manufacturer: "Apple", Model: "iPhone17,1", Type: "phone"}, Library: capture.Library{Name: "curl", Version: "8.5"},
		IP: "203.0.113.7", Raw: body,
	}, ev.Event)
}

func TestTypesNamesAndNotes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		event string
		typ   capture.Type
		name  string
		notes string
	}{
		{`"event":"a"`, capture.Track, "a", ""},
		{`"event":"a","type":null`, capture.Track, "a", ""},
		{`"event":7`, capture.Track, "7", "event is a number, not a string"},
		{`"type":"Page","event":"Home"`, capture.Page, "Home", `type is "Page", not "page"`},
		{`"type":"page"`, capture.Page, "page", ""},
		{`"type":"screen","event":null`, capture.Screen, "screen", ""},
		{`"type":"identify"`, capture.Identify, "identify", ""},
		{`"type":"group"`, capture.Group, "group", ""},
		{`"type":"alias"`, capture.Alias, "alias", ""},
		{`"type":"item"`, capture.Item, "item", ""},
		{`"type":"item","event":"goods"`, capture.Item, "goods", ""},
		{`"event":"a","event":"b"`, capture.Track, "b", "event is there twice; the last one counts"},
		{`"event":"a","userid":"u","name":1`, capture.Track, "a", "userid is no member of an event and was not read; name is no member of an event and was not read"},
		{`"event":"a","userId":12`, capture.Track, "a", "userId is a number, not a string"},
		{`"event":"a","properties":[]`, capture.Track, "a", "properties is an array, not an object"},
		{`"event":"a","properties":null`, capture.Track, "a", "properties is null"},
		{`"event":"a","app":"8.6.1","os":null,"device":{"model":7,"x":1}`, capture.Track, "a", "app is a string, not an object; device.model is a number, not a string"},
		{`"event":"a","time":"2026-01-02 03:04:05"`, capture.Track, "a", "time has no time zone and was read as UTC"},
		{`"event":"a","time":1767323045000`, capture.Track, "a", "time is a number, not ISO 8601; it was read as 2026-01-02T03:04:05Z"},
		{`"event":"a","time":"today"`, capture.Track, "a", "time is not ISO 8601"},
	} {
		ev := one(t, "{"+c.event+"}")
		require.Equal(t, c.typ, ev.Type, c.event)
		require.Equal(t, c.name, ev.Name, c.event)
		require.Equal(t, c.notes, strings.Join(ev.Notes, "; "), c.event)
	}
}

func TestIDs(t *testing.T) {
	t.Parallel()
	require.Empty(t, one(t, `{"event":"a"}`).ID, "nothing tells a repeat")
	require.Regexp(t, "^h:[0-9a-f]{32}$", one(t, `{"event":"a","time":"2026-01-02T03:04:05Z"}`).ID)
	require.Regexp(t, "^h:[0-9a-f]{32}$", one(t, `{"event":"a","id":"`+strings.Repeat("x", 2000)+`"}`).ID)
	require.Equal(t, "7", one(t, `{"event":"a","id":7}`).ID)
}

func TestARecordThatIsNoEventCostsOnlyItself(t *testing.T) {
	t.Parallel()
	const good = `{"event":"a"}`
	for bad, reason := range map[string]string{
		`7`:                           "an event must be an object, not a number",
		`null`:                        "an event must be an object, not null",
		`{}`:                          "event, the name, is missing or empty",
		`{"event":""}`:                "event, the name, is missing or empty",
		`{"event":null}`:              "event, the name, is missing or empty",
		`{"event":["a"]}`:             "event must be a string, not an array",
		`{"type":"page","event":{}}`:  "event must be a string, not an object",
		`{"event":"a","type":"clic"}`: `there is no type "clic"`,
		`{"event":"a","type":7}`:      `there is no type "7"`,
		`{"event":"a","type":{}}`:     `there is no type ""`,
		`{"event":"a","properties":{"n":` + strings.Repeat("1", 65) + `}}`: "a value in it is beyond the limits: a number longer than 64 characters",
	} {
		for _, body := range []string{"[" + good + "," + bad + "," + good + "]", `{"events":[` + good + "," + bad + "," + good + `]}`} {
			d := decode(t, body)
			require.Len(t, d.Events, 2)
			require.Equal(t, []wire.Rejection{{Index: 1, Reason: reason, Raw: bad}}, d.Rejected)
		}
	}
}

func TestPayloads(t *testing.T) {
	t.Parallel()
	require.Empty(t, decode(t, `[]`).Events)
	require.Empty(t, decode(t, `{"events":[]}`).Events)
	d := decode(t, `{"writeKey":"k","context":{},"events":[{"event":"a"}]}`)
	require.Equal(t, []string{"context is no member of a payload with events and was not read"}, d.Events[0].Notes)
	for body, reason := range map[string]string{
		``:                  "the body is not JSON: unexpected end at byte 0",
		`event=a`:           "the body is not JSON: expected a value at byte 0",
		`{"event":"a"`:      "the body is not JSON: unexpected end at byte 12",
		`"a"`:               "the body must be an event, a list of events or an object with events, not a string",
		`{"events":{}}`:     "events must be a list, not an object",
		`{"events":"[{}]"}`: "events must be a list, not a string",
		`[` + strings.Repeat(`{},`, wire.MaxEvents) + `{}]`: "more than 10000 events",
	} {
		route, r := call(t, "/v1/events", body)
		var d wire.Decoded
		require.EqualError(t, route.Decode(r, &d), reason)
		require.Empty(t, d.Events)
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("basic:"))
	for _, c := range []struct{ query, body, name, value, want string }{
		{"?key=query", `{"writeKey":"body"}`, "Authorization", "Bearer bearer", "bearer"},
		{"?key=query", `{"writeKey":"body"}`, "Authorization", "bearer  bearer ", "bearer"},
		{"?key=query", `{"writeKey":"body"}`, "Authorization", basic, "basic"},
		{"?key=query", `{"writeKey":"body"}`, "X-Write-Key", "header", "header"},
		{"?key=query", `{"writeKey":"body"}`, "Authorization", "Digest x", "query"},
		{"", `{"writeKey":"body"}`, "Authorization", "Bearer ", "body"},
		{"", `{"writeKey":"body","events":[{"writeKey":"event"}]}`, "", "", "body"},
		{"", `{"writeKey":7}`, "", "", ""},
		{"", `[{"writeKey":"event"}]`, "", "", ""},
		{"", `{broken`, "", "", ""},
		{"?key=query", `{broken`, "", "", "query"},
		{"", `{}`, "Authorization", "Bearer " + strings.Repeat("x", 257), ""},
	} {
		route, r := call(t, "/v1/events"+c.query, c.body, c.name, c.value)
		require.Equal(t, c.want, route.WriteKey(r), "%+v", c)
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	route, r := call(t, "/v1/events", `[{"event":"a"},7,{"event":"b"}]`)
	var d wire.Decoded
	require.NoError(t, route.Decode(r, &d))
	require.Equal(t, wire.JSON(200, `{"accepted":2,"rejected":[{"index":1,"reason":"an event must be an object, not a number"}]}`),
		route.Answer(r, wire.Outcome{Kind: wire.Accepted, Decoded: &d}))
	require.Equal(t, wire.JSON(200, `{"accepted":0,"rejected":[]}`), route.Answer(r, wire.Outcome{Kind: wire.Accepted, Decoded: &wire.Decoded{}}))
	for kind, want := range map[wire.Kind]struct {
		status        int
		title, reason string
		retry         time.Duration
	}{
		wire.UnknownKey:  {401, "Unauthorized", "unknown_key", 0},
		wire.Malformed:   {400, "Bad Request", "malformed", 0},
		wire.TooLarge:    {413, "Request Entity Too Large", "too_large", 0},
		wire.Throttled:   {429, "Too Many Requests", "throttled", 5 * time.Second},
		wire.Unavailable: {503, "Service Unavailable", "unavailable", 5 * time.Second},
	} {
		for _, said := range []string{"", `why "so"`} {
			a := route.Answer(r, wire.Outcome{Kind: kind, Reason: said})
			require.Equal(t, want.status, a.Status)
			require.Equal(t, "application/problem+json", a.ContentType)
			require.Equal(t, want.retry, a.RetryAfter)
			var body struct {
				Type, Title, Reason, Detail string
				Status                      int
			}
			require.NoError(t, json.Unmarshal([]byte(a.Body), &body))
			require.Equal(t, want.title, body.Title)
			require.Equal(t, want.reason, body.Reason)
			require.Equal(t, want.status, body.Status)
			require.NotEmpty(t, body.Detail)
			if said != "" {
				require.Equal(t, said, body.Detail)
			}
		}
	}
}

// TestTheSchemaSaysWhatIsTaken holds the JSON Schema to the decoder, and the examples of the documents to both.
func TestTheSchemaSaysWhatIsTaken(t *testing.T) {
	t.Parallel()
	schema, err := jsonschema.NewCompiler().Compile("../../../docs/events.schema.json")
	require.NoError(t, err)
	fits := func(body string) bool {
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(body))
		require.NoError(t, err, body)
		return schema.Validate(value) == nil
	}
	for _, body := range []string{
		`[]`, `{"events":[]}`, `{"event":"a"}`, `{"type":"page"}`, `[{"event":"a"},{"type":"item","properties":{}}]`,
		`{"writeKey":"k","events":[{"event":"a"}]}`,
	} {
		require.True(t, fits(body), body)
		d := decode(t, body)
		require.Empty(t, d.Rejected)
	}
	for _, body := range []string{
		`{}`, `7`, `{"event":""}`, `{"event":"a","type":"click"}`, `{"event":"a","userid":"u"}`, `{"event":"a","userId":7}`, `[7]`,
		`{"events":{}}`, `{"event":"a","app":{"versions":"1"}}`,
	} {
		require.False(t, fits(body), body)
	}
	text, err := os.ReadFile("../../../docs/sdks.md")
	require.NoError(t, err)
	_, own, ok := strings.Cut(string(text), "\n## Waymark's own format")
	require.True(t, ok)
	own, _, _ = strings.Cut(own, "\n## ")
	examples := regexp.MustCompile(`(?s)/v1/events[^\n]* -d(?: \\\n)? *'(.*?)'\n`).FindAllStringSubmatch(own, -1)
	require.Len(t, examples, 4)
	for _, e := range examples {
		if strings.Contains(e[1], ", 7, {}") { // is there to show rejections
			continue
		}
		require.True(t, fits(e[1]), e[1])
		for _, ev := range decode(t, e[1]).Events {
			require.Empty(t, ev.Notes, e[1])
		}
	}
}
