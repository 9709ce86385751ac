package check

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/waymarkhq/waymark/internal/plan"
)

// binding is a property rule as a program uses it. Programs with the same bindings are the same.
type binding struct {
	source   *plan.PropertyRule
	presence plan.Presence
	narrowed *plan.Constraints // on one terminal
	unjudged bool
}

// madeProgram is a program with what it was made of.
type madeProgram struct {
	definitions []*plan.Definition
	offline     bool
	bindings    []binding
	program     *program
}

// programOf compiles a definition, the first of those given, for a terminal, or for an unknown one of those that it may
// be; of what the others do not say too the program takes any value. What is the same on several terminals is one program.
func (c *compiler) programOf(s *span, definitions []*plan.Definition, terminal string, on []string) (*program, error) {
	d := definitions[0]
	if s.offline {
		definitions = definitions[:1] // it judges no properties
	}
	var bindings []binding
	if !s.offline && (len(definitions) > 1 || varies(d)) {
		bindings = c.bind(definitions, terminal, on)
	}
	for i := range c.made {
		m := &c.made[i]
		if m.offline == s.offline && slices.Equal(m.definitions, definitions) && slices.Equal(m.bindings, bindings) {
			return m.program, nil
		}
	}
	p := &program{
		eventID: d.EventID, eventKey: d.Key, revisionID: d.RevisionID, hash: d.Hash, wireName: d.WireName,
		tracked: d.Kind == plan.KindTrack,
	}
	if !s.offline {
		if bindings == nil {
			c.bindings = c.bindAll(c.bindings[:0], d, terminal, on)
			bindings = c.bindings
		}
		if err := c.fill(p, definitions, bindings); err != nil {
			return nil, fmt.Errorf("compile definition %q: %w", d.Key, err)
		}
	}
	m := madeProgram{definitions: slices.Clone(definitions), offline: s.offline, program: p}
	if len(definitions) > 1 || varies(d) {
		m.bindings = bindings
	}
	c.made = append(c.made, m)
	return p, nil
}

// varies reports whether a definition says different things of different terminals.
func varies(d *plan.Definition) bool {
	for i := range d.Properties {
		if len(d.Properties[i].PresenceOn)+len(d.Properties[i].NarrowingOn) > 0 {
			return true
		}
	}
	return false
}

// bind lists the properties that an event has on a terminal, or on an unknown one of those given.
func (c *compiler) bind(definitions []*plan.Definition, terminal string, on []string) []binding {
	list := c.bindAll(nil, definitions[0], terminal, on)
	for i := range list {
		if !allState(definitions, list[i].source) {
			list[i] = binding{source: list[i].source, presence: plan.PresenceOptional, unjudged: true}
		}
	}
	for _, d := range definitions[1:] {
		for i := range d.Properties {
			r := &d.Properties[i]
			if !slices.ContainsFunc(list, func(b binding) bool { return b.source.Name == r.Name }) {
				list = append(list, binding{source: r, presence: plan.PresenceOptional, unjudged: true})
			}
		}
	}
	return list
}

func (c *compiler) bindAll(list []binding, d *plan.Definition, terminal string, on []string) []binding {
	for i := range d.Properties {
		list = append(list, bindingOf(&d.Properties[i], terminal, on))
	}
	return list
}

func bindingOf(r *plan.PropertyRule, terminal string, on []string) binding {
	if terminal == unknown {
		return binding{source: r, presence: r.PresenceAmong(on)}
	}
	return binding{source: r, presence: r.PresenceAt(terminal), narrowed: r.NarrowingOn[terminal]}
}

// allState reports whether all of the definitions say the same of a property, which is one of the first.
func allState(definitions []*plan.Definition, r *plan.PropertyRule) bool {
	for _, d := range definitions[1:] {
		at := slices.IndexFunc(d.Properties, func(o plan.PropertyRule) bool { return o.Name == r.Name })
		if at < 0 || !reflect.DeepEqual(d.Properties[at], *r) || !sameSets(definitions[0], d, r) {
			return false
		}
	}
	return true
}

// sameSets reports whether a property that two definitions state alike draws on the same value sets.
func sameSets(a, b *plan.Definition, r *plan.PropertyRule) bool {
	ids := r.Type.ValueSets(nil)
	for _, n := range r.NarrowingOn {
		if n != nil {
			ids = append(ids, n.ValueSetID)
		}
	}
	if r.Narrowing != nil {
		ids = append(ids, r.Narrowing.ValueSetID)
	}
	return !slices.ContainsFunc(ids, func(id string) bool { return a.ValueSetKey(id) != b.ValueSetKey(id) })
}

// fill compiles the members of a program.
func (c *compiler) fill(p *program, definitions []*plan.Definition, bindings []binding) error {
	d := definitions[0]
	p.members = newMembers(len(bindings) + len(d.Match) + len(d.ExcludedCommon))
	for i := range bindings {
		if err := c.bound(&p.members, d, &bindings[i]); err != nil {
			return err
		}
	}
	if d.Kind == plan.KindTrack {
		exclude(&p.members, definitions)
	}
	for _, d := range definitions {
		for i := range d.Match { // what tells the event from others is planned by that, also where it is not listed
			p.members.addMatched(d.Match[i].Property)
		}
	}
	return nil
}

// exclude hides the common properties that all of the definitions exclude, and takes any value where only some do.
func exclude(m *members, definitions []*plan.Definition) {
	for _, d := range definitions {
		for _, name := range d.ExcludedCommon {
			if slices.ContainsFunc(definitions, func(o *plan.Definition) bool { return !slices.Contains(o.ExcludedCommon, name) }) {
				m.add(name, anything, false)
			} else {
				m.hide(name)
			}
		}
	}
}

// bound adds the member that a binding of d is.
func (c *compiler) bound(m *members, d *plan.Definition, b *binding) error {
	if m.states(b.source.Name) {
		return nil
	}
	if b.presence == plan.PresenceAbsent {
		m.hide(b.source.Name)
		return nil
	}
	u := anything
	if !b.unjudged {
		var err error
		e := b.source.With(b.presence, b.narrowed)
		c.current = d
		if u, err = c.rule(&b.source.Type, &e); err != nil {
			return fmt.Errorf("property %q: %w", b.source.Name, err)
		}
	}
	m.add(b.source.Name, u, b.presence == plan.PresenceRequired)
	return nil
}
