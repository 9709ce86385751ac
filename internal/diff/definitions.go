package diff

import (
	"maps"
	"slices"

	"github.com/waymarkhq/waymark/internal/plan"
)

// Definitions returns the fields in which two frozen definitions differ, each with its impact: what it does to apps that
// obeyed a, and to readers of the data. A nil a is an event that is new, a nil b one that is gone. The sets are those that
// either draws on, by hash; a value set that is not among them counts as if no value of it stayed.
//
// Each definition is judged for itself. What an event carries by way of common properties belongs to the definition of
// these; an event that states a property which is common too is told as if the property were new.
func Definitions(a, b *plan.Frozen, sets map[string]*plan.FrozenValueSet) []Change {
	var from, to Written
	if a != nil {
		from = Written{a, a.Canonical()}
	}
	if b != nil {
		to = Written{b, b.Canonical()}
	}
	return WrittenDefinitions(from, to, sets)
}

// Written is a frozen definition with its canonical text; without a definition, one that is not there.
type Written struct {
	Definition *plan.Frozen
	Canonical  []byte
}

// WrittenDefinitions is Definitions for definitions whose texts are at hand.
func WrittenDefinitions(a, b Written, sets map[string]*plan.FrozenValueSet) []Change {
	switch {
	case a.Definition == nil && b.Definition == nil:
		return nil
	case a.Definition == nil:
		return []Change{classed(Change{Kind: Added, To: b.Canonical}, addedRule(b.Definition), nil)}
	case b.Definition == nil:
		return []Change{classed(Change{Kind: Removed, From: a.Canonical}, EventRemoved, nil)}
	}
	c := newComparison(a.Definition, b.Definition, sets)
	from := a.Canonical
	if len(c.replaced) > 0 {
		from = c.a.Canonical()
	}
	var changes []Change
	for _, change := range fields(from, b.Canonical, EventShape) {
		changes = append(changes, c.classify(change)...)
	}
	return append(changes, c.replacements()...)
}

// Offline returns the change that takes an event offline, or brings it back.
func Offline(back bool) Change {
	if back {
		return classed(Change{Path: "offline", At: []string{"offline"}, Kind: Changed, From: text("true").raw(), To: text("false").raw()}, EventBack, nil)
	}
	return classed(Change{Path: "offline", At: []string{"offline"}, Kind: Changed, From: text("false").raw(), To: text("true").raw()}, EventOffline, nil)
}

// ValueSets returns the fields in which two frozen value sets differ, each with its impact. Nil is one that is not there.
func ValueSets(a, b *plan.FrozenValueSet) []Change {
	var from, to text
	if a != nil {
		from = a.Canonical()
	}
	if b != nil {
		to = b.Canonical()
	}
	changes := fields(from, to, ValueSetShape)
	for i := range changes {
		changes[i] = classed(changes[i], valueSetRule(&changes[i]), nil)
	}
	return changes
}

func addedRule(b *plan.Frozen) string {
	if b.Kind == plan.KindCommon && requires(b, b.Terminals) {
		return CommonAdded
	}
	return EventAdded
}

// requires reports whether a definition requires a property on any of the terminals, all of them where none is given.
func requires(f *plan.Frozen, terminals []string) bool {
	return slices.ContainsFunc(f.Properties, func(p plan.FrozenProperty) bool {
		on := terminals
		if len(on) == 0 {
			on = append(slices.Collect(maps.Keys(p.PresenceOn)), everywhere)
		}
		return requiredOn(&p, on)
	})
}

func requiredOn(p *plan.FrozenProperty, terminals []string) bool {
	rule := p.Rule()
	return slices.ContainsFunc(terminals, func(t string) bool { return rule.PresenceAt(t) == plan.PresenceRequired })
}

// classed adds to a change what its rule says.
func classed(c Change, rule string, terminals []string) Change {
	r := byID[rule]
	c.Rule, c.Impact, c.Reason, c.ReasonZH, c.Terminals = r.ID, r.Impact, r.Reason, r.ReasonZH, terminals
	return c
}

// everywhere stands for the terminals that neither definition names.
const everywhere = ""

// comparison is what two definitions have to be judged by.
type comparison struct {
	// a names properties by the ids that b has for the same names; replaced are the ids that they really have.
	a, b     *plan.Frozen
	replaced map[string]string
	sets     map[string]*plan.FrozenValueSet
	// terminals are those on which both are planned.
	terminals []string
	was, is   map[string]*plan.FrozenProperty // by id
}

func newComparison(a, b *plan.Frozen, sets map[string]*plan.FrozenValueSet) *comparison {
	c := &comparison{a: a, b: b, sets: sets, replaced: map[string]string{}, was: byPropertyID(a), is: byPropertyID(b)}
	c.terminals = commonTerminals(a, b)
	c.pair()
	return c
}

func byPropertyID(f *plan.Frozen) map[string]*plan.FrozenProperty {
	m := make(map[string]*plan.FrozenProperty, len(f.Properties))
	for i := range f.Properties {
		m[f.Properties[i].PropertyID] = &f.Properties[i]
	}
	return m
}

// pair takes a property that took the place of another one of the same name for that one.
func (c *comparison) pair() {
	gone := map[string]*plan.FrozenProperty{}
	for id, p := range c.was {
		if c.is[id] == nil {
			gone[p.Key] = p
		}
	}
	for id, p := range c.is {
		if former := gone[p.Key]; former != nil && c.was[id] == nil {
			c.replaced[id] = former.PropertyID
		}
	}
	if len(c.replaced) == 0 {
		return
	}
	copied := *c.a
	copied.Properties = slices.Clone(c.a.Properties)
	for id, former := range c.replaced {
		i := slices.IndexFunc(copied.Properties, func(p plan.FrozenProperty) bool { return p.PropertyID == former })
		copied.Properties[i].PropertyID = id
	}
	c.a, c.was = &copied, byPropertyID(&copied)
}

// replacements are the changes that pair hid.
func (c *comparison) replacements() []Change {
	var changes []Change
	for _, id := range slices.Sorted(maps.Keys(c.replaced)) {
		changes = append(changes, classed(Change{
			Path: "properties[" + plain(c.is[id].Key) + "].propertyId", At: []string{"properties", "[" + id + "]", "propertyId"},
			Kind: Changed, From: quote(c.replaced[id]).raw(), To: quote(id).raw(),
		}, PropertyReplaced, nil))
	}
	return changes
}

// commonTerminals returns the terminals on which both are planned, of those that either names; everywhere for the rest,
// where both are planned on all.
func commonTerminals(a, b *plan.Frozen) []string {
	named := map[string]bool{}
	for _, f := range []*plan.Frozen{a, b} {
		for _, t := range f.Terminals {
			named[t] = true
		}
		for i := range f.Properties {
			for t := range f.Properties[i].PresenceOn {
				named[t] = true
			}
			for t := range f.Properties[i].NarrowingOn {
				named[t] = true
			}
		}
	}
	var list []string
	for _, t := range slices.Sorted(maps.Keys(named)) {
		if plannedOn(a, t) && plannedOn(b, t) {
			list = append(list, t)
		}
	}
	if len(a.Terminals) == 0 && len(b.Terminals) == 0 {
		list = append(list, everywhere)
	}
	return list
}

func plannedOn(f *plan.Frozen, terminal string) bool {
	return len(f.Terminals) == 0 || slices.Contains(f.Terminals, terminal)
}
