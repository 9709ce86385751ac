package cloudevents_test

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
	"github.com/waymarkhq/waymark/internal/wire/cloudevents"
)

func call(t *testing.T, target, body string, header map[string]string) (*wire.Route, *wire.Request) {
	t.Helper()
	router, err := wire.NewRouter(cloudevents.Format())
	require.NoError(t, err)
	u, err := url.ParseRequestURI(target)
	require.NoError(t, err)
	match, ok := router.Match(http.MethodPost, u.Path)
	require.True(t, ok, target)
	r := &wire.Request{
		Method: http.MethodPost, Path: u.Path, Query: u.RawQuery, Header: http.Header{}, RemoteIP: "203.0.113.7",
		ReceivedAt: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC),
	}
	for name, value := range header {
		r.Header.Set(name, value)
	}
	require.NoError(t, r.ReadBody(strings.NewReader(body), -1, wire.DefaultLimits(), nil))
	return match.Pick(r), r
}

func decode(t *testing.T, body string, header map[string]string) *wire.Decoded {
	t.Helper()
	route, r := call(t, "/cloudevents", body, header)
	var d wire.Decoded
	require.NoError(t, route.Decode(r, &d))
	return &d
}

func TestStructured(t *testing.T) {
	t.Parallel()
	d := decode(t, `{"specversion":"1.0","id":"1","source":"urn:app","type":"order_paid","time":"2026-01-02T11:04:05+08:00","subject":"s",
		"userid":"u","anonymousid":"a","deviceid":"d","sessionid":"se","groupid":"g","appversion":"3.2.1","appbuild":"321","appname":"shop",
		"osname":"iOS","osversion":"18","devicemanufacturer":"Apple","devicemodel":"iPhone17,1","devicetype":"phone","libraryname":"own",
		"libraryversion":"2","locale":"zh-CN","timezone":"Asia/Shanghai","pageurl":"https://x","pagetitle":"首页",
		"dataschema":"https://acme.com/order/2","datacontenttype":"application/json","data":{"商品":"苹果 🍎","price":12345678901234567890.50}}`, nil)
	ev := d.Events[0].Event
	require.Equal(t, "order_paid", ev.Name)
	require.Equal(t, capture.Track, ev.Type)
	require.Equal(t, "urn:app 1", ev.ID)
	require.Equal(t, []string{"u", "a", "d", "se", "g"}, []string{ev.UserID, ev.AnonymousID, ev.DeviceID, ev.SessionID, ev.GroupID})
	require.Equal(t, capture.App{Name: "shop", Version: "3.2.1", Build: "321"}, ev.App)
	require.Equal(t, capture.OS{Name: "iOS", Version: "18"}, ev.OS)
	require.Equal(t, capture.Device{Manufacturer: "Apple", Model: "iPhone17,1", Type: "phone"}, ev.Device)
	require.Equal(t, capture.Library{Name: "own", Version: "2"}, ev.Library)
	require.Equal(t, capture.PageInfo{URL: "https://x", Title: "首页"}, ev.Page)
	require.Equal(t, []string{"zh-CN", "Asia/Shanghai"}, []string{ev.Locale, ev.Timezone})
	require.Equal(t, "2026-01-02T03:04:05Z", ev.EventTime.Format(time.RFC3339Nano))
	require.Equal(t, []string{"dataschema https://acme.com/order/2"}, ev.Notes)
	want := `{"商品":"苹果 🍎","price":12345678901234567890.50}`
	require.Equal(t, want, ev.PropertiesJSON())
}

func TestWhatIsMissingIsNoted(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		event, id string
		notes     []string
	}{
		{`{}`, "", []string{"id is missing", "source is missing", "type is missing", "specversion is missing"}},
		{`{"id":7,"source":"","type":"t","specversion":"0.3","data":[1],"time":"x"}`, "7", []string{
			"source is missing", "id is a number, not a string", `specversion is "0.3"; 1.0 is what is known`, "time is not ISO 8601", "data is an array, not an object",
		}},
		{`{"source":"s","type":"t","specversion":"1.0","data":"text"}`, "", []string{"id is missing", "data is a string, not an object"}},
		{`{"id":"1","id":"2","source":"s","type":"t","specversion":"1.0"}`, "s 2", []string{"id is there twice; the last one counts"}},
	} {
		d := decode(t, c.event, nil)
		require.Len(t, d.Events, 1)
		require.Equal(t, c.id, d.Events[0].ID)
		for _, note := range c.notes {
			require.Contains(t, strings.Join(d.Events[0].Notes, "; "), note)
		}
	}
	d := decode(t, `{"source":"s","type":"t","time":"2026-01-02T03:04:05Z"}`, nil)
	require.Contains(t, d.Events[0].ID, "h:")
}

func TestBatch(t *testing.T) {
	t.Parallel()
	d := decode(t, `[{"id":"1","source":"s","type":"a","specversion":"1.0"},7,{"id":"2","type":"b","x":`+strings.Repeat("1", 65)+`},
		{"id":"3","source":"s","type":"c","specversion":"1.0"}]`, map[string]string{"Content-Type": "text/plain"})
	require.Len(t, d.Events, 2)
	require.Equal(t, []int{1, 2}, []int{d.Rejected[0].Index, d.Rejected[1].Index})
	require.Empty(t, decode(t, `[]`, nil).Events)
}

