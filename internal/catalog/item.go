package catalog

import (
	"context"
	"fmt"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/batchitem"
	"github.com/waymarkhq/waymark/ent/eventrevision"
	"github.com/waymarkhq/waymark/ent/predicate"
	"github.com/waymarkhq/waymark/ent/propertyrevision"
	"github.com/waymarkhq/waymark/ent/valuesetrevision"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// AddBatchItem takes an existing event, property or value set into a batch, to be changed under it.
func (s *Service) AddBatchItem(ctx context.Context, in AddBatchItemInput) (*ent.BatchItem, error) {
	b, err := s.batchByNumber(ctx, "Mutation.addBatchItem", in.Batch)
	if err != nil {
		return nil, err
	}
	var f fault.Fields
	validateProse("input.note", &in.Note, &f)
	n := 0
	for _, id := range []*string{in.EventID, in.PropertyID, in.ValueSetID} {
		if id != nil {
			n++
		}
	}
	if n != 1 {
		f.Add("input", "exactly_one", "an item changes one of event, property and value set")
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	return changed(ctx, s, "add batch item", func(ctx context.Context, c *change) (*ent.BatchItem, error) {
		return c.addBatchItem(ctx, b, &in)
	})
}

func (c *change) addBatchItem(ctx context.Context, b *ent.Batch, in *AddBatchItemInput) (*ent.BatchItem, error) {
	b, err := c.Batch.Get(ctx, b.ID)
	if err != nil {
		return nil, lost(err, "Batch", in.Batch)
	}
	if err := refuseClosed(b); err != nil {
		return nil, err
	}
	it, err := c.target(ctx, b.AppID, in)
	if err != nil {
		return nil, err
	}
	there, err := c.BatchItem.Query().Where(batchitem.BatchID(b.ID), it.is()).Exist(ctx)
	if err != nil {
		return nil, fmt.Errorf("look for the item: %w", err)
	}
	if there {
		return nil, taken("BatchItem", "input", it.id)
	}
	action := plan.ActionChange
	if b.Type == plan.BatchOffline {
		if it.kind != plan.ItemEvent {
			return nil, fault.Invalid(fault.Field{
				Path: "input", Reason: "not_an_event", Message: "only events are taken offline",
			})
		}
		action = plan.ActionRemove
	}
	row, err := c.insertItem(ctx, b.ID, it, action, in.Note)
	if err != nil || action != plan.ActionRemove || b.Review != plan.BatchApproved {
		return row, err
	}
	// What the reviewers have not seen is reviewed by itself.
	row, err = row.Update().SetReview(plan.BatchInReview).Save(ctx)
	return found(row, err, "BatchItem", it.id)
}

// target finds what an item is about: something of the batch's app, or global.
func (c *change) target(ctx context.Context, appID string, in *AddBatchItemInput) (subject, error) {
	switch {
	case in.EventID != nil:
		row, err := c.Event.Get(ctx, *in.EventID)
		if err != nil || row.AppID != appID {
			return subject{}, missing(err, "Event", *in.EventID)
		}
		return subject{plan.ItemEvent, row.ID}, nil
	case in.PropertyID != nil:
		row, err := c.Property.Get(ctx, *in.PropertyID)
		if err != nil || (row.AppID != "" && row.AppID != appID) {
			return subject{}, missing(err, "Property", *in.PropertyID)
		}
		return subject{plan.ItemProperty, row.ID}, nil
	default:
		row, err := c.ValueSet.Get(ctx, *in.ValueSetID)
		if err != nil || (row.AppID != "" && row.AppID != appID) {
			return subject{}, missing(err, "ValueSet", *in.ValueSetID)
		}
		return subject{plan.ItemValueSet, row.ID}, nil
	}
}

// missing is NOT_FOUND for what is not there or not of this app, or the database's error.
func missing(err error, typ, id string) error {
	if err != nil {
		return lost(err, typ, id)
	}
	return fault.NotFoundf(typ, id)
}

// subject is what an item changes.
type subject struct {
	kind plan.ItemKind
	id   string
}

// is selects the items about the subject.
func (s subject) is() predicate.BatchItem {
	switch s.kind {
	case plan.ItemEvent:
		return batchitem.EventID(s.id)
	case plan.ItemProperty:
		return batchitem.PropertyID(s.id)
	default:
		return batchitem.ValueSetID(s.id)
	}
}

// revisions names the table of the subject's revisions, and its column with the subject's id.
func (s subject) revisions() (table, owner string) {
	switch s.kind {
	case plan.ItemEvent:
		return eventrevision.Table, eventrevision.FieldEventID
	case plan.ItemProperty:
		return propertyrevision.Table, propertyrevision.FieldPropertyID
	default:
		return valuesetrevision.Table, valuesetrevision.FieldValueSetID
	}
}

func (c *change) insertItem(
	ctx context.Context, batchID string, it subject, action plan.ItemAction, note string,
) (*ent.BatchItem, error) {
	create := c.BatchItem.Create().SetBatchID(batchID).SetKind(it.kind).SetAction(action).SetNote(note).
		SetCreatedAt(c.now).SetUpdatedAt(c.now).SetCreatedByID(c.by).SetUpdatedByID(c.by)
	switch it.kind {
	case plan.ItemEvent:
		create.SetEventID(it.id)
		if action == plan.ActionRemove { // there is no definition whose editing would say it
			create.SetEditedByID(c.by)
		}
	case plan.ItemProperty:
		create.SetPropertyID(it.id)
	case plan.ItemValueSet:
		create.SetValueSetID(it.id)
	}
	row, err := create.Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("add item: %w", err)
	}
	return row, nil
}

// ensureItem makes sure that a batch has an item about the subject, and returns it.
func (c *change) ensureItem(ctx context.Context, batchID string, it subject) (*ent.BatchItem, error) {
	row, err := c.BatchItem.Query().Where(batchitem.BatchID(batchID), it.is()).Only(ctx)
	if err == nil {
		return row, nil
	}
	if !ent.IsNotFound(err) {
		return nil, fmt.Errorf("look for the item: %w", err)
	}
	return c.insertItem(ctx, batchID, it, plan.ActionChange, "")
}

// deleteItems deletes the items about what goes.
func (c *change) deleteItems(ctx context.Context, it subject) error {
	if _, err := c.BatchItem.Delete().Where(it.is()).Exec(ctx); err != nil {
		return fmt.Errorf("delete items: %w", err)
	}
	return nil
}

// UpdateBatchItem changes an item's note.
func (s *Service) UpdateBatchItem(ctx context.Context, in UpdateBatchItemInput) (*ent.BatchItem, error) {
	if _, err := s.reachItem(ctx, "Mutation.updateBatchItem", in.ID); err != nil {
		return nil, err
	}
	var f fault.Fields
	validateProse("input.note", &in.Note, &f)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return changed(ctx, s, "update batch item", func(ctx context.Context, c *change) (*ent.BatchItem, error) {
		row, err := c.BatchItem.UpdateOneID(in.ID).SetNote(in.Note).SetUpdatedAt(c.now).SetUpdatedByID(c.by).Save(ctx)
		return found(row, err, "BatchItem", in.ID)
	})
}

// RemoveBatchItem takes an item out of a batch that holds no revision of what the item changes.
func (s *Service) RemoveBatchItem(ctx context.Context, in DeleteInput) error {
	if _, err := s.reachItem(ctx, "Mutation.removeBatchItem", in.ID); err != nil {
		return err
	}
	return s.change(ctx, "remove batch item", func(ctx context.Context, c *change) error {
		row, err := c.BatchItem.Get(ctx, in.ID)
		if err != nil {
			return lost(err, "BatchItem", in.ID)
		}
		b, err := c.Batch.Get(ctx, row.BatchID)
		if err != nil {
			return lost(err, "Batch", row.BatchID)
		}
		if err := refuseClosed(b); err != nil {
			return err
		}
		if err := c.refuseItemWithHistory(ctx, row); err != nil {
			return err
		}
		if err := c.refuseUsedItem(ctx, row); err != nil {
			return err
		}
		return c.BatchItem.DeleteOne(row).Exec(ctx)
	})
}
