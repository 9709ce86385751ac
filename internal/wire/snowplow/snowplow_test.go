package snowplow_test

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
	"github.com/waymarkhq/waymark/internal/wire/snowplow"
)

func call(t *testing.T, method, target, body string) (*wire.Route, *wire.Request) {
	t.Helper()
	router, err := wire.NewRouter(snowplow.Format())
	require.NoError(t, err)
	u, err := url.ParseRequestURI(target)
	require.NoError(t, err)
	match, ok := router.Match(method, u.Path)
	require.True(t, ok, target)
	r := &wire.Request{
		Method: method, Path: u.Path, Query: u.RawQuery, Param: match.Param, Header: http.Header{}, RemoteIP: "203.0.113.7",
		ReceivedAt: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC),
	}
	require.NoError(t, r.ReadBody(strings.NewReader(body), -1, wire.DefaultLimits(), nil))
	return match.Pick(r), r
}

const tp2 = "/com.snowplowanalytics.snowplow/tp2"

func decode(t *testing.T, body string) *wire.Decoded {
	t.Helper()
	route, r := call(t, http.MethodPost, tp2, body)
	var d wire.Decoded
	require.NoError(t, route.Decode(r, &d))
	return &d
}

func payload(records ...string) string {
	return `{"schema":"iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4","data":[` + strings.Join(records, ",") + `]}`
}

// unstruct returns the JSON of a self-describing event.
func unstruct(name, properties string) string {
	return `{"schema":"iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0","data":{"schema":"iglu:com.acme/` + name +
		`/jsonschema/2-0-1","data":` + properties + `}}`
}

func contexts(list ...string) string {
	for i, c := range list {
		name, data, _ := strings.Cut(c, " ")
		list[i] = `{"schema":"iglu:` + name + `/jsonschema/1-0-0","data":` + data + `}`
	}
	return `{"schema":"iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-0","data":[` + strings.Join(list, ",") + `]}`
}

func TestEventsInEveryEncoding(t *testing.T) {
	t.Parallel()
	properties := `{"商品":"苹果 🍎","price":12345678901234567890.50,"url":"a%20b"}`
	text := unstruct("order_paid", properties)
	for _, c := range []struct{ name, value string }{
		{"ue_pr", wire.Quote(text)},
		{"ue_pr", text},
		{"ue_px", wire.Quote(base64.RawURLEncoding.EncodeToString([]byte(text)))},
		{"ue_px", wire.Quote(base64.URLEncoding.EncodeToString([]byte(text)))},
		{"ue_px", wire.Quote(base64.StdEncoding.EncodeToString([]byte(text)))},
		{"ue_px", wire.Quote(base64.StdEncoding.EncodeToString([]byte("\n" + text)))},
		{"ue_px", wire.Quote(text)},
		{"ue_pr", wire.Quote(base64.RawURLEncoding.EncodeToString([]byte(text)))},
	} {
		d := decode(t, payload(`{"e":"ue","eid":"1","`+c.name+`":`+c.value+`}`))
		require.Len(t, d.Events, 1)
		require.Empty(t, d.Rejected)
		ev := d.Events[0]
		require.Equal(t, "order_paid", ev.Name)
		require.Equal(t, "1", ev.ID)
		require.Equal(t, []string{"schema iglu:com.acme/order_paid/jsonschema/2-0-1"}, ev.Notes)
		require.Equal(t, properties, ev.PropertiesJSON())
		require.Equal(t, "12345678901234567890.50", ev.Properties[ev.Properties.Find("price")].Text)
	}
}

