package graph_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/waymarkhq/waymark/graph"
	"github.com/waymarkhq/waymark/internal/acceptance"
	"github.com/waymarkhq/waymark/internal/app"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/bus"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/collect"
	"github.com/waymarkhq/waymark/internal/collect/forward"
	"github.com/waymarkhq/waymark/internal/live"
	"github.com/waymarkhq/waymark/internal/monitor"
	"github.com/waymarkhq/waymark/internal/release"
	"github.com/waymarkhq/waymark/internal/store"
	"github.com/waymarkhq/waymark/internal/testkit"
)

// world is the API on one database.
type world struct {
	t        testing.TB
	store    *store.Store
	auth     *auth.Service
	catalog  *catalog.Service
	releases *release.Service
	hub      *live.Hub
	stream   *stubStream
	url      string
	// token is an administrator's.
	token string
	log   *bytes.Buffer
}

// noBus carries nothing: one process is all there is.
type noBus struct{}

func (noBus) Notify(string, []byte) error { return nil }

// stubStream is a stream that has taken in groups up to a number.
type stubStream struct{ last atomic.Uint64 }

func (s *stubStream) StreamStats(context.Context) (bus.StreamStats, error) {
	return bus.StreamStats{LastSeq: s.last.Load()}, nil
}

const (
	adminEmail    = "ann@shop.test"
	adminPassword = "correct horse battery"
)

func eachStore(t *testing.T, f func(t *testing.T, w *world)) {
	t.Helper()
	testkit.Stores(t, func(t *testing.T, s *store.Store) { f(t, newWorld(t, s, graph.Limits{})) })
}

func newWorld(t testing.TB, s *store.Store, limits graph.Limits) *world {
	t.Helper()
	return newWorldAt(t, s, limits, time.Now)
}

// newWorldAt is newWorld with a clock for what is told of now.
func newWorldAt(t testing.TB, s *store.Store, limits graph.Limits, now func() time.Time) *world {
	t.Helper()
	w := &world{t: t, store: s, stream: &stubStream{}, log: &bytes.Buffer{}}
	log := slog.New(slog.NewTextHandler(w.log, nil))
	var err error
	w.auth, err = auth.New(auth.Options{Store: s, Cost: auth.Cost{Memory: 8 << 10, Time: 1, Threads: 1}})
	require.NoError(t, err)
	w.catalog, w.releases = app.Governance(s, noBus{}, time.Now, log)
	w.hub = live.New(live.Options{})
	server, err := graph.NewServer(graph.Options{
		Resolver: &graph.Resolver{
			Auth: w.auth, Catalog: w.catalog, Releases: w.releases, Samples: &collect.Samples{Store: s}, Hub: w.hub, Now: now,
			Refused: &collect.Refused{Store: s, Notices: noBus{}},
			Runs:    &collect.Runs{Store: s, Stream: w.stream}, Forwarder: forward.New(forward.Options{Ledger: s}),
			Monitor: &monitor.Service{Store: s, Now: now, Logger: log},
			Acceptance: acceptance.New(acceptance.Options{
				Store: s, Notifier: noBus{}, Notices: noBus{}, Plans: app.SessionPlans{Plans: w.catalog, Releases: w.releases}, Hub: w.hub,
				CaughtUp: (&collect.Runs{Store: s, Stream: w.stream}).CaughtUp, Now: now, Logger: log,
			}),
			PublicURL: func() string { return "https://waymark.test" },
		},
		Logger: log, Limits: limits,
	})
	require.NoError(t, err)
	h := httptest.NewServer(w.auth.Middleware(server))
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var running errgroup.Group
	running.Go(func() error { return w.hub.Run(ctx) })
	running.Go(func() error { return server.Subscriptions.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		require.NoError(t, running.Wait())
		h.Close()
	})
	w.url = h.URL
	_, err = w.auth.EnsureAdmin(t.Context(), auth.CreateUser{Email: adminEmail, Name: "Ann", Password: adminPassword})
	require.NoError(t, err)
	w.token = w.tokenFor(adminEmail, auth.Grant{Role: auth.Admin})
	return w
}

