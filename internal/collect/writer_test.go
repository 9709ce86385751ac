package collect_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/bus"
	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/collect"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/store"
)

// openStream is newStream, ready to be published to.
func openStream(tb testing.TB, opts bus.Options) *stream {
	tb.Helper()
	s := newStream(tb, opts)
	_, err := s.EnsureStream(tb.Context(), bus.Position{})
	require.NoError(tb, err)
	return s
}

func position(tb testing.TB, l collect.Ledger) store.CapturePosition {
	tb.Helper()
	p, err := l.CapturePosition(tb.Context())
	require.NoError(tb, err)
	return p
}

const window = 10 * time.Minute

func TestARepeatCountsOnceWithinTheWindow(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, db *database) {
		s := openStream(t, bus.Options{})
		e := s.event("env_1", "id 1", "order_paid")
		s.put(t, e, e)
		work(t, s, db, window, 1, hurry)
		s.put(t, e) // in the same process's life or in the next one's
		work(t, s, db, window, 1, hurry)
		s.pass(t, window)
		s.put(t, e)
		other := e
		other.EnvironmentID = "env_2"
		s.put(t, other)
		work(t, s, db, window, 1, hurry)

		require.Len(t, db.counted(t, "env_1").Samples, 1)
		require.Equal(t, map[int64]store.MinuteCounts{noon.Unix() / 60: {Unplanned: 1, Duplicates: 3}}, db.counted(t, "env_1").Minutes)
		require.Len(t, db.counted(t, "env_2").Samples, 1, "another environment knows nothing of it")

		s.pass(t, window+time.Minute)
		s.put(t, e)
		work(t, s, db, window, 1, hurry)
		require.Len(t, db.counted(t, "env_1").Samples, 2, "so long after, it is taken for another one")

		none := s.event("env_3", "", "order_paid")
		s.put(t, none, none)
		work(t, s, db, window, 1, hurry)
		require.Len(t, db.counted(t, "env_3").Samples, 2, "without an id nothing is a repeat")
	})
}

func TestHostileNamesCannotGrowTheTables(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, db *database) {
		s := openStream(t, bus.Options{})
		planned := s.event("env_1", "", "order_paid")
		planned.EventID, planned.EventKey, planned.Verdict = "evt_1", "order_paid", capture.Valid
		const hostile = 10_000
		events := make([]capture.Captured, 0, capture.MaxGroupEvents)
		for i := range hostile {
			e := s.event("env_1", "", fmt.Sprint("name ", i))
			e.App.Version = fmt.Sprint("1.", i)
			e.Violations = []capture.Violation{{Code: fmt.Sprint("code ", i), Severity: capture.Error}}
			if events = append(events, e); len(events) == cap(events) {
				s.put(t, events...)
				events = events[:0]
			}
		}
		s.put(t, append(events, planned)...)
		work(t, s, db, window, 1, hurry)
		// A writer that starts later knows what is there.
		s.put(t, s.event("env_1", "", "one more"), s.event("env_1", "", "name 7"), planned, s.event("env_2", "", "another environment"))
		work(t, s, db, window, 1, hurry)

		c := db.counted(t, "env_1")
		require.Len(t, c.Labels, collect.MaxNames+collect.MaxVersions)
		names, versions, codes := map[string]int64{}, map[string]int64{}, map[string]int64{}
		for k, n := range c.Counters {
			if k.Code != "" {
				codes[k.Code] += n
				continue
			}
			names[k.Name] += n
			versions[k.AppVersion] += n
		}
		require.Len(t, names, collect.MaxNames+2, "those, the planned one and all others")
		require.Len(t, versions, collect.MaxVersions+1)
		require.EqualValues(t, hostile-collect.MaxNames+1, names[store.OtherLabel])
		require.EqualValues(t, 2, names["name 7"])
		require.EqualValues(t, 2, names["order_paid"], "no one else's names push a planned one aside")
		require.Equal(t, map[string]int64{store.OtherLabel: hostile}, codes)
		require.Len(t, c.Samples, hostile+4, "every event is kept as it came")
		require.Equal(t, []string{"name another environment", "version 8.6.1"}, db.counted(t, "env_2").Labels)
	})
}

