package app_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/batchitem"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/release"
)

func TestPublishingMovesItemsAsTheirMovesDo(t *testing.T) {
	t.Parallel()
	eachHouse(t, plan.TemplateStrict, func(t *testing.T, h *house) {
		b, _ := h.planned("order_paid")
		_, err := h.publish(h.dev, "production", b)
		h.requireFault(err, fault.FailedPrecondition, plan.GuardNoSuchMove)
		require.Empty(t, h.held("production"))

		out, err := h.publish(h.dev, "production", b, func(in *release.PublishInput) { in.DryRun = true })
		require.NoError(t, err)
		require.Equal(t, plan.GuardNoSuchMove, out.Refusals[0].Reason)
		_, err = h.publish(h.dev, "test", b)
		require.NoError(t, err)
		require.Equal(t, []string{"IN_TESTING", "android IN_TESTING", "ios IN_TESTING"}, h.states(b))

		h.moved(h.as("usr_dev", auth.Admin), b, "ACCEPTED")
		_, err = h.publish(h.dev, "production", b)
		h.requireFault(err, fault.FailedPrecondition, plan.GuardAcceptedAlone)
		h.moved(h.dev, b, "IN_TESTING")
		h.moved(h.qa, b, "ACCEPTED")
		_, err = h.publish(h.dev, "production", b, func(in *release.PublishInput) { in.Terminals = []string{"ios"} })
		require.NoError(t, err)
		require.Equal(t, []string{"ACCEPTED", "android ACCEPTED", "ios ONLINE"}, h.states(b))
		_, err = h.publish(h.dev, "production", b)
		require.NoError(t, err)
		require.Equal(t, []string{"ONLINE", "android ONLINE", "ios ONLINE"}, h.states(b))
		for _, d := range h.store.Read().ItemDelivery.Query().AllX(t.Context()) {
			require.NotEmpty(t, d.ProductionReleaseID)
		}
		_, err = h.move(h.ctx, b, "CANCELLED")
		h.requireFault(err, fault.FailedPrecondition, plan.GuardInProduction)
	})
}

func TestALightAppPublishesAlone(t *testing.T) {
	t.Parallel()
	eachHouse(t, plan.TemplateLight, func(t *testing.T, h *house) {
		b, _ := h.planned("order_paid")
		editor := h.as("usr_editor", auth.Editor)
		_, err := h.publish(editor, "production", b)
		require.NoError(t, err)
		require.Equal(t, []string{"ONLINE", "android ONLINE", "ios ONLINE"}, h.states(b))
	})
}

func TestWhatReachedTestIsTakenBack(t *testing.T) {
	t.Parallel()
	eachHouse(t, plan.TemplateStandard, func(t *testing.T, h *house) {
		first, e := h.planned("order_paid")
		h.online(first)
		dropped := h.changing(e, "dropped")
		h.moved(h.dev, dropped, "IN_TESTING", onIOS)
		require.Equal(t, []string{"android", "ios dropped"}, h.held("test"))
		require.NoError(t, h.describe(dropped, e, "dropped soon"))
		name := "order_paid_v2"
		_, err := h.plans.UpdateEvent(h.ctx, catalog.UpdateEventInput{ID: e.ID, Batch: &dropped.Number, WireName: &name})
		require.NoError(t, err)
		h.moved(h.as("usr_reviewer", auth.Reviewer), dropped, "APPROVED")
		require.Equal(t, []string{"android", "ios dropped soon"}, h.held("test"))
		h.moved(h.ctx, dropped, "DROPPED")
		require.Equal(t, []string{"android", "ios"}, h.held("test"), "as before")

		cancelled := h.changing(e, "cancelled")
		h.moved(h.dev, cancelled, "IN_TESTING")
		h.moved(h.ctx, cancelled, "CANCELLED")
		require.Equal(t, []string{"android", "ios"}, h.held("test"))
		after := h.changing(e, "after")
		h.online(after)
		require.Equal(t, []string{"android after", "ios after"}, h.held("production"), "nothing of theirs stands in the way")

		fresh, n := h.planned("order_shown")
		later := h.changing(n, "later")
		h.moved(h.dev, fresh, "IN_TESTING")
		_, err = h.move(h.ctx, fresh, "CANCELLED")
		h.requireFault(err, fault.FailedPrecondition, plan.GuardBuiltUpon)
		h.moved(h.ctx, later, "CANCELLED")
		h.moved(h.ctx, fresh, "CANCELLED")
		require.Equal(t, []string{"android after", "ios after"}, h.held("test"), "a new event is there no more")
		at, err := h.plans.ApprovedAt(h.ctx, []string{n.ID}, time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC))
		require.NoError(t, err)
		require.Empty(t, at)
	})
}

