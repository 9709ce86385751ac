package acceptance

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/capturesession"
	"github.com/waymarkhq/waymark/ent/coverageevidence"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/coverage"
	"github.com/waymarkhq/waymark/internal/store"
)

// Evidence is a captured event that a session's coverage rests on.
type Evidence struct {
	Session *ent.CaptureSession
	// Captured is the event with the environment's verdict.
	Captured *capture.Captured
	// EventKey, Verdict and Violations are those of the session.
	EventKey   string
	Verdict    capture.Verdict
	Violations []capture.Violation
}

// EvidencePrefix begins the ids of evidence.
const EvidencePrefix = "cev_"

// EvidenceID is the id of a captured event as evidence of a session. It is the same before it is kept.
func EvidenceID(sessionID string, seq int64) string {
	_, key, _ := strings.Cut(sessionID, "_")
	return EvidencePrefix + key + "-" + strconv.FormatInt(seq, 10)
}

// readEvidenceID is what EvidenceID was made of; ok is false for other texts.
func readEvidenceID(id string) (ref coverage.Ref, ok bool) {
	rest, ok := strings.CutPrefix(id, EvidencePrefix)
	key, number, found := strings.Cut(rest, "-")
	seq, err := strconv.ParseInt(number, 10, 64)
	return coverage.Ref{Session: "cps_" + key, Seq: seq}, ok && found && err == nil
}

// NodeID returns the evidence's id.
func (e *Evidence) NodeID() string { return e.ID() }

// ID returns the evidence's id.
func (e *Evidence) ID() string { return EvidenceID(e.Session.ID, e.Captured.Seq) }

// EvidenceByID reads evidence by its ids: what is kept, and what its session still has. What the asking person may not see is
// missing, as what is not there.
func (s *Service) EvidenceByID(ctx context.Context, ids []string) (map[string]*Evidence, error) {
	asking, err := auth.From(ctx)
	if err != nil {
		return nil, err
	}
	var refs []coverage.Ref
	var sessions []string
	for _, id := range ids {
		if ref, ok := readEvidenceID(id); ok {
			refs, sessions = append(refs, ref), append(sessions, ref.Session)
		}
	}
	rows, err := s.read.CaptureSession.Query().Where(capturesession.IDIn(sessions...)).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read sessions: %w", store.Fault(err))
	}
	seen := map[string]bool{}
	for _, r := range rows {
		seen[r.ID] = asking.Can("CoverageEvidence", auth.Object{App: r.AppID})
	}
	refs = slices.DeleteFunc(refs, func(r coverage.Ref) bool { return !seen[r.Session] })
	list, err := s.gather(ctx, refs)
	found := make(map[string]*Evidence, len(list))
	for _, e := range list {
		found[e.ID()] = e
	}
	return found, err
}

// gather reads the events of refs: those that are kept, and those that their sessions still have. Others are missing.
func (s *Service) gather(ctx context.Context, refs []coverage.Ref) ([]*Evidence, error) {
	wanted := map[string][]int64{}
	ids := make([]string, len(refs))
	for i, r := range refs {
		wanted[r.Session] = append(wanted[r.Session], r.Seq)
		ids[i] = EvidenceID(r.Session, r.Seq)
	}
	kept, err := s.read.CoverageEvidence.Query().Where(coverageevidence.IDIn(ids...)).WithSession().All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read evidence: %w", store.Fault(err))
	}
	var list []*Evidence
	for _, row := range kept {
		e, err := evidenceOf(row)
		if err != nil {
			return nil, err
		}
		list = append(list, e)
		wanted[row.SessionID] = slices.DeleteFunc(wanted[row.SessionID], func(seq int64) bool { return seq == row.Seq })
	}
	for id, seqs := range wanted {
		if len(seqs) == 0 {
			continue
		}
		fresh, err := s.fresh(ctx, id, seqs)
		if err != nil {
			return nil, err
		}
		list = append(list, fresh...)
	}
	slices.SortFunc(list, func(a, b *Evidence) int { return strings.Compare(a.ID(), b.ID()) })
	return list, nil
}

// fresh reads events that a session still has.
func (s *Service) fresh(ctx context.Context, sessionID string, seqs []int64) (list []*Evidence, err error) {
	row, err := s.read.CaptureSession.Get(ctx, sessionID)
	if err != nil {
		return nil, lost(err, "CaptureSession", sessionID)
	}
	err = s.ask(ctx, sessionID, func(t *tracked) error {
		var entries []entry
		for _, seq := range seqs {
			if at, ok := slices.BinarySearchFunc(t.index, seq, bySeq); ok {
				entries = append(entries, t.index[at])
			}
		}
		events, err := t.full(ctx, entries)
		for _, e := range events {
			list = append(list, &Evidence{
				Session: row, Captured: e.Captured, EventKey: e.EventKey, Verdict: e.Judged.Verdict, Violations: e.Judged.Violations,
			})
		}
		return err
	})
	return list, err
}

func evidenceOf(row *ent.CoverageEvidence) (*Evidence, error) {
	e := &Evidence{Session: row.Edges.Session, EventKey: row.EventKey, Verdict: capture.Verdict(row.Verdict), Violations: row.Violations}
	err := capture.DecodeRecord(string(row.Record), row.Seq, func(c *capture.Captured) bool {
		e.Captured = new(*c)
		return true
	})
	if err != nil {
		return nil, fmt.Errorf("read evidence %s: %w", row.ID, err)
	}
	return e, nil
}

// keep copies events, where they are not copied yet.
func keep(ctx context.Context, tx *ent.Tx, list []*Evidence, now time.Time) error {
	ids := make([]string, len(list))
	for i, e := range list {
		ids[i] = e.ID()
	}
	have, err := tx.CoverageEvidence.Query().Where(coverageevidence.IDIn(ids...)).IDs(ctx)
	if err != nil {
		return fmt.Errorf("look for evidence: %w", err)
	}
	for _, e := range list {
		if slices.Contains(have, e.ID()) {
			continue
		}
		c := e.Captured
		violations := e.Violations
		if violations == nil {
			violations = []capture.Violation{}
		}
		err := tx.CoverageEvidence.Create().SetID(e.ID()).SetSessionID(e.Session.ID).SetSeq(c.Seq).SetEnvironmentID(c.EnvironmentID).
			SetRecord(capture.AppendRecord(nil, []capture.Captured{*c})).SetVerdict(int(e.Verdict)).SetEventKey(e.EventKey).
			SetViolations(violations).SetUserID(store.PersonID(c.UserID)).SetAnonymousID(store.PersonID(c.AnonymousID)).
			SetDeviceID(store.PersonID(c.DeviceID)).SetCreatedAt(now).Exec(ctx)
		if err != nil {
			return fmt.Errorf("keep evidence: %w", err)
		}
	}
	return nil
}
