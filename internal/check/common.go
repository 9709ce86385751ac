package check

import (
	"fmt"
	"math/bits"
	"slices"

	"github.com/waymarkhq/waymark/internal/plan"
)

// commonLine is which common properties events carry, by their app version.
type commonLine struct {
	cuts cuts
	sets []*members // by rank; nil where there are none
}

// at returns the common properties of an event, or nil.
func (l *commonLine) at(r *Result) *members {
	if l == nil {
		return nil
	}
	return l.sets[r.version.rank(&l.cuts)]
}

// commonBuilder compiles the common properties.
type commonBuilder struct {
	c     *compiler
	lines [][]line // of each source, by place
}

func newCommonBuilder(c *compiler) *commonBuilder {
	b := &commonBuilder{c: c}
	for _, s := range c.common {
		lines := c.lines(s)
		own := make([]line, len(lines))
		for i := range lines {
			own[i] = slices.Clone(lines[i])
		}
		b.lines = append(b.lines, own)
	}
	return b
}

// choice is a definition of common properties that holds. Of an event that may not be where it holds it says nothing but
// that its properties are no extra ones.
type choice struct {
	definition *plan.Definition
	unjudged   bool
}

// known compiles what events of a terminal carry.
func (b *commonBuilder) known(place int) (*commonLine, error) {
	return b.line(1<<place, b.c.terminals[place], func(lines []line, version string) []choice {
		if s := lines[place].at(version); s.isCommon() {
			return []choice{{definition: s.definition}}
		}
		return nil
	})
}

// unknown compiles what events carry of which only is known on which terminals they may be.
func (b *commonBuilder) unknown(on uint64) (*commonLine, error) {
	if on == 0 && b.c.plan.Slots == nil {
		return b.nowhere()
	}
	return b.line(on, unknown, func(lines []line, version string) []choice {
		var list []choice
		count := 0
		for place := range lines {
			s := lines[place].at(version)
			if on>>place&1 == 0 || !s.isCommon() {
				continue
			}
			if count++; !slices.ContainsFunc(list, func(c choice) bool { return c.definition == s.definition }) {
				list = append(list, choice{definition: s.definition, unjudged: true})
			}
		}
		if len(list) == 1 && count == bits.OnesCount64(on) {
			list[0].unjudged = false
		}
		return list
	})
}

func (s *span) isCommon() bool { return s != nil && !s.offline && isCommon(s.definition) }

// nowhere compiles what events of drafts carry that are planned on no terminal of the app.
func (b *commonBuilder) nowhere() (*commonLine, error) {
	var list []choice
	for _, s := range b.c.common {
		list = append(list, choice{definition: s.definitions[0], unjudged: len(s.definitions[0].Terminals) > 0})
	}
	m, err := b.members(list, unknown, nil)
	return &commonLine{sets: []*members{m}}, err
}

// line compiles the common properties of each rank of the versions.
func (b *commonBuilder) line(on uint64, terminal string, choose func([]line, string) []choice) (*commonLine, error) {
	var all []line
	for _, lines := range b.lines {
		for place := range lines {
			if on>>place&1 != 0 {
				all = append(all, lines[place])
			}
		}
	}
	l := &commonLine{cuts: starts(all)}
	for rank := range l.cuts.ranks() {
		var list []choice
		for _, lines := range b.lines {
			list = append(list, choose(lines, l.cuts.version(rank))...)
		}
		m, err := b.members(list, terminal, b.c.keys(on))
		if err != nil {
			return nil, err
		}
		l.sets = append(l.sets, m)
	}
	return l, nil
}

// members compiles definitions of common properties. What those of single terminals say goes before what is said of all.
func (b *commonBuilder) members(list []choice, terminal string, on []string) (*members, error) {
	slices.SortStableFunc(list, func(x, y choice) int {
		return compareBools(len(x.definition.Terminals) == 0, len(y.definition.Terminals) == 0)
	})
	count := 0
	for i := range list {
		count += len(list[i].definition.Properties)
	}
	if count == 0 {
		return nil, nil //nolint:nilnil // nil are no members
	}
	m := newMembers(count)
	for i := range list {
		d := list[i].definition
		for k := range d.Properties {
			bound := bindingOf(&d.Properties[k], terminal, on)
			if list[i].unjudged {
				bound = binding{source: bound.source, presence: plan.PresenceOptional, unjudged: true}
			}
			if err := b.c.bound(&m, d, &bound); err != nil {
				return nil, fmt.Errorf("compile definition %q: %w", d.Key, err)
			}
		}
	}
	return &m, nil
}
