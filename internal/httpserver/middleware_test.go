package httpserver_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/httpserver"
)

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

// TestUploadLimit: only a form with files, and only to GraphQL, may be larger.
func TestUploadLimit(t *testing.T) {
	t.Parallel()
	cfg := config()
	cfg.MaxBody, cfg.MaxUpload = 1000, 2000
	length := func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
		}
	}
	cfg.GraphQL, cfg.SDK = http.HandlerFunc(length), sdk{http.HandlerFunc(length)}
	s := start(t, cfg)
	for _, c := range []struct {
		path, media string
		size, want  int
	}{
		{"/graphql", "application/json", 1000, 200},
		{"/graphql", "application/json", 1001, 413},
		{"/graphql", "multipart/form-data; boundary=x", 2000, 200},
		{"/graphql", "multipart/form-data; boundary=x", 2001, 413},
		{"/v1/t", "multipart/form-data; boundary=x", 1001, 413},
	} {
		a := s.do(http.MethodPost, c.path, strings.Repeat("x", c.size), "Content-Type", c.media)
		require.Equal(t, c.want, a.StatusCode, c)
	}
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