func TestValuesThatADatabaseCouldChokeOn(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, db *database) {
		s := openStream(t, bus.Options{})
		long := strings.Repeat("支", 50_000)
		for i, nasty := range []string{"nul \x00", "\xff\xfe", long, "\u2028\u202e", "(other)", "'; DROP TABLE capture_sample; --"} {
			e := s.event("env_1", nasty, nasty)
			e.App.Version, e.DeviceID, e.UserID, e.Notes = nasty, nasty, nasty, []string{nasty}
			e.Violations = []capture.Violation{{Code: "type_mismatch", Property: nasty, Expected: nasty, Actual: nasty}}
			e.EventTime = time.Unix(int64(i)*1e15, 0).UTC()
			e.SentAt = time.Unix(-int64(i)*1e15, 0).UTC()
			s.put(t, e)
		}
		work(t, s, db, window, 1, hurry)
		require.Len(t, db.counted(t, "env_1").Samples, 6)
		require.Zero(t, position(t, db).Lost)
	})
}

func TestWhatTheDatabaseRefusesIsLeftOutAlone(t *testing.T) {
	t.Parallel()
	s, db := openStream(t, bus.Options{}), onSQLite(t)
	for i := range 9 {
		s.put(t, s.event("env_1", "", fmt.Sprint("event ", i)))
	}
	picky := &pickyLedger{Ledger: db, refuses: "event 4"}
	pace := hurry
	pace.Batch = 50 * time.Millisecond // so that it is in one batch with others
	work(t, s, picky, window, 1, pace)
	require.Greater(t, picky.most, 1)
	var names []string
	for _, e := range db.counted(t, "env_1").Samples {
		names = append(names, e.Name)
	}
	require.Equal(t, strings.Fields("event-0 event-1 event-2 event-3 event-5 event-6 event-7 event-8"),
		strings.Split(strings.ReplaceAll(strings.Join(names, ","), " ", "-"), ","))
	require.EqualValues(t, 1, position(t, db).Lost, "and everybody can see it")
}

// pickyLedger refuses events with a certain name.
type pickyLedger struct {
	collect.Ledger
	refuses string
	most    int // events in a batch that was refused
}

func (l *pickyLedger) CommitCapture(ctx context.Context, b *store.CaptureBatch) error {
	for _, e := range b.Samples {
		if e.Name == l.refuses {
			l.most = max(l.most, len(b.Samples))
			return fault.New(fault.InvalidInput, "unstorable_text", "no")
		}
	}
	return l.Ledger.CommitCapture(ctx, b)
}

func TestWhatCannotBeReadIsCountedAndSkipped(t *testing.T) {
	t.Parallel()
	s, db := openStream(t, bus.Options{}), onSQLite(t)
	s.put(t, s.event("env_1", "1", "before"))
	whole := capture.AppendRecord(nil, []capture.Captured{s.event("env_1", "2", "in time"), s.event("env_1", "3", "too late")})
	require.NoError(t, s.Publish(t.Context(), 2, whole[:len(whole)-3]))
	require.NoError(t, s.Publish(t.Context(), 7, []byte("no record at all")))
	s.put(t, s.event("env_1", "4", "after"))
	broken := &brokenStream{stream: s, group: 4}
	s.put(t, s.event("env_1", "5", "last"))

	reg := prometheus.NewRegistry()
	m := collect.NewMetrics(reg)
	run(t, db, s.last(t), collect.WriterOptions{Stream: broken, Metrics: m, Now: s.now})
	var names []string
	for _, e := range db.counted(t, "env_1").Samples {
		names = append(names, e.Name)
	}
	require.Equal(t, []string{"before", "in time", "last"}, names)
	require.EqualValues(t, 1, position(t, db).Lost)
	require.EqualValues(t, 3, value(t, reg, "waymark_writer_damaged_total"))
}

// brokenStream holds a group that is none.
type brokenStream struct {
	*stream
	group uint64
}

func (s *brokenStream) Read(ctx context.Context, from uint64, fn func(bus.Group) error) error {
	return s.stream.Read(ctx, from, func(g bus.Group) error {
		if g.Seq == s.group {
			g = bus.Group{Seq: g.Seq, Gap: g.Gap, Time: g.Time, Pending: g.Pending, Damaged: fmt.Errorf("bits have fallen over")}
		}
		return fn(g)
	})
}

