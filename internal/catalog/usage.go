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
	q := sql.Dialect(s.store.Dialect()).Select().Distinct().
		SelectExpr(sql.Raw("u.property_id AS used"), sql.Raw("e.app_id AS app_id")).
		FromExpr(sql.Raw("event_properties AS u, events AS e")).
		Where(sql.And(sql.ExprP("e.id = u.event_id AND u.newest"), among("u.property_id", ids))).
		OrderBy("used", "app_id")
	return s.usageOf(ctx, ids, q)
}

// UsageOfValueSets returns in which apps value sets are used, by events or by the apps' own properties, in one statement.
func (s *Service) UsageOfValueSets(ctx context.Context, ids []string) (map[string]*Usage, error) {
	d := s.store.Dialect()
	q := sql.Dialect(d).Select("used", "app_id").Distinct().FromExpr(sql.ExprFunc(func(b *sql.Builder) {
		b.Wrap(func(b *sql.Builder) {
			b.WriteString("SELECT e.app_id, l.used FROM events AS e JOIN event_properties AS u ON u.event_id = e.id JOIN ")
			b.Wrap(func(b *sql.Builder) { b.Join(usesDrawing(d, ids)) })
			b.WriteString(" AS l ON l.use_id = u.id UNION SELECT p.app_id, d." + drawnOn + " FROM properties AS p JOIN ")
			b.Wrap(func(b *sql.Builder) { b.Join(drawn(d, ids)) })
			b.WriteString(" AS d ON d.property_id = p.id WHERE p.app_id IS NOT NULL")
		}).WriteString(" AS found")
	})).OrderBy("used", "app_id")
	return s.usageOf(ctx, ids, q)
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
	err = scan(ctx, s.read, q, func(rows *stdsql.Rows) error {
		var id, appID string
		if err := rows.Scan(&id, &appID); err != nil {
			return err
		}
		switch u := found[id]; {
		case u == nil:
		case p.CanSee(appID):
			u.AppIDs = append(u.AppIDs, appID)
		case u.Hidden != nil:
			*u.Hidden++
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("find where it is used: %w", err)
	}
	return found, nil
}

// usesDrawing selects each event property of an event's newest definition together with each of the value sets that it draws
// on: by its property's type, or by a narrowing.
func usesDrawing(dialectName string, valueSetIDs []string) *sql.Selector {
	narrowing := func(column string) string { return "CAST(u." + column + ` AS TEXT) LIKE '%"' || v.id || '"%'` }
	return sql.Dialect(dialectName).Select("use_id", "used").FromExpr(sql.ExprFunc(func(b *sql.Builder) {
		b.Wrap(func(b *sql.Builder) {
			b.WriteString("SELECT u.id AS use_id, d." + drawnOn + " AS used FROM event_properties AS u JOIN ")
			b.Wrap(func(b *sql.Builder) { b.Join(drawn(dialectName, valueSetIDs)) })
			b.WriteString(" AS d ON d.property_id = u.property_id WHERE u.newest UNION ")
			b.WriteString("SELECT u.id, v.id FROM event_properties AS u JOIN value_sets AS v ON ")
			b.WriteString(narrowing(eventproperty.FieldNarrowing) + " OR " + narrowing(eventproperty.FieldNarrowingOn))
			b.WriteString(" WHERE u.newest AND ").Join(among("v.id", valueSetIDs))
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
		link := usesDrawing(q.Dialect(), valueSetIDs).As("link")
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
