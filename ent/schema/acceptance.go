package schema

import (
	"encoding/json"

	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/waymarkhq/waymark/internal/capture"
)

// AcceptanceMark is what a tester said of an event or a property on a terminal. It is never changed: the newest one counts.
type AcceptanceMark struct{ ent.Schema }

// Mixin of AcceptanceMark.
func (AcceptanceMark) Mixin() []ent.Mixin { return []ent.Mixin{ID{Prefix: "mrk"}} }

// Fields of AcceptanceMark.
func (AcceptanceMark) Fields() []ent.Field {
	return []ent.Field{
		field.String("session_id").Immutable(),
		field.String("event_id").Immutable(),
		field.String("event_key").Immutable().Comment("as the plan called it"),
		field.String("property").Immutable().Default("").Comment("its path; empty for the event as a whole"),
		field.String("terminal").Immutable().Comment("its key"),
		field.String("kind").Immutable(),
		text("note"),
		field.String("screenshot_id").Immutable().Optional(),
		field.String("app_version").Immutable().Default("").Comment("of what was seen last when it was said, like the build"),
		field.String("app_build").Immutable().Default(""),
		field.String("hash").Immutable().Default("").Comment("of what the plan said of it then; see package coverage"),
		field.Time("expires_at").Immutable().Optional().Nillable(),
		field.Time("created_at").Immutable().Default(Now),
		field.String("created_by_id").Immutable().Optional(),
	}
}

// Edges of AcceptanceMark.
func (AcceptanceMark) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("session", CaptureSession.Type).Ref("marks").Field("session_id").Unique().Required().Immutable(),
		edge.To("event", Event.Type).Field("event_id").Unique().Required().Immutable().Annotations(partOf()),
		edge.To("screenshot", File.Type).Field("screenshot_id").Unique().Immutable(),
	}
}

// Indexes of AcceptanceMark.
func (AcceptanceMark) Indexes() []ent.Index {
	return []ent.Index{index.Fields("session_id", "created_at")}
}

// Annotations of AcceptanceMark.
func (AcceptanceMark) Annotations() []schema.Annotation {
	return []schema.Annotation{checked("acceptance_mark_kind", "kind", "PASS", "FAIL", "WAIVED", "NONE")}
}

// CoverageEvidence is a copy of a captured event that stays when the sample goes. Its id is told by its session and sequence
// number, so that it is the same before it was copied.
type CoverageEvidence struct{ ent.Schema }

// Fields of CoverageEvidence.
func (CoverageEvidence) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").Immutable().NotEmpty(),
		field.String("session_id").Immutable(),
		field.Int64("seq").Immutable().Comment("of the sample that it is a copy of"),
		field.String("environment_id").Immutable().Comment("where it was captured"),
		field.Bytes("record").Immutable().Comment("with the environment's verdict, in the form that package capture defines"),
		field.Int("verdict").Immutable().Comment("that of the session"),
		field.String("event_key").Immutable().Default("").Comment("of what judged it in the session"),
		field.JSON("violations", []capture.Violation{}).Immutable().Comment("by the session"),
		field.String("user_id").Immutable().Default("").Comment("as samples are looked for by it, like the next two"),
		field.String("anonymous_id").Immutable().Default(""),
		field.String("device_id").Immutable().Default(""),
		field.Time("created_at").Immutable().Default(Now),
	}
}

// Edges of CoverageEvidence.
func (CoverageEvidence) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("session", CaptureSession.Type).Ref("evidence").Field("session_id").Unique().Required().Immutable(),
	}
}

// Indexes of CoverageEvidence.
func (CoverageEvidence) Indexes() []ent.Index {
	return []ent.Index{index.Fields("session_id", "seq").Unique(), index.Fields("environment_id")}
}

// FrozenCoverage is what a session saw up to its end, which outlives the samples; see package coverage.
type FrozenCoverage struct{ ent.Schema }

// Mixin of FrozenCoverage.
func (FrozenCoverage) Mixin() []ent.Mixin { return []ent.Mixin{ID{Prefix: "fcv"}} }

// Fields of FrozenCoverage.
func (FrozenCoverage) Fields() []ent.Field {
	return []ent.Field{
		field.String("session_id").Immutable(),
		field.JSON("seen", json.RawMessage{}).Immutable(),
		field.JSON("target", json.RawMessage{}).Immutable(),
		field.JSON("devices", json.RawMessage{}).Immutable(),
		field.Time("created_at").Immutable().Default(Now),
	}
}

// Edges of FrozenCoverage.
func (FrozenCoverage) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("session", CaptureSession.Type).Ref("frozen").Field("session_id").Unique().Required().Immutable(),
	}
}

// MustTest says of a property of an event in a batch whether each of its values has to be seen.
type MustTest struct{ ent.Schema }

// Mixin of MustTest.
func (MustTest) Mixin() []ent.Mixin { return []ent.Mixin{ID{Prefix: "mst"}, Authored{}} }

// Fields of MustTest.
func (MustTest) Fields() []ent.Field {
	return []ent.Field{
		field.String("batch_id").Immutable(),
		field.String("event_id").Immutable(),
		field.String("property").Immutable().Comment("its path"),
		field.Bool("must"),
	}
}

// Edges of MustTest.
func (MustTest) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("batch", Batch.Type).Field("batch_id").Unique().Required().Immutable().Annotations(partOf()),
		edge.To("event", Event.Type).Field("event_id").Unique().Required().Immutable().Annotations(partOf()),
	}
}

// Indexes of MustTest.
func (MustTest) Indexes() []ent.Index {
	return []ent.Index{index.Fields("batch_id", "event_id", "property").Unique()}
}

// SignOff is a frozen report on what was tested. Nothing in it changes any more.
type SignOff struct{ ent.Schema }

// Mixin of SignOff.
func (SignOff) Mixin() []ent.Mixin { return []ent.Mixin{ID{Prefix: "sgn"}} }

// Fields of SignOff.
func (SignOff) Fields() []ent.Field {
	return []ent.Field{
		field.String("app_id").Immutable(),
		field.String("batch_id").Immutable().Optional(),
		field.String("session_id").Immutable().Optional().Comment("where it is of one session and no batch"),
		field.JSON("session_ids", []string{}).Immutable().Comment("that it rests on"),
		field.JSON("terminals", []string{}).Immutable().Comment("their keys"),
		text("note"),
		document("report"),
		field.Time("created_at").Immutable().Default(Now),
		field.String("created_by_id").Immutable().Optional(),
	}
}

// Edges of SignOff.
func (SignOff) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("app", App.Type).Field("app_id").Unique().Required().Immutable().Annotations(partOf()),
		edge.To("batch", Batch.Type).Field("batch_id").Unique().Immutable().Annotations(partOf()),
		edge.To("session", CaptureSession.Type).Field("session_id").Unique().Immutable().Annotations(partOf()),
	}
}

// Indexes of SignOff.
func (SignOff) Indexes() []ent.Index {
	return []ent.Index{index.Fields("batch_id", "created_at"), index.Fields("session_id", "created_at"), index.Fields("app_id")}
}
