package catalog

import (
	"context"
	stdsql "database/sql"
	"fmt"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent/event"
	"github.com/waymarkhq/waymark/ent/eventproperty"
	"github.com/waymarkhq/waymark/ent/property"
	"github.com/waymarkhq/waymark/ent/valueset"
	"github.com/waymarkhq/waymark/internal/plan"
)

// sharedType is what a plan has to know of a property.
type sharedType struct {
	name string
	of   plan.Type
}

// types returns the properties that the app's events may use, by id.
func (b *planBuilder) types(ctx context.Context) (map[string]*sharedType, error) {
	q := sql.Dialect(b.dialect).Select(property.FieldID, property.FieldKey, property.FieldType).
		From(sql.Table(property.Table))
	ofAppOrGlobal(q, b.appID)
	found := map[string]*sharedType{}
	err := scan(ctx, b.tx, q, func(rows *stdsql.Rows) error {
		var id string
		var raw []byte
		t := &sharedType{}
		if err := rows.Scan(&id, &t.name, &raw); err != nil {
			return err
		}
		found[id] = t
		return jsonInto(raw, &t.of)
	})
	return found, err
}

// sensitivities returns the names of the properties that the app's events may use, and whether their values are personal or
// sensitive. Of two with one name, an own one and a global one, the stricter counts.
func (b *planBuilder) sensitivities(ctx context.Context) (map[string]bool, error) {
	q := sql.Dialect(b.dialect).Select(property.FieldKey, property.FieldSensitivity).From(sql.Table(property.Table))
	ofAppOrGlobal(q, b.appID)
	found := map[string]bool{}
	err := scan(ctx, b.tx, q, func(rows *stdsql.Rows) error {
		var name string
		var of plan.Sensitivity
		if err := rows.Scan(&name, &of); err != nil {
			return err
		}
		found[name] = found[name] || of != plan.SensitivityNone
		return nil
	})
	return found, err
}

// rules returns the properties of the newest revision of each event of the app, by the event's id, in their order. There
// are many of them, so they are read without the detour over ent's rows.
func (b *planBuilder) rules(ctx context.Context, types map[string]*sharedType) (map[string][]plan.PropertyRule, error) {
	d := sql.Dialect(b.dialect)
	u, e := d.Table(eventproperty.Table).As("u"), d.Table(event.Table).As("e")
	q := d.Select(u.C(eventproperty.FieldEventID), u.C(eventproperty.FieldPropertyID),
		u.C(eventproperty.FieldPresence), u.C(eventproperty.FieldPresenceOn), u.C(eventproperty.FieldNarrowing),
		u.C(eventproperty.FieldNarrowingOn)).
		From(u).Join(e).On(u.C(eventproperty.FieldEventID), e.C(event.FieldID))
	q.Where(sql.And(sql.EQ(e.C(event.FieldAppID), b.appID), sql.EQ(u.C(eventproperty.FieldNewest), true))).
		OrderBy(u.C(eventproperty.FieldEventID), u.C(eventproperty.FieldPosition))
	found := map[string][]plan.PropertyRule{}
	var eventID string
	var presence string
	var presenceOn, narrowing, narrowingOn stdsql.RawBytes
	err := scan(ctx, b.tx, q, func(rows *stdsql.Rows) error {
		var r plan.PropertyRule
		if err := rows.Scan(&eventID, &r.PropertyID, &presence, &presenceOn, &narrowing, &narrowingOn); err != nil {
			return err
		}
		t := types[r.PropertyID]
		if t == nil {
			return fmt.Errorf("event %s uses the property %s of another app", eventID, r.PropertyID)
		}
		r.Name, r.Type, r.Presence = t.name, t.of, plan.Presence(presence)
		if err := jsonInto(presenceOn, &r.PresenceOn); err != nil {
			return err
		}
		if err := jsonInto(narrowing, &r.Narrowing); err != nil {
			return err
		}
		if err := jsonInto(narrowingOn, &r.NarrowingOn); err != nil {
			return err
		}
		found[eventID] = append(found[eventID], r)
		return nil
	})
	return found, err
}

// noteValueSets notes the value sets that a definition draws on.
func noteValueSets(d *plan.Definition, ids map[string]bool) {
	for i := range d.Properties {
		r := &d.Properties[i]
		noteDrawn(&r.Type, ids)
		if r.Narrowing != nil {
			ids[r.Narrowing.ValueSetID] = true
		}
		for _, n := range r.NarrowingOn {
			ids[n.ValueSetID] = true
		}
	}
	delete(ids, "")
}

func noteDrawn(t *plan.Type, ids map[string]bool) {
	ids[t.ValueSetID] = true
	if t.Items != nil {
		noteDrawn(t.Items, ids)
	}
	for i := range t.Fields {
		noteDrawn(&t.Fields[i].Type, ids)
	}
}

// valueSets returns the value sets with the given ids, by id.
func (b *planBuilder) valueSets(ctx context.Context, ids []string) (map[string]*plan.ValueSet, error) {
	found := make(map[string]*plan.ValueSet, len(ids))
	if len(ids) == 0 {
		return found, nil
	}
	rows, err := b.tx.ValueSet.Query().Where(func(q *sql.Selector) {
		q.Where(among(q.C(valueset.FieldID), ids))
	}).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read value sets: %w", err)
	}
	for _, row := range rows {
		found[row.ID] = &plan.ValueSet{ID: row.ID, Key: row.Key, Values: row.Values}
	}
	if len(found) != len(ids) {
		return nil, fmt.Errorf("read value sets: %d of %d are gone", len(ids)-len(found), len(ids))
	}
	return found, nil
}
