package httpserver

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/waymarkhq/waymark/internal/fault"
)

// Check is one thing that readiness depends on.
type Check struct {
	// Name is what operators know it as: "database", "bus", "writer".
	Name string
	// Probe returns nil when it works; a *fault.Error is shown, any other error is only logged. It must end with ctx.
	Probe func(ctx context.Context) error
	// Collect says that collecting needs it. Collecting goes on while the database is down, so that a load balancer in
	// front of the SDK endpoints must not look at the database.
	Collect bool
}

const (
	probeTimeout = 2 * time.Second
	// readyAge and unreadyAge are for how long an answer is given again, so that nobody can wear the database out by asking.
	// Who is waiting for the server to become ready need not wait longer than it takes.
	readyAge   = time.Second
	unreadyAge = 100 * time.Millisecond
)

// health judges the checks.
type health struct {
	checks []Check
	now    func() time.Time
	log    *slog.Logger

	mu      sync.Mutex // guards what follows; held while probing, so that those who ask at once share the answer
	results []result
	until   time.Time
}

// result is how one check came out, as the answer shows it.
type result struct {
	Name   string `json:"name"`
	Ready  bool   `json:"ready"`
	Reason string `json:"reason,omitempty"`

	collect bool
}

func newHealth(checks []Check, now func() time.Time, log *slog.Logger) *health {
	return &health{checks: checks, now: now, log: log}
}

// look returns the results, at most readyAge old.
func (h *health) look(ctx context.Context) []result {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.now()
	if h.results != nil && now.Before(h.until) && h.until.Sub(now) <= readyAge { // else the clock was put back
		return h.results
	}
	h.results = h.probe(context.WithoutCancel(ctx))
	h.until = now.Add(readyAge)
	if slices.ContainsFunc(h.results, func(r result) bool { return !r.Ready }) {
		h.until = now.Add(unreadyAge)
	}
	return h.results
}

func (h *health) probe(ctx context.Context) []result {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	results := make([]result, len(h.checks))
	var wg sync.WaitGroup
	for i, c := range h.checks {
		wg.Go(func() {
			err := c.Probe(ctx)
			results[i] = result{Name: c.Name, Ready: err == nil, Reason: reason(err), collect: c.Collect}
			h.logChange(ctx, i, results[i], err)
		})
	}
	wg.Wait()
	return results
}

// logChange writes a line when a check fails anew, or for another reason, or works again.
func (h *health) logChange(ctx context.Context, i int, now result, err error) {
	before := result{Ready: true}
	if h.results != nil {
		before = h.results[i]
	}
	switch {
	case now.Ready && !before.Ready:
		h.log.InfoContext(ctx, "ready again", "check", now.Name)
	case !now.Ready && now.Reason != before.Reason:
		h.log.WarnContext(ctx, "not ready", "check", now.Name, "error", err, "cause", cause(err))
	}
}

// cause is what a fault keeps from strangers, or nil.
func cause(err error) error {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f.Unwrap()
	}
	return nil
}

// reason is what strangers may know about a failed check.
func reason(err error) string {
	if err == nil {
		return ""
	}
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f.Reason
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "timeout"
	}
	return "failed"
}

// alive answers whether the process runs at all.
func alive(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("ok\n"))
}

// ready answers whether requests should be sent here: 200 or 503, with a reason for each check. With collectOnly only
// what collecting needs decides.
func (s *Server) ready(collectOnly bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := struct {
			Ready    bool     `json:"ready"`
			Stopping bool     `json:"stopping,omitempty"`
			Checks   []result `json:"checks"`
		}{Ready: true, Checks: s.health.look(r.Context())}
		for _, c := range answer.Checks {
			answer.Ready = answer.Ready && (c.Ready || (collectOnly && !c.collect))
		}
		if s.draining.Load() {
			answer.Ready, answer.Stopping = false, true
		}
		w.Header().Set("Content-Type", "application/json")
		if !answer.Ready {
			w.Header().Set("Retry-After", "5")
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_ = json.NewEncoder(w).Encode(answer) // the asker is gone when this fails
	})
}
