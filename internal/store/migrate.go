package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"modernc.org/sqlite"

	"github.com/waymarkhq/waymark/ent/migrate"
	"github.com/waymarkhq/waymark/internal/fault"
)

// The folders of ent/migrate.
const (
	postgresFolder = "postgres"
	planFolder     = "sqlite"
	captureFolder  = "sqlite_capture"
)

// migrationLock is the key of the advisory lock on PostgreSQL that migrating processes take turns by: "waymark" in ASCII.
const migrationLock int64 = 0x7761796d61726b

// Migrate brings the database that opts name up to date and returns the names of the migrations that it applied, in
// order. Each is one transaction: when one fails, those before it stay. Processes that migrate at the same time
// take turns. A database that was brought further by a newer program is fault.FailedPrecondition and is left alone.
func Migrate(ctx context.Context, opts Options) (applied []string, err error) {
	if opts.DatabaseURL == "" {
		return migrateSQLite(ctx, opts)
	}
	db, err := openPostgresPool(opts.DatabaseURL, 2, map[string]string{
		"statement_timeout": "0", "lock_timeout": "0", "idle_in_transaction_session_timeout": "0",
	})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := checkPostgres(ctx, db); err != nil {
		return nil, err
	}
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockID(migrationLock), lock.WithLockTimeout(1, 600))
	if err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	return migrateFolder(ctx, opts.logger(), db, goose.DialectPostgres, postgresFolder, goose.WithSessionLocker(locker))
}

// migrateSQLite brings both files up to date. A file that already is costs one query.
func migrateSQLite(ctx context.Context, opts Options) (applied []string, err error) {
	if err := makeFiles(opts.Dir); err != nil {
		return nil, err
	}
	files := []struct{ file, folder string }{{planFile, planFolder}, {captureFile, captureFolder}}
	for _, f := range files {
		names, err := migrateFile(ctx, opts, f.file, f.folder)
		applied = append(applied, names...)
		if e, ok := errors.AsType[*sqlite.Error](err); ok && isUnwritable(e) {
			return applied, unwritable(opts.Dir, e)
		}
		if err != nil {
			return applied, fmt.Errorf("migrate %s: %w", f.file, err)
		}
	}
	return applied, nil
}

// migrateFile brings one file up to date, with foreign keys not enforced meanwhile: SQLite changes a table by copying it,
// see https://www.sqlite.org/lang_altertable.html#otheralter. They are checked afterwards.
func migrateFile(ctx context.Context, opts Options, file, folder string) (applied []string, err error) {
	db, err := openSQLiteFile(filepath.Join(opts.Dir, file), url.Values{"_txlock": {"immediate"}})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	if pending, err := pendingVersions(ctx, db, folder, sqliteVersionTable); err != nil || len(pending) == 0 {
		return nil, err
	}
	unlock, err := lockDir(ctx, opts.Dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	applied, err = migrateFolder(ctx, opts.logger(), db, goose.DialectSQLite3, folder)
	if err != nil {
		return applied, err
	}
	return applied, checkReferences(ctx, db)
}

// lockDir keeps other processes from migrating the same files. It is a lock on an empty SQLite file, which ends with the
// process at the latest and works wherever SQLite does.
func lockDir(ctx context.Context, dir string) (unlock func() error, err error) {
	path, err := filepath.Abs(filepath.Join(dir, lockFile))
	if err != nil {
		return nil, err
	}
	u := url.URL{Path: filepath.ToSlash(path)}
	db, err := sql.Open("sqlite", "file:"+u.EscapedPath()+"?_busy_timeout=300000&_txlock=exclusive")
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), db.Close())
	}
	return func() error { return errors.Join(tx.Rollback(), db.Close()) }, nil
}

// checkReferences fails when a row refers to one that does not exist.
func checkReferences(ctx context.Context, db *sql.DB) error {
	var table, parent string
	var row, key any
	err := db.QueryRowContext(ctx, "PRAGMA foreign_key_check").Scan(&table, &row, &parent, &key)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("check references: %w", err)
	}
	return fmt.Errorf("table %s refers to a row of %s that does not exist", table, parent)
}

// migrateFolder applies what a folder has and the database has not.
func migrateFolder(ctx context.Context, log *slog.Logger, db *sql.DB, dialect goose.Dialect, folder string,
	opts ...goose.ProviderOption,
) ([]string, error) {
	if _, err := pendingVersions(ctx, db, folder, versionTables[dialect]); err != nil {
		return nil, err
	}
	files, err := fs.Sub(migrate.Files, folder)
	if err != nil {
		return nil, err
	}
	opts = append(opts, goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	provider, err := goose.NewProvider(dialect, db, files, opts...)
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	results, err := provider.Up(ctx)
	if partial, ok := errors.AsType[*goose.PartialError](err); ok {
		results = partial.Applied
	}
	var applied []string
	for _, r := range results {
		name := folder + "/" + r.Source.Path
		applied = append(applied, name)
		log.LogAttrs(ctx, slog.LevelInfo, "migrated", slog.String("migration", name), slog.Duration("took", r.Duration))
	}
	if err != nil {
		return applied, fmt.Errorf("apply migrations: %w", err)
	}
	return applied, nil
}

// How each database is asked whether it was ever migrated.
const (
	postgresVersionTable = "SELECT to_regclass('goose_db_version') IS NOT NULL"
	sqliteVersionTable   = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'goose_db_version'"
)

var versionTables = map[goose.Dialect]string{
	goose.DialectPostgres: postgresVersionTable, goose.DialectSQLite3: sqliteVersionTable,
}

// checkMigrated returns an error unless the PostgreSQL database is up to date.
func checkMigrated(ctx context.Context, db *sql.DB) error {
	pending, err := pendingVersions(ctx, db, postgresFolder, postgresVersionTable)
	if err != nil {
		return err
	}
	if len(pending) > 0 {
		return fault.New(fault.FailedPrecondition, "not_migrated",
			"the database is not up to date: run `waymark migrate` with the same DATABASE_URL").With("pending", len(pending))
	}
	return nil
}

// pendingVersions returns the versions that a folder has and the database has not. It writes nothing.
func pendingVersions(ctx context.Context, db *sql.DB, folder, tableQuery string) ([]int64, error) {
	pending, err := folderVersions(folder)
	if err != nil {
		return nil, err
	}
	var migrated bool
	if err := db.QueryRowContext(ctx, tableQuery).Scan(&migrated); err != nil {
		return nil, fmt.Errorf("read the database's version: %w", Fault(err))
	}
	if !migrated {
		return pending, nil
	}
	rows, err := db.QueryContext(ctx, "SELECT version_id FROM goose_db_version WHERE version_id > 0")
	if err != nil {
		return nil, fmt.Errorf("read the database's version: %w", Fault(err))
	}
	defer rows.Close()
	for rows.Next() {
		var version int64
		if err := rows.Scan(&version); err != nil {
			return nil, fmt.Errorf("read the database's version: %w", err)
		}
		i := slices.Index(pending, version)
		if i < 0 {
			return nil, fault.New(fault.FailedPrecondition, "database_too_new",
				"the database was made by a newer version of waymark: use that one").With("version", version)
		}
		pending = slices.Delete(pending, i, i+1)
	}
	return pending, rows.Err()
}

func folderVersions(folder string) ([]int64, error) {
	entries, err := fs.ReadDir(migrate.Files, folder)
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	var versions []int64
	for _, e := range entries {
		number, _, _ := strings.Cut(e.Name(), "_")
		version, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("migration %s/%s has no number", folder, e.Name())
		}
		versions = append(versions, version)
	}
	return versions, nil
}
