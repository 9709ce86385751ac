package catalog

import (
	"context"
	stdsql "database/sql"
	"fmt"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/event"
	"github.com/waymarkhq/waymark/ent/eventproperty"
	"github.com/waymarkhq/waymark/ent/property"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/fault"
)

// What belongs to no app is edited by who designs for the whole organisation, and by who designs in every app that uses it:
// nobody changes what they cannot see the consequences of.

// editedProperty returns the property with an id, if the action, which edits it, is allowed. FORBIDDEN, reason uses_hidden, with
// how many apps use it that who is asking may not see.
func (s *Service) editedProperty(ctx context.Context, action auth.Action, id string) (*ent.Property, error) {
	row, err := s.reachProperty(ctx, action, id)
	if row == nil || row.AppID != "" || !fault.Is(err, fault.Forbidden) {
		return row, err
	}
	return row, s.usesAllow(ctx, action, err, func() ([]string, error) { return s.appsUsing(ctx, row.ID) })
}

// editedValueSet is editedProperty for value sets.
func (s *Service) editedValueSet(ctx context.Context, action auth.Action, id string) (*ent.ValueSet, error) {
	row, err := s.reachValueSet(ctx, action, id)
	if row == nil || row.AppID != "" || !fault.Is(err, fault.Forbidden) {
		return row, err
	}
	return row, s.usesAllow(ctx, action, err, func() ([]string, error) { return s.appsDrawing(ctx, row.ID) })
}

// usesAllow lets an action on something global through, which was refused, for who may do it in each of the apps that use
// it. Who designs nowhere learns nothing of the uses.
func (s *Service) usesAllow(
	ctx context.Context, action auth.Action, refused error, uses func() ([]string, error),
) error {
	p, err := auth.From(ctx)
	if err != nil {
		return err
	}
	designs := func(appID string) bool { return p.Can(action, auth.Object{App: appID}) }
	somewhere := false
	for _, appID := range p.Apps() {
		somewhere = somewhere || designs(appID)
	}
	if !somewhere {
		return refused
	}
	apps, err := uses()
	if err != nil {
		return fmt.Errorf("find the apps that use it: %w", err)
	}
	hidden, everywhere := 0, len(apps) > 0
	for _, appID := range apps {
		if !p.CanSee(appID) {
			hidden++
		}
		everywhere = everywhere && designs(appID)
	}
	switch {
	case hidden > 0:
		return fault.New(fault.Forbidden, "uses_hidden", "it is used in apps that you cannot see").
			With("action", string(action)).With("hidden", hidden)
	case !everywhere:
		return refused
	default:
		return nil
	}
}

// appsUsing returns the apps with events of which any revision uses a property.
func (s *Service) appsUsing(ctx context.Context, propertyID string) ([]string, error) {
	return s.selectApps(ctx, s.eventApps(func(uses *sql.Selector) *sql.Predicate {
		return sql.EQ(uses.C(eventproperty.FieldPropertyID), propertyID)
	}))
}

// appsDrawing returns the apps with properties that draw on a value set, and those with events of which any revision uses such
// a property, or narrows one by the value set.
func (s *Service) appsDrawing(ctx context.Context, valueSetID string) ([]string, error) {
	link := func() *sql.Selector {
		return sql.Dialect(s.store.Dialect()).Select("property_id").From(drawn(s.store.Dialect(), []string{valueSetID}).As("drawn"))
	}
	own := sql.Dialect(s.store.Dialect()).Select(property.FieldAppID).From(sql.Table(property.Table))
	own.Where(sql.And(sql.NotNull(own.C(property.FieldAppID)), sql.In(own.C(property.FieldID), link())))
	return s.selectApps(ctx, own.Union(s.eventApps(func(uses *sql.Selector) *sql.Predicate {
		return sql.Or(sql.In(uses.C(eventproperty.FieldPropertyID), link()), namesInNarrowing(uses, valueSetID))
	})))
}

// eventApps selects the apps of the events with a use that is meant.
func (s *Service) eventApps(meant func(uses *sql.Selector) *sql.Predicate) *sql.Selector {
	uses := sql.Dialect(s.store.Dialect()).Select(eventproperty.FieldEventID).From(sql.Table(eventproperty.Table))
	uses.Where(meant(uses))
	q := sql.Dialect(s.store.Dialect()).Select(event.FieldAppID).Distinct().From(sql.Table(event.Table))
	return q.Where(sql.In(q.C(event.FieldID), uses))
}

func (s *Service) selectApps(ctx context.Context, q *sql.Selector) (ids []string, err error) {
	err = scan(ctx, s.read, q, func(rows *stdsql.Rows) error {
		var id string
		if err := rows.Scan(&id); err != nil {
			return err
		}
		ids = append(ids, id)
		return nil
	})
	return distinct(ids), err
}
