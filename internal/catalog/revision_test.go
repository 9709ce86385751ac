package catalog_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/ent/eventrevision"
	"github.com/waymarkhq/waymark/ent/propertyrevision"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/plan"
)

// A definition is changed under one batch after the other, and under the first one again: each change is a revision made
// from the one before, and none of those is touched.
func TestADefinitionIsChangedUnderManyBatches(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		a, b, c := w.newBatch(w.app), w.newBatch(w.app), w.newBatch(w.app)
		p := w.newProperty(w.app, "amount", catalog.PropertyTypeInput{Base: plan.TypeNumber})
		e := w.newEvent(a, "order_paid", "amount")
		names := []string{"first", "second", "third", "fourth"}
		for i, number := range []string{b.Number, c.Number, a.Number} {
			_, err := w.catalog.UpdateEvent(w.ctx, catalog.UpdateEventInput{ID: e.ID, Batch: &number, Name: &names[i]})
			require.NoError(t, err)
			_, err = w.catalog.UpdateProperty(w.ctx, catalog.UpdatePropertyInput{ID: p.ID, Batch: &number, Name: &names[i]})
			require.NoError(t, err)
		}
		events, err := w.store.Read().EventRevision.Query().Order(eventrevision.ByNumber()).All(w.ctx)
		require.NoError(t, err)
		require.Len(t, events, 4)
		properties, err := w.store.Read().PropertyRevision.Query().Order(propertyrevision.ByNumber()).All(w.ctx)
		require.NoError(t, err)
		require.Len(t, properties, 4)
		require.Empty(t, events[0].BaseID)
		require.Empty(t, properties[0].BaseID)
		for i := range 3 {
			require.Equal(t, events[i].ID, events[i+1].BaseID)
			require.Equal(t, properties[i].ID, properties[i+1].BaseID)
		}
		require.Equal(t, []string{a.ID, b.ID, c.ID, a.ID},
			[]string{events[0].BatchID, events[1].BatchID, events[2].BatchID, events[3].BatchID})
	})
}
