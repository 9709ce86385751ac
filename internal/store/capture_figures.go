package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// EventStats returns what each environment has seen of each event, in one statement. Events that were never seen are
// missing.
func (s *Store) EventStats(ctx context.Context, eventIDs []string) ([]EventTotal, error) {
	if len(eventIDs) == 0 {
		return nil, nil
	}
	b := s.statement()
	b.WriteString(`SELECT event_id, environment_id, CAST(sum(n) AS bigint), CAST(sum(invalid) AS bigint), min(first_at), max(last_at),
		max(last_invalid_at) FROM capture_event WHERE `)
	anyOf(b, "event_id", eventIDs)
	b.WriteString(" GROUP BY event_id, environment_id ORDER BY event_id, environment_id")
	totals, err := collectRows(ctx, s.capture.read, b, func(r *sql.Rows, t *EventTotal) error {
		var first, last, lastInvalid int64
		err := r.Scan(&t.EventID, &t.EnvironmentID, &t.Count, &t.Invalid, &first, &last, &lastInvalid)
		t.First, t.Last, t.LastInvalid = fromMicros(first), fromMicros(last), fromMicros(lastInvalid)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read event statistics: %w", Fault(err))
	}
	return totals, nil
}

// Reported says whether any environment has ever seen an event.
func (s *Store) Reported(ctx context.Context, eventID string) (bool, error) {
	totals, err := s.EventStats(ctx, []string{eventID})
	return len(totals) > 0, err
}

// CapturedIn says whether any of the environments has ever captured anything.
func (s *Store) CapturedIn(ctx context.Context, environmentIDs []string) (bool, error) {
	if len(environmentIDs) == 0 {
		return false, nil
	}
	b := s.statement()
	b.WriteString("SELECT count(*) FROM capture_environment WHERE ")
	anyOf(b, "environment_id", environmentIDs)
	query, args := b.Query()
	n := 0
	if err := s.capture.read.QueryRowContext(ctx, query, args...).Scan(&n); err != nil {
		return false, fmt.Errorf("look for captured events: %w", Fault(err))
	}
	return n > 0, nil
}

// ReportingEvents counts the planned events that the environments have seen since a time, and those of them that broke
// the plan since then.
func (s *Store) ReportingEvents(ctx context.Context, environmentIDs []string, since time.Time) (reporting, invalid int, err error) {
	if len(environmentIDs) == 0 {
		return 0, 0, nil
	}
	b := s.statement()
	b.WriteString("SELECT count(DISTINCT CASE WHEN last_at >= ").Arg(micros(since)).WriteString(" THEN event_id END)")
	b.WriteString(", count(DISTINCT CASE WHEN last_invalid_at >= ").Arg(micros(since)).WriteString(" THEN event_id END)")
	b.WriteString(" FROM capture_event WHERE ")
	anyOf(b, "environment_id", environmentIDs)
	query, args := b.Query()
	if err := s.capture.read.QueryRowContext(ctx, query, args...).Scan(&reporting, &invalid); err != nil {
		return 0, 0, fmt.Errorf("count reporting events: %w", Fault(err))
	}
	return reporting, invalid, nil
}

// Minutes returns what environments captured in each minute from the one of from to the one before to, by environment
// and time. Minutes in which nothing came are left out.
func (s *Store) Minutes(ctx context.Context, environmentIDs []string, from, to time.Time) ([]Minute, error) {
	if len(environmentIDs) == 0 {
		return nil, nil
	}
	b := s.statement()
	b.WriteString("SELECT environment_id, minute, valid, invalid, unplanned, duplicates FROM capture_minute WHERE ")
	anyOf(b, "environment_id", environmentIDs)
	b.WriteString(" AND minute >= ").Arg(minuteOf(from)).WriteString(" AND minute < ").Arg(minuteOf(to))
	b.WriteString(" ORDER BY environment_id, minute")
	minutes, err := collectRows(ctx, s.capture.read, b, func(r *sql.Rows, m *Minute) error {
		var minute int64
		err := r.Scan(&m.EnvironmentID, &minute, &m.Valid, &m.Invalid, &m.Unplanned, &m.Duplicates)
		m.At = time.Unix(minute*60, 0).UTC()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read minute counters: %w", Fault(err))
	}
	return minutes, nil
}

// minuteOf is the number of the minute of a time, also before 1970.
func minuteOf(t time.Time) int64 { return t.Truncate(time.Minute).Unix() / 60 }

// CaptureCounters returns the counters of environments, of the hours from the one of from to the one before to.
func (s *Store) CaptureCounters(ctx context.Context, environmentIDs []string, from, to time.Time) (map[CounterKey]int64, error) {
	if len(environmentIDs) == 0 {
		return map[CounterKey]int64{}, nil
	}
	b := s.statement()
	b.WriteString(`SELECT environment_id, hour, event_id, name, terminal, app_version, verdict, code, n FROM capture_counter WHERE `)
	anyOf(b, "environment_id", environmentIDs)
	b.WriteString(" AND hour >= ").Arg(from.Truncate(time.Hour).Unix() / 3600)
	b.WriteString(" AND hour < ").Arg(to.Truncate(time.Hour).Unix() / 3600)
	rows, err := collectRows(ctx, s.capture.read, b, func(r *sql.Rows, c *counterRow) error {
		k := &c.key
		return r.Scan(&k.EnvironmentID, &k.Hour, &k.EventID, &k.Name, &k.Terminal, &k.AppVersion, &k.Verdict, &k.Code, &c.value)
	})
	if err != nil {
		return nil, fmt.Errorf("read counters: %w", Fault(err))
	}
	counters := make(map[CounterKey]int64, len(rows))
	for _, r := range rows {
		counters[r.key] = r.value
	}
	return counters, nil
}
