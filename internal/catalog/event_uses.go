package catalog

import (
	"bytes"
	"context"
	"fmt"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/eventproperty"
	"github.com/waymarkhq/waymark/ent/property"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// resolveUses reads the properties of an event, with everything that is wrong with them noted.
func (c *change) resolveUses(
	ctx context.Context, appID string, terminals keys, uses []EventPropertyInput, f *fault.Fields,
) ([]propertyOfEvent, error) {
	if len(uses) > plan.MaxProperties {
		f.Add("input.properties", "too_many", fmt.Sprintf("an event has at most %d properties", plan.MaxProperties))
		return nil, nil
	}
	shared, err := c.registry(ctx, appID, uses)
	if err != nil {
		return nil, err
	}
	sets, err := c.dictionary(ctx, appID, narrowings(uses))
	if err != nil {
		return nil, err
	}
	list := make([]propertyOfEvent, 0, len(uses))
	seen := make(map[string]bool, len(uses))
	for i := range uses {
		at := fmt.Sprintf("input.properties[%d]", i)
		p, field := shared.find(at, &uses[i], f)
		if p == nil {
			continue
		}
		if seen[p.Key] {
			f.Add(field, "duplicate", fmt.Sprintf("the event has %q already", p.Key))
		}
		seen[p.Key] = true
		list = append(list, uses[i].resolve(at, p, terminals, sets, f))
	}
	return list, nil
}

// registry is the properties that an input names.
type registry struct{ byID, byKey map[string]*ent.Property }

// registry reads the properties that event properties name, of an app and global ones.
func (c *change) registry(ctx context.Context, appID string, uses []EventPropertyInput) (*registry, error) {
	r := &registry{byID: map[string]*ent.Property{}, byKey: map[string]*ent.Property{}}
	var ids, names []string
	for _, u := range uses {
		if u.PropertyID != nil {
			ids = append(ids, *u.PropertyID)
		}
		if u.Key != nil {
			names = append(names, *u.Key)
		}
	}
	if len(ids)+len(names) == 0 {
		return r, nil
	}
	rows, err := c.Property.Query().Where(func(q *sql.Selector) {
		ofAppOrGlobal(q, appID)
		q.Where(sql.Or(among(q.C(property.FieldID), ids), among(q.C(property.FieldKey), names)))
	}).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("look for properties: %w", err)
	}
	for _, row := range rows {
		r.byID[row.ID] = row
		there := r.byKey[row.Key]
		switch { // what was replaced comes last, and the app's own goes before the global
		case there == nil, there.ReplacedByID != "" && row.ReplacedByID == "":
			r.byKey[row.Key] = row
		case there.AppID == "" && (row.ReplacedByID == "") == (there.ReplacedByID == ""):
			r.byKey[row.Key] = row
		}
	}
	return r, nil
}

// find returns the property that a use names, or nil, and the field that names it.
func (r *registry) find(path string, in *EventPropertyInput, f *fault.Fields) (p *ent.Property, field string) {
	switch {
	case (in.PropertyID == nil) == (in.Key == nil):
		f.Add(path+".propertyId", "exactly_one", "a property is named either by id or by key")
		return nil, ""
	case in.PropertyID != nil:
		field = path + ".propertyId"
		if p = r.byID[*in.PropertyID]; p == nil {
			f.Add(field, "unknown_property", fmt.Sprintf("there is no property %q here", *in.PropertyID))
		}
	default:
		field = path + ".key"
		if p = r.byKey[*in.Key]; p == nil {
			f.Add(field, "unknown_property", fmt.Sprintf("there is no property %q: register it first", *in.Key))
		}
	}
	if p != nil && p.ReplacedByID != "" {
		f.Add(field, "property_replaced", fmt.Sprintf("the property %q was replaced by another: use that", p.Key))
		return nil, field
	}
	return p, field
}

// narrowings returns all constraints that event properties state.
func narrowings(uses []EventPropertyInput) (list []*ConstraintsInput) {
	for i := range uses {
		if n := uses[i].Narrowing; n != nil {
			list = append(list, n)
		}
		for j := range uses[i].NarrowingOn {
			list = append(list, &uses[i].NarrowingOn[j].Constraints)
		}
	}
	return list
}

// resolve returns how an event uses the property p, with everything that is wrong with it noted.
func (in *EventPropertyInput) resolve(
	path string, p *ent.Property, terminals keys, sets *dictionary, f *fault.Fields,
) propertyOfEvent {
	u := propertyOfEvent{PropertyID: p.ID, Key: p.Key, Presence: in.Presence, Example: in.Example, Note: in.Note}
	plan.ValidatePresence(path+".presence", in.Presence, f)
	validateLine(path+".example", &in.Example, f)
	validateProse(path+".note", &in.Note, f)
	for i, on := range in.PresenceOn {
		at := fmt.Sprintf("%s.presenceOn[%d]", path, i)
		terminals.check(at+".terminal", on.Terminal, f)
		plan.ValidatePresence(at+".presence", on.Presence, f)
		put(at, &u.PresenceOn, on.Terminal, on.Presence, f)
	}
	u.Narrowing = narrowing(path+".narrowing", p, nil, in.Narrowing, sets, f)
	for i := range in.NarrowingOn {
		on, at := &in.NarrowingOn[i], fmt.Sprintf("%s.narrowingOn[%d]", path, i)
		terminals.check(at+".terminal", on.Terminal, f)
		put(at, &u.NarrowingOn, on.Terminal, narrowing(at+".constraints", p, u.Narrowing, &on.Constraints, sets, f), f)
	}
	return u
}

