package httpserver_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/httpserver"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// sdk answers /v1/ paths.
type sdk struct{ http.Handler }

func (sdk) Serves(path string) bool { return strings.HasPrefix(path, "/v1/") || path == "//v1/t" }

func named(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, "%s %s %s", name, r.Method, r.URL.Path)
	}
}

func config() httpserver.Config {
	return httpserver.Config{Addr: "127.0.0.1:0", GraphQL: named("graphql"), Pages: named("pages"), SDK: sdk{named("sdk")}}
}

// server is a running server.
type server struct {
	*httpserver.Server
	t      *testing.T
	client *http.Client
	stop   func() error // stops it and returns what Run returned
}

func start(t *testing.T, cfg httpserver.Config) *server {
	t.Helper()
	s, err := httpserver.New(cfg)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	stop := sync.OnceValue(func() error { cancel(); return <-done })
	transport := &http.Transport{DisableCompression: true}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		require.NoError(t, stop())
	})
	return &server{Server: s, t: t, stop: stop, client: &http.Client{Transport: transport}}
}

// answer is a whole answer.
type answer struct {
	*http.Response
	body string
}

func (s *server) do(method, url, body string, headers ...string) answer {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, "http://"+s.Addr().String()+url, strings.NewReader(body))
	require.NoError(s.t, err)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	if host := r.Header.Get("Host"); host != "" {
		r.Host = host
	}
	return s.send(r)
}

func (s *server) send(r *http.Request) answer {
	s.t.Helper()
	resp, err := s.client.Do(r)
	require.NoError(s.t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(s.t, err)
	return answer{resp, string(text)}
}

func (s *server) get(url string, headers ...string) answer {
	s.t.Helper()
	return s.do(http.MethodGet, url, "", headers...)
}

func TestRoutes(t *testing.T) {
	t.Parallel()
	cfg := config()
	reg := prometheus.NewRegistry()
	cfg.Gatherer, cfg.Registerer = reg, reg
	s := start(t, cfg)
	for path, want := range map[string]string{
		"/": "pages GET /", "/graphiql/": "pages GET /graphiql/", "/graphql": "graphql GET /graphql", "/v1/t": "sdk GET /v1/t",
		"//v1/t": "sdk GET //v1/t", "/healthz": "ok\n", "/graphqlx": "pages GET /graphqlx",
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

func TestAddressInUse(t *testing.T) {
	t.Parallel()
	s := start(t, config())
	cfg := config()
	cfg.CollectAddr = s.Addr().String()
	_, err := httpserver.New(cfg)
	require.ErrorContains(t, err, cfg.CollectAddr)
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

// TestStop: not ready any more, streams are ended, what is under way gets its answer, and Run returns after all that.
func TestStop(t *testing.T) {
	t.Parallel()
	entered, release, streamsClosed := make(chan struct{}), make(chan struct{}), make(chan struct{})
	cfg := config()
	cfg.CloseStreams = func(context.Context) { close(streamsClosed) }
	cfg.GraphQL = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(entered)
		<-release
		if r.Context().Err() != nil {
			w.WriteHeader(http.StatusInternalServerError)
		}
		_, _ = io.WriteString(w, "done")
	})
	s := start(t, cfg)
	got := make(chan answer)
	go func() { got <- s.get("/graphql") }()
	<-entered
	stopped := make(chan error)
	go func() { stopped <- s.stop() }()
	<-streamsClosed
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", s.Addr().String())
		if err == nil {
			_ = conn.Close()
		}
		return err != nil
	}, 10*time.Second, 5*time.Millisecond)
	close(release)
	a := <-got
	require.Equal(t, 200, a.StatusCode)
	require.Equal(t, "done", a.body)
	require.NoError(t, <-stopped)
}

// TestStopCutsTheStubborn: a request that does not end holds nothing up for longer than the time to drain.
func TestStopCutsTheStubborn(t *testing.T) {
	t.Parallel()
	entered := make(chan struct{})
	cfg := config()
	cfg.DrainTimeout = 50 * time.Millisecond
	cfg.GraphQL = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(entered)
		<-r.Context().Done()
	})
	s := start(t, cfg)
	failed := make(chan error)
	go func() {
		resp, err := s.client.Get("http://" + s.Addr().String() + "/graphql")
		if err == nil {
			resp.Body.Close()
		}
		failed <- err
	}()
	<-entered
	require.NoError(t, s.stop())
	require.Error(t, <-failed)
}

