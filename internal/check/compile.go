package check

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/waymarkhq/waymark/internal/plan"
)

// unknown is the key of a terminal that nobody knows.
const unknown = ""

// maxTerminals is how many terminals a plan may have: each, and the unknown one, has a bit.
const maxTerminals = 63

// Compile builds the checker of a plan. A plan made of validated definitions, with all their value sets, always
// compiles; the error of one that does not names the definition and the property.
func Compile(p *plan.Plan) (*Checker, error) { return Recompile(nil, p) }

// Recompile is Compile that takes over from the checker of an earlier plan, of the same environment or any other, what
// both plans say alike. So a small change costs little, where unchanged definitions have the same hash or, being drafts,
// share their parts. The previous checker stays as it is; nil is none.
func Recompile(previous *Checker, next *plan.Plan) (*Checker, error) {
	if len(next.Terminals) > maxTerminals {
		return nil, fmt.Errorf("a plan of %d terminals, more than %d", len(next.Terminals), maxTerminals)
	}
	if previous.says(next) {
		same := *previous
		same.terminals = next.Terminals
		return &same, nil
	}
	c := newCompiler(next)
	if previous == nil || !slices.EqualFunc(previous.terminals, next.Terminals, sameKey) {
		previous = &Checker{}
	}
	c.carrySets(previous.origin.sets)
	list, err := sources(next)
	if err != nil {
		return nil, err
	}
	checker := &Checker{terminals: next.Terminals, places: c.places}
	checker.origin.plan, checker.origin.sets = next, c.sets
	if err := c.entries(checker, previous, list); err != nil {
		return nil, err
	}
	return checker, c.commonLines(checker, previous)
}

func sameKey(a, b plan.Terminal) bool { return a.Key == b.Key }

// says reports whether a plan consists of the same memory as the checker's. A node has several environments, and mostly
// one of them changes.
func (c *Checker) says(next *plan.Plan) bool {
	if c == nil {
		return false
	}
	was := c.origin.plan
	return shared(was.Definitions, next.Definitions) && shared(was.Slots, next.Slots) &&
		(was.Slots == nil) == (next.Slots == nil) && slices.EqualFunc(was.Terminals, next.Terminals, sameKey) &&
		maps.Equal(was.ValueSets, next.ValueSets)
}

// origin is what Recompile goes by.
type origin struct {
	plan    *plan.Plan
	entries []entry
	index   map[sourceID]int
	sets    map[string]*set
}

// find returns the entry of an event, which is likely where it is in another list; nil where there is none.
func (o *origin) find(id sourceID, likely int) *entry {
	if likely < len(o.entries) && o.entries[likely].id == id {
		return &o.entries[likely]
	}
	if i, ok := o.index[id]; ok {
		return &o.entries[i]
	}
	return nil
}

// compiler holds what definitions share while a plan is compiled.
type compiler struct {
	plan      *plan.Plan
	terminals []string
	places    map[string]int
	keysOf    map[uint64][]string
	patterns  map[string]*regexp.Regexp
	plain     map[plainRule]*rule
	sets      map[string]*set
	changed   map[string]bool // the value sets that are others than before

	common []*source // what holds common properties

	// Of the event at hand.
	current  *plan.Definition
	spans    []line
	grants   []grant
	made     []madeProgram
	bindings []binding
	draws    []string
}

func newCompiler(p *plan.Plan) *compiler {
	c := &compiler{
		plan: p, places: make(map[string]int, len(p.Terminals)), keysOf: map[uint64][]string{},
		patterns: map[string]*regexp.Regexp{}, plain: map[plainRule]*rule{}, sets: map[string]*set{},
		changed: map[string]bool{}, spans: make([]line, len(p.Terminals)),
	}
	for i, t := range p.Terminals {
		c.terminals = append(c.terminals, t.Key)
		c.places[t.Key] = i
	}
	return c
}

// unknownBit is the place of events of an unknown terminal.
func (c *compiler) unknownBit() uint64 { return 1 << len(c.terminals) }

// carrySets takes over the value sets that are as before.
func (c *compiler) carrySets(before map[string]*set) {
	for key, s := range before {
		if now := c.plan.ValueSets[key]; now != nil && slices.Equal(now.Values, s.values) {
			c.sets[key] = s
		} else {
			c.changed[key] = true
		}
	}
}

