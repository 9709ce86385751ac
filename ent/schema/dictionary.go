package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/waymarkhq/waymark/internal/plan"
)

// DictionaryEntry is what people know about an app, an event or a property beside its definition: it is no part of any
// revision and is changed at once. It is about the event or property that it names, or else about the app.
type DictionaryEntry struct{ ent.Schema }

// Mixin of DictionaryEntry.
func (DictionaryEntry) Mixin() []ent.Mixin { return []ent.Mixin{ID{Prefix: "dic"}, Authored{}} }

// Fields of DictionaryEntry.
func (DictionaryEntry) Fields() []ent.Field {
	return []ent.Field{
		field.String("app_id").Optional().Immutable().Comment("empty where it is about a global property"),
		field.String("event_id").Optional().Immutable(),
		field.String("property_id").Optional().Immutable(),
		field.JSON("synonyms", []string{}).Optional(),
		field.String("warehouse_table").Default("").Comment("where an event's data ends up"),
		field.String("warehouse_column").Default("").Comment("where a property's data ends up"),
		field.JSON("property_columns", map[string]string{}).Optional().Comment("of an event, by property id, where they differ from the property's"),
		field.JSON("consumers", []plan.Consumer{}).Optional(),
	}
}

// Edges of DictionaryEntry.
func (DictionaryEntry) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("app", App.Type).Field("app_id").Unique().Immutable().Annotations(partOf()),
		edge.To("event", Event.Type).Field("event_id").Unique().Immutable().Annotations(partOf()),
		edge.To("property", Property.Type).Field("property_id").Unique().Immutable().Annotations(partOf()),
	}
}

// Indexes of DictionaryEntry.
func (DictionaryEntry) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("event_id").Unique(), index.Fields("property_id").Unique(),
		index.Fields("app_id").Unique().Annotations(entsql.IndexWhere("event_id IS NULL AND property_id IS NULL")),
	}
}

// DataIncident is a note on data that is not as it should be: of an event, of a property, or of an app, perhaps of some
// terminals and versions only.
type DataIncident struct{ ent.Schema }

// Mixin of DataIncident.
func (DataIncident) Mixin() []ent.Mixin { return []ent.Mixin{ID{Prefix: "inc"}, Authored{}} }

// Fields of DataIncident.
func (DataIncident) Fields() []ent.Field {
	return []ent.Field{
		field.String("app_id").Optional().Immutable().Comment("empty where it is about a global property"),
		field.String("event_id").Optional().Immutable(),
		field.String("property_id").Optional().Immutable(),
		field.JSON("terminals", []string{}).Optional().Comment("keys; empty means all"),
		field.String("from_version").Default("").Comment("of the app; empty means from the first on"),
		field.String("to_version").Default("").Comment("the last one; empty means to the newest"),
		field.Time("started_at"),
		field.Time("ended_at").Optional().Nillable().Comment("none while it lasts"),
		field.String("title"),
		text("description"),
		text("treatment"),
	}
}

// Edges of DataIncident.
func (DataIncident) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("app", App.Type).Field("app_id").Unique().Immutable().Annotations(partOf()),
		edge.To("event", Event.Type).Field("event_id").Unique().Immutable().Annotations(partOf()),
		edge.To("property", Property.Type).Field("property_id").Unique().Immutable().Annotations(partOf()),
	}
}

// Indexes of DataIncident.
func (DataIncident) Indexes() []ent.Index {
	return []ent.Index{index.Fields("app_id", "started_at"), index.Fields("event_id"), index.Fields("property_id")}
}
