package acceptance

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/app"
	"github.com/waymarkhq/waymark/ent/batch"
	"github.com/waymarkhq/waymark/ent/capturesession"
	"github.com/waymarkhq/waymark/ent/event"
	"github.com/waymarkhq/waymark/ent/schema"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/session"
	"github.com/waymarkhq/waymark/internal/store"
)

// Limits of sessions.
const (
	maxOpen     = 200 // of an app
	maxBatches  = 20
	maxEvents   = 500
	maxTesters  = 100
	maxBindings = 200
	maxSteps    = 1000
	maxLine     = 500 // characters of a step
)

// StartInput is what a new session tests: batches, by number, or events, by plan key or level, or nothing. App and
// Environment are keys.
type StartInput struct {
	App, Environment   string
	Title              *string
	Batches, EventKeys []string
	Levels             []plan.Level
}

// target is what a StartInput means.
type target struct {
	kind              string
	batchIDs, numbers []string
	eventIDs          []string
}

// EndsAt is when a session ends by itself, as far as its activity is stored.
func EndsAt(s *ent.CaptureSession) time.Time { return endsAt(s, s.ActiveAt) }

// endsAt is when a session ends by itself after its last event.
func endsAt(s *ent.CaptureSession, active time.Time) time.Time {
	idle, most := active.Add(schema.SessionIdle), s.StartedAt.Add(schema.SessionMost)
	if idle.Before(most) {
		return idle
	}
	return most
}

// Start starts a session, in which the asking person takes part.
func (s *Service) Start(ctx context.Context, in StartInput) (*ent.CaptureSession, error) {
	env, err := s.room(ctx, "Mutation.startCaptureSession", in.App, in.Environment)
	if err != nil {
		return nil, err
	}
	var f fault.Fields
	in.validate(&f)
	if err := f.Err(); err != nil {
		return nil, err
	}
	t, err := s.target(ctx, env.AppID, &in)
	if err != nil {
		return nil, err
	}
	title := titleOf(&in, t, env.Name)
	return s.change(ctx, "start capture session", func(ctx context.Context, c *change) (*ent.CaptureSession, error) {
		return c.start(ctx, env, title, t)
	})
}

func (in *StartInput) validate(f *fault.Fields) {
	if in.Title != nil {
		plan.ValidateName("input.title", *in.Title, f)
	}
	if len(in.Batches) > maxBatches {
		f.Add("input.batches", "too_many", fmt.Sprintf("at most %d batches", maxBatches))
	}
	if len(in.EventKeys) > maxEvents {
		f.Add("input.eventKeys", "too_many", fmt.Sprintf("at most %d events", maxEvents))
	}
	if len(in.Batches) > 0 && len(in.EventKeys)+len(in.Levels) > 0 {
		f.Add("input.batches", "one_of", "a session tests either batches or events")
	}
}

// target finds what is to be tested.
func (s *Service) target(ctx context.Context, appID string, in *StartInput) (*target, error) {
	switch {
	case len(in.Batches) > 0:
		return s.targetBatches(ctx, appID, in.Batches)
	case len(in.EventKeys)+len(in.Levels) > 0:
		return s.targetEvents(ctx, appID, in)
	default:
		return &target{kind: session.TestsNothing}, nil
	}
}

func (s *Service) targetBatches(ctx context.Context, appID string, numbers []string) (*target, error) {
	rows, err := s.read.Batch.Query().Where(batch.AppID(appID), batch.NumberIn(upper(numbers)...)).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read batches: %w", store.Fault(err))
	}
	t := &target{kind: session.TestsBatches}
	var f fault.Fields
	for i, number := range upper(numbers) {
		at := slices.IndexFunc(rows, func(b *ent.Batch) bool { return b.Number == number })
		path := fmt.Sprintf("input.batches[%d]", i)
		switch {
		case at < 0:
			f.Add(path, "not_found", "the app has no such batch")
		case rows[at].State == plan.BatchCancelled:
			f.Add(path, "cancelled", "the batch is cancelled")
		case !slices.Contains(t.batchIDs, rows[at].ID):
			t.batchIDs, t.numbers = append(t.batchIDs, rows[at].ID), append(t.numbers, number)
		}
	}
	return t, f.Err()
}

