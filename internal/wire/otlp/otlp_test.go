package otlp_test

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
	"github.com/waymarkhq/waymark/internal/wire/otlp"
)

func call(t *testing.T, target, body string, header map[string]string) (*wire.Route, *wire.Request) {
	t.Helper()
	router, err := wire.NewRouter(otlp.Format())
	require.NoError(t, err)
	u, err := url.ParseRequestURI(target)
	require.NoError(t, err)
	match, ok := router.Match(http.MethodPost, u.Path)
	require.True(t, ok, target)
	r := &wire.Request{Method: http.MethodPost, Path: u.Path, Query: u.RawQuery, Header: http.Header{}, RemoteIP: "203.0.113.7"}
	for name, value := range header {
		r.Header.Set(name, value)
	}
	require.NoError(t, r.ReadBody(strings.NewReader(body), -1, wire.DefaultLimits(), nil))
	return match.Pick(r), r
}

func decode(t *testing.T, body string) *wire.Decoded {
	t.Helper()
	route, r := call(t, "/v1/logs", body, nil)
	var d wire.Decoded
	require.NoError(t, route.Decode(r, &d))
	return &d
}

// logs returns a payload of one resource.
func logs(resource string, records ...string) string {
	return `{"resourceLogs":[{"resource":{"attributes":[` + resource + `]},"scopeLogs":[{"scope":{},"logRecords":[` + strings.Join(records, ",") + `]}]}]}`
}

func text(key, value string) string {
	return `{"key":"` + key + `","value":{"stringValue":"` + value + `"}}`
}

func TestValues(t *testing.T) {
	t.Parallel()
	d := decode(t, logs("", `{"eventName":"e","attributes":[`+text("商品", "苹果 🍎")+`,{"key":"i","value":{"intValue":"9223372036854775807"}},{"key":"n","value":{"intValue":7}},
		{"key":"d","value":{"doubleValue":1.50}},{"key":"nan","value":{"doubleValue":"NaN"}},{"key":"b","value":{"boolValue":false}},{"key":"bytes","value":{"bytesValue":"AQ=="}},
		{"key":"list","value":{"arrayValue":{"values":[{"stringValue":"a"},{"intValue":1},{},{"kvlistValue":{}}]}}},{"key":"none","value":{}},{"key":"missing"},
		{"key":"o","value":{"kvlistValue":{"values":[{"key":"in","value":{"arrayValue":{}}}]}}},{"value":{"intValue":1}},7,{"key":"bare","value":3},{"key":"odd","value":{"intValue":"x"}}]}`))
	want := `{"商品":"苹果 🍎","i":9223372036854775807,"n":7,"d":1.50,"nan":"NaN","b":false,"bytes":"AQ==","list":["a",1,null,{}],"none":null,` +
		`"missing":null,"o":{"in":[]},"bare":3,"odd":"x"}`
	require.Equal(t, want, d.Events[0].PropertiesJSON())
	require.Empty(t, d.Events[0].Notes)
}

func TestNamesAndBodies(t *testing.T) {
	t.Parallel()
	d := decode(t, logs("", `{"eventName":"new","attributes":[`+text("event.name", "old")+`]}`, `{"attributes":[`+text("event.name", "old")+`]}`,
		`{"eventName":"e","body":{"kvlistValue":{"values":[`+text("a", "b")+`]}}}`, `{"eventName":"e","body":{"stringValue":"x"},"attributes":[`+text("a", "b")+`]}`,
		`{"eventName":"e","attributes":7,"body":7}`, `{"eventName":7}`))
	names, properties := []string{}, []string{}
	for i := range d.Events {
		names, properties = append(names, d.Events[i].Name), append(properties, d.Events[i].PropertiesJSON())
	}
	require.Equal(t, []string{"new", "old", "e", "e", "e", "7"}, names)
	require.Equal(t, []string{`{"event.name":"old"}`, `{"event.name":"old"}`, `{"a":"b"}`, `{"a":"b"}`, "", ""}, properties)
	require.Equal(t, []string{"attributes is a number, not an object"}, d.Events[4].Notes)
	require.Equal(t, []string{"eventName is a number, not a string"}, d.Events[5].Notes)
}