// tokenFor makes an API token.
func (w *world) tokenFor(email string, roles ...auth.Grant) string {
	w.t.Helper()
	ctx := auth.With(w.t.Context(), auth.Operator())
	_, secret, err := w.auth.CreateTokenFor(ctx, email, auth.CreateToken{Name: "test", Roles: roles})
	require.NoError(w.t, err)
	return secret
}

// answer is a response.
type answer struct {
	Status int
	Data   map[string]any
	Errors []struct {
		Message    string
		Path       []any
		Extensions struct {
			Code, Reason string
			Params       map[string]any
			Fields       []struct{ Path, Reason, Message string }
		}
	}
}

// code is the code of the first error, or "".
func (a answer) code() string {
	if len(a.Errors) == 0 {
		return ""
	}
	return a.Errors[0].Extensions.Code
}

// identify says in a request who asks: by a token, or a session's cookie; "" for nobody.
func identify(req *http.Request, secret string) {
	switch {
	case strings.HasPrefix(secret, auth.CookieName+"="):
		req.Header.Set("Cookie", secret)
	case secret != "":
		req.Header.Set("Authorization", "Bearer "+secret)
	}
}

// as sends a document as the holder of a token, or of a session ("" for nobody).
func (w *world) as(token, document string, variables map[string]any) answer {
	w.t.Helper()
	body, err := json.Marshal(map[string]any{"query": document, "variables": variables})
	require.NoError(w.t, err)
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.url, bytes.NewReader(body))
	require.NoError(w.t, err)
	req.Header.Set("Content-Type", "application/json")
	identify(req, token)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(w.t, err)
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	require.NoError(w.t, err)
	a := answer{Status: resp.StatusCode}
	require.NoError(w.t, json.Unmarshal(raw, &a), "%s", raw)
	return a
}

// must sends a document as the administrator and wants data without errors.
func (w *world) must(document string, variables ...any) map[string]any {
	w.t.Helper()
	a := w.as(w.token, document, vars(variables))
	require.Empty(w.t, a.Errors, "%s\n%s", document, w.log)
	return a.Data
}

func vars(pairs []any) map[string]any {
	m := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i].(string)] = pairs[i+1]
	}
	return m
}

// at walks into an answer: names and indices.
func at(v any, path ...any) any {
	for _, p := range path {
		switch p := p.(type) {
		case string:
			v = v.(map[string]any)[p]
		case int:
			v = v.([]any)[p]
		}
	}
	return v
}

// plan makes an app with some batches of some events of some properties each, and returns nothing: names tell where all
// is (app "shop", SHOP-0001 …, event e_1_1 …, property p_1 …).
func (w *world) plan(batches, events, properties int) {
	w.t.Helper()
	w.must(`mutation { createApp(input: {key: "shop", name: "商城", terminals: [{key: "ios", name: "iOS", kind: IOS}]}) { app { id } } }`)
	w.must(`mutation { createValueSet(input: {app: "shop", key: "colors", name: "颜色", values: [{value: "red", label: "红"}]}) { valueSet { id } } }`)
	var uses []map[string]any
	for p := range properties {
		key := "p_" + string(rune('1'+p))
		typ := map[string]any{"base": "STRING"}
		if p == 0 {
			typ = map[string]any{"base": "ENUM", "constraints": map[string]any{"valueSetKey": "colors"}}
		}
		w.must(`mutation($k: String!, $t: PropertyTypeInput!) { createProperty(input: {app: "shop", key: $k, name: "属性", type: $t}) { property { id } } }`,
			"k", key, "t", typ)
		uses = append(uses, map[string]any{"key": key})
	}
	for b := range batches {
		number := at(w.must(`mutation { createBatch(input: {app: "shop", title: "需求"}) { batch { number } } }`), "createBatch", "batch", "number")
		for e := range events {
			key := "e_" + string(rune('1'+b)) + "_" + string(rune('1'+e))
			w.must(`mutation($b: String!, $k: String!, $p: [EventPropertyInput!]!) {
				createEvent(input: {batch: $b, name: "支付成功", wireName: $k, properties: $p}) { event { id } } }`,
				"b", number, "k", key, "p", uses)
		}
	}
}

// Listen implements collect.Notices.
func (noBus) Listen(string, func(string, []byte)) (func(), error) { return func() {}, nil }