func TestPanic(t *testing.T) {
	t.Parallel()
	var log lockedBuffer
	cfg := config()
	cfg.Logger = slog.New(httpserver.LogHandler(slog.NewTextHandler(&log, nil)))
	cfg.Pages = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/half" {
			_, _ = io.WriteString(w, "half an ans")
			w.(http.Flusher).Flush()
		}
		panic("secret cause")
	})
	s := start(t, cfg)
	a := s.get("/", "X-Request-Id", "trace-1")
	require.Equal(t, 500, a.StatusCode)
	require.Equal(t, "internal error\n", a.body)
	require.Equal(t, "trace-1", a.Header.Get("X-Request-Id"))
	require.Contains(t, log.String(), "request=trace-1")
	require.Contains(t, log.String(), "secret cause")

	resp, err := s.client.Get("http://" + s.Addr().String() + "/half")
	require.NoError(t, err)
	defer resp.Body.Close()
	_, err = io.ReadAll(resp.Body)
	require.Error(t, err, "half an answer does not look like a whole one")
	require.Equal(t, 200, s.get("/healthz").StatusCode)
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestRequestIDs(t *testing.T) {
	t.Parallel()
	cfg := config()
	cfg.Pages = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = fmt.Fprint(w, httpserver.RequestID(r.Context())) })
	s := start(t, cfg)
	first, second := s.get("/"), s.get("/")
	require.NotEqual(t, first.body, second.body)
	require.Equal(t, first.body, first.Header.Get("X-Request-Id"))
	require.Equal(t, "abc-1.2_3", s.get("/", "X-Request-Id", "abc-1.2_3").body)
	for _, bad := range []string{strings.Repeat("x", 65), "a b", "a\"b", "日本"} {
		require.NotEqual(t, bad, s.get("/", "X-Request-Id", bad).body)
	}
	require.Empty(t, httpserver.RequestID(t.Context()))
}

func TestAccessLog(t *testing.T) {
	t.Parallel()
	var log lockedBuffer
	cfg := config()
	cfg.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s := start(t, cfg)
	s.get("/graphql?query=secret", "Authorization", "Bearer wm_secret")
	require.Eventually(t, func() bool { return strings.Contains(log.String(), "path=/graphql") }, 10*time.Second, time.Millisecond)
	require.Contains(t, log.String(), "status=200")
	require.NotContains(t, log.String(), "secret", "neither queries nor headers")
}

func TestBodyLimit(t *testing.T) {
	t.Parallel()
	cfg := config()
	cfg.MaxBody = 1000
	cfg.SDK = sdk{http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		if tooBig, ok := errors.AsType[*http.MaxBytesError](err); ok {
			http.Error(w, fmt.Sprint("more than ", tooBig.Limit), http.StatusRequestEntityTooLarge)
			return
		}
		_, _ = fmt.Fprint(w, n)
	})}
	s := start(t, cfg)
	require.Equal(t, "1000", s.do(http.MethodPost, "/v1/t", strings.Repeat("x", 1000)).body)
	a := s.do(http.MethodPost, "/v1/t", strings.Repeat("x", 1001))
	require.Equal(t, 413, a.StatusCode)
}

// TestBodyDeadline runs from the first read to the end of the body and not beyond, so that a stream may follow.
func TestBodyDeadline(t *testing.T) {
	t.Parallel()
	var set []bool
	body := httpserver.NewTimedBody(io.NopCloser(strings.NewReader("a body")), func(at time.Time) error {
		set = append(set, !at.IsZero())
		return nil
	})
	require.Empty(t, set)
	_, err := io.ReadAll(body)
	require.NoError(t, err)
	require.Equal(t, []bool{true, false}, set)
}

