package collect

import (
	"context"
	"fmt"
	"time"

	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/bus"
	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/store"
)

// Runs reads test runs: the events that bear a run's id. It is safe for concurrent use.
type Runs struct {
	Store  *store.Store
	Stream interface {
		StreamStats(ctx context.Context) (bus.StreamStats, error)
	}
}

// How long a question about a run waits for what was taken in before it, and how often it looks.
const (
	runWait = 5 * time.Second
	runLook = 25 * time.Millisecond
)

// TestRun is what was seen of a test run.
type TestRun struct {
	EnvironmentID, RunID string
	RunCounts
	Events []*TestRunEvent
}

// TestRunEvent is what was seen of one event on one terminal in a test run.
type TestRunEvent struct {
	EventKey *string // in the plan; nil when unplanned or a preset
	Name     string  // as sent
	Terminal *string // nil when it was not recognised
	RunCounts
}

// RunCounts are events by verdict, and when by the server's clock the first and the last of them came.
type RunCounts struct {
	ValidCount, InvalidCount, UnplannedCount int64
	FirstSeenAt, LastSeenAt                  time.Time
}

func (c *RunCounts) add(verdict capture.Verdict, seen store.RunSeen) {
	switch verdict {
	case capture.Valid:
		c.ValidCount += seen.Count
	case capture.Invalid:
		c.InvalidCount += seen.Count
	case capture.Unplanned:
		c.UnplannedCount += seen.Count
	}
	if c.FirstSeenAt.IsZero() || seen.First.Before(c.FirstSeenAt) {
		c.FirstSeenAt = seen.First
	}
	if seen.Last.After(c.LastSeenAt) {
		c.LastSeenAt = seen.Last
	}
}

// Run reads a test run in an environment that the asking person was allowed to read before; nil where nothing of it was
// seen. Whatever was answered with success before the question is counted: where the database is behind, it waits, and after
// a while is UNAVAILABLE writer_behind.
func (r *Runs) Run(ctx context.Context, environmentID, id string) (*TestRun, error) {
	if _, err := auth.From(ctx); err != nil {
		return nil, err
	}
	if id == "" || len(id) > capture.MaxRunID {
		var f fault.Fields
		f.Add("id", "bad_run_id", fmt.Sprintf("the id of a test run has 1 to %d bytes", capture.MaxRunID))
		return nil, f.Err()
	}
	if err := r.CaughtUp(ctx); err != nil {
		return nil, err
	}
	figures, err := r.Store.TestRun(ctx, environmentID, id)
	if err != nil || len(figures) == 0 {
		return nil, err
	}
	run := &TestRun{EnvironmentID: environmentID, RunID: id}
	for i := range figures {
		run.add(&figures[i])
	}
	return run, nil
}

// add adds a figure; those of one event on one terminal follow each other.
func (r *TestRun) add(f *store.RunFigure) {
	r.RunCounts.add(f.Verdict, f.RunSeen)
	if n := len(r.Events); n > 0 && r.Events[n-1].is(f) {
		r.Events[n-1].RunCounts.add(f.Verdict, f.RunSeen)
		return
	}
	e := &TestRunEvent{Name: f.Name}
	if f.EventKey != "" {
		e.EventKey = &f.EventKey
	}
	if f.Terminal != "" {
		e.Terminal = &f.Terminal
	}
	e.RunCounts.add(f.Verdict, f.RunSeen)
	r.Events = append(r.Events, e)
}

func (e *TestRunEvent) is(f *store.RunFigure) bool {
	same := func(p *string, s string) bool { return p == nil && s == "" || p != nil && *p == s }
	return e.Name == f.Name && same(e.EventKey, f.EventKey) && same(e.Terminal, f.Terminal)
}

// CaughtUp waits until everything that is in the stream now is in the database. Where that takes too long it is UNAVAILABLE
// writer_behind.
func (r *Runs) CaughtUp(ctx context.Context) error {
	stats, err := r.Stream.StreamStats(ctx)
	if err != nil {
		return fmt.Errorf("look at the event stream: %w", err)
	}
	waiting, cancel := context.WithTimeout(ctx, runWait)
	defer cancel()
	for {
		position, err := r.Store.CapturePosition(ctx)
		if err != nil {
			return err
		}
		if position.Seq >= stats.LastSeq {
			return nil
		}
		if pause(waiting, runLook) != nil {
			return fault.New(fault.Unavailable, "writer_behind", "What was taken in is not in the database yet; ask again in a moment.")
		}
	}
}
