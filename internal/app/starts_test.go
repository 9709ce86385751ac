package app_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/itemdelivery"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/release"
)

// starts are the app versions that deliveries of a batch say they hold from, as "terminal version".
func (h *house) starts(b *ent.Batch) []string {
	h.t.Helper()
	list := []string{}
	for _, d := range h.store.Read().ItemDelivery.Query().Where(itemdelivery.BatchID(b.ID)).AllX(h.t.Context()) {
		list = append(list, d.Terminal+" "+d.FromVersion)
	}
	slices.Sort(list)
	return list
}

// A delivery says from which app version on it holds, whatever put it online, and nothing once it is not online.
func TestADeliverySaysFromWhereItHolds(t *testing.T) {
	t.Parallel()
	eachHouse(t, plan.TemplateStandard, func(t *testing.T, h *house) {
		first, e := h.planned("order_paid")
		ready := func(b *ent.Batch) *ent.Batch {
			h.moved(h.dev, b, "IN_TESTING")
			h.moved(h.qa, b, "ACCEPTED")
			return b
		}
		h.moved(h.dev, ready(first), "ONLINE", func(in *catalog.TransitionInput) { in.FromVersion = new("8.6.0") })
		require.Equal(t, []string{"android 8.6.0", "ios 8.6.0"}, h.starts(first))

		second := ready(h.changing(e, "second"))
		_, err := h.publish(h.dev, "production", second)
		require.NoError(t, err)
		require.Equal(t, []string{"android 8.6.0", "ios 8.6.0"}, h.starts(second), "where the event is in force")
		third := ready(h.changing(e, "third"))
		for _, in := range []struct{ terminals, version, want string }{
			{"ios android", "9.0", "android 9.0 ios 9.0"}, {"ios", "8.8.0", "android 9.0 ios 8.8.0"},
		} {
			_, err = h.publish(h.dev, "production", third, func(r *release.PublishInput) {
				r.Terminals, r.FromVersion = strings.Fields(in.terminals), &in.version
			})
			require.NoError(t, err)
			require.Equal(t, in.want, strings.Join(h.starts(third), " "))
		}
		h.rollback("production", 3)
		require.Equal(t, []string{"android 9.0", "ios 9.0"}, h.starts(third))
		h.rollback("production", 1)
		require.Equal(t, []string{"android ", "ios "}, h.starts(second))
		require.Equal(t, []string{"android ", "ios "}, h.starts(third))
		require.Equal(t, []string{"android 8.6.0", "ios 8.6.0"}, h.starts(first))
		h.rollback("production", 2)
		require.Equal(t, []string{"android 8.6.0", "ios 8.6.0"}, h.starts(second), "there again")

		offline := h.batch(ofType(plan.BatchOffline))
		_, err = h.plans.AddBatchItem(h.ctx, catalog.AddBatchItemInput{Batch: offline.Number, EventID: &e.ID})
		require.NoError(t, err)
		h.approve(offline)
		h.moved(h.dev, offline, "ONLINE", func(in *catalog.TransitionInput) { in.FromVersion = new("9.0") })
		require.Equal(t, []string{"android 9.0", "ios 9.0"}, h.starts(offline))
	})
}
