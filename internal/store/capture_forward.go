package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	entsql "entgo.io/ent/dialect/sql"
)

// Forwarded is what became of the payloads of an environment that passes them on.
type Forwarded struct {
	EnvironmentID string
	// Passed were taken by the target, Refused finally not; Lost found no place in the backlog, or were in it when it was
	// given up; Expired waited too long.
	Passed, Refused, Lost, Expired int64
	LastSuccess                    time.Time // zero: never; so are the others
	LastRefusal                    time.Time
	RefusalStatus                  int
	RefusalText                    string
	LastFailure                    time.Time // of an attempt that is repeated, or of a payload that was lost
	FailureText                    string
}

// Plus is what both say together; of two last ones it keeps the later.
func (f Forwarded) Plus(o Forwarded) Forwarded {
	f.Passed += o.Passed
	f.Refused += o.Refused
	f.Lost += o.Lost
	f.Expired += o.Expired
	if o.LastSuccess.After(f.LastSuccess) {
		f.LastSuccess = o.LastSuccess
	}
	if o.LastRefusal.After(f.LastRefusal) {
		f.LastRefusal, f.RefusalStatus, f.RefusalText = o.LastRefusal, o.RefusalStatus, o.RefusalText
	}
	if o.LastFailure.After(f.LastFailure) {
		f.LastFailure, f.FailureText = o.LastFailure, o.FailureText
	}
	return f
}

var forwardColumns = []string{
	"environment_id", "passed", "refused", "lost", "expired", "success_at", "refusal_at", "refusal_status", "refusal_text",
	"failure_at", "failure_text",
}

// AddForwarded adds to the counts of environments, each in the list once.
func (s *Store) AddForwarded(ctx context.Context, list []Forwarded) error {
	if len(list) == 0 {
		return nil
	}
	b := entsql.Dialect(s.dialect).Insert("capture_forward").Columns(forwardColumns...)
	for i := range list {
		f := &list[i]
		b.Values(f.EnvironmentID, f.Passed, f.Refused, f.Lost, f.Expired, timeOrZero(f.LastSuccess), timeOrZero(f.LastRefusal),
			f.RefusalStatus, keyText(f.RefusalText), timeOrZero(f.LastFailure), keyText(f.FailureText))
	}
	b.OnConflict(entsql.ConflictColumns("environment_id"), entsql.ResolveWith(mergeForwarded))
	query, args := b.Query()
	if _, err := s.capture.write.ExecContext(ctx, query, args...); err != nil {
		return fmt.Errorf("count what was passed on: %w", Fault(err))
	}
	return nil
}

// mergeForwarded is Plus, in SQL.
func mergeForwarded(u *entsql.UpdateSet) {
	for _, name := range []string{"passed", "refused", "lost", "expired"} {
		u.Set(name, entsql.Expr("capture_forward."+name+" + excluded."+name))
	}
	later := func(at string, names ...string) {
		for _, name := range append(names, at) {
			u.Set(name, entsql.Expr("CASE WHEN excluded."+at+" > capture_forward."+at+" THEN excluded."+name+" ELSE capture_forward."+name+" END"))
		}
	}
	later("success_at")
	later("refusal_at", "refusal_status", "refusal_text")
	later("failure_at", "failure_text")
}

// Forwarded returns the counts of environments, by their ids; those that have none are left out.
func (s *Store) Forwarded(ctx context.Context, environmentIDs []string) (map[string]Forwarded, error) {
	found := make(map[string]Forwarded, len(environmentIDs))
	if len(environmentIDs) == 0 {
		return found, nil
	}
	b := s.statement()
	b.WriteString("SELECT environment_id, passed, refused, lost, expired, success_at, refusal_at, refusal_status, refusal_text, ")
	b.WriteString("failure_at, failure_text FROM capture_forward WHERE ")
	anyOf(b, "environment_id", environmentIDs)
	rows, err := collectRows(ctx, s.capture.read, b, func(rows *sql.Rows, f *Forwarded) error {
		var success, refusal, failure int64
		err := rows.Scan(&f.EnvironmentID, &f.Passed, &f.Refused, &f.Lost, &f.Expired, &success, &refusal, &f.RefusalStatus,
			&f.RefusalText, &failure, &f.FailureText)
		f.LastSuccess, f.LastRefusal, f.LastFailure = zeroOrTime(success), zeroOrTime(refusal), zeroOrTime(failure)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read what was passed on: %w", Fault(err))
	}
	for _, f := range rows {
		found[f.EnvironmentID] = f
	}
	return found, nil
}

func timeOrZero(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return micros(t)
}

func zeroOrTime(at int64) time.Time {
	if at == 0 {
		return time.Time{}
	}
	return fromMicros(at)
}
