package store

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"

	"entgo.io/ent/dialect"
)

// OpenRaw opens the database of the management data with the same settings as [Open], but without a look at its
// migrations, and returns it with ent's name of its kind. It is for tools that make migrations and for tests.
func OpenRaw(ctx context.Context, opts Options) (*sql.DB, string, error) {
	if opts.DatabaseURL == "" {
		db, err := openSQLiteFile(filepath.Join(opts.Dir, planFile), nil, "foreign_keys(1)")
		if err != nil {
			return nil, "", err
		}
		db.SetMaxOpenConns(1)
		return db, dialect.SQLite, nil
	}
	db, err := openPostgresPool(opts.DatabaseURL, pgWriters, nil)
	if err != nil {
		return nil, "", err
	}
	if err := checkPostgres(ctx, db); err != nil {
		return nil, "", errors.Join(err, db.Close())
	}
	return db, dialect.Postgres, nil
}