// run runs one writer until everything up to a group is in the database.
func run(tb testing.TB, db collect.Ledger, until uint64, o collect.WriterOptions) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), time.Minute)
	defer cancel()
	o.Ledger = &ledger{Ledger: db, until: until, stop: cancel}
	o.Logger, o.Owner, o.Window, o.Retention = quiet, "writer", window, keepAll{}
	if o.Metrics == nil {
		o.Metrics = metrics()
	}
	w := collect.NewWriter(o)
	w.SetPace(hurry)
	require.NoError(tb, w.Run(ctx))
	require.NotErrorIs(tb, context.Cause(ctx), context.DeadlineExceeded)
}

func TestLostGroupsAreAVisibleGap(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, db *database) {
		s := openStream(t, bus.Options{Window: time.Nanosecond})
		for i := range 3 {
			s.put(t, s.event("env_1", "", fmt.Sprint(i)))
		}
		work(t, s, db, window, 1, hurry)
		require.Equal(t, store.CapturePosition{StreamID: position(t, db).StreamID, Seq: 3, Figures: 3}, position(t, db))

		for i := range 7 {
			s.put(t, s.event("env_1", "", fmt.Sprint(i)))
		}
		kept, err := s.Trim(t.Context(), 8) // an operator's purge
		require.NoError(t, err)
		require.EqualValues(t, 8, kept)
		work(t, s, db, window, 1, hurry)
		p := position(t, db)
		require.Equal(t, store.CapturePosition{StreamID: p.StreamID, Seq: 10, Lost: 4, Gaps: 1, Figures: 10}, p)
		require.Len(t, db.counted(t, "env_1").Samples, 3+3)

		// A new disk: the stream is another one. Its numbers go on where those in the database end.
		anew := openedBehind(t, db)
		anew.put(t, anew.event("env_1", "", "on the new stream"))
		require.EqualValues(t, 11, anew.last(t))
		work(t, anew, db, window, 1, hurry)
		q := position(t, db)
		require.NotEqual(t, p.StreamID, q.StreamID)
		require.Equal(t, store.CapturePosition{StreamID: q.StreamID, Seq: 11, Lost: 4, Gaps: 2, Figures: 11}, q)
		require.Len(t, db.counted(t, "env_1").Samples, 7)
	})
}

// openedBehind is a fresh stream, opened by a process that could not write to the database.
func openedBehind(t *testing.T, db *database) *stream {
	t.Helper()
	s, p := newStream(t, bus.Options{}), position(t, db)
	_, err := s.EnsureStream(t.Context(), bus.Position{StreamID: p.StreamID, Seq: p.Seq})
	require.NoError(t, err)
	return s
}

func TestTheStreamIsTrimmedBehindTheWindowOnly(t *testing.T) {
	t.Parallel()
	s, db := openStream(t, bus.Options{Window: time.Nanosecond}), onSQLite(t)
	early := s.event("env_1", "early", "order_paid")
	for range 30 {
		s.put(t, early)
	}
	s.pass(t, window+2*time.Minute)
	late := s.event("env_1", "late", "order_paid")
	for range 30 {
		s.put(t, late)
	}
	pace := hurry
	pace.TrimGroups, pace.BatchEvents, pace.Trim = 5, 1, time.Millisecond
	work(t, s, db, window, 1, pace)
	s.pass(t, window)
	s.put(t, late)
	work(t, s, db, window, 1, pace)
	stats, err := s.StreamStats(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 31, stats.FirstSeq, "what is older than the window before the position is gone, the rest is not")
	require.Len(t, db.counted(t, "env_1").Samples, 2, "so that the newest is still known for a repeat")
}

