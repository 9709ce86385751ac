package catalog

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/waymarkhq/waymark/internal/diff"
	"github.com/waymarkhq/waymark/internal/plan"
)

// What revisions of a definition change is told in one way, whoever asks: with the impact of each change, which the rules
// of package diff tell of complete definitions. The shared definitions that a revision refers to count as they are now.

// loadTexts reads what definitions of a line refer to. Nil is one that is not there.
func (z *freezer) loadTexts(ctx context.Context, l *line, texts ...[]byte) error {
	docs := make([]*eventDocument, 0, len(texts))
	sets := map[string]bool{}
	for _, t := range texts {
		switch {
		case t == nil:
		case l == eventLine:
			doc, err := readText[eventDocument](t)
			if err != nil {
				return err
			}
			docs = append(docs, doc)
		case l == propertyLine:
			doc, err := readText[propertyDocument](t)
			if err != nil {
				return err
			}
			noteDrawn(&doc.Type, sets)
		}
	}
	if l == eventLine {
		return z.load(ctx, docs...)
	}
	return z.readSets(ctx, sets)
}

// differ tells what one text of a definition changes in another, nil where there was none. What they refer to was loaded.
func (z *freezer) differ(l *line, ownerID string, before, after []byte) ([]diff.Change, error) {
	switch l {
	case eventLine:
		return z.eventsDiffer(ownerID, before, after)
	case propertyLine:
		return z.propertiesDiffer(ownerID, before, after)
	default:
		return valueSetsDiffer(ownerID, before, after)
	}
}

func (z *freezer) eventsDiffer(id string, before, after []byte) ([]diff.Change, error) {
	var frozen [2]*plan.Frozen
	for i, t := range [][]byte{before, after} {
		if t == nil {
			continue
		}
		doc, err := readText[eventDocument](t)
		if err != nil {
			return nil, err
		}
		if frozen[i], err = z.freeze(id, doc); err != nil {
			return nil, err
		}
	}
	changes := diff.Definitions(frozen[0], frozen[1], z.byHash())
	if before == nil {
		return diff.Introduced(after, diff.EventShape, changes[0].Rule)
	}
	return changes, nil
}

func (z *freezer) propertiesDiffer(id string, before, after []byte) ([]diff.Change, error) {
	if before == nil {
		return diff.Introduced(after, diff.PropertyShape, diff.PropertyAddedOptional)
	}
	was, err := readText[propertyDocument](before)
	if err != nil {
		return nil, err
	}
	is, err := readText[propertyDocument](after)
	if err != nil {
		return nil, err
	}
	changes := diff.Properties(was.frozen(id), is.frozen(id), z.hashes, z.byHash())
	if was.ReplacedBy != is.ReplacedBy {
		changes = append(changes, diff.Successor(was.ReplacedBy, is.ReplacedBy))
	}
	return changes, nil
}

// frozen is the property as an event carries it that adds nothing to it.
func (d *propertyDocument) frozen(id string) *plan.FrozenProperty {
	return &plan.FrozenProperty{
		PropertyID: id, Key: d.Key, Name: d.Name, Description: d.Description, Type: d.Type, Sensitivity: d.Sensitivity,
		PropertyExample: d.Example, Presence: plan.PresenceOptional,
	}
}

func valueSetsDiffer(id string, before, after []byte) ([]diff.Change, error) {
	if before == nil {
		return diff.Introduced(after, diff.ValueSetShape, diff.ValueAdded)
	}
	var sets [2]*plan.FrozenValueSet
	for i, t := range [][]byte{before, after} {
		doc, err := readText[valueSetDocument](t)
		if err != nil {
			return nil, err
		}
		sets[i] = &plan.FrozenValueSet{ID: id, Key: doc.Key, Name: doc.Name, Description: doc.Description, Values: doc.Values}
	}
	return diff.ValueSets(sets[0], sets[1]), nil
}

// readText reads the text of a definition.
func readText[D any](t []byte) (*D, error) {
	doc := new(D)
	if err := json.Unmarshal(t, doc); err != nil {
		return nil, fmt.Errorf("read a definition: %w", err)
	}
	return doc, nil
}
