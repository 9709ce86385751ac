package schema

import (
	"encoding/json"

	"entgo.io/ent"
	"entgo.io/ent/dialect"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// AuditEntry says who changed what, when, from what to what. It refers to other rows by id and is tied to none of them: it
// outlives them. Nothing is ever changed or deleted here; triggers on both databases see to it.
type AuditEntry struct{ ent.Schema }

// Mixin of AuditEntry.
func (AuditEntry) Mixin() []ent.Mixin { return []ent.Mixin{ID{Prefix: "aud"}} }

// Fields of AuditEntry.
func (AuditEntry) Fields() []ent.Field {
	return []ent.Field{
		field.Time("created_at").Immutable().Default(Now),
		field.String("app_id").Optional().Immutable().Comment("empty for what belongs to the whole organisation"),
		field.String("batch_id").Optional().Immutable().Comment("the batch under which it was done"),
		field.String("actor_kind").Immutable(),
		field.String("actor_id").Optional().Immutable().Comment("the user, or the one for whom the token acted"),
		field.String("actor_name").Immutable().Comment("as it was then"),
		field.String("token_id").Optional().Immutable(),
		field.String("token_name").Optional().Immutable().Comment("as it was then"),
		field.String("action").Immutable().Comment("the mutation of the API, or the operator's command"),
		field.String("operation").Immutable(),
		field.String("object_type").Immutable(),
		field.String("object_id").Immutable(),
		field.String("object_name").Immutable().SchemaType(unlimited()),
		said("before"),
		said("after"),
		field.String("request_id").Default("").Immutable(),
	}
}

// said is what an object said; empty where it was not there.
func said(name string) ent.Field {
	return field.JSON(name, json.RawMessage{}).Optional().Immutable().
		SchemaType(map[string]string{dialect.Postgres: "json"})
}

// Indexes of AuditEntry.
func (AuditEntry) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("created_at", "id"), index.Fields("app_id", "created_at", "id"),
		index.Fields("batch_id", "created_at", "id"), index.Fields("object_id", "created_at", "id"),
		index.Fields("actor_id", "created_at", "id"),
	}
}

// Annotations of AuditEntry.
func (AuditEntry) Annotations() []schema.Annotation {
	return []schema.Annotation{
		checked("audit_entry_actor_kind", "actor_kind", "PERSON", "TOKEN", "OPERATOR", "SYSTEM"),
		checked("audit_entry_operation", "operation", "CREATED", "CHANGED", "DELETED"),
	}
}
