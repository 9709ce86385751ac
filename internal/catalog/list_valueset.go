package catalog

import (
	"context"
	"time"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/valueset"
	"github.com/waymarkhq/waymark/ent/valuesetrevision"
	"github.com/waymarkhq/waymark/internal/store"
)

// ValueSetFilter says which value sets; what is left out does not narrow.
type ValueSetFilter struct {
	// Text: key, name, description or a value's label holds these words.
	Text *string
	// Global: only global ones (true) or only those of apps (false).
	Global *bool
}

// ValueSetOrderField is what value sets can be ordered by.
type ValueSetOrderField string

// What value sets can be ordered by.
const (
	ValueSetsByKey     ValueSetOrderField = "KEY"
	ValueSetsByCreated ValueSetOrderField = "CREATED_AT"
)

// ValueSetOrder is how value sets are ordered; nil means by key.
type ValueSetOrder struct {
	Field     ValueSetOrderField
	Direction OrderDirection
}

func (o *ValueSetOrder) ordering() ordering[ent.ValueSet] {
	if o == nil {
		o = &ValueSetOrder{}
	}
	order := textOrder(&valueSets, valueset.FieldKey, func(r *ent.ValueSet) string { return r.Key })
	if o.Field == ValueSetsByCreated {
		order = timeOrder(&valueSets, valueset.FieldCreatedAt, func(r *ent.ValueSet) time.Time { return r.CreatedAt })
	}
	return order.towards(o.Direction)
}

func (f *ValueSetFilter) narrow(s *store.Store) ([]narrow, error) {
	if f == nil {
		return nil, nil
	}
	where, err := matching(s, IndexedValueSet, f.Text)
	return append(where, global(f.Global)...), err
}

// ValueSets lists what the app with a key may use, its own value sets and the global ones; or (nil) the global ones and
// those of all apps that the asking person may see.
func (s *Service) ValueSets(appKey *string, f *ValueSetFilter, o *ValueSetOrder) List[ent.ValueSet] {
	l := List[ent.ValueSet]{
		s: s, t: &valueSets, order: o.ordering(), action: "Query.valueSets", appKey: appKey, inApp: ofAppOrGlobal,
	}
	l.where, l.err = f.narrow(s.store)
	return l
}

// ValueSetsOfApps lists the own value sets of apps.
func (s *Service) ValueSetsOfApps(f *ValueSetFilter, o *ValueSetOrder) Children[ent.ValueSet] {
	c := Children[ent.ValueSet]{s: s, r: valueSetsOfApp, order: o.ordering()}
	c.where, c.err = f.narrow(s.store)
	return c
}

var valueSetsOfApp = reference(&valueSets, valueset.FieldAppID, func(r *ent.ValueSet) string { return r.AppID })

// ValueSetsByID reads value sets as AppsByID does apps.
func (s *Service) ValueSetsByID(ctx context.Context, ids []string) (map[string]*ent.ValueSet, error) {
	return byID(ctx, s, &valueSets, ids)
}

// ValueSetRevisionsByID reads revisions of value sets as AppsByID does apps.
func (s *Service) ValueSetRevisionsByID(ctx context.Context, ids []string) (map[string]*ent.ValueSetRevision, error) {
	return byID(ctx, s, &valueSetRevisions, ids)
}

// RevisionsOfValueSets lists the revisions of value sets, newest first.
func (s *Service) RevisionsOfValueSets() Children[ent.ValueSetRevision] {
	order := intOrder(&valueSetRevisions, valuesetrevision.FieldNumber,
		func(r *ent.ValueSetRevision) int { return r.Number })
	return Children[ent.ValueSetRevision]{s: s, r: revisionsOfValueSet, order: order.towards(Descending)}
}

var revisionsOfValueSet = reference(&valueSetRevisions, valuesetrevision.FieldValueSetID,
	func(r *ent.ValueSetRevision) string { return r.ValueSetID })
