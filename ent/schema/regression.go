package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// RegressionCase is captured events that were saved under a name, with what is expected of each, to be run against plans.
type RegressionCase struct{ ent.Schema }

// Mixin of RegressionCase.
func (RegressionCase) Mixin() []ent.Mixin { return []ent.Mixin{ID{Prefix: "rgc"}, Authored{}} }

// Fields of RegressionCase.
func (RegressionCase) Fields() []ent.Field {
	return []ent.Field{
		field.String("app_id").Immutable(),
		field.String("name"),
		text("description"),
		field.Int("gone").Default(0).Comment("how many of its events were deleted with the person whose they were"),
	}
}

// Edges of RegressionCase.
func (RegressionCase) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("app", App.Type).Field("app_id").Unique().Required().Immutable().Annotations(partOf()),
		edge.To("events", RegressionEvent.Type).Annotations(partOf()),
	}
}

// Indexes of RegressionCase.
func (RegressionCase) Indexes() []ent.Index {
	return []ent.Index{index.Fields("app_id", "name").Unique()}
}

// RegressionEvent is one event of a case. It holds what a device reported, as the samples do.
type RegressionEvent struct{ ent.Schema }

// Mixin of RegressionEvent.
func (RegressionEvent) Mixin() []ent.Mixin { return []ent.Mixin{ID{Prefix: "rge"}} }

// Fields of RegressionEvent.
func (RegressionEvent) Fields() []ent.Field {
	return []ent.Field{
		field.String("case_id").Immutable(),
		field.Int("position").Immutable(),
		field.Int64("seq").Immutable().Comment("of the sample that it is a copy of"),
		field.String("environment_id").Immutable().Comment("where it was captured, which may be gone"),
		field.Bytes("record").Immutable().Comment("in the form that package capture defines"),
		field.Int("verdict").Comment("that is expected"),
		field.JSON("codes", []string{}).Optional().Comment("of the violations that are expected, in order"),
	}
}

// Edges of RegressionEvent.
func (RegressionEvent) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("case", RegressionCase.Type).Ref("events").Field("case_id").Unique().Required().Immutable(),
	}
}

// Indexes of RegressionEvent.
func (RegressionEvent) Indexes() []ent.Index {
	return []ent.Index{index.Fields("case_id", "position").Unique()}
}