// TestABatchIsCancelledWhileAnItemIsInReviewAgain: what was approved of it and what was not are both taken back.
func TestABatchIsCancelledWhileAnItemIsInReviewAgain(t *testing.T) {
	t.Parallel()
	eachHouse(t, plan.TemplateStandard, func(t *testing.T, h *house) {
		first, e := h.planned("order_paid")
		h.online(first)
		b := h.changing(e, "second")
		h.moved(h.dev, b, "IN_TESTING")
		require.Equal(t, []string{"android second", "ios second"}, h.held("test"))
		name := "order_paid_v2"
		_, err := h.plans.UpdateEvent(h.ctx, catalog.UpdateEventInput{ID: e.ID, Batch: &b.Number, WireName: &name})
		require.NoError(t, err)
		read := h.store.Read()
		require.Equal(t, plan.BatchInReview, read.BatchItem.Query().Where(batchitem.BatchID(b.ID)).OnlyX(h.ctx).Review)

		h.moved(h.ctx, b, "CANCELLED")
		require.Equal(t, []string{"android", "ios"}, h.held("test"), "as production has it")
		now := read.Event.GetX(h.ctx, e.ID)
		require.Equal(t, []string{"order_paid", ""}, []string{now.WireName, now.Description})
		require.Empty(t, read.BatchItem.Query().Where(batchitem.BatchID(b.ID)).OnlyX(h.ctx).Review, "nothing is left to decide")
		require.Equal(t, plan.BatchCancelled, read.Batch.GetX(h.ctx, b.ID).State)
		_, err = h.move(h.as("usr_reviewer", auth.Reviewer), b, "APPROVED")
		h.requireFault(err, fault.FailedPrecondition, plan.GuardNoSuchMove)
		err = h.describe(b, e, "after all")
		h.requireFault(err, fault.FailedPrecondition, "batch_cancelled")

		h.online(h.changing(e, "third"))
		require.Equal(t, []string{"android third", "ios third"}, h.held("production"), "it does not stand in the way")
		require.Equal(t, "order_paid", read.Event.GetX(h.ctx, e.ID).WireName)
	})
}

