// Package check judges captured events by a plan. A plan is compiled once into a Checker; each event is then judged in
// one walk over its properties, without allocating as long as it is valid. What is checked is data: see Rules.
//
// How an event finds its definition: among those planned on its terminal that answer to its name, by wire name or by an
// alias that has not ended, the one with the most conditions that all hold; where several are left, the one whose wire
// name it is, then the first by key. Identify and Item records are judged by the definitions of their kind.
//
// The package is pure. A Checker is immutable and safe for concurrent use; a Result belongs to one goroutine.
package check

import (
	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/plan"
)

// Checker judges events by one plan.
type Checker struct {
	terminals []plan.Terminal
	scopes    map[string]*scope // by terminal key
	anywhere  *scope            // for events of an unknown terminal
	names     directory
}

// Terminal returns the key of the terminal that the event comes from: the first, in the app's order, of which every
// non-empty list holds the event's value. A terminal without lists is known by its write key alone, except where it is
// the app's only one. The result is "" where no terminal recognises the event.
func (c *Checker) Terminal(ev *capture.Event) string {
	for i := range c.terminals {
		t := &c.terminals[i]
		if len(t.Libraries)+len(t.Systems) == 0 && len(c.terminals) > 1 {
			continue
		}
		if holds(t.Libraries, ev.Library.Name) && holds(t.Systems, ev.OS.Name) {
			return t.Key
		}
	}
	return ""
}

// Check judges ev, reported from the terminal with the given key, and writes the judgement over r. An event of an
// unknown terminal ("", or a key that the plan does not have) is judged by what all terminals of its definition share.
// Where a name stands twice among the properties and is needed to tell events apart, the last one counts.
//
// The time is linear in the size of the event, whatever it holds.
func (c *Checker) Check(ev *capture.Event, terminal string, r *Result) {
	r.reset()
	s, ok := c.scopes[terminal]
	if !ok {
		s = c.anywhere
	}
	p, near := s.find(ev, r)
	switch {
	case p != nil:
		r.EventID, r.EventKey, r.RevisionID = p.eventID, p.eventKey, p.revisionID
		r.preset = presetNames(ev.Type)
		r.object(&p.members, ev.Properties)
		r.Verdict = capture.Valid
		if r.invalid {
			r.Verdict = capture.Invalid
		}
	case ev.Type == capture.Track:
		c.explain(ev, s, near, r)
		r.Verdict = capture.Unplanned
	default:
		r.Verdict = capture.Valid
	}
}
