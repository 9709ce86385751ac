package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"entgo.io/ent/dialect"

	"github.com/waymarkhq/waymark/internal/sighting"
)

type (
	propertyRow = entry[PropertyKey, *PropertySeen]
	fillRow     = entry[FillKey, *Fill]
)

// replaced writes the part of an upsert that puts columns in the place of what is there: who writes has added that up.
func replaced(columns ...string) string {
	for i, c := range columns {
		columns[i] = c + " = excluded." + c
	}
	return strings.Join(columns, ", ")
}

var propertyTable = figures[propertyRow]{
	table: "capture_property", keys: 6,
	set: replaced("n", "unplanned", "first_at", "last_at", "last_unplanned_at", "last_seq", "summary"),
	columns: []figure[propertyRow]{
		{name: "environment_id", text: func(r *propertyRow) string { return r.key.EnvironmentID }},
		{name: "event_id", text: func(r *propertyRow) string { return r.key.EventID }},
		{name: "name", text: func(r *propertyRow) string { return r.key.Name }},
		{name: "property", text: func(r *propertyRow) string { return r.key.Property }},
		{name: "terminal", text: func(r *propertyRow) string { return r.key.Terminal }},
		{name: "app_version", text: func(r *propertyRow) string { return r.key.AppVersion }},
		{name: "n", number: func(r *propertyRow) int64 { return r.value.Count }},
		{name: "unplanned", number: func(r *propertyRow) int64 { return r.value.Unplanned }},
		{name: "first_at", number: func(r *propertyRow) int64 { return micros(r.value.First) }},
		{name: "last_at", number: func(r *propertyRow) int64 { return micros(r.value.Last) }},
		{name: "last_unplanned_at", number: func(r *propertyRow) int64 { return micros(r.value.LastUnplanned) }},
		{name: "last_seq", number: func(r *propertyRow) int64 { return r.value.LastSeq }},
		{name: "summary", bytes: func(r *propertyRow) []byte { return r.value.Values.Append([]byte{}) }},
	},
}

func scanProperty(rows *sql.Rows, r *propertyRow) error {
	var times [3]int64
	var summary []byte
	k, p := &r.key, &PropertySeen{}
	r.value = p
	err := rows.Scan(&k.EnvironmentID, &k.EventID, &k.Name, &k.Property, &k.Terminal, &k.AppVersion, &p.Count, &p.Unplanned,
		&times[0], &times[1], &times[2], &p.LastSeq, &summary)
	if err != nil {
		return err
	}
	p.First, p.Last, p.LastUnplanned = fromMicros(times[0]), fromMicros(times[1]), fromMicros(times[2])
	values, err := sighting.ReadSummary(summary)
	if err == nil {
		p.Values = *values
	}
	return err
}

var fillTable = figures[fillRow]{
	table: "capture_fill", keys: 7, set: replaced("n", "fill"),
	columns: []figure[fillRow]{
		{name: "environment_id", text: func(r *fillRow) string { return r.key.EnvironmentID }},
		{name: "event_id", text: func(r *fillRow) string { return r.key.EventID }},
		{name: "name", text: func(r *fillRow) string { return r.key.Name }},
		{name: "hours", number: func(r *fillRow) int64 { return r.key.Hours }},
		{name: "at", number: func(r *fillRow) int64 { return r.key.At }},
		{name: "terminal", text: func(r *fillRow) string { return r.key.Terminal }},
		{name: "app_version", text: func(r *fillRow) string { return r.key.AppVersion }},
		{name: "n", number: func(r *fillRow) int64 { return r.value.Events }},
		{name: "fill", bytes: func(r *fillRow) []byte { return r.value.Properties.Append([]byte{}) }},
	},
}

func scanFill(rows *sql.Rows, r *fillRow) error {
	var fill []byte
	k, f := &r.key, &Fill{}
	r.value = f
	err := rows.Scan(&k.EnvironmentID, &k.EventID, &k.Name, &k.Hours, &k.At, &k.Terminal, &k.AppVersion, &f.Events, &fill)
	if err != nil {
		return err
	}
	f.Properties, err = sighting.ReadFill(fill)
	return err
}

// stored reads the rows that there are of those with the given rows' keys: on PostgreSQL in one statement, on SQLite in one
// for each row, as in upsert.
func stored[R any](ctx context.Context, s *Store, tx *sql.Tx, f figures[R], rows []R, scan func(*sql.Rows, *R) error) ([]R, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	read := storedByKey[R]
	if s.dialect == dialect.Postgres {
		read = storedByArrays[R]
	}
	found, err := read(ctx, tx, f, rows, scan)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", f.table, err)
	}
	return found, nil
}

// selectFrom returns the statement that reads whole rows, called t.
func (f figures[R]) selectFrom(source string) string {
	return "SELECT t." + strings.Join(f.names(), ", t.") + " FROM " + source
}

func storedByArrays[R any](ctx context.Context, tx *sql.Tx, f figures[R], rows []R, scan func(*sql.Rows, *R) error) ([]R, error) {
	names := f.names()
	args, sources, joined := make([]any, f.keys), make([]string, f.keys), make([]string, f.keys)
	for i, c := range f.columns[:f.keys] {
		values, of := c.array(rows)
		args[i], sources[i] = values, fmt.Sprintf("$%d::%s", i+1, of)
		joined[i] = "t." + c.name + " = k." + c.name
	}
	found, err := tx.QueryContext(ctx, f.selectFrom("unnest("+strings.Join(sources, ", ")+") AS k("+strings.Join(names[:f.keys], ", ")+
		") JOIN "+f.table+" AS t ON "+strings.Join(joined, " AND ")), args...)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	var out []R
	for found.Next() {
		var row R
		if err := scan(found, &row); err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	return out, found.Err()
}

func storedByKey[R any](ctx context.Context, tx *sql.Tx, f figures[R], rows []R, scan func(*sql.Rows, *R) error) ([]R, error) {
	names := f.names()
	stmt, err := tx.PrepareContext(ctx, f.selectFrom(f.table+" AS t WHERE "+strings.Join(names[:f.keys], " = ? AND ")+" = ?"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = stmt.Close() }()
	var out []R
	args := make([]any, f.keys)
	for i := range rows {
		if i%rowsPerLook == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		for j, c := range f.columns[:f.keys] {
			args[j] = c.value(&rows[i])
		}
		if out, err = appendRow(unwatched(ctx), stmt, args, out, scan); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// appendRow appends the row that a statement finds, if any.
func appendRow[R any](ctx context.Context, stmt *sql.Stmt, args []any, to []R, scan func(*sql.Rows, *R) error) ([]R, error) {
	found, err := stmt.QueryContext(ctx, args...)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	if found.Next() {
		var row R
		if err := scan(found, &row); err != nil {
			return nil, err
		}
		to = append(to, row)
	}
	return to, found.Err()
}

// merge adds rows that are there to those that come.
func merge[K comparable, V any](coming map[K]V, there []entry[K, V], plus func(a, b V) V) {
	for _, r := range there {
		coming[r.key] = plus(r.value, coming[r.key])
	}
}
