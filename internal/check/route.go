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
	eventID, eventKey, revisionID, hash string
	wireName                            string
	tracked                             bool // only what is tracked carries common properties
	members                             members
}

// route leads from a name to the definitions that answer to it.
type route struct {
	watched []string       // the properties that any match asks for
	indexes map[string]int // of the watched ones, where there are too many to look through
	shapes  []shape        // those with the most conditions first
	rest    []candidate    // those without a match
	asked   []string       // the matches, for people
	cuts    cuts
	alive   []bool // by rank: whether any definition holds; nil where all ranks have one
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
	conditions int        // how many its match has
	release    int
	low, high  int    // it holds in the ranks from low on, below high
	on         uint64 // for an unknown terminal: those that the event may come from
	byAlias    bool
	offline    bool
}

// nearMiss says how close an event without a definition came to one.
type nearMiss struct {
	route   *route     // the route of its name on its terminal
	rank    int        // of its version there
	expired *candidate // whose alias has ended
	other   *candidate // that holds in other versions
}

// route returns the route of an event's name at a place, or nil.
func (c *Checker) route(ev *capture.Event, place int, r *Result) *route {
	switch ev.Type {
	case capture.Track, capture.Page, capture.Screen:
		return c.tracks.byName[ev.Name].at(place)
	case capture.Identify:
		return c.profiles.find(ev.Name, place, r)
	case capture.Item:
		return c.items.find(ev.Name, place, r)
	case capture.Group, capture.Alias: // no kind of definition is for these
	}
	return nil
}

// isAlive reports whether any definition holds in a rank.
func (to *route) isAlive(rank int) bool { return to.alive == nil || to.alive[rank] }

// find returns the candidate that judges ev, or nil and how close it came.
func (to *route) find(ev *capture.Event, r *Result) (*candidate, nearMiss) {
	if to == nil {
		return nil, nearMiss{}
	}
	near := nearMiss{route: to, rank: r.version.rank(&to.cuts)}
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
	return best, near
}

// first returns the first candidate that holds for the event's version and is no alias which has ended, or nil.
func (near *nearMiss) first(candidates []candidate, at time.Time) *candidate {
	for i := range candidates {
		c := &candidates[i]
		switch {
		case near.rank < c.low || near.rank >= c.high:
			near.other = closer(near.rank, near.other, c)
		case c.until == nil || at.Before(*c.until):
			return c
		default:
			near.expired = c
		}
	}
	return nil
}

// closer returns which of two candidates that do not hold in a rank to tell of: the one that begins soonest after it, or
// else the one that ended latest. The first may be nil.
func closer(rank int, a, b *candidate) *candidate {
	switch {
	case a == nil:
		return b
	case a.low > rank && b.low > rank:
		if b.low < a.low {
			return b
		}
		return a
	case a.low > rank || b.low <= rank && a.high >= b.high:
		return a
	default:
		return b
	}
}

// compare puts the better of two candidates whose matches both hold in front: the one with more conditions, then one that
// is not offline, then the one whose wire name it is, then the first by key. Of one event, where the terminal is unknown,
// it is the definition of the newest release.
func (c *candidate) compare(o *candidate) int {
	return cmp.Or(
		cmp.Compare(o.conditions, c.conditions), compareBools(c.offline, o.offline), compareBools(c.byAlias, o.byAlias),
		cmp.Compare(c.program.eventKey, o.program.eventKey), cmp.Compare(c.program.eventID, o.program.eventID),
		cmp.Compare(o.release, c.release), cmp.Compare(c.program.hash, o.program.hash),
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
