package catalog

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/batch"
	"github.com/waymarkhq/waymark/ent/batchitem"
	"github.com/waymarkhq/waymark/ent/event"
	"github.com/waymarkhq/waymark/internal/plan"
)

// forsake is what becomes of the drafts of a batch that is called off. Of what was never approved a row copies the newest
// draft; where that is one of this batch, the row goes back to the draft before, so that nobody goes on with what was given
// up. What the batch itself introduced stays as it is: there is nothing before it.
func (g *stage) forsake(ctx context.Context) error {
	for _, it := range eventsFirst(g.items) {
		l, id := lineOf(it)
		headID, err := g.c.headOf(ctx, l, id)
		if err != nil {
			return err
		}
		head, err := l.read(ctx, g.c, headID)
		if err != nil {
			return err
		}
		if head.isApproved() || head.batchID != g.batch.ID {
			continue
		}
		before, err := g.c.newestStanding(ctx, l, id)
		if err != nil {
			return err
		}
		switch {
		case before != nil:
			if err := g.c.head(ctx, l, before); err != nil {
				return fmt.Errorf("go back to revision %d: %w", before.number, err)
			}
		case l == eventLine:
			// What it uses is not used any more.
			if err := g.c.settleMerges(ctx, usedBy(id)); err != nil {
				return err
			}
		}
	}
	return nil
}

// eventsFirst orders items for going back: a former type of a property has to suit the narrowings that events are left
// with, and former values of a value set the types of the properties.
func eventsFirst(items []*ent.BatchItem) []*ent.BatchItem {
	order := []plan.ItemKind{plan.ItemEvent, plan.ItemProperty, plan.ItemValueSet}
	return slices.SortedStableFunc(slices.Values(items), func(a, b *ent.BatchItem) int {
		return cmp.Compare(slices.Index(order, a.Kind), slices.Index(order, b.Kind))
	})
}

// newestStanding returns the newest revision of a definition that is not of a batch that was called off; nil where there is
// none.
func (c *change) newestStanding(ctx context.Context, l *line, ownerID string) (*revision, error) {
	known, err := c.ancestryOf(ctx, l, ownerID)
	if err != nil {
		return nil, err
	}
	var batches []string
	for _, d := range known {
		batches = append(batches, d.batchID)
	}
	cancelled, err := c.Batch.Query().Where(batch.IDIn(distinct(batches)...), batch.ReviewEQ(plan.BatchCancelled)).IDs(ctx)
	if err != nil {
		return nil, fmt.Errorf("look for batches that were called off: %w", err)
	}
	newest := ""
	for id := range known {
		if d := known[id]; !slices.Contains(cancelled, d.batchID) && (newest == "" || d.number > known[newest].number) {
			newest = id
		}
	}
	if newest == "" {
		return nil, nil //nolint:nilnil // there is none, which is no error
	}
	return l.read(ctx, c, newest)
}

// head has the row of a definition copy a revision.
func (c *change) head(ctx context.Context, l *line, r *revision) error {
	if l != eventLine {
		if err := c.headShared(ctx, l, r); err != nil {
			return err
		}
		return c.checkShared(ctx, l, r)
	}
	row, err := c.Event.Get(ctx, r.ownerID)
	if err != nil {
		return lost(err, "Event", r.ownerID)
	}
	doc, err := eventDocumentOf(r)
	if err != nil {
		return err
	}
	_, err = c.headEvent(ctx, row, r, doc)
	return err
}

// revertShared has the row of a property or value set copy again what was there before the batch changed it. Of what the
// batch introduced there was nothing: the row stays.
func (g *stage) revertShared(ctx context.Context, it *ent.BatchItem) error {
	l, id := lineOf(it)
	own, err := g.c.newestUnder(ctx, l, id, g.batch.ID)
	if err != nil || own == nil || !own.isApproved() {
		return err
	}
	known, err := g.c.ancestryOf(ctx, l, id)
	if err != nil {
		return err
	}
	before := ""
	for from := range known.of(own.id) {
		if known[from].batchID != g.batch.ID && (before == "" || known[from].number > known[before].number) {
			before = from
		}
	}
	if before == "" {
		return nil
	}
	r, err := l.read(ctx, g.c, before)
	if err != nil {
		return err
	}
	return g.c.head(ctx, l, r)
}

// givenUp selects the ids of the events that nothing is left of: every batch that had something to do with them was called
// off, or dropped its item.
func givenUp(dialectName string) *sql.Selector {
	d := sql.Dialect(dialectName)
	cancelled := d.Select(batch.FieldID).From(sql.Table(batch.Table)).Where(sql.EQ(batch.FieldReview, plan.BatchCancelled))
	other := d.Table(batchitem.Table).As("other")
	left := d.Select(other.C(batchitem.FieldID)).From(other)
	gone := d.Select(batchitem.FieldEventID).From(d.Table(batchitem.Table))
	left.Where(sql.And(sql.ColumnsEQ(other.C(batchitem.FieldEventID), gone.C(batchitem.FieldEventID)),
		sql.EQ(other.C(batchitem.FieldDroppedReason), ""), sql.NotIn(other.C(batchitem.FieldBatchID), cancelled)))
	return gone.Where(sql.And(sql.NotNull(gone.C(batchitem.FieldEventID)),
		sql.Or(sql.NEQ(gone.C(batchitem.FieldDroppedReason), ""), sql.In(gone.C(batchitem.FieldBatchID), cancelled)),
		sql.NotExists(left)))
}

// standing narrows to events that were not given up.
func standing(q *sql.Selector) { q.Where(sql.NotIn(q.C(event.FieldID), givenUp(q.Dialect()))) }
