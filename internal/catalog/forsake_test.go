package catalog_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// Nothing of this was ever approved: each row copies the newest draft, which is that of a batch that is then called off.
func TestDraftsOfACancelledBatchAreGoneBackFrom(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		set := w.newValueSet(w.app, "colors", "red")
		amount, color := w.newProperty(w.app, "amount", text()), w.newProperty(w.app, "color", text())
		first, second := w.newBatch(w.app), w.newBatch(w.app)
		e := w.newEvent(first, "order_paid", "color")

		number := catalog.PropertyTypeInput{Base: plan.TypeInteger}
		_, err := w.catalog.UpdateProperty(w.ctx, catalog.UpdatePropertyInput{ID: amount.ID, Batch: &second.Number, Type: &number})
		require.NoError(t, err)
		narrowed := use("amount")
		narrowed.Narrowing = &catalog.ConstraintsInput{Minimum: new("1")}
		_, err = w.catalog.UpdateEvent(w.ctx, catalog.UpdateEventInput{
			ID: e.ID, Batch: &second.Number, Name: new("second"), Properties: []catalog.EventPropertyInput{narrowed},
		})
		require.NoError(t, err)
		_, err = w.catalog.UpdateValueSet(w.ctx, catalog.UpdateValueSetInput{ID: set.ID, Batch: &second.Number, Values: []plan.Value{{Value: "blue"}}})
		require.NoError(t, err)
		own := w.newEvent(second, "own")
		require.Equal(t, "second", w.store.Read().Event.GetX(w.ctx, e.ID).Name)

		w.raises(w.app, true, func() { w.moved(w.ctx, second, "CANCELLED") })
		row := w.store.Read().Event.GetX(w.ctx, e.ID)
		require.Equal(t, []any{"事件 order_paid", 1}, []any{row.Name, row.RevisionNumber})
		require.Equal(t, []string{color.ID}, propertiesOf(w.uses(e)), "and its properties")
		require.Equal(t, plan.TypeString, w.property(amount).BaseType)
		require.Equal(t, []plan.Value{{Value: "red", Label: "值 red"}}, w.store.Read().ValueSet.GetX(w.ctx, set.ID).Values)
		require.Equal(t, "事件 own", w.store.Read().Event.GetX(w.ctx, own.ID).Name, "nothing was there before")

		third := w.newBatch(w.app)
		w.newEvent(third, "with_amount", "amount")
		w.moved(w.ctx, third, "APPROVED") // the property is nobody's draft any more
		w.moved(w.ctx, first, "APPROVED")
		require.Equal(t, "事件 order_paid", w.documentOf(e)["name"])
	})
}

func propertiesOf(uses []*ent.EventProperty) (ids []string) {
	for _, u := range uses {
		ids = append(ids, u.PropertyID)
	}
	return ids
}

// What was called off before is not gone back to either.
func TestACancelledBatchIsNotGoneBackTo(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		p := w.newProperty(w.app, "amount", text())
		first, second := w.newBatch(w.app), w.newBatch(w.app)
		for _, b := range []*ent.Batch{first, second} {
			_, err := w.catalog.UpdateProperty(w.ctx, catalog.UpdatePropertyInput{ID: p.ID, Batch: &b.Number, Name: &b.Number})
			require.NoError(t, err)
		}
		w.moved(w.ctx, first, "CANCELLED")
		require.Equal(t, second.Number, w.property(p).Name, "the draft of a batch that goes on")
		w.moved(w.ctx, second, "CANCELLED")
		require.Equal(t, "amount", w.property(p).Name)
	})
}

// Dropped, a property goes back to what was there before the batch, however often the batch has changed it since.
func TestAPropertyIsTakenBackAsAWhole(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		p := w.newProperty(w.app, "amount", text())
		rename := func(b *ent.Batch, name string) {
			t.Helper()
			_, err := w.catalog.UpdateProperty(w.ctx, catalog.UpdatePropertyInput{ID: p.ID, Batch: &b.Number, Name: &name})
			require.NoError(t, err)
		}
		b, later := w.newBatch(w.app), w.newBatch(w.app)
		rename(b, "once")
		w.moved(w.ctx, b, "APPROVED")
		rename(b, "twice") // words take effect at once
		require.Equal(t, "twice", w.property(p).Name)
		rename(later, "later")
		w.moved(w.ctx, later, "APPROVED")

		_, err := w.move(w.ctx, b, "DROPPED", note("not now"))
		requireFault(t, err, fault.FailedPrecondition, plan.GuardBuiltUpon)
		require.Equal(t, "later", w.property(p).Name)
		w.moved(w.ctx, later, "DROPPED", note("not now"))
		require.Equal(t, "twice", w.property(p).Name)
		w.moved(w.ctx, b, "CANCELLED", note("not at all"))
		require.Equal(t, "amount", w.property(p).Name)
	})
}

func (w *world) property(p *ent.Property) *ent.Property {
	return w.store.Read().Property.GetX(w.ctx, p.ID)
}
