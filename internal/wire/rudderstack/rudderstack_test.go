package rudderstack_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
	"github.com/waymarkhq/waymark/internal/wire/rudderstack"
	"github.com/waymarkhq/waymark/internal/wire/segment"
)

func call(t *testing.T, method, target, body string, header http.Header) (*wire.Route, *wire.Request) {
	t.Helper()
	router, err := wire.NewRouter(rudderstack.Format(), segment.Format())
	require.NoError(t, err)
	u, err := url.ParseRequestURI(target)
	require.NoError(t, err)
	match, ok := router.Match(method, u.Path)
	require.True(t, ok, target)
	r := &wire.Request{Method: method, Path: u.Path, Query: u.RawQuery, Param: match.Param, Header: header}
	require.NoError(t, r.ReadBody(strings.NewReader(body), -1, wire.DefaultLimits(), nil))
	return match.Pick(r), r
}

func TestRequestsAreToldFromSegments(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		header http.Header
		body   string
		want   string
	}{
		{nil, `{"batch":[{"type":"track","originalTimestamp":"2026-01-02T03:04:05Z"}]}`, rudderstack.Name},
		{nil, `{"type":"track","originalTimestamp":null}`, rudderstack.Name},
		{nil, `[{"originalTimestamp":1}]`, rudderstack.Name},
		{http.Header{"Anonymousid": {"YQ=="}}, `{"type":"track"}`, rudderstack.Name},
		{http.Header{"Rs-Useragent": {"serverSDK"}}, `{broken`, rudderstack.Name},
		{nil, `{"batch":[{"type":"track","timestamp":"2026-01-02T03:04:05Z","channel":"mobile"}]}`, segment.Name},
		{http.Header{"User-Agent": {"analytics-go (version: 3.0.0)"}}, `{"batch":[{"type":"track"}],"context":{}}`, segment.Name},
		{nil, `{"batch":[]}`, segment.Name},
		{nil, `{"batch":{}}`, segment.Name},
		{nil, `{"batch":[7]}`, segment.Name},
		{nil, `7`, segment.Name},
		{nil, `{broken`, segment.Name},
		{nil, ``, segment.Name},
		{nil, `{"properties":{"originalTimestamp":1}}`, segment.Name},
	} {
		for _, p := range segment.Paths() {
			route, _ := call(t, http.MethodPost, p.Path, c.body, c.header)
			require.Equal(t, c.want, route.Format, p.Path+" "+c.body)
		}
	}
}

func TestOwnPaths(t *testing.T) {
	t.Parallel()
	basic := http.Header{"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte("k:"))}}
	for _, c := range []struct {
		method, target string
		header         http.Header
		task           wire.Task
		deaf           bool
	}{
		{"POST", "/beacon/v1/batch?writeKey=k", nil, wire.Collect, true},
		{"POST", "/beacon/v1/batch/?writeKey=k", nil, wire.Collect, true},
		{"GET", "/pixel/v1/track?writeKey=k", nil, wire.Collect, true},
		{"GET", "/pixel/v1/page?writeKey=k", nil, wire.Collect, true},
		{"GET", "/sourceConfig/?p=npm&writeKey=k", nil, wire.Configure, false},
		{"GET", "/sourceConfig?p=npm", basic, wire.Configure, false},
	} {
		route, r := call(t, c.method, c.target, "", c.header)
		require.Equal(t, c.task, route.Task)
		require.Equal(t, c.deaf, route.Deaf)
		require.Equal(t, "k", route.WriteKey(r), c.target)
	}
	route, r := call(t, "GET", "/cluster-info", "", nil)
	require.Nil(t, route.WriteKey)
	require.Equal(t, wire.JSON(200, `{"nodeCount":1}`), route.Answer(r, wire.Outcome{Kind: wire.Accepted}))
}

func TestPixel(t *testing.T) {
	t.Parallel()
	route, r := call(t, "GET", "/pixel/v1/page?writeKey=k&anonymousId=%22amp-1%22&name=Home&context.page.url=u&context.library.name=AMP&properties.a=1", "", nil)
	var d wire.Decoded
	require.NoError(t, route.Decode(r, &d))
	require.Len(t, d.Events, 1)
	ev := d.Events[0]
	require.Equal(t, capture.Page, ev.Type)
	require.Equal(t, "Home", ev.Name)
	require.Equal(t, "amp-1", ev.AnonymousID)
	require.Equal(t, "u", ev.Page.URL)
	require.Equal(t, "AMP", ev.Library.Name)
	require.JSONEq(t, `{"a":"1"}`, ev.PropertiesJSON())
	require.Empty(t, ev.ID)
	require.NotContains(t, ev.Raw, "writeKey")
}

func TestMessages(t *testing.T) {
	t.Parallel()
	route, r := call(t, "POST", "/v1/identify", `{"type":"identify","userId":"u","originalTimestamp":"2026-01-02T03:04:05Z","timestamp":"2027-01-01T00:00:00Z",
		"context":{"traits":{"level":3},"app":{"name":"RudderLabs JavaScript SDK","namespace":"com.rudderlabs.javascript","version":"3.34.1"}}}`, nil)
	var d wire.Decoded
	require.NoError(t, route.Decode(r, &d))
	ev := d.Events[0]
	require.Equal(t, rudderstack.Name, ev.Format)
	require.Equal(t, `{"level":3}`, ev.PropertiesJSON())
	require.Equal(t, 2026, ev.EventTime.Year())
	require.Zero(t, ev.App, "the browser SDK speaks of itself")

	route, r = call(t, "POST", "/v1/batch", `{"context":{"app":{"name":"shop","version":"1"}},"batch":[{"type":"track","event":"e","userId":"u","originalTimestamp":1767323045123,
		"context":{"app":{"name":"RudderLabs JavaScript SDK","namespace":"com.rudderlabs.javascript","version":"3.34.1"}}}]}`, nil)
	d.Reset()
	require.NoError(t, route.Decode(r, &d))
	require.Equal(t, capture.App{Name: "shop", Version: "1"}, d.Events[0].App)
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	route, r := call(t, "POST", "/beacon/v1/batch", "", nil)
	require.Equal(t, wire.Text(200, "OK"), route.Answer(r, wire.Outcome{Kind: wire.Accepted}))
	for kind, status := range map[wire.Kind]int{wire.UnknownKey: 401, wire.Malformed: 400, wire.TooLarge: 413, wire.Throttled: 429, wire.Unavailable: 503} {
		require.Equal(t, status, route.Answer(r, wire.Outcome{Kind: kind}).Status)
	}
	route, r = call(t, "GET", "/sourceConfig/?writeKey=k", "", nil)
	require.Equal(t, wire.JSON(200, `{"source":{"id":"k","name":"k","enabled":true,"workspaceId":"waymark","config":{},"destinations":[]}}`),
		route.Answer(r, wire.Outcome{Kind: wire.Accepted}))
	require.Equal(t, wire.Text(401, "Invalid Write Key"), route.Answer(r, wire.Outcome{Kind: wire.UnknownKey}))
	route, r = call(t, "GET", "/pixel/v1/track", "", nil)
	require.Equal(t, 200, route.Answer(r, wire.Outcome{Kind: wire.Unavailable}).Status)
}