func TestARollbackTakesItemsBack(t *testing.T) {
	t.Parallel()
	eachHouse(t, plan.TemplateStandard, func(t *testing.T, h *house) {
		first, e := h.planned("order_paid")
		h.online(first)
		second := h.changing(e, "second")
		h.online(second)
		require.NoError(t, h.describe(second, e, "light"))
		h.rollback("production", 2)
		require.Equal(t, []string{"ONLINE", "android ONLINE", "ios ONLINE"}, h.states(second), "it is there, but for the words")
		h.rollback("production", 1)
		require.Equal(t, []string{"android", "ios"}, h.held("production"))
		require.Equal(t, []string{"ONLINE", "android ONLINE", "ios ONLINE"}, h.states(first))
		require.Equal(t, []string{"ACCEPTED", "android ACCEPTED", "ios ACCEPTED"}, h.states(second))
		h.moved(h.dev, second, "ONLINE", onIOS)
		require.Equal(t, []string{"android", "ios light"}, h.held("production"), "it goes online again")
		h.rollback("production", 2)
		require.Equal(t, []string{"ONLINE", "android ONLINE", "ios ONLINE"}, h.states(second), "a rollback may bring it back too")
		h.rollback("production", 1)
		h.rollback("test", 1)
		require.Equal(t, []string{"IN_DEVELOPMENT", "android IN_DEVELOPMENT", "ios IN_DEVELOPMENT"}, h.states(second))
		h.moved(h.ctx, second, "CANCELLED")

		offline := h.batch(ofType(plan.BatchOffline))
		_, err := h.plans.AddBatchItem(h.ctx, catalog.AddBatchItemInput{Batch: offline.Number, EventID: &e.ID})
		require.NoError(t, err)
		h.approve(offline)
		before := h.held("test")
		h.moved(h.dev, offline, "IN_TESTING")
		require.Equal(t, []string{"android -", "ios -"}, h.held("test"))
		h.moved(h.ctx, offline, "DROPPED", onIOS)
		h.moved(h.dev, offline, "ONLINE")
		require.Equal(t, []string{"android -", "ios"}, h.held("production"))
		h.rollback("production", 1)
		h.moved(h.ctx, offline, "CANCELLED")
		require.Equal(t, before, h.held("test"), "cancelled, it is there again")
		offline = h.batch(ofType(plan.BatchOffline))
		_, err = h.plans.AddBatchItem(h.ctx, catalog.AddBatchItemInput{Batch: offline.Number, EventID: &e.ID})
		require.NoError(t, err)
		h.approve(offline)
		h.moved(h.dev, offline, "ONLINE")
		require.Equal(t, []string{"android -", "ios -"}, h.held("production"))
		h.rollback("production", 1)
		require.Equal(t, []string{"IN_DEVELOPMENT", "android IN_DEVELOPMENT", "ios IN_DEVELOPMENT"}, h.states(offline))
		require.Equal(t, []string{"ONLINE", "android ONLINE", "ios ONLINE"}, h.states(first))
	})
}

func TestABatchThatTakesOfflineBringsNothing(t *testing.T) {
	t.Parallel()
	eachHouse(t, plan.TemplateStandard, func(t *testing.T, h *house) {
		first, e := h.planned("order_paid")
		other, o := h.planned("order_shown")
		h.online(first)
		h.online(other)
		offline := h.batch(ofType(plan.BatchOffline))
		key := "order_new"
		_, err := h.plans.CreateEvent(h.ctx, catalog.CreateEventInput{
			Batch: offline.Number, Kind: plan.KindTrack, Name: key, WireName: &key, Level: plan.LevelP1,
		})
		h.requireFault(err, fault.FailedPrecondition, "batch_takes_offline")
		h.requireFault(h.describe(offline, e, "changed"), fault.FailedPrecondition, "batch_takes_offline")
		p, err := h.plans.CreateProperty(h.ctx, catalog.CreatePropertyInput{
			App: &h.app.Key, Key: "amount", Name: "amount", Type: catalog.PropertyTypeInput{Base: plan.TypeNumber},
			Sensitivity: plan.SensitivityNone,
		})
		require.NoError(t, err)
		_, err = h.plans.AddBatchItem(h.ctx, catalog.AddBatchItemInput{Batch: offline.Number, PropertyID: &p.ID})
		h.requireFault(err, fault.InvalidInput, "invalid_input")

		_, err = h.plans.AddBatchItem(h.ctx, catalog.AddBatchItemInput{Batch: offline.Number, EventID: &e.ID})
		require.NoError(t, err)
		h.moved(h.ctx, offline, "IN_REVIEW")
		_, err = h.plans.AddBatchItem(h.ctx, catalog.AddBatchItemInput{Batch: offline.Number, EventID: &o.ID})
		h.requireFault(err, fault.FailedPrecondition, "batch_in_review")
		h.moved(h.as("usr_reviewer", auth.Reviewer), offline, "APPROVED")
		late, err := h.plans.AddBatchItem(h.ctx, catalog.AddBatchItemInput{Batch: offline.Number, EventID: &o.ID})
		require.NoError(t, err)
		require.Equal(t, plan.BatchInReview, late.Review, "what reviewers have not seen")
		h.moved(h.dev, offline, "ONLINE")
		require.Equal(t, []string{"android", "android -", "ios", "ios -"}, h.held("production"))
		h.moved(h.as("usr_reviewer", auth.Reviewer), offline, "APPROVED", func(in *catalog.TransitionInput) { in.Items = []string{late.ID} })
		h.moved(h.dev, offline, "ONLINE")
		require.Equal(t, []string{"android -", "android -", "ios -", "ios -"}, h.held("production"))
	})
}

