package monitor

import (
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"time"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/batch"
	"github.com/waymarkhq/waymark/ent/environment"
	"github.com/waymarkhq/waymark/ent/event"
	"github.com/waymarkhq/waymark/ent/predicate"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/store"
)

// Apps are the apps that figures cover: all, or those with the given ids.
type Apps struct {
	All bool
	IDs []string
}

const (
	// recently is how recent a report must be for its event to count as reporting, or as having violations.
	recently = 24 * time.Hour
	// minutes is how many minutes the figures go back.
	minutes = 15
	// lookEvery is how often a Watch looks whether the figures have changed.
	lookEvery = 500 * time.Millisecond
)

// Service counts.
type Service struct {
	Store  *store.Store
	Now    func() time.Time
	Logger *slog.Logger
}

// Figures counts now. UNAVAILABLE when the database cannot be asked.
func (s *Service) Figures(ctx context.Context, of Apps) (*Figures, error) {
	f := &Figures{At: s.Now().UTC().Truncate(time.Microsecond)}
	db := s.Store.Read()
	var err error
	if f.Apps, err = s.countApps(ctx, of); err != nil {
		return nil, counting("apps", err)
	}
	if f.Batches, err = countBatches(ctx, db, of); err != nil {
		return nil, counting("batches", err)
	}
	planned := db.Event.Query()
	if !of.All {
		planned.Where(event.AppIDIn(of.IDs...))
	}
	if f.Events, err = planned.Count(ctx); err != nil {
		return nil, counting("events", err)
	}
	environments, err := readEnvironments(ctx, db, of)
	if err != nil {
		return nil, counting("environments", err)
	}
	return f, s.countCaptured(ctx, f, environments)
}

func counting(what string, err error) error {
	return fmt.Errorf("count %s: %w", what, store.Fault(err))
}

func (s *Service) countApps(ctx context.Context, of Apps) (int, error) {
	if !of.All {
		return len(of.IDs), nil
	}
	return s.Store.Read().App.Query().Count(ctx)
}

func countBatches(ctx context.Context, db *ent.Client, of Apps) ([]BatchStateCount, error) {
	var where []predicate.Batch
	if !of.All {
		where = append(where, batch.AppIDIn(of.IDs...))
	}
	var counts []struct {
		State plan.BatchState `json:"state"`
		Count int             `json:"count"`
	}
	err := db.Batch.Query().Where(where...).GroupBy(batch.FieldState).Aggregate(ent.Count()).Scan(ctx, &counts)
	out := make([]BatchStateCount, len(counts))
	for i, c := range counts {
		out[i] = BatchStateCount{State: c.State, Count: c.Count}
	}
	return out, err
}

// readEnvironments reads the environments of the apps with their app, by id.
func readEnvironments(ctx context.Context, db *ent.Client, of Apps) (map[string]*ent.Environment, error) {
	q := db.Environment.Query().WithApp()
	if !of.All {
		q.Where(environment.AppIDIn(of.IDs...))
	}
	rows, err := q.All(ctx)
	byID := make(map[string]*ent.Environment, len(rows))
	for _, r := range rows {
		byID[r.ID] = r
	}
	return byID, err
}

// countCaptured fills in what the environments captured.
func (s *Service) countCaptured(ctx context.Context, f *Figures, environments map[string]*ent.Environment) error {
	ids := make([]string, 0, len(environments))
	for id := range environments {
		ids = append(ids, id)
	}
	var err error
	if f.ReportingEvents, f.EventsWithViolations, err = s.Store.ReportingEvents(ctx, ids, f.At.Add(-recently)); err != nil {
		return counting("reporting events", err)
	}
	last := f.At.Truncate(time.Minute)
	rows, err := s.Store.Minutes(ctx, ids, last.Add(-(minutes-1)*time.Minute), last.Add(time.Minute))
	if err != nil {
		return counting("minutes", err)
	}
	for _, m := range rows {
		env := environments[m.EnvironmentID]
		f.Minutes = append(f.Minutes, Minute{
			App: env.Edges.App.Key, Environment: env.Key, Minute: m.At,
			Valid: m.Valid, Invalid: m.Invalid, Unplanned: m.Unplanned, Duplicates: m.Duplicates,
		})
	}
	return nil
}

// Watch counts now, and again whenever the figures have changed, at most twice a second, until ctx ends. What was not
// taken yet is replaced by what is newer. While the database is down nothing comes.
func (s *Service) Watch(ctx context.Context, of Apps) (<-chan *Figures, error) {
	first, err := s.Figures(ctx, of)
	if err != nil {
		return nil, err
	}
	figures := make(chan *Figures, 1)
	figures <- first
	go s.watch(ctx, of, first, figures)
	return figures, nil
}

func (s *Service) watch(ctx context.Context, of Apps, before *Figures, figures chan *Figures) {
	defer close(figures)
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now, err := s.Figures(ctx, of)
		if err != nil {
			if ctx.Err() == nil && !fault.Is(err, fault.Unavailable) {
				s.Logger.WarnContext(ctx, "monitor cannot count", "error", err)
			}
			continue
		}
		if same(before, now) {
			continue
		}
		before = now
		select {
		case <-figures:
		default:
		}
		figures <- now
	}
}

// same says whether two figures differ in nothing but when they were counted.
func same(a, b *Figures) bool {
	at := *a
	at.At = b.At
	return reflect.DeepEqual(&at, b)
}
