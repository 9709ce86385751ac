package bus_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/waymarkhq/waymark/internal/bus"
	"github.com/waymarkhq/waymark/internal/fault"
)

// open starts a bus; it is closed at the end of the test.
func open(t testing.TB, opts bus.Options) *bus.Bus {
	t.Helper()
	b, err := bus.Open(context.Background(), opts)
	require.NoError(t, err)
	t.Cleanup(func() { closeBus(t, b) })
	return b
}

func closeBus(t testing.TB, b *bus.Bus) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	require.NoError(t, b.Close(ctx))
}

// opened is open with the stream ensured.
func opened(t testing.TB, opts bus.Options) *bus.Bus {
	t.Helper()
	b := open(t, opts)
	_, err := b.EnsureStream(context.Background(), bus.Position{})
	require.NoError(t, err)
	return b
}

// publish stores each text as a record of its own, in a group of its own.
func publish(t testing.TB, b *bus.Bus, texts ...string) {
	t.Helper()
	for _, text := range texts {
		require.NoError(t, b.Publish(context.Background(), 1, []byte(text)))
	}
}

// item is a record as a reader saw it.
type item struct {
	seq  uint64
	text string
}

// readAll reads what is in the stream from sequence number from on.
func readAll(t testing.TB, b *bus.Bus, from uint64) (items []item, groups []bus.Group) {
	t.Helper()
	stats, err := b.StreamStats(context.Background())
	require.NoError(t, err)
	require.NoError(t, b.ReadTo(context.Background(), from, stats.LastSeq, func(g bus.Group) error {
		require.NoError(t, g.Damaged)
		groups = append(groups, g)
		for _, r := range g.Records() {
			items = append(items, item{g.Seq, string(r)})
		}
		return nil
	}))
	return items, groups
}

func texts(items []item) []string {
	out := make([]string, len(items))
	for i, it := range items {
		out[i] = it.text
	}
	return out
}

// requireReason checks that err is an Unavailable fault with that reason.
func requireReason(t testing.TB, err error, reason string) {
	t.Helper()
	f, ok := errors.AsType[*fault.Error](err)
	require.True(t, ok, "%v", err)
	require.Equal(t, fault.Unavailable, f.Code)
	require.Equal(t, reason, f.Reason)
}

func TestPublishThenRead(t *testing.T) {
	t.Parallel()
	b := open(t, bus.Options{Dir: t.TempDir()})
	requireReason(t, b.Healthy(), bus.ReasonDown)
	requireReason(t, b.Publish(t.Context(), 1, nil), bus.ReasonDown)
	requireReason(t, b.Read(t.Context(), 1, nil), bus.ReasonDown)

	info, err := b.EnsureStream(t.Context(), bus.Position{})
	require.NoError(t, err)
	require.NotEmpty(t, info.ID)
	require.Equal(t, bus.StreamInfo{ID: info.ID, FirstSeq: 1, Created: true, Resume: 1}, info)
	require.NoError(t, b.Healthy())

	before := time.Now().Add(-time.Second)
	publish(t, b, "a", "b", "支付 🎉")
	items, groups := readAll(t, b, 1)
	require.Equal(t, []item{{1, "a"}, {2, "b"}, {3, "支付 🎉"}}, items)
	for i, g := range groups {
		require.Equal(t, 1, g.Events)
		require.Zero(t, g.Gap)
		require.EqualValues(t, 2-i, g.Pending)
		require.WithinRange(t, g.Time, before, time.Now().Add(time.Second))
	}
}

func TestReadFollows(t *testing.T) {
	t.Parallel()
	b := opened(t, bus.Options{Dir: t.TempDir()})
	ctx, cancel := context.WithCancel(t.Context())
	got := make(chan item)
	ended := make(chan error)
	go func() {
		ended <- b.Read(ctx, 1, func(g bus.Group) error {
			for _, r := range g.Records() {
				got <- item{g.Seq, string(r)}
			}
			return nil
		})
	}()
	for i := range uint64(20) {
		text := fmt.Sprint(i)
		publish(t, b, text)
		require.Equal(t, item{i + 1, text}, <-got)
	}
	cancel()
	require.ErrorIs(t, <-ended, context.Canceled)
}