// TestAFullStreamGetsRoomAgain: nothing can come into a stream that filled within the window, so what makes room must not wait
// for anything to come; also where the process is another one by then.
func TestAFullStreamGetsRoomAgain(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, db *database) {
		s := openStream(t, bus.Options{MaxBytes: 1 << 20, Window: time.Nanosecond})
		big := s.event("env_1", "", "order_paid")
		noise := make([]byte, 100_000)
		_, _ = rand.NewChaCha8([32]byte{}).Read(noise)
		big.Raw = base64.StdEncoding.EncodeToString(noise)
		record := capture.AppendRecord(nil, []capture.Captured{big})
		fill := func() (took int) {
			for {
				if err := s.Publish(t.Context(), 1, record); err != nil {
					require.True(t, fault.Is(err, fault.Unavailable), "%v", err)
					return took
				}
				took++
			}
		}
		require.NotZero(t, fill())
		pace := hurry
		pace.Trim = time.Millisecond
		work(t, s, db, window, 1, pace)
		require.Zero(t, fill(), "the window has to stay")
		trims := &trimmed{stream: s, kept: make(chan uint64)}
		ctx, stop := context.WithCancel(t.Context())
		w := collect.NewWriter(collect.WriterOptions{
			Stream: trims, Ledger: db, Now: s.now, Logger: quiet, Owner: "another", Metrics: metrics(), Window: window, Retention: keepAll{},
		})
		w.SetPace(pace)
		ended := make(chan error, 1)
		go func() { ended <- w.Run(ctx) }()
		defer func() {
			stop()
			require.NoError(t, <-ended)
		}()
		require.EqualValues(t, 1, trims.next(t), "the window has not passed")
		for range 2 {
			s.pass(t, window+3*time.Minute)
			for trims.next(t) < s.last(t) {
				continue
			}
			require.NotZero(t, fill())
		}
	})
}

// trimmed tells what each trim has left.
type trimmed struct {
	*stream
	kept chan uint64
}

func (s *trimmed) Trim(ctx context.Context, before uint64) (uint64, error) {
	kept, err := s.stream.Trim(ctx, before)
	select {
	case s.kept <- kept:
	case <-ctx.Done():
	}
	return kept, err
}

// next is what the next trim leaves.
func (s *trimmed) next(t *testing.T) uint64 {
	t.Helper()
	select {
	case kept := <-s.kept:
		return kept
	case <-t.Context().Done():
		return 0
	}
}

func TestOneWritesAndTheOtherStandsBy(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, db *database) {
		s := openStream(t, bus.Options{})
		commits := make(chan *store.CaptureBatch, 100)
		var wg sync.WaitGroup
		defer wg.Wait()
		start := func(owner string) (w *collect.Writer, stop context.CancelFunc) {
			ctx, cancel := context.WithCancel(t.Context())
			w = collect.NewWriter(collect.WriterOptions{
				Stream: s, Ledger: &watchedLedger{Ledger: db, commits: commits}, Now: time.Now, Logger: quiet, Owner: owner,
				Metrics: metrics(), Window: window, Retention: keepAll{},
			})
			w.SetPace(collect.Pace{Batch: time.Millisecond, Lease: 6 * time.Second})
			wg.Go(func() { _ = w.Run(ctx) })
			return w, cancel
		}
		one, stopOne := start("one")
		defer stopOne()
		require.Equal(t, "one", (<-commits).Owner, "it takes over the stream")
		two, stopTwo := start("two")
		defer stopTwo()
		for range 20 {
			s.put(t, s.event("env_1", "", "order_paid"))
			require.Equal(t, "one", (<-commits).Owner)
		}
		require.NoError(t, one.Ready())
		require.True(t, one.Lag().Leading)
		require.False(t, two.Lag().Leading)
		stopOne()
		s.put(t, s.event("env_1", "", "order_paid"))
		for b := range commits {
			if b.Owner == "two" {
				break
			}
		}
		require.NoError(t, two.Ready())
		require.True(t, two.Lag().Leading)
	})
}

// watchedLedger tells of every commit.
type watchedLedger struct {
	collect.Ledger
	commits chan *store.CaptureBatch
}

func (l *watchedLedger) CommitCapture(ctx context.Context, b *store.CaptureBatch) error {
	err := l.Ledger.CommitCapture(ctx, b)
	if err == nil {
		l.commits <- b
	}
	return err
}

// keepAll keeps what env_1 captures.
type keepAll struct{}

func (keepAll) Retention(context.Context) (map[string]collect.Keep, error) {
	return map[string]collect.Keep{"env_1": {Days: 3650, Samples: 1_000_000}}, nil
}
