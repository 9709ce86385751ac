package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/store"
	"github.com/waymarkhq/waymark/internal/testkit"
)

func TestSweepCapture(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		var all []*capture.Captured
		for i := range int64(5000) {
			all = append(all, sampled(i+1, []string{"env_old", "env_many", "env_gone", "env_new", "env_kept"}[i%5], "evt_1", nil))
		}
		commit(ctx, t, s, all...)
		now := captureStart.Add(72 * time.Hour)
		commit(ctx, t, s, sampled(6000, "env_new", "evt_1", func(c *capture.Captured) { c.ReceivedAt = now }))
		count := func(env string) int {
			pages, err := s.CapturedPages(ctx, store.CapturedQuery{By: store.ByEnvironment, Parents: []string{env}, Limit: 10_000})
			require.NoError(t, err)
			return len(pages[env])
		}
		swept, err := s.SweepCapture(ctx, store.SweepPolicy{Now: now, Environments: map[string]store.Retention{
			"env_old":  {Before: captureStart.Add(2501 * time.Second), MaxSamples: 1_000_000},
			"env_many": {MaxSamples: 10},
			"env_kept": {Before: captureStart, MaxSamples: 1000},
		}})
		require.NoError(t, err)
		require.Equal(t, store.Swept{Samples: 500 + 990, Minutes: 5 * 84, Environments: 1}, swept)
		require.Equal(t, []int{500, 10, 0, 1001, 1000}, []int{count("env_old"), count("env_many"), count("env_gone"), count("env_new"), count("env_kept")})
		pages, err := s.CapturedPages(ctx, store.CapturedQuery{By: store.ByEnvironment, Parents: []string{"env_many"}, Limit: 1})
		require.NoError(t, err)
		require.Equal(t, []int64{4997}, seqs(pages["env_many"]), "the newest stay")
		totals, err := s.EventStats(ctx, []string{"evt_1"})
		require.NoError(t, err)
		require.Len(t, totals, 4, "figures outlive samples, but not their environment")

		swept, err = s.SweepCapture(ctx, store.SweepPolicy{Now: now, Environments: map[string]store.Retention{
			"env_old": {MaxSamples: 600}, "env_many": {MaxSamples: 10}, "env_new": {MaxSamples: 1}, "env_kept": {MaxSamples: 1000},
		}})
		require.NoError(t, err)
		require.Equal(t, store.Swept{Samples: 1000}, swept, "the number of samples is kept right")

		require.NoError(t, s.ForgetEnvironment(ctx, "env_kept"))
		require.Zero(t, count("env_kept"))
		totals, err = s.EventStats(ctx, []string{"evt_1"})
		require.NoError(t, err)
		require.Len(t, totals, 3)
		counters, err := s.CaptureCounters(ctx, []string{"env_kept"}, captureStart, now)
		require.NoError(t, err)
		require.Empty(t, counters)
		require.Equal(t, 500, count("env_old"), "others are left alone")
	})
}
