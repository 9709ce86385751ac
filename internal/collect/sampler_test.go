package collect_test

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/waymarkhq/waymark/internal/bus"
	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/collect"
	"github.com/waymarkhq/waymark/internal/store"
)

// sampledBy runs writers as work does, with settings.
func sampledBy(settings collect.Sampling) func(string) (collect.Sampling, bool) {
	return func(string) (collect.Sampling, bool) { return settings, true }
}

// naiveSample is which of an environment's events are kept, as plainly as it can be said: those that have to be, and some of the
// others, which are returned apart.
func naiveSample(events []capture.Captured, invalidPerMinute *int) (must, may []int64) {
	valid, unplanned, others := map[string]int{}, map[string]int{}, map[int64]int{}
	for i := range events {
		e := &events[i]
		var keep bool
		if e.Verdict == capture.Valid {
			key := fmt.Sprint(e.ReceivedAt.Unix()/3600, e.EventID, e.TerminalKey)
			keep = valid[key] < collect.AlwaysKept
			valid[key]++
		} else {
			minute := e.ReceivedAt.Unix() / 60
			keep = invalidPerMinute == nil || others[minute] < *invalidPerMinute
			others[minute]++
			key := fmt.Sprint(e.ReceivedAt.Unix()/3600, e.EventID, e.TerminalKey)
			if e.EventID == "" {
				key += e.Name
			}
			if e.Verdict == capture.Unplanned {
				keep = keep || unplanned[key] < collect.UnplannedKept
				unplanned[key]++
			}
		}
		if keep {
			must = append(must, e.Seq)
		} else {
			may = append(may, e.Seq)
		}
	}
	return must, may
}

// TestSamplingKeepsWhatItSays has writers die at any moment, and compares what is kept with what an independent recount of the
// stream would keep; figures count everything.
func TestSamplingKeepsWhatItSays(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, db *database) {
		s := openStream(t, bus.Options{})
		var run atomic.Int64
		rapid.Check(t, func(t *rapid.T) {
			environment := fmt.Sprint("env_", run.Add(1))
			from := s.last(t) + 1
			limit := rapid.SampledFrom([]*int{nil, new(int), new(3), new(40)}).Draw(t, "limit")
			settings := collect.Sampling{ValidShare: rapid.SampledFrom([]float64{0, 0.3, 1}).Draw(t, "share"), InvalidPerMinute: limit}
			pace := hurry
			pace.BatchEvents = rapid.IntRange(1, 200).Draw(t, "batch")
			var ids []string
			for range rapid.IntRange(1, 4).Draw(t, "steps") {
				for range rapid.IntRange(1, 6).Draw(t, "payloads") {
					var events []capture.Captured
					for range rapid.IntRange(1, 12).Draw(t, "parts") {
						events = append(events, drawEvents(t, s, []string{environment}, &ids)...)
					}
					if rapid.Bool().Draw(t, "many") { // of one event, so that its first ones are over
						for range 60 {
							e := s.event(environment, fmt.Sprint("id ", len(ids)), "click")
							e.Verdict, e.EventID, e.EventKey = capture.Valid, "evt_click", "click"
							ids = append(ids, e.ID)
							events = append(events, e)
						}
					}
					s.put(t, events...)
				}
				s.pass(t, time.Duration(rapid.SampledFrom([]int{0, 20, 90, 2000}).Draw(t, "seconds"))*time.Second)
				plan := rapid.SliceOfN(rapid.Map(rapid.IntRange(0, int(mishaps)-1), func(i int) mishap { return mishap(i) }), 0, 4)
				workSampled(t, s, db, settings, rapid.IntRange(1, 2).Draw(t, "writers"), pace, plan.Draw(t, "mishaps")...)
			}
			workSampled(t, s, db, settings, 1, pace)

			want := s.recount(t, from, window)[environment]
			got := db.counted(t, environment)
			must, may := naiveSample(want.Samples, limit)
			var kept []int64
			for i := range got.Samples {
				kept = append(kept, got.Samples[i].Seq)
			}
			for _, seq := range must {
				require.Contains(t, kept, seq)
			}
			switch settings.ValidShare {
			case 0:
				require.Equal(t, must, kept)
			case 1:
				require.Len(t, kept, len(must)+len(may))
			default:
				requireShare(t, want.Samples, may, kept, settings.ValidShare)
			}
			notKept, err := db.NotKept(context.Background(), []string{environment})
			require.NoError(t, err)
			require.EqualValues(t, len(must)+len(may)-len(kept), notKept[environment])
			want.Samples, got.Samples = nil, nil
			require.Equal(t, want, got, "figures count everything")
		})
	})
}

