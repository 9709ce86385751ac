package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/dataincident"
	"github.com/waymarkhq/waymark/ent/dictionaryentry"
	"github.com/waymarkhq/waymark/ent/property"
	"github.com/waymarkhq/waymark/ent/propertyrevision"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// CreateProperty registers a shared property, in an app or (without one) globally.
func (s *Service) CreateProperty(ctx context.Context, in CreatePropertyInput) (*ent.Property, error) {
	appID, err := s.appOrGlobal(ctx, "Mutation.createProperty", in.App)
	if err != nil {
		return nil, err
	}
	var f fault.Fields
	plan.ValidateName("input.key", in.Key, &f)
	validateProperty(&in.Name, &in.Description, &in.Sensitivity, &in.Example, &f)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return changed(ctx, s, "create property", func(ctx context.Context, c *change) (*ent.Property, error) {
		return c.createProperty(ctx, appID, &in)
	})
}

// appOrGlobal returns the id of the app with a key, or nothing without a key, if the action is allowed there.
func (s *Service) appOrGlobal(ctx context.Context, action auth.Action, key *string) (appID string, err error) {
	if key == nil {
		return "", auth.Allow(ctx, action, "")
	}
	a, err := s.appByKey(ctx, action, *key)
	if err != nil {
		return "", err
	}
	return a.ID, nil
}

func validateProperty(name, description *string, sensitivity *plan.Sensitivity, example *string, f *fault.Fields) {
	validatePeopleName("input.name", name, f)
	validateProse("input.description", description, f)
	validateLine("input.example", example, f)
	known := []plan.Sensitivity{plan.SensitivityNone, plan.SensitivityPersonal, plan.SensitivitySensitive}
	if sensitivity != nil && !slices.Contains(known, *sensitivity) {
		f.Add("input.sensitivity", "unknown_sensitivity", fmt.Sprintf("%q is not a sensitivity", *sensitivity))
	}
}

