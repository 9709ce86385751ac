package matomo_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/check"
	"github.com/waymarkhq/waymark/internal/wire"
	"github.com/waymarkhq/waymark/internal/wire/matomo"
)

func call(t *testing.T, method, target, body string) (*wire.Route, *wire.Request) {
	t.Helper()
	router, err := wire.NewRouter(matomo.Format())
	require.NoError(t, err)
	u, err := url.ParseRequestURI(target)
	require.NoError(t, err)
	match, ok := router.Match(method, u.Path)
	require.True(t, ok, target)
	r := &wire.Request{Method: method, Path: u.Path, Query: u.RawQuery, Header: http.Header{}, RemoteIP: "203.0.113.7"}
	require.NoError(t, r.ReadBody(strings.NewReader(body), -1, wire.DefaultLimits(), nil))
	return match.Pick(r), r
}

func decode(t *testing.T, method, target, body string) *wire.Decoded {
	t.Helper()
	route, r := call(t, method, target, body)
	var d wire.Decoded
	require.NoError(t, route.Decode(r, &d))
	return &d
}

func TestOneRequestInEveryPlace(t *testing.T) {
	t.Parallel()
	const query = "idsite=k&rec=1&url=https%3A%2F%2Fx&urlref=r&action_name=%E9%A6%96%E9%A1%B5&uid=u&_id=0123456789abcdef&cdt=2026-01-02%2003%3A04%3A05" +
		"&lang=zh-cn&ua=UA&cip=192.0.2.1&token_auth=secret&e_c=%E8%B4%AD%E7%89%A9&e_a=add&e_n=%F0%9F%8D%8E&e_v=5999.50&dimension1=3.2.1&cvar=%7B%221%22%3A%5B%22tags%22%2C%22a%22%5D%7D"
	for _, c := range []struct{ method, target, body string }{
		{"GET", "/matomo.php?" + query, ""},
		{"GET", "/piwik.php/?" + query, ""},
		{"POST", "/matomo.php?" + query, ""},
		{"POST", "/piwik.php", query},
		{"POST", "/matomo.php?idsite=k", strings.TrimPrefix(query, "idsite=k&") + "\n"},
		{"POST", "/matomo.php", `{"requests":["?` + query + `"],"token_auth":"secret"}`},
		{"POST", "/matomo.php", `{"requests":["` + query + `"]}`},
		{"POST", "/matomo.php", `["https://m.example/matomo.php?` + query + `"]`},
	} {
		route, r := call(t, c.method, c.target, c.body)
		require.Equal(t, "k", route.WriteKey(r), c.target)
		var d wire.Decoded
		require.NoError(t, route.Decode(r, &d))
		require.Len(t, d.Events, 1)
		ev := d.Events[0].Event
		require.Equal(t, "购物/add", ev.Name)
		require.Equal(t, capture.Track, ev.Type)
		properties := `{"e_c":"购物","e_a":"add","e_n":"🍎","e_v":5999.50,"dimension1":"3.2.1","tags":"a"}`
		require.Equal(t, properties, ev.PropertiesJSON())
		require.Equal(t, []string{"u", "0123456789abcdef", "zh-cn", "UA", "192.0.2.1"}, []string{ev.UserID, ev.AnonymousID, ev.Locale, ev.UserAgent, ev.IP})
		require.Equal(t, capture.PageInfo{URL: "https://x", Title: "首页", Referrer: "r"}, ev.Page)
		require.Equal(t, "2026-01-02T03:04:05Z", ev.EventTime.Format(time.RFC3339))
		require.Empty(t, ev.Notes)
		require.Empty(t, ev.ID)
		require.NotContains(t, ev.Raw, "secret")
	}
}

func TestKinds(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		"url=x": "page", "ping=1": "ping", "search=a&search_count=3": "site_search", "link=a": "outlink", "download=a": "download",
		"idgoal=1&revenue=2": "goal", "idgoal=0&ec_id=1": "ecommerce", "c_n=a": "content", "e_a=a": "a", "c_n=x&e_c=a&e_a=b": "a/b",
	} {
		d := decode(t, http.MethodGet, "/matomo.php?idsite=k&"+query, "")
		require.Equal(t, want, d.Events[0].Name, query)
		require.Equal(t, want == "page", d.Events[0].Type == capture.Page)
	}
}

