package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Invitation lets somebody make their own account, once, with the roles that it carries.
type Invitation struct{ ent.Schema }

// Mixin of Invitation.
func (Invitation) Mixin() []ent.Mixin { return []ent.Mixin{ID{Prefix: "inv"}, Authored{}} }

// Fields of Invitation.
func (Invitation) Fields() []ent.Field {
	return []ent.Field{
		field.String("app_id").Optional().Immutable().Comment("the app that all its roles are in; empty where there is no such"),
		field.String("email").Immutable(),
		field.String("name").Immutable().Comment("what the person is called by whoever invites"),
		field.String("hash").Immutable().Unique().Sensitive().Comment("SHA-256 of the link's token, in hex"),
		field.JSON("grants", []Grant{}).Immutable(),
		field.Time("expires_at").Immutable(),
		field.Time("accepted_at").Optional().Nillable(),
		field.String("accepted_by_id").Optional(),
		field.Time("revoked_at").Optional().Nillable(),
	}
}

// Indexes of Invitation.
func (Invitation) Indexes() []ent.Index { return []ent.Index{index.Fields("app_id", "created_at")} }

// ExternalIdentity is how an issuer of OpenID Connect knows a person.
type ExternalIdentity struct{ ent.Schema }

// Mixin of ExternalIdentity.
func (ExternalIdentity) Mixin() []ent.Mixin { return []ent.Mixin{ID{Prefix: "idn"}, Authored{}} }

// Fields of ExternalIdentity.
func (ExternalIdentity) Fields() []ent.Field {
	return []ent.Field{
		field.String("user_id").Immutable(),
		field.String("issuer").Immutable(),
		field.String("subject").Immutable(),
	}
}

// Edges of ExternalIdentity.
func (ExternalIdentity) Edges() []ent.Edge {
	return []ent.Edge{edge.From("user", User.Type).Ref("identities").Field("user_id").Unique().Required().Immutable()}
}

// Indexes of ExternalIdentity.
func (ExternalIdentity) Indexes() []ent.Index {
	return []ent.Index{index.Fields("issuer", "subject").Unique(), index.Fields("user_id")}
}
