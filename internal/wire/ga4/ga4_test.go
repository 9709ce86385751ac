package ga4_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/check"
	"github.com/waymarkhq/waymark/internal/wire"
	"github.com/waymarkhq/waymark/internal/wire/ga4"
)

const collect, debug = "/mp/collect?measurement_id=G-1&api_secret=k", "/debug/mp/collect?measurement_id=G-1&api_secret=k"

func call(t *testing.T, target, body string) (*wire.Route, *wire.Request) {
	t.Helper()
	router, err := wire.NewRouter(ga4.Format())
	require.NoError(t, err)
	u, err := url.ParseRequestURI(target)
	require.NoError(t, err)
	match, ok := router.Match(http.MethodPost, u.Path)
	require.True(t, ok, target)
	r := &wire.Request{Method: http.MethodPost, Path: u.Path, Query: u.RawQuery, Header: http.Header{}, RemoteIP: "203.0.113.7"}
	require.NoError(t, r.ReadBody(strings.NewReader(body), -1, wire.DefaultLimits(), nil))
	return match.Pick(r), r
}

func decode(t *testing.T, body string) *wire.Decoded {
	t.Helper()
	route, r := call(t, collect, body)
	var d wire.Decoded
	require.NoError(t, route.Decode(r, &d))
	return &d
}

func TestEvents(t *testing.T) {
	t.Parallel()
	d := decode(t, `{"client_id":"c","user_id":"u","timestamp_micros":1767323045123456,"ip_override":"192.0.2.1","user_agent":"UA",
		"device":{"category":"mobile","language":"zh-CN","operating_system":"Android","operating_system_version":"14","model":"Mi","brand":"Xiaomi"},
		"events":[{"name":"购买","params":{"price":12345678901234567890.50,"商品":"苹果 🍎","session_id":17,"page_location":"https://x","page_title":"首页",
		"page_referrer":"r","app_version":"3.2.1"},"timestamp_micros":"1767323046000000"},{"name":"e"}]}`)
	ev := d.Events[0].Event
	require.Equal(t, "购买", ev.Name)
	require.Equal(t, capture.Track, ev.Type)
	require.Empty(t, ev.ID)
	require.Equal(t, []string{"c", "u", "17", "192.0.2.1", "UA", "zh-CN"}, []string{ev.AnonymousID, ev.UserID, ev.SessionID, ev.IP, ev.UserAgent, ev.Locale})
	require.Equal(t, capture.OS{Name: "Android", Version: "14"}, ev.OS)
	require.Equal(t, capture.Device{Type: "mobile", Model: "Mi", Manufacturer: "Xiaomi"}, ev.Device)
	require.Equal(t, capture.PageInfo{URL: "https://x", Title: "首页", Referrer: "r"}, ev.Page)
	require.Equal(t, "3.2.1", ev.App.Version)
	require.Equal(t, "12345678901234567890.50", ev.Properties[ev.Properties.Find("price")].Text)
	require.Equal(t, "2026-01-02T03:04:06Z", ev.EventTime.Format(time.RFC3339Nano))
	require.Equal(t, "2026-01-02T03:04:05.123456Z", d.Events[1].EventTime.Format(time.RFC3339Nano))
	require.Empty(t, ev.Notes)
}

func TestUserProperties(t *testing.T) {
	t.Parallel()
	d := decode(t, `{"app_instance_id":"c","user_properties":{"昵称":{"value":"张三","timestamp_micros":1},"level":{"value":3.50},"plain":1,"none":{}},
		"events":[{"name":"e","params":{"a":1}},7,{"name":"f"}],"user_id":"u"}`)
	require.Len(t, d.Events, 3)
	require.Equal(t, "e", d.Events[0].Name)
	require.JSONEq(t, `{"a":1}`, d.Events[0].PropertiesJSON())
	require.Equal(t, 1, d.Rejected[0].Index)
	ev := d.Events[2].Event
	require.Equal(t, capture.Identify, ev.Type)
	require.Equal(t, "identify", ev.Name)
	require.Equal(t, []string{"c", "u"}, []string{ev.AnonymousID, ev.UserID})
	want := `{"昵称":"张三","level":3.50,"plain":1}`
	require.Equal(t, want, ev.PropertiesJSON())
	require.Len(t, decode(t, `{"user_properties":{"a":{"value":1}}}`).Events, 1)
	require.Len(t, decode(t, `{"user_properties":{},"events":[{"name":"e"}]}`).Events, 1)
	require.Len(t, decode(t, `{"user_properties":[1],"events":[{"name":"e"}]}`).Events, 1)
}

