package catalog

import (
	"context"
	stdsql "database/sql"
	"fmt"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/event"
	"github.com/waymarkhq/waymark/ent/eventproperty"
	"github.com/waymarkhq/waymark/ent/property"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// touchUsers touches the apps that a property means something to: its own, or for a global one those whose events use it.
func (c *change) touchUsers(ctx context.Context, row *ent.Property) error {
	if row.AppID != "" {
		c.touch(row.AppID)
		return nil
	}
	return c.touchApps(ctx, func(uses *sql.Selector) *sql.Predicate {
		return sql.EQ(uses.C(eventproperty.FieldPropertyID), row.ID)
	})
}

// touchDrawers touches the apps that a value set means something to: its own, or for a global one those with properties
// or events that draw on it, directly or through a global property.
func (c *change) touchDrawers(ctx context.Context, row *ent.ValueSet) error {
	if row.AppID != "" {
		c.touch(row.AppID)
		return nil
	}
	dialect := c.s.store.Dialect()
	link := func() *sql.Selector {
		return sql.Dialect(dialect).Select("property_id").From(drawn(dialect, []string{row.ID}).As("drawn"))
	}
	err := c.touchApps(ctx, func(uses *sql.Selector) *sql.Predicate {
		return sql.Or(sql.In(uses.C(eventproperty.FieldPropertyID), link()), namesInNarrowing(uses, row.ID))
	})
	if err != nil {
		return err
	}
	own := sql.Dialect(dialect).Select(property.FieldAppID).Distinct().From(sql.Table(property.Table))
	own.Where(sql.And(sql.NotNull(own.C(property.FieldAppID)), sql.In(own.C(property.FieldID), link())))
	return c.touchSelected(ctx, own)
}

// touchApps touches the apps with events whose newest revision has a property that is meant.
func (c *change) touchApps(ctx context.Context, meant func(uses *sql.Selector) *sql.Predicate) error {
	dialect := c.s.store.Dialect()
	uses := sql.Dialect(dialect).Select(eventproperty.FieldEventID).From(sql.Table(eventproperty.Table))
	uses.Where(sql.And(sql.EQ(uses.C(eventproperty.FieldNewest), true), meant(uses)))
	q := sql.Dialect(dialect).Select(event.FieldAppID).Distinct().From(sql.Table(event.Table))
	return c.touchSelected(ctx, q.Where(sql.In(q.C(event.FieldID), uses)))
}

func (c *change) touchSelected(ctx context.Context, apps *sql.Selector) error {
	err := scan(ctx, c, apps, func(rows *stdsql.Rows) error {
		var id string
		if err := rows.Scan(&id); err != nil {
			return err
		}
		c.touch(id)
		return nil
	})
	if err != nil {
		return fmt.Errorf("find the apps concerned: %w", err)
	}
	return nil
}

// checkUses refuses a property's new type where it does not suit the events that use the property: FAILED_PRECONDITION,
// reason narrowing_mismatch, with the events whose narrowing does not fit; CONFLICT where common properties would
// contradict each other.
func (c *change) checkUses(ctx context.Context, row *ent.Property, t *plan.Type) error {
	rows, err := c.EventProperty.Query().Where(
		eventproperty.PropertyID(row.ID), eventproperty.Newest(true)).WithEvent().All(ctx)
	if err != nil {
		return fmt.Errorf("read its uses: %w", err)
	}
	var uses []Use
	total := 0
	common := map[string]bool{}
	for _, use := range rows {
		e := use.Edges.Event
		if e.Kind == plan.KindCommon {
			common[e.AppID] = true
		}
		if narrows(t, use.Narrowing, use.NarrowingOn) {
			continue
		}
		if total++; len(uses) < maxUses {
			uses = append(uses, Use{Type: "Event", ID: e.ID, Name: e.Key})
		}
	}
	if total > 0 {
		return fault.New(fault.FailedPrecondition, "narrowing_mismatch",
			"the new type does not suit what events add to it, e.g. event "+uses[0].Name).
			With("uses", uses).With("total", total)
	}
	for appID := range common {
		if err := c.refuseContradiction(ctx, appID); err != nil {
			return err
		}
	}
	return nil
}

// narrows reports whether narrowings, in general and on terminals, fit a type.
func narrows(t *plan.Type, general *plan.Constraints, on map[string]*plan.Constraints) bool {
	var f fault.Fields
	if general != nil {
		plan.ValidateNarrowing("narrowing", t, nil, general, &f)
	}
	for _, n := range on {
		plan.ValidateNarrowing("narrowingOn", t, general, n, &f)
	}
	return len(f) == 0
}

// checkValues refuses new values of a value set that are not of the type of a property which draws on it.
func (c *change) checkValues(ctx context.Context, row *ent.ValueSet, values []plan.Value) error {
	dialect := c.s.store.Dialect()
	props, err := c.Property.Query().Where(func(q *sql.Selector) {
		q.Where(sql.In(q.C(property.FieldID),
			sql.Dialect(dialect).Select("property_id").From(drawn(dialect, []string{row.ID}).As("drawn"))))
	}).All(ctx)
	if err != nil {
		return fmt.Errorf("read the properties that draw on it: %w", err)
	}
	for _, p := range props {
		if err := fits(p.Key, &p.Type, row.ID, values); err != nil {
			return err
		}
	}
	uses, err := c.EventProperty.Query().Where(eventproperty.Newest(true), func(q *sql.Selector) {
		q.Where(namesInNarrowing(q, row.ID))
	}).WithProperty().All(ctx)
	if err != nil {
		return fmt.Errorf("read the events that narrow by it: %w", err)
	}
	for _, u := range uses {
		drawing := plan.Type{Base: u.Edges.Property.Type.Base, Constraints: plan.Constraints{ValueSetID: row.ID}}
		if err := fits(u.Edges.Property.Key, &drawing, row.ID, values); err != nil {
			return err
		}
	}
	return nil
}

// fits refuses values that are not of the base type of a part of t that draws on the value set.
func fits(propertyKey string, t *plan.Type, valueSetID string, values []plan.Value) error {
	if t.ValueSetID == valueSetID {
		if text, ok := misfit(t.Base, values); !ok {
			return fault.Invalid(fault.Field{Path: "input.values", Reason: "value_set_mismatch", Message: fmt.Sprintf(
				"%q is not of type %s, which the property %q needs", text, t.Base, propertyKey)})
		}
	}
	if t.Items != nil {
		if err := fits(propertyKey, t.Items, valueSetID, values); err != nil {
			return err
		}
	}
	for i := range t.Fields {
		if err := fits(propertyKey, &t.Fields[i].Type, valueSetID, values); err != nil {
			return err
		}
	}
	return nil
}
