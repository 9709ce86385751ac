package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"entgo.io/ent/dialect"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/audit"
)

// How often a transaction that collided with others is tried, and how long to wait at most between two tries.
const (
	txAttempts   = 12
	txMaxBackoff = 250 * time.Millisecond
)

// scopeKey is where a context holds the transaction it belongs to.
type scopeKey struct{}

// scope is one attempt at a transaction.
type scope struct{ afterCommit []func() }

// Tx runs fn in one serializable transaction of the management data and commits it when fn returns nil. When the
// transaction collides with another it is rolled back and fn runs again, so fn must change nothing but the database;
// what has to follow the commit goes through [AfterCommit]. fn passes its ctx on, reads through tx, and starts no other
// transaction. What it changes through ent is written to the audit log, in the same transaction (see package audit).
//
// The error is fn's own, or the database's as [Fault] turns it: after too many collisions fault.Unavailable with the
// reason "busy".
func (s *Store) Tx(ctx context.Context, fn func(ctx context.Context, tx *ent.Tx) error) error {
	if ctx.Value(scopeKey{}) != nil {
		return errors.New("a transaction was started inside a transaction")
	}
	sc, err := s.attempt(ctx, fn)
	if err != nil && collided(err) {
		sc, err = s.retry(ctx, fn)
	}
	if err != nil {
		return Fault(err)
	}
	for _, f := range sc.afterCommit {
		f()
	}
	return nil
}

// InTx is [Store.Tx] for a fn that returns a value.
func InTx[T any](ctx context.Context, s *Store, fn func(ctx context.Context, tx *ent.Tx) (T, error)) (T, error) {
	var out T
	err := s.Tx(ctx, func(ctx context.Context, tx *ent.Tx) (err error) {
		out, err = fn(ctx, tx)
		return err
	})
	if err != nil {
		var zero T
		return zero, err
	}
	return out, nil
}

// AfterCommit has f called once the transaction that ctx belongs to is committed, after the functions given before it;
// never when it is rolled back. It panics outside a transaction. It is not safe for concurrent use within one transaction.
func AfterCommit(ctx context.Context, f func()) {
	sc, ok := ctx.Value(scopeKey{}).(*scope)
	if !ok {
		panic("store.AfterCommit outside a transaction")
	}
	sc.afterCommit = append(sc.afterCommit, f)
}

// retry runs fn again until it collides no more. The transactions of this process that have collided take turns: they
// would only collide with each other again.
func (s *Store) retry(ctx context.Context, fn func(context.Context, *ent.Tx) error) (*scope, error) {
	select {
	case <-s.retries:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { s.retries <- struct{}{} }()
	for n := 1; ; n++ {
		if err := pause(ctx, n); err != nil {
			return nil, err
		}
		sc, err := s.attempt(ctx, fn)
		if err == nil || !collided(err) || n == txAttempts-1 {
			return sc, err
		}
		s.log.LogAttrs(ctx, slog.LevelDebug, "transaction collided", slog.Int("attempt", n+1), slog.Any("error", err))
	}
}

// pause waits before attempt n (from 1): up to 2ⁿ ms, at random, so that those who collided do not meet again.
func pause(ctx context.Context, n int) error {
	limit := min(txMaxBackoff, time.Millisecond<<n)
	timer := time.NewTimer(rand.N(limit) + 1)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// attempt runs fn in one transaction.
func (s *Store) attempt(ctx context.Context, fn func(context.Context, *ent.Tx) error) (*scope, error) {
	var opts *sql.TxOptions // SQLite has but one writer: all its transactions are serializable
	if s.dialect == dialect.Postgres {
		opts = &sql.TxOptions{Isolation: sql.LevelSerializable}
	}
	tx, err := s.writer.BeginTx(ctx, opts)
	if err != nil {
		return nil, err
	}
	done := false
	defer func() {
		if !done { // fn failed or panicked
			_ = tx.Rollback()
		}
	}()
	sc := &scope{}
	ctx, changes := audit.Record(context.WithValue(ctx, scopeKey{}, sc), tx)
	if err := fn(ctx, tx); err != nil {
		return nil, err
	}
	if err := changes.Write(ctx); err != nil {
		return nil, err
	}
	done = true
	if err := tx.Commit(); err != nil {
		return nil, commitError{err}
	}
	return sc, nil
}

// commitError marks an error of the commit itself: when the connection broke there, nobody knows whether it happened.
type commitError struct{ error }

func (e commitError) Unwrap() error { return e.error }

func (e commitError) Error() string { return fmt.Sprintf("commit: %v", e.error) }
