package collect_test

import (
	"context"
	"errors"
	"sort"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/bus"
	"github.com/waymarkhq/waymark/internal/collect"
	"github.com/waymarkhq/waymark/internal/store"
)

// fakeStream and fakeLedger take a writer's calls in virtual time, so that its pace can be seen exactly.
type fakeStream struct {
	groups  chan bus.Group
	ensured atomic.Int64
	broken  atomic.Bool
	mu      sync.Mutex
	stored  []time.Time // by number, from 1 on
	trims   []uint64
}

func (s *fakeStream) EnsureStream(_ context.Context, known bus.Position) (bus.StreamInfo, error) {
	s.ensured.Add(1)
	if s.broken.Load() {
		return bus.StreamInfo{}, errors.New("no stream here")
	}
	return bus.StreamInfo{ID: "stream", Resume: known.Seq + 1}, nil
}

func (s *fakeStream) Read(ctx context.Context, _ uint64, fn func(bus.Group) error) error {
	for {
		select {
		case g, open := <-s.groups:
			if !open {
				return bus.ErrStreamLost
			}
			s.mu.Lock()
			s.stored = append(s.stored, g.Time)
			s.mu.Unlock()
			if err := fn(g); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (*fakeStream) ReadTo(context.Context, uint64, uint64, func(bus.Group) error) error { return nil }

func (s *fakeStream) FirstSeqSince(_ context.Context, t time.Time) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return uint64(sort.Search(len(s.stored), func(i int) bool { return !s.stored[i].Before(t) })) + 1, nil
}

func (s *fakeStream) Trim(_ context.Context, before uint64) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trims = append(s.trims, before)
	return before, nil
}

// kept is the oldest group that the last trim left; 0 before the first.
func (s *fakeStream) kept() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.trims) == 0 {
		return 0
	}
	return s.trims[len(s.trims)-1]
}

type fakeLedger struct {
	mu       sync.Mutex
	at       store.CapturePosition
	taken    bool // by another
	down     bool
	tries    []time.Time // of commits
	commits  []time.Time
	leases   []time.Time
	released bool
	sweeps   []time.Time
	policy   store.SweepPolicy
}

func (l *fakeLedger) set(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f()
}

func (l *fakeLedger) CapturePosition(context.Context) (store.CapturePosition, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.down {
		return store.CapturePosition{}, errDown
	}
	return l.at, nil
}

func (l *fakeLedger) LeaseCapture(_ context.Context, _ string, now, until time.Time) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.down {
		return false, errDown
	}
	l.leases, l.released = append(l.leases, now), !until.After(now)
	return !l.taken, nil
}

func (l *fakeLedger) CommitCapture(_ context.Context, b *store.CaptureBatch) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tries = append(l.tries, time.Now())
	switch {
	case l.down:
		return errDown
	case b.From.Seq != l.at.Seq || b.From.StreamID != l.at.StreamID:
		return store.ErrFenced
	}
	l.at, l.commits = b.To, append(l.commits, time.Now())
	return nil
}

func (*fakeLedger) CapturedInHour(context.Context, string, int64) (store.HourCounts, error) {
	return store.HourCounts{}, nil
}

func (*fakeLedger) CaptureLabels(context.Context) ([]store.Label, error) { return nil, nil }

func (l *fakeLedger) SweepCapture(_ context.Context, p store.SweepPolicy) (store.Swept, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sweeps, l.policy = append(l.sweeps, time.Now()), p
	return store.Swept{}, nil
}

// virtual runs a writer at its usual pace in virtual time.
func virtual(t *testing.T, f func(w *collect.Writer, s *fakeStream, l *fakeLedger)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s, l := &fakeStream{groups: make(chan bus.Group)}, &fakeLedger{}
		ctx, cancel := context.WithCancel(t.Context())
		w := collect.NewWriter(collect.WriterOptions{
			Stream: s, Ledger: l, Now: time.Now, Logger: quiet, Owner: "writer", Metrics: metrics(), Retention: keepAll{},
		})
		ended := make(chan error, 1)
		go func() { ended <- w.Run(ctx) }()
		synctest.Wait()
		f(w, s, l)
		cancel()
		require.NoError(t, <-ended)
		require.True(t, l.released || l.taken || l.down, "the lease is given back")
	})
}

