package catalog_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/ent/batchitem"
	"github.com/waymarkhq/waymark/ent/eventrevision"
	"github.com/waymarkhq/waymark/ent/propertyrevision"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/fault"
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
			require.Equal(t, properties[i].ID, properties[i+1].BaseID, "no batch has touched it before: each goes on with the newest")
		}
		require.Equal(t, []string{events[0].ID, events[1].ID, events[0].ID},
			[]string{events[1].BaseID, events[2].BaseID, events[3].BaseID}, "the first batch goes on with its own")
		require.Equal(t, []string{a.ID, b.ID, c.ID, a.ID},
			[]string{events[0].BatchID, events[1].BatchID, events[2].BatchID, events[3].BatchID})
	})
}

// A terminal that only an older revision names is in use: that revision may be asked for at any time.
func TestATerminalOfAnOlderRevisionStays(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		a, b := w.newBatch(w.app), w.newBatch(w.app)
		w.newProperty(w.app, "amount", catalog.PropertyTypeInput{Base: plan.TypeNumber})
		in := tracked(a, "order_paid")
		in.Terminals, in.Properties = []string{"ios"}, []catalog.EventPropertyInput{use("amount")}
		e, err := w.catalog.CreateEvent(w.ctx, in)
		require.NoError(t, err)
		in = tracked(a, "order_shown")
		in.Properties = []catalog.EventPropertyInput{use("amount")}
		in.Properties[0].PresenceOn = []catalog.TerminalPresenceInput{{Terminal: "android", Presence: plan.PresenceAbsent}}
		f, err := w.catalog.CreateEvent(w.ctx, in)
		require.NoError(t, err)
		for _, id := range []string{e.ID, f.ID} {
			_, err = w.catalog.UpdateEvent(w.ctx, catalog.UpdateEventInput{
				ID: id, Batch: &b.Number, Terminals: []string{}, Properties: []catalog.EventPropertyInput{},
			})
			require.NoError(t, err)
		}
		terminals, err := w.catalog.TerminalsOf(w.ctx, []string{w.app.ID})
		require.NoError(t, err)
		for i, want := range []string{"order_paid", "order_shown", ""} {
			err := w.catalog.DeleteTerminal(w.ctx, catalog.DeleteInput{ID: terminals[w.app.ID][i].ID})
			if want == "" {
				require.NoError(t, err)
				continue
			}
			uses := requireFault(t, err, fault.FailedPrecondition, "in_use").Params["uses"]
			require.Equal(t, want, uses.([]catalog.Use)[0].Name)
		}
	})
}

// What a batch asks of a definition, and drafted of it, does not go without a word.
func TestDeleteWhatAnotherBatchChanges(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		first, second, third := w.newBatch(w.app), w.newBatch(w.app), w.newBatch(w.app)
		e, kept := w.newEvent(first, "e"), w.newEvent(first, "kept")
		p, v := w.newProperty(w.app, "a", text()), w.newValueSet(w.app, "v", "x")
		for _, in := range []catalog.AddBatchItemInput{
			{EventID: &e.ID}, {EventID: &kept.ID}, {PropertyID: &p.ID}, {ValueSetID: &v.ID},
		} {
			in.Batch, in.Note = second.Number, "加渠道字段"
			_, err := w.catalog.AddBatchItem(w.ctx, in)
			require.NoError(t, err)
		}
		_, err := w.catalog.UpdateEvent(w.ctx, catalog.UpdateEventInput{ID: e.ID, Batch: &third.Number, Name: new("新")})
		require.NoError(t, err)
		_, err = w.catalog.UpdateProperty(w.ctx, catalog.UpdatePropertyInput{ID: p.ID, Batch: &third.Number, Name: new("新")})
		require.NoError(t, err)
		_, err = w.catalog.UpdateValueSet(w.ctx, catalog.UpdateValueSetInput{ID: v.ID, Batch: &third.Number, Name: new("新")})
		require.NoError(t, err)

		for id, remove := range map[string]func(context.Context, catalog.DeleteDefinitionInput) error{
			e.ID: w.catalog.DeleteEvent, p.ID: w.catalog.DeleteProperty, v.ID: w.catalog.DeleteValueSet,
		} {
			in := catalog.DeleteDefinitionInput{ID: id, WithItemsOf: []string{first.Number, "SHOP-9999"}}
			requireUses(t, remove(w.ctx, in), "BatchItem "+second.Number, "BatchItem "+third.Number)
			in.WithItemsOf = []string{strings.ToLower(third.Number)}
			requireUses(t, remove(w.ctx, in), "BatchItem "+second.Number)
			item, err := w.store.Read().BatchItem.Query().Where(batchitem.BatchID(second.ID), batchitem.Or(
				batchitem.EventID(id), batchitem.PropertyID(id), batchitem.ValueSetID(id))).Only(w.ctx)
			require.NoError(t, err)
			require.NoError(t, w.catalog.RemoveBatchItem(w.ctx, catalog.DeleteInput{ID: item.ID}))
			require.NoError(t, remove(w.ctx, in))
		}
		left, err := w.catalog.ItemsOfBatches().Counts(w.ctx, []string{first.ID, second.ID, third.ID})
		require.NoError(t, err)
		require.Equal(t, map[string]int{first.ID: 1, second.ID: 1}, left, "those of the event that is kept")
		require.NoError(t, w.catalog.DeleteBatch(w.ctx, catalog.DeleteInput{ID: third.ID}), "nothing of it is left behind")
	})
}
