package store

import (
	"context"
	"database/sql"
	"sync"
	"sync/atomic"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	lru "github.com/hashicorp/golang-lru/v2"
)

// maxStatements is how many statements a pool keeps prepared, on each of its connections at most.
const maxStatements = 256

// statements runs queries as prepared statements and keeps the latest ones, by their text: PostgreSQL is then asked once
// instead of twice, and neither database parses and plans the same text again and again.
type statements struct {
	db *sql.DB

	run *atomic.Uint64 // counts the queries

	mu   sync.Mutex
	kept *lru.Cache[string, *statement]
}

// statement is closed when it is kept no more and nobody is about to run it.
type statement struct {
	*sql.Stmt
	users int // the cache, and those about to run it
}

func newStatements(db *sql.DB, run *atomic.Uint64) *statements {
	s := &statements{db: db, run: run}
	// The only error is a size below 1. Evictions happen within Add, under mu.
	s.kept, _ = lru.NewWithEvict(maxStatements, func(_ string, st *statement) { s.leave(st) })
	return s
}

// QueryContext runs a query.
func (s *statements) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	s.run.Add(1)
	st, err := s.take(ctx, query)
	if err != nil {
		return nil, err
	}
	defer s.release(st)
	return st.QueryContext(ctx, args...) //nolint:sqlclosecheck // the caller closes the rows, leave the statement
}

// ExecContext runs a statement that returns no rows; reading does that too seldom for keeping it.
func (s *statements) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return s.db.ExecContext(ctx, query, args...)
}

func (s *statements) take(ctx context.Context, query string) (*statement, error) {
	s.mu.Lock()
	st, ok := s.kept.Get(query)
	if ok {
		st.users++
	}
	s.mu.Unlock()
	if ok {
		return st, nil
	}
	stmt, err := s.db.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	st = &statement{Stmt: stmt, users: 1}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.kept.Contains(query) { // else somebody was faster, and this one is used once
		st.users++
		s.kept.Add(query, st)
	}
	return st, nil
}

func (s *statements) release(st *statement) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.leave(st)
}

func (s *statements) leave(st *statement) {
	if st.users--; st.users == 0 {
		_ = st.Close() // rows that are still being read keep what they need
	}
}

// readDriver is ent's driver for reading: single queries run as kept statements, transactions on a connection of the pool.
type readDriver struct {
	*entsql.Driver
	db  *sql.DB
	run *atomic.Uint64 // counts the queries
}

func newReadDriver(name string, db *sql.DB, run *atomic.Uint64) readDriver {
	return readDriver{entsql.NewDriver(name, entsql.Conn{ExecQuerier: newStatements(db, run)}), db, run}
}

// Tx implements dialect.Driver.
func (d readDriver) Tx(ctx context.Context) (dialect.Tx, error) { return d.BeginTx(ctx, nil) }

// BeginTx is what ent looks for when a transaction has options.
func (d readDriver) BeginTx(ctx context.Context, opts *sql.TxOptions) (dialect.Tx, error) {
	tx, err := d.db.BeginTx(ctx, opts)
	if err != nil {
		return nil, err
	}
	return &entsql.Tx{Conn: entsql.Conn{ExecQuerier: counted{tx, d.run}}, Tx: tx}, nil
}

// counted is a transaction whose queries are counted.
type counted struct {
	*sql.Tx
	run *atomic.Uint64
}

// QueryContext runs a query.
func (t counted) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	t.run.Add(1)
	return t.Tx.QueryContext(ctx, query, args...)
}