func TestMalformed(t *testing.T) {
	t.Parallel()
	d := decode(t, `{"client_id":7,"timestamp_micros":"x","events":[7,null,{},{"name":8,"params":[]},{"name":"e","params":{"n":`+strings.Repeat("1", 65)+`}},
		{"name":"last","timestamp_micros":1767323045}]}`)
	require.Len(t, d.Rejected, 3)
	require.Len(t, d.Events, 3)
	require.Equal(t, []string{"payload.client_id is a number, not a string", "timestamp_micros is not a number of microseconds since 1970", "name is empty"}, d.Events[0].Notes)
	require.Contains(t, d.Events[1].Notes, "params is an array, not an object")
	require.Equal(t, "8", d.Events[1].Name)
	require.Equal(t, 2026, d.Events[2].EventTime.Year())
	for body, reason := range map[string]string{
		`7`: "the body must be an object, not a number", `{}`: "the body has no events", `{"events":{}}`: "events must be a list, not an object",
		`{"user_properties":{"a":{"value":1}},"events":7}`: "events must be a list, not a number", `{`: "the body is not JSON: unexpected end at byte 1",
	} {
		route, r := call(t, collect, body)
		require.EqualError(t, route.Decode(r, &wire.Decoded{}), reason)
	}
	large := decode(t, `{"client_id":"c","events":[{"name":"e","params":{"a":"`+strings.Repeat("a", 130_000)+`"}}]}`)
	require.Contains(t, large.Events[0].Notes[0], "the vendor takes 130000")
}

func TestWriteKeys(t *testing.T) {
	t.Parallel()
	for target, want := range map[string]string{
		collect: "k", "/mp/collect?measurement_id=G-1": "G-1", "/mp/collect/?firebase_app_id=f&api_secret=": "f", "/debug/mp/collect": "",
	} {
		route, r := call(t, target, "")
		require.Equal(t, want, route.WriteKey(r))
	}
}

func TestAnswersAreAlwaysTheSame(t *testing.T) {
	t.Parallel()
	route, r := call(t, collect, "")
	require.True(t, route.Deaf)
	require.Nil(t, route.DryRun)
	for kind := wire.Accepted; kind <= wire.Unavailable; kind++ {
		require.Equal(t, wire.Answer{Status: 204, Reason: "why"}, route.Answer(r, wire.Outcome{Kind: kind, Reason: "why"}))
	}
}

type message struct{ FieldPath, Description, ValidationCode string }

func validated(t *testing.T, a wire.Answer) []message {
	t.Helper()
	require.Equal(t, 200, a.Status)
	var got struct{ ValidationMessages []message }
	require.NoError(t, json.Unmarshal([]byte(a.Body), &got))
	require.NotNil(t, got.ValidationMessages)
	return got.ValidationMessages
}

// paths returns path and code of each message.
func paths(list []message) []string {
	said := []string{}
	for _, m := range list {
		said = append(said, m.FieldPath+" "+m.ValidationCode)
	}
	return said
}

