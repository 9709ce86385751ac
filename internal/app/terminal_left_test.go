package app_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/plan"
)

// An event that leaves a terminal is delivered there too: going online takes it out.
func TestATerminalThatIsLeftIsDelivered(t *testing.T) {
	t.Parallel()
	eachHouse(t, plan.TemplateStandard, func(t *testing.T, h *house) {
		first, e := h.planned("order_paid")
		h.online(first)
		takingOffline := func() *ent.Batch {
			b := h.batch(ofType(plan.BatchOffline))
			_, err := h.plans.AddBatchItem(h.ctx, catalog.AddBatchItemInput{Batch: b.Number, EventID: &e.ID})
			require.NoError(t, err)
			h.approve(b)
			return b
		}
		b := h.batch()
		h.edit(b, e, func(in *catalog.UpdateEventInput) { in.Terminals = []string{"android"} })
		h.approve(b)
		require.Equal(t, every(1, plan.DeliveryInDevelopment), h.states(b))
		require.Equal(t, every(1, plan.DeliveryInDevelopment), h.states(takingOffline()), "it is in force on both")
		h.online(b)
		require.Equal(t, []string{"android", "ios -"}, h.held("production"))
		require.Equal(t, every(1, plan.DeliveryOnline), h.states(b))
		require.Equal(t, []string{"IN_DEVELOPMENT", "android IN_DEVELOPMENT"}, h.states(takingOffline()))
		require.Equal(t, []string{"IN_DEVELOPMENT", "android IN_DEVELOPMENT"}, h.states(h.changing(e, "after")))
		h.rollback("production", 1)
		require.Equal(t, every(1, plan.DeliveryAccepted), h.states(b))
	})
}
