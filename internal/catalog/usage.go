package catalog

import (
	"context"
	stdsql "database/sql"
	"fmt"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/eventproperty"
	"github.com/waymarkhq/waymark/internal/auth"
)

// Usage is in which apps a shared definition is used, as far as events' newest definitions go.
type Usage struct {
	// ID is that of the definition.
	ID string
	// AppIDs are those that the asking person may see.
	AppIDs []string
	// Hidden is how many others there are; nil for who designs nowhere, and so needs not know.
	Hidden *int
}

// NodeID tells a usage from others.
func (u *Usage) NodeID() string { return u.ID }

// UsageOfProperties returns in which apps properties are used, by the properties' ids, in one statement.
func (s *Service) UsageOfProperties(ctx context.Context, ids []string) (map[string]*Usage, error) {
	return s.usageOf(ctx, ids, usingApps(s.store.Dialect(), ids, true))
}

// UsageOfValueSets returns in which apps value sets are used, by events or by the apps' own properties, in one statement.
func (s *Service) UsageOfValueSets(ctx context.Context, ids []string) (map[string]*Usage, error) {
	return s.usageOf(ctx, ids, drawingApps(s.store.Dialect(), ids, true))
}

// usingApps selects each of properties (used) together with each of the apps (app_id) with events that use it: by any
// revision, or by those alone that the events' rows copy.
func usingApps(dialectName string, ids []string, newest bool) *sql.Selector {
	return sql.Dialect(dialectName).Select().Distinct().
		SelectExpr(sql.Raw("u.property_id AS used"), sql.Raw("e.app_id AS app_id")).
		FromExpr(sql.Raw("event_properties AS u, events AS e")).
		Where(sql.And(sql.ExprP("e.id = u.event_id AND "+newestOrAny(newest)), among("u.property_id", ids))).
		OrderBy("used", "app_id")
}

func newestOrAny(newest bool) string {
	if newest {
		return "u.newest"
	}
	return "TRUE"
}

// drawingApps is usingApps for value sets, which events draw on, and the apps' own properties.
func drawingApps(dialectName string, ids []string, newest bool) *sql.Selector {
	return sql.Dialect(dialectName).Select("used", "app_id").Distinct().FromExpr(sql.ExprFunc(func(b *sql.Builder) {
		b.Wrap(func(b *sql.Builder) {
			b.WriteString("SELECT e.app_id, l.used FROM events AS e JOIN event_properties AS u ON u.event_id = e.id JOIN ")
			b.Wrap(func(b *sql.Builder) { b.Join(usesDrawing(dialectName, ids, newest)) })
			b.WriteString(" AS l ON l.use_id = u.id UNION SELECT p.app_id, d." + drawnOn + " FROM properties AS p JOIN ")
			b.Wrap(func(b *sql.Builder) { b.Join(drawn(dialectName, ids)) })
			b.WriteString(" AS d ON d.property_id = p.id WHERE p.app_id IS NOT NULL")
		}).WriteString(" AS found")
	})).OrderBy("used", "app_id")
}

// appsOf runs what usingApps or drawingApps select, and returns the apps by what they use.
func appsOf(ctx context.Context, read querier, q *sql.Selector) (map[string][]string, error) {
	found := map[string][]string{}
	err := scan(ctx, read, q, func(rows *stdsql.Rows) error {
		var id, appID string
		err := rows.Scan(&id, &appID)
		found[id] = append(found[id], appID)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find the apps that use it: %w", err)
	}
	return found, nil
}

func (s *Service) usageOf(ctx context.Context, ids []string, q *sql.Selector) (map[string]*Usage, error) {
	p, err := auth.From(ctx)
	if err != nil {
		return nil, err
	}
	designs := p.Can("Mutation.updateProperty", auth.Object{})
	for _, appID := range p.Apps() {
		designs = designs || p.Can("Mutation.updateProperty", auth.Object{App: appID})
	}
	found := make(map[string]*Usage, len(ids))
	for _, id := range ids {
		if found[id] = (&Usage{ID: id}); designs {
			found[id].Hidden = new(int)
		}
	}
	apps, err := appsOf(ctx, s.read, q)
	for id, u := range found {
		for _, appID := range apps[id] {
			switch {
			case p.CanSee(appID):
				u.AppIDs = append(u.AppIDs, appID)
			case u.Hidden != nil:
				*u.Hidden++
			}
		}
	}
	return found, err
}

// usesDrawing selects each event property (use_id), of any revision or of those alone that events' rows copy, together with
// each of the value sets (used) that it draws on: by its property's type, or by a narrowing.
func usesDrawing(dialectName string, valueSetIDs []string, newest bool) *sql.Selector {
	narrowing := func(column string) string { return "CAST(u." + column + ` AS TEXT) LIKE '%"' || v.id || '"%'` }
	return sql.Dialect(dialectName).Select("use_id", "used").FromExpr(sql.ExprFunc(func(b *sql.Builder) {
		b.Wrap(func(b *sql.Builder) {
			b.WriteString("SELECT u.id AS use_id, d." + drawnOn + " AS used FROM event_properties AS u JOIN ")
			b.Wrap(func(b *sql.Builder) { b.Join(drawn(dialectName, valueSetIDs)) })
			b.WriteString(" AS d ON d.property_id = u.property_id WHERE " + newestOrAny(newest) + " UNION ")
			b.WriteString("SELECT u.id, v.id FROM event_properties AS u JOIN value_sets AS v ON ")
			b.WriteString(narrowing(eventproperty.FieldNarrowing) + " OR " + narrowing(eventproperty.FieldNarrowingOn))
			b.WriteString(" WHERE " + newestOrAny(newest) + " AND ").Join(among("v.id", valueSetIDs))
		}).WriteString(" AS linked")
	}))
}

// UsesOfValueSets lists where value sets are used: the properties of the newest definition of each event that draw on them.
func (s *Service) UsesOfValueSets() Children[ent.EventProperty] {
	order := textOrder(&eventProperties, eventproperty.FieldEventID, func(r *ent.EventProperty) string { return r.EventID })
	return Children[ent.EventProperty]{s: s, r: usesOfValueSet, order: order, where: []narrow{newest}}
}

var usesOfValueSet = &relation[ent.EventProperty]{
	table: &eventProperties,
	of: func(q *sql.Selector, valueSetIDs []string) string {
		link := usesDrawing(q.Dialect(), valueSetIDs, true).As("link")
		q.Join(link).On(q.C(eventproperty.FieldID), link.C("use_id"))
		q.AppendSelect(link.C("used"))
		return link.C("used")
	},
	parent: func(r *ent.EventProperty) string {
		id, err := r.Value("used")
		if err != nil {
			return ""
		}
		text, _ := id.(string)
		return text
	},
}
