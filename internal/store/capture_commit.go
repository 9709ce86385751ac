package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"entgo.io/ent/dialect"
	"github.com/lib/pq"
)

// CommitCapture adds what a batch brings and moves the position on, in one transaction: after an error nothing is there
// and the position is where it was, unless the error is fault.Unavailable with the reason "outcome_unknown". It is
// ErrFenced when the position is not the batch's From or another writer has the lease.
func (s *Store) CommitCapture(ctx context.Context, b *CaptureBatch) error {
	samples, err := storedSamples(b.Samples)
	if err != nil {
		return fmt.Errorf("commit capture: %w", err)
	}
	err = s.captureTx(ctx, func(tx *sql.Tx) error {
		if err := s.moveCapture(ctx, tx, b); err != nil {
			return err
		}
		if err := s.insertSamples(ctx, tx, samples); err != nil {
			return err
		}
		return s.addUp(ctx, tx, b, samples)
	})
	if errors.Is(err, ErrFenced) {
		return ErrFenced
	}
	if err != nil {
		return fmt.Errorf("commit capture: %w", Fault(err))
	}
	return nil
}

// captureTx runs f in a transaction of the capture data. The position's row orders the writers, so the database's
// ordinary isolation does.
func (s *Store) captureTx(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := s.capture.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		return errors.Join(err, ignoreDone(tx.Rollback()))
	}
	if err := tx.Commit(); err != nil {
		return commitError{err}
	}
	return nil
}

// ignoreDone drops the error of rolling back what is over: a lost connection or an ended context has done it.
func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

// addUp adds a batch's figures to what is there.
func (s *Store) addUp(ctx context.Context, tx *sql.Tx, b *CaptureBatch, samples []sampleRow) error {
	counters := merged(b.Counters, CounterKey.stored, func(a, b int64) int64 { return a + b })
	events := merged(b.Events, EventKey.stored, EventSeen.plus)
	runs := merged(b.Runs, RunKey.stored, RunSeen.Plus)
	for _, err := range []error{
		upsert(ctx, s, tx, counterTable, entries(counters, CounterKey.compare)),
		upsert(ctx, s, tx, minuteTable, entries(b.Minutes, MinuteKey.compare)),
		upsert(ctx, s, tx, eventTable, entries(events, EventKey.compare)),
		upsert(ctx, s, tx, runTable, entries(runs, RunKey.compare)),
		upsert(ctx, s, tx, environmentTable, environmentsOf(b, samples)),
		upsert(ctx, s, tx, spanTable, spansOf(samples)),
		upsert(ctx, s, tx, labelTable, storedLabels(b.Labels)),
	} {
		if err != nil {
			return err
		}
	}
	return s.addSightings(ctx, tx, b)
}

// entry is one row of figures.
type entry[K comparable, V any] struct {
	key   K
	value V
}

// entries lists a map in the order of its keys, in which the databases keep them and all writers lock them.
func entries[K comparable, V any](m map[K]V, compare func(a, b K) int) []entry[K, V] {
	list := make([]entry[K, V], 0, len(m))
	for _, k := range slices.SortedFunc(maps.Keys(m), compare) {
		list = append(list, entry[K, V]{k, m[k]})
	}
	return list
}

// merged brings keys into the form that is stored and adds up those that become the same.
func merged[K comparable, V any](m map[K]V, stored func(K) K, plus func(a, b V) V) map[K]V {
	out := make(map[K]V, len(m))
	for k, v := range m {
		k = stored(k)
		if earlier, ok := out[k]; ok {
			v = plus(earlier, v)
		}
		out[k] = v
	}
	return out
}

// maxKeyText is how many characters of a text from a device are kept where it is part of a key or an index: PostgreSQL
// takes no key of more than 2,704 bytes.
const maxKeyText = 200

// keyText brings a text from a device into a form that both databases take and index.
func keyText(s string) string {
	if len(s) > maxKeyText {
		s = prefix(s, maxKeyText)
	}
	if !utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
	}
	return s
}

func (k CounterKey) stored() CounterKey {
	k.Terminal, k.Name, k.AppVersion, k.Code = keyText(k.Terminal), keyText(k.Name), keyText(k.AppVersion), keyText(k.Code)
	return k
}

func (k CounterKey) compare(o CounterKey) int {
	return cmp.Or(strings.Compare(k.EnvironmentID, o.EnvironmentID), cmp.Compare(k.Hour, o.Hour),
		strings.Compare(k.EventID, o.EventID), strings.Compare(k.Name, o.Name), strings.Compare(k.Terminal, o.Terminal),
		strings.Compare(k.AppVersion, o.AppVersion), cmp.Compare(k.Verdict, o.Verdict), strings.Compare(k.Code, o.Code))
}

func (k MinuteKey) compare(o MinuteKey) int {
	return cmp.Or(strings.Compare(k.EnvironmentID, o.EnvironmentID), cmp.Compare(k.Minute, o.Minute))
}

func (k EventKey) stored() EventKey {
	k.Terminal = keyText(k.Terminal)
	return k
}

