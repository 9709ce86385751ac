package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/store"
	"github.com/waymarkhq/waymark/internal/testkit"
)

func TestEventVersions(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		hour := captureStart.Unix() / 3600
		counter := func(hour int64, event, version string, verdict capture.Verdict, code string) store.CounterKey {
			return store.CounterKey{
				EnvironmentID: "env_a", Hour: hour, Terminal: "ios", EventID: event, Name: "pay", AppVersion: version, Verdict: verdict, Code: code,
			}
		}
		elsewhere := counter(hour, "evt_1", "8.6", capture.Valid, "")
		elsewhere.EnvironmentID = "env_b"
		require.NoError(t, s.CommitCapture(t.Context(), &store.CaptureBatch{
			To: store.CapturePosition{Seq: 1},
			Counters: map[store.CounterKey]int64{
				counter(hour-1, "evt_1", "8.6", capture.Valid, ""):         1000,
				counter(hour, "evt_1", "8.6", capture.Valid, ""):           90,
				counter(hour+1, "evt_1", "8.6", capture.Valid, ""):         9,
				counter(hour, "evt_1", "8.6", capture.Invalid, ""):         2,
				counter(hour, "evt_1", "8.6", capture.Invalid, "too_long"): 2,
				counter(hour, "evt_1", "8.5", capture.Unplanned, ""):       7,
				counter(hour, "evt_2", "8.6", capture.Valid, ""):           5,
				elsewhere: 50,
			},
		}))
		counts, err := s.EventVersions(t.Context(), "env_a", []string{"evt_1", "evt_3"}, captureStart.Add(30*time.Minute))
		require.NoError(t, err)
		require.Equal(t, []store.EventVersion{
			{EventID: "evt_1", Terminal: "ios", AppVersion: "8.5"},
			{EventID: "evt_1", Terminal: "ios", AppVersion: "8.6", Valid: 99, Invalid: 2},
		}, counts)
		counts, err = s.EventVersions(t.Context(), "env_a", nil, captureStart)
		require.NoError(t, err)
		require.Empty(t, counts)
	})
}
