package release

import (
	"bytes"
	"context"
	stdsql "database/sql"
	"fmt"
	"runtime"
	"slices"

	"entgo.io/ent/dialect/sql"
	"golang.org/x/sync/errgroup"

	"github.com/waymarkhq/waymark/ent/frozen"
	"github.com/waymarkhq/waymark/internal/diff"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/store"
)

// texts are frozen definitions, and the frozen value sets that they draw on, by hash.
type texts struct {
	definitions map[string]*plan.Frozen
	canonical   map[string][]byte // their texts, of those that were read
	sets        map[string]*plan.FrozenValueSet
	reader      *plan.FrozenReader
}

func newTexts() *texts {
	return &texts{
		definitions: map[string]*plan.Frozen{}, canonical: map[string][]byte{}, sets: map[string]*plan.FrozenValueSet{},
		reader: plan.NewFrozenReader(),
	}
}

// load reads the definitions with the given hashes, and what they draw on, unless they are there already.
func (t *texts) load(ctx context.Context, r reader, hashes []string) error {
	if err := t.loadDefinitions(ctx, r, hashes); err != nil {
		return err
	}
	return t.loadSets(ctx, r, hashes)
}

func (t *texts) loadDefinitions(ctx context.Context, r reader, hashes []string) error {
	missing := map[string]bool{}
	for _, h := range hashes {
		if h != "" && t.definitions[h] == nil {
			missing[h] = true
		}
	}
	type one struct {
		hash string
		diff.Written
	}
	list, err := parsed(ctx, r, sortedKeys(missing), func(hash string, body []byte) (*one, error) {
		f, err := t.reader.Read(body)
		return &one{hash, diff.Written{Definition: &f, Canonical: body}}, err
	})
	for _, o := range list {
		t.definitions[o.hash], t.canonical[o.hash] = o.Definition, o.Canonical
	}
	return err
}

func (t *texts) loadSets(ctx context.Context, r reader, hashes []string) error {
	missing := map[string]bool{}
	for _, h := range hashes {
		f := t.definitions[h]
		if f == nil {
			continue
		}
		for _, set := range f.ValueSets {
			if t.sets[set] == nil {
				missing[set] = true
			}
		}
	}
	return t.loadSetsOf(ctx, r, missing)
}

// loadSetsOf reads the value sets with the given hashes.
func (t *texts) loadSetsOf(ctx context.Context, r reader, missing map[string]bool) error {
	type one struct {
		hash string
		set  plan.FrozenValueSet
	}
	list, err := parsed(ctx, r, sortedKeys(missing), func(hash string, body []byte) (*one, error) {
		set, err := plan.ParseFrozenValueSet(body)
		return &one{hash, set}, err
	})
	for _, o := range list {
		t.sets[o.hash] = &o.set
	}
	return err
}

// readAtOnce is how many texts are held at once, where there are many.
const readAtOnce = 2000

// parsed reads frozen texts by their hashes, each of which is there once, and parses them on all processors.
func parsed[T any](
	ctx context.Context, r reader, hashes []string, parse func(hash string, body []byte) (*T, error),
) ([]*T, error) {
	list := make([]*T, 0, len(hashes))
	for part := range slices.Chunk(hashes, readAtOnce) {
		names, bodies := make([]string, 0, len(part)), make([][]byte, 0, len(part))
		err := r.bodies(ctx, part, func(hash string, body []byte) error {
			names, bodies = append(names, hash), append(bodies, bytes.Clone(body))
			return nil
		})
		if err == nil && len(names) != len(part) {
			err = fmt.Errorf("%d are gone", len(part)-len(names))
		}
		if err != nil {
			return nil, fmt.Errorf("read frozen texts: %w", err)
		}
		from := len(list)
		list = list[:from+len(names)]
		err = onAllProcessors(len(names), func(i int) (err error) {
			if list[from+i], err = parse(names[i], bodies[i]); err != nil {
				return fmt.Errorf("read the frozen text %s: %w", names[i], err)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

// onAllProcessors calls fn with 0 to n-1.
func onAllProcessors(n int, fn func(i int) error) error {
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	size := max(1, n/(4*runtime.GOMAXPROCS(0)))
	for from := 0; from < n; from += size {
		group.Go(func() error {
			for i := from; i < min(from+size, n); i++ {
				if err := fn(i); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
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
	return onAllProcessors(len(changes), func(i int) error {
		c := changes[i]
		for k := range c.Definitions {
			d := &c.Definitions[k]
			d.Fields = t.fields(d)
		}
		t.name(c)
		return nil
	})
}

// fields compares the definitions of a change.
func (t *texts) fields(d *DefinitionChange) []diff.Change {
	switch {
	case d.Offline:
		return []diff.Change{diff.Offline(false)}
	case d.Back:
		return []diff.Change{diff.Offline(true)}
	default:
		return diff.WrittenDefinitions(t.written(d.BeforeHash), t.written(d.AfterHash), t.sets)
	}
}

// written returns the definition with a hash and its text; of drafts, which were not read, that has to be written.
func (t *texts) written(hash string) diff.Written {
	w := diff.Written{Definition: t.definitions[hash], Canonical: t.canonical[hash]}
	if w.Definition != nil && w.Canonical == nil {
		w.Canonical = w.Definition.Canonical()
	}
	return w
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
