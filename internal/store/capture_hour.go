package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/waymarkhq/waymark/internal/capture"
)

// HourCounts are what an environment captured in one hour, as far as it decides on what is kept.
type HourCounts struct {
	// Valid are valid events, Unplanned are those that no plan has.
	Valid, Unplanned map[HourKey]int64
	// Others are the invalid and unplanned events of each minute.
	Others *[60]int64
}

// HourKey is an event on one terminal: one that is planned, or a name that no definition judged.
type HourKey struct {
	EventID, Name string // Name is empty where EventID is not
	Terminal      string
}

// Clone is the key without anything of what its texts are a part of.
func (k HourKey) Clone() HourKey {
	return HourKey{strings.Clone(k.EventID), strings.Clone(k.Name), strings.Clone(k.Terminal)}
}

// Add adds what a counter of the hour counted: of valid events or of unplanned ones.
func (h HourCounts) Add(counter CounterKey, n int64) {
	to := h.Valid
	if counter.Verdict == capture.Unplanned {
		to = h.Unplanned
	}
	key := HourKey{EventID: counter.EventID, Terminal: counter.Terminal}
	if key.EventID == "" {
		key.Name = counter.Name
	}
	to[key.Clone()] += n
}

// CapturedInHour returns what was counted of an environment in an hour (Unix time / 3600).
func (s *Store) CapturedInHour(ctx context.Context, environmentID string, hour int64) (HourCounts, error) {
	counts := HourCounts{Valid: map[HourKey]int64{}, Unplanned: map[HourKey]int64{}, Others: new([60]int64)}
	b := s.statement()
	b.WriteString("SELECT event_id, name, terminal, verdict, n FROM capture_counter WHERE environment_id = ").Arg(environmentID)
	b.WriteString(" AND hour = ").Arg(hour).WriteString(" AND code = '' AND ")
	anyOf(b, "verdict", []int64{int64(capture.Valid), int64(capture.Unplanned)})
	counted, err := collectRows(ctx, s.capture.read, b, func(r *sql.Rows, c *counterRow) error {
		return r.Scan(&c.key.EventID, &c.key.Name, &c.key.Terminal, &c.key.Verdict, &c.value)
	})
	if err == nil {
		for i := range counted {
			counts.Add(counted[i].key, counted[i].value)
		}
		err = s.othersInHour(ctx, environmentID, hour, counts.Others)
	}
	if err != nil {
		return HourCounts{}, fmt.Errorf("read what was captured in an hour: %w", Fault(err))
	}
	return counts, nil
}

func (s *Store) othersInHour(ctx context.Context, environmentID string, hour int64, others *[60]int64) error {
	b := s.statement()
	b.WriteString("SELECT minute, invalid + unplanned FROM capture_minute WHERE environment_id = ").Arg(environmentID)
	b.WriteString(" AND minute >= ").Arg(hour * 60).WriteString(" AND minute < ").Arg(hour*60 + 60)
	rows, err := collectRows(ctx, s.capture.read, b, func(r *sql.Rows, m *[2]int64) error { return r.Scan(&m[0], &m[1]) })
	for _, m := range rows {
		others[m[0]%60] = m[1]
	}
	return err
}

// NotKept returns how many events of environments were counted and not kept, by environment; those of which all were are
// missing.
func (s *Store) NotKept(ctx context.Context, environmentIDs []string) (map[string]int64, error) {
	found := make(map[string]int64, len(environmentIDs))
	if len(environmentIDs) == 0 {
		return found, nil
	}
	b := s.statement()
	b.WriteString("SELECT environment_id, not_kept FROM capture_environment WHERE ")
	anyOf(b, "environment_id", environmentIDs)
	rows, err := collectRows(ctx, s.capture.read, b, func(r *sql.Rows, e *environmentRow) error { return r.Scan(&e.id, &e.notKept) })
	if err != nil {
		return nil, fmt.Errorf("read what was not kept: %w", Fault(err))
	}
	for i := range rows {
		found[rows[i].id] = rows[i].notKept
	}
	return found, nil
}