func TestReadEndsWithItsFunction(t *testing.T) {
	t.Parallel()
	b := opened(t, bus.Options{Dir: t.TempDir()})
	publish(t, b, "a", "b")
	enough := errors.New("enough")
	calls := 0
	require.ErrorIs(t, b.Read(t.Context(), 1, func(bus.Group) error { calls++; return enough }), enough)
	require.Equal(t, 1, calls)
}

func TestReadToNothing(t *testing.T) {
	t.Parallel()
	b := opened(t, bus.Options{Dir: t.TempDir()})
	never := func(bus.Group) error { t.Error("called"); return nil }
	require.NoError(t, b.ReadTo(t.Context(), 1, 0, never), "an empty range")
	require.NoError(t, b.ReadTo(t.Context(), 1, 5, never), "an empty stream")
	publish(t, b, "a")
	require.NoError(t, b.ReadTo(t.Context(), 2, 5, never), "behind the end")
	require.ErrorIs(t, b.Read(t.Context(), 3, never), bus.ErrStreamLost, "it would wait and miss what comes")
}

func TestWrongUse(t *testing.T) {
	t.Parallel()
	_, err := bus.Open(t.Context(), bus.Options{})
	require.True(t, fault.Is(err, fault.InvalidInput))
	_, err = bus.Open(t.Context(), bus.Options{Dir: t.TempDir(), Ack: "often"})
	require.True(t, fault.Is(err, fault.InvalidInput))

	b := opened(t, bus.Options{Dir: t.TempDir()})
	require.Error(t, b.Publish(t.Context(), 0, nil))
	require.Error(t, b.Publish(t.Context(), bus.MaxGroupEvents+1, nil))
	require.True(t, fault.Is(b.Publish(t.Context(), 1, make([]byte, bus.MaxRecordBytes+1)), fault.InvalidInput))
}

func TestDirectoryThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "jetstream")
	require.NoError(t, os.WriteFile(file, []byte("in the way"), 0o600))
	_, err := bus.Open(t.Context(), bus.Options{Dir: dir})
	require.ErrorContains(t, err, dir)
	_, err = bus.Open(t.Context(), bus.Options{Dir: file})
	require.ErrorContains(t, err, file)
	require.NoError(t, os.Remove(file))
	opened(t, bus.Options{Dir: dir}) // the failure left no lock
}

func TestLargeRecordsAndBacklog(t *testing.T) {
	t.Parallel()
	b := opened(t, bus.Options{Dir: t.TempDir(), Ack: bus.AckProcess})
	want := [][]byte{noise(bus.MaxRecordBytes)} // noise is not packed
	for range 30 {
		want = append(want, noise(1<<20))
	}
	want = append(want, make([]byte, bus.MaxRecordBytes)) // zeros are
	for _, r := range want {
		require.NoError(t, b.Publish(t.Context(), 1, r))
	}
	items, _ := readAll(t, b, 1)
	require.Len(t, items, len(want))
	for i, r := range want {
		require.True(t, bytes.Equal(r, []byte(items[i].text)), i)
	}
}

