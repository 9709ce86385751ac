package store_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/store"
	"github.com/waymarkhq/waymark/internal/testkit"
)

func TestRefusals(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		refusal := func(app, kind, key, address string, at time.Time) store.Refusal {
			return store.Refusal{
				At: at, Last: at.Add(time.Second), Count: 3, Kind: kind, Format: "segment", Method: "POST", Path: "/v1/b", WriteKey: key,
				AppID: app, EnvironmentID: "env_" + app, Address: address, UserAgent: "okhttp\x00", Reason: "坏\xff", Excerpt: "{",
			}
		}
		require.NoError(t, s.AddRefusals(ctx, nil))
		require.NoError(t, s.AddRefusals(ctx, []store.Refusal{
			refusal("a", "MALFORMED", "k1", "10.0.0.1", captureStart), refusal("", "UNKNOWN_KEY", "k2", "10.0.0.1", captureStart.Add(time.Hour)),
			refusal("b", "CLOCK_OFF", "k3", "10.0.0.2", captureStart.Add(2*time.Hour)),
		}))
		ask := func(q store.RefusalQuery) (keys []string) {
			q.Limit = 10
			list, err := s.Refusals(ctx, q)
			require.NoError(t, err)
			for _, r := range list {
				keys = append(keys, r.WriteKey)
			}
			return keys
		}
		all, err := s.Refusals(ctx, store.RefusalQuery{All: true, Limit: 2})
		require.NoError(t, err)
		require.Len(t, all, 2)
		want := refusal("b", "CLOCK_OFF", "k3", "10.0.0.2", captureStart.Add(2*time.Hour))
		want.ID, want.UserAgent, want.Reason = all[0].ID, "okhttp\ufffd", "坏?"
		require.Equal(t, want, all[0])

		require.Empty(t, ask(store.RefusalQuery{}), "who may see nothing sees nothing")
		require.Equal(t, []string{"k1"}, ask(store.RefusalQuery{AppIDs: []string{"a"}}))
		require.Equal(t, []string{"k2", "k1"}, ask(store.RefusalQuery{AppIDs: []string{"a"}, Unassigned: true}))
		require.Equal(t, []string{"k2", "k1"}, ask(store.RefusalQuery{All: true, Address: "10.0.0.1"}))
		require.Equal(t, []string{"k3"}, ask(store.RefusalQuery{All: true, WriteKey: "k3", EnvironmentID: "env_b"}))
		require.Equal(t, []string{"k3", "k2"}, ask(store.RefusalQuery{All: true, Since: captureStart.Add(time.Hour)}))
		require.Equal(t, []string{"k3", "k1"}, ask(store.RefusalQuery{All: true, Kinds: []string{"MALFORMED", "CLOCK_OFF"}}))
		require.Equal(t, []string{"k2", "k1"}, ask(store.RefusalQuery{All: true, Before: all[0].ID}))
		require.Equal(t, []string{"k3"}, ask(store.RefusalQuery{All: true, After: all[1].ID}))

		_, err = s.SweepCapture(ctx, store.SweepPolicy{Now: captureStart.Add(7*24*time.Hour + time.Minute)})
		require.NoError(t, err)
		require.Equal(t, []string{"k3", "k2"}, ask(store.RefusalQuery{All: true}), "a week old")
		require.NoError(t, s.ForgetEnvironment(ctx, "env_b"))
		require.Equal(t, []string{"k2"}, ask(store.RefusalQuery{All: true}))

		flood := make([]store.Refusal, 1000)
		for range 21 {
			for i := range flood {
				flood[i] = refusal("a", "MALFORMED", "f"+strconv.Itoa(i), "10.0.0.3", captureStart.Add(3*time.Hour))
			}
			require.NoError(t, s.AddRefusals(ctx, flood))
		}
		_, err = s.SweepCapture(ctx, store.SweepPolicy{Now: captureStart.Add(4 * time.Hour)})
		require.NoError(t, err)
		list, err := s.Refusals(ctx, store.RefusalQuery{All: true, Limit: 30_000})
		require.NoError(t, err)
		require.Len(t, list, 20_000, "the newest")
	})
}