func TestKindsOfEvents(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		record, name, properties, note string
		typ                            capture.Type
	}{
		{`{"e":"pv","page":"首页"}`, "page", "", "", capture.Page},
		{`{"e":"pp","pp_mix":"1","pp_may":"2.5"}`, "page_ping", `{"pp_mix":1,"pp_may":2.5}`, "", capture.Track},
		{`{"e":"se","se_ca":"购物","se_ac":"add","se_va":"many"}`, "购物/add", `{"se_ca":"购物","se_ac":"add","se_va":"many"}`, "", capture.Track},
		{`{"e":"se","se_ca":"购物","se_va":3}`, "购物", `{"se_ca":"购物","se_va":3}`, "a structured event needs se_ca and se_ac", capture.Track},
		{`{"e":"tr","tr_id":"o1","tr_tt":"9.90"}`, "transaction", `{"tr_id":"o1","tr_tt":9.90}`, "", capture.Track},
		{`{"e":"ti","ti_sk":"s","ti_qu":"2"}`, "transaction_item", `{"ti_sk":"s","ti_qu":2}`, "", capture.Track},
		{`{"e":"ad"}`, "ad", "", `e is "ad", which is no kind of event`, capture.Track},
		{`{}`, "", "", "e, the kind of the event, is missing", capture.Track},
		{`{"e":7}`, "7", "", "e is a number, not a string", capture.Track},
		{`{"e":"ue","ue_pr":{"schema":"iglu:com.acme/x/jsonschema/1-0-0","data":{"a":1}}}`, "x", `{"a":1}`, "ue_pr is not wrapped in an unstruct_event", capture.Track},
		{`{"e":"ue","ue_pr":{"data":{"schema":"bare","data":[]}}}`, "bare", "", "the schema is not iglu:vendor/name/format/version", capture.Track},
		{`{"e":"ue","ue_pr":{"data":{"a":1}}}`, "", `{"a":1}`, "ue_pr has no schema, which is the event's name", capture.Track},
		{`{"e":"ue","ue_pr":` + unstruct("x", "null") + `}`, "x", "", "ue_pr.data.data is null", capture.Track},
	} {
		d := decode(t, payload(c.record))
		require.Len(t, d.Events, 1, c.record)
		ev := d.Events[0]
		require.Equal(t, c.typ, ev.Type, c.record)
		require.Equal(t, c.name, ev.Name, c.record)
		require.Equal(t, c.properties, ev.PropertiesJSON())
		if c.note != "" {
			require.Contains(t, ev.Notes, c.note)
		}
	}
}

func TestMalformedRecordsCostThemselves(t *testing.T) {
	t.Parallel()
	d := decode(t, payload(`{"e":"pv","eid":"1"}`, `7`, `null`, `{"e":"ue"}`, `{"e":"ue","ue_px":"!"}`, `{"e":"ue","ue_px":"eyJ"}`,
		`{"e":"ue","ue_pr":"{\"a\":"}`, `{"e":"ue","ue_pr":[]}`, `{"e":"ue","ue_pr":"`+strings.Repeat("[", 70)+strings.Repeat("]", 70)+`"}`,
		`{"e":"ue","ue_pr":"{\"n\":`+strings.Repeat("1", 65)+`}"}`, `{"e":"pv","x":`+strings.Repeat("1", 65)+`}`,
		"{\"e\":\"pv\",\"page\":\"\xff\"}", `{"e":"pv","cx":"!","co":[7,{},{"schema":"iglu:com.snowplowanalytics.mobile/application/jsonschema/1-0-0","data":7}]}`))
	require.Len(t, d.Events, 3)
	require.Equal(t, []string{"bytes that are not UTF-8 were replaced by U+FFFD"}, d.Events[1].Notes)
	require.Equal(t, []string{"cx holds no contexts"}, d.Events[2].Notes)
	reasons := map[int]string{}
	for _, r := range d.Rejected {
		reasons[r.Index] = r.Reason
	}
	require.Equal(t, map[int]string{
		1: "an event must be an object, not a number", 2: "an event must be an object, not null",
		3: "an unstruct event without ue_px or ue_pr", 4: "ue_px is neither JSON nor base64 of it",
		5: "ue_px is neither JSON nor base64 of it", 6: "ue_pr is neither JSON nor base64 of it",
		7: "ue_pr is an array, not an object", 8: "a value in it is beyond the limits: nested deeper than 64",
		9:  "a value in it is beyond the limits: a number longer than 64 characters",
		10: "a value in it is beyond the limits: a number longer than 64 characters",
	}, reasons)
	require.JSONEq(t, `{"e":"ue","ue_px":"!"}`, d.Rejected[3].Raw)
}