// requireShare wants that the share is of ids: the same ones are kept in an environment that keeps nothing else.
func requireShare(t *rapid.T, events []capture.Captured, may, kept []int64, share float64) {
	for i := range events {
		if e := &events[i]; slices.Contains(may, e.Seq) {
			require.Equal(t, collect.InShare(e, share), slices.Contains(kept, e.Seq))
		}
	}
}

func workSampled(tb require.TestingT, s *stream, db collect.Ledger, settings collect.Sampling, writers int, pace collect.Pace, plan ...mishap) {
	workAs(tb, s, db, window, writers, pace, func(o *collect.WriterOptions) { o.Sampling = sampledBy(settings) }, plan...)
}

// The share of ids that is kept is the share that was asked for, the same whenever it is asked, and more of a greater share.
func TestShareOfIDs(t *testing.T) {
	t.Parallel()
	kept := map[float64]int{}
	for i := range 20_000 {
		e := &capture.Captured{Event: capture.Event{ID: fmt.Sprint("message-", i)}, Seq: int64(i)}
		if i%2 == 0 {
			e.ID = ""
		}
		before := true
		for _, share := range []float64{1, 0.5, 0.1, 0} {
			now := collect.InShare(e, share)
			require.Equal(t, now, collect.InShare(e, share))
			require.False(t, now && !before, "what a share keeps a greater one keeps too")
			if before = now; now {
				kept[share]++
			}
		}
	}
	require.Equal(t, 20_000, kept[1])
	require.InDelta(t, 10_000, kept[0.5], 400)
	require.InDelta(t, 2000, kept[0.1], 250)
	require.Zero(t, kept[0])
}

// What senders make up cannot make the sampler remember more than the figures do.
func TestHostileNamesCannotGrowTheSampler(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, db *database) {
		s := openStream(t, bus.Options{})
		for hour := range 3 {
			var events []capture.Captured
			for i := range 3000 {
				e := s.event("env_1", "", fmt.Sprint("preset ", hour, " ", i))
				e.Verdict = capture.Valid
				events = append(events, e)
			}
			s.put(t, events...)
			s.pass(t, time.Hour)
		}
		workSampled(t, s, db, collect.Sampling{}, 1, hurry)
		c := db.counted(t, "env_1")
		require.Len(t, c.Samples, collect.MaxNames+3*collect.AlwaysKept, "one of each name, and a hundred of the others in each hour")
		known, err := db.CapturedInHour(t.Context(), "env_1", noon.Unix()/3600)
		require.NoError(t, err)
		require.Len(t, known.Valid, collect.MaxNames+1)
		require.EqualValues(t, 1000, known.Valid[store.HourKey{Name: store.OtherLabel, Terminal: "ios"}])
	})
}

// Sampling that begins in the middle of a batch goes by what the batch has counted before.
func TestSamplingBeginsAtAnyEvent(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, db *database) {
		s := openStream(t, bus.Options{})
		var events []capture.Captured
		for i := range 300 {
			e := s.event("env_1", fmt.Sprint("id ", i), "click")
			if i >= 20 {
				e.Verdict, e.EventID, e.EventKey = capture.Valid, "evt_click", "click"
			}
			events = append(events, e)
		}
		asked := 0
		settings := func(string) (collect.Sampling, bool) {
			asked++
			return collect.Sampling{InvalidPerMinute: new(5)}, asked > 8
		}
		s.put(t, append(events[:20:20], events[20:100]...)...) // 20 others, of which 8 came before, and 80 valid ones
		workAs(t, s, db, window, 1, hurry, func(o *collect.WriterOptions) { o.Sampling = settings })
		require.Len(t, db.counted(t, "env_1").Samples, 8+80)
		asked = -30
		s.put(t, events[100:]...) // of 200 valid ones 38 came before, more than the hundred had room for
		workAs(t, s, db, window, 1, hurry, func(o *collect.WriterOptions) { o.Sampling = settings })
		require.Len(t, db.counted(t, "env_1").Samples, 8+80+38)
	})
}

// An unplanned name that comes among many others has a sample all the same.
func TestEachUnplannedNameHasASample(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, db *database) {
		s := openStream(t, bus.Options{})
		for range 2 {
			var events []capture.Captured
			for i := range 50 {
				events = append(events, s.event("env_1", "", []string{"flood", "flood", "flood", "flood", "rare"}[i%5]))
			}
			s.put(t, events...)
			workSampled(t, s, db, collect.Sampling{InvalidPerMinute: new(0)}, 1, hurry)
		}
		var names []string
		for _, c := range db.counted(t, "env_1").Samples {
			names = append(names, c.Name)
		}
		require.ElementsMatch(t, []string{"flood", "rare"}, names)
	})
}
