package app_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/batchitem"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/diff"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// What takes effect at once is what the answer shows, with the hash to go on from.
func TestALightEditAnswersWithWhatHolds(t *testing.T) {
	t.Parallel()
	eachHouse(t, plan.TemplateLight, func(t *testing.T, h *house) {
		b, e := h.planned("order_paid")
		edit := func(text string, hash *string) *ent.Event {
			row, err := h.plans.UpdateEvent(h.ctx, catalog.UpdateEventInput{ID: e.ID, Batch: &b.Number, Description: &text, ExpectedHash: hash})
			require.NoError(t, err)
			require.Equal(t, text, row.Description)
			return row
		}
		edit("二", &edit("一", nil).Hash)

		p := h.number("amount")
		name := "Amount"
		row, err := h.plans.UpdateProperty(h.ctx, catalog.UpdatePropertyInput{ID: p.ID, Batch: &b.Number, Name: &name})
		require.NoError(t, err)
		require.Equal(t, name, row.Name)
	})
}

// rules are those that bar a move of a batch.
func (h *house) rules(b *ent.Batch, move string) (rules []string, offered bool) {
	h.t.Helper()
	options, err := h.plans.OptionsOfBatches(h.ctx, []*ent.Batch{h.store.Read().Batch.GetX(h.t.Context(), b.ID)})
	require.NoError(h.t, err)
	for _, o := range options[b.ID] {
		if o.Move.ID != move {
			continue
		}
		offered = true
		for _, bar := range o.Bars {
			rules = append(rules, bar.Rule)
		}
	}
	return rules, offered
}

// Of two merges that cross, the second is told before it is approved, and at once where the same batch makes both.
func TestMergesThatCross(t *testing.T) {
	t.Parallel()
	eachHouse(t, plan.TemplateLight, func(t *testing.T, h *house) {
		one, other := h.number("one"), h.number("other")
		for _, p := range []*ent.Property{one, other} {
			_, e := h.planned("has_" + p.Key)
			uses := h.batch()
			h.edit(uses, e, func(in *catalog.UpdateEventInput) {
				in.Properties = []catalog.EventPropertyInput{{Key: &p.Key, Presence: plan.PresenceOptional}}
			})
			h.approve(uses)
		}
		merge := func(b *ent.Batch, keep, merged *ent.Property) error {
			_, err := h.plans.MergeProperties(h.ctx, catalog.MergePropertiesInput{Batch: b.Number, Keep: keep.ID, Merge: merged.ID})
			return err
		}
		left, right := h.batch(), h.batch()
		require.NoError(t, merge(left, one, other))
		h.requireFault(merge(left, other, one), fault.FailedPrecondition, "property_replaced")
		require.NoError(t, merge(right, other, one))
		rules, _ := h.rules(right, "approve_alone")
		require.Empty(t, rules)
		h.approve(left)
		rules, offered := h.rules(right, "approve_alone")
		require.True(t, offered)
		require.Contains(t, rules, plan.GuardContradiction)
		_, err := h.move(h.ctx, right, "APPROVED")
		h.requireFault(err, fault.FailedPrecondition, plan.GuardContradiction)
	})
}

// A conflict is settled once.
func TestTwoChoicesForOneConflictAreRefused(t *testing.T) {
	t.Parallel()
	eachHouse(t, plan.TemplateLight, func(t *testing.T, h *house) {
		_, e := h.planned("order_paid")
		ours := h.batch()
		require.NoError(t, h.describe(ours, e, "ours"))
		h.changing(e, "theirs")
		item := h.store.Read().BatchItem.Query().Where(batchitem.BatchID(ours.ID)).OnlyIDX(t.Context())
		a, b := diff.Ours, diff.Theirs
		_, err := h.plans.ResolveConflicts(h.ctx, catalog.ResolveConflictsInput{ID: item, Choices: []catalog.ConflictChoiceInput{
			{Path: "description", Side: &a}, {Path: "description", Side: &b},
		}})
		f := h.refused(err, fault.InvalidInput, "invalid_input")
		require.Equal(t, []string{"input.choices[1].path", "duplicate"}, []string{f.Fields[0].Path, f.Fields[0].Reason})
	})
}

// What nothing leads to is refused, also where everything is past it; a STRICT app's second acceptance is a move.
func TestNothingIsRefusedSilently(t *testing.T) {
	t.Parallel()
	eachHouse(t, plan.TemplateStrict, func(t *testing.T, h *house) {
		b := h.batch()
		key := "order_paid"
		_, err := h.plans.CreateEvent(h.as("usr_ed", auth.Editor), catalog.CreateEventInput{
			Batch: b.Number, Kind: plan.KindTrack, Name: key, WireName: &key, Level: plan.LevelP1,
		})
		require.NoError(t, err)
		h.moved(h.as("usr_ed", auth.Editor), b, "IN_REVIEW")
		h.moved(h.as("usr_rev", auth.Reviewer), b, "APPROVED")
		h.moved(h.ctx, b, "IN_TESTING")
		h.moved(h.ctx, b, "ACCEPTED")
		_, err = h.move(h.qa, b, "IN_DEVELOPMENT", func(in *catalog.TransitionInput) { in.Note = "bug" })
		h.requireFault(err, fault.FailedPrecondition, plan.GuardNoSuchMove)
		_, err = h.move(h.dev, b, "ONLINE")
		h.requireFault(err, fault.FailedPrecondition, plan.GuardAcceptedAlone)
		require.Len(t, h.moved(h.qa, b, "ACCEPTED").Moves, 2)
		h.moved(h.dev, b, "ONLINE")

		_, err = h.move(h.qa, b, "DROPPED", func(in *catalog.TransitionInput) { in.Note = "x" })
		h.requireFault(err, fault.FailedPrecondition, plan.GuardNoSuchMove)
	})
}

// Who lacks a role is told which, and for what.
func TestAMissingRoleIsNamed(t *testing.T) {
	t.Parallel()
	eachHouse(t, plan.TemplateStandard, func(t *testing.T, h *house) {
		b := h.batch()
		key := "order_paid"
		_, err := h.plans.CreateEvent(h.ctx, catalog.CreateEventInput{
			Batch: b.Number, Kind: plan.KindTrack, Name: key, WireName: &key, Level: plan.LevelP1,
		})
		require.NoError(t, err)
		h.moved(h.as("usr_ed", auth.Editor), b, "IN_REVIEW")
		h.moved(h.as("usr_rev", auth.Reviewer), b, "APPROVED")
		_, err = h.move(h.qa, b, "IN_TESTING")
		f := h.refused(err, fault.Forbidden, "role_missing")
		require.Equal(t, []string{"DEVELOPER"}, f.Params["roles"])
		bars := f.Params["bars"].([]map[string]any)
		require.Len(t, bars, 2)
		require.True(t, slices.ContainsFunc(bars, func(bar map[string]any) bool { return bar["terminal"] == "ios" && bar["item"] != "" }))
	})
}
