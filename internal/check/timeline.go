package check

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/waymarkhq/waymark/internal/plan"
)

// source is what a plan says of one event; of a draft, where nothing tells which definition holds, of one definition.
type source struct {
	id          sourceID
	definitions []*plan.Definition
	slots       []plan.Slot // Definition is an index into definitions; nil for a draft
}

// sourceID is an event's id. Nothing keeps drafts from having the same one; they are then numbered.
type sourceID struct {
	eventID string
	nth     int
}

// sources takes a plan apart by its events.
func sources(p *plan.Plan) ([]source, error) {
	if p.Slots == nil {
		return draftSources(p), nil
	}
	list, of := groupDefinitions(p)
	counts := make([]int, len(list))
	for i := range p.Slots {
		d := p.Slots[i].Definition
		if d < 0 || d >= len(p.Definitions) {
			return nil, fmt.Errorf("slot %d: the plan has no definition %d", i, d)
		}
		counts[of[d].source]++
	}
	slots := carve[plan.Slot](counts)
	for i := range p.Slots {
		s := p.Slots[i]
		at := of[s.Definition]
		s.Definition = at.index
		slots[at.source] = append(slots[at.source], s)
	}
	for i := range list {
		list[i].slots = slots[i]
	}
	return list, nil
}

func draftSources(p *plan.Plan) []source {
	list := make([]source, len(p.Definitions))
	definitions := make([]*plan.Definition, len(p.Definitions))
	seen := make(map[string]int, len(p.Definitions))
	for i := range p.Definitions {
		d := &p.Definitions[i]
		definitions[i] = d
		list[i] = source{id: sourceID{d.EventID, seen[d.EventID]}, definitions: definitions[i : i+1 : i+1]}
		seen[d.EventID]++
	}
	return list
}

// membership is where a definition of a plan stands among those of its event.
type membership struct{ source, index int }

// groupDefinitions returns the events of a plan with their definitions, and where each definition went.
func groupDefinitions(p *plan.Plan) ([]source, []membership) {
	var (
		list   []source
		counts []int
		of     = make([]membership, len(p.Definitions))
		known  = make(map[string]int, len(p.Definitions))
	)
	for i := range p.Definitions {
		id := p.Definitions[i].EventID
		at, ok := known[id]
		if !ok {
			at = len(list)
			known[id] = at
			list, counts = append(list, source{id: sourceID{eventID: id}}), append(counts, 0)
		}
		of[i] = membership{source: at, index: counts[at]}
		counts[at]++
	}
	definitions := carve[*plan.Definition](counts)
	for i := range p.Definitions {
		at := of[i].source
		definitions[at] = append(definitions[at], &p.Definitions[i])
	}
	for i := range list {
		list[i].definitions = definitions[i]
	}
	return list, of
}

// carve returns empty slices of one piece of memory, with room for as many elements each as counts say.
func carve[T any](counts []int) [][]T {
	total := 0
	for _, n := range counts {
		total += n
	}
	rest, parts := make([]T, total), make([][]T, len(counts))
	for i, n := range counts {
		parts[i], rest = rest[:0:n], rest[n:]
	}
	return parts
}

// span is how long a definition holds on one terminal: from one app version on until another.
type span struct {
	definition  *plan.Definition
	from, until string // "" for open ends
	release     int
	offline     bool
}

// line is what holds of an event on one terminal, in the order of the versions.
type line []span

// lines returns what holds of an event, by terminal. The memory is used again by the next call.
func (c *compiler) lines(s *source) []line {
	for i := range c.spans {
		c.spans[i] = c.spans[i][:0]
	}
	if s.slots == nil {
		d := s.definitions[0]
		for place, key := range c.terminals {
			if len(d.Terminals) == 0 || slices.Contains(d.Terminals, key) {
				c.spans[place] = append(c.spans[place], span{definition: d})
			}
		}
		return c.spans
	}
	for i := range s.slots {
		slot := &s.slots[i]
		if place, ok := c.places[slot.Terminal]; ok { // the app may have lost a terminal
			d := s.definitions[slot.Definition]
			c.spans[place] = append(c.spans[place], span{
				definition: d, from: slot.From, release: slot.Release, offline: slot.Offline,
			})
		}
	}
	for i := range c.spans {
		c.spans[i] = c.spans[i].order()
	}
	return c.spans
}

// order puts spans in their order and ends each where the next one begins. Of those that begin together the one of the
// newest release holds.
func (l line) order() line {
	slices.SortStableFunc(l, func(a, b span) int {
		return cmp.Or(plan.CompareVersions(a.from, b.from), cmp.Compare(a.release, b.release))
	})
	kept := l[:0]
	for i, s := range l {
		if i+1 < len(l) {
			if s.until = l[i+1].from; plan.CompareVersions(s.from, s.until) == 0 {
				continue
			}
		}
		if isFirst(s.from) {
			s.from = ""
		}
		kept = append(kept, s)
	}
	return kept
}

// at returns what holds at a version, which is "" for the first; nil where nothing does.
func (l line) at(version string) *span {
	for i := len(l) - 1; i >= 0; i-- {
		if plan.CompareVersions(l[i].from, version) <= 0 {
			return &l[i]
		}
	}
	return nil
}

// starts returns the cuts of several lines.
func starts(lines []line) cuts {
	var versions []string
	for _, l := range lines {
		for i := range l {
			if l[i].from != "" {
				versions = append(versions, l[i].from)
			}
		}
	}
	return newCuts(versions)
}
