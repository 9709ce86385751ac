package catalog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/property"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// judgeFit tells where what would be approved of an item does not go together with itself, once merged, or with what was
// approved of others meanwhile.
func (k *contents) judgeFit(ctx context.Context, g *stage, it *ent.BatchItem, m *meeting) error {
	if len(m.conflicts) > 0 {
		return nil // what it will say is open
	}
	l, _ := lineOf(it)
	if m.merged != nil {
		if err := k.c.checkMerged(ctx, l, m); err != nil {
			return g.noteUnfit(it, err)
		}
	}
	text := m.own.definition
	if m.merged != nil {
		text = m.merged
	}
	switch l {
	case eventLine:
		return k.judgeNarrowings(g, it, text)
	case propertyLine:
		return k.judgeRetyping(ctx, g, it, text)
	default:
		return nil
	}
}

// noteUnfit tells of a refusal to merge; any other error is returned.
func (g *stage) noteUnfit(it *ent.BatchItem, err error) error {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || f.Code == fault.Internal || f.Code == fault.NotFound {
		return err
	}
	if len(f.Fields) == 0 {
		f.Fields = []fault.Field{{Message: f.Message}}
	}
	for _, field := range f.Fields {
		found := bar(plan.GuardContradiction, "merged with what was approved meanwhile, "+field.Message, nil)
		found.Path = strings.TrimPrefix(field.Path, "input.")
		g.contents = append(g.contents, *found.on(it))
	}
	return nil
}

// judgeNarrowings holds what an event adds to its properties against their types: as the batch has them, or as they are
// approved.
func (k *contents) judgeNarrowings(g *stage, it *ent.BatchItem, text []byte) error {
	doc := &eventDocument{}
	if err := json.Unmarshal(text, doc); err != nil {
		return fmt.Errorf("read the definition of item %s: %w", it.ID, err)
	}
	types, err := k.typesDrafted(g)
	if err != nil {
		return err
	}
	for _, f := range k.freezer.misfits(doc, types) {
		found := bar(plan.GuardContradiction, f.Message, nil)
		found.Path = f.Path
		g.contents = append(g.contents, *found.on(it))
	}
	return nil
}

// typesDrafted are the types that a batch gives properties, by their ids.
func (k *contents) typesDrafted(g *stage) (map[string]*plan.Type, error) {
	if g.types != nil {
		return g.types, nil
	}
	g.types = map[string]*plan.Type{}
	for _, it := range g.changes() {
		r := k.made[it.ID]
		if it.PropertyID == "" || r == nil {
			continue
		}
		doc := &propertyDocument{}
		if err := json.Unmarshal(r.definition, doc); err != nil {
			return nil, fmt.Errorf("read revision %s: %w", r.id, err)
		}
		g.types[it.PropertyID] = &doc.Type
	}
	return g.types, nil
}

// narrows reports whether the event narrows any property.
func (d *eventDocument) narrows() bool {
	return slices.ContainsFunc(d.Properties, func(u propertyOfEvent) bool { return u.Narrowing != nil || len(u.NarrowingOn) > 0 })
}

// misfits are the properties of an event whose narrowing their type does not take; other types than those of the rows are
// given by id. Everything was loaded.
func (z *freezer) misfits(d *eventDocument, types map[string]*plan.Type) (found []fault.Field) {
	for i := range d.Properties {
		u := &d.Properties[i]
		t := types[u.PropertyID]
		if p := z.properties[u.PropertyID]; t == nil && p != nil {
			t = &p.Type
		}
		if t != nil && !narrows(t, u.Narrowing, u.NarrowingOn) {
			found = append(found, fault.Field{
				Path: "properties[" + u.Key + "].narrowing", Reason: plan.GuardContradiction,
				Message: fmt.Sprintf("what it adds to %q does not fit a property of type %s", u.Key, t.Base),
			})
		}
	}
	return found
}

// judgeRetyping holds the type of a property against what approved events add to it; those that the batch changes too are
// judged by themselves.
func (k *contents) judgeRetyping(ctx context.Context, g *stage, it *ent.BatchItem, text []byte) error {
	doc := &propertyDocument{}
	if err := json.Unmarshal(text, doc); err != nil {
		return fmt.Errorf("read the definition of item %s: %w", it.ID, err)
	}
	if err := k.judgeReplacement(ctx, g, it, doc.ReplacedBy); err != nil {
		return err
	}
	uses, err := k.narrowings(ctx)
	if err != nil {
		return err
	}
	for _, u := range uses[it.PropertyID] {
		own := slices.ContainsFunc(g.changes(), func(o *ent.BatchItem) bool { return o.EventID == u.EventID })
		if own || narrows(&doc.Type, u.Narrowing, u.NarrowingOn) {
			continue
		}
		found := bar(plan.GuardContradiction, fmt.Sprintf("what the event %s adds to it does not fit type %s", u.Edges.Event.Key, doc.Type.Base),
			map[string]any{"event": u.Edges.Event.Key})
		found.Path = "type"
		g.contents = append(g.contents, *found.on(it))
	}
	return nil
}

// judgeReplacement holds what is to take the place of a property against what was merged meanwhile.
func (k *contents) judgeReplacement(ctx context.Context, g *stage, it *ent.BatchItem, by string) error {
	if by == "" {
		return nil
	}
	rows, err := k.successors(ctx)
	if err != nil || rows[it.PropertyID] == nil || rows[by] == nil {
		return err
	}
	if err := refuseReplacement("replacedBy", rows[it.PropertyID], rows[by]); err != nil {
		return g.noteUnfit(it, err)
	}
	return nil
}

// successors are the properties that batches replace, and those that take their places, by id.
func (k *contents) successors(ctx context.Context) (map[string]*ent.Property, error) {
	return k.replacing.get(func() (map[string]*ent.Property, error) {
		var ids []string
		for _, it := range k.items() {
			r := k.made[it.ID]
			if it.PropertyID == "" || r == nil {
				continue
			}
			doc := &propertyDocument{}
			if err := json.Unmarshal(r.definition, doc); err != nil {
				return nil, fmt.Errorf("read revision %s: %w", r.id, err)
			}
			if doc.ReplacedBy != "" {
				ids = append(ids, it.PropertyID, doc.ReplacedBy)
			}
		}
		rows, err := k.c.Property.Query().Where(isAmong(property.FieldID, distinct(ids))).All(ctx)
		if err != nil {
			return nil, fmt.Errorf("read the properties that are merged: %w", err)
		}
		found := make(map[string]*ent.Property, len(rows))
		for _, p := range rows {
			found[p.ID] = p
		}
		return found, nil
	})
}
