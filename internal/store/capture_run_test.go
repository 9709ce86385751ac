package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/store"
	"github.com/waymarkhq/waymark/internal/testkit"
)

// commitRuns commits samples, each counted in its run.
func commitRuns(t *testing.T, s *store.Store, samples ...*capture.Captured) {
	t.Helper()
	from, err := s.CapturePosition(t.Context())
	require.NoError(t, err)
	b := &store.CaptureBatch{From: from, To: from, Samples: samples, Runs: map[store.RunKey]store.RunSeen{}}
	b.To.StreamID, b.To.Seq = "stream", from.Seq+1
	for _, c := range samples {
		key := store.RunKey{EnvironmentID: c.EnvironmentID, RunID: c.RunID, EventKey: c.EventKey, Name: c.Name, Terminal: c.TerminalKey, Verdict: c.Verdict}
		one := store.RunSeen{Count: 1, First: c.ReceivedAt, Last: c.ReceivedAt}
		if earlier, ok := b.Runs[key]; ok {
			one = earlier.Plus(one)
		}
		b.Runs[key] = one
	}
	require.NoError(t, s.CommitCapture(t.Context(), b))
}

func TestTestRunsAreCountedApart(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		of := func(run string, verdict capture.Verdict) func(*capture.Captured) {
			return func(c *capture.Captured) { c.RunID, c.Verdict = run, verdict }
		}
		commitRuns(t, s, sampled(1, "env_a", "evt_1", of("ci-1", capture.Valid)), sampled(2, "env_a", "evt_1", of("ci-2", capture.Invalid)),
			sampled(3, "env_b", "evt_1", of("ci-1", capture.Invalid)))
		commitRuns(t, s, sampled(4, "env_a", "evt_1", of("ci-1", capture.Valid)), sampled(5, "env_a", "evt_1", of("ci-1", capture.Invalid)),
			sampled(6, "env_a", "", of("ci-1", capture.Unplanned)))
		figures, err := s.TestRun(ctx, "env_a", "ci-1")
		require.NoError(t, err)
		at := func(second int) time.Time { return captureStart.Add(time.Duration(second) * time.Second) }
		figure := func(event string, v capture.Verdict, n int64, first, last int) store.RunFigure {
			return store.RunFigure{
				RunKey:  store.RunKey{EnvironmentID: "env_a", RunID: "ci-1", EventKey: event, Name: "Order Paid", Terminal: "ios", Verdict: v},
				RunSeen: store.RunSeen{Count: n, First: at(first), Last: at(last)},
			}
		}
		require.Equal(t, []store.RunFigure{
			figure("", capture.Unplanned, 1, 6, 6), figure("key_of_evt_1", capture.Valid, 2, 1, 4), figure("key_of_evt_1", capture.Invalid, 1, 5, 5),
		}, figures)
		none, err := s.TestRun(ctx, "env_a", "ci-3")
		require.NoError(t, err)
		require.Empty(t, none)

		pages, err := s.CapturedPages(ctx, store.CapturedQuery{
			By: store.ByEnvironment, Parents: []string{"env_a"}, RunID: "ci-1", Verdicts: []capture.Verdict{capture.Invalid, capture.Unplanned}, Limit: 10,
		})
		require.NoError(t, err)
		require.Equal(t, []int64{6, 5}, seqs(pages["env_a"]))
		require.Equal(t, "ci-1", pages["env_a"][0].RunID)
	})
}

func TestHostileRunsStayWithinBounds(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		var all []*capture.Captured
		for i := range int64(1100) {
			all = append(all, sampled(i+1, "env_a", "evt_1", func(c *capture.Captured) { c.RunID = fmt.Sprint("run ", i) }))
		}
		nasty := strings.Repeat("长", 300) + "\x00\xff"
		all = append(all, sampled(2000, "env_a", "evt_1", func(c *capture.Captured) { c.RunID, c.Name, c.TerminalKey = nasty, nasty, nasty }))
		commitRuns(t, s, all...)
		found, err := s.TestRun(ctx, "env_a", nasty)
		require.NoError(t, err)
		require.Len(t, found, 1)

		sweep := func(before time.Time) int64 {
			swept, err := s.SweepCapture(ctx, store.SweepPolicy{Now: captureStart, Environments: map[string]store.Retention{
				"env_a": {Before: before, MaxSamples: 1_000_000},
			}})
			require.NoError(t, err)
			return swept.Runs
		}
		require.EqualValues(t, 101, sweep(time.Time{}), "a thousand stay, the newest")
		found, err = s.TestRun(ctx, "env_a", "run 100")
		require.NoError(t, err)
		require.Empty(t, found)
		require.EqualValues(t, 898, sweep(captureStart.Add(1000*time.Second)), "as long as events are kept")
		require.NoError(t, s.ForgetEnvironment(ctx, "env_a"))
		found, err = s.TestRun(ctx, "env_a", "run 1099")
		require.NoError(t, err)
		require.Empty(t, found)
	})
}
