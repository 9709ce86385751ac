package schema

import (
	"time"

	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// CaptureSession is a tester's session bound to devices. What its devices report is not here: it is worked out of the samples
// and of what is bound.
type CaptureSession struct{ ent.Schema }

// The limits of how long a capture session is open.
const (
	// SessionIdle is how long after its last event a session ends by itself.
	SessionIdle = 8 * time.Hour
	// SessionMost is how long after its start it ends in any case.
	SessionMost = 24 * time.Hour
)

// Mixin of CaptureSession.
func (CaptureSession) Mixin() []ent.Mixin { return []ent.Mixin{ID{Prefix: "cps"}} }

// Fields of CaptureSession.
func (CaptureSession) Fields() []ent.Field {
	return []ent.Field{
		field.String("app_id").Immutable(),
		field.String("environment_id").Immutable(),
		field.String("code").Immutable().Unique().Comment("eight letters and digits"),
		field.String("title"),
		field.String("target").Immutable(),
		field.JSON("event_ids", []string{}).Optional().Immutable().Comment("under test, where the target is EVENTS"),
		field.JSON("tester_ids", []string{}).Comment("users, who started it first"),
		field.String("started_by_id").Immutable().Optional(),
		field.Time("started_at").Immutable().Default(Now),
		field.Time("active_at").Default(Now).Comment("of its last event, as far as somebody looked"),
		field.Time("ended_at").Optional().Nillable(),
	}
}

// Edges of CaptureSession.
func (CaptureSession) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("app", App.Type).Field("app_id").Unique().Required().Immutable().Annotations(partOf()),
		edge.To("environment", Environment.Type).Field("environment_id").Unique().Required().Immutable().Annotations(partOf()),
		edge.To("batches", SessionBatch.Type).Annotations(partOf()),
		edge.To("bindings", SessionBinding.Type).Annotations(partOf()),
		edge.To("steps", SessionStep.Type).Annotations(partOf()),
		edge.To("marks", AcceptanceMark.Type).Annotations(partOf()),
		edge.To("evidence", CoverageEvidence.Type).Annotations(partOf()),
		edge.To("frozen", FrozenCoverage.Type).Unique().Annotations(partOf()),
	}
}

// Indexes of CaptureSession.
func (CaptureSession) Indexes() []ent.Index {
	return []ent.Index{index.Fields("app_id", "started_at"), index.Fields("environment_id", "started_at"), index.Fields("ended_at")}
}

// Annotations of CaptureSession.
func (CaptureSession) Annotations() []schema.Annotation {
	return []schema.Annotation{checked("capture_session_target", "target", "BATCHES", "EVENTS", "NOTHING")}
}

// SessionBatch is a batch that a session tests.
type SessionBatch struct{ ent.Schema }

// Mixin of SessionBatch.
func (SessionBatch) Mixin() []ent.Mixin { return []ent.Mixin{ID{Prefix: "csb"}} }

// Fields of SessionBatch.
func (SessionBatch) Fields() []ent.Field {
	return []ent.Field{
		field.String("session_id").Immutable(),
		field.String("batch_id").Immutable(),
		field.Int("position").Immutable(),
	}
}

// Edges of SessionBatch.
func (SessionBatch) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("session", CaptureSession.Type).Ref("batches").Field("session_id").Unique().Required().Immutable(),
		edge.To("batch", Batch.Type).Field("batch_id").Unique().Required().Immutable().Annotations(partOf()),
	}
}

// Indexes of SessionBatch.
func (SessionBatch) Indexes() []ent.Index {
	return []ent.Index{index.Fields("session_id", "position").Unique(), index.Fields("batch_id")}
}

// SessionBinding is an id that is bound to a session for a time.
type SessionBinding struct{ ent.Schema }

// Mixin of SessionBinding.
func (SessionBinding) Mixin() []ent.Mixin { return []ent.Mixin{ID{Prefix: "bnd"}} }

// Fields of SessionBinding.
func (SessionBinding) Fields() []ent.Field {
	return []ent.Field{
		field.String("session_id").Immutable(),
		field.String("environment_id").Immutable().Comment("that of its session, so that what is bound there is found at once"),
		field.String("kind").Immutable(),
		field.String("value").Immutable(),
		field.String("how").Immutable(),
		field.String("bound_by_id").Immutable().Optional(),
		field.Time("bound_at").Immutable(),
		field.Time("unbound_at").Optional().Nillable(),
	}
}

// Edges of SessionBinding.
func (SessionBinding) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("session", CaptureSession.Type).Ref("bindings").Field("session_id").Unique().Required().Immutable(),
	}
}

// Indexes of SessionBinding.
func (SessionBinding) Indexes() []ent.Index {
	return []ent.Index{index.Fields("session_id", "bound_at"), index.Fields("environment_id", "value")}
}

// Annotations of SessionBinding.
func (SessionBinding) Annotations() []schema.Annotation {
	return []schema.Annotation{
		checked("session_binding_kind", "kind", "DEVICE", "USER"),
	}
}

// SessionStep is a moment that a tester marked.
type SessionStep struct{ ent.Schema }

// Mixin of SessionStep.
func (SessionStep) Mixin() []ent.Mixin { return []ent.Mixin{ID{Prefix: "stp"}} }

// Fields of SessionStep.
func (SessionStep) Fields() []ent.Field {
	return []ent.Field{
		field.String("session_id").Immutable(),
		field.Int("number").Immutable().Comment("from 1"),
		text("text"),
		field.Time("marked_at").Immutable(),
		field.String("marked_by_id").Immutable().Optional(),
	}
}

// Edges of SessionStep.
func (SessionStep) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("session", CaptureSession.Type).Ref("steps").Field("session_id").Unique().Required().Immutable(),
	}
}

// Indexes of SessionStep.
func (SessionStep) Indexes() []ent.Index {
	return []ent.Index{index.Fields("session_id", "number").Unique()}
}
