package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// User is a person who signs in.
type User struct{ ent.Schema }

// Mixin of User.
func (User) Mixin() []ent.Mixin { return []ent.Mixin{ID{Prefix: "usr"}, Authored{}} }

// Fields of User.
func (User) Fields() []ent.Field {
	return []ent.Field{
		field.String("email").Comment("as the person writes it"),
		field.String("email_key").Unique().Comment("folded, for signing in"),
		field.String("name"),
		field.String("password_hash").Sensitive(),
		field.Time("deactivated_at").Optional().Nillable(),
		field.Time("last_sign_in_at").Optional().Nillable(),
	}
}

// Edges of User.
func (User) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("memberships", Membership.Type),
		edge.To("tokens", APIToken.Type),
		edge.To("sessions", Session.Type),
		edge.To("identities", ExternalIdentity.Type),
	}
}

// Membership is a role of a person, in one app or organisation-wide.
type Membership struct{ ent.Schema }

// Mixin of Membership.
func (Membership) Mixin() []ent.Mixin { return []ent.Mixin{ID{Prefix: "mbr"}, Authored{}} }

// Fields of Membership.
func (Membership) Fields() []ent.Field {
	return []ent.Field{
		field.String("user_id").Immutable(),
		field.String("app_id").Optional().Immutable().Comment("empty for the whole organisation"),
		field.String("role").Immutable(),
		field.Bool("mapped").Default(false).Comment("given by the issuer's claims at sign-in, and taken away by them"),
	}
}

// Edges of Membership.
func (Membership) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("user", User.Type).Ref("memberships").Field("user_id").Unique().Required().Immutable(),
		edge.From("app", App.Type).Ref("memberships").Field("app_id").Unique().Immutable(),
	}
}

// Indexes of Membership.
func (Membership) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("user_id", "app_id", "role").Unique(),
		index.Fields("user_id", "role").Unique().StorageKey("membership_global").Annotations(entsql.IndexWhere("app_id IS NULL")),
		index.Fields("app_id"),
	}
}

// Annotations of Membership.
func (Membership) Annotations() []schema.Annotation {
	return []schema.Annotation{checked("membership_role", "role",
		"VIEWER", "REQUESTER", "EDITOR", "REVIEWER", "DEVELOPER", "TESTER", "ADMIN")}
}

// Grant is a role that an API token carries, in one app or (App empty) organisation-wide.
type Grant struct {
	AppID string `json:"app,omitempty"`
	Role  string `json:"role"`
}

// APIToken is a secret that lets a bot act with roles; it acts for the person who made it.
type APIToken struct{ ent.Schema }

// Mixin of APIToken.
func (APIToken) Mixin() []ent.Mixin { return []ent.Mixin{ID{Prefix: "tok"}, Authored{}} }

// Fields of APIToken.
func (APIToken) Fields() []ent.Field {
	return []ent.Field{
		field.String("user_id").Immutable(),
		field.String("name"),
		field.String("hash").Immutable().Unique().Sensitive().Comment("SHA-256 of the token, in hex"),
		field.String("hint").Immutable().Comment("its last four characters"),
		field.JSON("grants", []Grant{}).Immutable(),
		field.Time("expires_at").Optional().Nillable().Immutable(),
		field.Time("revoked_at").Optional().Nillable(),
		field.Time("last_used_at").Optional().Nillable(),
	}
}

// Edges of APIToken.
func (APIToken) Edges() []ent.Edge {
	return []ent.Edge{edge.From("user", User.Type).Ref("tokens").Field("user_id").Unique().Required().Immutable()}
}

// Indexes of APIToken.
func (APIToken) Indexes() []ent.Index { return []ent.Index{index.Fields("user_id")} }

// Session is a person's sign-in.
type Session struct{ ent.Schema }

// Mixin of Session.
func (Session) Mixin() []ent.Mixin { return []ent.Mixin{ID{Prefix: "ses"}} }

// Fields of Session.
func (Session) Fields() []ent.Field {
	return []ent.Field{
		field.String("user_id").Immutable(),
		field.String("hash").Unique().Sensitive().Comment("SHA-256 of the cookie's secret, in hex; changes when rotated"),
		field.String("previous_hash").Default("").Sensitive().Comment("the one before, honoured shortly after a rotation"),
		field.Time("created_at").Immutable().Default(Now),
		field.Time("rotated_at").Default(Now),
		field.Time("expires_at"),
		field.String("user_agent").Default(""),
		field.String("address").Default(""),
	}
}

// Edges of Session.
func (Session) Edges() []ent.Edge {
	return []ent.Edge{edge.From("user", User.Type).Ref("sessions").Field("user_id").Unique().Required().Immutable()}
}

// Indexes of Session.
func (Session) Indexes() []ent.Index {
	return []ent.Index{index.Fields("user_id"), index.Fields("expires_at"), index.Fields("previous_hash")}
}
