package catalog

import (
	"context"

	"github.com/waymarkhq/waymark/ent/event"
	"github.com/waymarkhq/waymark/ent/eventrevision"
	"github.com/waymarkhq/waymark/ent/property"
	"github.com/waymarkhq/waymark/ent/propertyrevision"
	"github.com/waymarkhq/waymark/ent/valueset"
	"github.com/waymarkhq/waymark/ent/valuesetrevision"
	"github.com/waymarkhq/waymark/internal/diff"
	"github.com/waymarkhq/waymark/internal/plan"
)

var eventLine = &line{
	prefix: "rev", kind: plan.ItemEvent, of: "Event", table: event.Table, shape: diff.EventShape,
	all: func(ctx context.Context, c *change, ids []string, each func(*revision)) error {
		rows, err := c.EventRevision.Query().Where(isAmong(eventrevision.FieldID, ids)).All(ctx)
		for _, r := range rows {
			each(&revision{
				id: r.ID, ownerID: r.EventID, batchID: r.BatchID, baseID: r.BaseID, mergedID: r.MergedID, number: r.Number,
				state: r.State, definition: r.Definition, hash: r.Hash, updatedBy: r.UpdatedByID, updatedAt: r.UpdatedAt,
			})
		}
		return err
	},
	insert: func(ctx context.Context, c *change, r *revision) error {
		return c.EventRevision.Create().SetID(r.id).SetEventID(r.ownerID).SetBatchID(r.batchID).
			SetNillableBaseID(optional(r.baseID)).SetNillableMergedID(optional(r.mergedID)).SetNumber(r.number).
			SetState(r.state).SetDefinition(r.definition).SetHash(r.hash).
			SetCreatedAt(c.now).SetUpdatedAt(c.now).SetCreatedByID(c.by).SetUpdatedByID(c.by).Exec(ctx)
	},
	approve: func(ctx context.Context, c *change, r *revision) error {
		return c.EventRevision.Update().Where(eventrevision.ID(r.id)).SetState(plan.RevisionApproved).SetApprovedAt(c.now).
			SetNillableApprovedByID(optional(c.by)).Exec(ctx)
	},
	rewrite: func(ctx context.Context, c *change, r *revision) error {
		return c.EventRevision.Update().Where(eventrevision.ID(r.id)).SetDefinition(r.definition).SetHash(r.hash).
			SetUpdatedAt(c.now).SetUpdatedByID(c.by).Exec(ctx)
	},
	rehome: func(ctx context.Context, c *change, ownerID, from, to string) error {
		of := eventrevision.And(eventrevision.EventID(ownerID), eventrevision.BatchID(from))
		err := c.EventRevision.Update().Where(of, eventrevision.StateEQ(plan.RevisionApproved), eventrevision.ApprovedUnderIDIsNil()).
			SetApprovedUnderID(from).Exec(ctx)
		if err != nil {
			return err
		}
		return c.EventRevision.Update().Where(of).SetBatchID(to).Exec(ctx)
	},
}

