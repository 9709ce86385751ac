package app_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/release"
)

// carrying is a batch with a new event that carries a property, approved.
func (h *house) carrying(key string, p *ent.Property) (*ent.Batch, *ent.Event) {
	h.t.Helper()
	b := h.batch()
	e, err := h.plans.CreateEvent(h.ctx, catalog.CreateEventInput{
		Batch: b.Number, Kind: plan.KindTrack, Name: key, WireName: &key, Level: plan.LevelP1,
		Properties: []catalog.EventPropertyInput{{PropertyID: &p.ID, Presence: plan.PresenceRequired}},
	})
	require.NoError(h.t, err)
	h.approve(b)
	return b, e
}

func TestABaselineBringsOnlyWhatIsNew(t *testing.T) {
	t.Parallel()
	eachHouse(t, plan.TemplateStrict, func(t *testing.T, h *house) {
		p := h.number("amount")
		b, _ := h.carrying("order_paid", p)
		h.online(b)
		base := h.batch(ofType(plan.BatchBaseline))
		_, err := h.plans.UpdateProperty(h.ctx, catalog.UpdatePropertyInput{
			ID: p.ID, Batch: &base.Number, Type: &catalog.PropertyTypeInput{Base: plan.TypeString},
		})
		require.NoError(t, err)
		_, err = h.move(h.ctx, base, "ONLINE")
		h.requireFault(err, fault.FailedPrecondition, plan.GuardBaselineNotNew)

		approved, _ := h.planned("order_shown")
		empty := h.batch(ofType(plan.BatchBaseline))
		_, err = h.move(h.ctx, approved, "MOVED", func(in *catalog.TransitionInput) { in.ToBatch = &empty.Number })
		f := h.refused(err, fault.InvalidInput, "invalid_input")
		require.Equal(t, "input.toBatch", f.Fields[0].Path)
	})
}

func TestALightChangeBreaksNoRule(t *testing.T) {
	t.Parallel()
	eachHouse(t, plan.TemplateStandard, func(t *testing.T, h *house) {
		b := h.batch()
		key, text := "order_paid", "when it was paid"
		e, err := h.plans.CreateEvent(h.ctx, catalog.CreateEventInput{
			Batch: b.Number, Kind: plan.KindTrack, Name: key, WireName: &key, Level: plan.LevelP1, Description: text,
		})
		require.NoError(t, err)
		_, err = h.plans.UpdateApp(h.ctx, catalog.UpdateAppInput{
			ID: h.app.ID, Completeness: &plan.Completeness{Description: true},
		})
		require.NoError(t, err)
		h.approve(b)
		require.NoError(t, h.describe(b, e, ""))
		require.Equal(t, plan.BatchInReview, h.store.Read().BatchItem.Query().OnlyX(t.Context()).Review, "reviewers have to see it")
		require.NoError(t, h.describe(b, e, text))

		other, o := h.described("order_shown", text)
		p, err := h.plans.CreateProperty(h.ctx, catalog.CreatePropertyInput{
			App: &h.app.Key, Batch: &other.Number, Key: "fresh", Name: "fresh", Description: text,
			Type: catalog.PropertyTypeInput{Base: plan.TypeNumber}, Sensitivity: plan.SensitivityNone,
		})
		require.NoError(t, err)
		_, err = h.plans.UpdateEvent(h.ctx, catalog.UpdateEventInput{
			ID: o.ID, Batch: &other.Number, Properties: []catalog.EventPropertyInput{{PropertyID: &p.ID, Presence: plan.PresenceOptional}},
		})
		require.NoError(t, err)
		_, err = h.move(h.dev, other, "IN_TESTING")
		h.requireFault(err, fault.FailedPrecondition, plan.GuardItemInReview)
	})
}

// described is planned with a description.
func (h *house) described(key, text string) (*ent.Batch, *ent.Event) {
	h.t.Helper()
	b := h.batch()
	e, err := h.plans.CreateEvent(h.ctx, catalog.CreateEventInput{
		Batch: b.Number, Kind: plan.KindTrack, Name: key, WireName: &key, Level: plan.LevelP1, Description: text,
	})
	require.NoError(h.t, err)
	h.approve(b)
	return b, e
}

func TestWhatWasMovedIsTakenBackWithItsBatch(t *testing.T) {
	t.Parallel()
	eachHouse(t, plan.TemplateStandard, func(t *testing.T, h *house) {
		first, e := h.planned("order_paid")
		h.online(first)
		moved := h.changing(e, "moved")
		to := h.batch()
		h.moved(h.ctx, moved, "MOVED", func(in *catalog.TransitionInput) { in.ToBatch = &to.Number })
		h.moved(h.ctx, to, "CANCELLED")
		require.Empty(t, h.store.Read().Event.GetX(t.Context(), e.ID).Description)
		h.online(h.changing(e, "after"))
		require.Equal(t, []string{"android after", "ios after"}, h.held("production"))
	})
}

