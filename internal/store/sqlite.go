package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"

	"entgo.io/ent/dialect"
	_ "modernc.org/sqlite" // the driver called "sqlite"

	"github.com/waymarkhq/waymark/internal/fault"
)

// The files of a data directory.
const (
	planFile    = "plan.db"
	captureFile = "capture.db"
	lockFile    = "migrate.lock"
)

func openSQLite(ctx context.Context, opts Options) (*Store, error) {
	if opts.Dir == "" {
		return nil, errors.New("open SQLite: no data directory given")
	}
	if opts.Existing {
		if _, err := os.Stat(filepath.Join(opts.Dir, planFile)); errors.Is(err, fs.ErrNotExist) {
			return nil, fault.New(fault.FailedPrecondition, "no_data", "there is no Waymark database in "+opts.Dir+
				": name its directory with --data-dir, or set DATABASE_URL")
		}
	}
	if _, err := migrateSQLite(ctx, opts); err != nil {
		return nil, err
	}
	s := &Store{dialect: dialect.SQLite}
	var err error
	if s.plan, err = sqlitePools(filepath.Join(opts.Dir, planFile)); err != nil {
		return nil, err
	}
	if s.capture, err = sqlitePools(filepath.Join(opts.Dir, captureFile)); err != nil {
		return nil, errors.Join(err, s.plan.close())
	}
	return s, nil
}

// makeFiles makes the data directory and, where they do not exist, its files, which are for nobody else whatever the
// directory's mode is: SQLite gives the files beside them (-wal, -shm) the same mode. A file that exists is not opened,
// as closing it would end the locks that this process has on it, see https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_
func makeFiles(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fault.New(fault.Unavailable, "data_dir", "the data directory "+dir+
			" cannot be made: give another with --data-dir").Because(err)
	}
	for _, name := range []string{planFile, captureFile, lockFile} {
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // in the operator's own data directory
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return unwritable(dir, err)
		}
		if err := f.Close(); err != nil {
			return unwritable(dir, err)
		}
	}
	return nil
}

// unwritable says what to do about a data directory that this process may not write.
func unwritable(dir string, err error) error {
	return fault.New(fault.Unavailable, "data_dir", fmt.Sprintf("the data directory %s, or a file in it, cannot be written by "+
		"the user that waymark runs as (uid %d): give it to that user, or name another with --data-dir", dir, os.Getuid())).Because(err)
}

// sqlitePools opens one file for one writer and several readers. In WAL mode neither waits for the other.
func sqlitePools(path string) (pools, error) {
	write, err := openSQLiteFile(path, url.Values{"_txlock": {"immediate"}}, "foreign_keys(1)")
	if err != nil {
		return pools{}, err
	}
	write.SetMaxOpenConns(1)
	read, err := openSQLiteFile(path, url.Values{"_query_only": {"1"}})
	if err != nil {
		return pools{}, errors.Join(err, write.Close())
	}
	readers := max(4, runtime.GOMAXPROCS(0))
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	return pools{write: write, read: read}, nil
}

// openSQLiteFile opens one SQLite file. Times are stored as microseconds since 1970: that is what PostgreSQL keeps, and
// integers compare and sort exactly. A commit is on disk when it returns (synchronous FULL), in capture.db too, because
// the stream is trimmed behind what that file holds.
func openSQLiteFile(path string, query url.Values, pragmas ...string) (*sql.DB, error) {
	if err := registerRegexp(); err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	if query == nil {
		query = url.Values{}
	}
	query["_pragma"] = append([]string{
		"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "temp_store(MEMORY)", "cache_size(-16000)",
		"journal_size_limit(67108864)",
	}, pragmas...)
	query.Set("_time_integer_format", "unix_micro")
	query.Set("_inttotime", "1")
	query.Set("_dqs", "0")
	u := url.URL{Path: filepath.ToSlash(abs)}
	db, err := sql.Open("sqlite", "file:"+u.EscapedPath()+"?"+query.Encode())
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return db, nil
}
