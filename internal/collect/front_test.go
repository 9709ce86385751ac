package collect_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/bus"
	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/collect"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/wire"
	"github.com/waymarkhq/waymark/internal/wire/formats"
)

// plans is a catalog.
type plans struct {
	mu     sync.Mutex
	apps   map[string]collect.Accepted
	down   error            // of the whole catalog
	broken map[string]error // of single apps
	reads  int              // of apps
}

func (p *plans) set(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
}

func (p *plans) Versions(context.Context) (map[string]int64, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	versions := map[string]int64{}
	for id, a := range p.apps {
		versions[id] = a.Version
	}
	return versions, p.down
}

func (p *plans) Accepted(_ context.Context, appID string) (collect.Accepted, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reads++
	return p.apps[appID], p.broken[appID]
}

// change changes an app as an editor does.
func (p *plans) change(appID string, f func(a *collect.Accepted)) {
	p.set(func() {
		a := p.apps[appID]
		a.Keys = append([]collect.Key(nil), a.Keys...)
		f(&a)
		a.Version++
		apps := maps.Clone(p.apps)
		apps[appID] = a
		p.apps = apps
	})
}

// definition reads a definition from JSON.
func definition(tb testing.TB, text string) plan.Definition {
	tb.Helper()
	d := plan.Definition{Kind: plan.KindTrack}
	require.NoError(tb, json.Unmarshal([]byte(text), &d), text)
	d.EventID, d.RevisionID = "evt_"+d.Key, "evr_"+d.Key
	return d
}

const (
	testKey       = "wk_acceptance_0001"
	productionKey = "wk_production"
	iosKey        = "wk_ios"
)

// shop is an app of two environments that plans one event.
func shop(tb testing.TB) collect.Accepted {
	tb.Helper()
	a := collect.Accepted{Version: 1, Keys: []collect.Key{
		{ID: "key_1", Key: testKey, EnvironmentID: "env_test"},
		{ID: "key_2", Key: productionKey, EnvironmentID: "env_production"},
		{ID: "key_3", Key: iosKey, EnvironmentID: "env_test", TerminalKey: "ios"},
	}}
	for _, id := range []string{"env_test", "env_production"} {
		a.Plans = append(a.Plans, &plan.Plan{
			AppID: "app_1", EnvironmentID: id, Version: 1,
			Terminals: []plan.Terminal{
				{ID: "trm_1", Key: "ios", Kind: plan.TerminalIOS, Systems: []string{"iOS"}},
				{ID: "trm_2", Key: "android", Kind: plan.TerminalAndroid, Systems: []string{"Android"}},
			},
			Definitions: []plan.Definition{definition(tb, `{"key":"product_viewed","wireName":"product_viewed","properties":[
				{"name":"product_name","type":{"base":"STRING"},"presence":"REQUIRED"},
				{"name":"price","type":{"base":"NUMBER"},"presence":"REQUIRED"}]}`)},
		})
	}
	return a
}

// notices carries notices within the test.
type notices struct {
	mu  sync.Mutex
	fns map[int]func(string, []byte)
}

func (n *notices) Listen(_ string, fn func(string, []byte)) (func(), error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.fns == nil {
		n.fns = map[int]func(string, []byte){}
	}
	id := len(n.fns)
	n.fns[id] = fn
	return func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		delete(n.fns, id)
	}, nil
}

func (n *notices) notify(subject string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, fn := range n.fns {
		fn(subject, nil)
	}
}

// front is the way in, with a plan loaded.
type front struct {
	*collect.Collector
	plans   *plans
	planner *collect.Planner
	refused *refusalList
}

func newFront(tb testing.TB, to collect.Publisher) *front {
	tb.Helper()
	f := newUnloadedFront(tb, to)
	require.NoError(tb, f.planner.Load(tb.Context()))
	return f
}

func newUnloadedFront(tb testing.TB, to collect.Publisher) *front {
	tb.Helper()
	router, err := wire.NewRouter(formats.All()...)
	require.NoError(tb, err)
	p := &plans{apps: map[string]collect.Accepted{"app_1": shop(tb)}}
	planner := collect.NewPlanner(p, &notices{}, quiet)
	refused, m := &refusalList{now: noon}, metrics()
	return &front{plans: p, planner: planner, refused: refused, Collector: collect.NewCollector(collect.Options{
		Router: router, Planner: planner, Bus: to, Now: refused.clock, Logger: quiet, Metrics: m,
		ClientIP: func(*http.Request) string { return "203.0.113.7" },
		Refusals: collect.NewRefusals(collect.RefusalOptions{Ledger: refused, Notifier: refused, Now: refused.clock, Logger: quiet, Metrics: m}),
	})}
}

// ask sends one request and returns the answer with its body.
func (f *front) ask(method, target, body string, header ...string) (*http.Response, string) {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	f.ServeHTTP(w, r)
	answer := w.Result()
	text, _ := io.ReadAll(answer.Body)
	return answer, string(text)
}

// basic is a write key as most SDKs send it.
func basic(key string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(key+":")) }

// memory is a bus that keeps records in memory, or refuses them.
type memory struct {
	mu      sync.Mutex
	refusal error
	limit   int
	events  []capture.Captured
	records int
}

func (m *memory) Publish(_ context.Context, events int, record []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.refusal != nil {
		return m.refusal
	}
	m.records++
	n := 0
	err := capture.DecodeRecord(string(record), 0, func(c *capture.Captured) bool {
		m.events = append(m.events, *c)
		n++
		return true
	})
	if err == nil && n != events {
		err = io.ErrUnexpectedEOF
	}
	return err
}

func (m *memory) MaxRecord() int {
	if m.limit > 0 {
		return m.limit
	}
	return bus.MaxRecordBytes
}

// take returns what was published since the last take.
func (m *memory) take() []capture.Captured {
	m.mu.Lock()
	defer m.mu.Unlock()
	events := m.events
	m.events = nil
	return events
}