var propertyLine = &line{
	prefix: "prv", kind: plan.ItemProperty, of: "Property", table: property.Table, shape: diff.PropertyShape,
	all: func(ctx context.Context, c *change, ids []string, each func(*revision)) error {
		rows, err := c.PropertyRevision.Query().Where(isAmong(propertyrevision.FieldID, ids)).All(ctx)
		for _, r := range rows {
			each(&revision{
				id: r.ID, ownerID: r.PropertyID, batchID: r.BatchID, baseID: r.BaseID, mergedID: r.MergedID, number: r.Number,
				state: r.State, definition: r.Definition, hash: r.Hash, updatedBy: r.UpdatedByID, updatedAt: r.UpdatedAt,
			})
		}
		return err
	},
	insert: func(ctx context.Context, c *change, r *revision) error {
		return c.PropertyRevision.Create().SetID(r.id).SetPropertyID(r.ownerID).SetNillableBatchID(optional(r.batchID)).
			SetNillableBaseID(optional(r.baseID)).SetNillableMergedID(optional(r.mergedID)).SetNumber(r.number).
			SetState(r.state).SetDefinition(r.definition).SetHash(r.hash).
			SetCreatedAt(c.now).SetUpdatedAt(c.now).SetCreatedByID(c.by).SetUpdatedByID(c.by).Exec(ctx)
	},
	approve: func(ctx context.Context, c *change, r *revision) error {
		return c.PropertyRevision.Update().Where(propertyrevision.ID(r.id)).SetState(plan.RevisionApproved).SetApprovedAt(c.now).
			SetNillableApprovedByID(optional(c.by)).Exec(ctx)
	},
	rewrite: func(ctx context.Context, c *change, r *revision) error {
		return c.PropertyRevision.Update().Where(propertyrevision.ID(r.id)).SetDefinition(r.definition).SetHash(r.hash).
			SetUpdatedAt(c.now).SetUpdatedByID(c.by).Exec(ctx)
	},
	rehome: func(ctx context.Context, c *change, ownerID, from, to string) error {
		of := propertyrevision.And(propertyrevision.PropertyID(ownerID), propertyrevision.BatchID(from))
		err := c.PropertyRevision.Update().Where(of, propertyrevision.StateEQ(plan.RevisionApproved), propertyrevision.ApprovedUnderIDIsNil()).
			SetApprovedUnderID(from).Exec(ctx)
		if err != nil {
			return err
		}
		return c.PropertyRevision.Update().Where(of).SetBatchID(to).Exec(ctx)
	},
}

var valueSetLine = &line{
	prefix: "vsv", kind: plan.ItemValueSet, of: "ValueSet", table: valueset.Table, shape: diff.ValueSetShape,
	all: func(ctx context.Context, c *change, ids []string, each func(*revision)) error {
		rows, err := c.ValueSetRevision.Query().Where(isAmong(valuesetrevision.FieldID, ids)).All(ctx)
		for _, r := range rows {
			each(&revision{
				id: r.ID, ownerID: r.ValueSetID, batchID: r.BatchID, baseID: r.BaseID, mergedID: r.MergedID, number: r.Number,
				state: r.State, definition: r.Definition, hash: r.Hash, updatedBy: r.UpdatedByID, updatedAt: r.UpdatedAt,
			})
		}
		return err
	},
	insert: func(ctx context.Context, c *change, r *revision) error {
		return c.ValueSetRevision.Create().SetID(r.id).SetValueSetID(r.ownerID).SetNillableBatchID(optional(r.batchID)).
			SetNillableBaseID(optional(r.baseID)).SetNillableMergedID(optional(r.mergedID)).SetNumber(r.number).
			SetState(r.state).SetDefinition(r.definition).SetHash(r.hash).
			SetCreatedAt(c.now).SetUpdatedAt(c.now).SetCreatedByID(c.by).SetUpdatedByID(c.by).Exec(ctx)
	},
	approve: func(ctx context.Context, c *change, r *revision) error {
		return c.ValueSetRevision.Update().Where(valuesetrevision.ID(r.id)).SetState(plan.RevisionApproved).SetApprovedAt(c.now).
			SetNillableApprovedByID(optional(c.by)).Exec(ctx)
	},
	rewrite: func(ctx context.Context, c *change, r *revision) error {
		return c.ValueSetRevision.Update().Where(valuesetrevision.ID(r.id)).SetDefinition(r.definition).SetHash(r.hash).
			SetUpdatedAt(c.now).SetUpdatedByID(c.by).Exec(ctx)
	},
	rehome: func(ctx context.Context, c *change, ownerID, from, to string) error {
		of := valuesetrevision.And(valuesetrevision.ValueSetID(ownerID), valuesetrevision.BatchID(from))
		err := c.ValueSetRevision.Update().Where(of, valuesetrevision.StateEQ(plan.RevisionApproved), valuesetrevision.ApprovedUnderIDIsNil()).
			SetApprovedUnderID(from).Exec(ctx)
		if err != nil {
			return err
		}
		return c.ValueSetRevision.Update().Where(of).SetBatchID(to).Exec(ctx)
	},
}

// optional is nil for an empty id, so that its column stays null.
func optional(id string) *string {
	if id == "" {
		return nil
	}
	return &id
}
