package app_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/environment"
	"github.com/waymarkhq/waymark/ent/releaseslot"
	"github.com/waymarkhq/waymark/internal/app"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/diff"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/release"
	"github.com/waymarkhq/waymark/internal/store"
	"github.com/waymarkhq/waymark/internal/testkit"
)

// model plays random edits, reviews, merges, publications, rollbacks, drops and cancellations on the real services, and
// holds what comes of them to what has to be so whatever happens (model_check_test.go).
type model struct {
	store    *store.Store
	plans    *catalog.Service
	releases *release.Service
	ctx      context.Context
	app      *ent.App
	envs     []*ent.Environment

	events     []*ent.Event
	batches    []string // numbers of those that are played with
	properties map[string]*ent.Property
	// chosen are the sides that conflicts were settled with, by the revision that had them and the field.
	chosen map[string]map[string]string
	// after is what each release of an environment left, times when it was made.
	after map[string][]held
	times map[string][]time.Time
	// lines are the approvals of events that were looked at already.
	lines map[string][]*ent.Approval
	seen  map[string]string // what frozen definitions and approved revisions say, by id
}

// held is what an environment goes by: the hash, or that it is offline, by event, terminal and starting version.
type held map[[3]string]string

// The versions that batches are meant for, and published from.
var versions = []string{"8.0", "8.1", "9"}

func newModel(t *rapid.T, s *store.Store, number int) *model {
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	m := &model{
		store: s, properties: map[string]*ent.Property{}, chosen: map[string]map[string]string{}, after: map[string][]held{},
		times: map[string][]time.Time{}, lines: map[string][]*ent.Approval{}, seen: map[string]string{},
	}
	m.plans, m.releases = app.Governance(s, silent{}, func() time.Time { now = now.Add(time.Second); return now }, slog.New(slog.DiscardHandler))
	m.ctx = auth.With(context.Background(), auth.NewPrincipal(auth.Identity{UserID: "usr_ann", Name: "Ann", Organisation: auth.SetOf(auth.Admin)}))
	key := fmt.Sprintf("app%d", number)
	var err error
	m.app, err = m.plans.CreateApp(m.ctx, catalog.CreateAppInput{Key: key, Name: "App", Terminals: []catalog.NewTerminalInput{
		{Key: "ios", Name: "iOS", Kind: plan.TerminalIOS}, {Key: "web", Name: "Web", Kind: plan.TerminalWeb},
	}})
	require.NoError(t, err)
	for _, k := range []string{"a", "b"} {
		m.properties[k], err = m.plans.CreateProperty(m.ctx, catalog.CreatePropertyInput{
			App: &key, Key: k, Name: k, Type: catalog.PropertyTypeInput{Base: plan.TypeString}, Sensitivity: plan.SensitivityNone,
		})
		require.NoError(t, err)
	}
	m.envs = s.Read().Environment.Query().Where(environment.AppID(m.app.ID)).Order(environment.ByPosition()).AllX(m.ctx)
	return m
}

// refusals are what the services may answer with; anything else is a fault of theirs.
var refusals = []fault.Code{fault.FailedPrecondition, fault.Conflict, fault.InvalidInput, fault.NotFound}

// allowed reports whether something was done; what was refused has to be refused for a reason.
func allowed(t *rapid.T, err error) bool {
	if err == nil {
		return true
	}
	f, ok := errors.AsType[*fault.Error](err)
	require.True(t, ok && slices.Contains(refusals, f.Code), "%v", err)
	t.Logf("refused: %s %s", f.Reason, f.Message)
	return false
}

func (m *model) batch(t *rapid.T, of plan.BatchType) string {
	in := catalog.CreateBatchInput{App: m.app.Key, Title: "需求", Type: of}
	if rapid.Bool().Draw(t, "has target versions") {
		v := rapid.SampledFrom(versions).Draw(t, "target version")
		in.TargetVersions = []catalog.TargetVersionInput{{Terminal: "ios", Version: v}, {Terminal: "web", Version: v}}
	}
	b, err := m.plans.CreateBatch(m.ctx, in)
	require.NoError(t, err)
	t.Logf("batch %s %s %v", b.Number, of, in.TargetVersions)
	return b.Number
}

