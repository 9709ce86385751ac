package catalog

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/regressioncase"
	"github.com/waymarkhq/waymark/ent/regressionevent"
	"github.com/waymarkhq/waymark/internal/audit"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/check"
	"github.com/waymarkhq/waymark/internal/fault"
)

// Regression cases are captured events that were saved with what is expected of each. The copies are capture records, as the
// samples are, and go with the person whose they are.

// Limits of regression cases.
const (
	maxRegressionCases  = 200 // of an app
	maxRegressionEvents = 500
	maxRegressionBytes  = 4 << 20
	maxRegressionCodes  = 100 // of an event
)

// NewRegressionCase is what a new regression case is; App is a key.
type NewRegressionCase struct {
	App, Name, Description string
	// Seqs are the captured events by their sequence numbers; those that are no numbers of any are 0.
	Seqs []int64
}

// UpdateRegressionCaseInput is what changes in a regression case; nil stays.
type UpdateRegressionCaseInput struct {
	ID                string
	Name, Description *string
	Expectations      []RegressionExpectationInput
}

// RegressionExpectationInput is what is expected of the event at a position.
type RegressionExpectationInput struct {
	Position       int
	Verdict        capture.Verdict
	ViolationCodes []string
}

// RegressionEvent is an event of a regression case.
type RegressionEvent struct {
	Position int
	Captured *capture.Captured
	Verdict  capture.Verdict // expected
	Codes    []string        // expected, in order
}

