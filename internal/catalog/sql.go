package catalog

import (
	"context"
	stdsql "database/sql"
	"encoding/json"
	"fmt"
	"strings"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/internal/store"
)

// among returns the rows whose column, or other expression, is one of the values. All values travel in one parameter, so that neither their number
// is limited by the database, nor the text of the statement depends on it.
func among(column string, values []string) *sql.Predicate {
	return sql.P(func(b *sql.Builder) {
		b.WriteString(column)
		if b.Dialect() == dialect.Postgres {
			b.WriteString(" = ANY(")
			b.Arg(arrayLiteral(values))
			b.WriteString("::text[])")
			return
		}
		b.WriteString(" IN (SELECT value FROM json_each(")
		b.Arg(string(mustJSON(notNil(values))))
		b.WriteString("))")
	})
}

// isAmong is among as a condition of ent's queries.
func isAmong(column string, values []string) func(*sql.Selector) {
	return func(q *sql.Selector) { q.Where(among(q.C(column), values)) }
}

var arrayEscaper = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// arrayLiteral is PostgreSQL's text form of an array of texts.
func arrayLiteral(values []string) string {
	var b strings.Builder
	b.WriteByte('{')
	for i, v := range values {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('"')
		_, _ = arrayEscaper.WriteString(&b, v)
		b.WriteByte('"')
	}
	b.WriteByte('}')
	return b.String()
}

// texts turns values of a string type into strings.
func texts[S ~string](values []S) []string {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = string(v)
	}
	return list
}

// notNil makes an absent list an empty one, which JSON columns hold as [] and not as null.
func notNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// asText returns a JSON column as text.
func asText(s *sql.Selector, column string) string { return "CAST(" + s.C(column) + " AS TEXT)" }

// querier runs a plain statement: a client, or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*stdsql.Rows, error)
}

// scan runs a statement and has each read its rows.
func scan(ctx context.Context, q querier, s *sql.Selector, each func(rows *stdsql.Rows) error) error {
	query, args := s.Query()
	if err := s.Err(); err != nil {
		return fmt.Errorf("build statement: %w", err)
	}
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return store.Fault(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows); err != nil {
			return err
		}
	}
	return store.Fault(rows.Err())
}

// jsonInto reads a JSON column into v; an absent value leaves it as it is.
func jsonInto(raw []byte, v any) error {
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	return json.Unmarshal(raw, v)
}