func (s *Service) targetEvents(ctx context.Context, appID string, in *StartInput) (*target, error) {
	rows, err := s.read.Event.Query().
		Where(event.AppID(appID), event.KindEQ(plan.KindTrack), event.Or(event.KeyIn(in.EventKeys...), event.LevelIn(in.Levels...))).
		Order(event.ByKey()).Select(event.FieldID, event.FieldKey).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read events: %w", store.Fault(err))
	}
	var f fault.Fields
	for i, key := range in.EventKeys {
		if !slices.ContainsFunc(rows, func(e *ent.Event) bool { return e.Key == key }) {
			f.Add(fmt.Sprintf("input.eventKeys[%d]", i), "not_found", "the app has no such event")
		}
	}
	if len(rows) > maxEvents {
		f.Add("input.levels", "too_many", fmt.Sprintf("these are %d events, at most %d can be tested at once", len(rows), maxEvents))
	}
	if len(rows) == 0 && len(in.EventKeys) == 0 {
		f.Add("input.levels", "not_found", "the app has no events of these levels")
	}
	t := &target{kind: session.TestsEvents}
	for _, e := range rows {
		t.eventIDs = append(t.eventIDs, e.ID)
	}
	return t, f.Err()
}

func upper(list []string) []string {
	out := make([]string, len(list))
	for i, text := range list {
		out[i] = strings.ToUpper(text)
	}
	return out
}

// titleOf is what a session is called: as somebody said, or by what it tests.
func titleOf(in *StartInput, t *target, environment string) string {
	switch {
	case in.Title != nil:
		return *in.Title
	case t.kind == session.TestsBatches && len(t.numbers) > 3:
		return fmt.Sprintf("%s +%d", strings.Join(t.numbers[:3], ", "), len(t.numbers)-3)
	case t.kind == session.TestsBatches:
		return strings.Join(t.numbers, ", ")
	case len(in.Levels) > 0:
		levels := make([]string, len(in.Levels))
		for i, l := range in.Levels {
			levels[i] = string(l)
		}
		return strings.Join(levels, ", ")
	case len(in.EventKeys) == 1:
		return in.EventKeys[0]
	case t.kind == session.TestsEvents:
		return fmt.Sprintf("%s +%d", in.EventKeys[0], len(in.EventKeys)-1)
	default:
		return environment
	}
}

func (c *change) start(ctx context.Context, env *ent.Environment, title string, t *target) (*ent.CaptureSession, error) {
	n, err := c.CaptureSession.Query().Where(capturesession.AppID(env.AppID), capturesession.EndedAtIsNil()).Count(ctx)
	if err != nil {
		return nil, fmt.Errorf("count sessions: %w", err)
	}
	if n >= maxOpen {
		return nil, tooMany("an app has at most %d open sessions: end those that nobody needs", maxOpen)
	}
	testers := []string{}
	if c.by != "" {
		testers = append(testers, c.by)
	}
	row, err := c.CaptureSession.Create().SetAppID(env.AppID).SetEnvironmentID(env.ID).SetCode(newCode()).SetTitle(title).
		SetTarget(t.kind).SetEventIds(t.eventIDs).SetTesterIds(testers).SetStartedByID(c.by).SetStartedAt(c.now).SetActiveAt(c.now).Save(ctx)
	if err != nil {
		return nil, err
	}
	rows := make([]*ent.SessionBatchCreate, len(t.batchIDs))
	for i, id := range t.batchIDs {
		rows[i] = c.SessionBatch.Create().SetSessionID(row.ID).SetBatchID(id).SetPosition(i)
	}
	return row, c.SessionBatch.CreateBulk(rows...).Exec(ctx)
}

func tooMany(text string, limit int) error {
	return fault.New(fault.FailedPrecondition, "too_many", fmt.Sprintf(text, limit)).With("limit", limit)
}

// appByKey returns the app with a key.
func (s *Service) appByKey(ctx context.Context, key string) (*ent.App, error) {
	row, err := s.read.App.Query().Where(app.Key(key)).Only(ctx)
	if err != nil {
		return nil, lost(err, "App", key)
	}
	return row, nil
}