func TestResources(t *testing.T) {
	t.Parallel()
	resource := strings.Join([]string{
		text("service.name", "shop"), text("service.version", "3.2.1"), text("app.build_id", "321"), text("telemetry.sdk.name", "opentelemetry"),
		text("telemetry.sdk.language", "nodejs"), text("telemetry.sdk.version", "2.12.1"), text("os.name", "Android"), text("os.version", "14"),
		text("device.manufacturer", "Xiaomi"), text("device.model.name", "14"), text("device.id", "d"), text("browser.language", "zh-CN"),
		text("user_agent.original", "UA"), `7`, `{"key":"x"}`, `{"key":"os.name","value":7}`,
	}, ",")
	one := `{"resource":{"attributes":[` + resource + `]},"scopeLogs":[{"logRecords":[{"eventName":"a","attributes":[` + text("user.id", "u") + `,` +
		text("session.id", "s") + `,` + text("client.address", "192.0.2.1") + `,` + text("url.full", "https://x") + `,` + text("app.installation.id", "i") + `]}]}]}`
	d := decode(t, `{"resourceLogs":[{"scopeLogs":[]},`+one+`,{"resource":{"attributes":[`+text("service.name", "unknown_service:node")+
		`]},"scopeLogs":[{"logRecords":[{"eventName":"b"}]},{"logRecords":{"eventName":"c"}},{}]},{"resource":7,"scopeLogs":{"logRecords":[{"eventName":"d"}]}}]}`)
	require.Len(t, d.Events, 4)
	ev := d.Events[0].Event
	require.Equal(t, capture.App{Name: "shop", Version: "3.2.1", Build: "321"}, ev.App)
	require.Equal(t, capture.Library{Name: "opentelemetry-nodejs", Version: "2.12.1"}, ev.Library)
	require.Equal(t, capture.OS{Name: "Android", Version: "14"}, ev.OS)
	require.Equal(t, capture.Device{Manufacturer: "Xiaomi", Model: "14"}, ev.Device)
	require.Equal(t, []string{"u", "i", "d", "s", "192.0.2.1", "https://x", "zh-CN", "UA"},
		[]string{ev.UserID, ev.AnonymousID, ev.DeviceID, ev.SessionID, ev.IP, ev.Page.URL, ev.Locale, ev.UserAgent})
	for _, ev := range d.Events[1:] {
		require.Zero(t, ev.App)
		require.Zero(t, ev.Library)
		require.Equal(t, "203.0.113.7", ev.IP)
	}
	require.Equal(t, "d", d.Events[3].Name)
}

func TestTimesAndIDs(t *testing.T) {
	t.Parallel()
	d := decode(t, logs("", `{"eventName":"e","timeUnixNano":"1767323045123456789","observedTimeUnixNano":"1","attributes":[`+text("log.record.uid", "id")+`]}`,
		`{"eventName":"e","timeUnixNano":"0","observedTimeUnixNano":"1767323046000000000"}`, `{"eventName":"e"}`, `{"eventName":"e","timeUnixNano":1767323045123}`))
	require.Equal(t, "2026-01-02T03:04:05.123456789Z", d.Events[0].EventTime.Format(time.RFC3339Nano))
	require.Equal(t, "id", d.Events[0].ID)
	require.Equal(t, "2026-01-02T03:04:06Z", d.Events[1].EventTime.Format(time.RFC3339Nano))
	require.Contains(t, d.Events[1].ID, "h:")
	require.Empty(t, d.Events[2].ID)
	require.Equal(t, []string{"timeUnixNano should be in nanoseconds; it was read as 2026-01-02T03:04:05.123Z"}, d.Events[3].Notes)
}