func TestAnItemThatIsAddedAfterApprovalIsDelivered(t *testing.T) {
	t.Parallel()
	eachHouse(t, plan.TemplateStandard, func(t *testing.T, h *house) {
		b, _ := h.planned("order_paid")
		h.moved(h.dev, b, "IN_TESTING")
		key := "order_shown"
		_, err := h.plans.CreateEvent(h.ctx, catalog.CreateEventInput{
			Batch: b.Number, Kind: plan.KindTrack, Name: key, WireName: &key, Level: plan.LevelP1,
		})
		require.NoError(t, err)
		h.moved(h.as("usr_reviewer", auth.Reviewer), b, "APPROVED")
		require.Equal(t, []string{
			"IN_DEVELOPMENT", "android IN_DEVELOPMENT", "android IN_TESTING", "ios IN_DEVELOPMENT", "ios IN_TESTING",
		}, h.states(b))
		h.online(b)
		require.Len(t, h.held("production"), 4)

		_, other := h.planned("order_sent")
		require.NoError(t, h.describe(b, other, "words"))
		require.Equal(t, "IN_DEVELOPMENT", h.states(b)[0], "words for what the batch takes up only now have a way to go too")
	})
}

func TestWhatIsOnlineIsChangedByAnotherBatch(t *testing.T) {
	t.Parallel()
	eachHouse(t, plan.TemplateStandard, func(t *testing.T, h *house) {
		b, e := h.planned("order_paid")
		h.moved(h.dev, b, "IN_TESTING")
		h.moved(h.qa, b, "ACCEPTED")
		h.moved(h.dev, b, "ONLINE", onIOS)
		name := "order_paid_v2"
		_, err := h.plans.UpdateEvent(h.ctx, catalog.UpdateEventInput{ID: e.ID, Batch: &b.Number, WireName: &name})
		h.requireFault(err, fault.FailedPrecondition, "item_online")
		require.Equal(t, []string{"ACCEPTED", "android ACCEPTED", "ios ONLINE"}, h.states(b))
		require.NoError(t, h.describe(b, e, "words"))
		require.Equal(t, []string{"ios words"}, h.held("production"), "words take effect at once")
	})
}

func TestMovesThatLeadNowhereAreRefused(t *testing.T) {
	t.Parallel()
	eachHouse(t, plan.TemplateStandard, func(t *testing.T, h *house) {
		b, _ := h.planned("order_paid")
		for _, to := range []string{"CHANGES_REQUESTED", "IN_REVIEW", "DRAFT"} {
			_, err := h.move(h.ctx, b, to)
			h.requireFault(err, fault.FailedPrecondition, plan.GuardNoSuchMove)
		}
		base := h.batch(ofType(plan.BatchBaseline))
		key := "app_opened"
		_, err := h.plans.CreateEvent(h.ctx, catalog.CreateEventInput{
			Batch: base.Number, Kind: plan.KindTrack, Name: key, WireName: &key, Level: plan.LevelP1,
		})
		require.NoError(t, err)
		h.moved(h.ctx, base, "ONLINE")
		_, err = h.move(h.ctx, base, "CANCELLED")
		h.requireFault(err, fault.FailedPrecondition, plan.GuardNoSuchMove)
	})
}