func TestDataInBase64(t *testing.T) {
	t.Parallel()
	text := base64.StdEncoding.EncodeToString([]byte(`{"商品":"苹果 🍎"}`))
	d := decode(t, `[{"id":"1","source":"s","type":"a","specversion":"1.0","data_base64":"`+text+`"},
		{"id":"2","source":"s","type":"a","specversion":"1.0","data_base64":"!"},7,
		{"id":"3","source":"s","type":"a","specversion":"1.0","data_base64":"/w=="},
		{"id":"4","source":"s","type":"a","specversion":"1.0","data_base64":"aGk="}]`, nil)
	require.Len(t, d.Events, 4)
	require.JSONEq(t, `{"商品":"苹果 🍎"}`, d.Events[0].PropertiesJSON())
	require.Empty(t, d.Events[1].Notes)
	require.Contains(t, d.Events[2].Raw, `"data_base64":"/w=="`)
	require.Equal(t, []string{"data is a string, not an object"}, d.Events[3].Notes)
	d = decode(t, `{"id":"1","source":"s","type":"a","specversion":"1.0","data_base64":"`+text+`"}`, nil)
	require.JSONEq(t, `{"商品":"苹果 🍎"}`, d.Events[0].PropertiesJSON())
}

func TestBinary(t *testing.T) {
	t.Parallel()
	head := func(more ...string) map[string]string {
		h := map[string]string{"ce-id": "1", "ce-source": "urn:app", "ce-type": "order_paid", "ce-specversion": "1.0", "Content-Type": "application/json"}
		for i := 0; i < len(more); i += 2 {
			h[more[i]] = more[i+1]
		}
		return h
	}
	d := decode(t, `{"商品":"苹果 🍎"}`, head("ce-subject", "%E5%BC%A0%E4%B8%89%20+", "ce-appversion", `"3.2.1"`, "ce-osname", "100%"))
	ev := d.Events[0]
	require.Equal(t, "order_paid", ev.Name)
	require.Equal(t, "urn:app 1", ev.ID)
	require.Equal(t, "张三 +", ev.UserID)
	require.Equal(t, "3.2.1", ev.App.Version)
	require.Equal(t, "100%", ev.OS.Name)
	require.Empty(t, ev.Notes)
	require.JSONEq(t, `{"商品":"苹果 🍎"}`, ev.PropertiesJSON())
	require.JSONEq(t, `{"appversion":"3.2.1","id":"1","osname":"100%","source":"urn:app","specversion":"1.0","subject":"张三 +","type":"order_paid",
		"datacontenttype":"application/json","data":{"商品":"苹果 🍎"}}`, ev.Raw)

	require.Empty(t, decode(t, "", head()).Events[0].Notes)
	require.Equal(t, []string{"data is a string, not an object"}, decode(t, "text", head("Content-Type", "text/plain")).Events[0].Notes)
	require.Contains(t, decode(t, "\xff\x00", head()).Events[0].Raw, `"data_base64":"/wA="`)
	for _, deep := range []int{64, 70} {
		d := decode(t, strings.Repeat("[", deep)+strings.Repeat("]", deep), head())
		require.Empty(t, d.Events)
		require.Equal(t, "a value in it is beyond the limits: nested deeper than 64", d.Rejected[0].Reason)
	}
	d = decode(t, `{"id":"2","source":"s","type":"t","specversion":"1.0"}`, head("Content-Type", "application/cloudevents+json"))
	require.Equal(t, "s 2", d.Events[0].ID, "copied headers do not make a message binary")
	d = decode(t, `{"id":"2","source":"s","type":"t","specversion":"1.0"}`, map[string]string{"Content-Type": "application/json"})
	require.Equal(t, "s 2", d.Events[0].ID)
}

func TestMalformed(t *testing.T) {
	t.Parallel()
	for body, reason := range map[string]string{
		`7`: "the body must be an event or a list of events, not a number", ``: "the body is not JSON: unexpected end at byte 0",
		`{"data_base64":`: "the body is not JSON: unexpected end at byte 15",
	} {
		route, r := call(t, "/cloudevents", body, nil)
		require.EqualError(t, route.Decode(r, &wire.Decoded{}), reason)
	}
}

func TestWriteKeys(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ target, authorization, want string }{
		{"/cloudevents?key=q", "Bearer b", "b"},
		{"/cloudevents/?key=q", "Basic " + base64.StdEncoding.EncodeToString([]byte("u:p")), "u"},
		{"/cloudevents?key=q", "", "q"},
		{"/cloudevents", "", ""},
	} {
		route, r := call(t, c.target, "", map[string]string{"Authorization": c.authorization})
		require.Equal(t, c.want, route.WriteKey(r))
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	route, r := call(t, "/cloudevents", "", nil)
	for kind, status := range map[wire.Kind]int{
		wire.Accepted: 202, wire.UnknownKey: 401, wire.Malformed: 400, wire.TooLarge: 413, wire.Throttled: 429, wire.Unavailable: 503,
	} {
		a := route.Answer(r, wire.Outcome{Kind: kind, Reason: "why"})
		require.Equal(t, status, a.Status)
		require.Equal(t, status == 429 || status == 503, a.RetryAfter > 0)
		require.Equal(t, status == 400 || status == 401 || status == 413, a.Body == "why")
	}
}
