package app_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/release"
)

// What was dropped on a terminal is not published there, by whatever way.
func TestWhatWasDroppedOnATerminalIsLeftOut(t *testing.T) {
	t.Parallel()
	eachHouse(t, plan.TemplateLight, func(t *testing.T, h *house) {
		b, _ := h.planned("order_paid")
		h.moved(h.ctx, b, "DROPPED", onIOS)
		for _, env := range []string{"test", "production"} {
			_, err := h.publish(h.ctx, env, b, func(in *release.PublishInput) { in.Terminals = []string{"ios"} })
			h.requireFault(err, fault.FailedPrecondition, "nothing_to_publish")
			_, err = h.publish(h.ctx, env, b)
			require.NoError(t, err)
			require.Equal(t, []string{"android"}, h.held(env))
		}
	})
}

// A batch that is cancelled brings back what it took offline itself, and nothing that another one did.
func TestOnlyItsOwnIsBroughtBack(t *testing.T) {
	t.Parallel()
	eachHouse(t, plan.TemplateLight, func(t *testing.T, h *house) {
		b, e := h.planned("order_paid")
		h.moved(h.dev, b, "IN_TESTING")
		offline := func() *ent.Batch {
			b := h.batch(ofType(plan.BatchOffline))
			_, err := h.plans.AddBatchItem(h.ctx, catalog.AddBatchItemInput{Batch: b.Number, EventID: &e.ID})
			require.NoError(t, err)
			h.approve(b)
			return b
		}
		one, other := offline(), offline()
		h.moved(h.dev, one, "IN_TESTING")
		require.Equal(t, []string{"android -", "ios -"}, h.held("test"))
		h.moved(h.ctx, other, "CANCELLED")
		require.Equal(t, []string{"android -", "ios -"}, h.held("test"))
		h.moved(h.ctx, one, "CANCELLED")
		require.Equal(t, []string{"android", "ios"}, h.held("test"))
	})
}
