package catalog

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/valueset"
	"github.com/waymarkhq/waymark/ent/valuesetrevision"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// CreateValueSet registers a value set, in an app or (without one) globally.
func (s *Service) CreateValueSet(ctx context.Context, in CreateValueSetInput) (*ent.ValueSet, error) {
	appID, err := s.appOrGlobal(ctx, "Mutation.createValueSet", in.App)
	if err != nil {
		return nil, err
	}
	var f fault.Fields
	(&plan.ValueSet{Key: in.Key, Values: in.Values}).Validate("input", &f)
	validatePeopleName("input.name", &in.Name, &f)
	validateProse("input.description", &in.Description, &f)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return changed(ctx, s, "create value set", func(ctx context.Context, c *change) (*ent.ValueSet, error) {
		return c.createValueSet(ctx, appID, &in)
	})
}

func (c *change) createValueSet(ctx context.Context, appID string, in *CreateValueSetInput) (*ent.ValueSet, error) {
	b, err := c.batchOf(ctx, in.Batch, appID)
	if err != nil {
		return nil, err
	}
	there, err := c.ValueSet.Query().Where(valueset.Key(in.Key), ownedBy(appID)).Exist(ctx)
	if err != nil {
		return nil, fmt.Errorf("look for its key: %w", err)
	}
	if there {
		return nil, taken("ValueSet", "input.key", in.Key)
	}
	doc := &valueSetDocument{Key: in.Key, Name: in.Name, Description: in.Description, Values: in.Values}
	row, err := c.ValueSet.Create().SetNillableAppID(optional(appID)).SetKey(doc.Key).SetName(doc.Name).
		SetValues(doc.Values).SetCreatedAt(c.now).SetCreatedByID(c.by).Save(ctx)
	if err != nil {
		return nil, err
	}
	r, err := c.begin(ctx, valueSetLine, row.ID, b, doc)
	if err != nil {
		return nil, err
	}
	return c.saveValueSet(ctx, row.ID, r, doc)
}

// UpdateValueSet changes a value set under a batch: the batch's draft in place, or by a new revision.
func (s *Service) UpdateValueSet(ctx context.Context, in UpdateValueSetInput) (*ent.ValueSet, error) {
	row, err := s.editedValueSet(ctx, "Mutation.updateValueSet", in.ID)
	if err != nil {
		return nil, err
	}
	var f fault.Fields
	if in.Values != nil {
		(&plan.ValueSet{Key: row.Key, Values: in.Values}).Validate("input", &f)
	}
	validatePeopleName("input.name", in.Name, &f)
	validateProse("input.description", in.Description, &f)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return changed(ctx, s, "update value set", func(ctx context.Context, c *change) (*ent.ValueSet, error) {
		return c.updateValueSet(ctx, row.ID, &in)
	})
}

func (c *change) updateValueSet(ctx context.Context, id string, in *UpdateValueSetInput) (*ent.ValueSet, error) {
	row, err := c.ValueSet.Get(ctx, id)
	if err != nil {
		return nil, lost(err, "ValueSet", id)
	}
	d, err := c.draftOf(ctx, valueSetLine, row.HeadID, in.Batch, row.AppID)
	if err != nil {
		return nil, err
	}
	if err := c.expect(ctx, d.basis, in.ExpectedHash); err != nil {
		return nil, err
	}
	doc := &valueSetDocument{}
	if err := json.Unmarshal(d.basis.definition, doc); err != nil {
		return nil, fmt.Errorf("read revision %s: %w", d.basis.id, err)
	}
	set(&doc.Name, in.Name)
	set(&doc.Description, in.Description)
	if in.Values != nil {
		doc.Values = in.Values
		if err := c.checkValues(ctx, row, in.Values); err != nil {
			return nil, err
		}
	}
	r, changed, err := d.save(ctx, c, doc)
	if err != nil || !changed {
		return row, err
	}
	if d.heads(r) {
		if row, err = c.saveValueSet(ctx, id, r, doc); err != nil {
			return nil, err
		}
	}
	return followed(ctx, c, d, r, row, c.ValueSet.Get)
}

// saveValueSet copies a revision of a value set to its row.
func (c *change) saveValueSet(
	ctx context.Context, id string, r *revision, doc *valueSetDocument,
) (*ent.ValueSet, error) {
	row, err := c.ValueSet.UpdateOneID(id).SetName(doc.Name).SetDescription(doc.Description).SetValues(doc.Values).
		SetHeadID(r.id).SetRevisionNumber(r.number).SetHash(r.hash).SetUpdatedAt(c.now).SetUpdatedByID(c.by).Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("save value set: %w", err)
	}
	if err := c.touchDrawers(ctx, row); err != nil {
		return nil, err
	}
	return row, c.index(ctx, row)
}

// DeleteValueSet deletes a value set that no property or event uses and no batch changes but the one that introduced it and those that
// the input names, with its drafts and the items about it.
func (s *Service) DeleteValueSet(ctx context.Context, in DeleteDefinitionInput) error {
	if _, err := s.reachValueSet(ctx, "Mutation.deleteValueSet", in.ID); err != nil {
		return err
	}
	return s.change(ctx, "delete value set", func(ctx context.Context, c *change) error {
		return c.deleteValueSet(ctx, &in)
	})
}

func (c *change) deleteValueSet(ctx context.Context, in *DeleteDefinitionInput) error {
	id := in.ID
	row, err := c.ValueSet.Get(ctx, id)
	if err != nil {
		return lost(err, "ValueSet", id)
	}
	if err := c.refuseValueSetWithHistory(ctx, row); err != nil {
		return err
	}
	if err := c.refuseUsedValueSet(ctx, row, in.WithItemsOf); err != nil {
		return err
	}
	if err := c.deleteItems(ctx, subject{plan.ItemValueSet, id}); err != nil {
		return err
	}
	if _, err := c.ValueSetRevision.Delete().Where(valuesetrevision.ValueSetID(id)).Exec(ctx); err != nil {
		return fmt.Errorf("delete revisions: %w", err)
	}
	if err := c.ValueSet.DeleteOne(row).Exec(ctx); err != nil {
		return err
	}
	if row.AppID != "" {
		c.touch(row.AppID)
	}
	return c.s.store.Unindex(ctx, c.Tx, id)
}
