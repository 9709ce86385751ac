package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/waymarkhq/waymark/internal/plan"
)

// InboxDecision is what somebody decided on something that devices report and nobody planned: an event, or a property of a
// planned event. What is open has none.
type InboxDecision struct{ ent.Schema }

// Mixin of InboxDecision.
func (InboxDecision) Mixin() []ent.Mixin { return []ent.Mixin{ID{Prefix: "ibx"}, Authored{}} }

// Fields of InboxDecision.
func (InboxDecision) Fields() []ent.Field {
	return []ent.Field{
		field.String("app_id").Immutable(),
		field.String("name").Default("").Immutable().Comment("of an unplanned event, as sent; empty for a property"),
		field.String("event_id").Optional().Immutable().Comment("the planned event whose property it is"),
		field.String("property").Default("").Immutable().Comment("as sent; empty for an event"),
		field.String("state").GoType(plan.InboxState("")),
		text("reason"),
		field.String("up_to_version").Default("").Comment("of the app: what is ignored is open again when a later one sends it; empty for good"),
		field.String("target_id").Optional().Comment("the event that it was mapped to, or became"),
		field.String("batch_id").Optional().Comment("the batch that plans it; what was decided lapses when that is cancelled"),
	}
}

// Edges of InboxDecision.
func (InboxDecision) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("app", App.Type).Field("app_id").Unique().Required().Immutable().Annotations(partOf()),
		edge.To("event", Event.Type).Field("event_id").Unique().Immutable().Annotations(partOf()),
		edge.To("target", Event.Type).Field("target_id").Unique().Annotations(partOf()),
		edge.To("batch", Batch.Type).Field("batch_id").Unique().Annotations(partOf()),
	}
}

// Indexes of InboxDecision.
func (InboxDecision) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("app_id", "name", "event_id", "property"), index.Fields("event_id"), index.Fields("target_id"), index.Fields("batch_id"),
	}
}

// Annotations of InboxDecision.
func (InboxDecision) Annotations() []schema.Annotation {
	return []schema.Annotation{checked("inbox_decision_state", "state", "IGNORED", "ADDED", "MAPPED")}
}