func TestOrigin(t *testing.T) {
	t.Parallel()
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32")}
	public := &url.URL{Scheme: "https", Host: "waymark.example"}
	for _, c := range []struct {
		name, peer, forwarded, proto, host string
		client, scheme                     string
	}{
		{name: "direct", peer: "192.0.2.1:5", client: "192.0.2.1", scheme: "http"},
		{name: "a client that lies", peer: "192.0.2.1:5", forwarded: "203.0.113.9", proto: "https", client: "192.0.2.1", scheme: "http"},
		{name: "behind a proxy", peer: "10.1.1.1:5", forwarded: "203.0.113.9", proto: "https", client: "203.0.113.9", scheme: "https"},
		{name: "a lie before a proxy", peer: "10.1.1.1:5", forwarded: "127.0.0.1, 203.0.113.9", client: "203.0.113.9", scheme: "http"},
		{name: "two proxies", peer: "[2001:db8::1]:5", forwarded: "203.0.113.9, 10.0.0.2", client: "203.0.113.9", scheme: "http"},
		{name: "only proxies", peer: "10.1.1.1:5", forwarded: "10.0.0.3, 10.0.0.2", client: "10.0.0.3", scheme: "http"},
		{name: "nonsense", peer: "10.1.1.1:5", forwarded: "203.0.113.9, unknown", client: "10.1.1.1", scheme: "http"},
		{name: "with ports", peer: "10.1.1.1:5", forwarded: "203.0.113.9:4711", client: "203.0.113.9", scheme: "http"},
		{name: "mapped", peer: "[::ffff:10.1.1.1]:5", forwarded: "::ffff:203.0.113.9", client: "203.0.113.9", scheme: "http"},
		{name: "public host", peer: "192.0.2.1:5", host: "WAYMARK.example:443", client: "192.0.2.1", scheme: "https"},
		{name: "strange scheme", peer: "10.1.1.1:5", proto: "gopher", client: "10.1.1.1", scheme: "http"},
	} {
		client, scheme := httpserver.Origin(httpserver.Config{TrustedProxies: proxies, PublicURL: public}, func(r *http.Request) {
			r.RemoteAddr = c.peer
			for name, value := range map[string]string{"X-Forwarded-For": c.forwarded, "X-Forwarded-Proto": c.proto} {
				if value != "" {
					r.Header.Set(name, value)
				}
			}
			if c.host != "" {
				r.Host = c.host
			}
		})
		require.Equal(t, c.client, client, c.name)
		require.Equal(t, c.scheme, scheme, c.name)
	}
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

func TestTLS(t *testing.T) {
	t.Parallel()
	cfg := config()
	cfg.TLSCert, cfg.TLSKey = certificate(t)
	cfg.PublicURL = &url.URL{Scheme: "https", Host: "waymark.example"}
	cfg.Pages = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = fmt.Fprint(w, r.URL.Scheme, r.Proto) })
	s := start(t, cfg)
	transport := &http.Transport{
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true},
		ForceAttemptHTTP2: true,
	}
	defer transport.CloseIdleConnections()
	s.client = &http.Client{Transport: transport}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+s.Addr().String()+"/", http.NoBody)
	require.NoError(t, err)
	a := s.send(r)
	require.Equal(t, "httpsHTTP/2.0", a.body)
	require.NotEmpty(t, a.Header.Get("Strict-Transport-Security"))

	cfg.TLSKey = cfg.TLSCert
	_, err = httpserver.New(cfg)
	require.ErrorContains(t, err, "certificate")
}

// certificate makes a key pair in files.
func certificate(t *testing.T) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	dir := t.TempDir()
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	require.NoError(t, os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}), 0o600))
	require.NoError(t, os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600))
	return certFile, keyFile
}

func BenchmarkRequest(b *testing.B) {
	cfg := config()
	cfg.SDK = sdk{http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })}
	h := httpserver.HandlerOf(b, cfg)
	r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, "/v1/t", http.NoBody)
	require.NoError(b, err)
	r.RemoteAddr = "192.0.2.1:4711"
	w := &nowhere{h: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		h.ServeHTTP(w, r)
	}
}

type nowhere struct{ h http.Header }

func (n *nowhere) Header() http.Header       { return n.h }
func (*nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (*nowhere) WriteHeader(int)             {}