func TestPayloadShapes(t *testing.T) {
	t.Parallel()
	for body, events := range map[string]int{
		`[{"e":"pv"},{"e":"pp"}]`: 2, `{"e":"pv"}`: 1, `{"data":{"e":"pv"}}`: 1, `{"data":[]}`: 0,
	} {
		require.Len(t, decode(t, body).Events, events, body)
	}
	for body, reason := range map[string]string{
		`7`: "the body must be an object, not a number", `{}`: "the body has no data", `{"data":7}`: "data must be a list, not a number",
		`{`: "the body is not JSON: unexpected end at byte 1", ``: "the body is not JSON: unexpected end at byte 0",
	} {
		route, r := call(t, http.MethodPost, tp2, body)
		require.Empty(t, route.WriteKey(r))
		require.EqualError(t, route.Decode(r, &wire.Decoded{}), reason)
	}
}

func TestContexts(t *testing.T) {
	t.Parallel()
	d := decode(t, payload(`{"e":"pv","aid":"k","tv":"andr-5.4.1","co":`+contexts(
		`com.snowplowanalytics.mobile/application {"version":"3.2.1","build":321}`,
		`com.snowplowanalytics.snowplow/mobile_context {"osType":"android","osVersion":"14","deviceManufacturer":"Xiaomi","deviceModel":"14",
			"networkType":"wifi","androidIdfa":"ad","appleIdfv":""}`,
		`com.snowplowanalytics.snowplow/client_session {"userId":"install","sessionId":"s1"}`,
		`com.acme/application {"version":"9"}`,
	)+`}`, `{"e":"pv","aid":"other","duid":"d","sid":"s","nuid":"n","co":`+contexts(
		`com.snowplowanalytics.snowplow/mobile_context {"osType":"ios","appleIdfa":"a","appleIdfv":"v"}`,
		`com.snowplowanalytics.snowplow/client_session {"userId":"install","sessionId":"s1"}`,
	)+`}`))
	ev := d.Events[0]
	require.Equal(t, capture.App{Version: "3.2.1", Build: "321"}, ev.App)
	require.Equal(t, capture.OS{Name: "android", Version: "14"}, ev.OS)
	require.Equal(t, capture.Device{Manufacturer: "Xiaomi", Model: "14"}, ev.Device)
	require.Equal(t, capture.Library{Name: "andr", Version: "5.4.1"}, ev.Library)
	require.Equal(t, []string{"wifi", "ad", "install", "s1"}, []string{ev.Network, ev.DeviceID, ev.AnonymousID, ev.SessionID})
	require.Equal(t, []string{"application.build is a number, not a string"}, ev.Notes)
	ev = d.Events[1]
	require.Equal(t, []string{"v", "d", "s"}, []string{ev.DeviceID, ev.AnonymousID, ev.SessionID})
	require.Equal(t, []string{`its app id (aid) is "other", that of the payload "k"`}, ev.Notes)
}

func TestTimesAndIDs(t *testing.T) {
	t.Parallel()
	d := decode(t, payload(`{"e":"pv","dtm":"1767323045123","ttm":"1767323046000","stm":"1767323047000"}`, `{"e":"pv","dtm":"1767323045123","stm":"1"}`,
		`{"e":"pv","dtm":"1767323045123","stm":"1767323047000"}`, `{"e":"pv"}`, `{"e":"pv","dtm":"soon"}`, `{"e":"pv","eid":"`+strings.Repeat("x", 2000)+`"}`))
	require.Equal(t, "2026-01-02T03:04:06Z", d.Events[0].EventTime.Format(time.RFC3339Nano))
	require.Equal(t, "2026-01-02T03:04:07Z", d.Events[0].SentAt.Format(time.RFC3339Nano))
	require.Equal(t, "2026-01-02T03:04:05.123Z", d.Events[1].EventTime.Format(time.RFC3339Nano))
	require.NotEmpty(t, d.Events[1].ID)
	require.Equal(t, d.Events[1].ID, d.Events[2].ID, "sent again, at another time")
	require.Empty(t, d.Events[3].ID)
	require.Equal(t, []string{"dtm is not a number of milliseconds since 1970"}, d.Events[4].Notes)
	require.Len(t, d.Events[5].ID, 34)
}

