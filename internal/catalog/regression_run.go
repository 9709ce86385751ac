package catalog

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/batch"
	"github.com/waymarkhq/waymark/ent/environment"
	"github.com/waymarkhq/waymark/ent/regressioncase"
	"github.com/waymarkhq/waymark/ent/regressionevent"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/check"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/session"
	"github.com/waymarkhq/waymark/internal/store"
)

// Released knows the plans of environments that have had releases.
type Released interface {
	// PlanOf returns what an environment goes by: now, after a release, or as it would with all of a batch (by number)
	// published. It is false for one that goes by the drafts.
	PlanOf(ctx context.Context, environmentID string, release *int, batch *string) (*plan.Plan, bool, error)
}

// RegressionAgainst is a plan: of the environment with a key now, after one of its releases, or with a batch published.
type RegressionAgainst struct {
	Environment string
	Release     *int
	Batch       *string
}

// JudgedRegression is what a plan says of the events of a case.
type JudgedRegression struct {
	Case    *ent.RegressionCase
	Results []JudgedRegressionEvent
}

// JudgedRegressionEvent is what a plan says of an event: Judged is the event with its new verdict.
type JudgedRegressionEvent struct {
	Event  *RegressionEvent
	Judged *capture.Captured
	Holds  bool
}

// RunRegressionCase judges the events of a case by a plan of its app.
func (s *Service) RunRegressionCase(ctx context.Context, id string, against RegressionAgainst) (*JudgedRegression, error) {
	row, err := s.reachRegression(ctx, "Query.runRegressionCase", id)
	if err != nil {
		return nil, err
	}
	if against.Release != nil && against.Batch != nil {
		var f fault.Fields
		f.Add("against", "one_of", "say at most one of release and batch")
		return nil, f.Err()
	}
	p, err := s.planAgainst(ctx, row.AppID, &against)
	if err != nil {
		return nil, err
	}
	checker, err := check.Compile(p)
	if err != nil {
		return nil, fmt.Errorf("compile the plan: %w", err)
	}
	events, err := s.RegressionEventsOf(ctx, []string{id})
	if err != nil {
		return nil, err
	}
	run := &JudgedRegression{Case: row}
	var result check.Result
	for _, e := range events[id] {
		judged, err := session.Rejudge(checker, e.Captured, &result)
		if err != nil {
			return nil, fmt.Errorf("judge event %d of %s: %w", e.Position, id, err)
		}
		run.Results = append(run.Results, JudgedRegressionEvent{
			Event: e, Judged: judged, Holds: judged.Verdict == e.Verdict && slices.Equal(codesOf(judged.Violations), e.Codes),
		})
	}
	return run, nil
}

// planAgainst returns the plan that a case is run against.
func (s *Service) planAgainst(ctx context.Context, appID string, against *RegressionAgainst) (*plan.Plan, error) {
	env, err := s.read.Environment.Query().Where(environment.AppID(appID), environment.Key(against.Environment)).Only(ctx)
	if err != nil {
		return nil, lostAt("against.environment", lost(err, "Environment", against.Environment))
	}
	if number := against.Batch; number != nil {
		there, err := s.read.Batch.Query().Where(batch.AppID(appID), batch.Number(strings.ToUpper(*number))).Exist(ctx)
		if err != nil {
			return nil, fmt.Errorf("look for batch %s: %w", *number, store.Fault(err))
		}
		if !there {
			return nil, lostAt("against.batch", fault.NotFoundf("Batch", *number))
		}
	}
	p, ok, err := s.released.PlanOf(ctx, env.ID, against.Release, against.Batch)
	if err != nil && against.Release != nil {
		err = lostAt("against.release", err)
	}
	if err != nil || ok {
		return p, err
	}
	drafts, err := s.Plans(ctx, appID)
	if err != nil {
		return nil, err
	}
	for _, e := range drafts.Environments {
		if e.ID == env.ID {
			return e.Plan, nil
		}
	}
	return nil, fault.NotFoundf("Environment", against.Environment)
}

// lostAt names the part of an input that leads nowhere.
func lostAt(path string, err error) error {
	e, ok := errors.AsType[*fault.Error](err)
	if !ok || e.Code != fault.NotFound {
		return err
	}
	at := *e
	at.Fields = []fault.Field{{Path: path, Reason: e.Reason, Message: e.Message}}
	return &at
}

// RegressionEventsOf returns the events of cases that the asking person may see, in order, by the case's id.
func (s *Service) RegressionEventsOf(ctx context.Context, caseIDs []string) (map[string][]*RegressionEvent, error) {
	if _, err := auth.From(ctx); err != nil {
		return nil, err
	}
	rows, err := s.read.RegressionEvent.Query().Where(regressionevent.CaseIDIn(caseIDs...)).
		Order(regressionevent.ByCaseID(), regressionevent.ByPosition()).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read regression events: %w", store.Fault(err))
	}
	events := make(map[string][]*RegressionEvent, len(caseIDs))
	for _, r := range rows {
		e := &RegressionEvent{Position: r.Position, Verdict: capture.Verdict(r.Verdict), Codes: notNil(r.Codes)}
		err := capture.DecodeRecord(string(r.Record), r.Seq, func(c *capture.Captured) bool {
			e.Captured = new(*c)
			return true
		})
		if err != nil {
			return nil, fmt.Errorf("read regression event %s: %w", r.ID, err)
		}
		events[r.CaseID] = append(events[r.CaseID], e)
	}
	return events, nil
}

// forgetRegressions deletes the cases of an app that is deleted.
func (c *change) forgetRegressions(ctx context.Context, appID string) error {
	if _, err := c.RegressionCase.Delete().Where(regressioncase.AppID(appID)).Exec(ctx); err != nil {
		return fmt.Errorf("delete regression cases: %w", err)
	}
	return nil
}
