package httpserver_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/httpserver"
)

func TestRoutes(t *testing.T) {
	t.Parallel()
	cfg := config()
	reg := prometheus.NewRegistry()
	cfg.Gatherer, cfg.Registerer = reg, reg
	s := start(t, cfg)
	for path, want := range map[string]string{
		"/": "pages GET /", "/graphiql/": "pages GET /graphiql/", "/graphql": "graphql GET /graphql", "/v1/t": "sdk GET /v1/t",
		"/export/x": "export GET /export/x", "/files/fil_1": "files GET /files/fil_1", "//v1/t": "sdk GET //v1/t", "/healthz": "ok\n", "/graphqlx": "pages GET /graphqlx",
	} {
		a := s.get(path)
		require.Equal(t, 200, a.StatusCode, path)
		require.Equal(t, want, a.body, path)
		require.NotEmpty(t, a.Header.Get("X-Request-Id"))
	}
	require.Equal(t, "nosniff", s.get("/graphql").Header.Get("X-Content-Type-Options"))
	require.Empty(t, s.get("/graphql").Header.Get("Strict-Transport-Security"))
	require.Equal(t, "pages GET /debug/pprof/", s.get("/debug/pprof/").body, "no profiler on this door")
	metrics := s.get("/metrics").body
	require.Contains(t, metrics, `waymark_http_requests_total{route="graphql",status="2xx"} 3`)
	require.Contains(t, metrics, `waymark_http_requests_total{route="collect",status="2xx"} 2`)
}

// TestCollectAddr: a public edge has the SDK endpoints and nothing else, and the other address does not have them.
func TestCollectAddr(t *testing.T) {
	t.Parallel()
	cfg := config()
	cfg.CollectAddr, cfg.Gatherer = "127.0.0.1:0", prometheus.NewRegistry()
	cfg.SDK = sdk{http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/v1/") {
			http.NotFound(w, r)
			return
		}
		named("sdk")(w, r)
	})}
	s := start(t, cfg)
	require.Equal(t, "pages POST /v1/t", s.do(http.MethodPost, "/v1/t", "{}").body)
	edge := func(path string) answer {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.CollectAddr().String()+path, http.NoBody)
		require.NoError(t, err)
		return s.send(r)
	}
	require.Equal(t, "sdk GET /v1/t", edge("/v1/t").body)
	for _, path := range []string{"/", "/graphql", "/graphiql/", "/metrics"} {
		require.Equal(t, 404, edge(path).StatusCode, path)
	}
	require.Equal(t, 200, edge("/healthz").StatusCode)
	require.Equal(t, 200, edge("/readyz").StatusCode)
}

func TestReadiness(t *testing.T) {
	t.Parallel()
	var database, bus atomic.Pointer[error]
	var probes atomic.Int64
	probe := func(p *atomic.Pointer[error]) func(context.Context) error {
		return func(context.Context) error {
			probes.Add(1)
			if err := p.Load(); err != nil {
				return *err
			}
			return nil
		}
	}
	cfg := config()
	var now atomic.Int64
	cfg.Clock = func() time.Time { return time.Unix(now.Load(), 0) }
	cfg.Checks = []httpserver.Check{{Name: "database", Probe: probe(&database)}, {Name: "bus", Probe: probe(&bus), Collect: true}}
	s := start(t, cfg)
	type check struct {
		Name, Reason string
		Ready        bool
	}
	look := func(path string) (int, map[string]check) {
		a := s.get(path)
		var got struct{ Checks []check }
		require.NoError(t, json.Unmarshal([]byte(a.body), &got), a.body)
		byName := map[string]check{}
		for _, c := range got.Checks {
			byName[c.Name] = c
		}
		return a.StatusCode, byName
	}
	code, _ := look("/readyz")
	require.Equal(t, 200, code)
	for range 50 {
		look("/readyz")
	}
	require.Equal(t, int64(2), probes.Load(), "asking often does not ask the database often")

	down, secret := error(fault.New(fault.Unavailable, "database_unavailable", "x")), errors.New("password=hunter2")
	database.Store(&down)
	now.Add(1)
	code, checks := look("/readyz")
	require.Equal(t, 503, code)
	require.Equal(t, check{Name: "database", Reason: "database_unavailable"}, checks["database"])
	require.True(t, checks["bus"].Ready)
	code, _ = look("/readyz/collect")
	require.Equal(t, 200, code, "collecting goes on without the database")

	bus.Store(&secret)
	now.Add(1)
	code, checks = look("/readyz/collect")
	require.Equal(t, 503, code)
	require.Equal(t, "failed", checks["bus"].Reason)
	require.Equal(t, 200, s.get("/healthz").StatusCode)
}

