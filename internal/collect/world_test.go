package collect_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/bus"
	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/collect"
	"github.com/waymarkhq/waymark/internal/store"
	"github.com/waymarkhq/waymark/internal/testkit"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// quiet drops all logs.
var quiet = slog.New(slog.DiscardHandler)

func metrics() *collect.Metrics { return collect.NewMetrics(prometheus.NewRegistry()) }

// value is what a figure stands at, summed over its labels.
func value(tb testing.TB, reg *prometheus.Registry, name string) (sum float64) {
	tb.Helper()
	families, err := reg.Gather()
	require.NoError(tb, err)
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == name {
				sum += m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	return sum
}

// newBus starts an embedded bus. What it holds need not survive a power cut.
func newBus(tb testing.TB, opts bus.Options) *bus.Bus {
	tb.Helper()
	if opts.Dir == "" {
		opts.Dir = tb.TempDir()
	}
	opts.Ack = bus.AckProcess
	opts.MinFree = 1 << 20
	b, err := bus.Open(tb.Context(), opts)
	require.NoError(tb, err)
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		require.NoError(tb, b.Close(ctx))
	})
	return b
}

// stream is a real bus under the test's clock: groups bear the time that the clock showed when they were published.
type stream struct {
	*bus.Bus
	mu    sync.Mutex
	clock time.Time
	spans []span
}

// span says when the groups from a number on were stored.
type span struct {
	from uint64
	at   time.Time
}

func newStream(tb testing.TB, opts bus.Options) *stream {
	tb.Helper()
	return &stream{Bus: newBus(tb, opts), clock: noon, spans: []span{{1, noon}}}
}

func (s *stream) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.clock
}

// pass lets time pass.
func (s *stream) pass(tb require.TestingT, d time.Duration) {
	last := s.last(tb)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clock = s.clock.Add(d)
	s.spans = append(s.spans, span{last + 1, s.clock})
}

// last is the number of the newest group.
func (s *stream) last(tb require.TestingT) uint64 {
	stats, err := s.StreamStats(context.Background())
	require.NoError(tb, err)
	return stats.LastSeq
}

func (s *stream) stamp(g bus.Group) bus.Group {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, span := range s.spans {
		if span.from <= g.Seq {
			g.Time = span.at
		}
	}
	return g
}

func (s *stream) Read(ctx context.Context, from uint64, fn func(bus.Group) error) error {
	return s.Bus.Read(ctx, from, func(g bus.Group) error { return fn(s.stamp(g)) })
}

func (s *stream) ReadTo(ctx context.Context, from, to uint64, fn func(bus.Group) error) error {
	return s.Bus.ReadTo(ctx, from, to, func(g bus.Group) error { return fn(s.stamp(g)) })
}

func (s *stream) FirstSeqSince(ctx context.Context, t time.Time) (uint64, error) {
	stats, err := s.StreamStats(ctx)
	if err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, span := range s.spans {
		if !span.at.Before(t) {
			return min(max(span.from, stats.FirstSeq), stats.LastSeq+1), nil
		}
	}
	return stats.LastSeq + 1, nil
}

// put publishes events as one payload, in a group of its own unless others publish at the same time.
func (s *stream) put(tb require.TestingT, events ...capture.Captured) {
	require.NoError(tb, s.Publish(context.Background(), len(events), capture.AppendRecord(nil, events)))
}

// event is an event as the way in makes them, received now.
func (s *stream) event(environment, id, name string) capture.Captured {
	raw := fmt.Sprintf(`{"type":"track","event":%q,"messageId":%q,"properties":{"支付":"🎉"}}`, name, id)
	return capture.Captured{
		Event: capture.Event{
			Format: "segment", Type: capture.Track, ID: id, Name: name, ReceivedAt: s.now(), Raw: raw,
			AnonymousID: "visitor", App: capture.App{Version: "8.6.1"},
		},
		AppID: "app_1", EnvironmentID: environment, WriteKeyID: "key_1", TerminalKey: "ios", Verdict: capture.Unplanned,
	}
}

