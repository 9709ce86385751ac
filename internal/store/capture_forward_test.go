package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/store"
	"github.com/waymarkhq/waymark/internal/testkit"
)

// TestForwarded: counts add up, and of what came last the later one stays, whichever is written later.
func TestForwarded(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		at := func(n int) time.Time { return captureStart.Add(time.Duration(n) * time.Minute) }
		list := []store.Forwarded{
			{EnvironmentID: "env_a", Passed: 1, LastSuccess: at(1)},
			{EnvironmentID: "env_a", Refused: 2, LastRefusal: at(5), RefusalStatus: 400, RefusalText: "坏\x00"},
			{EnvironmentID: "env_a", Passed: 3, LastSuccess: at(3), LastRefusal: at(4), RefusalStatus: 401, RefusalText: "earlier"},
			{EnvironmentID: "env_a", Lost: 4, Expired: 5, LastSuccess: at(2), LastFailure: at(6), FailureText: "full"},
		}
		want := store.Forwarded{EnvironmentID: "env_a"}
		require.NoError(t, s.AddForwarded(ctx, nil))
		for _, f := range list {
			require.NoError(t, s.AddForwarded(ctx, []store.Forwarded{f, {EnvironmentID: "env_b", Passed: 1}}))
			want = want.Plus(f)
		}
		want.RefusalText = "坏\ufffd"
		got, err := s.Forwarded(ctx, []string{"env_a", "env_b", "env_c"})
		require.NoError(t, err)
		require.Equal(t, map[string]store.Forwarded{"env_a": want, "env_b": {EnvironmentID: "env_b", Passed: 4}}, got)
		require.Equal(t, at(3), got["env_a"].LastSuccess)
		require.Equal(t, 400, got["env_a"].RefusalStatus)
		require.NoError(t, s.ForgetEnvironment(ctx, "env_a"))
		got, err = s.Forwarded(ctx, []string{"env_a"})
		require.NoError(t, err)
		require.Empty(t, got)
		got, err = s.Forwarded(ctx, nil)
		require.NoError(t, err)
		require.Empty(t, got)
	})
}
