package acceptance

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/acceptancemark"
	"github.com/waymarkhq/waymark/ent/capturesession"
	"github.com/waymarkhq/waymark/ent/environment"
	"github.com/waymarkhq/waymark/ent/frozencoverage"
	"github.com/waymarkhq/waymark/ent/sessionbatch"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/coverage"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/session"
	"github.com/waymarkhq/waymark/internal/store"
)

// scope is what coverage is told of: one session, or all sessions of a batch, the newest first.
type scope struct {
	appID    string
	batch    *ent.Batch // nil for a session
	sessions []*ent.CaptureSession
}

// folded is how far this node has folded a session's events.
type folded struct {
	print, target string
	seen          *coverage.Seen
}

// SessionCoverage returns what a session saw, as it was when the session ended. The asking person was allowed to read it before.
func (s *Service) SessionCoverage(ctx context.Context, row *ent.CaptureSession) (*coverage.Coverage, error) {
	if _, err := auth.From(ctx); err != nil {
		return nil, err
	}
	return s.coverageOf(ctx, &scope{appID: row.AppID, sessions: []*ent.CaptureSession{row}}, nil)
}

// BatchCoverage returns what all sessions of a batch saw together. The asking person was allowed to read it before.
func (s *Service) BatchCoverage(ctx context.Context, b *ent.Batch) (*coverage.Coverage, error) {
	if _, err := auth.From(ctx); err != nil {
		return nil, err
	}
	of, err := s.scopeOf(ctx, b)
	if err != nil {
		return nil, err
	}
	return s.coverageOf(ctx, of, nil)
}

// scopeOf finds the sessions of a batch.
func (s *Service) scopeOf(ctx context.Context, b *ent.Batch) (*scope, error) {
	rows, err := s.read.CaptureSession.Query().Where(capturesession.HasBatchesWith(sessionbatch.BatchID(b.ID))).
		Order(ent.Desc(capturesession.FieldStartedAt), ent.Desc(capturesession.FieldID)).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the sessions of a batch: %w", store.Fault(err))
	}
	return &scope{appID: b.AppID, batch: b, sessions: rows}, nil
}

// coverageOf tells the coverage of a scope, on some terminals or on all.
func (s *Service) coverageOf(ctx context.Context, of *scope, terminals []string) (*coverage.Coverage, error) {
	target, err := s.targetOf(ctx, of)
	if err != nil {
		return nil, err
	}
	if terminals != nil {
		target = target.Narrowed(terminals)
	}
	union := coverage.Union{}
	for _, row := range of.sessions {
		seen, err := s.seenBy(ctx, row)
		if err != nil {
			return nil, err
		}
		union[row.ID] = seen
	}
	marks, err := s.marksOf(ctx, of)
	if err != nil {
		return nil, err
	}
	list := make([]coverage.Mark, len(marks))
	for i, m := range marks {
		list[i] = markOf(m)
	}
	return coverage.Of(target, union, list, s.now()), nil
}

// targetOf returns what a scope has to see. That of a session which has ended is as it was then.
func (s *Service) targetOf(ctx context.Context, of *scope) (*coverage.Target, error) {
	if of.batch == nil {
		if frozen, err := s.frozen(ctx, of.sessions[0].ID); err != nil || frozen != nil {
			return frozenTarget(frozen, err)
		}
		return s.targetOfSession(ctx, of.sessions[0])
	}
	wanted, err := wantedOfBatches(ctx, s.read, []string{of.batch.ID})
	if err != nil || len(wanted) == 0 {
		return &coverage.Target{}, err
	}
	var environmentID string
	batches := []string{of.batch.ID}
	if len(of.sessions) > 0 {
		environmentID = of.sessions[0].EnvironmentID
		if batches, err = s.batchesOf(ctx, of.sessions[0].ID); err != nil {
			return nil, err
		}
	} else {
		environmentID, err = s.read.Environment.Query().
			Where(environment.AppID(of.appID), environment.Key(plan.EnvironmentTest)).OnlyID(ctx)
		if err != nil {
			return nil, fmt.Errorf("find the test environment: %w", store.Fault(err))
		}
	}
	p, err := s.plans.PlanWith(ctx, of.appID, environmentID, batches)
	if err != nil {
		return nil, err
	}
	return coverage.TargetOf(p, wanted), nil
}