// TestCrossOrigin: pages of other sites cannot use the API, those of allowed origins can, programs always can.
func TestCrossOrigin(t *testing.T) {
	t.Parallel()
	cfg := config()
	cfg.Origins = []string{"https://console.example"}
	cfg.PublicURL = &url.URL{Scheme: "https", Host: "waymark.example"}
	s := start(t, cfg)
	post := func(headers ...string) answer { return s.do(http.MethodPost, "/graphql", "{}", headers...) }
	require.Equal(t, 200, post().StatusCode)
	require.Equal(t, 200, post("Origin", "http://"+s.Addr().String()).StatusCode)
	require.Equal(t, 200, post("Sec-Fetch-Site", "same-origin", "Origin", "https://proxied.example").StatusCode)
	require.Equal(t, 200, post("Sec-Fetch-Site", "cross-site", "Origin", "https://waymark.example").StatusCode)
	for _, bad := range [][]string{
		{"Origin", "https://evil.example"},
		{"Origin", "null"},
		{"Sec-Fetch-Site", "cross-site"},
		{"Sec-Fetch-Site", "same-site", "Origin", "https://other.waymark.example"},
	} {
		a := post(bad...)
		require.Equal(t, 403, a.StatusCode, bad)
		require.Contains(t, a.body, "origin_not_allowed")
		require.Empty(t, a.Header.Get("Access-Control-Allow-Origin"))
	}
	a := post("Sec-Fetch-Site", "cross-site", "Origin", "https://console.example")
	require.Equal(t, 200, a.StatusCode)
	require.Equal(t, "https://console.example", a.Header.Get("Access-Control-Allow-Origin"))
	require.Equal(t, "true", a.Header.Get("Access-Control-Allow-Credentials"))
	require.Contains(t, a.Header.Values("Vary"), "Origin")
	preflight := func(origin string) answer {
		return s.do(http.MethodOptions, "/graphql", "", "Origin", origin, "Access-Control-Request-Method", "POST")
	}
	require.Equal(t, 204, preflight("https://console.example").StatusCode)
	require.Empty(t, preflight("https://evil.example").Header.Get("Access-Control-Allow-Origin"))
	require.Equal(t, "sdk POST /v1/t", s.do(http.MethodPost, "/v1/t", "", "Origin", "https://evil.example").body, "SDKs have rules of their own")
}

// TestForms: a page of another site may send a form without asking, so somebody has to say where it comes from.
func TestForms(t *testing.T) {
	t.Parallel()
	s := start(t, config())
	post := func(headers ...string) int {
		return s.do(http.MethodPost, "/graphql", "--x--", append(headers, "Content-Type", `Multipart/Form-Data; boundary="x"`)...).StatusCode
	}
	require.Equal(t, 200, post(), "nobody's cookie")
	require.Equal(t, 403, post("Cookie", "waymark_session=1"))
	require.Equal(t, 403, post("Cookie", "waymark_session=1", "Origin", "https://evil.example"))
	require.Equal(t, 403, post("Cookie", "waymark_session=1", "Origin", "https://evil.example", "GraphQL-Require-Preflight", "1"))
	require.Equal(t, 200, post("Cookie", "waymark_session=1", "Origin", "http://"+s.Addr().String()))
	require.Equal(t, 200, post("Cookie", "waymark_session=1", "Sec-Fetch-Site", "same-origin"))
	require.Equal(t, 200, post("Cookie", "waymark_session=1", "GraphQL-Require-Preflight", "1"))
	require.Equal(t, 200, post("Cookie", "waymark_session=1", "Authorization", "Bearer wm_1"))
}

func TestCompression(t *testing.T) {
	t.Parallel()
	large := `{"data":"` + strings.Repeat("waymark ", 1000) + `"}`
	cfg := config()
	cfg.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	cfg.GraphQL = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/graphql-response+json; charset=utf-8")
		if r.URL.Query().Has("small") {
			_, _ = io.WriteString(w, "{}")
			return
		}
		_, _ = io.WriteString(w, large)
	})
	s := start(t, cfg)
	far := []string{"X-Forwarded-For", "192.0.2.1", "Accept-Encoding", "gzip"}
	a := s.get("/graphql", far...)
	require.Equal(t, "gzip", a.Header.Get("Content-Encoding"))
	require.Less(t, len(a.body), 1000)
	require.Contains(t, strings.Join(a.Header.Values("Vary"), ","), "Accept-Encoding")
	require.Empty(t, s.get("/graphql?small", far...).Header.Get("Content-Encoding"))
	require.Empty(t, s.get("/graphql", "Accept-Encoding", "gzip").Header.Get("Content-Encoding"), "on this machine it only costs")
	require.Equal(t, large, s.get("/graphql", "X-Forwarded-For", "192.0.2.1").body)
}

// TestStreams: each event leaves at once, also through all the layers, and a WebSocket gets its connection.
func TestStreams(t *testing.T) {
	t.Parallel()
	next := make(chan string)
	cfg := config()
	cfg.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	cfg.GraphQL = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") != "" {
			conn, rw, err := http.NewResponseController(w).Hijack()
			if err != nil {
				panic(err)
			}
			defer func() { _ = conn.Close() }()
			_, _ = rw.WriteString("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nhello\n")
			_ = rw.Flush()
			line, _ := rw.ReadString('\n')
			_, _ = rw.WriteString(line)
			_ = rw.Flush()
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		for text := range next {
			_, _ = io.WriteString(w, text)
			_ = http.NewResponseController(w).Flush()
		}
	})
	s := start(t, cfg)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+s.Addr().String()+"/graphql", strings.NewReader("{}"))
	require.NoError(t, err)
	r.Header.Set("Accept", "text/event-stream")
	r.Header.Set("Accept-Encoding", "gzip")
	r.Header.Set("X-Forwarded-For", "192.0.2.1")
	go func() { next <- "data: 0\n" }()
	resp, err := s.client.Do(r)
	require.NoError(t, err)
	lines := bufio.NewReader(resp.Body)
	for i := range 3 {
		if i > 0 {
			next <- fmt.Sprintf("data: %d\n", i)
		}
		line, err := lines.ReadString('\n')
		require.NoError(t, err)
		require.Equal(t, fmt.Sprintf("data: %d\n", i), line)
	}
	close(next)
	resp.Body.Close()

	conn, err := net.Dial("tcp", s.Addr().String())
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	_, _ = fmt.Fprint(conn, "GET /graphql HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nAccept-Encoding: gzip\r\nX-Forwarded-For: 192.0.2.1\r\n\r\nping\n")
	text, err := io.ReadAll(conn)
	require.NoError(t, err)
	require.True(t, strings.HasSuffix(string(text), "hello\nping\n"), string(text))
}
