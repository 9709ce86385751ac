package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/waymarkhq/waymark/internal/plan"
)

// Release is one numbered publication into an environment. It is never changed; what it put in force and what it ended
// are the slots that name its number.
type Release struct{ ent.Schema }

// Mixin of Release.
func (Release) Mixin() []ent.Mixin { return []ent.Mixin{ID{Prefix: "rel"}} }

// Fields of Release.
func (Release) Fields() []ent.Field {
	return []ent.Field{
		field.String("app_id").Immutable(),
		field.String("environment_id").Immutable(),
		field.Int("number").Immutable(),
		field.String("kind").GoType(plan.ReleaseKind("")).Immutable(),
		field.String("note").Default("").Immutable(),
		field.String("reason").Default("").Immutable().Comment("why breaking changes went to production"),
		field.Int("restores").Default(0).Immutable().Comment("number of the release that a rollback went back to"),
		field.JSON("batch_ids", []string{}).Optional().Immutable(),
		field.Time("created_at").Immutable().Default(Now),
		field.String("created_by_id").Optional().Immutable(),
		field.String("token_id").Optional().Immutable(),
	}
}

// Edges of Release.
func (Release) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("environment", Environment.Type).Ref("releases").Field("environment_id").Unique().Required().Immutable(),
	}
}

// Indexes of Release.
func (Release) Indexes() []ent.Index {
	return []ent.Index{index.Fields("environment_id", "number").Unique(), index.Fields("environment_id", "created_at"), index.Fields("app_id")}
}

// ReleaseSlot says what holds for an event on a terminal from an app version on, during an interval of releases.
type ReleaseSlot struct{ ent.Schema }

// Mixin of ReleaseSlot.
func (ReleaseSlot) Mixin() []ent.Mixin { return []ent.Mixin{ID{Prefix: "slt"}} }

// Fields of ReleaseSlot.
func (ReleaseSlot) Fields() []ent.Field {
	return []ent.Field{
		field.String("environment_id").Immutable(),
		field.String("event_id").Immutable(),
		field.String("terminal").Immutable().Comment("its key"),
		field.String("from_version").Default("").Immutable(),
		field.String("hash").Immutable().Comment("of the frozen definition; for what is offline, of the last one"),
		field.Bool("offline").Default(false).Immutable(),
		field.String("wire_name").Default("").Immutable().Comment("of the definition, to find what a name leads to"),
		field.String("aliases").Default("").Immutable().Comment("of the definition, one on a line, as wire_name; \"\" where offline"),
		field.String("approval_id").Immutable(),
		field.Int("entered").Immutable().Comment("number of the release that put it in force"),
		field.Int("ended").Optional().Nillable().Comment("number of the release that ended it"),
	}
}

// Indexes of ReleaseSlot.
func (ReleaseSlot) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("environment_id", "event_id", "terminal"), index.Fields("environment_id", "entered"),
		index.Fields("environment_id", "ended"), index.Fields("environment_id", "wire_name"), index.Fields("event_id"), index.Fields("approval_id"),
		index.Fields("environment_id").StorageKey("releaseslot_with_aliases").Annotations(entsql.IndexWhere("aliases <> ''")), // few
	}
}