func TestAnonymous(t *testing.T) {
	t.Parallel()
	route, r := call(t, http.MethodPost, tp2, payload(`{"e":"pv","ip":"192.0.2.1","nuid":"n"}`, `7`))
	r.Header.Set("Sp-Anonymous", "*")
	var d wire.Decoded
	require.NoError(t, route.Decode(r, &d))
	require.Empty(t, d.Events[0].IP)
	require.Empty(t, d.Events[0].AnonymousID)
	require.Empty(t, r.RemoteIP, "nor is it kept with what could not be read")
}

func TestGet(t *testing.T) {
	t.Parallel()
	text := unstruct("order_paid", `{"商品":"苹果 🍎"}`)
	for _, value := range []string{
		"ue_px=" + base64.RawURLEncoding.EncodeToString([]byte(text)), "ue_px=" + url.QueryEscape(base64.StdEncoding.EncodeToString([]byte(text))),
		"ue_px=" + base64.StdEncoding.EncodeToString([]byte(text)), "ue_pr=" + url.QueryEscape(text),
	} {
		route, r := call(t, http.MethodGet, "/i?e=ue&aid=k&eid=1&a.b=c&page=%E9%A6%96%E9%A1%B5&"+value, "")
		require.Equal(t, "k", route.WriteKey(r))
		var d wire.Decoded
		require.NoError(t, route.Decode(r, &d))
		require.Equal(t, "order_paid", d.Events[0].Name)
		require.Equal(t, "首页", d.Events[0].Page.Title)
		require.Contains(t, d.Events[0].Raw, `"a.b":"c"`)
		require.JSONEq(t, `{"商品":"苹果 🍎"}`, d.Events[0].PropertiesJSON())
	}
	route, r := call(t, http.MethodGet, "/i/?e=se&se_ca=a&se_ac=b&se_va=2&tna=k&se_va=x%FF", "")
	require.Equal(t, "k", route.WriteKey(r))
	var d wire.Decoded
	require.NoError(t, route.Decode(r, &d))
	twice := "{\"se_ca\":\"a\",\"se_ac\":\"b\",\"se_va\":2,\"se_va\":\"x\ufffd\"}"
	require.Equal(t, twice, d.Events[0].PropertiesJSON())
	for target, reason := range map[string]string{"/i": "the query is empty", "/i?" + strings.Repeat("a=1&", 1001): "too many parameters"} {
		route, r := call(t, http.MethodGet, target, "")
		require.EqualError(t, route.Decode(r, &wire.Decoded{}), reason)
	}
}

func TestWriteKeys(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		payload(`{"aid":"a","tna":"t"}`): "a", payload(`7`, `{"tna":"t"}`, `{"aid":"a"}`): "a", payload(`{"tna":"t","aid":""}`): "t",
		payload(`{"aid":7}`): "", payload(): "", `{`: "",
	} {
		route, r := call(t, http.MethodPost, "/com.acme/tp2", body)
		require.Equal(t, want, route.WriteKey(r), body)
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	for method, target := range map[string]string{http.MethodPost: tp2, http.MethodGet: "/i"} {
		route, r := call(t, method, target, "")
		require.False(t, route.Deaf)
		for kind, status := range map[wire.Kind]int{
			wire.Accepted: 200, wire.UnknownKey: 401, wire.Malformed: 400, wire.TooLarge: 400, wire.Throttled: 503, wire.Unavailable: 503,
		} {
			a := route.Answer(r, wire.Outcome{Kind: kind, Reason: "why"})
			require.Equal(t, status, a.Status)
			require.Equal(t, status == 503, a.RetryAfter > 0)
			require.Equal(t, status == 401 || status == 400, a.Reason == "why")
		}
	}
	route, r := call(t, http.MethodPost, tp2, "")
	require.Equal(t, "ok", route.Answer(r, wire.Outcome{Kind: wire.Accepted}).Body)
	route, r = call(t, http.MethodGet, "/i", "")
	require.Equal(t, wire.GIF, route.Answer(r, wire.Outcome{Kind: wire.Accepted}).Body)
}