func (c *change) createProperty(ctx context.Context, appID string, in *CreatePropertyInput) (*ent.Property, error) {
	b, err := c.batchOf(ctx, in.Batch, appID)
	if err != nil {
		return nil, err
	}
	var f fault.Fields
	t, err := c.propertyType(ctx, "input.type", appID, &in.Type, &f)
	if err != nil {
		return nil, err
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	there, err := c.Property.Query().Where(property.Key(in.Key), ownedBy(appID)).Exist(ctx)
	if err != nil {
		return nil, fmt.Errorf("look for its key: %w", err)
	}
	if there {
		return nil, taken("Property", "input.key", in.Key)
	}
	doc := &propertyDocument{
		Key: in.Key, Name: in.Name, Description: in.Description, Type: t, Sensitivity: in.Sensitivity, Example: in.Example,
	}
	row, err := c.Property.Create().SetNillableAppID(optional(appID)).SetKey(doc.Key).SetName(doc.Name).
		SetType(doc.Type).SetBaseType(doc.Type.Base).SetCreatedAt(c.now).SetCreatedByID(c.by).Save(ctx)
	if err != nil {
		return nil, err
	}
	r, err := c.begin(ctx, propertyLine, row.ID, b, doc)
	if err != nil {
		return nil, err
	}
	return c.saveProperty(ctx, row.ID, r, doc)
}

// ownedBy selects what belongs to an app, or (empty) to none.
func ownedBy(appID string) func(*sql.Selector) {
	return func(q *sql.Selector) {
		if appID == "" {
			q.Where(sql.IsNull(q.C("app_id")))
		} else {
			q.Where(sql.EQ(q.C("app_id"), appID))
		}
	}
}

// UpdateProperty changes a property under a batch: the batch's draft in place, or by a new revision.
func (s *Service) UpdateProperty(ctx context.Context, in UpdatePropertyInput) (*ent.Property, error) {
	row, err := s.editedProperty(ctx, "Mutation.updateProperty", in.ID)
	if err != nil {
		return nil, err
	}
	var f fault.Fields
	validateProperty(in.Name, in.Description, in.Sensitivity, in.Example, &f)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return changed(ctx, s, "update property", func(ctx context.Context, c *change) (*ent.Property, error) {
		return c.updateProperty(ctx, row.ID, &in)
	})
}

func (c *change) updateProperty(ctx context.Context, id string, in *UpdatePropertyInput) (*ent.Property, error) {
	row, err := c.Property.Get(ctx, id)
	if err != nil {
		return nil, lost(err, "Property", id)
	}
	d, err := c.draftOf(ctx, propertyLine, row.HeadID, in.Batch, row.AppID)
	if err != nil {
		return nil, err
	}
	if err := c.expect(ctx, d.basis, in.ExpectedHash); err != nil {
		return nil, err
	}
	doc, err := c.changedProperty(ctx, row.AppID, d.basis, in)
	if err != nil {
		return nil, err
	}
	r, changed, err := d.save(ctx, c, doc)
	if err != nil || !changed {
		return row, err
	}
	if d.heads(r) {
		if row, err = c.saveProperty(ctx, id, r, doc); err != nil {
			return nil, err
		}
	}
	if in.Type != nil {
		if err := c.checkUses(ctx, row, &doc.Type); err != nil {
			return nil, err
		}
	}
	return followed(ctx, c, d, r, row, c.Property.Get)
}

// changedProperty returns what a revision says, with the changes of the input.
func (c *change) changedProperty(
	ctx context.Context, appID string, head *revision, in *UpdatePropertyInput,
) (*propertyDocument, error) {
	doc := &propertyDocument{}
	if err := json.Unmarshal(head.definition, doc); err != nil {
		return nil, fmt.Errorf("read revision %s: %w", head.id, err)
	}
	set(&doc.Name, in.Name)
	set(&doc.Description, in.Description)
	set(&doc.Sensitivity, in.Sensitivity)
	set(&doc.Example, in.Example)
	if in.Type == nil {
		return doc, nil
	}
	var f fault.Fields
	t, err := c.propertyType(ctx, "input.type", appID, in.Type, &f)
	if err != nil {
		return nil, err
	}
	doc.Type = t
	return doc, f.Err()
}

// set writes what p points to, if anything, to v.
func set[T any](v, p *T) {
	if p != nil {
		*v = *p
	}
}

// saveProperty copies a revision of a property to its row.
func (c *change) saveProperty(
	ctx context.Context, id string, r *revision, doc *propertyDocument,
) (*ent.Property, error) {
	u := c.Property.UpdateOneID(id).SetName(doc.Name).SetDescription(doc.Description).SetType(doc.Type).
		SetBaseType(doc.Type.Base).SetSensitivity(doc.Sensitivity).SetExample(doc.Example).
		SetHeadID(r.id).SetRevisionNumber(r.number).SetHash(r.hash).SetUpdatedAt(c.now).SetUpdatedByID(c.by)
	if drawn := outermost(&doc.Type); drawn != "" {
		u.SetValueSetID(drawn)
	} else {
		u.ClearValueSetID()
	}
	if err := c.copyReplacement(ctx, u.Mutation(), id, doc.ReplacedBy); err != nil {
		return nil, err
	}
	row, err := u.Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("save property: %w", err)
	}
	if err := c.touchUsers(ctx, row); err != nil {
		return nil, err
	}
	return row, c.index(ctx, row)
}

// outermost returns the value set that a type, or the elements of a list, draw on themselves; fields may draw on others.
func outermost(t *plan.Type) string {
	if t.ValueSetID == "" && t.Items != nil {
		return t.Items.ValueSetID
	}
	return t.ValueSetID
}

// DeleteProperty deletes a property that was never approved, that no event uses and no batch changes but the one that introduced it and those that
// the input names, with its drafts and the items about it.
func (s *Service) DeleteProperty(ctx context.Context, in DeleteDefinitionInput) error {
	if _, err := s.reachProperty(ctx, "Mutation.deleteProperty", in.ID); err != nil {
		return err
	}
	return s.change(ctx, "delete property", func(ctx context.Context, c *change) error {
		return c.deleteProperty(ctx, &in)
	})
}

func (c *change) deleteProperty(ctx context.Context, in *DeleteDefinitionInput) error {
	id := in.ID
	row, err := c.Property.Get(ctx, id)
	if err != nil {
		return lost(err, "Property", id)
	}
	if err := c.refusePropertyWithHistory(ctx, row); err != nil {
		return err
	}
	if err := c.refuseUsedProperty(ctx, row, in.WithItemsOf); err != nil {
		return err
	}
	if err := c.forgetData(ctx, dataincident.PropertyID(id), dictionaryentry.PropertyID(id)); err != nil {
		return err
	}
	if err := c.deleteItems(ctx, subject{plan.ItemProperty, id}); err != nil {
		return err
	}
	if _, err := c.PropertyRevision.Delete().Where(propertyrevision.PropertyID(id)).Exec(ctx); err != nil {
		return fmt.Errorf("delete revisions: %w", err)
	}
	if err := c.Property.DeleteOne(row).Exec(ctx); err != nil {
		return err
	}
	if row.AppID != "" {
		c.touch(row.AppID)
	}
	return c.s.store.Unindex(ctx, c.Tx, id)
}