func (s *Service) targetOfSession(ctx context.Context, row *ent.CaptureSession) (t *coverage.Target, err error) {
	var wanted []coverage.Wanted
	var batches []string
	switch row.Target {
	case session.TestsBatches:
		if batches, err = s.batchesOf(ctx, row.ID); err == nil {
			wanted, err = wantedOfBatches(ctx, s.read, batches)
		}
	case session.TestsEvents:
		wanted, err = wantedOfEvents(ctx, s.read, row.EventIds)
	}
	if err != nil || len(wanted) == 0 {
		return &coverage.Target{}, err
	}
	p, err := s.plans.PlanWith(ctx, row.AppID, row.EnvironmentID, batches)
	if err != nil {
		return nil, err
	}
	return coverage.TargetOf(p, wanted), nil
}

func (s *Service) batchesOf(ctx context.Context, sessionID string) ([]string, error) {
	ids, err := s.read.SessionBatch.Query().Where(sessionbatch.SessionID(sessionID)).Order(sessionbatch.ByPosition()).
		Select(sessionbatch.FieldBatchID).Strings(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the batches of a session: %w", store.Fault(err))
	}
	return ids, nil
}

// seenBy returns what a session saw: as it was frozen, or worked out up to now.
func (s *Service) seenBy(ctx context.Context, row *ent.CaptureSession) (*coverage.Seen, error) {
	if frozen, err := s.frozen(ctx, row.ID); err != nil {
		return nil, err
	} else if frozen != nil {
		seen := &coverage.Seen{}
		if err := json.Unmarshal(frozen.Seen, seen); err != nil {
			return nil, fmt.Errorf("read what the session %s saw: %w", row.ID, err)
		}
		return seen, nil
	}
	target, err := s.targetOfSession(ctx, row)
	if err != nil {
		return nil, err
	}
	return s.foldedBy(ctx, row.ID, target)
}

// foldedBy folds what a session captured since this node folded it last.
func (s *Service) foldedBy(ctx context.Context, sessionID string, target *coverage.Target) (out *coverage.Seen, err error) {
	digest := target.Digest()
	err = s.ask(ctx, sessionID, func(t *tracked) error {
		if f := &t.folded; f.seen == nil || f.print != t.print || f.target != digest {
			*f = folded{print: t.print, target: digest, seen: coverage.NewSeen(sessionID)}
		}
		for chunk := range slices.Chunk(t.behind(t.folded.seen.Through), readAtOnce) {
			events, err := t.full(ctx, chunk)
			if err != nil {
				return err
			}
			for _, e := range events {
				t.folded.seen.Note(target, &coverage.Event{Captured: e.Judged, Step: e.Step, Repeats: e.Repeats != 0})
			}
		}
		out = t.folded.seen.Clone()
		return nil
	})
	return out, err
}

// frozen returns what was frozen at the end of a session, or nil.
func (s *Service) frozen(ctx context.Context, sessionID string) (*ent.FrozenCoverage, error) {
	row, err := s.read.FrozenCoverage.Query().Where(frozencoverage.SessionID(sessionID)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, nil //nolint:nilnil // an open session has none
	}
	if err != nil {
		return nil, fmt.Errorf("read frozen coverage: %w", store.Fault(err))
	}
	return row, nil
}

func frozenTarget(row *ent.FrozenCoverage, err error) (*coverage.Target, error) {
	if err != nil {
		return nil, err
	}
	t := &coverage.Target{}
	if err := json.Unmarshal(row.Target, t); err != nil {
		return nil, fmt.Errorf("read a frozen target: %w", err)
	}
	return t, nil
}

// freeze keeps what a session saw, once it has ended: its coverage, its devices, and each captured event that shows something
// wrong. A session that is frozen stays as it is.
func (s *Service) freeze(ctx context.Context, sessionID string) error {
	row, err := s.read.CaptureSession.Get(ctx, sessionID)
	if err != nil {
		return lost(err, "CaptureSession", sessionID)
	}
	if have, err := s.frozen(ctx, sessionID); err != nil || have != nil {
		return err
	}
	if err := s.caughtUp(ctx); err != nil {
		return err
	}
	target, err := s.targetOfSession(ctx, row)
	if err != nil {
		return err
	}
	seen, err := s.foldedBy(ctx, sessionID, target)
	if err != nil {
		return err
	}
	devices, err := s.reportDevices(ctx, row)
	if err != nil {
		return err
	}
	refs := failures(coverage.Of(target, coverage.UnionOf(seen), nil, s.now()))
	evidence, err := s.gather(ctx, refs)
	if err != nil {
		return err
	}
	texts := make([]json.RawMessage, 3)
	for i, value := range []any{seen, target, devices} {
		if texts[i], err = json.Marshal(value); err != nil {
			return fmt.Errorf("freeze the session %s: %w", sessionID, err)
		}
	}
	_, err = store.InTx(ctx, s.store, func(ctx context.Context, tx *ent.Tx) (*ent.FrozenCoverage, error) {
		if have, err := tx.FrozenCoverage.Query().Where(frozencoverage.SessionID(sessionID)).Only(ctx); !ent.IsNotFound(err) {
			return have, err
		}
		if err := keep(ctx, tx, evidence, s.now()); err != nil {
			return nil, err
		}
		return tx.FrozenCoverage.Create().SetSessionID(sessionID).SetSeen(texts[0]).SetTarget(texts[1]).SetDevices(texts[2]).
			SetCreatedAt(s.now()).Save(ctx)
	})
	return err
}

