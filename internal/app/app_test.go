package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/app"
	"github.com/waymarkhq/waymark/internal/config"
	"github.com/waymarkhq/waymark/internal/testkit"
)

// waymark is a running server.
type waymark struct {
	*app.App
	t      *testing.T
	url    string
	out    string // what it said at the start
	client *http.Client
	stop   func() error
}

func settings(t *testing.T) config.Config {
	t.Helper()
	return config.Config{Addr: "127.0.0.1:0", DataDir: t.TempDir(), Ack: config.AckProcess, NATSReplicas: 1}
}

func start(t *testing.T, cfg config.Config) *waymark {
	t.Helper()
	var out bytes.Buffer
	said := make(chan struct{})
	a, err := app.New(t.Context(), app.Options{Config: cfg, Logger: quiet(t), Output: signalling{&out, sync.OnceFunc(func() { close(said) })}})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	transport := &http.Transport{}
	w := &waymark{App: a, t: t, url: "http://" + a.Addr().String(), client: &http.Client{Transport: transport, Jar: jar}}
	w.stop = sync.OnceValue(func() error {
		transport.CloseIdleConnections()
		cancel()
		return <-done
	})
	t.Cleanup(func() { require.NoError(t, w.stop()) })
	<-said
	w.out = out.String()
	require.Eventually(t, func() bool { return w.get("/readyz").StatusCode == http.StatusOK }, 20*time.Second, 5*time.Millisecond)
	return w
}

// signalling tells when the first thing was written.
type signalling struct {
	io.Writer
	said func()
}

func (s signalling) Write(p []byte) (int, error) {
	defer s.said()
	return s.Writer.Write(p)
}

// quiet is a logger for the lines that matter when a test fails.
func quiet(t *testing.T) *slog.Logger {
	t.Helper()
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
}

func (w *waymark) get(path string) *http.Response {
	w.t.Helper()
	resp, err := w.client.Get(w.url + path)
	require.NoError(w.t, err)
	resp.Body.Close()
	return resp
}

// query sends one GraphQL request and returns its answer.
func (w *waymark) query(text string, headers ...string) string {
	w.t.Helper()
	body, err := json.Marshal(map[string]string{"query": text})
	require.NoError(w.t, err)
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.url+"/graphql", bytes.NewReader(body))
	require.NoError(w.t, err)
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := w.client.Do(r)
	require.NoError(w.t, err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	require.NoError(w.t, err)
	return string(answer)
}

const setUp = `mutation { setUp(input: {token: "TOKEN", email: "ann@example.com", name: "Ann", password: "correct horse"}) { viewer { user { email } } } }`

// TestFirstStart: the printed link makes the first administrator, once, who is signed in by it and after a restart still.
func TestFirstStart(t *testing.T) {
	t.Parallel()
	cfg := settings(t)
	w := start(t, cfg)
	link := regexp.MustCompile(`(http://\S+)/\?setup=(\w+)`).FindStringSubmatch(w.out)
	require.Len(t, link, 3, w.out)
	require.Equal(t, w.url, link[1])
	require.Equal(t, http.StatusOK, w.get("/?setup="+link[2]).StatusCode)
	require.Contains(t, w.query("{ viewer { isToken } }"), `{"viewer":null}`)
	require.Contains(t, w.query(setUp), "set_up_unknown")
	require.Contains(t, w.query(strings.Replace(setUp, "TOKEN", link[2], 1)), `"email":"ann@example.com"`)
	require.Contains(t, w.query("{ viewer { roles { role } } }"), `"role":"ADMIN"`)
	require.Contains(t, w.query(strings.Replace(setUp, "TOKEN", link[2], 1)), "set_up_unknown")

	token := w.query(`mutation { createAPIToken(input: {name: "CI", roles: [{role: VIEWER}]}) { secret } }`)
	secret := regexp.MustCompile(`wm_\w{36}`).FindString(token)
	require.NotEmpty(t, secret, token)
	require.Contains(t, w.query(`mutation { createApp(input: {key: "shop", name: "商城"}) { app { key } } }`), `"key":"shop"`)
	require.NoError(t, w.stop())

	again := start(t, cfg)
	require.NotContains(t, again.out, "setup=")
	require.Contains(t, again.query("{ apps { nodes { name } } }", "Authorization", "Bearer "+secret), "商城")
	require.Contains(t, again.query(`mutation { deleteApp(input: {id: "x"}) { deletedId } }`, "Authorization", "Bearer "+secret), `"code":"`)
	require.Contains(t, again.query("{ apps { nodes { name } } }"), "UNAUTHENTICATED")
	require.Contains(t, again.query("{ viewer { isToken } }", "Cookie", "waymark_session="+strings.Repeat("x", 43)), `{"viewer":null}`,
		"who comes with a cookie that is over is shown the sign-in form")
	require.Contains(t, again.query("{ viewer { isToken } }", "Authorization", "Bearer wm_nonsense"), "token_unknown")
	require.Contains(t, again.query(`mutation { signIn(input: {email: "ANN@example.com", password: "correct horse"}) { viewer { user { name } } } }`), `"name":"Ann"`)
}

// signUp makes the first administrator, who is signed in then.
func (w *waymark) signUp() {
	w.t.Helper()
	link := regexp.MustCompile(`setup=(\w+)`).FindStringSubmatch(w.out)
	require.Len(w.t, link, 2, w.out)
	require.Contains(w.t, w.query(strings.Replace(setUp, "TOKEN", link[1], 1)), "ann@example.com")
}