func TestMalformedRecordsCostThemselves(t *testing.T) {
	t.Parallel()
	d := decode(t, `{"resourceLogs":[7,null,{"scopeLogs":8},{"scopeLogs":["x",{"logRecords":[9,{"body":{"stringValue":"a line"}},{"eventName":"good"},
		{"eventName":"e","x":`+strings.Repeat("[", 70)+strings.Repeat("]", 70)+`},{"eventName":"e","attributes":[{"key":"n","value":{"doubleValue":"`+strings.Repeat("1", 65)+`"}}]}]}]}]}`)
	require.Len(t, d.Events, 2)
	require.Equal(t, "good", d.Events[0].Name)
	reasons := []string{}
	for _, r := range d.Rejected {
		reasons = append(reasons, r.Reason)
	}
	require.Equal(t, []string{
		"a log record must be an object, not a number", "a log record must be an object, not a number", "a log record must be an object, not a string",
		"a log record must be an object, not a number", "a log record without eventName is no event", "a value in it is beyond the limits: nested deeper than 64",
	}, reasons)
	route, r := call(t, "/v1/logs", "", nil)
	require.Equal(t, wire.JSON(200, `{"partialSuccess":{"rejectedLogRecords":"6","errorMessage":"log record 0: a log record must be an object, not a number"}}`),
		route.Answer(r, wire.Outcome{Kind: wire.Accepted, Decoded: d}))
}

func TestMalformed(t *testing.T) {
	t.Parallel()
	require.Empty(t, decode(t, `{}`).Events)
	require.Empty(t, decode(t, `{"resourceLogs":[]}`).Events)
	protobuf := "protobuf is not read here: have the exporter send JSON (OTEL_EXPORTER_OTLP_LOGS_PROTOCOL=http/json)"
	for _, c := range []struct{ media, body, reason string }{
		{"application/x-protobuf", "\n\x05\x01", protobuf},
		{"", "\n\xff\x01", protobuf},
		{"application/json", `[]`, "the body must be an object, not an array"},
		{"application/json", `{"logs":[]}`, "the body has no resourceLogs"},
		{"application/json", `{`, "the body is not JSON: unexpected end at byte 1"},
	} {
		route, r := call(t, "/v1/logs", c.body, map[string]string{"Content-Type": c.media})
		require.EqualError(t, route.Decode(r, &wire.Decoded{}), c.reason)
	}
	require.Len(t, decode(t, "\n"+logs("", `{"eventName":"e"}`)).Events, 1, "JSON may begin with a line break")
}

func TestWriteKeys(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ target, name, value, want string }{
		{"/v1/logs?key=q", "Authorization", "Bearer b", "b"},
		{"/v1/logs/?key=q", "Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte("u:p")), "u"},
		{"/v1/logs?key=q", "X-Api-Key", "a", "a"},
		{"/v1/logs", "X-Write-Key", "w", "w"},
		{"/v1/logs?key=q", "X-Other", "", "q"},
		{"/v1/logs", "X-Other", "", ""},
	} {
		route, r := call(t, c.target, "", map[string]string{c.name: c.value})
		require.Equal(t, c.want, route.WriteKey(r))
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	route, r := call(t, "/v1/logs", "", nil)
	require.Equal(t, wire.JSON(200, "{}"), route.Answer(r, wire.Outcome{Kind: wire.Accepted, Decoded: &wire.Decoded{}}))
	for kind, want := range map[wire.Kind]wire.Answer{
		wire.UnknownKey: wire.JSON(401, `{"code":16,"message":"why"}`), wire.Malformed: wire.JSON(400, `{"code":3,"message":"why"}`),
		wire.TooLarge: wire.JSON(413, `{"code":8,"message":"why"}`), wire.Throttled: later(wire.JSON(429, `{"code":8,"message":"why"}`)),
		wire.Unavailable: later(wire.JSON(503, `{"code":14,"message":"why"}`)),
	} {
		require.Equal(t, want, route.Answer(r, wire.Outcome{Kind: kind, Reason: "why"}))
	}
}

func later(a wire.Answer) wire.Answer {
	a.RetryAfter = 5 * time.Second
	return a
}
