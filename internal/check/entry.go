package check

import (
	"maps"
	"math/bits"
	"slices"

	"github.com/waymarkhq/waymark/internal/plan"
)

// entry is what an event was compiled to.
type entry struct {
	source

	answers []answer
	mixed   []uint64 // the sets of terminals that events of an unknown terminal may come from
	draws   []string // the keys of the value sets
}

// answer says that a definition answers to a name.
type answer struct {
	grant

	name     string
	nameless bool // to any name, where no other definition of its kind has the record's
	byAlias  bool
	ends     int // the alias with an end; -1 for none
	nth      int // of sourceID
}

// grant says that a program judges between two versions at some places.
type grant struct {
	definition  *plan.Definition
	program     *program
	from, until string
	release     int
	offline     bool
	places      uint64 // bits
	on          uint64 // for an unknown terminal: those that the event may come from
}

// entry compiles what a plan says of an event.
func (c *compiler) entry(s *source) (entry, error) {
	c.grants, c.made, c.draws = c.grants[:0], c.made[:0], nil
	e := entry{source: *s}
	lines := c.lines(s)
	if err := c.known(lines); err != nil {
		return e, err
	}
	if err := c.unknown(s, lines); err != nil {
		return e, err
	}
	names := 0
	for i := range c.grants {
		names += 2 + len(c.grants[i].definition.Aliases)
	}
	e.answers, e.draws = make([]answer, 0, names), c.draws
	for i := range c.grants {
		g := &c.grants[i]
		if e.answers = g.names(e.answers, s.id.nth); g.places&c.unknownBit() != 0 && !slices.Contains(e.mixed, g.on) {
			e.mixed = append(e.mixed, g.on)
		}
	}
	return e, nil
}

// names appends an answer for each name that the definition has.
func (g *grant) names(list []answer, nth int) []answer {
	d := g.definition
	list = append(list, answer{grant: *g, name: d.WireName, ends: -1, nth: nth})
	for i := range d.Aliases {
		a := answer{grant: *g, name: d.Aliases[i].Name, byAlias: true, ends: -1, nth: nth}
		if d.Aliases[i].Until != nil {
			a.ends = i
		}
		list = append(list, a)
	}
	if d.Kind != plan.KindTrack { // which has a name of its own
		list = append(list, answer{grant: *g, nameless: true, ends: -1, nth: nth})
	}
	return list
}

// judges reports whether a span has a say in verdicts: common properties are no events, and only what is tracked can be
// unplanned, so other kinds that are offline are as if they had never been.
func (s *span) judges() bool {
	kind := s.definition.Kind
	return kind == plan.KindTrack || kind != plan.KindCommon && !s.offline
}

// known compiles what holds on each terminal.
func (c *compiler) known(lines []line) error {
	for place, l := range lines {
		for i := range l {
			s := &l[i]
			if !s.judges() {
				continue
			}
			p, err := c.programOf(s, []*plan.Definition{s.definition}, c.terminals[place], nil)
			if err != nil {
				return err
			}
			c.grant(grant{
				definition: s.definition, program: p, from: s.from, until: s.until, release: s.release, offline: s.offline,
				places: 1 << place,
			})
		}
	}
	return nil
}

// grant adds a grant, to one that says the same of other places where there is one.
func (c *compiler) grant(g grant) {
	unknown := c.unknownBit()
	for i := range c.grants {
		have := &c.grants[i]
		if have.program == g.program && have.release == g.release && have.offline == g.offline && have.from == g.from &&
			have.until == g.until && (have.places|g.places)&unknown == 0 {
			have.places |= g.places
			return
		}
		if g.places == unknown && have.places&unknown == 0 && have.program == g.program && have.release == g.release &&
			have.offline == g.offline && have.from == g.from && have.until == g.until {
			have.places, have.on = have.places|unknown, g.on
			return
		}
	}
	c.grants = append(c.grants, g)
}

