package collect_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/waymarkhq/waymark/internal/bus"
	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/collect"
	"github.com/waymarkhq/waymark/internal/live"
)

// audience watches some environments and keeps what it is shown.
type audience struct {
	watched map[string]bool

	mu     sync.Mutex
	shown  []*capture.Captured
	change chan struct{}
}

func newAudience(environments ...string) *audience {
	a := &audience{watched: map[string]bool{}, change: make(chan struct{})}
	for _, e := range environments {
		a.watched[e] = true
	}
	return a
}

func (a *audience) Watched(appID, environmentID string) bool {
	return appID == "app_1" && a.watched[environmentID]
}

func (a *audience) Publish(events []*capture.Captured) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.shown = append(a.shown, events...)
	close(a.change)
	a.change = make(chan struct{})
}

// await returns what was shown once an event of that name is among it.
func (a *audience) await(tb testing.TB, name string) (names []string) {
	tb.Helper()
	for {
		a.mu.Lock()
		names = nil
		for _, e := range a.shown {
			names = append(names, e.Name)
		}
		change := a.change
		a.mu.Unlock()
		if len(names) > 0 && names[len(names)-1] == name {
			return names
		}
		select {
		case <-change:
		case <-time.After(20 * time.Second):
			require.Fail(tb, "never shown", "%s, but %v", name, names)
		}
	}
}

// feed runs a feed until the test ends or stop is called.
func feed(tb testing.TB, source collect.Source, s *stream, hub collect.Audience) (stop func()) {
	tb.Helper()
	ctx, cancel := context.WithCancel(tb.Context())
	begun := make(chan struct{})
	begin := sync.OnceFunc(func() { close(begun) })
	now := func() time.Time {
		defer begin()
		return s.now()
	}
	f := collect.NewFeed(collect.FeedOptions{Source: source, Hub: hub, Now: now, Logger: quiet, Window: window})
	ended := make(chan error, 1)
	go func() { ended <- f.Run(ctx) }()
	<-begun // what comes from now on is new to it
	stop = sync.OnceFunc(func() {
		cancel()
		require.NoError(tb, <-ended)
	})
	tb.Cleanup(stop)
	return stop
}

func TestAFeedShowsWhatIsNewOnce(t *testing.T) {
	t.Parallel()
	s := openStream(t, bus.Options{})
	s.put(t, s.event("env_1", "old", "before anybody watched"))
	s.pass(t, 9*time.Minute)
	a := newAudience("env_1")
	feed(t, s, s, a)
	s.put(t, s.event("env_2", "new 1", "elsewhere"), s.event("env_2", "new 2", "elsewhere"))
	s.put(t, s.event("env_1", "new 1", "first"), s.event("env_1", "old", "a repeat"), s.event("env_1", "", "second"))
	seq := s.last(t)
	s.put(t, s.event("env_1", "new 1", "a repeat"))
	s.put(t, s.event("env_1", "new 2", "last"))
	require.Equal(t, []string{"first", "second", "last"}, a.await(t, "last"))
	require.Equal(t, int64(seq)*capture.MaxGroupEvents, a.shown[0].Seq)
	require.Equal(t, int64(seq)*capture.MaxGroupEvents+2, a.shown[1].Seq)
	require.Equal(t, int64(seq+2)*capture.MaxGroupEvents, a.shown[2].Seq)
	require.Contains(t, a.shown[0].Raw, `"支付":"🎉"`)
	require.Equal(t, "8.6.1", a.shown[0].App.Version)
}

// faulty breaks off after every few new groups, as a lost connection or a lost stream does.
type faulty struct {
	*stream
	after int
	why   error
	last  uint64
}

func (s *faulty) Read(ctx context.Context, from uint64, fn func(bus.Group) error) error {
	left := s.after
	return s.stream.Read(ctx, from, func(g bus.Group) error {
		if left == 0 {
			return s.why
		}
		if g.Seq > s.last {
			s.last = g.Seq
			left--
		}
		return fn(g)
	})
}

func TestAFeedGoesOnBehindWhatItHasShown(t *testing.T) {
	t.Parallel()
	for _, why := range []error{bus.ErrStreamLost, errors.New("the connection is lost")} {
		s := openStream(t, bus.Options{})
		a := newAudience("env_1")
		stop := feed(t, &faulty{stream: s, after: 3, why: why}, s, a)
		var want []string
		for i := range 10 {
			s.pass(t, time.Microsecond)
			name := fmt.Sprint("event ", i)
			want = append(want, name)
			s.put(t, s.event("env_1", name, name))
			if i == 5 {
				s.pass(t, -time.Second) // somebody sets the clock
			}
			require.Equal(t, want, a.await(t, name))
		}
		stop()
	}
}

func TestAFeedWaitsForItsStream(t *testing.T) {
	t.Parallel()
	s := newStream(t, bus.Options{})
	a := newAudience("env_1")
	feed(t, s, s, a)
	_, err := s.EnsureStream(t.Context(), bus.Position{})
	require.NoError(t, err)
	s.put(t, s.event("env_1", "", "first"))
	require.Equal(t, []string{"first"}, a.await(t, "first"))
}

// TestFeedsAndWriterAgree: whatever comes and whenever a feed begins, it shows exactly what the database keeps.
func TestFeedsAndWriterAgree(t *testing.T) {
	t.Parallel()
	db, s := onSQLite(t), openStream(t, bus.Options{})
	run := 0
	rapid.Check(t, func(r *rapid.T) {
		run++
		environments := []string{fmt.Sprintf("env_%d_a", run), fmt.Sprintf("env_%d_b", run)}
		var ids []string
		load := func() {
			for range rapid.IntRange(1, 12).Draw(r, "payloads") {
				s.put(r, drawEvents(r, s, environments, &ids)...)
				s.pass(r, time.Duration(rapid.IntRange(0, 200).Draw(r, "seconds"))*time.Second)
			}
		}
		load()
		s.pass(r, time.Nanosecond)
		first := int64(s.last(r)+1) * capture.MaxGroupEvents
		a := newAudience(environments...)
		stop := feed(t, s, s, a)
		defer stop()
		load()
		end := fmt.Sprint("end of ", run)
		s.put(r, s.event(environments[0], "", end))
		a.await(t, end)
		work(r, s, db, window, 1, hurry)
		for _, environment := range environments {
			var kept, shown []int64
			for _, e := range db.counted(r, environment).Samples {
				if e.Seq >= first {
					kept = append(kept, e.Seq)
				}
			}
			for _, e := range a.shown {
				if e.EnvironmentID == environment {
					shown = append(shown, e.Seq)
				}
			}
			require.Equal(r, kept, shown)
		}
	})
}

func TestAFeedFillsAHub(t *testing.T) {
	t.Parallel()
	s := openStream(t, bus.Options{})
	hub := live.New(live.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	wg.Go(func() { _ = hub.Run(ctx) })
	var sub *live.Subscription
	require.Eventually(t, func() (ok bool) {
		var err error
		sub, err = hub.Subscribe("app_1", "env_1", live.Filter{Verdicts: []capture.Verdict{capture.Invalid}})
		return err == nil
	}, time.Minute, time.Millisecond)
	feed(t, s, s, hub)
	good, bad := s.event("env_1", "1", "good"), s.event("env_1", "2", "bad")
	bad.Verdict = capture.Invalid
	s.put(t, good, bad, bad)
	page := <-sub.C()
	require.Len(t, page.Events, 1)
	require.Equal(t, "bad", page.Events[0].Name)
}
