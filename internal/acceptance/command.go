package acceptance

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/sessionstep"
	"github.com/waymarkhq/waymark/internal/audit"
	"github.com/waymarkhq/waymark/internal/fault"
)

// JoinInput says which session somebody takes part in.
type JoinInput struct{ Code string }

// StepInput says which step begins.
type StepInput struct{ SessionID, Text string }

// EndInput says which session ends.
type EndInput struct{ ID string }

// Join has the asking person take part in a session.
func (s *Service) Join(ctx context.Context, in JoinInput) (*ent.CaptureSession, error) {
	row, err := s.byCode(ctx, "Mutation.joinCaptureSession", in.Code)
	if err != nil {
		return nil, err
	}
	return s.change(ctx, "join capture session", func(ctx context.Context, c *change) (*ent.CaptureSession, error) {
		row, err := c.open(ctx, row.ID)
		if err != nil || c.by == "" || slices.Contains(row.TesterIds, c.by) {
			return row, err
		}
		if len(row.TesterIds) >= maxTesters {
			return nil, tooMany("a session has at most %d testers", maxTesters)
		}
		return row.Update().SetTesterIds(append(slices.Clip(row.TesterIds), c.by)).Save(ctx)
	})
}

// Step marks the beginning of a step.
func (s *Service) Step(ctx context.Context, in StepInput) (*ent.CaptureSession, error) {
	if _, err := s.reach(ctx, "Mutation.markStep", in.SessionID); err != nil {
		return nil, err
	}
	in.Text = strings.TrimSpace(in.Text)
	var f fault.Fields
	validateLine("input.text", in.Text, &f)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return s.change(ctx, "mark a step", func(ctx context.Context, c *change) (*ent.CaptureSession, error) {
		row, err := c.open(ctx, in.SessionID)
		if err != nil {
			return nil, err
		}
		n, err := c.SessionStep.Query().Where(sessionstep.SessionID(row.ID)).Count(ctx)
		if err != nil {
			return nil, fmt.Errorf("count steps: %w", err)
		}
		if n >= maxSteps {
			return nil, tooMany("a session has at most %d steps", maxSteps)
		}
		err = c.SessionStep.Create().SetSessionID(row.ID).SetNumber(n + 1).SetText(in.Text).SetMarkedAt(c.now).SetMarkedByID(c.by).Exec(ctx)
		if err != nil {
			return nil, err
		}
		return row, audit.Tell(ctx, ent.TypeCaptureSession, row.ID, map[string]any{"step": n + 1})
	})
}

// End ends a session; one that has ended stays as it is.
func (s *Service) End(ctx context.Context, in EndInput) (*ent.CaptureSession, error) {
	row, err := s.reach(ctx, "Mutation.endCaptureSession", in.ID)
	if err != nil {
		return nil, err
	}
	if err := s.close(ctx, row, s.now()); err != nil {
		return nil, err
	}
	row, err = s.read.CaptureSession.Get(ctx, in.ID)
	if err != nil {
		return nil, lost(err, "CaptureSession", in.ID)
	}
	return row, nil
}

// validateLine refuses a text of one line that no database could hold or nobody could read.
func validateLine(path, text string, f *fault.Fields) {
	switch {
	case !utf8.ValidString(text):
		f.Add(path, "bad_text", "the text is not valid UTF-8")
	case utf8.RuneCountInString(text) > maxLine:
		f.Add(path, "too_long", fmt.Sprintf("the text has at most %d characters", maxLine))
	case strings.ContainsFunc(text, unicode.IsControl):
		f.Add(path, "control_character", "control characters are not allowed")
	}
}
