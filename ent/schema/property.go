package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/waymarkhq/waymark/internal/plan"
)

// Property is a shared, registered property, of one app or global. Its row is its identity and a copy of its newest
// revision.
type Property struct{ ent.Schema }

// Mixin of Property.
func (Property) Mixin() []ent.Mixin { return []ent.Mixin{ID{Prefix: "prp"}, Authored{}} }

// Fields of Property.
func (Property) Fields() []ent.Field {
	return []ent.Field{
		field.String("app_id").Optional().Immutable().Comment("empty for a global property"),
		field.String("key").Immutable().Comment("the wire name"),
		field.String("name").Comment("what people call it"),
		text("description"),
		field.JSON("type", plan.Type{}),
		field.String("base_type").GoType(plan.BaseType("")).Comment("the type's outermost part, for filters"),
		field.String("value_set_id").Optional().Comment("the value set that the type draws on, for uses"),
		field.String("sensitivity").GoType(plan.Sensitivity("")).Default(string(plan.SensitivityNone)),
		field.String("example").Default(""),
		field.String("head_id").Default("").Comment("the newest approved revision, or else the newest"),
		field.Int("revision_number").Default(0),
		field.String("hash").Default("").Comment("of that revision"),
		field.String("merging_into_id").Optional().Comment("the property that takes its place, while events still use it"),
		field.String("replaced_by_id").Optional().Comment("the property that took its place: no event uses it any more"),
	}
}

// Edges of Property.
func (Property) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("app", App.Type).Ref("properties").Field("app_id").Unique().Immutable(),
		edge.To("revisions", PropertyRevision.Type),
		edge.To("uses", EventProperty.Type),
		edge.To("items", BatchItem.Type).Annotations(restricted()),
	}
}

// Indexes of Property.
func (Property) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("app_id", "key").Unique(),
		index.Fields("key").Unique().StorageKey("property_global_key").Annotations(entsql.IndexWhere("app_id IS NULL")),
		index.Fields("value_set_id"),
	}
}

// Annotations of Property.
func (Property) Annotations() []schema.Annotation {
	return []schema.Annotation{checked("property_sensitivity", "sensitivity", "NONE", "PERSONAL", "SENSITIVE")}
}

// PropertyRevision is one version of a property's definition.
type PropertyRevision struct{ ent.Schema }

// Mixin of PropertyRevision.
func (PropertyRevision) Mixin() []ent.Mixin { return []ent.Mixin{ID{Prefix: "prv"}, Authored{}} }

// Fields of PropertyRevision.
func (PropertyRevision) Fields() []ent.Field {
	return append(revisionFields(), field.String("property_id").Immutable())
}

// Edges of PropertyRevision.
func (PropertyRevision) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("property", Property.Type).Ref("revisions").Field("property_id").Unique().Required().Immutable(),
		edge.To("batch", Batch.Type).Field("batch_id").Unique().Annotations(restricted()),
		edge.To("derived", PropertyRevision.Type).Annotations(restricted()).From("base").Field("base_id").Unique().Immutable(),
	}
}

// Indexes of PropertyRevision.
func (PropertyRevision) Indexes() []ent.Index {
	return []ent.Index{index.Fields("property_id", "number").Unique(), index.Fields("batch_id"), index.Fields("base_id")}
}

// ValueSet is a shared dictionary of allowed values with labels, of one app or global.
type ValueSet struct{ ent.Schema }

// Mixin of ValueSet.
func (ValueSet) Mixin() []ent.Mixin { return []ent.Mixin{ID{Prefix: "vst"}, Authored{}} }

// Fields of ValueSet.
func (ValueSet) Fields() []ent.Field {
	return []ent.Field{
		field.String("app_id").Optional().Immutable(),
		field.String("key").Immutable(),
		field.String("name"),
		text("description"),
		field.JSON("values", []plan.Value{}),
		field.String("head_id").Default("").Comment("the newest approved revision, or else the newest"),
		field.Int("revision_number").Default(0),
		field.String("hash").Default("").Comment("of that revision"),
	}
}

// Edges of ValueSet.
func (ValueSet) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("app", App.Type).Ref("value_sets").Field("app_id").Unique().Immutable(),
		edge.To("revisions", ValueSetRevision.Type),
		edge.To("items", BatchItem.Type).Annotations(restricted()),
	}
}

// Indexes of ValueSet.
func (ValueSet) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("app_id", "key").Unique(),
		index.Fields("key").Unique().StorageKey("value_set_global_key").Annotations(entsql.IndexWhere("app_id IS NULL")),
	}
}

// ValueSetRevision is one version of a value set.
type ValueSetRevision struct{ ent.Schema }

// Mixin of ValueSetRevision.
func (ValueSetRevision) Mixin() []ent.Mixin { return []ent.Mixin{ID{Prefix: "vsv"}, Authored{}} }

// Fields of ValueSetRevision.
func (ValueSetRevision) Fields() []ent.Field {
	return append(revisionFields(), field.String("value_set_id").Immutable())
}

// Edges of ValueSetRevision.
func (ValueSetRevision) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("value_set", ValueSet.Type).Ref("revisions").Field("value_set_id").Unique().Required().Immutable(),
		edge.To("batch", Batch.Type).Field("batch_id").Unique().Annotations(restricted()),
		edge.To("derived", ValueSetRevision.Type).Annotations(restricted()).From("base").Field("base_id").Unique().Immutable(),
	}
}

// Indexes of ValueSetRevision.
func (ValueSetRevision) Indexes() []ent.Index {
	return []ent.Index{index.Fields("value_set_id", "number").Unique(), index.Fields("batch_id"), index.Fields("base_id")}
}

// revisionFields are the columns that revisions of shared definitions have in common; their batch is optional, because a
// property or value set may be registered before anything asks for it.
func revisionFields() []ent.Field {
	return []ent.Field{
		field.String("batch_id").Optional().Comment("it goes along with an item that moves"),
		field.Int("number").Immutable(),
		field.String("base_id").Optional().Immutable(),
		field.String("state").GoType(plan.RevisionState("")).Default(string(plan.RevisionDraft)),
		document("definition"),
		field.String("hash"),
		field.String("merged_id").Optional().Immutable(),
		field.String("approved_under_id").Optional().
			Comment("the batch that it was approved under, where its item has gone on in another since"),
		field.Time("approved_at").Optional().Nillable(),
		field.String("approved_by_id").Optional(),
	}
}
