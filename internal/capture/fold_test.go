package capture_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/waymarkhq/waymark/internal/capture"
)

// naiveFold is what a Fold is meant to do, in the simplest way.
type naiveFold struct {
	window, now int64
	last        map[[2]string]int64
}

func (f *naiveFold) seen(env, id string, at time.Time) bool {
	if id == "" {
		return false
	}
	minute := at.Unix() / 60
	if minute > f.now+f.window || minute < f.now-f.window {
		f.now, f.last = minute, map[[2]string]int64{}
	}
	f.now = max(f.now, minute)
	key := [2]string{env, id}
	came, ok := f.last[key]
	f.last[key] = f.now
	return ok && f.now-came <= f.window
}

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func TestFoldDoesAsTheNaiveOne(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		minutes := rapid.IntRange(1, 15).Draw(t, "window")
		f := capture.NewFold(time.Duration(minutes) * time.Minute)
		naive := naiveFold{window: int64(minutes)}
		at := noon
		step := rapid.OneOf(rapid.IntRange(0, 90), rapid.IntRange(-100, 100), rapid.IntRange(-3000, 3000), rapid.IntRange(-20000, 20000))
		for i := range rapid.IntRange(1, 400).Draw(t, "events") {
			at = at.Add(time.Duration(step.Draw(t, "seconds")) * time.Second)
			env := rapid.SampledFrom([]string{"env_a", "env_b", ""}).Draw(t, "environment")
			id := rapid.SampledFrom([]string{"", "1", "2", "3", fmt.Sprint("new ", i)}).Draw(t, "id")
			require.Equal(t, naive.seen(env, id, at), f.Seen(env, id, at), "event %d", i)
		}
	})
}

func TestFoldRebuiltByReplayAgrees(t *testing.T) {
	t.Parallel()
	type event struct {
		id string
		at time.Time
	}
	rapid.Check(t, func(t *rapid.T) {
		var events []event
		at := noon
		for range rapid.IntRange(1, 300).Draw(t, "events") {
			at = at.Add(time.Duration(rapid.IntRange(0, 40).Draw(t, "seconds")) * time.Second)
			events = append(events, event{fmt.Sprint(rapid.IntRange(0, 30).Draw(t, "id")), at})
		}
		start := rapid.IntRange(0, len(events)-1).Draw(t, "restart")
		old, rebuilt := capture.NewFold(10*time.Minute), capture.NewFold(10*time.Minute)
		from := rebuilt.Since(events[start].at)
		for i, e := range events {
			was := old.Seen("env", e.id, e.at)
			if e.at.Before(from) {
				continue
			}
			if is := rebuilt.Seen("env", e.id, e.at); i >= start {
				require.Equal(t, was, is, "event %d", i)
			}
		}
	})
}

func TestFoldWindow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		window, apart time.Duration
		repeat        bool
	}{
		{10 * time.Minute, 0, true},
		{10 * time.Minute, 10 * time.Minute, true},
		{10 * time.Minute, 11 * time.Minute, false},
		{10*time.Minute + 1, 11 * time.Minute, true},
		{0, time.Minute, true},
		{0, 2 * time.Minute, false},
		{99 * time.Hour, time.Hour, true},
		{99 * time.Hour, 61 * time.Minute, false},
	} {
		for second := range 60 {
			f := capture.NewFold(c.window)
			first := noon.Add(time.Duration(second) * time.Second)
			require.False(t, f.Seen("env", "id", first))
			require.Equal(t, c.repeat, f.Seen("env", "id", first.Add(c.apart)), "%v %v second %d", c.window, c.apart, second)
			require.True(t, f.Seen("env", "id", first.Add(c.apart)))
			require.False(t, f.Seen("other", "id", first.Add(c.apart)))
		}
	}
}

// TestFoldForgets holds the memory to what the window holds, for steady, growing, falling and resting traffic.
func TestFoldForgets(t *testing.T) {
	t.Parallel()
	f := capture.NewFold(10 * time.Minute)
	next := 0
	minute := func(at time.Time, n int) {
		for range n {
			require.False(t, f.Seen("env", fmt.Sprint("id ", next), at))
			next++
		}
	}
	at := noon
	for range 200 {
		minute(at, 1000)
		at = at.Add(time.Minute)
	}
	require.Less(t, f.Len(), 33_000, "three times what is in the window")
	for range 80 {
		minute(at, 10)
		at = at.Add(time.Minute)
	}
	require.Less(t, f.Len(), 1000)
	require.Less(t, f.Bytes(), 32<<10)
	minute(at.Add(time.Hour), 1)
	require.Equal(t, 1, f.Len())
}

func BenchmarkFold(b *testing.B) {
	for _, perMinute := range []int{1_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(perMinute, "_per_minute"), func(b *testing.B) {
			f := capture.NewFold(10 * time.Minute)
			ids := make([]string, 12*perMinute)
			for i := range ids {
				ids[i] = fmt.Sprintf("c1b73274-fba0-54fc-9904-%012x", i)
			}
			at, n := noon, 0
			step := time.Minute / time.Duration(perMinute)
			for _, id := range ids { // a full window
				f.Seen("env_0190aaaabbbbccccddddeeeeffff0001", id, at)
				at = at.Add(step)
			}
			b.ReportAllocs()
			for b.Loop() {
				f.Seen("env_0190aaaabbbbccccddddeeeeffff0001", ids[n%len(ids)], at)
				at = at.Add(step)
				n++
			}
			b.ReportMetric(float64(f.Bytes())/float64(11*perMinute), "bytes/id")
		})
	}
}
