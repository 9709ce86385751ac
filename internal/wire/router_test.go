package wire_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/wire"
)

func route(method, path string, claims func(*wire.Request) bool) wire.Route {
	return wire.Route{
		Method: method, Path: path, Task: wire.Discard, Claims: claims,
		Answer: func(*wire.Request, wire.Outcome) wire.Answer { return wire.Text(200, path) },
	}
}

func TestRouter(t *testing.T) {
	t.Parallel()
	never := func(*wire.Request) bool { return false }
	always := func(*wire.Request) bool { return true }
	router, err := wire.NewRouter(
		wire.Format{Name: "one", Routes: []wire.Route{route("POST", "/a", never), route("GET", "/v/{x}/end", nil), route("GET", "/v/{x}", nil)}},
		wire.Format{Name: "two", Routes: []wire.Route{route("POST", "/a", always), route("GET", "/a", never), route("POST", "/v/{other}/end", nil)}},
		wire.Format{Name: "three", Routes: []wire.Route{route("POST", "/a", nil), route("GET", "/", nil)}},
	)
	require.NoError(t, err)
	for _, c := range []struct{ method, path, format, param, allow string }{
		{"POST", "/a", "two", "", "POST, GET"},
		{"POST", "/a/", "two", "", "POST, GET"},
		{"GET", "/a", "", "", "POST, GET"},
		{"PUT", "/a", "", "", "POST, GET"},
		{"GET", "/v/k/end", "one", "k", "GET, POST"},
		{"POST", "/v/k/end/", "two", "k", "GET, POST"},
		{"GET", "/v/k", "one", "k", "GET"},
		{"GET", "/", "three", "", "GET"},
	} {
		match, ok := router.Match(c.method, c.path)
		require.True(t, ok, c.path)
		require.Equal(t, c.param, match.Param)
		require.Equal(t, c.allow, match.Allow)
		got := match.Pick(&wire.Request{})
		if c.format == "" {
			require.Nil(t, got)
			continue
		}
		require.NotNil(t, got, c.path)
		require.Equal(t, c.format, got.Format)
	}
	for _, path := range []string{"", "/b", "/a/b", "/a//", "/v/", "/v//end", "/v/k/l/end", "/v/k/end/x"} {
		_, ok := router.Match("GET", path)
		require.False(t, ok, path)
	}
}

func TestRouterRefusesBadRoutes(t *testing.T) {
	t.Parallel()
	collect := route("GET", "/a", nil)
	collect.Task = wire.Collect
	for _, bad := range []wire.Route{route("GET", "a", nil), route("GET", "/a/", nil), {Method: "GET", Path: "/a", Task: wire.Discard}, collect} {
		_, err := wire.NewRouter(wire.Format{Name: "bad", Routes: []wire.Route{bad}})
		require.ErrorContains(t, err, "of format bad")
	}
	one := wire.Format{Name: "one", Routes: []wire.Route{route("GET", "/a", nil)}}
	_, err := wire.NewRouter(one, one)
	require.EqualError(t, err, "route GET /a of format one: format one already takes all requests there")
}

func TestCORS(t *testing.T) {
	t.Parallel()
	answer := http.Header{}
	require.False(t, wire.CORS(answer, "POST", http.Header{}))
	require.Empty(t, answer, "a server asks for nothing")

	require.False(t, wire.CORS(answer, "POST", http.Header{"Origin": {"https://shop.example"}}))
	require.Equal(t, http.Header{
		"Access-Control-Allow-Origin": {"https://shop.example"}, "Access-Control-Allow-Credentials": {"true"},
		"Access-Control-Expose-Headers": {"Retry-After, Waymark-Reason"}, "Vary": {"Origin"},
	}, answer)

	answer = http.Header{}
	require.False(t, wire.CORS(answer, "OPTIONS", http.Header{"Origin": {"null"}}), "no preflight without the method it is for")
	answer = http.Header{}
	require.True(t, wire.CORS(answer, "OPTIONS", http.Header{
		"Origin": {"null"}, "Access-Control-Request-Method": {"POST"}, "Access-Control-Request-Private-Network": {"true"},
	}))
	require.Equal(t, "null", answer.Get("Access-Control-Allow-Origin"))
	require.Equal(t, "true", answer.Get("Access-Control-Allow-Private-Network"))
	require.Empty(t, answer.Values("Access-Control-Allow-Headers"))
}

func TestAnswerHeader(t *testing.T) {
	t.Parallel()
	h := http.Header{}
	wire.Answer{Status: 503, ContentType: "text/plain", RetryAfter: 1500 * time.Millisecond, Reason: "why"}.Header(h)
	require.Equal(t, http.Header{
		"Content-Type": {"text/plain"}, "Retry-After": {"2"}, "Waymark-Reason": {"why"}, "Cache-Control": {"no-store"},
		"Cross-Origin-Resource-Policy": {"cross-origin"}, "X-Content-Type-Options": {"nosniff"},
	}, h)
}

func TestImageIsAnImage(t *testing.T) {
	t.Parallel()
	require.Equal(t, "image/gif", http.DetectContentType([]byte(wire.GIF)))
}
