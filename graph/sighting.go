package graph

import (
	"context"
	"slices"
	"time"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/graph/sibling"
	"github.com/waymarkhq/waymark/internal/collect"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/store"
)

// seenQuery is what the fields called seen have in common.
func seenQuery(from, until *time.Time, terminal, version *string) collect.SeenQuery {
	return collect.SeenQuery{From: from, Until: until, Terminal: terminal, Version: version}
}

// seenEvents resolves what an environment of an event's app has seen of it.
func (r *Resolver) seenEvents(ctx context.Context, e *ent.Event, environment string, q collect.SeenQuery) (*collect.SeenEvent, error) {
	return sibling.Load(ctx, e, func(ctx context.Context, events []*ent.Event) (map[string]*collect.SeenEvent, error) {
		q.EventIDs = distinct(events, (*ent.Event).NodeID)
		of, err := r.environmentsKeyed(ctx, environment, distinct(events, func(e *ent.Event) string { return e.AppID }))
		if err != nil {
			return nil, err
		}
		q.EnvironmentIDs = ids(of)
		rows, err := r.Samples.SeenIn(ctx, q, r.Now())
		if err != nil {
			return nil, err
		}
		secret, err := r.secrets(ctx, of)
		if err != nil {
			return nil, err
		}
		found := make(map[string]*collect.SeenEvent, len(events))
		for _, e := range events {
			found[e.ID] = rows.Event(func(k store.SightingKey) bool { return k.EventID == e.ID })
			conceal(found[e.ID], secret[e.AppID])
		}
		return found, nil
	})
}

// seenNames resolves what an environment has seen of a name.
func (r *Resolver) seenNames(ctx context.Context, env *ent.Environment, name string, q collect.SeenQuery) (*collect.SeenEvent, error) {
	return sibling.Load(ctx, env, func(ctx context.Context, environments []*ent.Environment) (map[string]*collect.SeenEvent, error) {
		q.Names, q.EnvironmentIDs = []string{name}, distinct(environments, (*ent.Environment).NodeID)
		rows, err := r.Samples.SeenIn(ctx, q, r.Now())
		if err != nil {
			return nil, err
		}
		secret, err := r.secrets(ctx, environments)
		if err != nil {
			return nil, err
		}
		found := make(map[string]*collect.SeenEvent, len(environments))
		for _, env := range environments {
			found[env.ID] = rows.Event(func(k store.SightingKey) bool { return k.EnvironmentID == env.ID })
			conceal(found[env.ID], secret[env.AppID])
		}
		return found, nil
	})
}

// seenReferences resolves what an environment has seen of a property in an event.
func (r *Resolver) seenReferences(
	ctx context.Context, ref *ent.EventProperty, environment string, q collect.SeenQuery,
) (*collect.SeenProperty, error) {
	return sibling.Load(ctx, ref, func(ctx context.Context, refs []*ent.EventProperty) (map[string]*collect.SeenProperty, error) {
		q.EventIDs = distinct(refs, func(p *ent.EventProperty) string { return p.EventID })
		properties, err := r.Catalog.PropertiesByID(ctx, distinct(refs, func(p *ent.EventProperty) string { return p.PropertyID }))
		if err != nil {
			return nil, err
		}
		events, err := r.Catalog.EventsByID(ctx, q.EventIDs)
		if err != nil {
			return nil, err
		}
		var apps []string
		for _, e := range events {
			apps = append(apps, e.AppID)
		}
		of, err := r.environmentsKeyed(ctx, environment, distinct(apps, func(id string) string { return id }))
		if err != nil {
			return nil, err
		}
		q.EnvironmentIDs = ids(of)
		for _, p := range properties {
			q.Properties = append(q.Properties, p.Key)
		}
		rows, err := r.Samples.SeenIn(ctx, q, r.Now())
		if err != nil {
			return nil, err
		}
		found := make(map[string]*collect.SeenProperty, len(refs))
		for _, ref := range refs {
			if p := properties[ref.PropertyID]; p != nil {
				found[ref.ID] = seenOf(rows, p, func(k store.SightingKey) bool { return k.EventID == ref.EventID })
			}
		}
		return found, nil
	})
}

// seenProperties resolves what an environment has seen of a property, in whatever events.
func (r *Resolver) seenProperties(
	ctx context.Context, p *ent.Property, environment string, app *string, q collect.SeenQuery,
) (*collect.SeenProperty, error) {
	if app == nil && p.AppID == "" {
		return nil, fault.Invalid(fault.Field{Path: "app", Reason: "required", Message: "of a global property, say in which app"})
	}
	return sibling.Load(ctx, p, func(ctx context.Context, properties []*ent.Property) (map[string]*collect.SeenProperty, error) {
		of, err := r.environmentsFor(ctx, environment, app, properties)
		if err != nil {
			return nil, err
		}
		q.EnvironmentIDs, q.Properties = ids(of), distinct(properties, func(p *ent.Property) string { return p.Key })
		rows, err := r.Samples.SeenIn(ctx, q, r.Now())
		if err != nil {
			return nil, err
		}
		appOf := make(map[string]string, len(of))
		for _, env := range of {
			appOf[env.ID] = env.AppID
		}
		found := make(map[string]*collect.SeenProperty, len(properties))
		for _, p := range properties {
			found[p.ID] = seenOf(rows, p, func(k store.SightingKey) bool { return app != nil || appOf[k.EnvironmentID] == p.AppID })
		}
		return found, nil
	})
}

// environmentsFor returns the environments with a key of one app, or of those that properties belong to.
func (r *Resolver) environmentsFor(ctx context.Context, key string, app *string, properties []*ent.Property) ([]*ent.Environment, error) {
	if app == nil {
		return r.environmentsKeyed(ctx, key, distinct(properties, func(p *ent.Property) string { return p.AppID }))
	}
	env, err := r.Catalog.EnvironmentByKey(ctx, "Environment", *app, key)
	if err != nil {
		return nil, err
	}
	return []*ent.Environment{env}, nil
}

// environmentsKeyed returns the environments with a key in apps. NOT_FOUND when none of them has it.
func (r *Resolver) environmentsKeyed(ctx context.Context, key string, apps []string) (list []*ent.Environment, err error) {
	of, err := r.Catalog.EnvironmentsOf(ctx, apps)
	if err != nil {
		return nil, err
	}
	for _, environments := range of {
		for _, env := range environments {
			if env.Key == key {
				list = append(list, env)
			}
		}
	}
	if len(list) == 0 {
		return nil, fault.NotFoundf("Environment", key)
	}
	return list, nil
}

func ids(environments []*ent.Environment) []string {
	return distinct(environments, (*ent.Environment).NodeID)
}

func seenOf(rows *collect.SeenRows, p *ent.Property, is func(store.SightingKey) bool) *collect.SeenProperty {
	seen := rows.Property(p.Key, is)
	if p.Sensitivity != plan.SensitivityNone {
		seen.Conceal()
	}
	return seen
}

// secrets returns the names of the properties whose values are nobody's business, by the ids of the environments' apps. None
// are kept, but those from before a property became one stay until the next sweep.
func (r *Resolver) secrets(ctx context.Context, environments []*ent.Environment) (map[string][]string, error) {
	return r.Catalog.SensitiveProperties(ctx, distinct(environments, func(e *ent.Environment) string { return e.AppID }))
}

func conceal(e *collect.SeenEvent, secret []string) {
	for _, p := range e.Properties {
		if slices.Contains(secret, p.Name) {
			p.Conceal()
		}
	}
}
