package catalog

import (
	"context"

	"github.com/waymarkhq/waymark/ent/eventrevision"
	"github.com/waymarkhq/waymark/ent/propertyrevision"
	"github.com/waymarkhq/waymark/ent/valuesetrevision"
	"github.com/waymarkhq/waymark/internal/diff"
	"github.com/waymarkhq/waymark/internal/plan"
)

var eventLine = &line{
	prefix: "rev", kind: plan.ItemEvent, shape: diff.EventShape,
	read: func(ctx context.Context, c *change, id string) (*revision, error) {
		r, err := c.EventRevision.Get(ctx, id)
		if err != nil {
			return nil, lost(err, "EventRevision", id)
		}
		return &revision{
			id: r.ID, ownerID: r.EventID, batchID: r.BatchID, baseID: r.BaseID, mergedID: r.MergedID, number: r.Number,
			state: r.State, definition: r.Definition, hash: r.Hash, updatedBy: r.UpdatedByID, updatedAt: r.UpdatedAt,
		}, nil
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
}

var propertyLine = &line{
	prefix: "prv", kind: plan.ItemProperty, shape: diff.PropertyShape,
	read: func(ctx context.Context, c *change, id string) (*revision, error) {
		r, err := c.PropertyRevision.Get(ctx, id)
		if err != nil {
			return nil, lost(err, "PropertyRevision", id)
		}
		return &revision{
			id: r.ID, ownerID: r.PropertyID, batchID: r.BatchID, baseID: r.BaseID, mergedID: r.MergedID, number: r.Number,
			state: r.State, definition: r.Definition, hash: r.Hash, updatedBy: r.UpdatedByID, updatedAt: r.UpdatedAt,
		}, nil
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
}

var valueSetLine = &line{
	prefix: "vsv", kind: plan.ItemValueSet, shape: diff.ValueSetShape,
	read: func(ctx context.Context, c *change, id string) (*revision, error) {
		r, err := c.ValueSetRevision.Get(ctx, id)
		if err != nil {
			return nil, lost(err, "ValueSetRevision", id)
		}
		return &revision{
			id: r.ID, ownerID: r.ValueSetID, batchID: r.BatchID, baseID: r.BaseID, mergedID: r.MergedID, number: r.Number,
			state: r.State, definition: r.Definition, hash: r.Hash, updatedBy: r.UpdatedByID, updatedAt: r.UpdatedAt,
		}, nil
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
}

// optional is nil for an empty id, so that its column stays null.
func optional(id string) *string {
	if id == "" {
		return nil
	}
	return &id
}
