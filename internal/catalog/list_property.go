package catalog

import (
	"context"
	"fmt"
	"time"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/property"
	"github.com/waymarkhq/waymark/ent/propertyrevision"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/store"
)

// PropertyFilter says which properties; what is left out does not narrow.
type PropertyFilter struct {
	// Text: key, name or description holds these words.
	Text          *string
	Keys          []string
	BaseTypes     []plan.BaseType
	Sensitivities []plan.Sensitivity
	// Global: only global ones (true) or only those of apps (false).
	Global *bool
	// Replaced: only those that another took the place of (true), or that none did (false, or nil).
	Replaced *bool
}

// PropertyOrderField is what properties can be ordered by.
type PropertyOrderField string

// What properties can be ordered by.
const (
	PropertiesByKey     PropertyOrderField = "KEY"
	PropertiesByName    PropertyOrderField = "NAME"
	PropertiesByCreated PropertyOrderField = "CREATED_AT"
	PropertiesByUpdated PropertyOrderField = "UPDATED_AT"
)

// PropertyOrder is how properties are ordered; nil means by key.
type PropertyOrder struct {
	Field     PropertyOrderField
	Direction OrderDirection
}

func (o *PropertyOrder) ordering() ordering[ent.Property] {
	if o == nil {
		o = &PropertyOrder{}
	}
	var order ordering[ent.Property]
	switch o.Field {
	case PropertiesByName:
		order = textOrder(&properties, property.FieldName, func(r *ent.Property) string { return r.Name })
	case PropertiesByCreated:
		order = timeOrder(&properties, property.FieldCreatedAt, func(r *ent.Property) time.Time { return r.CreatedAt })
	case PropertiesByUpdated:
		order = timeOrder(&properties, property.FieldUpdatedAt, func(r *ent.Property) time.Time { return r.UpdatedAt })
	default:
		order = textOrder(&properties, property.FieldKey, func(r *ent.Property) string { return r.Key })
	}
	return order.towards(o.Direction)
}

func (f *PropertyFilter) narrow(s *store.Store) ([]narrow, error) {
	if f == nil {
		f = &PropertyFilter{}
	}
	where, err := matching(s, IndexedProperty, f.Text)
	where = append(where, func(q *sql.Selector) {
		if f.Replaced != nil && *f.Replaced {
			q.Where(sql.NotNull(q.C(property.FieldReplacedByID)))
		} else {
			q.Where(sql.IsNull(q.C(property.FieldReplacedByID)))
		}
	})
	where = append(where, oneOf(property.FieldKey, f.Keys)...)
	where = append(where, oneOf(property.FieldBaseType, f.BaseTypes)...)
	where = append(where, oneOf(property.FieldSensitivity, f.Sensitivities)...)
	return append(where, global(f.Global)...), err
}

// Properties lists what the app with a key may use, its own properties and the global ones; or (nil) the global ones and
// those of all apps that the asking person may see.
func (s *Service) Properties(appKey *string, f *PropertyFilter, o *PropertyOrder) List[ent.Property] {
	l := List[ent.Property]{
		s: s, t: &properties, order: o.ordering(), action: "Query.properties", appKey: appKey, inApp: ofAppOrGlobal,
	}
	l.where, l.err = f.narrow(s.store)
	return l
}

// PropertiesOfApps lists the own properties of apps.
func (s *Service) PropertiesOfApps(f *PropertyFilter, o *PropertyOrder) Children[ent.Property] {
	c := Children[ent.Property]{s: s, r: propertiesOfApp, order: o.ordering()}
	c.where, c.err = f.narrow(s.store)
	return c
}

var propertiesOfApp = reference(&properties, property.FieldAppID, func(r *ent.Property) string { return r.AppID })

// PropertiesOfValueSets lists the properties whose type draws on value sets, in whatever depth, by key.
func (s *Service) PropertiesOfValueSets() Children[ent.Property] {
	return Children[ent.Property]{s: s, r: propertiesOfValueSet, order: (*PropertyOrder)(nil).ordering()}
}

// propertiesOfValueSet joins properties with the value sets that their types name.
var propertiesOfValueSet = &relation[ent.Property]{
	table: &properties,
	of: func(q *sql.Selector, valueSetIDs []string) string {
		link := drawn(q.Dialect(), valueSetIDs).As("drawn")
		q.Join(link).On(q.C(property.FieldID), link.C("property_id"))
		q.AppendSelect(link.C(drawnOn))
		return link.C(drawnOn)
	},
	parent: func(r *ent.Property) string {
		id, err := r.Value(drawnOn)
		if err != nil {
			return ""
		}
		text, _ := id.(string)
		return text
	},
}

// drawnOn is the column of drawn that holds the value set.
const drawnOn = "drawn_on"

// drawn selects each property together with each of the value sets that its type names anywhere.
func drawn(dialectName string, valueSetIDs []string) *sql.Selector {
	from := "properties AS p, json_tree(p.type) AS node"
	value := "node.value"
	named := "node.key = 'valueSet'"
	if dialectName == dialect.Postgres {
		from = `properties AS p, jsonb_path_query(p.type, '$.**.valueSet') AS node`
		value, named = "(node #>> '{}')", "TRUE"
	}
	return sql.Dialect(dialectName).Select().Distinct().
		SelectExpr(sql.Raw("p.id AS property_id"), sql.Raw(value+" AS "+drawnOn)).
		FromExpr(sql.Raw(from)).
		Where(sql.And(sql.ExprP(named), among(value, valueSetIDs)))
}

// PropertiesByID reads properties as AppsByID does apps.
func (s *Service) PropertiesByID(ctx context.Context, ids []string) (map[string]*ent.Property, error) {
	return byID(ctx, s, &properties, ids)
}

// PropertyRevisionsByID reads revisions of properties as AppsByID does apps.
func (s *Service) PropertyRevisionsByID(ctx context.Context, ids []string) (map[string]*ent.PropertyRevision, error) {
	return byID(ctx, s, &propertyRevisions, ids)
}

// RevisionsOfProperties lists the revisions of properties, newest first.
func (s *Service) RevisionsOfProperties() Children[ent.PropertyRevision] {
	order := intOrder(&propertyRevisions, propertyrevision.FieldNumber,
		func(r *ent.PropertyRevision) int { return r.Number })
	return Children[ent.PropertyRevision]{s: s, r: revisionsOfProperty, order: order.towards(Descending)}
}

var revisionsOfProperty = reference(&propertyRevisions, propertyrevision.FieldPropertyID,
	func(r *ent.PropertyRevision) string { return r.PropertyID })

// SensitiveProperties returns the names of the properties that are personal or sensitive, own and global ones, of apps that the
// asking person was allowed to read before, by the app's id, in one statement.
func (s *Service) SensitiveProperties(ctx context.Context, appIDs []string) (map[string][]string, error) {
	rows, err := s.read.Property.Query().
		Where(property.SensitivityNEQ(plan.SensitivityNone), property.Or(property.AppIDIn(appIDs...), property.AppIDIsNil())).
		Select(property.FieldAppID, property.FieldKey).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read sensitive properties: %w", store.Fault(err))
	}
	names := make(map[string][]string, len(appIDs))
	for _, id := range appIDs {
		for _, p := range rows {
			if p.AppID == "" || p.AppID == id {
				names[id] = append(names[id], p.Key)
			}
		}
	}
	return names, nil
}