// database is a real capture database that a test can look into.
type database struct {
	*store.Store
	raw *sql.DB
}

// databases runs f as a parallel subtest on each kind of database.
func databases(t *testing.T, f func(t *testing.T, db *database)) {
	t.Helper()
	for name, open := range map[string]func(testing.TB) *database{"sqlite": onSQLite, "postgres": onPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f(t, open(t))
		})
	}
}

func onSQLite(tb testing.TB) *database {
	tb.Helper()
	dir := tb.TempDir()
	s := testkit.OpenStore(tb, store.Options{Dir: dir})
	return look(tb, s, "sqlite", "file:"+filepath.Join(dir, "capture.db"))
}

func onPostgres(tb testing.TB) *database {
	tb.Helper()
	url := testkit.Postgres(tb)
	return look(tb, testkit.OpenStore(tb, store.Options{DatabaseURL: url}), "postgres", url)
}

func look(tb testing.TB, s *store.Store, driver, address string) *database {
	tb.Helper()
	raw, err := sql.Open(driver, address)
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, raw.Close()) })
	return &database{Store: s, raw: raw}
}

// count is what was counted, of one environment, in a form that can be compared.
type count struct {
	Counters map[store.CounterKey]int64
	Minutes  map[int64]store.MinuteCounts
	Events   map[store.EventKey]store.EventSeen
	Labels   []string
	Samples  []capture.Captured
	Figures  map[store.PropertyKey]figure
	Fills    map[store.FillKey]map[string][2]int64
}

func newCount() *count {
	return &count{
		Counters: map[store.CounterKey]int64{}, Minutes: map[int64]store.MinuteCounts{},
		Events:  map[store.EventKey]store.EventSeen{},
		Figures: map[store.PropertyKey]figure{}, Fills: map[store.FillKey]map[string][2]int64{},
	}
}

// counted reads what the database says of an environment.
func (d *database) counted(tb require.TestingT, environment string) *count {
	c := newCount()
	rows := func(query string, scan func(*sql.Rows) error) {
		found, err := d.raw.Query(query + " WHERE environment_id = '" + environment + "'")
		require.NoError(tb, err)
		defer found.Close()
		for found.Next() {
			require.NoError(tb, scan(found))
		}
		require.NoError(tb, found.Err())
	}
	rows("SELECT hour, event_id, name, terminal, app_version, verdict, code, n FROM capture_counter", func(r *sql.Rows) error {
		k, n := store.CounterKey{EnvironmentID: environment}, int64(0)
		defer func() { c.Counters[k] = n }()
		return r.Scan(&k.Hour, &k.EventID, &k.Name, &k.Terminal, &k.AppVersion, &k.Verdict, &k.Code, &n)
	})
	rows("SELECT minute, valid, invalid, unplanned, duplicates FROM capture_minute", func(r *sql.Rows) error {
		var minute int64
		var n store.MinuteCounts
		defer func() { c.Minutes[minute] = n }()
		return r.Scan(&minute, &n.Valid, &n.Invalid, &n.Unplanned, &n.Duplicates)
	})
	rows("SELECT event_id, terminal, n, invalid, first_at, last_at, last_invalid_at FROM capture_event", func(r *sql.Rows) error {
		k := store.EventKey{EnvironmentID: environment}
		var e store.EventSeen
		var times [3]int64
		err := r.Scan(&k.EventID, &k.Terminal, &e.Count, &e.Invalid, &times[0], &times[1], &times[2])
		e.First, e.Last = time.UnixMicro(times[0]).UTC(), time.UnixMicro(times[1]).UTC()
		if e.Invalid > 0 {
			e.LastInvalid = time.UnixMicro(times[2]).UTC()
		}
		c.Events[k] = e
		return err
	})
	rows("SELECT kind, value FROM capture_label", func(r *sql.Rows) error {
		var kind, value string
		defer func() { c.Labels = append(c.Labels, kind+" "+value) }()
		return r.Scan(&kind, &value)
	})
	slices.Sort(c.Labels)
	var seqs []int64
	rows("SELECT seq FROM capture_sample", func(r *sql.Rows) error {
		var seq int64
		defer func() { seqs = append(seqs, seq) }()
		return r.Scan(&seq)
	})
	slices.Sort(seqs)
	found, err := d.CapturedEventsBySeq(context.Background(), seqs)
	require.NoError(tb, err)
	for _, seq := range seqs {
		c.Samples = append(c.Samples, *found[seq])
	}
	d.figures(tb, environment, c)
	return c
}