// failures lists the events that show what is wrong, each once.
func failures(c *coverage.Coverage) []coverage.Ref {
	var refs []coverage.Ref
	note := func(r *coverage.Ref) {
		if r != nil {
			refs = append(refs, *r)
		}
	}
	for i := range c.Cells {
		note(c.Cells[i].Failure)
		for j := range c.Cells[i].Properties {
			note(c.Cells[i].Properties[j].Failure)
		}
	}
	return once(refs)
}

func once(refs []coverage.Ref) []coverage.Ref {
	slices.SortFunc(refs, func(a, b coverage.Ref) int {
		return cmp.Or(cmp.Compare(a.Session, b.Session), cmp.Compare(a.Seq, b.Seq))
	})
	return slices.CompactFunc(refs, func(a, b coverage.Ref) bool { return a.Session == b.Session && a.Seq == b.Seq })
}

// marksOf reads what was said in the sessions of a scope, in order.
func (s *Service) marksOf(ctx context.Context, of *scope) ([]*ent.AcceptanceMark, error) {
	ids := make([]string, len(of.sessions))
	for i, row := range of.sessions {
		ids[i] = row.ID
	}
	rows, err := s.read.AcceptanceMark.Query().Where(acceptancemark.SessionIDIn(ids...)).
		Order(acceptancemark.ByCreatedAt(), acceptancemark.ByID()).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read marks: %w", store.Fault(err))
	}
	return rows, nil
}

func markOf(m *ent.AcceptanceMark) coverage.Mark {
	k := coverage.Mark{
		ID: m.ID, Event: m.EventKey, Property: m.Property, Terminal: m.Terminal, Kind: coverage.MarkKind(m.Kind),
		Build: coverage.Build{Version: m.AppVersion, Build: m.AppBuild}, Hash: m.Hash, At: m.CreatedAt,
	}
	if m.ExpiresAt != nil {
		k.ExpiresAt = *m.ExpiresAt
	}
	return k
}

// refuseIncomplete refuses coverage that leaves something open, and says what.
func refuseIncomplete(c *coverage.Coverage) error {
	if c.Complete() {
		return nil
	}
	type place struct {
		Event    string `json:"event"`
		Terminal string `json:"terminal"`
		Property string `json:"property,omitempty"`
		Value    string `json:"value,omitempty"`
		State    string `json:"state"`
	}
	left := []place{}
	add := func(p place) {
		if len(left) < maxListed {
			left = append(left, p)
		}
	}
	for i := range c.Cells {
		cell := &c.Cells[i]
		if !cell.Covered() {
			add(place{Event: cell.Event, Terminal: cell.Terminal, State: string(cell.State)})
		}
		for j := range cell.Properties {
			p := &cell.Properties[j]
			if p.Required && !p.State.Covers() {
				add(place{Event: cell.Event, Terminal: cell.Terminal, Property: p.Name, State: string(p.State)})
			}
			for k, seen := range p.Seen {
				if !seen && p.State != coverage.Passed && p.State != coverage.Waived {
					add(place{Event: cell.Event, Terminal: cell.Terminal, Property: p.Name, Value: p.Values[k], State: string(coverage.NotSeen)})
				}
			}
		}
	}
	return fault.New(fault.FailedPrecondition, "coverage_incomplete", fmt.Sprintf(
		"%d of %d things that have to be seen are not: see them, or waive what need not be seen", c.Required-c.Covered, c.Required)).
		With("required", c.Required).With("covered", c.Covered).With("failed", c.Failed).With("open", c.Open).With("left", left)
}

// maxListed is how many of what is left a refusal lists.
const maxListed = 50
