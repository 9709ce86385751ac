package catalog

import (
	"context"
	"fmt"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/eventproperty"
	"github.com/waymarkhq/waymark/ent/predicate"
	"github.com/waymarkhq/waymark/ent/property"
	"github.com/waymarkhq/waymark/internal/fault"
)

// That a property takes the place of another is part of the other's definition. The other one's row copies it as
// merging_into_id as long as events still use it, and as replaced_by_id from then on.

// checkSuccessor notes why a property cannot take the place of another.
func checkSuccessor(path string, keep, merged *ent.Property, f *fault.Fields) {
	if keep.ID == merged.ID {
		f.Add(path, "same_property", "a property cannot take its own place")
	}
	if keep.AppID != "" && keep.AppID != merged.AppID {
		f.Add(path, "other_app", "only a global property, or one of the same app, can take its place")
	}
}

// refuseReplaced refuses to have a property take the place of another where one of the two was replaced, or is about to be:
// FAILED_PRECONDITION, reason property_replaced.
func refuseReplaced(keep, merged *ent.Property) error {
	switch {
	case keep.ReplacedByID != "" || keep.MergingIntoID != "":
		return isReplaced(keep, keep.ReplacedByID+keep.MergingIntoID) // one of them is empty
	case merged.ReplacedByID != "":
		return isReplaced(merged, merged.ReplacedByID)
	case merged.MergingIntoID != "" && merged.MergingIntoID != keep.ID:
		return isReplaced(merged, merged.MergingIntoID)
	default:
		return nil
	}
}

func isReplaced(p *ent.Property, by string) error {
	return fault.New(fault.FailedPrecondition, "property_replaced", "another property takes the place of "+p.Key).
		With("id", p.ID).With("key", p.Key).With("replacedById", by)
}

// checkReplacement refuses what is to take the place of a property, where the property's row does not say so yet. An empty id
// is none. The path is that of the input.
func (c *change) checkReplacement(ctx context.Context, path, id, by string) error {
	if by == "" {
		return nil
	}
	row, err := c.Property.Get(ctx, id)
	if err != nil {
		return lost(err, "Property", id)
	}
	keep, err := c.Property.Get(ctx, by)
	if err != nil {
		return lost(err, "Property", by)
	}
	return refuseReplacement(path, row, keep)
}

// refuseReplacement refuses that one property takes the place of another, where the other's row does not say so yet.
func refuseReplacement(path string, row, keep *ent.Property) error {
	if row.ReplacedByID == keep.ID || row.MergingIntoID == keep.ID {
		return nil
	}
	var f fault.Fields
	if checkSuccessor(path, keep, row, &f); len(f) > 0 {
		return f.Err()
	}
	return refuseReplaced(keep, row)
}

// copyReplacement has a property's row copy what its definition says takes its place.
func (c *change) copyReplacement(ctx context.Context, row *ent.PropertyMutation, id, by string) error {
	if by == "" {
		replaceBy(row, "", false)
		return nil
	}
	if err := c.checkReplacement(ctx, "input.keep", id, by); err != nil {
		return err
	}
	used, err := c.isUsed(ctx, id)
	if err != nil {
		return err
	}
	replaceBy(row, by, used)
	return nil
}

// replaceBy has a property's row say what takes its place; used is whether events use it. An empty id is none.
func replaceBy(row *ent.PropertyMutation, by string, used bool) {
	if by != "" && used { // ent does not take back that a column is cleared
		row.SetMergingIntoID(by)
	} else {
		row.ClearMergingIntoID()
	}
	if by != "" && !used {
		row.SetReplacedByID(by)
	} else {
		row.ClearReplacedByID()
	}
}

// settleMerges looks at properties of a choice: those that are to be replaced, and that no event uses any more, count as
// replaced; those that an event has got back are to be replaced again.
func (c *change) settleMerges(ctx context.Context, choice narrow) error {
	rows, err := c.Property.Query().Where(
		property.Or(property.MergingIntoIDNotNil(), property.ReplacedByIDNotNil()), predicate.Property(choice)).All(ctx)
	if err != nil {
		return fmt.Errorf("look for merged properties: %w", err)
	}
	for _, p := range rows {
		used, err := c.isUsed(ctx, p.ID)
		if err != nil {
			return err
		}
		if used == (p.MergingIntoID != "") {
			continue
		}
		u := p.Update().SetUpdatedAt(c.now).SetUpdatedByID(c.by)
		replaceBy(u.Mutation(), p.MergingIntoID+p.ReplacedByID, used) // one of them is empty
		if err := u.Exec(ctx); err != nil {
			return fmt.Errorf("settle the merge of the property %s: %w", p.Key, err)
		}
	}
	return nil
}

// usedBy narrows to the properties that any revision of an event uses.
func usedBy(eventID string) narrow {
	return func(q *sql.Selector) {
		uses := sql.Dialect(q.Dialect()).Select(eventproperty.FieldPropertyID).From(sql.Table(eventproperty.Table)).
			Where(sql.EQ(eventproperty.FieldEventID, eventID))
		q.Where(sql.In(q.C(property.FieldID), uses))
	}
}

// isUsed reports whether any event uses a property.
func (c *change) isUsed(ctx context.Context, id string) (bool, error) {
	used, err := c.EventProperty.Query().Where(predicate.EventProperty(usesOf(id))).Exist(ctx)
	if err != nil {
		return false, fmt.Errorf("look for uses of the property %s: %w", id, err)
	}
	return used, nil
}

// usesOf narrows to the uses of a property by the definitions that the rows of events copy, but for those of events that were
// given up.
func usesOf(propertyID string) narrow {
	return func(q *sql.Selector) {
		q.Where(sql.And(sql.EQ(q.C(eventproperty.FieldPropertyID), propertyID), sql.EQ(q.C(eventproperty.FieldNewest), true),
			sql.NotIn(q.C(eventproperty.FieldEventID), givenUp(q.Dialect()))))
	}
}
