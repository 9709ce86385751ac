package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// maxRuns is how many test runs an environment keeps, the ones that reported last.
const maxRuns = 1000

type runRow = entry[RunKey, RunSeen]

var runTable = figures[runRow]{
	table: "capture_run", keys: 6,
	set: sums("capture_run", "n") + ", " + least("capture_run", "first_at") + ", " + greatest("capture_run", "last_at"),
	columns: []figure[runRow]{
		{name: "environment_id", text: func(r *runRow) string { return r.key.EnvironmentID }},
		{name: "run_id", text: func(r *runRow) string { return r.key.RunID }},
		{name: "event_key", text: func(r *runRow) string { return r.key.EventKey }},
		{name: "name", text: func(r *runRow) string { return r.key.Name }},
		{name: "terminal", text: func(r *runRow) string { return r.key.Terminal }},
		{name: "verdict", number: func(r *runRow) int64 { return int64(r.key.Verdict) }},
		{name: "n", number: func(r *runRow) int64 { return r.value.Count }},
		{name: "first_at", number: func(r *runRow) int64 { return micros(r.value.First) }},
		{name: "last_at", number: func(r *runRow) int64 { return micros(r.value.Last) }},
	},
}

func (k RunKey) stored() RunKey {
	k.RunID, k.EventKey, k.Name, k.Terminal = keyText(k.RunID), keyText(k.EventKey), keyText(k.Name), keyText(k.Terminal)
	return k
}

func (k RunKey) compare(o RunKey) int {
	return cmp.Or(strings.Compare(k.EnvironmentID, o.EnvironmentID), strings.Compare(k.RunID, o.RunID),
		strings.Compare(k.EventKey, o.EventKey), strings.Compare(k.Name, o.Name), strings.Compare(k.Terminal, o.Terminal),
		cmp.Compare(k.Verdict, o.Verdict))
}

// RunFigure is one figure of a test run.
type RunFigure struct {
	RunKey
	RunSeen
}

// TestRun returns what an environment has seen of a test run, by event, name, terminal and verdict; nothing where nothing
// has come of it, or nothing is kept.
func (s *Store) TestRun(ctx context.Context, environmentID, runID string) ([]RunFigure, error) {
	b := s.statement()
	b.WriteString("SELECT event_key, name, terminal, verdict, n, first_at, last_at FROM capture_run WHERE environment_id = ")
	b.Arg(environmentID).WriteString(" AND run_id = ").Arg(keyText(runID))
	b.WriteString(" ORDER BY event_key, name, terminal, verdict")
	figures, err := collectRows(ctx, s.capture.read, b, func(r *sql.Rows, f *RunFigure) error {
		var first, last int64
		err := r.Scan(&f.EventKey, &f.Name, &f.Terminal, &f.Verdict, &f.Count, &first, &last)
		f.EnvironmentID, f.RunID, f.First, f.Last = environmentID, runID, fromMicros(first), fromMicros(last)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read test run: %w", Fault(err))
	}
	return figures, nil
}

// sweepRuns removes an environment's test runs that were last heard of before its retention, and those beyond maxRuns. It
// returns how many rows went.
func (s *Store) sweepRuns(ctx context.Context, environmentID string, keep Retention) (removed int64, err error) {
	b := s.statement()
	b.WriteString("DELETE FROM capture_run WHERE environment_id = ").Arg(environmentID)
	b.WriteString(" AND run_id NOT IN (SELECT run_id FROM capture_run WHERE environment_id = ").Arg(environmentID)
	b.WriteString(" GROUP BY run_id HAVING max(last_at) >= ").Arg(micros(keep.Before))
	b.WriteString(" ORDER BY max(last_at) DESC, run_id LIMIT ").Arg(maxRuns).WriteString(")")
	return execute(ctx, s.capture.write, b)
}
