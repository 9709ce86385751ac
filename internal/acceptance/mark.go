package acceptance

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/acceptancemark"
	"github.com/waymarkhq/waymark/ent/file"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/coverage"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/store"
)

// Limits of marks.
const (
	maxMarks = 20_000 // of a session
	maxNote  = 2000   // characters
)

// MarkInput is what a tester says of an event, or of one of its properties, on a terminal.
type MarkInput struct {
	SessionID, EventKey string
	Property            *string
	Terminal            string
	Kind                coverage.MarkKind
	Note                string
	ScreenshotID        *string
	ExpiresAt           *time.Time
}

// Mark notes what a tester says, also once the session has ended. What it was about is kept as evidence where it was wrong.
func (s *Service) Mark(ctx context.Context, in MarkInput) (*ent.AcceptanceMark, error) {
	row, err := s.reach(ctx, "Mutation.mark", in.SessionID)
	if err != nil {
		return nil, err
	}
	c, err := s.SessionCoverage(ctx, row)
	if err != nil {
		return nil, err
	}
	about, err := s.checkMark(ctx, c, &in)
	if err != nil {
		return nil, err
	}
	var refs []coverage.Ref
	if about.failure != nil {
		refs = append(refs, *about.failure)
	} else if in.Kind == coverage.MarkFail && about.cell.Last.Seq > 0 {
		refs = append(refs, about.cell.Last)
	}
	evidence, err := s.gather(ctx, refs)
	if err != nil {
		return nil, err
	}
	by := ""
	if p, err := auth.From(ctx); err == nil {
		by = p.UserID()
	}
	saved, err := store.InTx(ctx, s.store, func(ctx context.Context, tx *ent.Tx) (*ent.AcceptanceMark, error) {
		n, err := tx.AcceptanceMark.Query().Where(acceptancemark.SessionID(row.ID)).Count(ctx)
		if err != nil {
			return nil, fmt.Errorf("count marks: %w", err)
		}
		if n >= maxMarks {
			return nil, tooMany("a session has at most %d marks", maxMarks)
		}
		if err := keep(ctx, tx, evidence, s.now()); err != nil {
			return nil, err
		}
		build := about.cell.Last.Build
		return tx.AcceptanceMark.Create().SetSessionID(row.ID).SetEventID(about.cell.EventID).SetEventKey(about.cell.Event).
			SetProperty(about.property).SetTerminal(in.Terminal).SetKind(string(in.Kind)).SetNote(in.Note).
			SetNillableScreenshotID(in.ScreenshotID).SetAppVersion(build.Version).SetAppBuild(build.Build).SetHash(about.hash).
			SetNillableExpiresAt(in.ExpiresAt).SetCreatedAt(s.now()).SetCreatedByID(by).Save(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("mark: %w", err)
	}
	s.tell(context.WithoutCancel(ctx), row.ID)
	return saved, nil
}

// subject is what a mark is about.
type subject struct {
	cell           *coverage.CellState
	property, hash string
	failure        *coverage.Ref
}

func (s *Service) checkMark(ctx context.Context, c *coverage.Coverage, in *MarkInput) (*subject, error) {
	var f fault.Fields
	in.Note = strings.TrimSpace(in.Note)
	switch {
	case !utf8.ValidString(in.Note) || utf8.RuneCountInString(in.Note) > maxNote:
		f.Add("input.note", "too_long", fmt.Sprintf("a note has at most %d characters", maxNote))
	case in.Note == "" && (in.Kind == coverage.MarkFail || in.Kind == coverage.MarkWaived):
		f.Add("input.note", "required", "say what is wrong, or why it need not be seen")
	}
	if in.ExpiresAt != nil && in.Kind != coverage.MarkWaived {
		f.Add("input.expiresAt", "not_allowed", "only a waiver expires")
	} else if in.ExpiresAt != nil && !in.ExpiresAt.After(s.now()) {
		f.Add("input.expiresAt", "out_of_range", "it would have expired already")
	}
	if err := s.checkScreenshot(ctx, in, &f); err != nil {
		return nil, err
	}
	about := findSubject(c, in, &f)
	return about, f.Err()
}

func (s *Service) checkScreenshot(ctx context.Context, in *MarkInput, f *fault.Fields) error {
	if in.ScreenshotID == nil {
		return nil
	}
	there, err := s.read.File.Query().Where(file.ID(*in.ScreenshotID), file.SessionID(in.SessionID)).Exist(ctx)
	if err != nil {
		return fmt.Errorf("look for the screenshot: %w", store.Fault(err))
	}
	if !there {
		f.Add("input.screenshotId", "not_found", "the session has no such screenshot: hand it in first")
	}
	return nil
}

func findSubject(c *coverage.Coverage, in *MarkInput, f *fault.Fields) *subject {
	at := slices.IndexFunc(c.Cells, func(cell coverage.CellState) bool { return cell.Event == in.EventKey && cell.Terminal == in.Terminal })
	if at < 0 {
		f.Add("input.eventKey", "not_under_test", "the session does not test this event on this terminal")
		return nil
	}
	cell := &c.Cells[at]
	about := &subject{cell: cell, hash: cell.Hash, failure: cell.Failure}
	if in.Property == nil {
		return about
	}
	i := slices.IndexFunc(cell.Properties, func(p coverage.PropertyState) bool { return p.Name == *in.Property })
	if i < 0 {
		f.Add("input.property", "not_found", "the event has no such property on this terminal")
		return nil
	}
	p := &cell.Properties[i]
	about.property, about.hash, about.failure = p.Name, p.Hash, p.Failure
	return about
}

// MarksOf returns the newest word on each thing that was marked in sessions, by the session's id, the newest first. The asking
// person was allowed to read the sessions before.
func (s *Service) MarksOf(ctx context.Context, sessionIDs []string) (map[string][]*ent.AcceptanceMark, error) {
	if _, err := auth.From(ctx); err != nil {
		return nil, err
	}
	rows, err := s.read.AcceptanceMark.Query().Where(acceptancemark.SessionIDIn(sessionIDs...)).
		Order(ent.Desc(acceptancemark.FieldCreatedAt), ent.Desc(acceptancemark.FieldID)).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read marks: %w", store.Fault(err))
	}
	found := map[string][]*ent.AcceptanceMark{}
	for id, list := range bySession(rows) {
		found[id] = newestMarks(list)
	}
	return found, nil
}

func bySession(rows []*ent.AcceptanceMark) map[string][]*ent.AcceptanceMark {
	found := map[string][]*ent.AcceptanceMark{}
	for _, m := range rows {
		found[m.SessionID] = append(found[m.SessionID], m)
	}
	return found
}

// newestMarks leaves the first of each thing, without those that took something back.
func newestMarks(list []*ent.AcceptanceMark) []*ent.AcceptanceMark {
	said := map[[3]string]bool{}
	var out []*ent.AcceptanceMark
	for _, m := range list {
		about := [3]string{m.EventKey, m.Property, m.Terminal}
		if !said[about] && coverage.MarkKind(m.Kind) != coverage.MarkNone {
			out = append(out, m)
		}
		said[about] = true
	}
	return out
}