func TestAMovedItemTakesItsRevisionsAlong(t *testing.T) {
	t.Parallel()
	eachHouse(t, plan.TemplateStandard, func(t *testing.T, h *house) {
		b, e := h.planned("order_paid")
		h.moved(h.dev, b, "IN_TESTING")
		later := h.batch()
		name := "order_paid_v2"
		_, err := h.plans.UpdateEvent(h.ctx, catalog.UpdateEventInput{ID: e.ID, Batch: &b.Number, WireName: &name})
		require.NoError(t, err)
		to := func(in *catalog.TransitionInput) { in.ToBatch = &later.Number }
		_, err = h.move(h.ctx, b, "MOVED", to)
		h.requireFault(err, fault.FailedPrecondition, plan.GuardItemInReview)
		h.moved(h.as("usr_reviewer", auth.Reviewer), b, "APPROVED")
		h.moved(h.dev, b, "IN_TESTING")
		h.moved(h.ctx, b, "MOVED", to)
		it := h.store.Read().BatchItem.Query().OnlyX(t.Context())
		require.Equal(t, later.ID, it.BatchID)
		revisions, err := h.plans.RevisionsOfItems(h.ctx, []*ent.BatchItem{it})
		require.NoError(t, err)
		require.NotEmpty(t, revisions[it.ID].Changes)
		for _, a := range h.store.Read().Approval.Query().AllX(t.Context()) {
			require.Equal(t, [2]string{later.ID, b.ID}, [2]string{a.BatchID, a.ApprovedUnderID})
		}
		for _, r := range h.store.Read().EventRevision.Query().AllX(t.Context()) {
			require.Equal(t, [2]string{later.ID, b.ID}, [2]string{r.BatchID, r.ApprovedUnderID}, r.State)
		}
		h.approve(later)
		h.moved(h.ctx, later, "CANCELLED")
		require.Empty(t, h.held("test"), "taken back, although another batch had brought it there")

		offline := h.batch(ofType(plan.BatchOffline))
		c, _ := h.planned("order_shown")
		_, err = h.move(h.ctx, c, "MOVED", func(in *catalog.TransitionInput) { in.ToBatch = &offline.Number })
		h.requireFault(err, fault.InvalidInput, "invalid_input")
	})
}

// number registers a property that is a number.
func (h *house) number(key string) *ent.Property {
	h.t.Helper()
	p, err := h.plans.CreateProperty(h.ctx, catalog.CreatePropertyInput{
		App: &h.app.Key, Key: key, Name: key, Type: catalog.PropertyTypeInput{Base: plan.TypeNumber}, Sensitivity: plan.SensitivityNone,
	})
	require.NoError(h.t, err)
	return p
}

func TestWhatContradictsWhatWasApprovedIsToldBefore(t *testing.T) {
	t.Parallel()
	eachHouse(t, plan.TemplateStandard, func(t *testing.T, h *house) {
		p := h.number("amount")
		b := h.batch()
		key := "order_paid"
		carries := func(n *catalog.ConstraintsInput) []catalog.EventPropertyInput {
			return []catalog.EventPropertyInput{{PropertyID: &p.ID, Presence: plan.PresenceRequired, Narrowing: n}}
		}
		e, err := h.plans.CreateEvent(h.ctx, catalog.CreateEventInput{
			Batch: b.Number, Kind: plan.KindTrack, Name: key, WireName: &key, Level: plan.LevelP1, Properties: carries(nil),
		})
		require.NoError(t, err)
		h.approve(b)
		narrow := func(b *ent.Batch) {
			_, err := h.plans.UpdateEvent(h.ctx, catalog.UpdateEventInput{
				ID: e.ID, Batch: &b.Number, Properties: carries(&catalog.ConstraintsInput{Maximum: new("100")}),
			})
			require.NoError(t, err)
		}
		retype := func(b *ent.Batch) {
			_, err := h.plans.UpdateProperty(h.ctx, catalog.UpdatePropertyInput{
				ID: p.ID, Batch: &b.Number, Type: &catalog.PropertyTypeInput{Base: plan.TypeString},
			})
			require.NoError(t, err)
		}
		contradicts := func(b *ent.Batch) {
			t.Helper()
			found, err := h.plans.OptionsOfBatches(h.ctx, []*ent.Batch{h.store.Read().Batch.GetX(t.Context(), b.ID)})
			require.NoError(t, err)
			options := found[b.ID]
			i := slices.IndexFunc(options, func(o *catalog.Option) bool { return o.Move.ID == "submit" })
			require.Equal(t, plan.GuardContradiction, options[i].Bars[0].Rule)
			require.NotEmpty(t, options[i].Bars[0].ItemID)
			require.NotEmpty(t, options[i].Bars[0].Path)
			_, err = h.move(h.ctx, b, "IN_REVIEW")
			h.requireFault(err, fault.FailedPrecondition, plan.GuardContradiction)
		}
		first, second := h.batch(), h.batch()
		narrow(first)
		retype(second)
		h.approve(first)
		contradicts(second)
		h.moved(h.ctx, first, "CANCELLED")
		h.approve(second)
		third := h.batch()
		h.moved(h.ctx, second, "CANCELLED")
		narrow(third)
		fourth := h.batch()
		retype(fourth)
		h.approve(fourth)
		contradicts(third)

		both := h.batch()
		_, err = h.plans.UpdateProperty(h.ctx, catalog.UpdatePropertyInput{
			ID: p.ID, Batch: &both.Number, Type: &catalog.PropertyTypeInput{Base: plan.TypeInteger},
		})
		require.NoError(t, err)
		h.moved(h.ctx, fourth, "CANCELLED")
	})
}