// naiveFold tells repeats in the simplest way.
type naiveFold struct {
	window, now int64 // in minutes
	last        map[[2]string]int64
}

func (f *naiveFold) seen(environment, id string, at time.Time) bool {
	if id == "" {
		return false
	}
	if minute := at.Unix() / 60; minute > f.now {
		f.now = minute
	}
	key := [2]string{environment, id}
	came, ok := f.last[key]
	f.last[key] = f.now
	return ok && f.now-came <= f.window
}

// recount counts what the stream holds, from a group on, without anything of the writer's.
func (s *stream) recount(tb require.TestingT, from uint64, window time.Duration) map[string]*count {
	fold := naiveFold{window: int64(window / time.Minute), last: map[[2]string]int64{}}
	counts := map[string]*count{}
	err := s.ReadTo(context.Background(), from, s.last(tb), func(g bus.Group) error {
		next := int64(g.Seq) * capture.MaxGroupEvents
		for n, record := range g.Records() {
			err := capture.DecodeRecord(string(record), next, func(e *capture.Captured) bool {
				c := counts[e.EnvironmentID]
				if c == nil {
					c = newCount()
					counts[e.EnvironmentID] = c
				}
				c.add(*e, fold.seen(e.EnvironmentID, e.ID, g.Time))
				return true
			})
			if err != nil {
				return err
			}
			next += int64(n)
		}
		return nil
	})
	require.NoError(tb, err)
	for _, c := range counts {
		slices.Sort(c.Labels)
		c.Labels = slices.Compact(c.Labels)
	}
	return counts
}

func (c *count) add(e capture.Captured, repeat bool) {
	minute := e.ReceivedAt.Unix() / 60
	m := c.Minutes[minute]
	defer func() { c.Minutes[minute] = m }()
	if repeat {
		m.Duplicates++
		return
	}
	c.Samples = append(c.Samples, e)
	*map[capture.Verdict]*int64{capture.Valid: &m.Valid, capture.Invalid: &m.Invalid, capture.Unplanned: &m.Unplanned}[e.Verdict]++
	codes := map[string]bool{"": true}
	for _, v := range e.Violations {
		codes[v.Code] = true
	}
	for code := range codes {
		c.Counters[store.CounterKey{
			EnvironmentID: e.EnvironmentID, Hour: e.ReceivedAt.Unix() / 3600, Terminal: e.TerminalKey, EventID: e.EventID,
			Name: e.Name, AppVersion: e.App.Version, Verdict: e.Verdict, Code: code,
		}]++
	}
	if e.App.Version != "" {
		c.Labels = append(c.Labels, "version "+e.App.Version)
	}
	c.figure(e)
	if e.EventID == "" {
		c.Labels = append(c.Labels, "name "+e.Name)
		return
	}
	k := store.EventKey{EnvironmentID: e.EnvironmentID, EventID: e.EventID, Terminal: e.TerminalKey}
	seen := c.Events[k]
	if seen.Count++; seen.First.IsZero() || e.ReceivedAt.Before(seen.First) {
		seen.First = e.ReceivedAt
	}
	if e.ReceivedAt.After(seen.Last) {
		seen.Last = e.ReceivedAt
	}
	if e.Verdict == capture.Invalid {
		if seen.Invalid++; e.ReceivedAt.After(seen.LastInvalid) {
			seen.LastInvalid = e.ReceivedAt
		}
	}
	c.Events[k] = seen
}

