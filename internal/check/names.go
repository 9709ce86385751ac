package check

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/waymarkhq/waymark/internal/plan"
)

// bearers are what answers to a name.
type bearers struct {
	answers []*answer // by the keys of their events
	routes  []*route  // by place: the terminals, then the unknown one; nil where nothing answers
}

// names leads to what answers to the names of a kind of events.
type names struct {
	byName map[string]*bearers
	all    *bearers // for kinds whose records have no names of their own; nil where there is nothing
}

// at returns the route of a name at a place, or nil.
func (b *bearers) at(place int) *route {
	if b == nil {
		return nil
	}
	return b.routes[place]
}

// find returns the route for records of a kind that have no names of their own: to the definitions whose wire name is the
// record's, or else to all.
func (n *names) find(name string, place int, r *Result) *route {
	if to := n.byName[name].at(place); to != nil && to.isAlive(r.version.rank(&to.cuts)) {
		return to
	}
	return n.all.at(place)
}

// edits are the changes to all names.
type edits struct{ tracks, profiles, items nameEdits }

// nameEdits are the changes to the names of a kind. A name that is there is made anew.
type nameEdits struct {
	added   map[string][]*answer
	removed map[*answer]bool
	all     []*answer
	allMade bool
}

func (e *edits) of(kind plan.EventKind) *nameEdits {
	switch kind {
	case plan.KindUserProfile:
		return &e.profiles
	case plan.KindItem:
		return &e.items
	case plan.KindTrack, plan.KindCommon: // common properties answer to nothing
	}
	return &e.tracks
}

func (e *edits) add(list []answer) {
	for i := range list {
		a := &list[i]
		to := e.of(a.definition.Kind)
		if a.nameless {
			to.all, to.allMade = append(to.all, a), true
			continue
		}
		if to.added == nil {
			to.added = map[string][]*answer{}
		}
		to.added[a.name] = append(to.added[a.name], a)
	}
}

func (e *edits) remove(list []answer) {
	for i := range list {
		a := &list[i]
		to := e.of(a.definition.Kind)
		if to.removed == nil {
			to.removed = map[*answer]bool{}
		}
		if to.removed[a] = true; a.nameless {
			to.allMade = true
			continue
		}
		if to.added == nil {
			to.added = map[string][]*answer{}
		}
		to.added[a.name] = append(to.added[a.name], nil...)
	}
}

// drop removes the answers of the events that are no longer there.
func (e *edits) drop(before, now *origin) {
	for i := range before.entries {
		if was := &before.entries[i]; now.find(was.id, i) == nil {
			e.remove(was.answers)
		}
	}
}

// apply returns names with the changes made.
func (e *nameEdits) apply(old names, c *compiler) names {
	next := old
	if len(e.added) > 0 {
		if next.byName = maps.Clone(old.byName); next.byName == nil {
			next.byName = make(map[string]*bearers, len(e.added))
		}
		for name, added := range e.added {
			if n := e.renew(old.byName[name], added, c); n != nil {
				next.byName[name] = n
			} else {
				delete(next.byName, name)
			}
		}
	}
	if e.allMade {
		next.all = e.renew(old.all, e.all, c)
	}
	return next
}

// renew returns a name without what was removed and with what was added; nil where nothing is left.
func (e *nameEdits) renew(old *bearers, added []*answer, c *compiler) *bearers {
	n := &bearers{answers: added}
	if old != nil && len(old.answers) > 0 {
		n.answers = make([]*answer, 0, len(old.answers)+len(added))
		for _, a := range old.answers {
			if !e.removed[a] {
				n.answers = append(n.answers, a)
			}
		}
		n.answers = append(n.answers, added...)
	}
	if len(n.answers) == 0 {
		return nil
	}
	slices.SortStableFunc(n.answers, (*answer).compare)
	n.build(len(c.terminals) + 1)
	return n
}

// compare orders answers by their events, so that it makes no difference when each was compiled.
func (a *answer) compare(o *answer) int {
	return cmp.Or(
		strings.Compare(a.program.eventKey, o.program.eventKey), strings.Compare(a.program.eventID, o.program.eventID),
		cmp.Compare(a.nth, o.nth),
	)
}

// build makes the routes. Places at which the same answers are given share one.
func (b *bearers) build(places int) {
	b.routes = make([]*route, places)
	for place := range b.routes {
		like := slices.IndexFunc(b.routes[:place], func(r *route) bool { return r != nil })
		for like >= 0 && like < place && !b.alike(like, place) {
			like++
		}
		switch {
		case !b.isAnswered(place):
		case like >= 0 && like < place:
			b.routes[place] = b.routes[like]
		default:
			b.routes[place] = buildRoute(b.answers, place)
		}
	}
}

func (b *bearers) isAnswered(place int) bool {
	return slices.ContainsFunc(b.answers, func(a *answer) bool { return a.places>>place&1 != 0 })
}

func (b *bearers) alike(one, other int) bool {
	return !slices.ContainsFunc(b.answers, func(a *answer) bool { return (a.places>>one^a.places>>other)&1 != 0 })
}

// fold returns the names of all tracked events, by themselves in lower case.
func (e *nameEdits) fold(previous, next *Checker) map[string][]string {
	if len(e.added) == 0 {
		return previous.folded
	}
	folded := maps.Clone(previous.folded)
	if folded == nil {
		folded = make(map[string][]string, len(e.added))
	}
	for name := range e.added {
		was, is := previous.tracks.byName[name] != nil, next.tracks.byName[name] != nil
		if was == is {
			continue
		}
		lower := strings.ToLower(name)
		same := slices.DeleteFunc(slices.Clone(folded[lower]), func(s string) bool { return s == name })
		if is {
			same = append(same, name)
			slices.Sort(same)
		}
		if folded[lower] = same; len(same) == 0 {
			delete(folded, lower)
		}
	}
	return folded
}
