package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"entgo.io/ent/dialect"

	"github.com/waymarkhq/waymark/internal/capture"
)

// sampleRow is a captured event as it is stored.
type sampleRow struct {
	seq                               int64
	environmentID, eventID            string
	receivedAt                        int64
	verdict                           int64
	name, codes, terminal, appVersion string
	deviceID, userID, anonymousID     string
	runID                             string
	raw                               string
	record                            []byte
}

// sampleTable and recordTable are where the parts of a sampleRow are.
var (
	sampleTable = bulk{
		table: "capture_sample",
		columns: []string{
			"seq", "environment_id", "event_id", "received_at", "verdict", "name", "codes", "terminal", "app_version", "device_id",
			"user_id", "anonymous_id", "run_id",
		},
		values: func(r *sampleRow, to []any) []any {
			return append(to, r.seq, r.environmentID, r.eventID, r.receivedAt, r.verdict, r.name, r.codes, r.terminal,
				r.appVersion, r.deviceID, r.userID, r.anonymousID, r.runID)
		},
	}
	recordTable = bulk{
		table: "capture_record", columns: []string{"seq", "raw", "record"},
		values: func(r *sampleRow, to []any) []any { return append(to, r.seq, r.raw, r.record) },
	}
)

// bulk says how many rows are inserted into a table.
type bulk struct {
	table   string
	columns []string
	values  func(r *sampleRow, to []any) []any
}

func (t bulk) insert() string {
	return fmt.Sprintf("INSERT INTO %s (%s) VALUES (?%s)", t.table, strings.Join(t.columns, ", "),
		strings.Repeat(", ?", len(t.columns)-1))
}

func (t bulk) copy() string {
	return fmt.Sprintf("COPY %s (%s) FROM STDIN", t.table, strings.Join(t.columns, ", "))
}

func storedSamples(events []*capture.Captured) ([]sampleRow, error) {
	rows := make([]sampleRow, len(events))
	var buffer []byte
	var one [1]capture.Captured
	for i, c := range events {
		one[0] = *c
		buffer = capture.AppendRecord(buffer[:0], one[:])
		raw, rest, ok := capture.CutRaw(buffer)
		if !ok {
			return nil, fmt.Errorf("captured event %d cannot be encoded", c.Seq)
		}
		rows[i] = sampleRow{
			seq: c.Seq, environmentID: c.EnvironmentID, eventID: c.EventID, receivedAt: micros(c.ReceivedAt),
			verdict: int64(c.Verdict), name: keyText(cmp.Or(c.EventKey, c.Name)), codes: codesText(c.Violations),
			terminal: keyText(c.TerminalKey), appVersion: keyText(c.App.Version), deviceID: keyText(c.DeviceID),
			userID: keyText(c.UserID), anonymousID: keyText(c.AnonymousID), runID: keyText(c.RunID), raw: sameLength(raw), record: rest,
		}
	}
	return rows, nil
}

// codesText lists the codes of violations, each once and between bars, or is empty.
func codesText(violations []capture.Violation) string {
	if len(violations) == 0 {
		return ""
	}
	codes := make([]string, len(violations))
	for i := range violations {
		codes[i] = keyText(violations[i].Code)
	}
	slices.Sort(codes)
	return "|" + strings.Join(slices.Compact(codes), "|") + "|"
}

// sameLength makes a text storable without moving any of its bytes, which the rest of the record counts on. JSON is
// storable as it is.
func sameLength(s string) string {
	if utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 {
		return s
	}
	out := []byte(s)
	for i := 0; i < len(out); {
		r, n := utf8.DecodeRune(out[i:])
		if r == 0 || r == utf8.RuneError && n == 1 {
			out[i] = '?'
		}
		i += n
	}
	return string(out)
}

// captured is the event again that was stored.
func (r *sampleRow) captured() (*capture.Captured, error) {
	var event *capture.Captured
	err := capture.DecodeRecord(capture.JoinRaw(r.raw, r.record), r.seq, func(c *capture.Captured) bool {
		kept := *c
		event = &kept
		return true
	})
	if err != nil {
		return nil, fmt.Errorf("read captured event %d: %w", r.seq, err)
	}
	return event, nil
}

func (s *Store) insertSamples(ctx context.Context, tx *sql.Tx, rows []sampleRow) error {
	for _, t := range []bulk{sampleTable, recordTable} {
		if err := s.insertBulk(ctx, tx, t, rows); err != nil {
			return fmt.Errorf("insert into %s: %w", t.table, err)
		}
	}
	return nil
}

func (s *Store) insertBulk(ctx context.Context, tx *sql.Tx, t bulk, rows []sampleRow) error {
	if len(rows) == 0 {
		return nil
	}
	query := t.insert()
	if s.dialect == dialect.Postgres {
		query = t.copy()
	}
	stmt, err := tx.PrepareContext(ctx, query)
	if err != nil {
		return err
	}
	defer func() { _ = stmt.Close() }()
	var values []any
	for i := range rows {
		if i%rowsPerLook == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		values = t.values(&rows[i], values[:0])
		if _, err := stmt.ExecContext(unwatched(ctx), values...); err != nil {
			return err
		}
	}
	if s.dialect == dialect.Postgres {
		_, err = stmt.ExecContext(ctx) // sends what is left and hears what was wrong
	}
	return err
}

// environmentsOf counts a batch's samples, and what is not among them, by environment.
func environmentsOf(b *CaptureBatch, rows []sampleRow) []environmentRow {
	byID := make(map[string]environmentRow)
	for id, n := range b.NotKept {
		byID[id] = environmentRow{id: id, notKept: n}
	}
	for key := range b.Minutes {
		if e, ok := byID[key.EnvironmentID]; ok {
			e.lastAt = max(e.lastAt, key.Minute*microsPerMinute)
			byID[key.EnvironmentID] = e
		}
	}
	for i := range rows {
		r := &rows[i]
		e := byID[r.environmentID]
		byID[r.environmentID] = environmentRow{r.environmentID, e.samples + 1, max(e.lastAt, r.receivedAt), e.notKept}
	}
	var out []environmentRow
	for _, e := range entries(byID, strings.Compare) {
		out = append(out, e.value)
	}
	return out
}
