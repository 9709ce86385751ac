package store_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/store"
	"github.com/waymarkhq/waymark/internal/testkit"
)

func TestDeletePerson(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		var all []*capture.Captured
		for i := range int64(6000) {
			all = append(all, sampled(i+1, []string{"env_a", "env_b", "env_c"}[i%3], "evt_1", func(c *capture.Captured) {
				c.UserID, c.AnonymousID, c.DeviceID = fmt.Sprint("u", i%2), fmt.Sprint("a", i%5), fmt.Sprint("d", i%700)
				if i%7 == 0 {
					c.UserID, c.DeviceID = "", ""
				}
			}))
		}
		commit(ctx, t, s, all...)
		require.NoError(t, s.AddRefusals(ctx, []store.Refusal{
			{EnvironmentID: "env_a", AppID: "app_1", Excerpt: `{"user":"d13"`},
			{EnvironmentID: "env_a", AppID: "app_1", Excerpt: `{"user":"d`},
			{EnvironmentID: "env_c", AppID: "app_1", Excerpt: `{"user":"d13"`},
		}))
		person := store.Person{
			EnvironmentIDs: []string{"env_a", "env_b"}, UserIDs: []string{"u1", ""}, AnonymousIDs: []string{"a4"}, DeviceIDs: []string{"d13", "d'; --"},
		}
		is := func(c *capture.Captured) bool {
			return c.EnvironmentID != "env_c" && (c.UserID == "u1" || c.AnonymousID == "a4" || c.DeviceID == "d13")
		}
		var want int64
		left := map[string]int{}
		for _, c := range all {
			if is(c) {
				want++
			} else {
				left[c.EnvironmentID]++
			}
		}
		counted, err := s.CountPerson(ctx, &person)
		require.NoError(t, err)
		require.Equal(t, store.PersonRows{Samples: want, Refusals: 1}, counted)
		removed, err := s.DeletePerson(ctx, &person)
		require.NoError(t, err)
		require.Equal(t, counted, removed)
		for env, n := range left {
			pages, err := s.CapturedPages(ctx, store.CapturedQuery{By: store.ByEnvironment, Parents: []string{env}, Limit: 10_000})
			require.NoError(t, err)
			require.Len(t, pages[env], n)
			require.False(t, slices.ContainsFunc(pages[env], is))
		}
		again, err := s.DeletePerson(ctx, &person)
		require.NoError(t, err)
		require.Zero(t, again)
		totals, err := s.EventStats(ctx, []string{"evt_1"})
		require.NoError(t, err)
		require.EqualValues(t, 2000, totals[0].Count, "figures name nobody and stay")
		swept, err := s.SweepCapture(ctx, store.SweepPolicy{Now: captureStart, Environments: map[string]store.Retention{
			"env_a": {MaxSamples: int64(left["env_a"])}, "env_b": {MaxSamples: int64(left["env_b"]) - 1}, "env_c": {MaxSamples: 2000},
		}})
		require.NoError(t, err)
		require.EqualValues(t, 1, swept.Samples, "the number of samples is kept right")
		nobody, err := s.DeletePerson(ctx, &store.Person{EnvironmentIDs: []string{"env_a"}})
		require.NoError(t, err)
		require.Zero(t, nobody)
	})
}
