package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/approval"
	"github.com/waymarkhq/waymark/ent/event"
	"github.com/waymarkhq/waymark/ent/eventproperty"
	"github.com/waymarkhq/waymark/ent/property"
	"github.com/waymarkhq/waymark/internal/plan"
)

// sharedChange is a property or value set that says something else from now on.
type sharedChange struct {
	line     *line
	revision *revision
}

// concern is an event whose definition changes because a shared one did.
type concern struct {
	eventID, itemID, sharedID string
	cause                     plan.ApprovalCause
}

// shared approves a property or a value set, and returns the events concerned that the batch does not change itself.
func (a *approving) shared(ctx context.Context, it *ent.BatchItem) ([]concern, error) {
	l, id, cause := propertyLine, it.PropertyID, plan.CauseProperty
	if it.Kind == plan.ItemValueSet {
		l, id, cause = valueSetLine, it.ValueSetID, plan.CauseValueSet
	}
	r, err := a.c.settle(ctx, l, a.batch, id)
	if err != nil || r == nil {
		return nil, err
	}
	if err := a.c.headShared(ctx, l, r); err != nil {
		return nil, err
	}
	a.changed = append(a.changed, sharedChange{l, r})
	events, err := a.c.usersOf(ctx, it)
	if err != nil {
		return nil, err
	}
	list := make([]concern, 0, len(events))
	for _, e := range events {
		if !a.events[e] {
			list = append(list, concern{eventID: e, itemID: it.ID, sharedID: r.id, cause: cause})
		}
	}
	return list, nil
}

// headShared has the row of a property or value set copy a revision that was approved.
func (c *change) headShared(ctx context.Context, l *line, r *revision) error {
	if l == valueSetLine {
		doc := &valueSetDocument{}
		if err := json.Unmarshal(r.definition, doc); err != nil {
			return fmt.Errorf("read revision %s: %w", r.id, err)
		}
		_, err := c.saveValueSet(ctx, r.ownerID, r, doc)
		return err
	}
	doc := &propertyDocument{}
	if err := json.Unmarshal(r.definition, doc); err != nil {
		return fmt.Errorf("read revision %s: %w", r.id, err)
	}
	_, err := c.saveProperty(ctx, r.ownerID, r, doc)
	return err
}

// checkShared refuses what a property or value set has become where it does not suit what uses it.
func (c *change) checkShared(ctx context.Context, l *line, r *revision) error {
	if l == valueSetLine {
		row, err := c.ValueSet.Get(ctx, r.ownerID)
		if err != nil {
			return lost(err, "ValueSet", r.ownerID)
		}
		return c.checkValues(ctx, row, row.Values)
	}
	row, err := c.Property.Get(ctx, r.ownerID)
	if err != nil {
		return lost(err, "Property", r.ownerID)
	}
	return c.checkUses(ctx, row, &row.Type)
}

// usersOf returns the events with an approved definition that the shared definition of an item means something to, but for
// those that were taken back altogether.
func (c *change) usersOf(ctx context.Context, it *ent.BatchItem) ([]string, error) {
	dialect := c.s.store.Dialect()
	uses := sql.Dialect(dialect).Select(eventproperty.FieldEventID).From(sql.Table(eventproperty.Table))
	meant := sql.EQ(uses.C(eventproperty.FieldPropertyID), it.PropertyID)
	if it.Kind == plan.ItemValueSet {
		link := sql.Dialect(dialect).Select("property_id").From(drawn(dialect, []string{it.ValueSetID}).As("drawn"))
		meant = sql.Or(sql.In(uses.C(eventproperty.FieldPropertyID), link), namesInNarrowing(uses, it.ValueSetID))
	}
	uses.Where(sql.And(sql.EQ(uses.C(eventproperty.FieldNewest), true), meant))
	ids, err := c.Event.Query().Where(event.LastApprovalGT(0), func(q *sql.Selector) {
		gone := sql.Dialect(dialect).Select(approval.FieldID).From(sql.Table(approval.Table).As("gone"))
		gone.Where(sql.And(sql.ColumnsEQ(gone.C(approval.FieldID), q.C(event.FieldApprovalID)),
			sql.EQ(gone.C(approval.FieldCause), plan.CauseRevert), sql.IsNull(gone.C(approval.FieldPreviousID))))
		q.Where(sql.And(sql.In(q.C(event.FieldID), uses), sql.NotExists(gone)))
	}).Order(event.ByID()).IDs(ctx)
	if err != nil {
		return nil, fmt.Errorf("find the events concerned: %w", err)
	}
	return ids, nil
}

// concerned freezes the events that changed shared definitions concern: once each, with all of them.
func (a *approving) concerned(ctx context.Context, list []concern) error {
	byEvent := map[string]concern{}
	for _, one := range list {
		byEvent[one.eventID] = one
	}
	for chunk := range slices.Chunk(slices.Sorted(maps.Keys(byEvent)), bulk) {
		rows, err := a.c.Event.Query().Where(func(q *sql.Selector) { q.Where(among(q.C(event.FieldID), chunk)) }).All(ctx)
		if err != nil {
			return fmt.Errorf("read events: %w", err)
		}
		docs, err := a.c.documentsOf(ctx, rows)
		if err != nil {
			return err
		}
		if err := a.freezer.load(ctx, slices.Collect(maps.Values(docs))...); err != nil {
			return err
		}
		says, err := a.c.hashesOf(ctx, rows)
		if err != nil {
			return err
		}
		for _, row := range rows {
			one := byEvent[row.ID]
			e := &entry{
				event: row, revision: row.HeadID, cause: one.cause, itemID: one.itemID, sharedID: one.sharedID, says: says[row.ApprovalID],
			}
			if err := a.enter(e, docs[row.ID]); err != nil {
				return err
			}
		}
	}
	return nil
}

// approveAlong approves the properties that an event carries and that nobody ever asked about: those registered without a
// batch, or under this one. Those that another batch brings have to be approved there.
func (a *approving) approveAlong(ctx context.Context, doc *eventDocument) error {
	ids := make([]string, 0, len(doc.Properties))
	for i := range doc.Properties {
		ids = append(ids, doc.Properties[i].PropertyID)
	}
	if len(ids) == 0 {
		return nil
	}
	rows, err := a.c.Property.Query().Where(func(q *sql.Selector) { q.Where(among(q.C(property.FieldID), ids)) }).All(ctx)
	if err != nil {
		return fmt.Errorf("read properties: %w", err)
	}
	for _, p := range rows {
		if err := a.along(ctx, propertyLine, p.HeadID); err != nil {
			return err
		}
		for _, set := range p.Type.ValueSets(nil) {
			s, err := a.c.ValueSet.Get(ctx, set)
			if err != nil {
				return lost(err, "ValueSet", set)
			}
			if err := a.along(ctx, valueSetLine, s.HeadID); err != nil {
				return err
			}
		}
	}
	return nil
}

// along approves the revision that the row of a shared definition copies, unless it is approved.
func (a *approving) along(ctx context.Context, l *line, headID string) error {
	head, err := l.read(ctx, a.c, headID)
	if err != nil || head.isApproved() {
		return err
	}
	if head.batchID != "" && head.batchID != a.batch.ID {
		return baseUnapproved(ctx, a.c, head.batchID)
	}
	return l.approve(ctx, a.c, head)
}
