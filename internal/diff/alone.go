package diff

import (
	"strings"

	"github.com/waymarkhq/waymark/internal/plan"
)

// Properties returns the fields in which two revisions of a shared property differ, each with its impact on the events that
// carry it and add nothing to it. Their value sets are given as Definitions takes them: hashes by id, and sets by hash.
func Properties(
	a, b *plan.FrozenProperty, valueSets map[string]string, sets map[string]*plan.FrozenValueSet,
) []Change {
	carrying := func(p *plan.FrozenProperty) *plan.Frozen {
		return &plan.Frozen{Kind: plan.KindTrack, Properties: []plan.FrozenProperty{*p}, ValueSets: valueSets}
	}
	changes := Definitions(carrying(a), carrying(b), sets)
	for i := range changes {
		c := &changes[i]
		c.At = c.At[2:]
		c.Path = strings.TrimPrefix(c.Path, "properties["+plain(b.Key)+"].")
		if c.At[0] == "propertyExample" { // beside an event there is only one example
			c.At, c.Path = []string{"example"}, "example"
		}
	}
	return changes
}

// Successor returns the change of what takes the place of a shared property, by the ids; an empty one is none.
func Successor(from, to string) Change {
	const name = "replacedBy"
	var d differ
	d.note(place{at: []string{name}, path: name}, quoteID(from), quoteID(to))
	return classed(d.found[0], PropertyMerged, nil)
}

func quoteID(id string) text {
	if id == "" {
		return nil
	}
	return quote(id)
}

// Introduced returns the fields of a text of a shape that is new, each with what a rule says. The error is of a text that is
// not JSON.
func Introduced(document []byte, s Shape, rule string) ([]Change, error) {
	changes, err := Fields([]byte("{}"), document, s)
	for i := range changes {
		changes[i] = classed(changes[i], rule, nil)
	}
	return changes, err
}
