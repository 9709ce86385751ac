package release

import (
	"context"
	stdsql "database/sql"
	"fmt"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent/frozen"
	"github.com/waymarkhq/waymark/internal/diff"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/store"
)

// texts are frozen definitions, and the frozen value sets that they draw on, by hash.
type texts struct {
	definitions map[string]*plan.Frozen
	sets        map[string]*plan.FrozenValueSet
}

func newTexts() *texts {
	return &texts{definitions: map[string]*plan.Frozen{}, sets: map[string]*plan.FrozenValueSet{}}
}

// load reads the definitions with the given hashes, and what they draw on, unless they are there already.
func (t *texts) load(ctx context.Context, r reader, hashes []string) error {
	if err := t.loadDefinitions(ctx, r, hashes); err != nil {
		return err
	}
	return t.loadSets(ctx, r, hashes)
}

func (t *texts) loadDefinitions(ctx context.Context, r reader, hashes []string) error {
	var missing []string
	for _, h := range hashes {
		if _, there := t.definitions[h]; !there && h != "" {
			t.definitions[h] = nil
			missing = append(missing, h)
		}
	}
	err := r.bodies(ctx, missing, func(hash string, body []byte) error {
		f, err := plan.ParseFrozen(body)
		t.definitions[hash] = &f
		return err
	})
	if err != nil {
		return fmt.Errorf("read frozen definitions: %w", err)
	}
	for _, h := range missing {
		if t.definitions[h] == nil {
			return fmt.Errorf("read frozen definitions: %s is gone", h)
		}
	}
	return nil
}

func (t *texts) loadSets(ctx context.Context, r reader, hashes []string) error {
	var missing []string
	for _, h := range hashes {
		f := t.definitions[h]
		if f == nil {
			continue
		}
		for _, set := range f.ValueSets {
			if _, there := t.sets[set]; !there {
				t.sets[set] = nil
				missing = append(missing, set)
			}
		}
	}
	return t.loadSetsOf(ctx, r, missing)
}

// loadSetsOf reads the value sets with the given hashes.
func (t *texts) loadSetsOf(ctx context.Context, r reader, missing []string) error {
	err := r.bodies(ctx, missing, func(hash string, body []byte) error {
		set, err := plan.ParseFrozenValueSet(body)
		t.sets[hash] = &set
		return err
	})
	if err != nil {
		return fmt.Errorf("read frozen value sets: %w", err)
	}
	for _, h := range missing {
		if t.sets[h] == nil {
			return fmt.Errorf("read frozen value sets: %s is gone", h)
		}
	}
	return nil
}

// bodies reads frozen texts by their hashes, in one statement.
func (r reader) bodies(ctx context.Context, hashes []string, fn func(hash string, body []byte) error) error {
	if len(hashes) == 0 {
		return nil
	}
	q := r.sql().Select(frozen.FieldID, frozen.FieldBody).From(sql.Table(frozen.Table)).
		Where(store.Among(frozen.FieldID, hashes))
	var body stdsql.RawBytes
	return r.each(ctx, q, func(rows *stdsql.Rows) error {
		var hash string
		if err := rows.Scan(&hash, &body); err != nil {
			return err
		}
		return fn(hash, body)
	})
}

// compareFields fills in the fields and names of changes.
func (t *texts) compareFields(ctx context.Context, r reader, changes []*EventChange) error {
	var hashes []string
	for _, c := range changes {
		for _, d := range c.Definitions {
			hashes = append(hashes, d.BeforeHash, d.AfterHash)
		}
		for _, s := range c.Slots { // offline on both sides, it still has a name
			if s.After != nil && len(c.Definitions) == 0 {
				hashes = append(hashes, s.After.Hash)
			} else if s.Before != nil && len(c.Definitions) == 0 {
				hashes = append(hashes, s.Before.Hash)
			}
		}
	}
	if err := t.load(ctx, r, hashes); err != nil {
		return err
	}
	for _, c := range changes {
		for i := range c.Definitions {
			d := &c.Definitions[i]
			d.Fields = t.fields(d)
		}
		t.name(c)
	}
	return nil
}

// fields compares the definitions of a change.
func (t *texts) fields(d *DefinitionChange) []diff.Change {
	switch {
	case d.Offline:
		return []diff.Change{diff.Offline(false)}
	case d.Back:
		return []diff.Change{diff.Offline(true)}
	default:
		return diff.Definitions(t.definitions[d.BeforeHash], t.definitions[d.AfterHash], t.sets)
	}
}

// name gives a change the words of the newer definition.
func (t *texts) name(c *EventChange) {
	for _, s := range c.Slots {
		for _, side := range []*Slot{s.Before, s.After} {
			if side == nil {
				continue
			}
			if f := t.definitions[side.Hash]; f != nil {
				c.Key, c.Name = f.Key, f.Name
			}
		}
	}
}
