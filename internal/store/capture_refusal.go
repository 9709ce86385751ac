package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	entsql "entgo.io/ent/dialect/sql"
)

// Refusal is a request of an SDK that brought nothing, or less than it should have; or several equal ones.
type Refusal struct {
	// ID grows with time.
	ID       int64
	At, Last time.Time // the first and the last of them
	Count    int64
	// Kind says in one word what was wrong; package collect lists them.
	Kind string
	// Format is the wire format, empty where no format serves the path.
	Format, Method, Path string
	// WriteKey is the key as sent. KeyID, AppID and EnvironmentID say where it leads, and are empty where it leads nowhere.
	WriteKey, KeyID, AppID, EnvironmentID string
	Address, UserAgent                    string
	// Reason is for people; Excerpt is the beginning of what was sent, where that helps.
	Reason, Excerpt string
}

// RefusalQuery asks for refusals, newest first. Empty fields do not narrow; all given ones have to agree.
type RefusalQuery struct {
	// AppIDs are those whose refusals are asked for; Unassigned asks for those that lead to no app too. Without either there
	// is nothing to find, unless All is set.
	AppIDs     []string
	Unassigned bool
	All        bool

	EnvironmentID, WriteKey, Address string
	Kinds                            []string
	Since                            time.Time
	// Before is an id: only older ones; After only newer ones; 0 does not narrow.
	Before, After int64
	Limit         int
}

const (
	// maxRefusals is how many refusals are kept, maxRefusalAge for how long.
	maxRefusals   = 20_000
	maxRefusalAge = 7 * 24 * time.Hour
)

var refusalColumns = []string{
	"at", "last_at", "n", "kind", "format", "method", "path", "write_key", "key_id", "app_id", "environment_id", "address",
	"user_agent", "reason", "excerpt",
}

// AddRefusals stores refusals.
func (s *Store) AddRefusals(ctx context.Context, list []Refusal) error {
	if len(list) == 0 {
		return nil
	}
	b := entsql.Dialect(s.dialect).Insert("capture_refusal").Columns(refusalColumns...)
	for i := range list {
		r := &list[i]
		b.Values(micros(r.At), micros(r.Last), r.Count, r.Kind, r.Format, r.Method, keyText(r.Path), keyText(r.WriteKey), r.KeyID,
			r.AppID, r.EnvironmentID, keyText(r.Address), keyText(r.UserAgent), sameLength(r.Reason), sameLength(r.Excerpt))
	}
	query, args := b.Query()
	if _, err := s.capture.write.ExecContext(ctx, query, args...); err != nil {
		return fmt.Errorf("store refused requests: %w", Fault(err))
	}
	return nil
}

// Refusals returns refusals, newest first.
func (s *Store) Refusals(ctx context.Context, q RefusalQuery) ([]Refusal, error) {
	if !q.All && !q.Unassigned && len(q.AppIDs) == 0 {
		return nil, nil
	}
	b := s.statement()
	b.WriteString("SELECT id, at, last_at, n, kind, format, method, path, write_key, key_id, app_id, environment_id, address, ")
	b.WriteString("user_agent, reason, excerpt FROM capture_refusal WHERE ")
	q.where(b)
	b.WriteString(" ORDER BY id DESC LIMIT ").Arg(q.Limit)
	rows, err := collectRows(ctx, s.capture.read, b, func(rows *sql.Rows, r *Refusal) error {
		var at, last int64
		err := rows.Scan(&r.ID, &at, &last, &r.Count, &r.Kind, &r.Format, &r.Method, &r.Path, &r.WriteKey, &r.KeyID, &r.AppID,
			&r.EnvironmentID, &r.Address, &r.UserAgent, &r.Reason, &r.Excerpt)
		r.At, r.Last = fromMicros(at), fromMicros(last)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read refused requests: %w", Fault(err))
	}
	return rows, nil
}

func (q *RefusalQuery) where(b *entsql.Builder) {
	if q.All {
		b.WriteString("1 = 1")
	} else {
		apps := slices.Clone(q.AppIDs)
		if q.Unassigned {
			apps = append(apps, "")
		}
		anyOf(b, "app_id", apps)
	}
	for _, f := range []struct{ column, value string }{
		{"environment_id", q.EnvironmentID},
		{"write_key", keyText(q.WriteKey)},
		{"address", keyText(q.Address)},
	} {
		if f.value != "" {
			b.WriteString(" AND " + f.column + " = ").Arg(f.value)
		}
	}
	if len(q.Kinds) > 0 {
		b.WriteString(" AND ")
		anyOf(b, "kind", q.Kinds)
	}
	if !q.Since.IsZero() {
		b.WriteString(" AND last_at >= ").Arg(micros(q.Since))
	}
	if q.Before > 0 {
		b.WriteString(" AND id < ").Arg(q.Before)
	}
	if q.After > 0 {
		b.WriteString(" AND id > ").Arg(q.After)
	}
}

// sweepRefusals removes refusals that are too old, or too many.
func (s *Store) sweepRefusals(ctx context.Context, now time.Time) error {
	b := s.statement()
	b.WriteString("DELETE FROM capture_refusal WHERE at < ").Arg(micros(now.Add(-maxRefusalAge)))
	b.WriteString(" OR id <= (SELECT max(id) FROM capture_refusal) - ").Arg(maxRefusals)
	_, err := execute(ctx, s.capture.write, b)
	return err
}
