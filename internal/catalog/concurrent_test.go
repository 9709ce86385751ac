package catalog_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/approval"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// Thirty people change one event at once, each under a batch of their own and each another property, and have it approved
// at once: every change is on the line, one entry after the other, and nobody is stuck.
func TestThirtyEditorsOfOneEvent(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		const editors = 30
		w.newProperty(w.app, "amount", catalog.PropertyTypeInput{Base: plan.TypeNumber})
		batches := make([]*ent.Batch, editors)
		for i := range editors {
			w.newProperty(w.app, fmt.Sprintf("p%02d", i), text())
			batches[i] = w.newBatch(w.app)
		}
		_, e := w.approved("order_paid", "amount")
		each := func(do func(i int) error) {
			var work sync.WaitGroup
			for i := range editors {
				work.Go(func() { w.insist(func() error { return do(i) }) })
			}
			work.Wait()
		}
		each(func(i int) error {
			own := use(fmt.Sprintf("p%02d", i))
			own.Presence = plan.PresenceOptional
			_, err := w.catalog.UpdateEvent(w.ctx, catalog.UpdateEventInput{
				ID: e.ID, Batch: &batches[i].Number, Properties: []catalog.EventPropertyInput{use("amount"), own}, ExpectedHash: &e.Hash,
			})
			return err
		})
		each(func(i int) error {
			_, err := w.move(w.ctx, batches[i], "APPROVED")
			return err
		})
		entries := w.store.Read().Approval.Query().Where(approval.EventID(e.ID)).Order(ent.Asc(approval.FieldPosition)).AllX(w.ctx)
		require.Len(t, entries, editors+1)
		for i, entry := range entries {
			require.Equal(t, i+1, *entry.Position, "the line has no gaps")
			if i > 0 {
				require.Equal(t, entries[i-1].ID, entry.PreviousID)
			}
		}
		properties, _ := w.documentOf(e)["properties"].([]any)
		require.Len(t, properties, editors+1, "no side is lost")
	})
}

// insist tries again what the database was too busy for; anything else fails the test.
func (w *world) insist(f func() error) {
	for {
		err := f()
		if fault.Is(err, fault.Unavailable) {
			continue
		}
		if err != nil {
			w.t.Errorf("%v", err)
		}
		return
	}
}
