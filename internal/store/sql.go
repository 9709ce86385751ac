package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/lib/pq"

	"github.com/waymarkhq/waymark/ent"
)

// nullable stores an empty text as NULL.
func nullable(s string) sql.NullString { return sql.NullString{String: s, Valid: s != ""} }

// micros is how the capture data holds a time: microseconds since 1970, 0 for none.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}

// jsonArray is how a list of any length is handed to SQLite as one argument, for json_each.
func jsonArray[T any](list []T) (string, error) {
	text, err := json.Marshal(list)
	return string(text), err
}

// anyOf writes that a column has one of the values, as one argument however many they are.
func anyOf[T any](b *entsql.Builder, column string, list []T) {
	if b.Dialect() == dialect.Postgres {
		b.WriteString(column + " = ANY(").Arg(pq.Array(list)).WriteString(")")
		return
	}
	text, err := jsonArray(list)
	if err != nil {
		b.AddError(err)
	}
	b.WriteString(column + " IN (SELECT value FROM json_each(").Arg(text).WriteString("))")
}

// queryInt runs a query in a transaction of ent that returns one number.
func queryInt(ctx context.Context, tx *ent.Tx, query string, args ...any) (n int64, err error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(&n); err != nil {
			return 0, err
		}
	}
	return n, rows.Err()
}

// execer and querier are what *sql.DB and *sql.Tx have in common.
type (
	execer interface {
		ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	}
	querier interface {
		QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	}
)

// execute runs a statement and returns how many rows it changed.
func execute(ctx context.Context, db execer, b *entsql.Builder) (int64, error) {
	if err := b.Err(); err != nil {
		return 0, err
	}
	query, args := b.Query()
	result, err := db.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// collectRows runs a query and reads each row into a T.
func collectRows[T any](ctx context.Context, db querier, b *entsql.Builder, scan func(*sql.Rows, *T) error) ([]T, error) {
	if err := b.Err(); err != nil {
		return nil, err
	}
	query, args := b.Query()
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		var row T
		if err := scan(rows, &row); err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	return out, rows.Err()
}

// Among returns the rows whose column, or other expression, is one of the values, as one argument however many they are.
func Among(column string, values []string) *entsql.Predicate {
	return entsql.P(func(b *entsql.Builder) { anyOf(b, column, values) })
}
