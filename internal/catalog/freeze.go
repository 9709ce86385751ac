package catalog

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/approval"
	"github.com/waymarkhq/waymark/ent/frozen"
	"github.com/waymarkhq/waymark/ent/property"
	"github.com/waymarkhq/waymark/ent/valueset"
	"github.com/waymarkhq/waymark/internal/plan"
)

// bulk is how many rows one statement inserts, and how many ids it names.
const bulk = 300

// freezer resolves definitions with the shared properties and value sets as their rows are now, which it reads once.
type freezer struct {
	read       *ent.PropertyClient
	readSet    *ent.ValueSetClient
	properties map[string]*ent.Property
	sets       map[string]*plan.FrozenValueSet
	hashes     map[string]string // of the sets, by id
}

func newFreezer(read *ent.PropertyClient, readSet *ent.ValueSetClient) *freezer {
	return &freezer{
		read: read, readSet: readSet,
		properties: map[string]*ent.Property{}, sets: map[string]*plan.FrozenValueSet{}, hashes: map[string]string{},
	}
}

func (c *change) newFreezer() *freezer { return newFreezer(c.Property, c.ValueSet) }

func (s *Service) newFreezer() *freezer { return newFreezer(s.read.Property, s.read.ValueSet) }

// load reads what the documents refer to.
func (z *freezer) load(ctx context.Context, docs ...*eventDocument) error {
	ids := map[string]bool{}
	for _, d := range docs {
		for i := range d.Properties {
			ids[d.Properties[i].PropertyID] = true
		}
	}
	maps.DeleteFunc(ids, func(id string, _ bool) bool { return z.properties[id] != nil })
	if len(ids) > 0 {
		rows, err := z.read.Query().Where(isAmong(property.FieldID, slices.Sorted(maps.Keys(ids)))).All(ctx)
		if err != nil {
			return fmt.Errorf("read properties: %w", err)
		}
		for _, row := range rows {
			z.properties[row.ID] = row
		}
	}
	return z.loadSets(ctx, docs)
}

// loadSets reads the value sets that the documents draw on, themselves or by their properties.
func (z *freezer) loadSets(ctx context.Context, docs []*eventDocument) error {
	ids := map[string]bool{}
	for _, d := range docs {
		for i := range d.Properties {
			u := &d.Properties[i]
			if p := z.properties[u.PropertyID]; p != nil {
				noteDrawn(&p.Type, ids)
			}
			if u.Narrowing != nil {
				ids[u.Narrowing.ValueSetID] = true
			}
			for _, n := range u.NarrowingOn {
				ids[n.ValueSetID] = true
			}
		}
	}
	return z.readSets(ctx, ids)
}

// readSets reads value sets by their ids.
func (z *freezer) readSets(ctx context.Context, ids map[string]bool) error {
	maps.DeleteFunc(ids, func(id string, _ bool) bool { return id == "" || z.sets[id] != nil })
	if len(ids) == 0 {
		return nil
	}
	rows, err := z.readSet.Query().Where(isAmong(valueset.FieldID, slices.Sorted(maps.Keys(ids)))).All(ctx)
	if err != nil {
		return fmt.Errorf("read value sets: %w", err)
	}
	for _, row := range rows {
		s := &plan.FrozenValueSet{
			ID: row.ID, Key: row.Key, Name: row.Name, Description: row.Description, Values: row.Values,
		}
		z.sets[row.ID], z.hashes[row.ID] = s, s.Hash()
	}
	return nil
}

// byHash are the value sets by their hashes.
func (z *freezer) byHash() map[string]*plan.FrozenValueSet {
	sets := make(map[string]*plan.FrozenValueSet, len(z.sets))
	for id, s := range z.sets {
		sets[z.hashes[id]] = s
	}
	return sets
}

// freeze resolves one document, of which everything was loaded.
func (z *freezer) freeze(eventID string, d *eventDocument) (*plan.Frozen, error) {
	f := &plan.Frozen{
		EventID: eventID, Key: d.Key, Kind: d.Kind, Name: d.Name, WireName: d.WireName, Match: d.Match, Aliases: d.Aliases,
		Description: d.Description, Trigger: d.Trigger, Level: d.Level, Module: d.Module, OwnerIDs: d.OwnerIDs,
		Terminals: d.Terminals, ExcludedCommon: d.ExcludedCommon,
	}
	for i := range d.Properties {
		u := &d.Properties[i]
		p := z.properties[u.PropertyID]
		if p == nil {
			return nil, fmt.Errorf("event %s uses the property %s, which is gone", eventID, u.PropertyID)
		}
		f.Properties = append(f.Properties, plan.FrozenProperty{
			PropertyID: p.ID, Key: p.Key, Name: p.Name, Description: p.Description, Type: p.Type, Sensitivity: p.Sensitivity,
			PropertyExample: p.Example, Presence: u.Presence, PresenceOn: u.PresenceOn, Narrowing: u.Narrowing,
			NarrowingOn: u.NarrowingOn, Example: u.Example, Note: u.Note,
		})
	}
	for id := range f.DrawsOn() {
		if z.hashes[id] == "" {
			return nil, fmt.Errorf("event %s draws on the value set %s, which is gone", eventID, id)
		}
		if f.ValueSets == nil {
			f.ValueSets = map[string]string{}
		}
		f.ValueSets[id] = z.hashes[id]
	}
	return f, nil
}

// hashesOf reads what the lines of events say now, by the ids of their newest entries.
func (c *change) hashesOf(ctx context.Context, rows []*ent.Event) (map[string]string, error) {
	newest := make([]string, 0, len(rows))
	for _, row := range rows {
		newest = append(newest, row.ApprovalID)
	}
	entries, err := c.Approval.Query().Where(func(q *sql.Selector) { q.Where(among(q.C(approval.FieldID), newest)) }).
		Select(approval.FieldID, approval.FieldHash).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read approvals: %w", err)
	}
	hashes := make(map[string]string, len(entries))
	for _, e := range entries {
		hashes[e.ID] = e.Hash
	}
	return hashes, nil
}

// keep stores texts of definitions and value sets under their hashes. What is there already stays as it is.
func (c *change) keep(ctx context.Context, texts map[string][]byte) error {
	for chunk := range slices.Chunk(slices.Sorted(maps.Keys(texts)), bulk) {
		insert := sql.Dialect(c.s.store.Dialect()).Insert(frozen.Table).Columns(frozen.FieldID, frozen.FieldBody).
			OnConflict(sql.ConflictColumns(frozen.FieldID), sql.DoNothing())
		for _, hash := range chunk {
			insert.Values(hash, string(texts[hash]))
		}
		query, args := insert.Query()
		if _, err := c.ExecContext(ctx, query, args...); err != nil {
			return fmt.Errorf("keep definitions: %w", err)
		}
	}
	return nil
}
