package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// File is a file that somebody handed in: a document of a batch, or a screenshot of an event or of a capture session. What it holds is kept once
// under its hash, however many files hold the same; size and type are here too, so that lists never touch the bytes.
type File struct{ ent.Schema }

// Mixin of File.
func (File) Mixin() []ent.Mixin { return []ent.Mixin{ID{Prefix: "fil"}, Authored{}} }

// Fields of File.
func (File) Fields() []ent.Field {
	return []ent.Field{
		field.String("app_id").Immutable().Comment("that of the batch or event, for reading"),
		field.String("batch_id").Optional().Immutable().Comment("the batch that it is a document of"),
		field.String("event_id").Optional().Immutable().Comment("the event that it is a screenshot of"),
		field.String("session_id").Optional().Immutable().Comment("the capture session that it is a screenshot of"),
		field.String("name").Immutable().Comment("as the sender called it"),
		field.String("title").Default("").Immutable().Comment("the document's title, or what the screenshot shows"),
		field.String("content_id").Immutable().Comment("SHA-256 of the content, in hex"),
		field.Int("size").Immutable().Comment("in bytes"),
		field.String("media_type").Immutable().Comment("by the content's first bytes, whatever the sender said"),
	}
}

// Edges of File.
func (File) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("batch", Batch.Type).Field("batch_id").Unique().Immutable().Annotations(restricted()),
		edge.To("event", Event.Type).Field("event_id").Unique().Immutable().Annotations(restricted()),
		edge.To("session", CaptureSession.Type).Field("session_id").Unique().Immutable().Annotations(restricted()),
		edge.To("content", FileContent.Type).Field("content_id").Unique().Required().Immutable().Annotations(restricted()),
	}
}

// Indexes of File.
func (File) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("batch_id", "created_at"), index.Fields("event_id", "created_at"), index.Fields("session_id", "created_at"), index.Fields("content_id"),
	}
}

// Annotations of File.
func (File) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Checks(map[string]string{
		"file_owner": "CASE WHEN batch_id IS NULL THEN 0 ELSE 1 END + CASE WHEN event_id IS NULL THEN 0 ELSE 1 END + " +
			"CASE WHEN session_id IS NULL THEN 0 ELSE 1 END = 1",
	})}
}

// FileContent is what files hold: the same bytes once. It goes with the last file that holds it.
type FileContent struct{ ent.Schema }

// Fields of FileContent.
func (FileContent) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").Immutable().NotEmpty().Comment("SHA-256 of the bytes, in hex"),
		field.Int("size").Immutable().Comment("in bytes"),
	}
}

// Edges of FileContent.
func (FileContent) Edges() []ent.Edge {
	return []ent.Edge{edge.To("parts", FilePart.Type).Annotations(partOf())}
}

// FilePart is one stretch of a content's bytes. All but the last are of one size, so that any place in a file is found
// without reading what stands before it, and nobody has to hold a file as a whole.
type FilePart struct{ ent.Schema }

// Fields of FilePart.
func (FilePart) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").Immutable().NotEmpty().Comment("the content's hash, a slash, and the number"),
		field.String("content_id").Immutable(),
		field.Int("number").Immutable().Comment("from 0"),
		field.Bytes("body").Immutable(),
	}
}

// Edges of FilePart.
func (FilePart) Edges() []ent.Edge {
	return []ent.Edge{edge.From("content", FileContent.Type).Ref("parts").Field("content_id").Unique().Required().Immutable()}
}

// Indexes of FilePart.
func (FilePart) Indexes() []ent.Index {
	return []ent.Index{index.Fields("content_id", "number").Unique()}
}
