package forward_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/bus"
	"github.com/waymarkhq/waymark/internal/collect/forward"
	"github.com/waymarkhq/waymark/internal/store"
)

// world is a forwarder on a real bus, with a target that does as it is told, and a ledger and a catalog in memory.
type world struct {
	*forward.Forwarder
	bus    *bus.Bus
	target *target

	mu       sync.Mutex
	ahead    time.Duration // of the clock
	targets  map[string]*forward.Target
	counts   store.Forwarded
	broken   error // of the ledger
	backlogs map[string]string
}

// target stands for a collector.
type target struct {
	*httptest.Server
	mu       sync.Mutex
	answer   func(body string) (status int, header http.Header)
	bodies   []string
	requests []*http.Request
	busy     int // requests at this moment
	most     int // requests at a time
}

func (s *target) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	s.busy++
	s.most = max(s.most, s.busy)
	s.bodies, s.requests = append(s.bodies, string(body)), append(s.requests, r)
	answer := s.answer
	s.mu.Unlock()
	status, header := http.StatusOK, http.Header(nil)
	if answer != nil {
		status, header = answer(string(body))
	}
	maps.Copy(w.Header(), header)
	s.mu.Lock()
	s.busy--
	s.mu.Unlock()
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, "status %d", status)
}

func (s *target) answers(with func(body string) (int, http.Header)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = with
}

func always(status int) func(string) (int, http.Header) {
	return func(string) (int, http.Header) { return status, nil }
}

func (s *target) got() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.bodies...)
}

func newWorld(t *testing.T, change func(*forward.Options)) *world {
	t.Helper()
	w := &world{target: &target{}, backlogs: map[string]string{}}
	w.target.Server = httptest.NewServer(w.target)
	t.Cleanup(w.target.Close)
	b, err := bus.Open(t.Context(), bus.Options{Dir: t.TempDir(), Ack: bus.AckProcess, MinFree: 1 << 20})
	require.NoError(t, err)
	w.bus = b
	t.Cleanup(func() { require.NoError(t, b.Close(context.Background())) })
	w.aim(t, "fwd_1", w.target.URL)
	transport := &http.Transport{DisableCompression: true}
	t.Cleanup(transport.CloseIdleConnections)
	o := forward.Options{
		Bus: b, Catalog: w, Ledger: w, Client: &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		Targets: w.current, Now: w.now, Logger: slog.New(slog.DiscardHandler), Metrics: forward.NewMetrics(prometheus.NewRegistry()),
		MaxBytes: 8 << 20, TotalBytes: 64 << 20, MaxAge: time.Hour, RetryFirst: 10 * time.Millisecond, RetryMost: 50 * time.Millisecond,
	}
	if change != nil {
		change(&o)
	}
	w.Forwarder = forward.New(o)
	return w
}

// aim has environment env_1 pass on to an address; an empty one ends that.
func (w *world) aim(t *testing.T, backlog, address string) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if address == "" {
		w.targets, w.backlogs["env_1"] = nil, ""
		return
	}
	u, err := url.Parse(address)
	require.NoError(t, err)
	w.targets = map[string]*forward.Target{"env_1": {EnvironmentID: "env_1", Backlog: backlog, URL: u, Header: http.Header{"Authorization": {"Basic original"}}}}
	w.backlogs["env_1"] = backlog
}

func (w *world) current() map[string]*forward.Target {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.targets
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Add(w.ahead)
}

func (w *world) later(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ahead += d
}

// run runs the forwarder until the test, or the returned function, ends it.
func (w *world) run(t *testing.T) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if w.Run(ctx) != nil {
			panic("forwarding ends with its context only")
		}
	}()
	stop = func() { cancel(); <-done }
	t.Cleanup(stop)
	return stop
}

func (w *world) pass(t *testing.T, bodies ...string) {
	t.Helper()
	for _, body := range bodies {
		w.Pass(t.Context(), w.current()["env_1"], &forward.Payload{
			Method: http.MethodPost, Path: "/v1/batch", Host: "waymark.example.com", Scheme: "https", Client: "203.0.113.7",
			Header: http.Header{"Content-Type": {"application/json"}, "Connection": {"close, X-Hop"}, "X-Hop": {"1"}}, Body: []byte(body),
		})
	}
}

// total waits until the counts are as they should be.
func (w *world) total(t *testing.T, passed, refused, lost, expired int64) store.Forwarded {
	t.Helper()
	var c store.Forwarded
	require.Eventually(t, func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		c = w.counts
		return c.Passed == passed && c.Refused == refused && c.Lost == lost && c.Expired == expired
	}, 20*time.Second, 10*time.Millisecond, "wanted %d passed, %d refused, %d lost, %d expired", passed, refused, lost, expired)
	return c
}

// Backlogs implements forward.Catalog.
func (w *world) Backlogs(context.Context) (map[string]string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return map[string]string{"env_1": w.backlogs["env_1"]}, nil
}

// AddForwarded implements forward.Ledger.
func (w *world) AddForwarded(_ context.Context, list []store.Forwarded) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken != nil {
		return w.broken
	}
	for _, f := range list {
		w.counts = w.counts.Plus(f)
	}
	return nil
}

// Forwarded implements forward.Ledger.
func (w *world) Forwarded(context.Context, []string) (map[string]store.Forwarded, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return map[string]store.Forwarded{"env_1": w.counts}, nil
}
