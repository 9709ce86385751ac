package check

import (
	"cmp"
	"slices"
	"strings"
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
	asked   []string       // the matches, for people
}

// shape holds the candidates whose matches ask for the same properties.
type shape struct {
	properties []int                  // indexes into route.watched
	byValues   map[string][]candidate // by the values, in that order, each ended by a NUL
}

// candidate is a definition that answers to a name.
type candidate struct {
	program *program
	until   *time.Time // for an alias with an end
	byAlias bool
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
	to.read(ev, r)
	near := nearMiss{route: to}
	for i := range to.shapes {
		candidates := to.shapes[i].candidates(r)
		for j := range candidates {
			c := &candidates[j]
			if c.until == nil || ev.ReceivedAt.Before(*c.until) {
				return c.program, nearMiss{}
			}
			near.expired = c
		}
	}
	return nil, near
}

// read collects the values of the watched properties: a string's text, a number's or boolean's literal, else "".
func (to *route) read(ev *capture.Event, r *Result) {
	if len(to.watched) == 0 {
		return
	}
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

// routeBuilder collects the candidates of a name.
type routeBuilder struct {
	candidates []candidate
	matches    [][]plan.Condition
}

func (b *routeBuilder) add(c candidate, match []plan.Condition) {
	b.candidates = append(b.candidates, c)
	b.matches = append(b.matches, match)
}

func (b *routeBuilder) build() *route {
	to := &route{}
	byShape := map[string]*shape{}
	var order []*shape
	for i, c := range b.candidates {
		match := slices.SortedFunc(slices.Values(b.matches[i]), func(x, y plan.Condition) int {
			return cmp.Compare(x.Property, y.Property)
		})
		var id, key strings.Builder
		var asked []string
		for _, condition := range match {
			id.WriteString(condition.Property + "\x00")
			key.WriteString(condition.Value + "\x00")
			asked = append(asked, condition.Property+" = "+condition.Value)
		}
		if len(to.asked) < MaxText {
			to.asked = append(to.asked, strings.Join(asked, " and "))
		}
		s := byShape[id.String()]
		if s == nil {
			s = &shape{properties: to.watch(match), byValues: map[string][]candidate{}}
			byShape[id.String()] = s
			order = append(order, s)
		}
		s.byValues[key.String()] = append(s.byValues[key.String()], c)
	}
	to.finish(order)
	return to
}

// watch returns the indexes of the properties of a match among the watched ones.
func (to *route) watch(match []plan.Condition) []int {
	indexes := make([]int, len(match))
	for i, condition := range match {
		at := slices.Index(to.watched, condition.Property)
		if at < 0 {
			at = len(to.watched)
			to.watched = append(to.watched, condition.Property)
		}
		indexes[i] = at
	}
	return indexes
}

// finish makes the index, and puts what is asked first in front: many conditions before few, wire names before aliases, then by key.
func (to *route) finish(shapes []*shape) {
	slices.SortStableFunc(shapes, func(a, b *shape) int { return cmp.Compare(len(b.properties), len(a.properties)) })
	for _, s := range shapes {
		for _, candidates := range s.byValues {
			slices.SortStableFunc(candidates, func(a, b candidate) int {
				return cmp.Or(compareBools(a.byAlias, b.byAlias), cmp.Compare(a.program.eventKey, b.program.eventKey))
			})
		}
		to.shapes = append(to.shapes, *s)
	}
	if len(to.watched) <= fewWatched {
		return
	}
	to.indexes = make(map[string]int, len(to.watched))
	for w, name := range to.watched {
		to.indexes[name] = w
	}
}

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
