package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Comment is what somebody said about a batch, perhaps about one item or event of it. It refers to those by id and is tied
// to the batch alone: what was said stays when the item or event goes.
type Comment struct{ ent.Schema }

// Mixin of Comment.
func (Comment) Mixin() []ent.Mixin { return []ent.Mixin{ID{Prefix: "cmt"}, Authored{}} }

// Fields of Comment.
func (Comment) Fields() []ent.Field {
	return []ent.Field{
		field.String("app_id").Immutable().Comment("that of the batch, for reading"),
		field.String("batch_id").Immutable(),
		field.String("item_id").Optional().Immutable(),
		field.String("event_id").Optional().Immutable(),
		field.String("reply_to_id").Optional().Immutable().Comment("the comment that it answers, which is none itself"),
		text("text"),
		field.Time("edited_at").Optional().Nillable(),
		field.Time("resolved_at").Optional().Nillable(),
		field.String("resolved_by_id").Optional(),
		field.Time("deleted_at").Optional().Nillable().Comment("only its answers are left"),
	}
}

// Edges of Comment.
func (Comment) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("batch", Batch.Type).Field("batch_id").Unique().Required().Immutable().Annotations(restricted()),
		edge.To("replies", Comment.Type).Annotations(restricted()).From("reply_to").Field("reply_to_id").Unique().Immutable(),
		edge.To("mentions", Mention.Type).Annotations(partOf()),
	}
}

// Indexes of Comment.
func (Comment) Indexes() []ent.Index {
	return []ent.Index{index.Fields("batch_id", "created_at"), index.Fields("reply_to_id", "created_at")}
}

// Mention says that a comment names a person, and whether the person has seen it.
type Mention struct{ ent.Schema }

// Mixin of Mention.
func (Mention) Mixin() []ent.Mixin { return []ent.Mixin{ID{Prefix: "mnt"}} }

// Fields of Mention.
func (Mention) Fields() []ent.Field {
	return []ent.Field{
		field.String("app_id").Immutable().Comment("that of the comment, for reading"),
		field.String("comment_id").Immutable(),
		field.String("user_id").Immutable(),
		field.Time("created_at").Immutable().Default(Now),
		field.Time("read_at").Optional().Nillable(),
	}
}

// Edges of Mention.
func (Mention) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("comment", Comment.Type).Ref("mentions").Field("comment_id").Unique().Required().Immutable(),
		edge.To("user", User.Type).Field("user_id").Unique().Required().Immutable(),
	}
}

// Indexes of Mention.
func (Mention) Indexes() []ent.Index {
	return []ent.Index{index.Fields("comment_id", "user_id").Unique(), index.Fields("user_id", "created_at")}
}
