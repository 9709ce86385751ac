package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/waymarkhq/waymark/internal/plan"
)

// Batch is one tracking requirement with its own unique number. No constraint lists the states, here and of revisions:
// their one table is in package plan, and SQLite would have to copy the whole table to learn of another.
type Batch struct{ ent.Schema }

// Mixin of Batch.
func (Batch) Mixin() []ent.Mixin { return []ent.Mixin{ID{Prefix: "bat"}, Authored{}} }

// Fields of Batch.
func (Batch) Fields() []ent.Field {
	return []ent.Field{
		field.String("app_id").Immutable(),
		field.Int("seq").Immutable().Comment("the number within the app"),
		field.String("number").Immutable().Unique().Comment("what people say, e.g. SHOP-0042"),
		field.String("title"),
		text("description"),
		field.String("external_reference").Default("").Comment("e.g. the requirement's number in an issue tracker"),
		field.JSON("documents", []plan.Document{}).Optional(),
		field.JSON("target_versions", map[string]string{}).Optional().Comment("by terminal key"),
		field.String("owner_id").Optional().Comment("the user who answers for it"),
		field.String("state").GoType(plan.BatchState("")).Default(string(plan.BatchDraft)),
	}
}

// Edges of Batch.
func (Batch) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("app", App.Type).Ref("batches").Field("app_id").Unique().Required().Immutable(),
		edge.To("items", BatchItem.Type),
		edge.To("events", Event.Type),
	}
}

// Indexes of Batch.
func (Batch) Indexes() []ent.Index {
	return []ent.Index{index.Fields("app_id", "seq").Unique(), index.Fields("app_id", "state"), index.Fields("app_id", "created_at")}
}

// BatchItem is one change in a batch: to an event, a shared property or a value set.
type BatchItem struct{ ent.Schema }

// Mixin of BatchItem.
func (BatchItem) Mixin() []ent.Mixin { return []ent.Mixin{ID{Prefix: "itm"}, Authored{}} }

// Fields of BatchItem.
func (BatchItem) Fields() []ent.Field {
	return []ent.Field{
		field.String("batch_id").Immutable(),
		field.String("kind").GoType(plan.ItemKind("")).Immutable(),
		field.String("event_id").Optional().Immutable(),
		field.String("property_id").Optional().Immutable(),
		field.String("value_set_id").Optional().Immutable(),
		text("note"),
	}
}

// Edges of BatchItem.
func (BatchItem) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("batch", Batch.Type).Ref("items").Field("batch_id").Unique().Required().Immutable(),
		edge.From("event", Event.Type).Ref("items").Field("event_id").Unique().Immutable(),
		edge.From("property", Property.Type).Ref("items").Field("property_id").Unique().Immutable(),
		edge.From("value_set", ValueSet.Type).Ref("items").Field("value_set_id").Unique().Immutable(),
	}
}

// Indexes of BatchItem.
func (BatchItem) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("batch_id", "event_id").Unique(), index.Fields("batch_id", "property_id").Unique(),
		index.Fields("batch_id", "value_set_id").Unique(),
		index.Fields("event_id"), index.Fields("property_id"), index.Fields("value_set_id"),
	}
}

// Annotations of BatchItem.
func (BatchItem) Annotations() []schema.Annotation {
	return []schema.Annotation{checked("batch_item_kind", "kind", "EVENT", "PROPERTY", "VALUE_SET")}
}
