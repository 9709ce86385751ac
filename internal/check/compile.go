package check

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/waymarkhq/waymark/internal/plan"
)

// Compile builds the checker of a plan. A plan made of validated definitions, with all their value sets, always
// compiles; the error of one that does not names the definition and the property.
func Compile(p *plan.Plan) (*Checker, error) {
	c := newCompiler(p)
	checker := &Checker{terminals: p.Terminals, scopes: make(map[string]*scope, len(p.Terminals))}
	builders := make(map[string]*scopeBuilder, len(p.Terminals)+1)
	for _, terminal := range append(c.terminals, unknown) {
		builders[terminal] = newScopeBuilder()
	}
	for i := range p.Definitions {
		d := &p.Definitions[i]
		if d.Kind == plan.KindCommon {
			continue
		}
		if err := c.definition(d, builders, &checker.names); err != nil {
			return nil, fmt.Errorf("compile definition %q: %w", d.Key, err)
		}
	}
	for terminal, b := range builders {
		checker.scopes[terminal] = b.build(terminal)
	}
	checker.anywhere = checker.scopes[unknown]
	return checker, nil
}

// unknown is the key of the scope for events of an unknown terminal.
const unknown = ""

// compiler holds what definitions share while a plan is compiled.
type compiler struct {
	plan      *plan.Plan
	terminals []string
	patterns  map[string]*regexp.Regexp
	sets      map[string]*set
	rules     map[binding]*rule
	stated    map[string]bool // by bind, which empties it each time

	common      []*plan.Definition // those of single terminals first, since they say more
	commonCount int                // of their properties
}

// binding is a property rule as a program uses it. Programs with the same bindings are the same.
type binding struct {
	source   *plan.PropertyRule
	presence plan.Presence
	narrowed *plan.Constraints // on one terminal
	unjudged bool
}

func newCompiler(p *plan.Plan) *compiler {
	c := &compiler{
		plan: p, patterns: map[string]*regexp.Regexp{}, sets: map[string]*set{}, rules: map[binding]*rule{},
		stated: map[string]bool{},
	}
	for _, t := range p.Terminals {
		c.terminals = append(c.terminals, t.Key)
	}
	for i := range p.Definitions {
		if p.Definitions[i].Kind == plan.KindCommon {
			c.common = append(c.common, &p.Definitions[i])
			c.commonCount += len(p.Definitions[i].Properties)
		}
	}
	slices.SortStableFunc(c.common, func(a, b *plan.Definition) int {
		return compareBools(len(a.Terminals) == 0, len(b.Terminals) == 0)
	})
	return c
}

// on returns the terminals that d is planned on, of those that the app has.
func (c *compiler) on(d *plan.Definition) []string {
	if len(d.Terminals) == 0 {
		return c.terminals
	}
	return slices.DeleteFunc(slices.Clone(c.terminals), func(t string) bool { return !slices.Contains(d.Terminals, t) })
}

// definition compiles d for each of its terminals and for an unknown one. Terminals on which it is the same share a
// program.
func (c *compiler) definition(d *plan.Definition, builders map[string]*scopeBuilder, names *directory) error {
	var (
		made     []*program
		bindings [][]binding
	)
	on := c.on(d)
	for _, terminal := range append(slices.Clone(on), unknown) {
		b := c.bind(d, terminal, on)
		at := slices.IndexFunc(bindings, func(have []binding) bool { return slices.Equal(have, b) })
		if at < 0 {
			p, err := c.program(d, b)
			if err != nil {
				return err
			}
			at, made, bindings = len(made), append(made, p), append(bindings, b)
		}
		builders[terminal].add(d, made[at])
		if d.Kind == plan.KindTrack {
			names.addAll(d, terminal)
		}
	}
	return nil
}

// bind lists the properties that an event of d has on a terminal, one of those given: its own, and the common ones that
// it neither states itself nor excludes.
func (c *compiler) bind(d *plan.Definition, terminal string, on []string) []binding {
	list := make([]binding, 0, len(d.Properties)+c.commonCount)
	stated := c.stated
	clear(stated)
	add := func(b binding) {
		if !stated[b.source.Name] {
			stated[b.source.Name] = true
			list = append(list, b)
		}
	}
	for i := range d.Properties {
		add(bindingOf(&d.Properties[i], terminal, on))
	}
	if d.Kind != plan.KindTrack {
		return list
	}
	for _, name := range d.ExcludedCommon {
		stated[name] = true
	}
	for _, common := range c.common {
		if terminal != unknown && len(common.Terminals) > 0 && !slices.Contains(common.Terminals, terminal) {
			continue
		}
		for i := range common.Properties {
			b := bindingOf(&common.Properties[i], terminal, on)
			if terminal == unknown && len(common.Terminals) > 0 { // it may belong to another terminal than the event's
				b = binding{source: b.source, presence: plan.PresenceOptional, unjudged: true}
			}
			add(b)
		}
	}
	return list
}

