package live_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/live"
)

// inBubble runs a test with a hub whose clock is a false one.
func inBubble(t *testing.T, opts live.Options, test func(t *testing.T, h *live.Hub)) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := live.New(opts)
		ctx, cancel := context.WithCancel(t.Context())
		go func() { _ = h.Run(ctx) }()
		synctest.Wait()
		test(t, h)
		cancel()
		synctest.Wait()
	})
}

func TestFirstEventGoesOutAtOnceThenTheyGather(t *testing.T) {
	inBubble(t, live.Options{}, func(t *testing.T, h *live.Hub) {
		s, err := h.Subscribe("app", "test", live.Filter{})
		require.NoError(t, err)
		start := time.Now()
		h.Publish(run("test", 1, 1))
		require.Len(t, (<-s.C()).Events, 1)
		require.Zero(t, time.Since(start))
		for i := range 10 { // 2 ms apart
			h.Publish(run("test", 2+i, 1))
			time.Sleep(2 * time.Millisecond)
		}
		p := <-s.C()
		require.Len(t, p.Events, 10)
		require.Equal(t, 50*time.Millisecond, time.Since(start))
		time.Sleep(time.Minute)
		start = time.Now()
		h.Publish(run("test", 12, 1200)) // full pages wait for nothing
		for _, n := range []int{500, 500} {
			require.Len(t, (<-s.C()).Events, n)
			require.Zero(t, time.Since(start))
		}
		require.Len(t, (<-s.C()).Events, 200)
		require.Equal(t, 50*time.Millisecond, time.Since(start))
	})
}

func TestEventsMeetOnlyTheirEnvironment(t *testing.T) {
	inBubble(t, live.Options{}, func(t *testing.T, h *live.Hub) {
		test, err := h.Subscribe("app", "test", live.Filter{})
		require.NoError(t, err)
		foreign, err := h.Subscribe("other", "test", live.Filter{})
		require.NoError(t, err)
		events := append(run("production", 1, 2), run("test", 3, 2)...)
		h.Publish(append(events, run("production", 5, 1)...))
		p := <-test.C()
		require.Len(t, p.Events, 2)
		require.Same(t, events[2], p.Events[0], "shared, not copied")
		synctest.Wait()
		select {
		case <-foreign.C():
			t.Fatal("an event of another app")
		default:
		}
		require.Equal(t, live.Stats{Subscriptions: 2, Matched: 2}, h.Stats())
	})
}

// The publisher never waits; a reader that does not read loses the oldest and hears how many, where they are missing.
func TestSlowReaderLosesTheOldest(t *testing.T) {
	inBubble(t, live.Options{QueueEvents: 1000, PageEvents: 100}, func(t *testing.T, h *live.Hub) {
		s, err := h.Subscribe("app", "test", live.Filter{})
		require.NoError(t, err)
		const n = 5000
		for i := range n / 10 {
			h.Publish(run("test", 1+i*10, 10))
			synctest.Wait()
		}
		first := <-s.C() // was formed before anything was lost
		require.Zero(t, first.Dropped)
		next := int64(len(first.Events)) + 1
		p := <-s.C()
		require.Equal(t, n-1000-len(first.Events), p.Dropped)
		require.Equal(t, next+int64(p.Dropped), p.Events[0].Seq)
		require.Equal(t, p.Dropped+100, p.Weight())
		next += int64(p.Weight())
		for next <= n {
			p := <-s.C()
			require.Zero(t, p.Dropped)
			for _, e := range p.Events {
				require.Equal(t, next, e.Seq)
				next++
			}
		}
		require.EqualValues(t, n, h.Stats().Matched)
		require.EqualValues(t, n-1000-len(first.Events), h.Stats().Dropped)
	})
}

func TestClose(t *testing.T) {
	inBubble(t, live.Options{}, func(t *testing.T, h *live.Hub) {
		s, err := h.Subscribe("app", "test", live.Filter{})
		require.NoError(t, err)
		h.Publish(run("test", 1, 1))
		synctest.Wait()
		s.Close()
		s.Close()
		_, open := <-s.C()
		require.False(t, open)
		h.Publish(run("test", 2, 1))
		require.Zero(t, h.Stats().Subscriptions)
	})
}

func TestStop(t *testing.T) {
	t.Parallel()
	h := live.New(live.Options{})
	_, err := h.Subscribe("app", "test", live.Filter{})
	require.True(t, fault.Is(err, fault.Unavailable), "not running yet")
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = h.Run(ctx) }()
	s := subscribe(t, h, "test", live.Filter{})
	cancel()
	<-done
	_, open := <-s.C()
	require.False(t, open)
	_, err = h.Subscribe("app", "test", live.Filter{})
	require.True(t, fault.Is(err, fault.Unavailable))
	h.Publish(run("test", 1, 1))
}

// Subscribing, reading, closing and publishing at the same time: every event that a subscription matched is delivered or
// counted as dropped, in order.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	h := start(t, live.Options{FlushEvery: time.Millisecond, PageEvents: 20, QueueEvents: 100})
	stop := make(chan struct{})
	var publisher, readers sync.WaitGroup
	publisher.Go(func() {
		for seq := 1; ; seq += 7 {
			select {
			case <-stop:
				return
			default:
				h.Publish(run("test", seq, 7))
			}
		}
	})
	for range 8 {
		readers.Go(func() {
			for range 20 {
				s := subscribe(t, h, "test", live.Filter{})
				next := int64(0)
				for range 10 {
					p := <-s.C()
					if next == 0 {
						next = p.Events[0].Seq - int64(p.Dropped)
					}
					for i, e := range p.Events {
						if i == 0 {
							next += int64(p.Dropped)
						}
						if e.Seq != next {
							require.Equal(t, next, e.Seq)
						}
						next++
					}
				}
				s.Close()
			}
		})
	}
	readers.Wait()
	close(stop)
	publisher.Wait()
}

func BenchmarkPublish(b *testing.B) {
	filters := map[string]live.Filter{
		"all":     {},
		"devices": {DeviceIDs: []string{"d1"}, Verdicts: []capture.Verdict{capture.Invalid}},
		"ascii":   {Text: "purchase_completed"},
		"chinese": {Text: "支付"},
		"mixed":   {Text: "Größe"},
	}
	raw := `{"type":"track","event":"element_click","properties":{"标题":"春节大促 <b>","price":12.5,"note":"a line\nwith an escape","list":[1,2,3,4,5,6,7,8,9]},"context":{"library":{"name":"analytics.js"}}}`
	for len(raw) < 1000 {
		raw += " "
	}
	events := run("test", 1, 100)
	for _, e := range events {
		e.Raw, e.DeviceID, e.Verdict = raw, "d2", capture.Invalid
	}
	for name, f := range filters {
		b.Run(name, func(b *testing.B) {
			h := start(b, live.Options{})
			const subs = 100
			for range subs {
				s := subscribe(b, h, "test", f)
				go func() {
					for range s.C() {
					}
				}()
			}
			b.ReportAllocs()
			for b.Loop() {
				h.Publish(events)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/subs/100, "ns/match")
		})
	}
}