// anyBatch draws one of the batches, the newest rather than others.
func (m *model) anyBatch(t *rapid.T) string {
	if len(m.batches) == 0 {
		t.Skip("no batch yet")
	}
	return m.batches[len(m.batches)-1-rapid.IntRange(0, min(4, len(m.batches)-1)).Draw(t, "batch")]
}

func (m *model) anyEvent(t *rapid.T) *ent.Event {
	if len(m.events) == 0 {
		t.Skip("no event yet")
	}
	return m.events[rapid.IntRange(0, len(m.events)-1).Draw(t, "event")]
}

func (m *model) anyEnvironment(t *rapid.T, label string) *ent.Environment {
	return m.envs[rapid.IntRange(0, len(m.envs)-1).Draw(t, label)]
}

// Plan introduces an event, and mostly has it approved.
func (m *model) Plan(t *rapid.T) {
	if len(m.events) == 2 {
		t.Skip("there are enough")
	}
	number := m.batch(t, plan.BatchNormal)
	key := fmt.Sprintf("e%d", len(m.events)+1)
	e, err := m.plans.CreateEvent(m.ctx, catalog.CreateEventInput{
		Batch: number, Kind: plan.KindTrack, Name: key, WireName: &key, Level: plan.LevelP1, Properties: m.uses(t),
	})
	require.NoError(t, err)
	m.events, m.batches = append(m.events, e), append(m.batches, number)
	m.approve(t, number)
}

// uses draws which properties an event carries.
func (m *model) uses(t *rapid.T) []catalog.EventPropertyInput {
	list := []catalog.EventPropertyInput{}
	for _, k := range []string{"a", "b"} {
		p := rapid.SampledFrom([]plan.Presence{"", plan.PresenceRequired, plan.PresenceOptional}).Draw(t, "presence of "+k)
		if p != "" {
			list = append(list, catalog.EventPropertyInput{Key: &k, Presence: p})
		}
	}
	return list
}

// Raise makes a batch that changes an event.
func (m *model) Raise(t *rapid.T) {
	e := m.anyEvent(t)
	number := m.batch(t, rapid.SampledFrom([]plan.BatchType{plan.BatchNormal, plan.BatchNormal, plan.BatchNormal, plan.BatchHotfix}).Draw(t, "type"))
	m.batches = append(m.batches, number)
	m.change(t, number, e)
}

// Edit changes an event under a batch that is there.
func (m *model) Edit(t *rapid.T) { m.change(t, m.anyBatch(t), m.anyEvent(t)) }

func (m *model) change(t *rapid.T, number string, e *ent.Event) {
	in := catalog.UpdateEventInput{ID: e.ID, Batch: &number}
	text := rapid.SampledFrom([]string{"x", "y", "z"}).Draw(t, "text")
	switch field := rapid.SampledFrom([]string{"name", "description", "trigger", "properties", "terminals"}).Draw(t, "field"); field {
	case "name":
		in.Name = &text
	case "description":
		in.Description = &text
	case "trigger":
		in.Trigger = &text
	case "properties":
		in.Properties = m.uses(t)
	default:
		in.Terminals = rapid.SampledFrom([][]string{{}, {"ios"}, {"ios", "web"}}).Draw(t, "terminals")
	}
	_, err := m.plans.UpdateEvent(m.ctx, in)
	allowed(t, err)
}

// Share changes a property that events share.
func (m *model) Share(t *rapid.T) {
	number := m.anyBatch(t)
	text := rapid.SampledFrom([]string{"x", "y", "z"}).Draw(t, "text")
	in := catalog.UpdatePropertyInput{ID: m.properties[rapid.SampledFrom([]string{"a", "b"}).Draw(t, "property")].ID, Batch: &number}
	if rapid.Bool().Draw(t, "type") {
		in.Type = &catalog.PropertyTypeInput{Base: rapid.SampledFrom([]plan.BaseType{plan.TypeString, plan.TypeNumber}).Draw(t, "base")}
	} else {
		in.Description = &text
	}
	_, err := m.plans.UpdateProperty(m.ctx, in)
	allowed(t, err)
}

