package app_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/approval"
	"github.com/waymarkhq/waymark/ent/environment"
	"github.com/waymarkhq/waymark/ent/releaseslot"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/plan"
)

// goesByNewest requires that an environment goes by what was approved last of an event, on both terminals.
func (h *house) goesByNewest(env string, e *ent.Event) {
	h.t.Helper()
	ctx := h.t.Context()
	newest := h.store.Read().Approval.Query().Where(approval.EventID(e.ID)).Order(ent.Desc(approval.FieldPosition)).FirstX(ctx)
	in := h.store.Read().Environment.Query().Where(environment.AppID(h.app.ID), environment.Key(env)).OnlyX(ctx)
	slots := h.store.Read().ReleaseSlot.Query().Where(releaseslot.EnvironmentID(in.ID), releaseslot.EventID(e.ID), releaseslot.EndedIsNil()).AllX(ctx)
	require.Len(h.t, slots, 2)
	for _, s := range slots {
		require.Equal(h.t, newest.Hash, s.Hash, "%s of %s", s.Terminal, env)
	}
}

// A light change of a property or value set that came to an environment with its event takes effect there at once.
func TestALightChangeOfWhatEventsShareTakesEffect(t *testing.T) {
	t.Parallel()
	eachHouse(t, plan.TemplateStandard, func(t *testing.T, h *house) {
		b, set, p, e := h.valuing()
		_, words := h.planned("order_shown")
		h.moved(h.dev, b, "IN_TESTING")
		known := []string{"a", "b"}
		edit := func(text string) {
			known = append(known, text)
			approved := h.store.Read().Approval.Query().Where(approval.EventID(e.ID)).CountX(t.Context())
			_, err := h.plans.UpdateValueSet(h.ctx, catalog.UpdateValueSetInput{ID: set.ID, Batch: &b.Number, Values: values(known...)})
			require.NoError(t, err)
			_, err = h.plans.UpdateProperty(h.ctx, catalog.UpdatePropertyInput{ID: p.ID, Batch: &b.Number, Description: &text})
			require.NoError(t, err)
			require.Equal(t, approved+2, h.store.Read().Approval.Query().Where(approval.EventID(e.ID)).CountX(t.Context()))
		}
		edit("by card")
		h.goesByNewest("test", e)
		h.moved(h.qa, b, "ACCEPTED")
		h.moved(h.dev, b, "ONLINE")
		edit("by phone")
		h.goesByNewest("test", e)
		h.goesByNewest("production", e)
		require.Len(t, h.held("production"), 2, "nothing of %s", words.Key)
	})
}
