package catalog

import (
	"context"
	"fmt"
	"slices"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/app"
	"github.com/waymarkhq/waymark/ent/environment"
	"github.com/waymarkhq/waymark/ent/terminal"
	"github.com/waymarkhq/waymark/ent/writekey"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/store"
)

// AppFilter says which apps.
type AppFilter struct {
	// Text: key, name or description holds these words.
	Text *string
	// Archived: only those that are archived (true), or that are not (false, or nil).
	Archived *bool
}

// AppOrderField is what apps can be ordered by.
type AppOrderField string

// What apps can be ordered by.
const (
	AppsByKey     AppOrderField = "KEY"
	AppsByCreated AppOrderField = "CREATED_AT"
)

// AppOrder is how apps are ordered; nil means by key.
type AppOrder struct {
	Field     AppOrderField
	Direction OrderDirection
}

func (o *AppOrder) ordering() ordering[ent.App] {
	if o == nil {
		o = &AppOrder{}
	}
	order := textOrder(&apps, "key", func(r *ent.App) string { return r.Key })
	if o.Field == AppsByCreated {
		order = timeOrder(&apps, "created_at", func(r *ent.App) time.Time { return r.CreatedAt })
	}
	return order.towards(o.Direction)
}

// Apps lists the apps that the asking person may see; archived ones only where the filter asks for them.
func (s *Service) Apps(f *AppFilter, o *AppOrder) List[ent.App] {
	l := List[ent.App]{s: s, t: &apps, order: o.ordering(), action: "Query.apps"}
	l.where, l.err = f.narrow(s.store)
	return l
}

func (f *AppFilter) narrow(s *store.Store) ([]narrow, error) {
	if f == nil {
		f = &AppFilter{}
	}
	where, err := matching(s, IndexedApp, f.Text)
	return append(where, func(q *sql.Selector) {
		if f.Archived != nil && *f.Archived {
			q.Where(sql.NotNull(q.C(app.FieldArchivedAt)))
		} else {
			q.Where(sql.IsNull(q.C(app.FieldArchivedAt)))
		}
	}), err
}

// App returns the app with a key; NOT_FOUND where there is none or it may not be seen.
func (s *Service) App(ctx context.Context, key string) (*ent.App, error) {
	return s.appByKey(ctx, "Query.app", key)
}

// appByKey returns the app with a key, if the action is allowed in it.
func (s *Service) appByKey(ctx context.Context, action auth.Action, key string) (*ent.App, error) {
	if _, err := auth.From(ctx); err != nil {
		return nil, err
	}
	row, err := s.read.App.Query().Where(app.Key(key)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, fault.NotFoundf("App", key)
	}
	if err != nil {
		return nil, fmt.Errorf("read app: %w", store.Fault(err))
	}
	if err := auth.AllowOn(ctx, action, auth.Object{App: row.ID, Type: "App", Name: key}); err != nil {
		return row, err
	}
	return row, s.refuseArchived(ctx, action, row.ID)
}

// AppsByID reads apps by their ids; those that are not there or may not be seen are missing in the answer.
func (s *Service) AppsByID(ctx context.Context, ids []string) (map[string]*ent.App, error) {
	return byID(ctx, s, &apps, ids)
}

// TerminalsByID reads terminals as AppsByID does apps.
func (s *Service) TerminalsByID(ctx context.Context, ids []string) (map[string]*ent.Terminal, error) {
	return byID(ctx, s, &terminals, ids)
}

// EnvironmentsByID reads environments as AppsByID does apps.
func (s *Service) EnvironmentsByID(ctx context.Context, ids []string) (map[string]*ent.Environment, error) {
	return byID(ctx, s, &environments, ids)
}

// WriteKeysByID reads write keys as AppsByID does apps.
func (s *Service) WriteKeysByID(ctx context.Context, ids []string) (map[string]*ent.WriteKey, error) {
	return byID(ctx, s, &writeKeys, ids)
}

// TerminalsOf returns the terminals of each app, in the app's order, by the app's id.
func (s *Service) TerminalsOf(ctx context.Context, appIDs []string) (map[string][]*ent.Terminal, error) {
	return grouped(ctx, s, &terminals, terminal.FieldAppID, appIDs,
		func(r *ent.Terminal) string { return r.AppID }, terminal.FieldPosition, terminal.FieldID)
}

// TerminalsOfEvents returns the terminals that events are planned on, in the app's order, by the events' ids: those that an event
// names, or else all of its app.
func (s *Service) TerminalsOfEvents(ctx context.Context, events []*ent.Event) (map[string][]*ent.Terminal, error) {
	apps := make([]string, len(events))
	for i, e := range events {
		apps[i] = e.AppID
	}
	of, err := s.TerminalsOf(ctx, distinct(apps))
	found := make(map[string][]*ent.Terminal, len(events))
	for _, e := range events {
		for _, t := range of[e.AppID] {
			if len(e.Terminals) == 0 || slices.Contains(e.Terminals, t.Key) {
				found[e.ID] = append(found[e.ID], t)
			}
		}
	}
	return found, err
}

// EnvironmentByKey returns an environment of an app, both by key, if the action is allowed in the app. NOT_FOUND.
func (s *Service) EnvironmentByKey(ctx context.Context, action auth.Action, appKey, key string) (*ent.Environment, error) {
	a, err := s.appByKey(ctx, action, appKey)
	if err != nil {
		return nil, err
	}
	row, err := s.read.Environment.Query().Where(environment.AppID(a.ID), environment.Key(key)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, fault.NotFoundf("Environment", key)
	}
	if err != nil {
		return nil, fmt.Errorf("read environment: %w", store.Fault(err))
	}
	return row, nil
}

// EnvironmentsOf returns the environments of each app, in the app's order, by the app's id.
func (s *Service) EnvironmentsOf(ctx context.Context, appIDs []string) (map[string][]*ent.Environment, error) {
	return grouped(ctx, s, &environments, environment.FieldAppID, appIDs,
		func(r *ent.Environment) string { return r.AppID }, environment.FieldPosition, environment.FieldID)
}

// WriteKeysOf returns the write keys of each environment, oldest first, by the environment's id.
func (s *Service) WriteKeysOf(ctx context.Context, environmentIDs []string) (map[string][]*ent.WriteKey, error) {
	return grouped(ctx, s, &writeKeys, writekey.FieldEnvironmentID, environmentIDs,
		func(r *ent.WriteKey) string { return r.EnvironmentID }, writekey.FieldCreatedAt, writekey.FieldID)
}

// grouped reads all rows of each of the parents that a column names, in one statement. It is for lists that are short by
// their nature.
func grouped[T any](
	ctx context.Context, s *Service, t *table[T], column string, parents []string, parent func(*T) string, terms ...string,
) (map[string][]*T, error) {
	groups := make(map[string][]*T, len(parents))
	if len(parents) == 0 {
		return groups, nil
	}
	rows, err := all(ctx, s, t, func(q *sql.Selector) { q.Where(among(q.C(column), parents)) }, terms...)
	for _, row := range rows {
		groups[parent(row)] = append(groups[parent(row)], row)
	}
	return groups, err
}
