package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/waymarkhq/waymark/internal/masking"
	"github.com/waymarkhq/waymark/internal/plan"
)

// App is a product, on one or several terminals.
type App struct{ ent.Schema }

// Mixin of App.
func (App) Mixin() []ent.Mixin { return []ent.Mixin{ID{Prefix: "app"}, Authored{}} }

// Fields of App.
func (App) Fields() []ent.Field {
	return []ent.Field{
		field.String("key").Immutable().Unique(),
		field.String("name"),
		text("description"),
		// Grows in each transaction that changes what the app's environments accept, so that every node notices.
		field.Int64("plan_version").Default(1),
		field.Int("last_batch").Default(0).Comment("sequence number of the newest batch"),
		field.String("template").GoType(plan.Template("")).Default(string(plan.TemplateLight)),
		field.JSON("grants", map[plan.Grant][]string{}).Optional().Comment("roles that the app gives some moves to, instead of the usual"),
		field.JSON("naming", &plan.Naming{}).Optional(),
		field.JSON("completeness", &plan.Completeness{}).Optional(),
		field.Time("archived_at").Optional().Nillable(),
	}
}

// Edges of App.
func (App) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("terminals", Terminal.Type),
		edge.To("environments", Environment.Type),
		edge.To("batches", Batch.Type),
		edge.To("events", Event.Type),
		edge.To("properties", Property.Type).Annotations(restricted()),
		edge.To("value_sets", ValueSet.Type).Annotations(restricted()),
		edge.To("memberships", Membership.Type).Annotations(partOf()),
	}
}

// Terminal is where an app runs, and how its events are recognised.
type Terminal struct{ ent.Schema }

// Mixin of Terminal.
func (Terminal) Mixin() []ent.Mixin { return []ent.Mixin{ID{Prefix: "trm"}, Authored{}} }

// Fields of Terminal.
func (Terminal) Fields() []ent.Field {
	return []ent.Field{
		field.String("app_id").Immutable(),
		field.String("key").Immutable(),
		field.String("name"),
		field.String("kind").GoType(plan.TerminalKind("")),
		field.JSON("libraries", []string{}).Optional(),
		field.JSON("systems", []string{}).Optional(),
		field.Int("position").Default(0),
	}
}

// Edges of Terminal.
func (Terminal) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("app", App.Type).Ref("terminals").Field("app_id").Unique().Required().Immutable(),
		edge.To("write_keys", WriteKey.Type).Annotations(restricted()),
	}
}

// Indexes of Terminal.
func (Terminal) Indexes() []ent.Index { return []ent.Index{index.Fields("app_id", "key").Unique()} }

// Annotations of Terminal.
func (Terminal) Annotations() []schema.Annotation {
	return []schema.Annotation{checked("terminal_kind", "kind",
		"IOS", "ANDROID", "WEB", "H5", "MINI_PROGRAM", "SERVER", "OTHER")}
}

// Environment is where an app reports from, e.g. test or production.
type Environment struct{ ent.Schema }

// Mixin of Environment.
func (Environment) Mixin() []ent.Mixin { return []ent.Mixin{ID{Prefix: "env"}, Authored{}} }

// Fields of Environment.
func (Environment) Fields() []ent.Field {
	return []ent.Field{
		field.String("app_id").Immutable(),
		field.String("key").Immutable(),
		field.String("name"),
		field.Int("retention_days").Default(7).Comment("how long samples are kept"),
		field.Int("max_samples").Default(1_000_000).Comment("how many samples are kept; the oldest go first"),
		field.Float("valid_share").Default(1).Comment("share of valid events that is kept"),
		field.Int("invalid_per_minute").Optional().Nillable().Comment("how many others are kept in a minute; all when absent"),
		field.Int("position").Default(0),
		field.JSON("masked_patterns", []masking.Pattern{}).Optional().Comment("what is masked by its looks"),
		field.Bool("keep_originals").Default(false).Comment("whether what is masked is also kept as reported"),
		field.Int("last_release").Default(0).Comment("number of the newest release; 0 while it goes by the drafts"),
		field.String("forward_to").Default("").Comment("URL that payloads are passed on to; empty where they are not"),
		field.JSON("forward_headers", map[string]string{}).Optional().Sensitive().Comment("headers that replace those of the payloads"),
		field.String("forward_backlog").Default("").Comment("the backlog in which payloads wait; new each time that forwarding begins"),
	}
}

// Edges of Environment.
func (Environment) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("app", App.Type).Ref("environments").Field("app_id").Unique().Required().Immutable(),
		edge.To("write_keys", WriteKey.Type),
		edge.To("releases", Release.Type),
	}
}

// Indexes of Environment.
func (Environment) Indexes() []ent.Index { return []ent.Index{index.Fields("app_id", "key").Unique()} }

// WriteKey is the public key that SDKs send: it says which environment, and perhaps which terminal, an event is of.
type WriteKey struct{ ent.Schema }

// Mixin of WriteKey.
func (WriteKey) Mixin() []ent.Mixin { return []ent.Mixin{ID{Prefix: "key"}, Authored{}} }

// Fields of WriteKey.
func (WriteKey) Fields() []ent.Field {
	return []ent.Field{
		field.String("environment_id").Immutable(),
		field.String("terminal_id").Optional().Immutable(),
		field.String("key").Immutable().Unique(),
		field.String("name").Default(""),
		field.Time("revoked_at").Optional().Nillable(),
	}
}

// Edges of WriteKey.
func (WriteKey) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("environment", Environment.Type).Ref("write_keys").Field("environment_id").Unique().Required().Immutable(),
		edge.From("terminal", Terminal.Type).Ref("write_keys").Field("terminal_id").Unique().Immutable(),
	}
}

// Indexes of WriteKey.
func (WriteKey) Indexes() []ent.Index {
	return []ent.Index{index.Fields("environment_id"), index.Fields("terminal_id")}
}
