package app_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/batchitem"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/diff"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// edit changes an event under a batch.
func (h *house) edit(b *ent.Batch, e *ent.Event, change func(in *catalog.UpdateEventInput)) {
	h.t.Helper()
	in := catalog.UpdateEventInput{ID: e.ID, Batch: &b.Number}
	change(&in)
	_, err := h.plans.UpdateEvent(h.ctx, in)
	require.NoError(h.t, err)
}

func naming(name string) func(*catalog.UpdateEventInput) {
	return func(in *catalog.UpdateEventInput) { in.Name = &name }
}

func describing(text string) func(*catalog.UpdateEventInput) {
	return func(in *catalog.UpdateEventInput) { in.Description = &text }
}

// says are name, description and trigger of what is approved of an event.
func (h *house) says(e *ent.Event) [3]string {
	h.t.Helper()
	row := h.store.Read().Event.GetX(h.t.Context(), e.ID)
	return [3]string{row.Name, row.Description, row.Trigger}
}

// settle chooses our side in every conflict of a batch's only item.
func (h *house) settle(b *ent.Batch, paths ...string) {
	h.t.Helper()
	in := catalog.ResolveConflictsInput{ID: h.store.Read().BatchItem.Query().Where(batchitem.BatchID(b.ID)).OnlyIDX(h.t.Context())}
	ours := diff.Ours
	for _, p := range paths {
		in.Choices = append(in.Choices, catalog.ConflictChoiceInput{Path: p, Side: &ours})
	}
	_, err := h.plans.ResolveConflicts(h.ctx, in)
	require.NoError(h.t, err)
}

// A batch begins with what another one had approved, which is then taken back: what the first has changed stays, and what
// the other had does not come back with it.
func TestADraftDoesNotBringBackWhatWasTakenBack(t *testing.T) {
	t.Parallel()
	eachHouse(t, plan.TemplateLight, func(t *testing.T, h *house) {
		_, e := h.planned("order_paid")
		dropped := h.changing(e, "dropped")
		after, same := h.batch(), h.batch()
		h.edit(after, e, naming("付款"))
		h.edit(same, e, describing("dropped, and then some"))
		h.moved(h.ctx, dropped, "DROPPED")
		h.approve(after)
		require.Equal(t, [3]string{"付款", "", ""}, h.says(e))
		_, err := h.move(h.ctx, same, "APPROVED")
		f := h.refused(err, fault.Conflict, plan.GuardOpenConflict)
		require.NotEmpty(t, f.Params["bars"])
		h.settle(same, "description")
		h.approve(same)
		require.Equal(t, [3]string{"付款", "dropped, and then some", ""}, h.says(e))
	})
}

// A hotfix that is changed after its approval goes on from the fix, and not from what others have approved meanwhile.
func TestAHotfixIsChangedAfterApproval(t *testing.T) {
	t.Parallel()
	eachHouse(t, plan.TemplateLight, func(t *testing.T, h *house) {
		first, e := h.planned("order_paid")
		h.online(first)
		fix := h.batch(ofType(plan.BatchHotfix))
		h.edit(fix, e, describing("fixed"))
		h.approve(fix)
		wireName := "order_payed"
		change := func(in *catalog.UpdateEventInput) { in.WireName = &wireName }
		h.edit(fix, e, change) // goes to review, on the line like the fix
		h.approve(fix)

		waiting := h.changing(e, "waiting")
		wireName = "order_paid_2"
		h.edit(fix, e, change) // beside the line, on which another batch is now
		h.approve(fix)
		h.moved(h.dev, fix, "ONLINE")
		require.Equal(t, []string{"android fixed", "ios fixed"}, h.held("production"))
		require.Equal(t, [3]string{"order_paid", "waiting", ""}, h.says(e))
		require.Equal(t, wireName, h.store.Read().Event.GetX(t.Context(), e.ID).WireName)
		h.online(waiting) // through test, which has never had the fix
		require.Equal(t, []string{"android waiting", "ios waiting"}, h.held("production"))
	})
}