// later lets time pass, and everybody do what is due.
func later(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// gaps are the times between.
func gaps(at []time.Time) []time.Duration {
	out := make([]time.Duration, max(0, len(at)-1))
	for i := range out {
		out[i] = at[i+1].Sub(at[i])
	}
	return out
}

func TestBatchesGoAtOnceAfterAPauseAndThenAtTheirPace(t *testing.T) {
	t.Parallel()
	virtual(t, func(w *collect.Writer, s *fakeStream, l *fakeLedger) {
		require.Len(t, l.commits, 1, "the position takes up the stream")
		later(time.Minute)
		for seq := uint64(1); seq <= 100; seq++ {
			s.groups <- bus.Group{Seq: seq, Time: time.Now()}
			later(10 * time.Millisecond)
		}
		later(time.Second)
		require.EqualValues(t, 100, l.at.Seq)
		between := gaps(l.commits)
		require.Equal(t, time.Minute, between[0])
		for _, d := range between[1:] {
			require.Equal(t, 200*time.Millisecond, d)
		}
		require.Equal(t, collect.Lag{Leading: true}, w.Lag())
	})
}

func TestALagIsSeenWhileTheDatabaseIsDown(t *testing.T) {
	t.Parallel()
	virtual(t, func(w *collect.Writer, s *fakeStream, l *fakeLedger) {
		l.set(func() { l.down = true })
		s.groups <- bus.Group{Seq: 1, Time: time.Now()}
		later(time.Minute)
		s.groups <- bus.Group{Seq: 2, Time: time.Now(), Pending: 5} // the reader is one group ahead, no more
		later(time.Minute)
		require.Equal(t, collect.Lag{Leading: true, Groups: 7, Age: 2 * time.Minute}, w.Lag())
		require.NoError(t, w.Ready(), "events can be taken in all the same")
		tries := gaps(l.tries)
		for i, d := range tries[1:] {
			require.LessOrEqual(t, d, 5*time.Second)
			require.GreaterOrEqual(t, d, min(100*time.Millisecond<<i, 5*time.Second)/2)
		}
		require.Greater(t, len(tries), 24, "two minutes hold more than 24 waits of at most 5 s")
		require.Less(t, len(tries), 60)
		l.set(func() { l.down = false })
		later(6 * time.Second)
		require.EqualValues(t, 2, l.at.Seq)
		require.Equal(t, collect.Lag{Leading: true, Groups: 5}, w.Lag())
	})
}

func TestTheLeaseIsRenewedAndLost(t *testing.T) {
	t.Parallel()
	virtual(t, func(w *collect.Writer, s *fakeStream, l *fakeLedger) {
		later(time.Minute)
		for _, d := range gaps(l.leases) {
			require.Equal(t, 2*time.Second, d)
		}
		l.set(func() { l.taken = true })
		ensured := s.ensured.Load()
		later(10 * time.Second)
		require.Equal(t, collect.Lag{}, w.Lag())
		require.Equal(t, ensured+4, s.ensured.Load(), "one that stands by looks every 2 s, and its stream stays open")
		l.set(func() { l.taken = false })
		later(3 * time.Second)
		require.True(t, w.Lag().Leading)
	})
}

func TestAWriterIsNotReadyBeforeItsStreamIsOpen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, l := &fakeStream{}, &fakeLedger{}
		s.broken.Store(true)
		w := collect.NewWriter(collect.WriterOptions{
			Stream: s, Ledger: l, Now: time.Now, Logger: quiet, Metrics: metrics(), Retention: keepAll{},
		})
		require.ErrorContains(t, w.Ready(), "not open yet")
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- w.Run(ctx) }()
		synctest.Wait()
		require.ErrorContains(t, w.Ready(), "no stream here")
		s.broken.Store(false)
		later(time.Second)
		require.NoError(t, w.Ready())
		cancel()
		require.NoError(t, <-ended)
	})
}

func TestALostStreamIsOpenedAgainWithoutHaste(t *testing.T) {
	t.Parallel()
	virtual(t, func(_ *collect.Writer, s *fakeStream, l *fakeLedger) {
		s.groups <- bus.Group{Seq: 1, Time: time.Now()}
		synctest.Wait()
		require.EqualValues(t, 1, l.at.Seq)
		s.groups <- bus.Group{Seq: 2, Time: time.Now()}
		close(s.groups)
		later(time.Minute)
		require.EqualValues(t, 2, l.at.Seq, "what had been read is not lost with the stream")
		require.Greater(t, s.ensured.Load(), int64(10))
		require.Less(t, s.ensured.Load(), int64(40))
	})
}

// TestTheStreamIsTrimmedInSteps: while events come, and as the window passes where none come any more, until only the newest
// group is left.
func TestTheStreamIsTrimmedInSteps(t *testing.T) {
	t.Parallel()
	virtual(t, func(_ *collect.Writer, s *fakeStream, _ *fakeLedger) {
		later(time.Hour)
		require.Empty(t, s.trims, "there is nothing to trim")
		for seq := uint64(1); seq <= 5000; seq++ {
			s.groups <- bus.Group{Seq: seq, Time: time.Now()}
			later(100 * time.Millisecond)
		}
		require.LessOrEqual(t, len(s.trims), 20, "every 30 seconds, or 2,000 groups")
		require.EqualValues(t, 1, s.kept(), "the window has not passed")
		later(6 * time.Minute)
		require.Greater(t, s.kept(), uint64(1000))
		require.Less(t, s.kept(), uint64(5000))
		later(6 * time.Minute)
		require.EqualValues(t, 5000, s.kept(), "nothing came, and the window has passed")
		steps := len(s.trims)
		later(time.Hour)
		require.Len(t, s.trims, steps, "nothing is left to trim")
	})
}

func TestOldSamplesAreSweptNowAndThen(t *testing.T) {
	t.Parallel()
	virtual(t, func(_ *collect.Writer, _ *fakeStream, l *fakeLedger) {
		began := time.Now()
		later(61*time.Minute + time.Second)
		require.Equal(t, time.Minute, l.sweeps[0].Sub(began))
		for _, d := range gaps(l.sweeps) {
			require.Equal(t, 10*time.Minute, d)
		}
		require.Equal(t, map[string]store.Retention{
			"env_1": {Before: l.policy.Now.Add(-3650 * 24 * time.Hour), MaxSamples: 1_000_000},
		}, l.policy.Environments)
		require.Equal(t, l.sweeps[len(l.sweeps)-1], l.policy.Now)
	})
}