func TestOfflineStaysOffline(t *testing.T) {
	t.Parallel()
	eachHouse(t, plan.TemplateStandard, func(t *testing.T, h *house) {
		first, e := h.planned("order_paid")
		h.online(first)
		offline := h.batch(ofType(plan.BatchOffline))
		it, err := h.plans.AddBatchItem(h.ctx, catalog.AddBatchItemInput{Batch: offline.Number, EventID: &e.ID})
		require.NoError(t, err)
		both := h.as("usr_ann", auth.Admin)
		h.moved(both, offline, "IN_REVIEW")
		_, err = h.move(both, offline, "APPROVED")
		h.requireFault(err, fault.FailedPrecondition, plan.GuardReviewerIsLastEditor)
		require.Error(t, h.plans.RemoveBatchItem(h.ctx, catalog.DeleteInput{ID: it.ID}), "it is being reviewed")
		h.moved(h.as("usr_reviewer", auth.Reviewer), offline, "APPROVED")
		h.moved(h.dev, offline, "ONLINE", func(in *catalog.TransitionInput) { in.FromVersion = new("9.0") })
		h.requireFault(h.plans.RemoveBatchItem(h.ctx, catalog.DeleteInput{ID: it.ID}), fault.FailedPrecondition, "has_history")
		h.online(h.changing(e, "old"))
		require.Equal(t, []string{"android -", "android old", "ios -", "ios old"}, h.held("production"))
		terminal := h.store.Read().Terminal.Query().FirstX(t.Context())
		h.requireFault(h.plans.DeleteTerminal(h.ctx, catalog.DeleteInput{ID: terminal.ID}), fault.FailedPrecondition, "has_history")
	})
}

func TestAHotfixOwesItsReviewAgain(t *testing.T) {
	t.Parallel()
	eachHouse(t, plan.TemplateStrict, func(t *testing.T, h *house) {
		b := h.batch(ofType(plan.BatchHotfix))
		key, other := "order_paid", "order_paid_v2"
		e, err := h.plans.CreateEvent(h.ctx, catalog.CreateEventInput{
			Batch: b.Number, Kind: plan.KindTrack, Name: key, WireName: &key, Level: plan.LevelP1,
		})
		require.NoError(t, err)
		h.moved(h.ctx, b, "APPROVED")
		h.moved(h.as("usr_reviewer", auth.Reviewer), b, "APPROVED")
		require.Nil(t, h.store.Read().Batch.GetX(t.Context(), b.ID).ReviewDueAt)
		_, err = h.plans.UpdateEvent(h.ctx, catalog.UpdateEventInput{ID: e.ID, Batch: &b.Number, WireName: &other})
		require.NoError(t, err)
		h.moved(h.ctx, b, "DRAFT")
		h.moved(h.ctx, b, "APPROVED")
		row := h.store.Read().Batch.GetX(t.Context(), b.ID)
		require.NotNil(t, row.ReviewDueAt)
		require.Empty(t, row.ApprovedByID)
	})
}

func TestAGlobalChangeOfAnotherAppStandsInNobodysWay(t *testing.T) {
	t.Parallel()
	eachHouse(t, plan.TemplateStandard, func(t *testing.T, h *house) {
		p, err := h.plans.CreateProperty(h.ctx, catalog.CreatePropertyInput{
			Key: "amount", Name: "amount", Type: catalog.PropertyTypeInput{Base: plan.TypeNumber}, Sensitivity: plan.SensitivityNone,
		})
		require.NoError(t, err)
		b, e := h.carrying("order_paid", p)
		h.online(b)
		_, err = h.plans.CreateApp(h.ctx, catalog.CreateAppInput{Key: "other", Name: "Other", Terminals: []catalog.NewTerminalInput{
			{Key: "web", Name: "Web", Kind: plan.TerminalWeb},
		}})
		require.NoError(t, err)
		foreign, err := h.plans.CreateBatch(h.ctx, catalog.CreateBatchInput{App: "other", Title: "全局"})
		require.NoError(t, err)
		_, err = h.plans.UpdateProperty(h.ctx, catalog.UpdatePropertyInput{
			ID: p.ID, Batch: &foreign.Number, Type: &catalog.PropertyTypeInput{Base: plan.TypeInteger},
		})
		require.NoError(t, err)
		h.moved(h.ctx, foreign, "IN_REVIEW")
		h.moved(h.as("usr_boss", auth.Admin), foreign, "APPROVED")
		h.online(h.changing(e, "after"))
		require.Equal(t, []string{"android after", "ios after"}, h.held("production"))
	})
}

func TestARollbackDoesNotAcceptWhatIsNew(t *testing.T) {
	t.Parallel()
	eachHouse(t, plan.TemplateStandard, func(t *testing.T, h *house) {
		first, e := h.planned("order_paid")
		h.online(first)
		second := h.changing(e, "second")
		h.online(second)
		h.rollback("production", 1)
		name := "order_paid_v2"
		_, err := h.plans.UpdateEvent(h.ctx, catalog.UpdateEventInput{ID: e.ID, Batch: &second.Number, WireName: &name})
		require.NoError(t, err)
		h.moved(h.as("usr_reviewer", auth.Reviewer), second, "APPROVED")
		h.rollback("production", 2)
		require.Equal(t, []string{"IN_DEVELOPMENT", "android IN_DEVELOPMENT", "ios IN_DEVELOPMENT"}, h.states(second))
		_, err = h.publish(h.dev, "production", second, func(in *release.PublishInput) { in.Reason = "so it was decided" })
		h.requireFault(err, fault.FailedPrecondition, plan.GuardNoSuchMove)
		_, err = h.move(h.ctx, second, "CANCELLED")
		h.requireFault(err, fault.FailedPrecondition, plan.GuardInProduction)
	})
}
