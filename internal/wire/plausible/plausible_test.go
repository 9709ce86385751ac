package plausible_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
	"github.com/waymarkhq/waymark/internal/wire/plausible"
)

func call(t *testing.T, body string) (*wire.Route, *wire.Request) {
	t.Helper()
	router, err := wire.NewRouter(plausible.Format())
	require.NoError(t, err)
	match, ok := router.Match(http.MethodPost, "/api/event")
	require.True(t, ok)
	r := &wire.Request{Method: http.MethodPost, Path: "/api/event", Header: http.Header{}, RemoteIP: "203.0.113.7"}
	require.NoError(t, r.ReadBody(strings.NewReader(body), -1, wire.DefaultLimits(), nil))
	return match.Pick(r), r
}

func TestEvents(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		body, name, properties string
		typ                    capture.Type
		notes                  []string
	}{
		{`{"n":"加购","u":"https://x","d":"k","r":"r","v":36,"p":{"价格":"5999.5"}}`, "加购", `{"价格":"5999.5"}`, capture.Track, nil},
		{`{"name":"e","url":"https://x","domain":"k,other","referrer":"r","props":"{\"a\":\"苹果 🍎\"}"}`, "e", `{"a":"苹果 🍎"}`, capture.Track, nil},
		{`{"n":"e","u":"https://x","d":"k","r":"r","m":"{\"a\":1}"}`, "e", `{"a":1}`, capture.Track, nil},
		{`{"n":"pageview","u":"https://x","d":"k","r":"r"}`, "pageview", "", capture.Page, nil},
		{`{"n":"e","u":"https://x","d":"k","r":"r","p":"{"}`, "e", "", capture.Track, []string{"props is a string, not an object"}},
		{`{"u":"https://x","d":"k","r":"r","p":null}`, "", "", capture.Track, []string{"name is empty", "props is null"}},
	} {
		route, r := call(t, c.body)
		require.Equal(t, "k", route.WriteKey(r), c.body)
		var d wire.Decoded
		require.NoError(t, route.Decode(r, &d))
		ev := d.Events[0].Event
		require.Equal(t, c.name, ev.Name)
		require.Equal(t, c.typ, ev.Type)
		require.Equal(t, c.properties, ev.PropertiesJSON())
		require.Equal(t, c.notes, ev.Notes)
		require.Equal(t, capture.PageInfo{URL: "https://x", Referrer: "r"}, ev.Page)
		require.Empty(t, ev.ID)
	}
}

func TestMalformed(t *testing.T) {
	t.Parallel()
	for body, reason := range map[string]string{`[]`: "the body must be an object, not an array", `{`: "the body is not JSON: unexpected end at byte 1"} {
		route, r := call(t, body)
		require.Empty(t, route.WriteKey(r))
		require.EqualError(t, route.Decode(r, &wire.Decoded{}), reason)
	}
	route, r := call(t, `{"d":7,"p":"`+strings.Repeat("[", 70)+strings.Repeat("]", 70)+`"}`)
	require.Empty(t, route.WriteKey(r))
	var d wire.Decoded
	require.NoError(t, route.Decode(r, &d))
	require.Len(t, d.Rejected, 1)
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	route, r := call(t, "")
	for kind, status := range map[wire.Kind]int{
		wire.Accepted: 202, wire.UnknownKey: 202, wire.Malformed: 400, wire.TooLarge: 400, wire.Throttled: 503, wire.Unavailable: 503,
	} {
		a := route.Answer(r, wire.Outcome{Kind: kind, Reason: "why"})
		require.Equal(t, status, a.Status)
		require.Equal(t, status == 503, a.RetryAfter > 0)
		require.Equal(t, status != 503, a.Reason == "why")
		require.Equal(t, status == 202, a.Body == "ok")
	}
}
