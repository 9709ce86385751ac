package check

import (
	"cmp"
	"slices"
	"time"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/plan"
)

// program is a definition compiled for one terminal, or for an unknown one.
type program struct {
	eventID, eventKey, revisionID string
	wireName                      string
	members                       members
}

// scope is what is planned on one terminal.
type scope struct {
	terminal        string            // its key; "" for an unknown one
	tracks          map[string]*route // by wire name and alias
	profiles, items kindRoutes
}

// kindRoutes leads to the definitions of a kind whose records have no names of their own: those whose wire name is the
// record's, or else all.
type kindRoutes struct {
	byName map[string]*route
	all    *route
}

// route leads from a name to the definitions that answer to it.
type route struct {
	watched []string       // the properties that any match asks for
	indexes map[string]int // of the watched ones, where there are too many to look through
	shapes  []shape        // those with the most conditions first
	rest    []candidate    // those without a match
	asked   []string       // the matches, for people
}

// shape holds the candidates whose matches ask for the same properties.
type shape struct {
	properties []int                  // indexes into route.watched
	byValues   map[string][]candidate // by the values, in that order, each ended by a NUL
}

// candidate is a definition that answers to a name.
type candidate struct {
	program    *program
	until      *time.Time // for an alias with an end
	byAlias    bool
	conditions int // how many its match has
}

// nearMiss says how close an event without a definition came to one.
type nearMiss struct {
	route   *route     // the route of its name on its terminal
	expired *candidate // whose alias has ended
}

// find returns the program that judges ev, or nil and how close it came.
func (s *scope) find(ev *capture.Event, r *Result) (*program, nearMiss) {
	var to *route
	switch ev.Type {
	case capture.Track, capture.Page, capture.Screen:
		to = s.tracks[ev.Name]
	case capture.Identify:
		to = s.profiles.find(ev.Name)
	case capture.Item:
		to = s.items.find(ev.Name)
	case capture.Group, capture.Alias: // no kind of definition is for these
	}
	if to == nil {
		return nil, nearMiss{}
	}
	return to.find(ev, r)
}

func (k *kindRoutes) find(name string) *route {
	if to, ok := k.byName[name]; ok {
		return to
	}
	return k.all
}

func (to *route) find(ev *capture.Event, r *Result) (*program, nearMiss) {
	near := nearMiss{route: to}
	if len(to.shapes) > 0 {
		to.read(ev, r)
	}
	var best *candidate
	for i := range to.shapes {
		s := &to.shapes[i]
		if best != nil && len(s.properties) < best.conditions {
			break
		}
		if c := near.first(s.candidates(r), ev.ReceivedAt); c != nil && (best == nil || c.compare(best) < 0) {
			best = c
		}
	}
	if best == nil {
		best = near.first(to.rest, ev.ReceivedAt)
	}
	if best == nil {
		return nil, near
	}
	return best.program, nearMiss{}
}

// first returns the first candidate that is no alias which has ended, or nil.
func (near *nearMiss) first(candidates []candidate, at time.Time) *candidate {
	for i := range candidates {
		c := &candidates[i]
		if c.until == nil || at.Before(*c.until) {
			return c
		}
		near.expired = c
	}
	return nil
}

// compare puts the better of two candidates whose matches both hold in front: the one with more conditions, then the
// one whose wire name it is, then the first by key.
func (c *candidate) compare(o *candidate) int {
	return cmp.Or(
		cmp.Compare(o.conditions, c.conditions), compareBools(c.byAlias, o.byAlias),
		cmp.Compare(c.program.eventKey, o.program.eventKey),
	)
}

// compareBools puts false before true.
func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	default:
		return -1
	}
}

// read collects the values of the watched properties: a string's text, a number's or boolean's literal, else "".
func (to *route) read(ev *capture.Event, r *Result) {
	r.values = append(r.values[:0], make([]string, len(to.watched))...)
	for _, n := range ev.Properties.Members {
		if w := to.index(n.Name); w >= 0 {
			r.values[w] = n.Text
		}
	}
}

// fewWatched is up to how many names looking through them is faster than a map.
const fewWatched = 8

func (to *route) index(name string) int {
	if to.indexes == nil {
		return slices.Index(to.watched, name)
	}
	if w, ok := to.indexes[name]; ok {
		return w
	}
	return -1
}

func (s *shape) candidates(r *Result) []candidate {
	key := r.key[:0]
	for _, w := range s.properties {
		if len(r.values[w]) > plan.MaxConditionValue*4 {
			return nil
		}
		key = append(append(key, r.values[w]...), 0)
	}
	r.key = key[:0]
	return s.byValues[string(key)]
}