func TestOddValues(t *testing.T) {
	t.Parallel()
	d := decode(t, http.MethodPost, "/matomo.php", `[{"idsite":7,"e_c":"a","e_a":"b","e_v":2,"cvar":{"1":["n",3],"2":7},"ec_items":[["sku",1]]},
		"e_c=a&e_a=b&e_v=x&cvar=7&ec_items=%5B&cdt=soon&_cvar=%FF","cdt=1767323045"]`)
	require.Equal(t, []string{
		`{"e_c":"a","e_a":"b","e_v":2,"n":"3","ec_items":[["sku",1]]}`, "{\"e_c\":\"a\",\"e_a\":\"b\",\"e_v\":\"x\",\"cvar\":\"7\",\"ec_items\":\"[\",\"_cvar\":\"\ufffd\"}",
	}, []string{d.Events[0].PropertiesJSON(), d.Events[1].PropertiesJSON()})
	require.Equal(t, []string{"cdt is neither a date nor a number of seconds", "bytes that are not UTF-8 were replaced by U+FFFD"}, d.Events[1].Notes)
	require.Equal(t, 2026, d.Events[2].EventTime.Year())
}

func TestMalformed(t *testing.T) {
	t.Parallel()
	d := decode(t, http.MethodPost, "/matomo.php", `{"requests":["e_c=a&e_a=b",7,null,[],"`+strings.Repeat("a=1&", 1001)+`",{"x":`+strings.Repeat("1", 65)+`},""]}`)
	require.Len(t, d.Events, 2)
	reasons := []string{}
	for _, r := range d.Rejected {
		reasons = append(reasons, r.Reason)
	}
	require.Equal(t, []string{
		"a request must be an object, not a number", "a request must be an object, not null", "a request must be an object, not an array",
		"a request must be an object, not a string", "a value in it is beyond the limits: a number longer than 64 characters",
	}, reasons)
	for _, c := range []struct{ method, target, body, reason string }{
		{"POST", "/matomo.php", `{}`, "the body has no requests"},
		{"POST", "/matomo.php", `{"requests":7}`, "requests must be a list, not a number"},
		{"POST", "/matomo.php", `{`, "the body is not JSON: unexpected end at byte 1"},
		{"GET", "/matomo.php", "", "the query is empty"},
		{"GET", "/matomo.php?" + strings.Repeat("a=1&", 1001), "", "too many parameters"},
	} {
		route, r := call(t, c.method, c.target, c.body)
		require.Empty(t, route.WriteKey(r))
		require.EqualError(t, route.Decode(r, &wire.Decoded{}), c.reason)
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	const bulk = `{"requests":["e_c=a&e_a=b",7]}`
	accepted := func(method, target, body string) wire.Answer {
		route, r := call(t, method, target, body)
		var d wire.Decoded
		require.NoError(t, route.Decode(r, &d))
		for range d.Rejected { // as a collector does
			d.Events = append(d.Events, capture.Captured{Violations: []capture.Violation{{Code: check.RecordUnreadable}}})
		}
		return route.Answer(r, wire.Outcome{Kind: wire.Accepted, Decoded: &d})
	}
	require.Equal(t, wire.GIF, accepted("GET", "/matomo.php?idsite=k", "").Body)
	require.Equal(t, wire.GIF, accepted("POST", "/matomo.php", "idsite=k").Body)
	require.Equal(t, wire.Answer{Status: 204}, accepted("GET", "/matomo.php?idsite=k&send_image=0", ""))
	require.Equal(t, wire.Answer{Status: 204}, accepted("POST", "/matomo.php", "idsite=k&send_image=0"))
	require.Equal(t, wire.JSON(200, `{"status":"success","tracked":1,"invalid":1}`), accepted("POST", "/matomo.php", bulk))
	for _, body := range []string{bulk, "idsite=k"} {
		route, r := call(t, http.MethodPost, "/matomo.php", body)
		require.False(t, route.Deaf)
		for kind, status := range map[wire.Kind]int{wire.UnknownKey: 400, wire.Malformed: 400, wire.TooLarge: 400, wire.Throttled: 503, wire.Unavailable: 503} {
			a := route.Answer(r, wire.Outcome{Kind: kind, Reason: "why"})
			require.Equal(t, status, a.Status)
			require.Equal(t, status == 503, a.RetryAfter > 0)
			require.Equal(t, status == 400, a.Reason == "why")
		}
	}
}
