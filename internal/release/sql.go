package release

import (
	"context"
	stdsql "database/sql"
	"fmt"
	"maps"
	"slices"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/internal/store"
)

// database runs plain statements: a client, or a transaction.
type database interface {
	QueryContext(ctx context.Context, query string, args ...any) (*stdsql.Rows, error)
	ExecContext(ctx context.Context, query string, args ...any) (stdsql.Result, error)
}

// reader reads in one dialect: outside of transactions, or in one.
type reader struct {
	db      database
	dialect string
}

func (s *Service) reader(db database) reader { return reader{db: db, dialect: s.store.Dialect()} }

// sql begins a statement.
func (r reader) sql() *sql.DialectBuilder { return sql.Dialect(r.dialect) }

// each runs a statement and has fn read its rows.
func (r reader) each(ctx context.Context, q sql.Querier, fn func(rows *stdsql.Rows) error) error {
	query, args := q.Query()
	rows, err := r.db.QueryContext(ctx, query, args...)
	if err != nil {
		return store.Fault(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := fn(rows); err != nil {
			return fmt.Errorf("read a row: %w", err)
		}
	}
	return store.Fault(rows.Err())
}

// run runs a statement that returns no rows.
func (r reader) run(ctx context.Context, q sql.Querier) error {
	query, args := q.Query()
	_, err := r.db.ExecContext(ctx, query, args...)
	return store.Fault(err)
}

// column reads the texts of a statement that selects one column.
func (r reader) column(ctx context.Context, q sql.Querier) ([]string, error) {
	var list []string
	err := r.each(ctx, q, func(rows *stdsql.Rows) error {
		var text string
		err := rows.Scan(&text)
		list = append(list, text)
		return err
	})
	return list, err
}

// sortedKeys returns the keys of a map in order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
