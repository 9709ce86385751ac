// Package check judges captured events by a plan. A plan is compiled once into a Checker; each event is then judged in
// one walk over its properties, without allocating as long as it is valid. What is checked is data: see Rules.
//
// How an event finds its definition: among those planned on its terminal that answer to its name, by wire name or by an
// alias that has not ended, the one with the most conditions that all hold; where several are left, the one whose wire
// name it is, then the first by key. Identify and Item records are judged by the definitions of their kind.
//
// A plan may have several definitions of one event. Planned on a terminal is then the one whose slot starts from the
// highest version that does not lie above the event's app version; without a version, the newest. The same holds for
// common properties. An event of an unknown terminal is judged by what the definitions share that hold for its version on
// the terminals: a property that they do not all state alike may be there with any value, and named is the definition of
// the newest release. Where the event is offline on one terminal and planned on another, it counts as planned.
//
// The package is pure. A Checker is immutable and safe for concurrent use; a Result belongs to one goroutine.
package check

import (
	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/preset"
)

// Checker judges events by one plan.
type Checker struct {
	terminals []plan.Terminal
	places    map[string]int // indexes of terminals, by key; the place behind them is that of an unknown one

	tracks          names
	profiles, items names
	folded          map[string][]string // the names of tracked events, by the name in lower case

	commons []*commonLine          // by place
	mixed   map[uint64]*commonLine // of events of an unknown terminal, by those that they may come from
	origin  origin
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
	r.version = appVersion{text: ev.App.Version}
	place, ok := c.places[terminal]
	if !ok {
		place = len(c.terminals)
	}
	best, near := c.route(ev, place, r).find(ev, r)
	switch {
	case best != nil:
		p := best.program
		r.EventID, r.EventKey, r.RevisionID, r.Hash, r.Release = p.eventID, p.eventKey, p.revisionID, p.hash, best.release
		r.Verdict = c.judge(ev, place, best, r)
	case ev.Type == capture.Track && !preset.Of(ev.Format).IsEvent(ev.Name):
		c.explain(ev, place, near, r)
		r.Verdict = capture.Unplanned
	default:
		r.Verdict = capture.Valid
	}
}

// judge judges an event by the candidate that it was found to be.
func (c *Checker) judge(ev *capture.Event, place int, best *candidate, r *Result) capture.Verdict {
	if best.offline {
		r.takenOffline(ev, best)
		return capture.Unplanned
	}
	r.event = ev
	r.object(&best.program.members, c.common(place, best).at(r), ev.Properties)
	if r.invalid {
		return capture.Invalid
	}
	return capture.Valid
}

// common returns the common properties of an event, or nil.
func (c *Checker) common(place int, best *candidate) *commonLine {
	switch {
	case !best.program.tracked:
		return nil
	case place < len(c.terminals):
		return c.commons[place]
	default:
		return c.mixed[best.on]
	}
}