// put adds an entry for a terminal, which may be named once.
func put[V any](path string, m *map[string]V, terminal string, v V, f *fault.Fields) {
	if *m == nil {
		*m = map[string]V{}
	}
	if _, there := (*m)[terminal]; there {
		f.Add(path+".terminal", "duplicate", fmt.Sprintf("%q is there twice", terminal))
	}
	(*m)[terminal] = v
}

// narrowing reads what an event adds to the constraints of a property; general is what it adds on all terminals.
func narrowing(
	path string, p *ent.Property, general *plan.Constraints, in *ConstraintsInput, sets *dictionary, f *fault.Fields,
) *plan.Constraints {
	n := sets.constraints(path, p.BaseType, in, f)
	if n == nil {
		return nil
	}
	var own fault.Fields
	plan.ValidateNarrowing(path, &p.Type, general, n, &own)
	*f = append(*f, asInput(own)...)
	return n
}

// addUses stores the properties of a new revision; newest says whether the event's row copies it.
func (c *change) addUses(ctx context.Context, r *revision, newest bool, uses []propertyOfEvent) error {
	rows := make([]*ent.EventPropertyCreate, 0, len(uses))
	for i := range uses {
		rows = append(rows, c.newUse(r, newest, i, &uses[i]))
	}
	if len(rows) == 0 {
		return nil
	}
	if err := c.EventProperty.CreateBulk(rows...).Exec(ctx); err != nil {
		return fmt.Errorf("add its properties: %w", err)
	}
	return nil
}

func (c *change) newUse(r *revision, newest bool, position int, u *propertyOfEvent) *ent.EventPropertyCreate {
	create := c.EventProperty.Create().SetEventID(r.ownerID).SetRevisionID(r.id).SetPropertyID(u.PropertyID).
		SetNewest(newest).SetPosition(position).SetPresence(u.Presence).SetExample(u.Example).SetNote(u.Note)
	if len(u.PresenceOn) > 0 {
		create.SetPresenceOn(u.PresenceOn)
	}
	if u.Narrowing != nil {
		create.SetNarrowing(u.Narrowing)
	}
	if len(u.NarrowingOn) > 0 {
		create.SetNarrowingOn(u.NarrowingOn)
	}
	return create
}

// editUses brings the properties of a draft to what it says now. Rows of properties that it keeps stay.
func (c *change) editUses(ctx context.Context, head *revision, newest bool, uses []propertyOfEvent) error {
	rows, err := c.EventProperty.Query().Where(eventproperty.RevisionID(head.id)).All(ctx)
	if err != nil {
		return fmt.Errorf("read its properties: %w", err)
	}
	there := make(map[string]*ent.EventProperty, len(rows))
	for _, row := range rows {
		there[row.PropertyID] = row
	}
	var fresh []*ent.EventPropertyCreate
	for i := range uses {
		row := there[uses[i].PropertyID]
		delete(there, uses[i].PropertyID)
		if row == nil {
			fresh = append(fresh, c.newUse(head, newest, i, &uses[i]))
		} else if err := c.editUse(ctx, row, i, &uses[i]); err != nil {
			return err
		}
	}
	for _, row := range there {
		if err := c.EventProperty.DeleteOne(row).Exec(ctx); err != nil {
			return fmt.Errorf("remove a property: %w", err)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	if err := c.EventProperty.CreateBulk(fresh...).Exec(ctx); err != nil {
		return fmt.Errorf("add its properties: %w", err)
	}
	return nil
}

// deleteUses deletes the properties of all revisions of an event.
func (c *change) deleteUses(ctx context.Context, eventID string) error {
	of := eventproperty.EventID(eventID)
	ids, err := c.EventProperty.Query().Where(of).Unique(true).Select(eventproperty.FieldPropertyID).Strings(ctx)
	if err != nil {
		return fmt.Errorf("read its properties: %w", err)
	}
	if _, err := c.EventProperty.Delete().Where(of).Exec(ctx); err != nil {
		return fmt.Errorf("delete its properties: %w", err)
	}
	return c.settleMerges(ctx, func(q *sql.Selector) { q.Where(among(q.C(property.FieldID), ids)) })
}

// editUse brings a row to what the draft says now.
func (c *change) editUse(ctx context.Context, row *ent.EventProperty, position int, u *propertyOfEvent) error {
	is := useOf(row, u.Key)
	if row.Position == position && bytes.Equal(mustJSON(is), mustJSON(u)) {
		return nil
	}
	edit := c.EventProperty.Update().Where(eventproperty.ID(row.ID)).SetPosition(position).SetPresence(u.Presence).
		SetExample(u.Example).SetNote(u.Note)
	if len(u.PresenceOn) > 0 {
		edit.SetPresenceOn(u.PresenceOn)
	} else {
		edit.ClearPresenceOn()
	}
	if u.Narrowing != nil {
		edit.SetNarrowing(u.Narrowing)
	} else {
		edit.ClearNarrowing()
	}
	if len(u.NarrowingOn) > 0 {
		edit.SetNarrowingOn(u.NarrowingOn)
	} else {
		edit.ClearNarrowingOn()
	}
	if err := edit.Exec(ctx); err != nil {
		return fmt.Errorf("change a property: %w", err)
	}
	return nil
}

// useOf returns what a row says; key is that of its property.
func useOf(row *ent.EventProperty, key string) *propertyOfEvent {
	return &propertyOfEvent{
		PropertyID: row.PropertyID, Key: key, Presence: row.Presence, PresenceOn: row.PresenceOn,
		Narrowing: row.Narrowing, NarrowingOn: row.NarrowingOn, Example: row.Example, Note: row.Note,
	}
}