// entries compiles the events that are not as before, and the names that they answer to.
func (c *compiler) entries(next, previous *Checker, list []source) error {
	var (
		kept    int
		edits   edits
		moved   bool
		compile []int
		o       = &next.origin
		before  = &previous.origin
	)
	o.entries = make([]entry, len(list))
	for i := range list {
		s := &list[i]
		if slices.ContainsFunc(s.definitions, isCommon) {
			c.common = append(c.common, s)
		}
		e := before.find(s.id, i)
		moved = moved || i >= len(before.entries) || e != &before.entries[i]
		if e == nil || !e.same(s) || e.drawsOnAny(c.changed) {
			compile = append(compile, i)
			continue
		}
		kept++
		o.entries[i] = *e
		o.entries[i].source = *s
	}
	if o.index = before.index; moved || len(list) != len(before.entries) {
		o.index = make(map[sourceID]int, len(list))
		for i := range list {
			o.index[list[i].id] = i
		}
	}
	if kept < len(list)/2 { // then it is faster to make all names anew
		previous, before = &Checker{}, &origin{}
		for i := range o.entries {
			edits.add(o.entries[i].answers)
		}
	} else if kept < len(before.entries) {
		edits.drop(before, o)
	}
	for _, i := range compile {
		e, err := c.entry(&list[i])
		if err != nil {
			return err
		}
		if o.entries[i] = e; before.entries != nil {
			if was := before.find(e.id, i); was != nil {
				edits.remove(was.answers)
			}
		}
		edits.add(e.answers)
	}
	next.tracks = edits.tracks.apply(previous.tracks, c)
	next.profiles = edits.profiles.apply(previous.profiles, c)
	next.items = edits.items.apply(previous.items, c)
	next.folded = edits.tracks.fold(previous, next)
	return nil
}

func isCommon(d *plan.Definition) bool { return d.Kind == plan.KindCommon }

// commonLines compiles the common properties, which are few, and which of them hold on which terminals.
func (c *compiler) commonLines(next, previous *Checker) error {
	next.commons = make([]*commonLine, len(c.terminals))
	next.mixed = map[uint64]*commonLine{}
	if len(c.common) == 0 {
		return nil
	}
	b := newCommonBuilder(c)
	for place := range c.terminals {
		l, err := b.known(place)
		if err != nil {
			return err
		}
		next.commons[place] = l
	}
	mixed := maps.Clone(previous.mixed)
	if mixed == nil {
		mixed = map[uint64]*commonLine{}
	}
	for i := range next.origin.entries {
		for _, on := range next.origin.entries[i].mixed {
			mixed[on] = nil
		}
	}
	for on := range mixed {
		l, err := b.unknown(on)
		if err != nil {
			return err
		}
		next.mixed[on] = l
	}
	return nil
}

// newMembers returns members for up to n names.
func newMembers(n int) members {
	return members{places: make(map[string]int, n), required: make([]uint64, 0, (n+63)/64)}
}

// states reports whether the members say something of a name.
func (m *members) states(name string) bool {
	_, ok := m.places[name]
	return ok
}

// hide says of a name, where it is new, that no property has it, not even a common one.
func (m *members) hide(name string) {
	if !m.states(name) {
		m.places[name] = hidden
	}
}

// add adds a member, where its name is new.
func (m *members) add(name string, u *rule, required bool) {
	if !m.states(name) {
		m.places[name] = m.put(name, u, required)
	}
}

// addMatched adds a property that a match asks for, which takes any value unless it is planned.
func (m *members) addMatched(name string) {
	switch at, ok := m.places[name]; {
	case !ok:
		m.places[name] = yielding(m.put(name, anything, false))
	case at == hidden:
		m.places[name] = m.put(name, anything, false)
	}
}

// put adds a member and returns its index.
func (m *members) put(name string, u *rule, required bool) int {
	i := len(m.rules)
	m.names = append(m.names, name)
	m.rules = append(m.rules, u)
	if i/64 == len(m.required) {
		m.required = append(m.required, 0)
	}
	if required {
		m.required[i/64] |= 1 << (i % 64)
	}
	return i
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
