package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/audit"
)

// Options say where the data is.
type Options struct {
	// DatabaseURL is a postgres:// URL (or a key=value connection string) as lib/pq reads it; empty means SQLite in Dir.
	DatabaseURL string
	// Dir is the data directory, which is made when it does not exist. SQLite only.
	Dir string
	// Existing refuses a Dir without a database, instead of making one.
	Existing bool
	// Logger hears about migrations and repeated transactions. Nil means silence.
	Logger *slog.Logger
}

func (o Options) logger() *slog.Logger {
	if o.Logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return o.Logger
}

// Store is an open database. See the package comment for its rules.
type Store struct {
	dialect string // dialect.SQLite or dialect.Postgres
	log     *slog.Logger

	plan    pools // the management data
	capture pools // the capture data; on PostgreSQL the same pools

	reader, writer *ent.Client
	reads          atomic.Uint64
	retries        chan struct{} // holds one value: only one transaction of this process at a time is run again
}

// pools are the two ways into one database.
type pools struct{ write, read *sql.DB }

func (p pools) close() error { return errors.Join(p.write.Close(), p.read.Close()) }

// Open opens the database that opts name and checks that this program can work with it. On SQLite it makes the files
// and brings them up to date; on PostgreSQL it refuses a database that has not been brought up to date with [Migrate].
//
// An error says what to do about it. A database that cannot be reached is fault.Unavailable, one with the wrong
// version, or none where one has to exist, is fault.FailedPrecondition.
func Open(ctx context.Context, opts Options) (*Store, error) {
	open := openSQLite
	if opts.DatabaseURL != "" {
		open = openPostgres
	}
	s, err := open(ctx, opts)
	if err != nil {
		return nil, err
	}
	s.log = opts.logger()
	s.reader = ent.NewClient(ent.Driver(newReadDriver(s.dialect, s.plan.read, &s.reads)))
	s.writer = ent.NewClient(ent.Driver(entsql.OpenDB(s.dialect, s.plan.write)))
	s.writer.Use(audit.Hook())
	s.retries = make(chan struct{}, 1)
	s.retries <- struct{}{}
	return s, nil
}

// Read returns the client for reading the management data. What it writes is refused by the database.
func (s *Store) Read() *ent.Client { return s.reader }

// Reads returns how many queries Read's client has run, in transactions or not. A query of the API takes a number of them
// that does not depend on how many rows there are.
func (s *Store) Reads() uint64 { return s.reads.Load() }

// Dialect returns ent's name of the database's kind: dialect.SQLite or dialect.Postgres.
func (s *Store) Dialect() string { return s.dialect }

// Ping asks each database for a sign of life.
func (s *Store) Ping(ctx context.Context) error {
	for name, db := range s.databases() {
		if err := db.PingContext(ctx); err != nil {
			return fmt.Errorf("ping %s: %w", name, Fault(err))
		}
	}
	return nil
}

// Stats returns the figures of the connection pools by a stable name, for metrics.
func (s *Store) Stats() map[string]sql.DBStats {
	stats := make(map[string]sql.DBStats)
	for name, db := range s.databases() {
		stats[name] = db.Stats()
	}
	return stats
}

// Close closes all connections. Transactions still running fail.
func (s *Store) Close() error {
	err := s.plan.close()
	if s.capture != s.plan {
		err = errors.Join(err, s.capture.close())
	}
	if err != nil {
		return fmt.Errorf("close the database: %w", err)
	}
	return nil
}

func (s *Store) databases() map[string]*sql.DB {
	if s.dialect == dialect.Postgres {
		return map[string]*sql.DB{"write": s.plan.write, "read": s.plan.read}
	}
	return map[string]*sql.DB{
		"plan_write": s.plan.write, "plan_read": s.plan.read,
		"capture_write": s.capture.write, "capture_read": s.capture.read,
	}
}
