package umami_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
	"github.com/waymarkhq/waymark/internal/wire/umami"
)

func call(t *testing.T, body string) (*wire.Route, *wire.Request) {
	t.Helper()
	router, err := wire.NewRouter(umami.Format())
	require.NoError(t, err)
	match, ok := router.Match(http.MethodPost, "/api/send")
	require.True(t, ok)
	r := &wire.Request{Method: http.MethodPost, Path: "/api/send", Header: http.Header{"User-Agent": {"Mozilla/5.0"}}, RemoteIP: "203.0.113.7"}
	require.NoError(t, r.ReadBody(strings.NewReader(body), -1, wire.DefaultLimits(), nil))
	return match.Pick(r), r
}

func decode(t *testing.T, body string) *wire.Decoded {
	t.Helper()
	route, r := call(t, body)
	var d wire.Decoded
	require.NoError(t, route.Decode(r, &d))
	return &d
}

func TestRecords(t *testing.T) {
	t.Parallel()
	d := decode(t, `[{"type":"event","payload":{"website":"k","url":"/商品/1","title":"首页","referrer":"r","language":"zh-CN","name":"加购","id":"u","ip":"192.0.2.1",
		"userAgent":"UA","timestamp":1767323045,"data":{"price":12345678901234567890.50,"名":"苹果 🍎"}}},
		{"type":"event","payload":{"url":"/"}},{"type":"identify","payload":{"id":"u","data":{"level":3}}},{"payload":{"name":"e","data":[]}},
		{"type":"other","payload":{"name":7}}]`)
	ev := d.Events[0].Event
	require.Equal(t, capture.Track, ev.Type)
	require.Equal(t, []string{"加购", "u", "192.0.2.1", "UA", "zh-CN", ""}, []string{ev.Name, ev.UserID, ev.IP, ev.UserAgent, ev.Locale, ev.ID})
	require.Equal(t, capture.PageInfo{URL: "/商品/1", Title: "首页", Referrer: "r"}, ev.Page)
	want := `{"price":12345678901234567890.50,"名":"苹果 🍎"}`
	require.Equal(t, want, ev.PropertiesJSON())
	require.Equal(t, "2026-01-02T03:04:05Z", ev.EventTime.Format(time.RFC3339))
	require.Empty(t, ev.Notes)
	ev = d.Events[1].Event
	require.Equal(t, capture.Page, ev.Type)
	require.Equal(t, []string{"page", "203.0.113.7", "Mozilla/5.0"}, []string{ev.Name, ev.IP, ev.UserAgent})
	ev = d.Events[2].Event
	require.Equal(t, capture.Identify, ev.Type)
	require.Equal(t, "identify", ev.Name)
	require.JSONEq(t, `{"level":3}`, ev.PropertiesJSON())
	require.Equal(t, []string{"payload.data is an array, not an object"}, d.Events[3].Notes)
	require.Equal(t, []string{"name is a number, not a string", `type is "other", not event or identify`}, d.Events[4].Notes)
}

func TestMalformed(t *testing.T) {
	t.Parallel()
	d := decode(t, `[7,{},{"payload":7},{"payload":{"name":"good"}}]`)
	require.Len(t, d.Events, 1)
	require.Len(t, d.Rejected, 3)
	require.Equal(t, "an event needs a payload, an object", d.Rejected[1].Reason)
	for body, reason := range map[string]string{`7`: "the body must be an object, not a number", ``: "the body is not JSON: unexpected end at byte 0"} {
		route, r := call(t, body)
		require.Empty(t, route.WriteKey(r))
		require.EqualError(t, route.Decode(r, &wire.Decoded{}), reason)
	}
}

func TestWriteKeys(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"payload":{"website":"k"}}`: "k", `[7,{"payload":7},{"payload":{"website":"k"}}]`: "k", `{"payload":{"website":7}}`: "", `{"payload":[]}`: "", `[]`: "",
	} {
		route, r := call(t, body)
		require.Equal(t, want, route.WriteKey(r), body)
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	route, r := call(t, "")
	require.Equal(t, wire.JSON(200, `{"cache":"","sessionId":"","visitId":""}`), route.Answer(r, wire.Outcome{Kind: wire.Accepted}))
	for kind, status := range map[wire.Kind]int{wire.UnknownKey: 400, wire.Malformed: 400, wire.TooLarge: 400, wire.Throttled: 503, wire.Unavailable: 503} {
		a := route.Answer(r, wire.Outcome{Kind: kind, Reason: "why"})
		require.Equal(t, status, a.Status)
		require.Equal(t, status == 503, a.RetryAfter > 0)
		require.Equal(t, status == 400, a.Reason == "why")
	}
}
