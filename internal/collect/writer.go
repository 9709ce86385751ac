package collect

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/waymarkhq/waymark/internal/bus"
	"github.com/waymarkhq/waymark/internal/store"
)

// Stream is the part of the bus that a Writer works with.
type Stream interface {
	Source
	EnsureStream(ctx context.Context, known bus.Position) (bus.StreamInfo, error)
	Trim(ctx context.Context, before uint64) (kept uint64, err error)
}

// Ledger is the capture database: a *store.Store.
type Ledger interface {
	CapturePosition(ctx context.Context) (store.CapturePosition, error)
	// LeaseCapture asks for the writer's place until a time; it is granted when it is free, has expired or is the owner's.
	LeaseCapture(ctx context.Context, owner string, now, until time.Time) (held bool, err error)
	// CommitCapture brings in all of a batch or nothing; store.ErrFenced when the position is not the batch's From.
	CommitCapture(ctx context.Context, b *store.CaptureBatch) error
	CaptureLabels(ctx context.Context) ([]store.Label, error)
	// CapturedInHour returns what was counted of an environment in an hour (Unix time / 3600), as of the position.
	CapturedInHour(ctx context.Context, environmentID string, hour int64) (store.HourCounts, error)
	SweepCapture(ctx context.Context, p store.SweepPolicy) (store.Swept, error)
}

// WriterOptions configure a Writer. All but Planned, Sampling and Window are needed.
type WriterOptions struct {
	Stream Stream
	Ledger Ledger
	// Retention says what the writer removes again.
	Retention Retention
	// Sampling says which of an environment's events are kept; false where all are, as everywhere when it is left out. It is
	// asked often.
	Sampling func(environmentID string) (Sampling, bool)
	Now      func() time.Time
	Logger   *slog.Logger
	// Owner names this process among those that share the database. One that has its database to itself keeps its name over
	// restarts, and so never waits for the lease of the process that it was before.
	Owner   string
	Metrics *Metrics
	// Planned tells the properties of an environment's app by name, and whether their values are not to be kept; nil knows
	// none. It is asked often.
	Planned func(environmentID string) map[string]bool
	// Window is for how long ids are remembered; default DuplicateWindow.
	Window time.Duration
}

// Writer brings what the stream holds into the database, each event exactly once: samples, counters, and with them, in the
// same transaction, the position. Any number of processes may run one on the same stream and database. One of them at a
// time works, the others stand by; should two work at once, the position keeps all but one of them out.
//
// A Writer makes the stream readable and writable for its process, also while it stands by: nothing can be published
// before a Writer has run.
type Writer struct {
	WriterOptions
	pace     pace
	opened   atomic.Bool           // the stream is open
	trouble  atomic.Pointer[error] // why not, if something is known
	progress progress
	// suspect is a group whose batch the database refused: up to it, each group is committed by itself.
	suspect uint64
}

// pace is how often things are done.
type pace struct {
	batch             time.Duration // between two transactions, while there is work
	lease             time.Duration
	trim              time.Duration
	sweepFirst, sweep time.Duration
	call              time.Duration // the longest that a call to the database may take
	trimCall          time.Duration // the longest that trimming may take: nothing is written meanwhile, and no lease renewed
	retryFirst, retry time.Duration
	batchEvents       int
	batchBytes        int
	trimGroups        uint64
	settle            time.Duration // between two transactions with figures of properties
	cells             int           // so many of them do not wait
}

func usualPace() pace {
	return pace{
		batch: 200 * time.Millisecond, lease: 6 * time.Second, trim: 30 * time.Second, call: 30 * time.Second,
		trimCall:   3 * time.Second,
		sweepFirst: time.Minute, sweep: 10 * time.Minute,
		retryFirst: 100 * time.Millisecond, retry: 5 * time.Second,
		batchEvents: 5000, batchBytes: 8 << 20, trimGroups: 2000,
		settle: 5 * time.Second, cells: 20_000,
	}
}