// SaveRegressionCase saves captured events of an app as a case.
func (s *Service) SaveRegressionCase(ctx context.Context, in NewRegressionCase) (*ent.RegressionCase, error) {
	a, err := s.appByKey(ctx, "Mutation.saveRegressionCase", in.App)
	if err != nil {
		return nil, err
	}
	var f fault.Fields
	validatePeopleName("input.name", &in.Name, &f)
	validateProse("input.description", &in.Description, &f)
	if n := len(in.Seqs); n == 0 || n > maxRegressionEvents {
		f.Add("input.capturedEventIds", "out_of_range", fmt.Sprintf("a case has 1 to %d events", maxRegressionEvents))
	} else {
		for i, seq := range in.Seqs {
			if seq != 0 && slices.Contains(in.Seqs[:i], seq) {
				f.Add(fmt.Sprintf("input.capturedEventIds[%d]", i), "duplicate", "it is named twice")
			}
		}
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	found, err := s.captured.CapturedEventsBySeq(ctx, in.Seqs)
	if err != nil {
		return nil, err
	}
	events, err := copies(a.ID, in.Seqs, found)
	if err != nil {
		return nil, err
	}
	return changed(ctx, s, "save regression case", func(ctx context.Context, c *change) (*ent.RegressionCase, error) {
		return c.saveRegressionCase(ctx, a.ID, &in, events)
	})
}

// regressionCopy is an event on its way into a case.
type regressionCopy struct {
	*capture.Captured
	record []byte
}

// copies encodes the events of an app, and says which of them are not there or cannot be judged again.
func copies(appID string, seqs []int64, found map[int64]*capture.Captured) ([]regressionCopy, error) {
	var f fault.Fields
	list := make([]regressionCopy, len(seqs))
	size := 0
	for i, seq := range seqs {
		c, path := found[seq], fmt.Sprintf("input.capturedEventIds[%d]", i)
		switch {
		case c == nil || c.AppID != appID:
			f.Add(path, "not_found", "the app has no such captured event, or does not keep it any more")
			continue
		case slices.Contains(codesOf(c.Violations), check.RecordUnreadable):
			f.Add(path, "unreadable", "no plan can judge what could not be read")
		}
		list[i] = regressionCopy{c, capture.AppendRecord(nil, []capture.Captured{*c})}
		size += len(list[i].record)
	}
	if size > maxRegressionBytes {
		f.Add("input.capturedEventIds", "too_large", fmt.Sprintf("the events of a case have at most %d bytes", maxRegressionBytes))
	}
	return list, f.Err()
}

func (c *change) saveRegressionCase(
	ctx context.Context, appID string, in *NewRegressionCase, events []regressionCopy,
) (*ent.RegressionCase, error) {
	if n, err := c.RegressionCase.Query().Where(regressioncase.AppID(appID)).Count(ctx); err != nil {
		return nil, fmt.Errorf("count regression cases: %w", err)
	} else if n >= maxRegressionCases {
		return nil, fault.New(fault.FailedPrecondition, "too_many",
			fmt.Sprintf("an app has at most %d regression cases", maxRegressionCases)).With("limit", maxRegressionCases)
	}
	if err := c.refuseTakenCase(ctx, appID, in.Name, ""); err != nil {
		return nil, err
	}
	row, err := c.RegressionCase.Create().SetAppID(appID).SetName(in.Name).SetDescription(in.Description).
		SetCreatedAt(c.now).SetUpdatedAt(c.now).SetCreatedByID(c.by).SetUpdatedByID(c.by).Save(ctx)
	if err != nil {
		return nil, err
	}
	for chunk := range slices.Chunk(indexed(events), 50) {
		rows := make([]*ent.RegressionEventCreate, len(chunk))
		for i, e := range chunk {
			rows[i] = c.RegressionEvent.Create().SetCaseID(row.ID).SetPosition(e.at).SetSeq(e.of.Seq).SetEnvironmentID(e.of.EnvironmentID).
				SetRecord(e.of.record).SetVerdict(int(e.of.Verdict)).SetCodes(codesOf(e.of.Violations))
		}
		if err := c.RegressionEvent.CreateBulk(rows...).Exec(ctx); err != nil {
			return nil, fmt.Errorf("copy captured events: %w", err)
		}
	}
	return row, nil
}

type placedCopy struct {
	at int
	of regressionCopy
}

func indexed(events []regressionCopy) []placedCopy {
	list := make([]placedCopy, len(events))
	for i, e := range events {
		list[i] = placedCopy{i, e}
	}
	return list
}

// refuseTakenCase refuses a name that another case of the app has, whatever the letters' case. An app has few cases.
func (c *change) refuseTakenCase(ctx context.Context, appID, name, own string) error {
	names, err := c.RegressionCase.Query().Where(regressioncase.AppID(appID), regressioncase.IDNEQ(own)).
		Select(regressioncase.FieldName).Strings(ctx)
	if err != nil {
		return fmt.Errorf("look for its name: %w", err)
	}
	if slices.ContainsFunc(names, func(other string) bool { return strings.EqualFold(other, name) }) {
		return taken("RegressionCase", "input.name", name)
	}
	return nil
}

// codesOf lists the codes of violations, each once, in order.
func codesOf(violations []capture.Violation) []string {
	codes := make([]string, len(violations))
	for i := range violations {
		codes[i] = violations[i].Code
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// UpdateRegressionCase changes a case.
func (s *Service) UpdateRegressionCase(ctx context.Context, in UpdateRegressionCaseInput) (*ent.RegressionCase, error) {
	row, err := s.reachRegression(ctx, "Mutation.updateRegressionCase", in.ID)
	if err != nil {
		return nil, err
	}
	var f fault.Fields
	validatePeopleName("input.name", in.Name, &f)
	validateProse("input.description", in.Description, &f)
	validateExpectations(in.Expectations, &f)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return changed(ctx, s, "update regression case", func(ctx context.Context, c *change) (*ent.RegressionCase, error) {
		if in.Name != nil {
			if err := c.refuseTakenCase(ctx, row.AppID, *in.Name, in.ID); err != nil {
				return nil, err
			}
		}
		if err := c.setExpected(ctx, &in); err != nil {
			return nil, err
		}
		saved, err := c.RegressionCase.UpdateOneID(in.ID).SetNillableName(in.Name).SetNillableDescription(in.Description).
			SetUpdatedAt(c.now).SetUpdatedByID(c.by).Save(ctx)
		return found(saved, err, "RegressionCase", in.ID)
	})
}

func validateExpectations(list []RegressionExpectationInput, f *fault.Fields) {
	if len(list) > maxRegressionEvents {
		f.Add("input.expectations", "too_many", fmt.Sprintf("a case has at most %d events", maxRegressionEvents))
		return
	}
	for i, e := range list {
		path := fmt.Sprintf("input.expectations[%d]", i)
		e.validate(path, f)
		if slices.ContainsFunc(list[:i], func(o RegressionExpectationInput) bool { return o.Position == e.Position }) {
			f.Add(path+".position", "duplicate", "it is named twice")
		}
	}
}

func (e *RegressionExpectationInput) validate(path string, f *fault.Fields) {
	if len(e.ViolationCodes) > maxRegressionCodes {
		f.Add(path+".violationCodes", "too_many", fmt.Sprintf("at most %d codes", maxRegressionCodes))
		return
	}
	unknown := false
	for i, code := range e.ViolationCodes {
		if !slices.ContainsFunc(check.Rules, func(r check.Rule) bool { return r.Code == code }) {
			unknown = true
			f.Add(fmt.Sprintf("%s.violationCodes[%d]", path, i), "unknown", "there is no rule with this code")
		}
	}
	if why := check.Impossible(e.Verdict, e.codes()); why != "" && !unknown {
		f.Add(path+".violationCodes", "impossible", why)
	}
}

// codes lists the codes, each once, in order.
func (e *RegressionExpectationInput) codes() []string {
	codes := slices.Clone(e.ViolationCodes)
	slices.Sort(codes)
	return notNil(slices.Compact(codes))
}

// setExpected changes what is expected of events, and has the audit log told.
func (c *change) setExpected(ctx context.Context, in *UpdateRegressionCaseInput) error {
	var f fault.Fields
	told := map[string]any{}
	for i, e := range in.Expectations {
		codes := e.codes()
		n, err := c.RegressionEvent.Update().Where(regressionevent.CaseID(in.ID), regressionevent.Position(e.Position)).
			SetVerdict(int(e.Verdict)).SetCodes(codes).Save(ctx)
		if err != nil {
			return fmt.Errorf("change what is expected: %w", err)
		}
		if n == 0 {
			f.Add(fmt.Sprintf("input.expectations[%d].position", i), "not_found", "the case has no event there")
		}
		told[strconv.Itoa(e.Position)] = map[string]any{"verdict": e.Verdict.String(), "violationCodes": codes}
	}
	if err := f.Err(); err != nil || len(told) == 0 {
		return err
	}
	return audit.Tell(ctx, ent.TypeRegressionCase, in.ID, map[string]any{"expectations": told})
}

// DeleteRegressionCase deletes a case with its events.
func (s *Service) DeleteRegressionCase(ctx context.Context, in DeleteInput) error {
	if _, err := s.reachRegression(ctx, "Mutation.deleteRegressionCase", in.ID); err != nil {
		return err
	}
	return s.change(ctx, "delete regression case", func(ctx context.Context, c *change) error {
		return lostOrNil(c.RegressionCase.DeleteOneID(in.ID).Exec(ctx), "RegressionCase", in.ID)
	})
}

func lostOrNil(err error, typ, id string) error {
	if err == nil {
		return nil
	}
	return lost(err, typ, id)
}

func (s *Service) reachRegression(ctx context.Context, action auth.Action, id string) (*ent.RegressionCase, error) {
	return reach(ctx, s, action, "RegressionCase", &regressions, id, inApp(func(r *ent.RegressionCase) string { return r.AppID }))
}

var regressions = table[ent.RegressionCase]{
	name: regressioncase.Table, id: func(r *ent.RegressionCase) string { return r.ID }, visible: byApp(regressioncase.FieldAppID),
	all: func(ctx context.Context, c *ent.Client, m func(*sql.Selector)) ([]*ent.RegressionCase, error) {
		return modified(ctx, c.RegressionCase.Query(), m)
	},
}

// RegressionCasesByID reads regression cases as AppsByID does apps.
func (s *Service) RegressionCasesByID(ctx context.Context, ids []string) (map[string]*ent.RegressionCase, error) {
	return byID(ctx, s, &regressions, ids)
}

// RegressionCasesOf returns the regression cases of each app, by name, by the app's id.
func (s *Service) RegressionCasesOf(ctx context.Context, appIDs []string) (map[string][]*ent.RegressionCase, error) {
	return grouped(ctx, s, &regressions, regressioncase.FieldAppID, appIDs,
		func(r *ent.RegressionCase) string { return r.AppID }, regressioncase.FieldName, regressioncase.FieldID)
}
