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

// Event is a planned definition. Its row is its identity and a copy of its newest revision, for reading.
type Event struct{ ent.Schema }

// Mixin of Event.
func (Event) Mixin() []ent.Mixin { return []ent.Mixin{ID{Prefix: "evt"}, Authored{}} }

// Fields of Event.
func (Event) Fields() []ent.Field {
	return []ent.Field{
		field.String("app_id").Immutable(),
		field.String("batch_id").Immutable().Comment("the batch that introduced it"),
		field.String("key").Immutable().Comment("the plan key, unique in the app; the wire name may change"),
		field.String("kind").GoType(plan.EventKind("")).Immutable(),
		field.String("name").Comment("what people call it"),
		field.String("wire_name"),
		text("description"),
		text("trigger"),
		field.String("level").GoType(plan.Level("")).Default(string(plan.LevelP1)),
		field.String("module").Default(""),
		field.JSON("owner_ids", []string{}).Optional(),
		field.JSON("match", []plan.Condition{}).Optional(),
		field.JSON("aliases", []plan.Alias{}).Optional(),
		field.JSON("terminals", []string{}).Optional().Comment("keys of the terminals it is planned on; empty means all"),
		field.JSON("excluded_common", []string{}).Optional(),
		field.String("head_id").Default("").Comment("the revision that the row copies: the newest approved one, or else the newest"),
		field.Int("revision_number").Default(0).Comment("number of that revision"),
		field.String("hash").Default("").Comment("of that revision; here, so that one read of the row tells both"),
		field.Int("last_approval").Default(0).Comment("position of the newest approval on its line"),
		field.String("approval_id").Default("").Comment("the newest approval on its line"),
	}
}

// Edges of Event.
func (Event) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("app", App.Type).Ref("events").Field("app_id").Unique().Required().Immutable(),
		edge.From("batch", Batch.Type).Ref("events").Field("batch_id").Unique().Required().Immutable(),
		edge.To("revisions", EventRevision.Type),
		edge.To("properties", EventProperty.Type),
		edge.To("items", BatchItem.Type).Annotations(restricted()),
		edge.To("approvals", Approval.Type),
	}
}

// Indexes of Event.
func (Event) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("app_id", "key").Unique(), index.Fields("app_id", "wire_name"), index.Fields("app_id", "created_at"),
		index.Fields("batch_id"),
	}
}

// Annotations of Event.
func (Event) Annotations() []schema.Annotation {
	return []schema.Annotation{
		checked("event_kind", "kind", "TRACK", "COMMON", "USER_PROFILE", "ITEM"),
		checked("event_level", "level", "P0", "P1", "P2"),
	}
}

// EventRevision is one version of an event's definition, made under a batch.
type EventRevision struct{ ent.Schema }

// Mixin of EventRevision.
func (EventRevision) Mixin() []ent.Mixin { return []ent.Mixin{ID{Prefix: "rev"}, Authored{}} }

// Fields of EventRevision.
func (EventRevision) Fields() []ent.Field {
	return []ent.Field{
		field.String("event_id").Immutable(),
		field.String("batch_id").Comment("the batch that it was made under; it goes along with an item that moves"),
		field.Int("number").Immutable(),
		field.String("base_id").Optional().Immutable().Comment("the revision it was made from"),
		field.String("state").GoType(plan.RevisionState("")).Default(string(plan.RevisionDraft)),
		document("definition"),
		field.String("hash").Comment("SHA-256 of the canonical definition, in hex"),
		field.String("merged_id").Optional().Immutable().Comment("the revision whose changes a merge brought onto the base"),
		field.String("approved_under_id").Optional().
			Comment("the batch that it was approved under, where its item has gone on in another since"),
		field.Time("approved_at").Optional().Nillable(),
		field.String("approved_by_id").Optional(),
	}
}

// Edges of EventRevision.
func (EventRevision) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("event", Event.Type).Ref("revisions").Field("event_id").Unique().Required().Immutable(),
		edge.To("batch", Batch.Type).Field("batch_id").Unique().Required(),
		edge.To("derived", EventRevision.Type).Annotations(restricted()).From("base").Field("base_id").Unique().Immutable(),
		edge.To("properties", EventProperty.Type),
	}
}