func TestManyPublishers(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		publishers := rapid.IntRange(1, 40).Draw(rt, "publishers")
		each := rapid.IntRange(1, 20).Draw(rt, "each")
		pad := rapid.IntRange(0, 20_000).Draw(rt, "pad")
		b, err := bus.Open(t.Context(), bus.Options{Dir: t.TempDir(), Ack: bus.AckProcess})
		require.NoError(t, err)
		defer closeBus(t, b)
		_, err = b.EnsureStream(t.Context(), bus.Position{})
		require.NoError(t, err)

		var wg sync.WaitGroup
		for p := range publishers {
			wg.Go(func() {
				for i := range each {
					err := b.Publish(t.Context(), i+1, fmt.Appendf(nil, "%d/%d/%*d", p, i, pad, 0))
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		checkComplete(t, b, publishers, each)
	})
}

// checkComplete finds every record once, and those of each publisher in its order.
func checkComplete(t *testing.T, b *bus.Bus, publishers, each int) {
	t.Helper()
	items, groups := readAll(t, b, 1)
	require.Len(t, items, publishers*each)
	next := make([]int, publishers)
	for _, it := range items {
		var p, i int
		_, err := fmt.Sscanf(it.text, "%d/%d/", &p, &i)
		require.NoError(t, err)
		require.Equal(t, next[p], i)
		next[p]++
	}
	for i, g := range groups {
		require.EqualValues(t, i+1, g.Seq)
		require.Zero(t, g.Gap)
	}
}

func TestConcurrentPublishersShareGroups(t *testing.T) {
	t.Parallel()
	b := opened(t, bus.Options{Dir: t.TempDir()})
	const publishers, each = 50, 10
	var wg sync.WaitGroup
	for range publishers {
		wg.Go(func() {
			for range each {
				if err := b.Publish(t.Context(), 1, []byte("x")); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	items, groups := readAll(t, b, 1)
	require.Len(t, items, publishers*each)
	require.Less(t, len(groups), publishers*each/3)
}

func TestReopen(t *testing.T) {
	t.Parallel()
	for _, mode := range []bus.AckMode{bus.AckFsync, bus.AckProcess} {
		dir := t.TempDir()
		b := open(t, bus.Options{Dir: dir, Ack: mode})
		first, err := b.EnsureStream(t.Context(), bus.Position{})
		require.NoError(t, err)
		publish(t, b, "a", "b")
		closeBus(t, b)
		require.NoError(t, b.Close(t.Context()), "twice")

		b = open(t, bus.Options{Dir: dir, Ack: mode})
		again, err := b.EnsureStream(t.Context(), bus.Position{StreamID: first.ID, Seq: 1})
		require.NoError(t, err)
		require.Equal(t, bus.StreamInfo{ID: first.ID, FirstSeq: 1, LastSeq: 2, Resume: 2}, again)
		publish(t, b, "c")
		items, _ := readAll(t, b, 1)
		require.Equal(t, []item{{1, "a"}, {2, "b"}, {3, "c"}}, items)
		closeBus(t, b)
	}
}

func TestClosedBus(t *testing.T) {
	t.Parallel()
	b := opened(t, bus.Options{Dir: t.TempDir()})
	ended := make(chan error)
	go func() { ended <- b.Read(t.Context(), 1, func(bus.Group) error { return nil }) }()
	publish(t, b, "a")
	closeBus(t, b)
	requireReason(t, <-ended, bus.ReasonDown)
	requireReason(t, b.Publish(t.Context(), 1, nil), bus.ReasonDown)
	requireReason(t, b.Read(t.Context(), 1, nil), bus.ReasonDown)
	requireReason(t, b.Healthy(), bus.ReasonDown)
	requireReason(t, b.Notify("plan.x", nil), bus.ReasonDown)
	_, err := b.EnsureStream(t.Context(), bus.Position{})
	requireReason(t, err, bus.ReasonDown)
	_, err = b.Trim(t.Context(), 1)
	requireReason(t, err, bus.ReasonDown)
}

// TestCloseWaitsForAcceptedRecords: who was refused is not in the stream, who was not is.
func TestCloseWaitsForAcceptedRecords(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := opened(t, bus.Options{Dir: dir})
	const publishers = 50
	var stored atomic.Int64
	var wg sync.WaitGroup
	for range publishers {
		wg.Go(func() {
			for {
				err := b.Publish(context.Background(), 1, []byte("x"))
				if err != nil {
					requireReason(t, err, bus.ReasonDown)
					return
				}
				stored.Add(1)
			}
		})
	}
	for stored.Load() < 2*publishers {
		runtime.Gosched()
	}
	closeBus(t, b)
	wg.Wait()
	b = opened(t, bus.Options{Dir: dir})
	items, _ := readAll(t, b, 1)
	require.Len(t, items, int(stored.Load()))
}

func TestDirectoryIsForOne(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "made", "by", "open")
	b := opened(t, bus.Options{Dir: dir})
	_, err := bus.Open(t.Context(), bus.Options{Dir: dir})
	require.True(t, fault.Is(err, fault.FailedPrecondition), "%v", err)
	require.ErrorContains(t, err, dir)
	publish(t, b, "the first is not disturbed")
	closeBus(t, b)
	opened(t, bus.Options{Dir: dir})
}

func TestFullStream(t *testing.T) {
	t.Parallel()
	b := opened(t, bus.Options{Dir: t.TempDir(), MaxBytes: 1 << 20, Window: time.Nanosecond})
	var err error
	stored := uint64(0)
	for ; err == nil; stored++ {
		err = b.Publish(t.Context(), 1, noise(100_000))
	}
	stored--
	requireReason(t, err, bus.ReasonFull)
	requireReason(t, b.Healthy(), bus.ReasonFull)
	require.EqualValues(t, 10, stored)

	kept, err := b.Trim(t.Context(), stored+100)
	require.NoError(t, err)
	require.Equal(t, stored, kept, "the newest group stays")
	require.NoError(t, b.Healthy())
	publish(t, b, "fits")
	items, groups := readAll(t, b, 3)
	require.Equal(t, "fits", items[1].text)
	require.Equal(t, stored+1, groups[1].Seq)
	require.Equal(t, stored-3, groups[0].Gap)
}

func TestDiskThatIsNearlyFull(t *testing.T) {
	t.Parallel()
	b := opened(t, bus.Options{Dir: t.TempDir(), MinFree: 1 << 60})
	requireReason(t, b.Publish(t.Context(), 1, nil), bus.ReasonFull)
	requireReason(t, b.Healthy(), bus.ReasonFull)
}

func TestNotices(t *testing.T) {
	t.Parallel()
	b := open(t, bus.Options{Dir: t.TempDir()})
	got := make(chan string, 10)
	stop, err := b.Listen("plan.*", func(subject string, data []byte) { got <- subject + "=" + string(data) })
	require.NoError(t, err)
	require.NoError(t, b.Notify("auth.shop", []byte("not for us")))
	require.NoError(t, b.Notify("plan.shop", []byte("7")))
	require.Equal(t, "plan.shop=7", <-got)
	stop()
	require.NoError(t, b.Notify("plan.shop", []byte("8")))
	again, err := b.Listen("plan.>", func(subject string, data []byte) { got <- string(data) })
	require.NoError(t, err)
	defer again()
	require.NoError(t, b.Notify("plan.shop", []byte("9")))
	require.Equal(t, "9", <-got)
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	b := opened(t, bus.Options{Dir: t.TempDir(), MaxBytes: 1 << 20})
	publish(t, b, "a", "b")
	readAll(t, b, 1)
	require.Error(t, b.Publish(t.Context(), 1, noise(2<<20)))
	reg := prometheus.NewPedanticRegistry()
	require.NoError(t, reg.Register(b))
	families, err := reg.Gather()
	require.NoError(t, err)
	got := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := f.GetName()
			for _, l := range m.GetLabel() {
				name += "/" + l.GetValue()
			}
			got[name] = m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	require.Equal(t, 2.0, got["waymark_bus_published_groups_total"])
	require.Equal(t, 2.0, got["waymark_bus_publish_seconds"])
	require.Equal(t, 2.0, got["waymark_bus_read_events_total"])
	require.Equal(t, 2.0, got["waymark_bus_stream_last_sequence"])
	require.Equal(t, float64(1<<20), got["waymark_bus_stream_max_bytes"])
	require.Equal(t, 1.0, got["waymark_bus_refused_total/bus_full"])
}
