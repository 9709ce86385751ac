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

// What two batches say is published by the first; what the second changes lightly later is in force where the second is.
func TestALightChangeOfWhatWasThereAlready(t *testing.T) {
	t.Parallel()
	eachHouse(t, plan.TemplateLight, func(t *testing.T, h *house) {
		first, e := h.planned("order_paid")
		h.online(first)
		same := h.changing(e, "")
		require.NoError(t, h.describe(same, e, "in development"))
		require.Equal(t, []string{"android", "ios"}, h.held("production"))
		require.Equal(t, []string{"android", "ios"}, h.held("test"))

		first, e = h.planned("order_sent")
		h.online(first)
		same = h.changing(e, "")
		h.online(same) // without a release: it is there
		require.NoError(t, h.describe(same, e, "online"))
		require.Equal(t, []string{"android", "android online", "ios", "ios online"}, h.held("production"))
		require.Equal(t, []string{"android", "android online", "ios", "ios online"}, h.held("test"))
	})
}

// What came to production along with another batch's fix, and was never put online itself, is not online because a rollback
// brings it there again: it would be without the acceptance that the app wants.
func TestARollbackPutsNothingOnlineThatWasNot(t *testing.T) {
	t.Parallel()
	eachHouse(t, plan.TemplateStrict, func(t *testing.T, h *house) {
		first, e := h.planned("order_paid")
		h.moved(h.dev, first, "IN_TESTING", onIOS)
		h.moved(h.qa, first, "ACCEPTED", onIOS)
		h.moved(h.dev, first, "ONLINE", onIOS)
		fix := h.batch(ofType(plan.BatchHotfix))
		h.edit(fix, e, describing("fixed"))
		h.moved(h.ctx, fix, "APPROVED")
		h.moved(h.dev, fix, "ONLINE")
		states := []string{"IN_DEVELOPMENT", "android IN_DEVELOPMENT", "ios ONLINE"}
		require.Equal(t, states, h.states(first))
		h.rollback("production", 1)
		h.rollback("production", 2)
		require.Equal(t, []string{"android fixed", "ios fixed"}, h.held("production"))
		require.Equal(t, states, h.states(first))
		require.Equal(t, []string{"ONLINE", "android ONLINE", "ios ONLINE"}, h.states(fix))
	})
}

// A hotfix that test has is dropped: test has again what the fix was made from, where the line has what is not published.
func TestAFixIsTakenBackBesideTheLine(t *testing.T) {
	t.Parallel()
	eachHouse(t, plan.TemplateLight, func(t *testing.T, h *house) {
		first, e := h.planned("order_paid")
		h.online(first)
		waiting := h.batch()
		h.edit(waiting, e, naming("付款"))
		h.approve(waiting)
		fix := h.batch(ofType(plan.BatchHotfix))
		h.edit(fix, e, describing("fixed"))
		h.moved(h.ctx, fix, "APPROVED")
		h.moved(h.dev, fix, "IN_TESTING")
		require.Equal(t, []string{"android fixed", "ios fixed"}, h.held("test"))
		h.edit(fix, e, describing("fixed again")) // light, and so at once
		require.Equal(t, []string{"android fixed again", "ios fixed again"}, h.held("test"))
		h.moved(h.ctx, fix, "DROPPED")
		require.Equal(t, []string{"android", "ios"}, h.held("test"))
		require.Equal(t, [3]string{"付款", "", ""}, h.says(e))
	})
}

// What a batch took over from another one is not published past its review, though it was approved there.
func TestWhatWasMovedWaitsForTheReviewOfItsBatch(t *testing.T) {
	t.Parallel()
	eachHouse(t, plan.TemplateStandard, func(t *testing.T, h *house) {
		b, e := h.planned("order_paid")
		to := h.batch()
		h.moved(h.ctx, b, "MOVED", func(in *catalog.TransitionInput) { in.ToBatch = &to.Number })
		for _, env := range []string{"test", "production"} {
			_, err := h.publish(h.dev, env, to)
			h.requireFault(err, fault.FailedPrecondition, plan.GuardNoSuchMove)
			require.Empty(t, h.held(env))
		}
		require.NoError(t, h.describe(to, e, "and more"))
		h.approve(to)
		h.online(to)
		require.Equal(t, []string{"android and more", "ios and more"}, h.held("production"))
	})
}