// unknown compiles what holds of events of an unknown terminal: what the definitions share that hold for their version on
// the terminals. Where these are several, each answers to its own names; that of the newest release is named.
func (c *compiler) unknown(s *source, lines []line) error {
	if s.slots == nil && !slices.ContainsFunc(lines, func(l line) bool { return len(l) > 0 }) {
		return c.nowhere(s.definitions[0])
	}
	var (
		grants []grant
		at     = starts(lines)
	)
	for rank := range at.ranks() {
		from, until := at.version(rank), ""
		if rank+1 < at.ranks() {
			until = at.version(rank + 1)
		}
		held, on := holding(lines, from)
		definitions := make([]*plan.Definition, len(held))
		for i := range held {
			definitions[i] = held[i].definition
		}
		for i := range held {
			h := &held[i]
			definitions[0], definitions[i] = definitions[i], definitions[0]
			p, err := c.programOf(h, definitions, unknown, c.keys(on))
			if err != nil {
				return err
			}
			grants = extend(grants, grant{
				definition: h.definition, program: p, from: from, until: until, release: h.release, offline: h.offline,
				places: c.unknownBit(), on: on,
			})
		}
	}
	for i := range grants {
		c.grant(grants[i])
	}
	return nil
}

// nowhere compiles a draft of an app without terminals, or of none that the app has.
func (c *compiler) nowhere(d *plan.Definition) error {
	s := span{definition: d}
	if !s.judges() {
		return nil
	}
	p, err := c.programOf(&s, []*plan.Definition{d}, unknown, nil)
	if err != nil {
		return err
	}
	c.grant(grant{definition: d, program: p, places: c.unknownBit()})
	return nil
}

// holding returns the definitions that hold for a version on any terminal, each with its newest release, and the
// terminals. Where the event is offline on all of its terminals, it returns what is offline.
func holding(lines []line, version string) (held []span, on uint64) {
	var offline []span
	for place, l := range lines {
		s := l.at(version)
		switch {
		case s == nil || !s.judges():
		case s.offline:
			offline = merge(offline, s)
		default:
			held, on = merge(held, s), on|1<<place
		}
	}
	if len(held) == 0 {
		return offline, 0
	}
	return held, on
}

// merge adds a span to those of other definitions.
func merge(list []span, s *span) []span {
	for i := range list {
		if list[i].definition == s.definition {
			list[i].release = max(list[i].release, s.release)
			return list
		}
	}
	return append(list, *s)
}

// extend adds a grant, or lets one that says the same go on.
func extend(list []grant, g grant) []grant {
	for i := range list {
		have := &list[i]
		if have.until == g.from && g.from != "" && have.program == g.program && have.release == g.release &&
			have.offline == g.offline && have.on == g.on {
			have.until = g.until
			return list
		}
	}
	return append(list, g)
}

// keys returns the keys of the terminals in a set.
func (c *compiler) keys(on uint64) []string {
	if keys, ok := c.keysOf[on]; ok {
		return keys
	}
	keys := make([]string, 0, bits.OnesCount64(on))
	for place, key := range c.terminals {
		if on&(1<<place) != 0 {
			keys = append(keys, key)
		}
	}
	c.keysOf[on] = keys
	return keys
}

// same reports whether a plan says of an event what it said before.
func (s *source) same(o *source) bool {
	return (s.slots == nil) == (o.slots == nil) && slices.Equal(s.slots, o.slots) &&
		slices.EqualFunc(s.definitions, o.definitions, sameDefinition)
}

// sameDefinition reports whether two definitions say the same, as far as that is cheap to see: by the hashes of their
// texts, or because they share their parts.
func sameDefinition(a, b *plan.Definition) bool {
	if a == b {
		return true
	}
	if a.Hash != b.Hash || a.RevisionID != b.RevisionID || a.EventID != b.EventID || a.Key != b.Key || a.Kind != b.Kind ||
		a.WireName != b.WireName || !maps.Equal(a.ValueSets, b.ValueSets) {
		return false
	}
	return a.Hash != "" || shared(a.Properties, b.Properties) && shared(a.Match, b.Match) && shared(a.Aliases, b.Aliases) &&
		shared(a.Terminals, b.Terminals) && shared(a.ExcludedCommon, b.ExcludedCommon)
}

// shared reports whether two slices are the same memory.
func shared[T any](a, b []T) bool { return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0]) }

// drawsOnAny reports whether an event draws on one of the value sets.
func (e *entry) drawsOnAny(changed map[string]bool) bool {
	return len(changed) > 0 && slices.ContainsFunc(e.draws, func(key string) bool { return changed[key] })
}