// Approve has a batch approved, settling its conflicts.
func (m *model) Approve(t *rapid.T) { m.approve(t, m.anyBatch(t)) }

func (m *model) approve(t *rapid.T, number string) {
	_, err := m.plans.Transition(m.ctx, catalog.TransitionInput{Batch: number, To: "APPROVED", Note: "so it is"})
	f, _ := errors.AsType[*fault.Error](err)
	if f == nil || f.Reason != plan.GuardOpenConflict {
		allowed(t, err)
		return
	}
	m.settle(t, number)
	_, err = m.plans.Transition(m.ctx, catalog.TransitionInput{Batch: number, To: "APPROVED", Note: "so it is"})
	allowed(t, err)
}

// settle chooses a side in every conflict of a batch.
func (m *model) settle(t *rapid.T, number string) {
	for _, it := range m.itemsOf(number) {
		all, err := m.plans.ConflictsOfItems(m.ctx, []*ent.BatchItem{it})
		require.NoError(t, err)
		found := all[it.ID]
		if len(found) == 0 {
			continue
		}
		own := ""
		if it.Kind == plan.ItemEvent {
			own = m.ownRevision(it)
		}
		m.chosen[own] = map[string]string{}
		in := catalog.ResolveConflictsInput{ID: it.ID}
		for i := range found {
			side := rapid.SampledFrom([]diff.Side{diff.Ours, diff.Theirs}).Draw(t, "side of "+found[i].Path)
			m.chosen[own][found[i].Path] = string(side)
			in.Choices = append(in.Choices, catalog.ConflictChoiceInput{Path: found[i].Path, Side: &side})
		}
		_, err = m.plans.ResolveConflicts(m.ctx, in)
		allowed(t, err)
	}
}

// Deliver moves the items of a batch on their way, or off it.
func (m *model) Deliver(t *rapid.T) {
	in := catalog.TransitionInput{Batch: m.anyBatch(t), Note: "so it is"}
	in.To = rapid.SampledFrom([]string{"IN_TESTING", "IN_TESTING", "ACCEPTED", "ONLINE", "ONLINE", "IN_DEVELOPMENT", "DROPPED", "CANCELLED", "MOVED"}).Draw(t, "to")
	in.Terminals = m.terminals(t)
	in.FromVersion = m.from(t)
	if in.To == "MOVED" {
		to := m.anyBatch(t)
		in.ToBatch = &to
	}
	_, err := m.plans.Transition(m.ctx, in)
	allowed(t, err)
}

func (m *model) terminals(t *rapid.T) []string {
	return rapid.SampledFrom([][]string{nil, nil, {"ios"}, {"web"}}).Draw(t, "terminals")
}

func (m *model) from(t *rapid.T) *string {
	v := rapid.SampledFrom(append([]string{"-", "-", ""}, versions...)).Draw(t, "from")
	if v == "-" {
		return nil
	}
	return &v
}

// TakeOffline has an event leave production.
func (m *model) TakeOffline(t *rapid.T) {
	e := m.anyEvent(t)
	number := m.batch(t, plan.BatchOffline)
	_, err := m.plans.AddBatchItem(m.ctx, catalog.AddBatchItemInput{Batch: number, EventID: &e.ID})
	require.NoError(t, err)
	m.batches = append(m.batches, number)
	m.approve(t, number)
}

// Publish publishes a batch by itself: a dry run says what will be done, and what is refused.
func (m *model) Publish(t *rapid.T) {
	env, number := m.anyEnvironment(t, "environment"), m.anyBatch(t)
	in := release.PublishInput{App: m.app.Key, Environment: env.Key, Batch: &number, Reason: "so it is", Terminals: m.terminals(t), FromVersion: m.from(t), DryRun: true}
	preview, err := m.releases.Publish(m.ctx, in)
	if !allowed(t, err) {
		return
	}
	in.DryRun = false
	out, err := m.releases.Publish(m.ctx, in)
	if len(preview.Refusals) > 0 {
		f, ok := errors.AsType[*fault.Error](err)
		require.True(t, ok, "%v, though the preview had %v", err, preview.Refusals[0])
		require.Equal(t, preview.Refusals[0].Reason, f.Reason)
		return
	}
	require.NoError(t, err)
	require.Equal(t, m.now(t, env), apply(m.last(env), out.Changes), "what it says is what it did")
	require.Equal(t, m.now(t, env), apply(m.last(env), preview.Changes), "and what it had said it would do")
}