// mishap is what goes wrong with one commit.
type mishap int

const (
	none        mishap = iota
	refused            // the database is down
	unheard            // done, but the answer is lost
	blind              // done, the answer is lost, and so is the next one to where the position is
	fenced             // another writer seems to have been faster
	crashBefore        // the process dies before the commit
	crashDuring        // … or at the same time
	crashAfter         // … or before it hears the answer
	mishaps
)

var errDown = errors.New("the database is down")

// ledger is a database that things go wrong with, one commit after the other. It grants the lease to everybody. Once
// everything up to a group is in the database it ends the writers.
type ledger struct {
	collect.Ledger
	until uint64
	// settles says that figures of properties have to be there too.
	settles bool
	stop    context.CancelFunc

	mu     sync.Mutex
	plan   []mishap
	isDown bool
}

func (*ledger) LeaseCapture(context.Context, string, time.Time, time.Time) (bool, error) {
	return true, nil
}

func (l *ledger) done(p store.CapturePosition) bool {
	return p.Seq >= l.until && (p.Figures >= l.until || !l.settles)
}

func (l *ledger) CapturePosition(ctx context.Context) (store.CapturePosition, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.isDown {
		l.isDown = false
		return store.CapturePosition{}, errDown
	}
	p, err := l.Ledger.CapturePosition(ctx)
	if l.done(p) && p.StreamID != "" {
		l.stop()
	}
	return p, err
}

func (l *ledger) CommitCapture(ctx context.Context, b *store.CaptureBatch) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	next := none
	if len(l.plan) > 0 {
		next, l.plan = l.plan[0], l.plan[1:]
	}
	switch next {
	case refused:
		return errDown
	case fenced:
		return store.ErrFenced
	case crashBefore:
		l.stop()
		return errDown
	case crashDuring:
		broken, cancel := context.WithCancel(ctx)
		go cancel()
		err := l.Ledger.CommitCapture(broken, b)
		cancel()
		l.stop()
		return errors.Join(errDown, err)
	}
	err := l.Ledger.CommitCapture(ctx, b)
	switch {
	case err != nil:
		return err
	case next == crashAfter:
		l.stop()
		return errDown
	case next == unheard, next == blind:
		l.isDown = next == blind
		return errDown
	}
	if l.done(b.To) {
		l.stop()
	}
	return nil
}

// pace is that of a writer in a hurry.
var hurry = collect.Pace{Batch: time.Millisecond, Lease: 6 * time.Millisecond, Retry: time.Millisecond, Settle: time.Millisecond}

// work runs as many writers at once until everything is in the database, or they have crashed.
func work(tb require.TestingT, s *stream, db collect.Ledger, window time.Duration, writers int, pace collect.Pace, plan ...mishap) {
	workAs(tb, s, db, window, writers, pace, func(*collect.WriterOptions) {}, plan...)
}

// workAs is work with writers of the caller's making.
func workAs(
	tb require.TestingT, s *stream, db collect.Ledger, window time.Duration, writers int, pace collect.Pace,
	change func(*collect.WriterOptions), plan ...mishap,
) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	l := &ledger{Ledger: db, until: s.last(tb), stop: cancel, plan: plan, settles: pace.Settle < time.Minute}
	var wg sync.WaitGroup
	for i := range writers {
		o := collect.WriterOptions{
			Stream: s, Ledger: l, Now: s.now, Logger: quiet, Owner: fmt.Sprint("writer ", i), Metrics: metrics(), Window: window,
			Retention: keepAll{},
		}
		change(&o)
		w := collect.NewWriter(o)
		w.SetPace(pace)
		wg.Go(func() { _ = w.Run(ctx) })
	}
	wg.Wait()
	require.NotErrorIs(tb, context.Cause(ctx), context.DeadlineExceeded)
}
