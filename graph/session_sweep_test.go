package graph_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/acceptance"
	"github.com/waymarkhq/waymark/internal/app"
	"github.com/waymarkhq/waymark/internal/capture"
)

func TestSessionsEndByThemselves(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.plan(1, 1, 1)
		s := acceptance.New(acceptance.Options{
			Store: w.store, Notifier: noBus{}, Notices: noBus{}, Plans: app.SessionPlans{Plans: w.catalog, Releases: w.releases}, Hub: w.hub,
			CaughtUp: func(context.Context) error { return nil }, Now: time.Now,
		})
		idle, used, old, fresh := at(w.start(map[string]any{}), "id").(string), at(w.start(map[string]any{}), "id").(string),
			at(w.start(map[string]any{}), "id").(string), at(w.start(map[string]any{}), "id").(string)
		w.must(bindDevice, "in", map[string]any{"sessionId": used, "value": "phone"})
		w.captured("test", 1, func(_ int, c *capture.Captured) {
			c.DeviceID, c.ReceivedAt = "phone", time.Now().Add(time.Second).UTC()
		})
		w.age(idle, 9*time.Hour, 9*time.Hour)
		w.age(used, 9*time.Hour, 9*time.Hour)
		w.age(old, 25*time.Hour, time.Minute)
		require.NoError(t, s.Sweep(t.Context()))
		require.NoError(t, s.Sweep(t.Context()), "and once")
		var kept []string
		for _, f := range w.store.Read().FrozenCoverage.Query().AllX(t.Context()) {
			kept = append(kept, f.SessionID)
		}
		require.ElementsMatch(t, []string{idle, old}, kept, "what they saw outlives the samples")
		rows := w.store.Read().CaptureSession.Query().AllX(t.Context())
		for _, r := range rows {
			switch r.ID {
			case idle:
				require.WithinDuration(t, time.Now().Add(-time.Hour), *r.EndedAt, time.Minute)
			case old:
				require.WithinDuration(t, time.Now().Add(-time.Hour), *r.EndedAt, time.Minute)
			case used:
				require.Nil(t, r.EndedAt)
				require.WithinDuration(t, time.Now(), r.ActiveAt, time.Minute)
			case fresh:
				require.Nil(t, r.EndedAt)
			}
		}
	})
}