// RollBack brings an earlier release back.
func (m *model) RollBack(t *rapid.T) {
	env := m.anyEnvironment(t, "environment")
	n := len(m.after[env.Key])
	if n == 0 {
		t.Skip("no release yet")
	}
	to := rapid.IntRange(1, n).Draw(t, "to")
	in := release.RollbackInput{App: m.app.Key, Environment: env.Key, Reason: "back", Release: &to}
	if rapid.Bool().Draw(t, "by time") {
		in.Release, in.At = nil, &m.times[env.Key][to-1]
	}
	_, err := m.releases.Rollback(m.ctx, in)
	if f, ok := errors.AsType[*fault.Error](err); ok && f.Reason == "nothing_to_publish" {
		require.Equal(t, m.after[env.Key][to-1], m.last(env))
		return
	}
	if allowed(t, err) {
		require.Equal(t, m.after[env.Key][to-1], m.now(t, env), "the very same hashes")
	}
}

// last is what an environment's newest release left, as far as it is known.
func (m *model) last(env *ent.Environment) held {
	if n := len(m.after[env.Key]); n > 0 {
		return m.after[env.Key][n-1]
	}
	return held{}
}

// now is what an environment goes by.
func (m *model) now(t *rapid.T, env *ent.Environment) held {
	rows, err := m.store.Read().ReleaseSlot.Query().Where(releaseslot.EnvironmentID(env.ID), releaseslot.EndedIsNil()).All(m.ctx)
	require.NoError(t, err)
	return heldBy(t, rows)
}

func heldBy(t *rapid.T, rows []*ent.ReleaseSlot) held {
	s := held{}
	for _, r := range rows {
		at := [3]string{r.EventID, r.Terminal, r.FromVersion}
		require.NotContains(t, s, at, "one thing holds at a time: %s", at)
		s[at] = fmt.Sprint(r.Hash, r.Offline)
	}
	return s
}

// apply does to what holds what a comparison says.
func apply(s held, changes []*release.EventChange) held {
	out := maps.Clone(s)
	for _, c := range changes {
		for _, slot := range c.Slots {
			at := [3]string{c.EventID, slot.Terminal, slot.From}
			delete(out, at)
			if slot.After != nil {
				out[at] = fmt.Sprint(slot.After.Hash, slot.After.Offline)
			}
		}
	}
	return out
}

// play is the property: whatever happens, what has to be so is so.
func play(s *store.Store, number *int) func(*rapid.T) {
	return func(t *rapid.T) {
		*number++
		m := newModel(t, s, *number)
		t.Repeat(map[string]func(*rapid.T){
			"": m.Check, "plan": m.Plan, "raise": m.Raise, "edit": m.Edit, "share": m.Share, "approve": m.Approve, "deliver": m.Deliver,
			"deliver on": m.Deliver, "take offline": m.TakeOffline, "publish": m.Publish, "roll back": m.RollBack,
		})
	}
}

// TestWhateverHappens plays a few rounds; FuzzWhateverHappens plays as many as there is time for.
func TestWhateverHappens(t *testing.T) {
	// Not beside other tests, for what rapid is told by a flag.
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	for _, on := range []struct{ rounds, database string }{{"12", "sqlite"}, {"3", "postgres"}} {
		t.Run(on.database, func(t *testing.T) {
			s := testkit.SQLite(t)
			if on.database == "postgres" {
				s = testkit.OpenStore(t, store.Options{DatabaseURL: testkit.Postgres(t)})
			}
			if !given {
				require.NoError(t, flag.Set("rapid.checks", on.rounds))
			}
			number := 0
			rapid.Check(t, play(s, &number))
		})
	}
}

func FuzzWhateverHappens(f *testing.F) {
	s, number := testkit.SQLite(f), 0
	f.Fuzz(rapid.MakeFuzz(play(s, &number)))
}