// A hotfix of what is not in production yet goes onto the line like any change: what was chosen in its conflict stays chosen
// when it is changed again.
func TestAHotfixOnTheLineGoesOnFromThere(t *testing.T) {
	t.Parallel()
	eachHouse(t, plan.TemplateLight, func(t *testing.T, h *house) {
		_, e := h.planned("order_paid")
		fix := h.batch(ofType(plan.BatchHotfix))
		h.edit(fix, e, describing("fixed"))
		h.changing(e, "waiting")
		theirs := diff.Theirs
		_, err := h.plans.ResolveConflicts(h.ctx, catalog.ResolveConflictsInput{
			ID:      h.store.Read().BatchItem.Query().Where(batchitem.BatchID(fix.ID)).OnlyIDX(t.Context()),
			Choices: []catalog.ConflictChoiceInput{{Path: "description", Side: &theirs}},
		})
		require.NoError(t, err)
		h.approve(fix)
		h.edit(fix, e, func(in *catalog.UpdateEventInput) { text := "on paying"; in.Trigger = &text })
		require.Equal(t, [3]string{"order_paid", "waiting", "on paying"}, h.says(e), "a light change takes effect at once")
	})
}

// A hotfix whose conflict was resolved waits for its approval, and the line goes on meanwhile: nothing of that is lost.
func TestAHotfixMeetsTheLineAgain(t *testing.T) {
	t.Parallel()
	eachHouse(t, plan.TemplateLight, func(t *testing.T, h *house) {
		first, e := h.planned("order_paid")
		h.online(first)
		h.changing(e, "waiting")
		fix := h.batch(ofType(plan.BatchHotfix))
		h.edit(fix, e, describing("fixed"))
		_, err := h.move(h.ctx, fix, "APPROVED")
		h.requireFault(err, fault.Conflict, plan.GuardOpenConflict)
		h.settle(fix, "description")
		other := h.batch()
		h.edit(other, e, naming("付款"))
		h.approve(other)
		h.approve(fix)
		require.Equal(t, [3]string{"付款", "fixed", ""}, h.says(e))
		h.moved(h.dev, fix, "ONLINE")
		require.Equal(t, []string{"android fixed", "ios fixed"}, h.held("production"))
	})
}

// What a batch has dropped is not edited under it any more, and a new event that was dropped does not come back by what it
// shares with others.
func TestWhatWasDroppedStaysSo(t *testing.T) {
	t.Parallel()
	eachHouse(t, plan.TemplateLight, func(t *testing.T, h *house) {
		p, err := h.plans.CreateProperty(h.ctx, catalog.CreatePropertyInput{
			App: &h.app.Key, Key: "price", Name: "price", Type: catalog.PropertyTypeInput{Base: plan.TypeNumber}, Sensitivity: plan.SensitivityNone,
		})
		require.NoError(t, err)
		b := h.batch()
		carries := []catalog.EventPropertyInput{{Key: &p.Key, Presence: plan.PresenceRequired}}
		var events []*ent.Event
		for _, key := range []string{"dropped", "kept"} {
			e, err := h.plans.CreateEvent(h.ctx, catalog.CreateEventInput{
				Batch: b.Number, Kind: plan.KindTrack, Name: key, WireName: &key, Level: plan.LevelP1, Properties: carries,
			})
			require.NoError(t, err)
			events = append(events, e)
		}
		h.approve(b)
		item := h.store.Read().BatchItem.Query().Where(batchitem.EventID(events[0].ID)).OnlyX(t.Context())
		h.moved(h.ctx, b, "DROPPED", func(in *catalog.TransitionInput) { in.Items = []string{item.ID} })
		h.requireFault(h.describe(b, events[0], "words"), fault.FailedPrecondition, "item_dropped")

		shared, words := h.batch(), "in yuan"
		_, err = h.plans.UpdateProperty(h.ctx, catalog.UpdatePropertyInput{ID: p.ID, Batch: &shared.Number, Description: &words})
		require.NoError(t, err)
		h.approve(shared)
		h.moved(h.dev, b, "IN_TESTING")
		h.moved(h.dev, shared, "IN_TESTING")
		for _, s := range h.store.Read().ReleaseSlot.Query().AllX(t.Context()) {
			require.Equal(t, events[1].ID, s.EventID)
		}
		h.changing(events[0], "again")
		require.Equal(t, "again", h.store.Read().Event.GetX(t.Context(), events[0].ID).Description, "another batch may plan it anew")
	})
}
