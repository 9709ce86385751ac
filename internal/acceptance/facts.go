package acceptance

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/approval"
	"github.com/waymarkhq/waymark/ent/batchitem"
	"github.com/waymarkhq/waymark/ent/capturesession"
	"github.com/waymarkhq/waymark/ent/schema"
	"github.com/waymarkhq/waymark/ent/sessionbatch"
	"github.com/waymarkhq/waymark/ent/sessionbinding"
	"github.com/waymarkhq/waymark/ent/sessionstep"
	"github.com/waymarkhq/waymark/internal/check"
	"github.com/waymarkhq/waymark/internal/session"
	"github.com/waymarkhq/waymark/internal/store"
)

// facts are what is stored of a session, and of those that were open with it: all that its events are worked out with.
type facts struct {
	row     *ent.CaptureSession
	members []session.Member // the session itself is the first
	steps   []time.Time
	batches []string // ids
	tested  map[string]bool
	checker *check.Checker // nil where the environment's verdict is the session's
	rules   string         // by what is judged
}

// print tells whether the events have to be worked out again.
func (f *facts) print() string {
	text, err := json.Marshal([]any{f.members, f.steps, f.rules})
	if err != nil {
		panic(err) // times and texts always encode
	}
	return string(text)
}

// same reports whether viewers would see the same of the session, but for its events.
func (f *facts) same(o *facts) bool {
	a, b := f.row, o.row
	return a.Title == b.Title && slices.Equal(a.TesterIds, b.TesterIds) && (a.EndedAt == nil) == (b.EndedAt == nil) && maps.Equal(f.tested, o.tested)
}

// from is when the first of the sessions began.
func (f *facts) from() time.Time {
	from := f.members[0].From
	for _, m := range f.members {
		if m.From.Before(from) {
			from = m.From
		}
	}
	return from
}

// facts reads what is stored of a session.
func (s *Service) facts(ctx context.Context, id string) (*facts, error) {
	row, err := s.read.CaptureSession.Query().Where(capturesession.ID(id)).WithApp().Only(ctx)
	if err != nil {
		return nil, lost(err, "CaptureSession", id)
	}
	f := &facts{row: row, tested: map[string]bool{}}
	if err := s.readMembers(ctx, f); err != nil {
		return nil, fmt.Errorf("read what is bound: %w", store.Fault(err))
	}
	steps, err := s.read.SessionStep.Query().Where(sessionstep.SessionID(id)).Order(sessionstep.ByNumber()).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read steps: %w", store.Fault(err))
	}
	for _, step := range steps {
		f.steps = append(f.steps, step.MarkedAt)
	}
	if err := s.readTested(ctx, f); err != nil {
		return nil, err
	}
	return f, s.readRules(ctx, f)
}

// readMembers reads what was bound to the session, and to those of the environment that were open with it.
func (s *Service) readMembers(ctx context.Context, f *facts) error {
	until := closedAt(f.row)
	rows, err := s.read.CaptureSession.Query().Where(
		capturesession.EnvironmentID(f.row.EnvironmentID), capturesession.IDNEQ(f.row.ID), capturesession.StartedAtLT(until),
		capturesession.StartedAtGT(f.row.StartedAt.Add(-schema.SessionMost)),
		capturesession.Or(capturesession.EndedAtIsNil(), capturesession.EndedAtGT(f.row.StartedAt)),
	).Order(capturesession.ByStartedAt(), capturesession.ByID()).WithBindings(inOrder).All(ctx)
	if err != nil {
		return err
	}
	own, err := f.row.QueryBindings().Order(sessionbinding.ByBoundAt(), sessionbinding.ByID()).All(ctx)
	if err != nil {
		return err
	}
	f.members = append(f.members, member(f.row, own))
	for _, r := range rows {
		f.members = append(f.members, member(r, r.Edges.Bindings))
	}
	return nil
}

func inOrder(q *ent.SessionBindingQuery) { q.Order(sessionbinding.ByBoundAt(), sessionbinding.ByID()) }

// closedAt is when a session takes no more events: when it ended, at the latest a day after its start.
func closedAt(s *ent.CaptureSession) time.Time {
	if s.EndedAt != nil {
		return *s.EndedAt
	}
	return s.StartedAt.Add(schema.SessionMost)
}

func member(s *ent.CaptureSession, bindings []*ent.SessionBinding) session.Member {
	m := session.Member{From: s.StartedAt.UTC(), Until: closedAt(s).UTC()}
	for _, b := range bindings {
		one := session.Bound{Kind: b.Kind, Value: b.Value, From: b.BoundAt.UTC()}
		if b.UnboundAt != nil {
			one.Until = b.UnboundAt.UTC()
		}
		m.Bound = append(m.Bound, one)
	}
	return m
}

// readTested reads which events are under test.
func (s *Service) readTested(ctx context.Context, f *facts) error {
	for _, id := range f.row.EventIds {
		f.tested[id] = true
	}
	links, err := s.read.SessionBatch.Query().Where(sessionbatch.SessionID(f.row.ID)).Order(sessionbatch.ByPosition()).All(ctx)
	if err != nil {
		return fmt.Errorf("read batches: %w", store.Fault(err))
	}
	for _, l := range links {
		f.batches = append(f.batches, l.BatchID)
	}
	if len(f.batches) == 0 {
		return nil
	}
	items, err := s.read.BatchItem.Query().Where(batchitem.BatchIDIn(f.batches...), batchitem.EventIDNotNil()).All(ctx)
	if err != nil {
		return fmt.Errorf("read items: %w", store.Fault(err))
	}
	for _, it := range items {
		f.tested[it.EventID] = true
	}
	return nil
}

// readRules makes what judges the session's events, where that is not the environment.
func (s *Service) readRules(ctx context.Context, f *facts) error {
	if f.row.Target != session.TestsBatches {
		return nil
	}
	newest, err := s.read.Approval.Query().Where(approval.BatchIDIn(f.batches...)).Order(ent.Desc(approval.FieldID)).FirstID(ctx)
	if err != nil && !ent.IsNotFound(err) {
		return fmt.Errorf("read approvals: %w", store.Fault(err))
	}
	f.rules = fmt.Sprint(f.row.EnvironmentID, " ", f.row.Edges.App.PlanVersion, " ", newest, " ", strings.Join(f.batches, " "))
	if f.checker = s.checkers.get(f.rules); f.checker != nil {
		return nil
	}
	p, err := s.plans.PlanWith(ctx, f.row.AppID, f.row.EnvironmentID, f.batches)
	if err != nil {
		return fmt.Errorf("build the plan under test: %w", err)
	}
	if f.checker, err = check.Compile(p); err != nil {
		return fmt.Errorf("compile the plan under test: %w", err)
	}
	s.checkers.put(f.rules, f.checker)
	return nil
}
