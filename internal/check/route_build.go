package check

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/waymarkhq/waymark/internal/plan"
)

// buildRoute makes the route to what answers at a place.
func buildRoute(answers []*answer, place int) *route {
	to := &route{cuts: cutsOf(answers, place)}
	if to.cuts.ranks() > 1 {
		to.alive = make([]bool, to.cuts.ranks())
	}
	shapes := map[string]*shape{}
	for _, a := range answers {
		if a.places>>place&1 != 0 {
			to.add(a, shapes)
		}
	}
	to.order(shapes)
	to.makeIndex()
	return to
}

// cutsOf returns the versions from which on something else answers.
func cutsOf(answers []*answer, place int) cuts {
	var versions []string
	for _, a := range answers {
		if a.places>>place&1 == 0 {
			continue
		}
		for _, v := range [...]string{a.from, a.until} {
			if v != "" {
				versions = append(versions, v)
			}
		}
	}
	return newCuts(versions)
}

// add adds what an answer leads to.
func (to *route) add(a *answer, shapes map[string]*shape) {
	d := a.definition
	c := candidate{
		program: a.program, conditions: len(d.Match), release: a.release, on: a.on, byAlias: a.byAlias, offline: a.offline,
		low: to.cuts.start(a.from), high: to.cuts.end(a.until),
	}
	if a.ends >= 0 {
		c.until = d.Aliases[a.ends].Until
	}
	if to.alive != nil {
		for rank := c.low; rank < c.high; rank++ {
			to.alive[rank] = true
		}
	}
	if len(d.Match) == 0 {
		to.rest = append(to.rest, c)
		return
	}
	match := slices.SortedFunc(slices.Values(d.Match), func(x, y plan.Condition) int {
		return cmp.Compare(x.Property, y.Property)
	})
	to.ask(match)
	id, key := shapeOf(match)
	s := shapes[id]
	if s == nil {
		s = &shape{properties: to.watch(match), byValues: map[string][]candidate{}}
		shapes[id] = s
	}
	s.byValues[key] = append(s.byValues[key], c)
}

// shapeOf returns which properties a match asks for, and which values it asks of them, as one text each. No name and no
// value in a plan holds a NUL.
func shapeOf(match []plan.Condition) (id, key string) {
	var names, values strings.Builder
	for _, condition := range match {
		names.WriteString(condition.Property + "\x00")
		values.WriteString(condition.Value + "\x00")
	}
	return names.String(), values.String()
}

// ask notes for people what a match asks for, as long as it can be shown.
func (to *route) ask(match []plan.Condition) {
	if len(to.asked) >= MaxText {
		return
	}
	conditions := make([]string, len(match))
	for i, c := range match {
		conditions[i] = c.Property + " = " + c.Value
	}
	if text := strings.Join(conditions, " and "); !slices.Contains(to.asked, text) {
		to.asked = append(to.asked, text)
	}
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

// order puts the shapes with the most conditions first, and of the candidates that ask for the same values the best.
func (to *route) order(shapes map[string]*shape) {
	for _, id := range slices.Sorted(maps.Keys(shapes)) {
		to.shapes = append(to.shapes, *shapes[id])
		for _, candidates := range shapes[id].byValues {
			orderCandidates(candidates)
		}
	}
	slices.SortStableFunc(to.shapes, func(a, b shape) int { return cmp.Compare(len(b.properties), len(a.properties)) })
	orderCandidates(to.rest)
}

func orderCandidates(candidates []candidate) {
	slices.SortStableFunc(candidates, func(a, b candidate) int { return a.compare(&b) })
}

// makeIndex makes a map of the watched properties where there are many.
func (to *route) makeIndex() {
	if len(to.watched) <= fewWatched {
		return
	}
	to.indexes = make(map[string]int, len(to.watched))
	for w, name := range to.watched {
		to.indexes[name] = w
	}
}