// Indexes of EventRevision.
func (EventRevision) Indexes() []ent.Index {
	return []ent.Index{index.Fields("event_id", "number").Unique(), index.Fields("batch_id"), index.Fields("base_id")}
}

// EventProperty is the reference from one revision of an event to a property.
type EventProperty struct{ ent.Schema }

// Mixin of EventProperty.
func (EventProperty) Mixin() []ent.Mixin { return []ent.Mixin{ID{Prefix: "epr"}} }

// Fields of EventProperty.
func (EventProperty) Fields() []ent.Field {
	return []ent.Field{
		field.String("event_id").Immutable(),
		field.String("revision_id").Immutable(),
		field.String("property_id").Immutable(),
		field.Bool("newest").Comment("whether its revision is the event's newest"),
		field.Int("position"),
		field.String("presence").GoType(plan.Presence("")),
		field.JSON("presence_on", map[string]plan.Presence{}).Optional().Comment("by terminal key"),
		field.JSON("narrowing", &plan.Constraints{}).Optional(),
		field.JSON("narrowing_on", map[string]*plan.Constraints{}).Optional().Comment("by terminal key"),
		field.String("example").Default(""),
		text("note"),
	}
}

// Edges of EventProperty.
func (EventProperty) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("event", Event.Type).Ref("properties").Field("event_id").Unique().Required().Immutable(),
		edge.From("revision", EventRevision.Type).Ref("properties").Field("revision_id").Unique().Required().Immutable(),
		edge.From("property", Property.Type).Ref("uses").Field("property_id").Unique().Required().Immutable(),
	}
}

// Indexes of EventProperty.
func (EventProperty) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("revision_id", "property_id").Unique(), index.Fields("event_id", "position"),
		index.Fields("property_id", "event_id"),
	}
}

// Annotations of EventProperty.
func (EventProperty) Annotations() []schema.Annotation {
	return []schema.Annotation{checked("event_property_presence", "presence", "REQUIRED", "OPTIONAL", "ABSENT")}
}

// Frozen is the text of one complete definition, or value set, stored once under its hash. Nobody changes or deletes it.
type Frozen struct{ ent.Schema }

// Fields of Frozen.
func (Frozen) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").Immutable().NotEmpty().Comment("SHA-256 of the text, in hex"),
		document("body"),
	}
}

// Annotations of Frozen.
func (Frozen) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "frozen_definitions"}}
}

// Approval is one entry of an event's line: the definition that was in force by review from then on, frozen.
type Approval struct{ ent.Schema }

// Mixin of Approval.
func (Approval) Mixin() []ent.Mixin { return []ent.Mixin{ID{Prefix: "apv"}} }

// Fields of Approval.
func (Approval) Fields() []ent.Field {
	return []ent.Field{
		field.String("event_id").Immutable(),
		field.Int("position").Optional().Nillable().Immutable().
			Comment("place on the line, from 1; null for a hotfix made from what production has, beside the line"),
		field.String("revision_id").Immutable(),
		field.String("previous_id").Optional().Immutable(),
		field.String("hash").Immutable().Comment("of the frozen definition"),
		field.String("cause").GoType(plan.ApprovalCause("")).Immutable(),
		field.String("batch_id").Optional().Comment("the batch that brings the change; it goes along with an item that moves"),
		field.String("approved_under_id").Optional().
			Comment("the batch that it was approved under, where its item has gone on in another since"),
		field.String("item_id").Optional().Immutable(),
		field.String("shared_id").Optional().Immutable().Comment("the revision of the property or value set that changed"),
		field.Time("created_at").Immutable().Default(Now),
		field.String("created_by_id").Optional().Immutable(),
	}
}

// Edges of Approval.
func (Approval) Edges() []ent.Edge {
	return []ent.Edge{edge.From("event", Event.Type).Ref("approvals").Field("event_id").Unique().Required().Immutable()}
}

// Indexes of Approval.
func (Approval) Indexes() []ent.Index {
	return []ent.Index{index.Fields("event_id", "position").Unique(), index.Fields("batch_id"), index.Fields("hash")}
}
