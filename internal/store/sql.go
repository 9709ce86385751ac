package store

import (
	"context"
	"database/sql"
	"encoding/json"

	"github.com/waymarkhq/waymark/ent"
)

// nullable stores an empty text as NULL.
func nullable(s string) sql.NullString { return sql.NullString{String: s, Valid: s != ""} }

// jsonArray is how a list of any length is handed to SQLite as one argument, for json_each.
func jsonArray[T any](list []T) (string, error) {
	text, err := json.Marshal(list)
	return string(text), err
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
