package coverage

import (
	"maps"
	"slices"
	"time"
)

// Coverage is what of a target was seen.
type Coverage struct {
	// Required is how many things the gate asks for: each event under test on each terminal, each of its required
	// properties, and each value that has to be seen. Each of them is Covered, Failed or Open.
	Required, Covered, Failed, Open int
	Cells                           []CellState
	Unplanned                       []Count
}

// Complete reports whether the gate is open.
func (c *Coverage) Complete() bool { return c.Covered == c.Required }

// CellState is what is known of an event on a terminal.
type CellState struct {
	*Cell
	State                   State
	Valid, Invalid, Repeats int
	// MostInStep is the most that came within one step of a session.
	MostInStep int
	// Last is what was seen last; its sequence number is 0 where nothing was.
	Last Ref
	// Failure is what was wrong last, while that is not mended.
	Failure *Ref
	// Mark is the one that gave the state, or nil.
	Mark       *Mark
	Properties []PropertyState
}

// PropertyState is what is known of a property of an event on a terminal.
type PropertyState struct {
	*Property
	State          State
	Valid, Invalid int
	// Seen says of each of the values that have to be seen whether it was, in their order.
	Seen    []bool
	Failure *Ref
	Mark    *Mark
}

// Count is how often something unplanned came.
type Count struct {
	Name  string
	Count int
}

// OthersName is the name under which unplanned names beyond MaxUnplanned are counted.
const OthersName = "(other)"

// Of tells what sessions saw of a target, with what testers said of it up to now.
func Of(t *Target, u Union, marks []Mark, now time.Time) *Coverage {
	v := view{union: u, marks: newest(marks), now: now, newest: map[string]Build{}}
	c := &Coverage{Cells: make([]CellState, 0, len(t.Cells)), Unplanned: u.unplanned()}
	for i := range t.Cells {
		state := v.cell(&t.Cells[i])
		c.count(&state)
		c.Cells = append(c.Cells, state)
	}
	return c
}

// view is what states are told by.
type view struct {
	union  Union
	marks  marked
	now    time.Time
	newest map[string]Build
}

func (v *view) newestOn(terminal string) Build {
	b, known := v.newest[terminal]
	if !known {
		b = v.union.newest(terminal)
		v.newest[terminal] = b
	}
	return b
}

func (v *view) cell(c *Cell) CellState {
	s := CellState{Cell: c}
	sights := map[string]Sights{}
	properties := map[string]map[string]*SeenProperty{}
	for _, seen := range v.union.sessions() {
		in := seen.Cells[c.Event][c.Terminal]
		if in == nil {
			continue
		}
		s.Valid, s.Invalid, s.Repeats = s.Valid+in.Valid, s.Invalid+in.Invalid, s.Repeats+in.Repeats
		for _, n := range in.Steps {
			s.MostInStep = max(s.MostInStep, n)
		}
		sights[seen.Session] = in.Sights
		properties[seen.Session] = in.Properties
	}
	for i := range c.Properties {
		s.Properties = append(s.Properties, v.property(c, &c.Properties[i], properties))
	}
	l := lastOf(c.Hash, sights)
	s.Last = l.Ref
	if l.any && !l.valid && s.excuses(l.wrong) {
		l.valid = true
	}
	s.State, s.Failure, s.Mark = v.state(c, "", c.Hash, &l)
	return s
}

func (v *view) property(c *Cell, p *Property, in map[string]map[string]*SeenProperty) PropertyState {
	s := PropertyState{Property: p, Seen: make([]bool, len(p.Values))}
	sights := map[string]Sights{}
	for session, properties := range in {
		seen := properties[p.Name]
		if seen == nil {
			continue
		}
		s.Valid, s.Invalid = s.Valid+seen.Valid, s.Invalid+seen.Invalid
		for i, value := range p.Values {
			s.Seen[i] = s.Seen[i] || slices.Contains(seen.Values, value)
		}
		sights[session] = seen.Sights
	}
	l := lastOf(p.Hash, sights)
	s.State, s.Failure, s.Mark = v.state(c, p.Name, p.Hash, &l)
	return s
}

// state tells the state of an event (no property) or of one of its properties.
func (v *view) state(c *Cell, property, hash string, l *last) (State, *Ref, *Mark) {
	newest := v.newestOn(c.Terminal)
	var state State
	switch {
	case l.stale:
		state = SeeAgain
	case !l.any:
		state = NotSeen
	case l.valid:
		state = Valid
	case l.Build.Known() && newest.Compare(l.Build) > 0:
		state = SeeAgain
	default:
		state = Invalid
	}
	mark := v.marks.on(c, property)
	if mark != nil {
		if with, ok := mark.apply(state, l, hash, newest, v.now); ok {
			state = with
		} else {
			mark = nil
		}
	}
	var failure *Ref
	if l.any && !l.stale && !l.valid && !state.Covers() {
		failure = &l.Ref
	}
	return state, failure, mark
}

// excuses reports whether all that was wrong in an event lies in properties that testers pass or waive.
func (s *CellState) excuses(wrong []string) bool {
	for _, path := range wrong {
		if !slices.ContainsFunc(s.Properties, func(p PropertyState) bool {
			return (p.State == Passed || p.State == Waived) && within(path, p.Name)
		}) {
			return false
		}
	}
	return len(wrong) > 0
}

// Covered reports whether the gate is content with the event itself. What must not come is covered as long as it does not.
func (s *CellState) Covered() bool {
	return s.State.Covers() || s.ShouldNotFire && s.State == NotSeen
}

// count adds what the gate asks of a cell.
func (c *Coverage) count(s *CellState) {
	c.add(s.Covered(), s.State.fails())
	for i := range s.Properties {
		p := &s.Properties[i]
		if p.Required {
			c.add(p.State.Covers(), p.State.fails())
		}
		for _, seen := range p.Seen {
			c.add(seen || p.State == Passed || p.State == Waived, false)
		}
	}
}

func (c *Coverage) add(covered, failed bool) {
	c.Required++
	switch {
	case covered:
		c.Covered++
	case failed:
		c.Failed++
	default:
		c.Open++
	}
}

// unplanned adds up the unplanned names of all sessions, the most frequent first.
func (u Union) unplanned() []Count {
	sums := map[string]int{}
	others := 0
	for _, s := range u {
		for name, n := range s.Unplanned {
			sums[name] += n
		}
		others += s.Others
	}
	list := make([]Count, 0, len(sums)+1)
	for _, name := range slices.Sorted(maps.Keys(sums)) {
		list = append(list, Count{Name: name, Count: sums[name]})
	}
	slices.SortStableFunc(list, func(a, b Count) int { return b.Count - a.Count })
	if others > 0 {
		list = append(list, Count{Name: OthersName, Count: others})
	}
	return list
}