// NewWriter makes a writer. It starts nothing.
func NewWriter(o WriterOptions) *Writer {
	if o.Stream == nil || o.Ledger == nil || o.Retention == nil || o.Now == nil || o.Logger == nil || o.Metrics == nil {
		panic("collect.NewWriter: only Owner, Planned, Sampling and Window may be left out")
	}
	if o.Window <= 0 {
		o.Window = DuplicateWindow
	}
	w := &Writer{WriterOptions: o, pace: usualPace()}
	o.Metrics.watch(w)
	if w.Sampling == nil {
		w.Sampling = func(string) (Sampling, bool) { return Sampling{}, false }
	}
	return w
}

// errStandBy says that another process is the writer.
var errStandBy = errors.New("another process is the writer")

// Run writes, or stands by, until ctx ends. Whatever breaks, it tries again: while the database is down, what comes gathers
// in the stream.
func (w *Writer) Run(ctx context.Context) error {
	defer w.resign(context.WithoutCancel(ctx))
	retry := backoff{first: w.pace.retryFirst, most: w.pace.retry}
	var told string
	for ctx.Err() == nil {
		err := w.turn(ctx, retry.reset)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, errStandBy), errors.Is(err, store.ErrFenced):
			told = w.tell(ctx, slog.LevelInfo, told, err)
			_ = pause(ctx, w.pace.lease/3)
		case errors.Is(err, errAgain):
			_ = retry.wait(ctx)
		default:
			told = w.tell(ctx, slog.LevelWarn, told, err)
			_ = retry.wait(ctx)
		}
	}
	return nil
}

// tell logs why the writer does not write, unless that was told already, and returns what was told last.
func (w *Writer) tell(ctx context.Context, level slog.Level, told string, err error) string {
	if text := err.Error(); text != told {
		w.Logger.Log(ctx, level, "captured events are not being written", "because", err)
		return text
	}
	return told
}

// turn is one try to be the writer. It ends with an error: errStandBy when another process is, errAgain to begin anew,
// store.ErrFenced when another was faster, or what broke. It calls works whenever it has brought something in.
func (w *Writer) turn(ctx context.Context, works func()) error {
	held, err := w.lease(ctx)
	if err != nil {
		return err
	}
	known, err := w.position(ctx)
	if err != nil {
		return err
	}
	info, err := w.Stream.EnsureStream(ctx, bus.Position{StreamID: known.StreamID, Seq: known.Seq})
	if err != nil {
		err = fmt.Errorf("open the event stream: %w", err)
		w.trouble.Store(&err)
		return err
	}
	w.opened.Store(true)
	if !held {
		return errStandBy
	}
	t, err := w.begin(ctx, known, info, works)
	if err != nil {
		return err
	}
	w.progress.lead(t.at.Seq)
	defer w.progress.stop()
	return t.run(ctx)
}

func (w *Writer) lease(ctx context.Context) (held bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, w.pace.call)
	defer cancel()
	now := w.Now()
	held, err = w.Ledger.LeaseCapture(ctx, w.Owner, now, now.Add(w.pace.lease))
	if err != nil {
		return false, fmt.Errorf("take the writer's lease: %w", err)
	}
	return held, nil
}

func (w *Writer) position(ctx context.Context) (store.CapturePosition, error) {
	ctx, cancel := context.WithTimeout(ctx, w.pace.call)
	defer cancel()
	p, err := w.Ledger.CapturePosition(ctx)
	if err != nil {
		return p, fmt.Errorf("read the capture position: %w", err)
	}
	return p, nil
}

// resign lets another process write at once.
func (w *Writer) resign(ctx context.Context) {
	if !w.progress.led() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	now := w.Now()
	if _, err := w.Ledger.LeaseCapture(ctx, w.Owner, now, now); err != nil {
		w.Logger.DebugContext(ctx, "give up the writer's lease", "error", err)
	}
}

// Ready returns nil once the stream is open: from then on this process can take events in, whatever becomes of the database.
func (w *Writer) Ready() error {
	if w.opened.Load() {
		return nil
	}
	if why := w.trouble.Load(); why != nil {
		return *why
	}
	return errors.New("the event stream is not open yet")
}

// Lag returns how far the database is behind the stream.
func (w *Writer) Lag() Lag { return w.progress.lag(w.Now()) }