func (k EventKey) compare(o EventKey) int {
	return cmp.Or(strings.Compare(k.EventID, o.EventID), strings.Compare(k.EnvironmentID, o.EnvironmentID),
		strings.Compare(k.Terminal, o.Terminal))
}

func (e EventSeen) plus(o EventSeen) EventSeen {
	if o.First.Before(e.First) {
		e.First = o.First
	}
	if o.Last.After(e.Last) {
		e.Last = o.Last
	}
	if o.LastInvalid.After(e.LastInvalid) {
		e.LastInvalid = o.LastInvalid
	}
	e.Count, e.Invalid = e.Count+o.Count, e.Invalid+o.Invalid
	return e
}

func storedLabels(labels []Label) []Label {
	out := make([]Label, len(labels))
	for i, l := range labels {
		l.Value = keyText(l.Value)
		out[i] = l
	}
	slices.SortFunc(out, func(a, b Label) int {
		return cmp.Or(strings.Compare(a.EnvironmentID, b.EnvironmentID), cmp.Compare(a.Kind, b.Kind), strings.Compare(a.Value, b.Value))
	})
	return slices.Compact(out)
}

// figures says how rows R are added to a table of figures.
type figures[R any] struct {
	table   string
	columns []figure[R]
	keys    int    // how many of the columns, from the first on, are the key
	set     string // how a row is added to the one with the same key; empty to leave that
}

// figure is a column: a text, bytes or a number.
type figure[R any] struct {
	name   string
	text   func(*R) string
	bytes  func(*R) []byte
	number func(*R) int64
}

// array is the column of rows as PostgreSQL takes it, and the type that it has there.
func (f figure[R]) array(rows []R) (values any, of string) {
	switch {
	case f.text != nil:
		return pq.Array(column(rows, f.text)), "text[]"
	case f.bytes != nil:
		return pq.Array(column(rows, f.bytes)), "bytea[]"
	default:
		return pq.Array(column(rows, f.number)), "bigint[]"
	}
}

// value is the column of a row as SQLite takes it.
func (f figure[R]) value(row *R) any {
	switch {
	case f.text != nil:
		return f.text(row)
	case f.bytes != nil:
		return f.bytes(row)
	default:
		return f.number(row)
	}
}

func (f figures[R]) names() []string {
	names := make([]string, len(f.columns))
	for i, c := range f.columns {
		names[i] = c.name
	}
	return names
}

// insert returns the statement that adds what source yields.
func (f figures[R]) insert(source string) string {
	names := f.names()
	conflict := "NOTHING"
	if f.set != "" {
		conflict = "UPDATE SET " + f.set
	}
	return "INSERT INTO " + f.table + " (" + strings.Join(names, ", ") + ") " + source +
		" ON CONFLICT (" + strings.Join(names[:f.keys], ", ") + ") DO " + conflict
}

// upsert adds rows, each with a key of its own: on PostgreSQL in one statement, on SQLite in one for each row, which there
// is the fastest way.
func upsert[R any](ctx context.Context, s *Store, tx *sql.Tx, f figures[R], rows []R) error {
	if len(rows) == 0 {
		return nil
	}
	add := upsertRows[R]
	if s.dialect == dialect.Postgres {
		add = upsertArrays[R]
	}
	if err := add(ctx, tx, f, rows); err != nil {
		return fmt.Errorf("add to %s: %w", f.table, err)
	}
	return nil
}

func upsertArrays[R any](ctx context.Context, tx *sql.Tx, f figures[R], rows []R) error {
	args, sources := make([]any, len(f.columns)), make([]string, len(f.columns))
	for i, c := range f.columns {
		values, of := c.array(rows)
		args[i], sources[i] = values, fmt.Sprintf("$%d::%s", i+1, of)
	}
	_, err := tx.ExecContext(ctx, f.insert("SELECT * FROM unnest("+strings.Join(sources, ", ")+")"), args...)
	return err
}

func column[R, V any](rows []R, value func(*R) V) []V {
	values := make([]V, len(rows))
	for i := range rows {
		values[i] = value(&rows[i])
	}
	return values
}

func upsertRows[R any](ctx context.Context, tx *sql.Tx, f figures[R], rows []R) error {
	stmt, err := tx.PrepareContext(ctx, f.insert("VALUES (?"+strings.Repeat(", ?", len(f.columns)-1)+")"))
	if err != nil {
		return err
	}
	defer func() { _ = stmt.Close() }()
	args := make([]any, len(f.columns))
	for i := range rows {
		if i%rowsPerLook == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		for j, c := range f.columns {
			args[j] = c.value(&rows[i])
		}
		if _, err := stmt.ExecContext(unwatched(ctx), args...); err != nil {
			return err
		}
	}
	return nil
}

// rowsPerLook is how many rows are added between two looks at whether the context has ended.
const rowsPerLook = 256

// unwatched is a context for adding one row, which takes microseconds: both drivers start a goroutine for each statement
// with a context that can end.
func unwatched(ctx context.Context) context.Context { return context.WithoutCancel(ctx) }