// TestAdminOfTheEnvironment needs nobody who clicks.
func TestAdminOfTheEnvironment(t *testing.T) {
	t.Parallel()
	cfg := settings(t)
	cfg.AdminEmail, cfg.AdminPassword = "ops@example.com", "short"
	_, err := app.New(t.Context(), app.Options{Config: cfg, Logger: quiet(t), Output: io.Discard})
	require.ErrorContains(t, err, "WAYMARK_ADMIN_EMAIL")
	cfg.AdminPassword = "correct horse"
	w := start(t, cfg)
	require.NotContains(t, w.out, "setup=")
	require.Contains(t, w.query(`mutation { signIn(input: {email: "ops@example.com", password: "correct horse"}) { viewer { roles { role } } } }`), "ADMIN")
}

// TestCollecting: from an SDK's request to the counters, on the address for SDKs.
func TestCollecting(t *testing.T) {
	t.Parallel()
	cfg := settings(t)
	cfg.CollectAddr = "127.0.0.1:0"
	cfg.AdminEmail, cfg.AdminPassword = "ops@example.com", "correct horse"
	w := start(t, cfg)
	w.query(`mutation { signIn(input: {email: "ops@example.com", password: "correct horse"}) { viewer { isToken } } }`)
	made := w.query(`mutation { createApp(input: {key: "shop", name: "商城"}) { app { environment(key: "test") { writeKeys { key } } } } }`)
	key := regexp.MustCompile(`"key":"(\w+)"`).FindStringSubmatch(made)
	require.Len(t, key, 2, made)
	send := func() int {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+w.CollectAddr().String()+"/v1/track",
			strings.NewReader(`{"event":"登录","userId":"u","messageId":"m-1"}`))
		require.NoError(t, err)
		r.SetBasicAuth(key[1], "")
		resp, err := w.client.Do(r)
		require.NoError(t, err)
		resp.Body.Close()
		return resp.StatusCode
	}
	// The key is known to the collector as soon as its notice arrives.
	require.Eventually(t, func() bool { return send() == http.StatusOK }, 10*time.Second, 20*time.Millisecond)
	require.Eventually(t, func() bool {
		return strings.Contains(w.query(`{ capturedEvents(app: "shop", environment: "test") { nodes { name verdict } } }`), `"name":"登录"`)
	}, 10*time.Second, 20*time.Millisecond)
	require.Equal(t, http.StatusNotFound, w.get("/v1/track").StatusCode, "not on the other address")
}

// TestSecondOnOneDirectory: a second server on the same files is refused, and says why.
func TestSecondOnOneDirectory(t *testing.T) {
	t.Parallel()
	cfg := settings(t)
	start(t, cfg)
	_, err := app.New(t.Context(), app.Options{Config: cfg, Logger: quiet(t), Output: io.Discard})
	require.ErrorContains(t, err, "in use by another process")
}

// TestSecondOnOneDatabase: two nodes with embedded buses do not share a database.
func TestSecondOnOneDatabase(t *testing.T) {
	t.Parallel()
	cfg := settings(t)
	cfg.DatabaseURL = testkit.Postgres(t)
	first := start(t, cfg)
	second := cfg
	second.DataDir = t.TempDir()
	_, err := app.New(t.Context(), app.Options{Config: second, Logger: quiet(t), Output: io.Discard})
	require.ErrorContains(t, err, "NATS_URL")
	require.NoError(t, first.stop())
	start(t, second) // what is gone does not count
}

// TestFailedStartLeavesNothing: what was opened before the failure is closed again.
func TestFailedStartLeavesNothing(t *testing.T) {
	t.Parallel()
	w := start(t, settings(t))
	cfg := settings(t)
	cfg.Addr = w.Addr().String()
	_, err := app.New(t.Context(), app.Options{Config: cfg, Logger: quiet(t), Output: io.Discard})
	require.ErrorContains(t, err, cfg.Addr)
	cfg.Addr = "127.0.0.1:0"
	start(t, cfg)
}

func TestDemo(t *testing.T) {
	t.Parallel()
	cfg := settings(t)
	cfg.DataDir, cfg.Demo = filepath.Join(cfg.DataDir, "demo"), true
	w := start(t, cfg)
	token := regexp.MustCompile(`(?m)^demo token: (wm_\w{36})$`).FindStringSubmatch(w.out)
	require.Len(t, token, 2, w.out)
	require.Contains(t, w.out, "curl -u demo-test:")
	require.Contains(t, w.out, w.url)
	require.Eventually(t, func() bool {
		return strings.Contains(w.query(`{ capturedEvents(app: "demo-shop", environment: "test") { nodes { verdict } } }`,
			"Authorization", "Bearer "+token[1]), "VALID")
	}, 20*time.Second, 50*time.Millisecond)
}

// TestDemoKeepsToItself: the demo does not move into a database that somebody uses.
func TestDemoKeepsToItself(t *testing.T) {
	t.Parallel()
	cfg := settings(t)
	cfg.AdminEmail, cfg.AdminPassword = "ops@example.com", "correct horse"
	require.NoError(t, start(t, cfg).stop())
	cfg.Demo = true
	_, err := app.New(t.Context(), app.Options{Config: cfg, Logger: quiet(t), Output: io.Discard})
	require.ErrorContains(t, err, "the demo needs one of its own")
	cfg.Demo = false
	w := start(t, cfg)
	require.Contains(t, w.query(`mutation { signIn(input: {email: "ops@example.com", password: "correct horse"}) { viewer { isToken } } }`), "false")
	require.Contains(t, w.query("{ apps { totalCount } }"), `"totalCount":0`)
}
