package catalog

import (
	"context"
	"fmt"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/store"
)

// reach returns the row with an id, if the action is allowed on it. Object says where it belongs; its type is how the API
// calls it. NOT_FOUND where there is none or it may not be seen; FAILED_PRECONDITION, reason app_archived, for commands where
// that is archived.
func reach[T any](
	ctx context.Context, s *Service, action auth.Action, typ string, t *table[T], id string,
	object func(ctx context.Context, row *T) (auth.Object, error),
) (*T, error) {
	if _, err := auth.From(ctx); err != nil {
		return nil, err
	}
	rows, err := t.all(ctx, s.read, func(q *sql.Selector) { q.Where(sql.EQ(q.C("id"), id)) })
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", t.name, store.Fault(err))
	}
	if len(rows) == 0 {
		return nil, fault.NotFoundf(typ, id)
	}
	o, err := object(ctx, rows[0])
	if err != nil {
		return nil, err
	}
	o.Type, o.Name = typ, id
	if err := auth.AllowOn(ctx, action, o); err != nil {
		return rows[0], err
	}
	return rows[0], s.refuseArchived(ctx, action, o.App)
}

// inApp is the object of rows that name their app.
func inApp[T any](appID func(*T) string) func(context.Context, *T) (auth.Object, error) {
	return func(_ context.Context, row *T) (auth.Object, error) { return auth.Object{App: appID(row)}, nil }
}

func (s *Service) reachApp(ctx context.Context, action auth.Action, id string) (*ent.App, error) {
	return reach(ctx, s, action, "App", &apps, id, inApp(func(r *ent.App) string { return r.ID }))
}

func (s *Service) reachTerminal(ctx context.Context, action auth.Action, id string) (*ent.Terminal, error) {
	return reach(ctx, s, action, "Terminal", &terminals, id, inApp(func(r *ent.Terminal) string { return r.AppID }))
}

func (s *Service) reachEnvironment(ctx context.Context, action auth.Action, id string) (*ent.Environment, error) {
	return reach(ctx, s, action, "Environment", &environments, id, inApp(func(r *ent.Environment) string { return r.AppID }))
}

func (s *Service) reachWriteKey(ctx context.Context, action auth.Action, id string) (*ent.WriteKey, error) {
	return reach(ctx, s, action, "WriteKey", &writeKeys, id,
		func(ctx context.Context, r *ent.WriteKey) (auth.Object, error) {
			e, err := s.read.Environment.Get(ctx, r.EnvironmentID)
			if err != nil {
				return auth.Object{}, lost(err, "WriteKey", id)
			}
			return auth.Object{App: e.AppID}, nil
		})
}

func (s *Service) reachBatch(ctx context.Context, action auth.Action, id string) (*ent.Batch, error) {
	return reach(ctx, s, action, "Batch", &batches, id, func(_ context.Context, r *ent.Batch) (auth.Object, error) {
		return auth.Object{App: r.AppID, Owner: r.CreatedByID}, nil
	})
}

func (s *Service) reachItem(ctx context.Context, action auth.Action, id string) (*ent.BatchItem, error) {
	return reach(ctx, s, action, "BatchItem", &items, id,
		func(ctx context.Context, r *ent.BatchItem) (auth.Object, error) {
			b, err := s.read.Batch.Get(ctx, r.BatchID)
			if err != nil {
				return auth.Object{}, lost(err, "BatchItem", id)
			}
			return auth.Object{App: b.AppID, Owner: b.CreatedByID}, nil
		})
}

func (s *Service) reachEvent(ctx context.Context, action auth.Action, id string) (*ent.Event, error) {
	return reach(ctx, s, action, "Event", &events, id, inApp(func(r *ent.Event) string { return r.AppID }))
}

func (s *Service) reachProperty(ctx context.Context, action auth.Action, id string) (*ent.Property, error) {
	return reach(ctx, s, action, "Property", &properties, id, inApp(func(r *ent.Property) string { return r.AppID }))
}

func (s *Service) reachValueSet(ctx context.Context, action auth.Action, id string) (*ent.ValueSet, error) {
	return reach(ctx, s, action, "ValueSet", &valueSets, id, inApp(func(r *ent.ValueSet) string { return r.AppID }))
}

// lost turns ent's error about a missing row into NOT_FOUND.
func lost(err error, typ, name string) error {
	if ent.IsNotFound(err) {
		return fault.NotFoundf(typ, name)
	}
	return store.Fault(err)
}

// found is lost for a call that returns a row.
func found[T any](row *T, err error, typ, name string) (*T, error) {
	if err != nil {
		return nil, lost(err, typ, name)
	}
	return row, nil
}
