package graph

import (
	"context"
	"maps"
	"slices"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/graph/model"
	"github.com/waymarkhq/waymark/graph/sibling"
	"github.com/waymarkhq/waymark/internal/plan"
)

func targetVersions(by map[string]string) []*model.TargetVersion {
	out := make([]*model.TargetVersion, 0, len(by))
	for _, terminal := range slices.Sorted(maps.Keys(by)) {
		out = append(out, &model.TargetVersion{Terminal: terminal, Version: by[terminal]})
	}
	return out
}

func presenceOn(by map[string]plan.Presence) []*model.TerminalPresence {
	out := make([]*model.TerminalPresence, 0, len(by))
	for _, terminal := range slices.Sorted(maps.Keys(by)) {
		out = append(out, &model.TerminalPresence{Terminal: terminal, Presence: by[terminal]})
	}
	return out
}

func narrowingOn(by map[string]*plan.Constraints) []*model.TerminalNarrowing {
	out := make([]*model.TerminalNarrowing, 0, len(by))
	for _, terminal := range slices.Sorted(maps.Keys(by)) {
		out = append(out, &model.TerminalNarrowing{Terminal: terminal, Constraints: by[terminal]})
	}
	return out
}

// environment returns an app's environment with a key.
func (r *Resolver) environment(ctx context.Context, app *ent.App, key string) (*ent.Environment, error) {
	all, err := many(ctx, app, r.Catalog.EnvironmentsOf)
	for _, e := range all {
		if e.Key == key {
			return e, err
		}
	}
	return nil, err
}

// owners returns the people who answer for an event.
func (r *Resolver) owners(ctx context.Context, e *ent.Event) ([]*ent.User, error) {
	return sibling.Load(ctx, e, func(ctx context.Context, events []*ent.Event) (map[string][]*ent.User, error) {
		var ids []string
		for _, e := range events {
			ids = append(ids, e.OwnerIds...)
		}
		people, err := r.Catalog.UsersByID(ctx, distinct(ids, func(id string) string { return id }))
		found := make(map[string][]*ent.User, len(events))
		for _, e := range events {
			for _, id := range e.OwnerIds {
				if u := people[id]; u != nil {
					found[e.ID] = append(found[e.ID], u)
					sibling.Register(ctx, u)
				}
			}
		}
		return found, err
	})
}

// terminalsOfEvent returns the terminals that an event is planned on.
func (r *Resolver) terminalsOfEvent(ctx context.Context, e *ent.Event) ([]*ent.Terminal, error) {
	return sibling.Load(ctx, e, func(ctx context.Context, events []*ent.Event) (map[string][]*ent.Terminal, error) {
		found, err := r.Catalog.TerminalsOfEvents(ctx, events)
		for _, list := range found {
			sibling.Register(ctx, list...)
		}
		return found, err
	})
}

// valueSetOf returns the value set that constraints name. Constraints are no rows; so the value sets of all properties and
// event properties that were read along with theirs are loaded at once.
func (r *Resolver) valueSetOf(ctx context.Context, c *plan.Constraints) (*ent.ValueSet, error) {
	if c.ValueSetID == "" {
		return nil, nil //nolint:nilnil // null is GraphQL's word for "none"
	}
	refs := []string{c.ValueSetID}
	for _, p := range sibling.Above[*ent.Property](ctx) {
		refs = p.Type.ValueSets(refs)
	}
	for _, p := range sibling.Above[*ent.EventProperty](ctx) {
		refs = valueSetsOfNarrowing(p, refs)
	}
	found, err := sibling.Once(ctx, func(ctx context.Context) (map[string]*ent.ValueSet, error) {
		rows, err := r.Catalog.ValueSetsByID(ctx, distinct(refs, func(id string) string { return id }))
		for _, row := range rows {
			sibling.Register(ctx, row)
		}
		return rows, err
	})
	return found[c.ValueSetID], err
}

func valueSetsOfNarrowing(p *ent.EventProperty, refs []string) []string {
	if p.Narrowing != nil && p.Narrowing.ValueSetID != "" {
		refs = append(refs, p.Narrowing.ValueSetID)
	}
	for _, c := range p.NarrowingOn {
		if c.ValueSetID != "" {
			refs = append(refs, c.ValueSetID)
		}
	}
	return refs
}

// stated is a value where there is one, and null for the zero value.
func stated[T comparable](v T) *T {
	var none T
	if v == none {
		return nil
	}
	return &v
}
