package acceptance

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/itemdelivery"
	"github.com/waymarkhq/waymark/ent/terminal"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/coverage"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/session"
	"github.com/waymarkhq/waymark/internal/store"
)

// SignOffInput is what is signed off: a batch, by number, or a session without batches; for some terminals, or for all.
type SignOffInput struct {
	Batch, SessionID *string
	Terminals        []string
	Note             string
}

// SignOff freezes a report. Refused with coverage_incomplete unless all that is required is covered.
func (s *Service) SignOff(ctx context.Context, in SignOffInput) (*ent.SignOff, error) {
	of, err := s.signable(ctx, &in)
	if err != nil {
		return nil, err
	}
	if err := s.caughtUp(ctx); err != nil {
		return nil, err
	}
	terminals, err := s.terminalsOf(ctx, of, in.Terminals)
	if err != nil {
		return nil, err
	}
	c, err := s.coverageOf(ctx, of, terminals)
	if err != nil {
		return nil, err
	}
	if err := refuseIncomplete(c); err != nil {
		return nil, err
	}
	evidence, err := s.gather(ctx, once(proofs(c)))
	if err != nil {
		return nil, err
	}
	report, err := s.report(ctx, of, c, evidence)
	if err != nil {
		return nil, err
	}
	report.Note = in.Note
	text, err := json.Marshal(report)
	if err != nil {
		return nil, fmt.Errorf("write the report: %w", err)
	}
	ids := make([]string, len(of.sessions))
	for i, row := range of.sessions {
		ids[i] = row.ID
	}
	saved, err := store.InTx(ctx, s.store, func(ctx context.Context, tx *ent.Tx) (*ent.SignOff, error) {
		if err := keep(ctx, tx, evidence, s.now()); err != nil {
			return nil, err
		}
		row := tx.SignOff.Create().SetAppID(of.appID).SetSessionIds(ids).SetTerminals(terminals).SetNote(in.Note).SetReport(text).
			SetCreatedAt(report.SignedAt).SetCreatedByID(report.SignedBy.ID)
		if of.batch != nil {
			row.SetBatchID(of.batch.ID)
		} else {
			row.SetSessionID(of.sessions[0].ID)
		}
		return row.Save(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("sign off: %w", err)
	}
	for _, id := range ids {
		s.tell(context.WithoutCancel(ctx), id)
	}
	return saved, nil
}

// signable finds what is to be signed off, for who may.
func (s *Service) signable(ctx context.Context, in *SignOffInput) (*scope, error) {
	var f fault.Fields
	if (in.Batch == nil) == (in.SessionID == nil) {
		f.Add("input.batch", "one_of", "say either a batch or a session")
	}
	if in.Note = strings.TrimSpace(in.Note); !utf8.ValidString(in.Note) || utf8.RuneCountInString(in.Note) > maxNote {
		f.Add("input.note", "too_long", fmt.Sprintf("a note has at most %d characters", maxNote))
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	if in.Batch != nil {
		b, err := s.batch(ctx, "Mutation.signOff", *in.Batch)
		if err != nil {
			return nil, err
		}
		if err := maySign(ctx, b.Edges.App); err != nil {
			return nil, err
		}
		return s.scopeOf(ctx, b)
	}
	row, err := s.reach(ctx, "Mutation.signOff", *in.SessionID)
	if err != nil {
		return nil, err
	}
	if err := maySign(ctx, row.Edges.App); err != nil {
		return nil, err
	}
	if row.Target == session.TestsBatches {
		return nil, fault.New(fault.FailedPrecondition, "session_of_batches", "the session tests batches: sign these off, one by one").
			With("session", row.Code)
	}
	return &scope{appID: row.AppID, sessions: []*ent.CaptureSession{row}}, nil
}

// maySign refuses who may not accept anything of the app.
func maySign(ctx context.Context, a *ent.App) error {
	asking, err := auth.From(ctx)
	if err != nil {
		return err
	}
	held := asking.In(a.ID)
	i := slices.IndexFunc(plan.AllMoves, func(m plan.Move) bool { return m.ID == "accept" })
	roles := plan.AllMoves[i].RolesFor(a.Template, a.Grants)
	if held.Has(auth.Admin) || slices.ContainsFunc(roles, func(r string) bool { return held.Has(auth.Role(r)) }) {
		return nil
	}
	return fault.New(fault.FailedPrecondition, plan.GuardRoleMissing, "this needs the role "+strings.Join(roles, " or ")).With("roles", roles)
}

// terminalsOf returns the keys of the terminals that are signed off: those that are asked for, or all of what is under test.
func (s *Service) terminalsOf(ctx context.Context, of *scope, asked []string) ([]string, error) {
	known, err := s.read.Terminal.Query().Where(terminal.AppID(of.appID)).Order(terminal.ByPosition(), terminal.ByID()).
		Select(terminal.FieldKey).Strings(ctx)
	if err != nil {
		return nil, fmt.Errorf("read terminals: %w", store.Fault(err))
	}
	if len(asked) > 0 {
		var f fault.Fields
		for i, key := range asked {
			if !slices.Contains(known, key) {
				f.Add(fmt.Sprintf("input.terminals[%d]", i), "not_found", "the app has no such terminal")
			}
		}
		return slices.DeleteFunc(known, func(k string) bool { return !slices.Contains(asked, k) }), f.Err()
	}
	target, err := s.targetOf(ctx, of)
	if err != nil {
		return nil, err
	}
	tested := map[string]bool{}
	for i := range target.Cells {
		tested[target.Cells[i].Terminal] = true
	}
	if of.batch != nil {
		rows, err := s.read.ItemDelivery.Query().
			Where(itemdelivery.BatchID(of.batch.ID), itemdelivery.StateNotIn(plan.DeliveryDropped, plan.DeliveryMoved)).All(ctx)
		if err != nil {
			return nil, fmt.Errorf("read deliveries: %w", store.Fault(err))
		}
		for _, d := range rows {
			tested[d.Terminal] = true
		}
	}
	return slices.DeleteFunc(known, func(k string) bool { return !tested[k] }), nil
}

// proofs lists the events that a report rests on: of each cell what was seen last, and what was wrong.
func proofs(c *coverage.Coverage) []coverage.Ref {
	refs := failures(c)
	for i := range c.Cells {
		if c.Cells[i].Last.Seq > 0 {
			refs = append(refs, c.Cells[i].Last)
		}
	}
	return refs
}

// ReadReport returns the report of a sign-off, for who may read it: NOT_FOUND where there is none.
func (s *Service) ReadReport(ctx context.Context, id string) (*Report, json.RawMessage, error) {
	if _, err := auth.From(ctx); err != nil {
		return nil, nil, err
	}
	row, err := s.read.SignOff.Get(ctx, id)
	if err != nil {
		return nil, nil, lost(err, "SignOff", id)
	}
	if err := auth.AllowOn(ctx, "SignOff", auth.Object{App: row.AppID, Type: "SignOff", Name: id}); err != nil {
		return nil, nil, err
	}
	r := &Report{}
	if err := json.Unmarshal(row.Report, r); err != nil {
		return nil, nil, fmt.Errorf("read the report %s: %w", id, err)
	}
	return r, row.Report, nil
}
