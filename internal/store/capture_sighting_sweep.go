package store

import (
	"context"
	"database/sql"
	"strings"
	"time"
)

const (
	// keepHours is for how long figures of properties stay by hour; whole days (UTC) that are longer ago become one.
	keepHours = 48 * time.Hour
	// keepDays is for how long they stay by day. What was seen on the whole stays longer.
	keepDays = 400 * 24 * time.Hour
	dayHours = 24
)

// sightedDay is one name on one day.
type sightedDay struct {
	environmentID, eventID, name string
	at                           int64 // the day's beginning (Unix time / 3600)
}

// foldFills makes days of the hours that are long ago, name by name, and removes the days that are very long ago.
func (s *Store) foldFills(ctx context.Context, now time.Time) (folded int64, err error) {
	end := now.Add(-keepHours).Truncate(dayHours*time.Hour).Unix() / 3600
	b := s.statement()
	b.WriteString("SELECT DISTINCT environment_id, event_id, name, at - at % 24 FROM capture_fill WHERE hours = 1 AND at < ").Arg(end)
	days, err := collectRows(ctx, s.capture.read, b, func(r *sql.Rows, d *sightedDay) error {
		return r.Scan(&d.environmentID, &d.eventID, &d.name, &d.at)
	})
	if err != nil {
		return 0, err
	}
	for _, d := range days {
		n, err := s.foldDay(ctx, d)
		folded += n
		if err != nil {
			return folded, err
		}
	}
	b = s.statement()
	b.WriteString("DELETE FROM capture_fill WHERE hours = 24 AND at < ").Arg(now.Add(-keepDays).Unix() / 3600)
	_, err = execute(ctx, s.capture.write, b)
	return folded, err
}

func (s *Store) foldDay(ctx context.Context, d sightedDay) (folded int64, err error) {
	err = s.captureTx(ctx, func(tx *sql.Tx) error {
		if err := holdCapture(ctx, tx); err != nil {
			return err
		}
		b := s.statement()
		b.WriteString("DELETE FROM capture_fill WHERE environment_id = ").Arg(d.environmentID).WriteString(" AND event_id = ").Arg(d.eventID)
		b.WriteString(" AND name = ").Arg(d.name).WriteString(" AND hours = 1 AND at >= ").Arg(d.at)
		b.WriteString(" AND at < ").Arg(d.at + dayHours)
		b.WriteString(" RETURNING environment_id, event_id, name, hours, at, terminal, app_version, n, fill")
		hours, err := collectRows(ctx, tx, b, scanFill)
		if err != nil {
			return err
		}
		days := map[FillKey]*Fill{}
		for _, h := range hours {
			h.key.At, h.key.Hours = d.at, dayHours
			if earlier := days[h.key]; earlier != nil {
				h.value = earlier.plus(h.value)
			}
			days[h.key] = h.value
		}
		folded = int64(len(hours))
		return s.addFills(ctx, tx, days)
	})
	if err != nil {
		return 0, err
	}
	return folded, nil
}

// holdCapture keeps the writers out until the transaction has ended, so that what it reads stays as it is.
func holdCapture(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, "UPDATE capture_position SET owner = owner WHERE partition = 0")
	return err
}

// forgetValues removes the values of properties that were kept before they became nobody's business.
func (s *Store) forgetValues(ctx context.Context, secret map[string][]string) error {
	for environmentID, names := range secret {
		if len(names) == 0 {
			continue
		}
		err := s.captureTx(ctx, func(tx *sql.Tx) error {
			if err := holdCapture(ctx, tx); err != nil {
				return err
			}
			b := s.statement()
			b.WriteString("SELECT " + strings.Join(propertyTable.names(), ", ") + " FROM capture_property WHERE environment_id = ").Arg(environmentID)
			b.WriteString(" AND ")
			anyOf(b, "property", names)
			rows, err := collectRows(ctx, tx, b, scanProperty)
			if err != nil {
				return err
			}
			var open []propertyRow
			for _, r := range rows {
				if r.value.Values.HasValues() {
					r.value.Values.Forget()
					open = append(open, r)
				}
			}
			return upsert(ctx, s, tx, propertyTable, open)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