func bindingOf(r *plan.PropertyRule, terminal string, on []string) binding {
	if terminal == unknown {
		return binding{source: r, presence: r.PresenceAmong(on)}
	}
	return binding{source: r, presence: r.PresenceAt(terminal), narrowed: r.NarrowingOn[terminal]}
}

func (c *compiler) program(d *plan.Definition, bindings []binding) (*program, error) {
	p := &program{eventID: d.EventID, eventKey: d.Key, revisionID: d.RevisionID, wireName: d.WireName}
	p.members = newMembers(len(bindings) + len(d.Match))
	for _, b := range bindings {
		if b.presence == plan.PresenceAbsent {
			continue
		}
		u, err := c.bound(b)
		if err != nil {
			return nil, fmt.Errorf("property %q: %w", b.source.Name, err)
		}
		p.members.add(b.source.Name, u, b.presence == plan.PresenceRequired)
	}
	for i := range d.Match { // what tells the event from others is planned by that, also where it is not listed
		p.members.add(d.Match[i].Property, &rule{any: true}, false)
	}
	return p, nil
}

// bound returns the rule of a binding, compiled once.
func (c *compiler) bound(b binding) (*rule, error) {
	if b.unjudged {
		return &rule{any: true}, nil
	}
	if u, ok := c.rules[b]; ok {
		return u, nil
	}
	e := b.source.With(b.presence, b.narrowed)
	u, err := c.rule(&b.source.Type, &e)
	if err != nil {
		return nil, err
	}
	c.rules[b] = u
	return u, nil
}

// scopeBuilder collects what is planned on a terminal.
type scopeBuilder struct {
	byName map[plan.EventKind]map[string]*routeBuilder
	all    map[plan.EventKind]*routeBuilder
}

func newScopeBuilder() *scopeBuilder {
	return &scopeBuilder{
		byName: map[plan.EventKind]map[string]*routeBuilder{}, all: map[plan.EventKind]*routeBuilder{},
	}
}

func (b *scopeBuilder) add(d *plan.Definition, p *program) {
	b.answer(d, d.WireName, candidate{program: p})
	for i := range d.Aliases {
		b.answer(d, d.Aliases[i].Name, candidate{program: p, until: d.Aliases[i].Until, byAlias: true})
	}
	if d.Kind == plan.KindTrack { // has a name of its own
		return
	}
	if b.all[d.Kind] == nil {
		b.all[d.Kind] = &routeBuilder{}
	}
	b.all[d.Kind].add(candidate{program: p}, d.Match)
}

func (b *scopeBuilder) answer(d *plan.Definition, name string, c candidate) {
	names := b.byName[d.Kind]
	if names == nil {
		names = map[string]*routeBuilder{}
		b.byName[d.Kind] = names
	}
	if names[name] == nil {
		names[name] = &routeBuilder{}
	}
	names[name].add(c, d.Match)
}

func (b *scopeBuilder) build(terminal string) *scope {
	return &scope{
		terminal: terminal,
		tracks:   b.named(plan.KindTrack),
		profiles: b.kind(plan.KindUserProfile),
		items:    b.kind(plan.KindItem),
	}
}

func (b *scopeBuilder) named(kind plan.EventKind) map[string]*route {
	routes := make(map[string]*route, len(b.byName[kind]))
	for name, builder := range b.byName[kind] {
		routes[name] = builder.build()
	}
	return routes
}

func (b *scopeBuilder) kind(kind plan.EventKind) kindRoutes {
	k := kindRoutes{byName: b.named(kind)}
	if all := b.all[kind]; all != nil {
		k.all = all.build()
	}
	return k
}

// newMembers returns members for up to n names.
func newMembers(n int) members {
	return members{index: make(map[string]int, n), required: make([]uint64, (n+63)/64)}
}

// add adds a member, where its name is new.
func (m *members) add(name string, u *rule, required bool) {
	if _, ok := m.index[name]; ok {
		return
	}
	i := len(m.rules)
	m.index[name] = i
	m.names = append(m.names, name)
	m.rules = append(m.rules, u)
	if required {
		m.required[i/64] |= 1 << (i % 64)
	}
}

// otherCase returns the planned name that differs from the given one in case only, or "".
func (m *members) otherCase(name string) string {
	for _, planned := range m.names {
		if len(planned) == len(name) && strings.EqualFold(planned, name) {
			return planned
		}
	}
	return ""
}
