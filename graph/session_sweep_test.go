package graph_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/acceptance"
	"github.com/waymarkhq/waymark/internal/app"
	"github.com/waymarkhq/waymark/internal/capture"
)

// keeper notes which sessions ended with how many events.
type keeper struct{ ended map[string]int }

func (k keeper) Ending(_ context.Context, row *ent.CaptureSession, each func(func(*acceptance.Event) error) error) (func(context.Context, *ent.Tx) error, error) {
	n := 0
	err := each(func(*acceptance.Event) error { n++; return nil })
	return func(context.Context, *ent.Tx) error { k.ended[row.ID] = n; return nil }, err
}

func TestSessionsEndByThemselves(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.plan(1, 1, 1)
		k := keeper{map[string]int{}}
		s := acceptance.New(acceptance.Options{
			Store: w.store, Notifier: noBus{}, Notices: noBus{}, Plans: app.SessionPlans{Plans: w.catalog, Releases: w.releases}, Hub: w.hub,
			CaughtUp: func(context.Context) error { return nil }, Ender: k, Now: time.Now,
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
		require.Equal(t, map[string]int{idle: 0, old: 0}, k.ended)
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