func TestTheVendorsRules(t *testing.T) {
	t.Parallel()
	many := strings.Repeat(`{"name":"e"},`, 25)
	params := strings.Repeat(`"a":1,`, 25)
	for body, want := range map[string][]string{
		`{"client_id":"c","events":[{"name":"ok_1","params":{"a":"b","items":[{}],"ga_session_id":"1"}}]}`: {},
		`{"events":[]}`: {"client_id VALUE_REQUIRED"},
		`{"app_instance_id":"c","events":[{"name":"_bad"},{"name":"1x"},{"name":"购买"},{"name":"session_start"},{},{"name":"` + strings.Repeat("a", 41) + `"}]}`: {
			"events[0].name NAME_RESERVED", "events[1].name NAME_INVALID", "events[2].name NAME_INVALID", "events[3].name NAME_RESERVED",
			"events[4].name VALUE_REQUIRED", "events[5].name NAME_INVALID",
		},
		`{"client_id":"c","events":[{"name":"e","params":{"ga_x":1,"b":true,"":1,"items":7}}]}`: {
			"events[0].params.ga_x NAME_RESERVED", "events[0].params.b VALUE_INVALID", "events[0].params. NAME_INVALID",
		},
		`{"client_id":"c","events":[` + many + `{"name":"e"}]}`: {"events EXCEEDED_MAX_ENTITIES"},
		`{"client_id":"c","user_properties":{"user_id":{"value":1},"a":1,"` + strings.Repeat("a", 25) + `":{"value":1}}}`: {
			"user_properties.user_id NAME_RESERVED", "user_properties.a VALUE_INVALID", "user_properties." + strings.Repeat("a", 25) + " NAME_INVALID",
			"events VALUE_REQUIRED",
		},
		`{"client_id":"c","events":[{"name":"e","params":{` + params + `"b":1}}]}`: append(
			slicesRepeat("events[0].params.a NAME_DUPLICATED", 24), "events[0].params EXCEEDED_MAX_ENTITIES"),
	} {
		route, r := call(t, debug, body)
		require.False(t, route.Deaf)
		require.True(t, route.DryRun(r))
		var d wire.Decoded
		require.NoError(t, route.Decode(r, &d))
		require.Equal(t, want, paths(validated(t, route.Answer(r, wire.Outcome{Kind: wire.Accepted, Decoded: &d}))), body)
	}
}

func slicesRepeat(s string, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = s
	}
	return list
}

func TestVerdictsBecomeMessages(t *testing.T) {
	t.Parallel()
	route, r := call(t, debug, `{"client_id":"c","user_properties":{"level":{"value":"x"}},"events":[7,{"name":"order_paid","params":{"price":"x"}},{"name":"unknown_event"}]}`)
	var d wire.Decoded
	require.NoError(t, route.Decode(r, &d))
	said := func(code, property, expected, actual string, severity capture.Severity) []capture.Violation {
		return []capture.Violation{{Code: code, Property: property, Expected: expected, Actual: actual, Severity: severity}}
	}
	d.Events[0].Violations = append(said(check.TypeMismatch, "price", "a number", `"x"`, capture.Error), said(check.ExtraProperty, "more", "", "1", capture.Warning)...)
	d.Events[1].Violations = said(check.EventUnplanned, "", "", "", capture.Error)
	d.Events[2].Violations = said(check.AboveMaximum, "level", "", "", capture.Error)
	d.Events = append(d.Events, capture.Captured{Violations: said(check.RecordUnreadable, "", "", "", capture.Error)}) // as a collector does
	got := validated(t, route.Answer(r, wire.Outcome{Kind: wire.Accepted, Decoded: &d}))
	require.Equal(t, []string{
		"events[0] VALUE_INVALID", "events[1].params.price VALUE_INVALID", "events[1].params.more NAME_INVALID", "events[2].name NAME_INVALID",
		"user_properties.level VALUE_OUT_OF_BOUNDS",
	}, paths(got))
	require.Equal(t, `the event "order_paid": type_mismatch, expected a number, got "x"`, got[1].Description)
	require.Contains(t, got[2].Description, "(a warning)")
}

func TestRefusalsBecomeMessages(t *testing.T) {
	t.Parallel()
	for kind, want := range map[wire.Kind]string{
		wire.UnknownKey: "api_secret VALUE_INVALID", wire.Malformed: " VALUE_INVALID", wire.TooLarge: " VALUE_INVALID", wire.Unavailable: " INTERNAL_ERROR",
	} {
		route, r := call(t, debug, "{")
		require.Equal(t, []string{want}, paths(validated(t, route.Answer(r, wire.Outcome{Kind: kind, Reason: "why"}))))
	}
}
