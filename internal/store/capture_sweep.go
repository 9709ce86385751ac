package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	entsql "entgo.io/ent/dialect/sql"
)

// Retention says how much of what an environment captured is kept.
type Retention struct {
	// Before is the time before which samples go; zero for none.
	Before time.Time
	// MaxSamples is how many samples stay, the newest.
	MaxSamples int64
}

// SweepPolicy says what SweepCapture removes.
type SweepPolicy struct {
	Now time.Time
	// Environments has the retention of every environment there is.
	Environments map[string]Retention
	// Labels says how many labels of each kind an environment can have.
	Labels map[LabelKind]int
	// Secret are the properties of environments whose values are not kept, by name.
	Secret map[string][]string
}

// Swept is what SweepCapture removed.
type Swept struct {
	Samples int64 // kept too long, or too many
	Minutes int64
	Runs    int64 // rows of test runs
	// Folded are hours of figures of properties that became days.
	Folded int64
	// Labels and Figures (of properties) gave up their place to others: they had not come within the retention, and their
	// environment was nearly full.
	Labels, Figures int64
	// Environments that are gone, with all that they had captured.
	Environments int
}

const (
	// sweepChunk is how many samples go in one transaction, so that the writer never waits long.
	sweepChunk = 2000
	// keepMinutes is for how long minutes are counted.
	keepMinutes = 48 * time.Hour
	// orphanAfter is how long nothing must have come for an environment that the policy does not know before it counts
	// as gone: it may be newer than the policy, and events under way when it was deleted still come in.
	orphanAfter = time.Hour
)

// SweepCapture removes what is kept too long, in short transactions that let others in between. After an error, what was
// removed stays removed.
func (s *Store) SweepCapture(ctx context.Context, p SweepPolicy) (Swept, error) {
	swept, err := s.sweep(ctx, p)
	if err != nil {
		return swept, fmt.Errorf("sweep the capture data: %w", Fault(err))
	}
	return swept, nil
}

func (s *Store) sweep(ctx context.Context, p SweepPolicy) (swept Swept, err error) {
	b := s.statement()
	b.WriteString("DELETE FROM capture_minute WHERE minute < ").Arg(minuteOf(p.Now.Add(-keepMinutes)))
	if swept.Minutes, err = execute(ctx, s.capture.write, b); err != nil {
		return swept, err
	}
	if err := s.sweepRefusals(ctx, p.Now); err != nil {
		return swept, err
	}
	if swept.Folded, err = s.foldFills(ctx, p.Now); err != nil {
		return swept, err
	}
	if err := s.forgetValues(ctx, p.Secret); err != nil {
		return swept, err
	}
	b = s.statement()
	b.WriteString("SELECT environment_id, samples, last_at FROM capture_environment ORDER BY environment_id")
	environments, err := collectRows(ctx, s.capture.read, b, func(r *sql.Rows, e *environmentRow) error {
		return r.Scan(&e.id, &e.samples, &e.lastAt)
	})
	for _, e := range environments {
		keep, known := p.Environments[e.id]
		switch {
		case known:
			err = s.sweepEnvironment(ctx, e, keep, p.Labels, &swept)
		case fromMicros(e.lastAt).Before(p.Now.Add(-orphanAfter)):
			swept.Environments++
			err = s.forget(ctx, e.id)
		}
		if err != nil {
			break
		}
	}
	return swept, err
}

// sweepEnvironment removes what an environment has beyond its retention.
func (s *Store) sweepEnvironment(ctx context.Context, e environmentRow, keep Retention, most map[LabelKind]int, swept *Swept) error {
	samples, err := s.sweepSamples(ctx, e, keep)
	if swept.Samples += samples; err != nil {
		return err
	}
	if err := s.sweepSpans(ctx, e.id); err != nil {
		return err
	}
	runs, err := s.sweepRuns(ctx, e.id, keep)
	if swept.Runs += runs; err != nil || keep.Before.IsZero() {
		return err
	}
	room := evictor{Store: s, environmentID: e.id, before: keep.Before}
	labels, figures, err := room.evict(ctx, most)
	swept.Labels, swept.Figures = swept.Labels+labels, swept.Figures+figures
	return err
}

// sweepSamples removes an environment's samples beyond its retention.
func (s *Store) sweepSamples(ctx context.Context, e environmentRow, keep Retention) (removed int64, err error) {
	for surplus := e.samples - keep.MaxSamples; surplus > 0; {
		n, err := s.removeOldest(ctx, e.id, min(surplus, sweepChunk), time.Time{})
		removed, surplus = removed+n, surplus-n
		if err != nil || n == 0 {
			return removed, err
		}
	}
	for !keep.Before.IsZero() {
		n, err := s.removeOldest(ctx, e.id, sweepChunk, keep.Before)
		removed += n
		if err != nil || n < sweepChunk {
			return removed, err
		}
	}
	return removed, nil
}

// removeOldest removes, of an environment's oldest samples in stream order, those that were received before a time; a zero
// time means all of them.
func (s *Store) removeOldest(ctx context.Context, environmentID string, count int64, before time.Time) (removed int64, err error) {
	return s.removeSamples(ctx, func(b *entsql.Builder) {
		b.WriteString("seq IN (SELECT seq FROM capture_sample WHERE environment_id = ").Arg(environmentID)
		b.WriteString(" ORDER BY seq LIMIT ").Arg(count).WriteString(")")
		if !before.IsZero() {
			b.WriteString(" AND received_at < ").Arg(micros(before))
		}
	})
}

// ForgetEnvironment removes all that an environment captured. Events of it that are still under way in the stream may come
// in afterwards; SweepCapture removes them.
func (s *Store) ForgetEnvironment(ctx context.Context, environmentID string) error {
	if err := s.forget(ctx, environmentID); err != nil {
		return fmt.Errorf("forget the capture data of %s: %w", environmentID, Fault(err))
	}
	return nil
}

func (s *Store) forget(ctx context.Context, environmentID string) error {
	for {
		n, err := s.removeOldest(ctx, environmentID, sweepChunk, time.Time{})
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
	}
	var errs error
	for _, table := range []string{
		"capture_counter", "capture_minute", "capture_event", "capture_label", "capture_refusal", "capture_run", "capture_property",
		"capture_fill", "capture_forward", "capture_span", "capture_environment",
	} {
		b := s.statement()
		b.WriteString("DELETE FROM " + table + " WHERE environment_id = ").Arg(environmentID)
		_, err := execute(ctx, s.capture.write, b)
		errs = errors.Join(errs, err)
	}
	return errs
}
