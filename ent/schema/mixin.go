// Package schema declares the tables of the management data. Everything that computes works on package plan; these rows
// are what is stored and listed.
package schema

import (
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"entgo.io/ent"
	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/mixin"
	"github.com/google/uuid"
)

// ID gives a table its primary key: an opaque string of a type prefix and a UUIDv7 in hex, sortable by time.
type ID struct {
	mixin.Schema
	Prefix string
}

// Fields returns the id.
func (m ID) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").Immutable().NotEmpty().DefaultFunc(func() string { return NewID(m.Prefix) }),
	}
}

// NewID returns a fresh id with the given type prefix.
func NewID(prefix string) string {
	u := uuid.Must(uuid.NewV7())
	return prefix + "_" + hex.EncodeToString(u[:])
}

// Now is the time to store: UTC, cut to the microsecond that both databases keep.
func Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// Authored adds who made a row and changed it last, and when. The people are ids of users: a token acts for its owner.
type Authored struct{ mixin.Schema }

// Fields returns the columns.
func (Authored) Fields() []ent.Field {
	return []ent.Field{
		field.Time("created_at").Immutable().Default(Now),
		field.Time("updated_at").Default(Now).UpdateDefault(Now),
		field.String("created_by_id").Immutable().Optional(),
		field.String("updated_by_id").Optional(),
	}
}

// text is a string without a length limit in either dialect.
func text(name string) ent.Field {
	return field.String(name).Default("").SchemaType(unlimited())
}

// unlimited is the column type of strings without a length limit.
func unlimited() map[string]string {
	return map[string]string{dialect.Postgres: "text", dialect.SQLite: "text"}
}

// checked returns a CHECK constraint that keeps a column to the given values, which ent itself does not enforce.
func checked(name, column string, values ...string) schema.Annotation {
	return entsql.Checks(map[string]string{name: column + " IN ('" + strings.Join(values, "', '") + "')"})
}

// restricted makes the database refuse to delete a row while another refers to it. ent's default for an optional edge
// empties the reference instead, and so would turn an app's property into a global one, or a role in an app into a role
// everywhere.
func restricted() schema.Annotation { return entsql.OnDelete(entsql.NoAction) }

// partOf deletes a row together with the one that it is a part of.
func partOf() schema.Annotation { return entsql.OnDelete(entsql.Cascade) }

// document is a JSON column that keeps its text byte for byte, which PostgreSQL's jsonb, the default, does not.
func document(name string) ent.Field {
	return field.JSON(name, json.RawMessage{}).SchemaType(map[string]string{dialect.Postgres: "json"}).
		Comment("the whole definition, canonical")
}