func TestAMergeThatContradictsItselfIsToldBefore(t *testing.T) {
	t.Parallel()
	eachHouse(t, plan.TemplateStandard, func(t *testing.T, h *house) {
		_, e := h.planned("order_paid")
		_, other := h.planned("order_shown")
		left, right := h.batch(), h.batch()
		update := func(b *ent.Batch, id string, change func(*catalog.UpdateEventInput)) {
			in := catalog.UpdateEventInput{ID: id, Batch: &b.Number}
			change(&in)
			_, err := h.plans.UpdateEvent(h.ctx, in)
			require.NoError(t, err)
		}
		spm := []catalog.MatchConditionInput{{Property: "spm", Value: "a1.b2"}}
		update(left, e.ID, func(in *catalog.UpdateEventInput) { in.WireName = new("element_click") })
		update(right, e.ID, func(in *catalog.UpdateEventInput) { in.Match = spm })
		h.approve(left)
		third := h.batch()
		update(third, other.ID, func(in *catalog.UpdateEventInput) { in.WireName, in.Match = new("element_click"), spm })
		h.approve(third)
		_, err := h.move(h.ctx, right, "IN_REVIEW")
		f := h.refused(err, fault.FailedPrecondition, plan.GuardContradiction)
		require.Equal(t, "match", f.Params["bars"].([]map[string]any)[0]["path"])
		require.NotEmpty(t, f.Params["bars"].([]map[string]any)[0]["item"])
	})
}

func TestTestForgetsTheDraftsOfACancelledBatch(t *testing.T) {
	t.Parallel()
	eachHouse(t, plan.TemplateStandard, func(t *testing.T, h *house) {
		b := h.batch()
		key := "order_paid"
		_, err := h.plans.CreateEvent(h.ctx, catalog.CreateEventInput{
			Batch: b.Number, Kind: plan.KindTrack, Name: key, WireName: &key, Level: plan.LevelP1,
		})
		require.NoError(t, err)
		planned := func() int {
			p, err := h.plans.Plans(t.Context(), h.app.ID)
			require.NoError(t, err)
			return len(p.Environments[0].Plan.Definitions)
		}
		require.Equal(t, 1, planned())
		before, err := h.plans.Versions(t.Context())
		require.NoError(t, err)
		h.moved(h.ctx, b, "CANCELLED")
		require.Zero(t, planned())
		after, err := h.plans.Versions(t.Context())
		require.NoError(t, err)
		require.Greater(t, after[h.app.ID], before[h.app.ID], "nodes look again")
	})
}
