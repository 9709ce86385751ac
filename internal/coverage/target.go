package coverage

import (
	"cmp"
	"slices"

	"github.com/waymarkhq/waymark/internal/plan"
)

// maxMustTest is up to how many values a property of a P0 event has to be seen with each, unless somebody says otherwise.
const maxMustTest = 10

// Wanted is an event that is to be tested.
type Wanted struct {
	Event string // plan key
	Level plan.Level
	// Terminals are those that it is tested on; all that it is planned on when empty.
	Terminals []string
	// Removed says that it is taken offline, and must come from none of them.
	Removed bool
	// Dropped are terminals that it was to come to and does not: where the plan has nothing of it there, it must not come.
	Dropped []string
	// MustTest says by path whether each value of a property has to be seen; by level where it says nothing.
	MustTest map[string]bool
}

// TargetOf makes the target of events by what a plan says of them last: by the definition that starts from the highest app
// version on each terminal. Definitions of common properties have no events of their own and are left out.
func TargetOf(p *plan.Plan, wanted []Wanted) *Target {
	t := &Target{}
	for i := range wanted {
		w := &wanted[i]
		for j := range p.Terminals {
			if c, ok := w.on(p, p.Terminals[j].Key); ok && t.find(c.Event, c.Terminal) == nil {
				t.Cells = append(t.Cells, c)
			}
		}
	}
	slices.SortStableFunc(t.Cells, func(a, b Cell) int { return cmp.Compare(a.Event, b.Event) })
	return t
}

// on returns the cell of the event on a terminal; ok is false where there is none.
func (w *Wanted) on(p *plan.Plan, terminal string) (c Cell, ok bool) {
	d, offline := definitionOn(p, w.Event, terminal)
	dropped := slices.Contains(w.Dropped, terminal)
	switch {
	case dropped && d == nil:
		d, offline = anyDefinition(p, w.Event), true
	case dropped || len(w.Terminals) > 0 && !slices.Contains(w.Terminals, terminal):
		return Cell{}, false
	}
	if d == nil || d.Kind == plan.KindCommon {
		return Cell{}, false
	}
	c = Cell{EventID: d.EventID, Event: d.Key, Name: d.WireName, Terminal: terminal}
	if offline || w.Removed {
		c.ShouldNotFire, c.FromNone = true, !offline
		c.Hash = digestOf("not", d.WireName)
		return c, true
	}
	w.fill(p, d, &c)
	return c, true
}

// definitionOn returns what holds for an event on a terminal in the newest app, and whether it is offline there; nil where
// it is not planned.
func definitionOn(p *plan.Plan, event, terminal string) (d *plan.Definition, offline bool) {
	if p.Slots == nil {
		d = anyDefinition(p, event)
		if d == nil || len(d.Terminals) > 0 && !slices.Contains(d.Terminals, terminal) {
			return nil, false
		}
		return d, false
	}
	var newest *plan.Slot
	for i := range p.Slots {
		s := &p.Slots[i]
		if s.Terminal != terminal || p.Definitions[s.Definition].Key != event {
			continue
		}
		if newest == nil || plan.CompareVersions(s.From, newest.From) > 0 {
			newest = s
		}
	}
	if newest == nil {
		return nil, false
	}
	return &p.Definitions[newest.Definition], newest.Offline
}

func anyDefinition(p *plan.Plan, event string) *plan.Definition {
	at := slices.IndexFunc(p.Definitions, func(d plan.Definition) bool { return d.Key == event })
	if at < 0 {
		return nil
	}
	return &p.Definitions[at]
}

// fill lists the properties of an event on a terminal.
func (w *Wanted) fill(p *plan.Plan, d *plan.Definition, c *Cell) {
	b := targetBuilder{plan: p, definition: d, wanted: w}
	for i := range d.Properties {
		r := &d.Properties[i]
		e := r.On(c.Terminal)
		if e.Presence != plan.PresenceAbsent {
			b.add(r.Name, &r.Type, &e, e.Presence == plan.PresenceRequired)
		}
	}
	c.Properties = b.properties
	c.Hash = b.eventDigest()
}

// targetBuilder lists the properties of one event on one terminal.
type targetBuilder struct {
	plan       *plan.Plan
	definition *plan.Definition
	wanted     *Wanted
	properties []Property
}

// add adds the property at a path, and what is in it. Only what is required all the way down is required.
func (b *targetBuilder) add(path string, t *plan.Type, e *plan.Effective, required bool) {
	p := Property{Name: path, Required: required, Hash: b.propertyDigest(t, e)}
	if values := b.values(t, e); b.mustTest(path, len(values)) {
		p.Values = values
	}
	b.properties = append(b.properties, p)
	b.inside(path, t, required)
}

// inside adds what is in a value: the fields of an object, also of the objects of a list. The elements of a list of plain
// values are a path of their own only where values have to be seen.
func (b *targetBuilder) inside(path string, t *plan.Type, required bool) {
	switch {
	case t.Base == plan.TypeList && t.Items != nil && t.Items.Base == plan.TypeObject:
		b.inside(path+"[]", t.Items, required)
	case t.Base == plan.TypeList && t.Items != nil:
		e := own(t.Items)
		if values := b.values(t.Items, &e); b.mustTest(path+"[]", len(values)) {
			b.properties = append(b.properties, Property{Name: path + "[]", Hash: b.propertyDigest(t.Items, &e), Values: values})
		}
	case t.Base == plan.TypeObject:
		for i := range t.Fields {
			f := &t.Fields[i]
			e := own(&f.Type)
			b.add(path+"."+f.Name, &f.Type, &e, required && f.Required)
		}
	}
}

// own is what holds for a type that nothing narrows.
func own(t *plan.Type) plan.Effective {
	return plan.Effective{Presence: plan.PresenceOptional, Constraints: []*plan.Constraints{&t.Constraints}}
}

func (b *targetBuilder) mustTest(path string, values int) bool {
	if must, said := b.wanted.MustTest[path]; said {
		return must && values > 0
	}
	return b.wanted.Level == plan.LevelP0 && values > 0 && values <= maxMustTest
}

// values lists what a value may be, in the plan's order; nil where that is no list.
func (b *targetBuilder) values(t *plan.Type, e *plan.Effective) []string {
	lists := [][]plan.Value{}
	if len(t.Values) > 0 {
		lists = append(lists, t.Values)
	}
	for _, c := range e.Constraints {
		if c.Constant != "" {
			return nil // any valid value is the one
		}
		if set := b.plan.ValueSets[b.definition.ValueSetKey(c.ValueSetID)]; c.ValueSetID != "" && set != nil {
			lists = append(lists, set.Values)
		}
	}
	if len(lists) == 0 {
		return nil
	}
	var values []string
	for _, v := range lists[0] {
		if allHave(lists[1:], v.Value) {
			values = append(values, v.Value)
		}
	}
	return values
}

func allHave(lists [][]plan.Value, value string) bool {
	for _, l := range lists {
		if !slices.ContainsFunc(l, func(v plan.Value) bool { return v.Value == value }) {
			return false
		}
	}
	return true
}
