package app_test

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/batch"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/release"
	"github.com/waymarkhq/waymark/internal/testkit"
)

// refusals are what the services may answer with; anything else is a fault of theirs.
var refusals = []fault.Code{fault.FailedPrecondition, fault.Conflict, fault.InvalidInput, fault.NotFound, fault.Forbidden}

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

func reason(err error) string {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f.Reason
	}
	return ""
}

// by draws who does something: mostly one of those whose work it is. Under LIGHT editors do everything.
func (m *model) by(t *rapid.T, those []string) context.Context {
	if m.app.Template == plan.TemplateLight {
		those = append(slices.Clone(those), editors...)
	}
	if rapid.IntRange(0, 9).Draw(t, "somebody else") == 9 {
		those = everybody
	}
	return auth.With(m.ctx, m.people[rapid.SampledFrom(those).Draw(t, "by")])
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
	m.batches = append(m.batches, b.Number)
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
	m.approve(t, m.event(t, plan.BatchNormal))
}

// Import brings in an event that is online at once.
func (m *model) Import(t *rapid.T) {
	allowed(t, m.move(t, editors, catalog.TransitionInput{Batch: m.event(t, plan.BatchBaseline), To: "ONLINE", FromVersion: m.from(t)}))
}

// event plans an event in a new batch.
func (m *model) event(t *rapid.T, of plan.BatchType) string {
	if len(m.events) == 2 {
		t.Skip("there are enough")
	}
	number := m.batch(t, of)
	key := fmt.Sprintf("e%d", len(m.events)+1)
	e, err := m.plans.CreateEvent(auth.With(m.ctx, m.people["bob"]), catalog.CreateEventInput{
		Batch: number, Kind: plan.KindTrack, Name: key, WireName: &key, Level: plan.LevelP1, Properties: m.uses(t),
	})
	if allowed(t, err) {
		m.events = append(m.events, e)
	}
	return number
}

// uses draws which properties an event carries.
func (m *model) uses(t *rapid.T) []catalog.EventPropertyInput {
	list := []catalog.EventPropertyInput{}
	for _, k := range []string{"a", "b", "c"} {
		p := rapid.SampledFrom([]plan.Presence{"", plan.PresenceRequired, plan.PresenceOptional}).Draw(t, "presence of "+k)
		if p == "" {
			continue
		}
		use := catalog.EventPropertyInput{Key: &m.properties[k].Key, Presence: p}
		if k == "b" && rapid.IntRange(0, 3).Draw(t, "always the same") == 3 {
			one := `"1"`
			use.Narrowing = &catalog.ConstraintsInput{Constant: &one}
		}
		list = append(list, use)
	}
	return list
}

// Raise makes a batch that changes an event.
func (m *model) Raise(t *rapid.T) {
	e := m.anyEvent(t)
	types := []plan.BatchType{plan.BatchNormal, plan.BatchNormal, plan.BatchNormal, plan.BatchHotfix}
	m.change(t, m.batch(t, rapid.SampledFrom(types).Draw(t, "type")), e)
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
	_, err := m.plans.UpdateEvent(m.by(t, editors), in)
	allowed(t, err)
}

// Share changes a property that events share.
func (m *model) Share(t *rapid.T) {
	number := m.anyBatch(t)
	text := rapid.SampledFrom([]string{"x", "y", "z"}).Draw(t, "text")
	key := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "property")
	in := catalog.UpdatePropertyInput{ID: m.properties[key].ID, Batch: &number}
	switch rapid.IntRange(0, 3).Draw(t, "what") {
	case 0:
		in.Description = &text
	case 1:
		in.Type = &catalog.PropertyTypeInput{Base: plan.TypeNumber}
	case 2:
		in.Type = &catalog.PropertyTypeInput{Base: plan.TypeString}
	default:
		in.Type = &catalog.PropertyTypeInput{Base: plan.TypeString}
		if key != "c" {
			in.Type.Constraints = &catalog.ConstraintsInput{ValueSetKey: &m.values.Key}
		}
	}
	_, err := m.plans.UpdateProperty(m.by(t, editors), in)
	allowed(t, err)
}

// Values changes which values there are, and what they are called.
func (m *model) Values(t *rapid.T) {
	number := m.anyBatch(t)
	in := catalog.UpdateValueSetInput{ID: m.values.ID, Batch: &number}
	for _, v := range []string{"1", "2", "3"} {
		if rapid.IntRange(0, 3).Draw(t, "value "+v) > 0 {
			in.Values = append(in.Values, catalog.EnumValueInput{Value: v, Label: rapid.SampledFrom([]string{"", "x", "y"}).Draw(t, "label")})
		}
	}
	_, err := m.plans.UpdateValueSet(m.by(t, editors), in)
	allowed(t, err)
}

// move makes a move of a batch, by one of those whose work it is.
func (m *model) move(t *rapid.T, those []string, in catalog.TransitionInput) error {
	in.Note = "so it is"
	if in.To == "ACCEPTED" {
		testkit.SignOff(m.ctx, t, m.store, in.Batch)
	}
	_, err := m.plans.Transition(m.by(t, those), in)
	return err
}

// Review makes one move of the review of a batch.
func (m *model) Review(t *rapid.T) {
	in := catalog.TransitionInput{Batch: m.anyBatch(t)}
	in.To = rapid.SampledFrom([]string{"IN_REVIEW", "DRAFT", "CHANGES_REQUESTED", "APPROVED", "CANCELLED"}).Draw(t, "to")
	those := editors
	if in.To == "CHANGES_REQUESTED" || in.To == "APPROVED" {
		those = reviewers
	}
	before := m.editedBy(in.Batch)
	if allowed(t, m.move(t, those, in)) && in.To == "APPROVED" {
		m.checkReviewer(t, in.Batch, before)
	}
}

// Approve has a batch approved, settling its conflicts.
func (m *model) Approve(t *rapid.T) { m.approve(t, m.anyBatch(t)) }

func (m *model) approve(t *rapid.T, number string) {
	for range 3 {
		in, those := catalog.TransitionInput{Batch: number, To: "APPROVED"}, reviewers
		b := m.batchBy(number)
		drafted := b.Review == plan.BatchDraft || b.Review == plan.BatchChangesRequested
		if drafted && (m.app.Template != plan.TemplateLight && b.Type != plan.BatchHotfix || rapid.IntRange(0, 3).Draw(t, "submit") == 3) {
			in.To, those = "IN_REVIEW", editors
		} else if drafted {
			those = editors
		}
		before := m.editedBy(number)
		err := m.move(t, those, in)
		switch {
		case err == nil && in.To == "APPROVED":
			m.checkReviewer(t, number, before)
			return
		case reason(err) == plan.GuardOpenConflict && b.Review == plan.BatchInReview:
			in.To = "DRAFT"
			allowed(t, m.move(t, editors, in))
			fallthrough
		case reason(err) == plan.GuardOpenConflict:
			m.settle(t, number)
		case !allowed(t, err):
			return
		}
	}
}

func (m *model) batchBy(number string) *ent.Batch {
	return m.store.Read().Batch.Query().Where(batch.Number(number)).OnlyX(m.ctx)
}

// Deliver moves the items of a batch on their way, or off it.
func (m *model) Deliver(t *rapid.T) {
	in := catalog.TransitionInput{Batch: m.anyBatch(t)}
	in.To = rapid.SampledFrom([]string{"IN_TESTING", "ACCEPTED", "ONLINE", "ONLINE", "IN_DEVELOPMENT", "DROPPED", "MOVED"}).Draw(t, "to")
	in.Terminals = m.terminals(t)
	in.FromVersion = m.from(t)
	if in.To == "MOVED" {
		to := m.anyBatch(t)
		in.ToBatch = &to
	}
	those := map[string][]string{
		"IN_TESTING": developers, "ACCEPTED": testers, "ONLINE": developers, "IN_DEVELOPMENT": testers, "DROPPED": editors, "MOVED": editors,
	}[in.To]
	allowed(t, m.move(t, those, in))
}

// HandOver takes the items of a batch as far as they go, step by step.
func (m *model) HandOver(t *rapid.T) {
	in := catalog.TransitionInput{Batch: m.anyBatch(t), Terminals: m.terminals(t)}
	for _, step := range []struct {
		to    string
		those []string
	}{{"IN_TESTING", developers}, {"ACCEPTED", testers}, {"ONLINE", developers}} {
		in.To = step.to
		allowed(t, m.move(t, step.those, in))
	}
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
	m.approve(t, number)
}

// Publish publishes a batch by itself: a dry run says what will be done, and what is refused.
func (m *model) Publish(t *rapid.T) {
	env, number := m.anyEnvironment(t, "environment"), m.anyBatch(t)
	ctx := m.by(t, developers)
	in := release.PublishInput{App: m.app.Key, Environment: env.Key, Batch: &number, Reason: "so it is", Terminals: m.terminals(t), FromVersion: m.from(t), DryRun: true}
	preview, err := m.releases.Publish(ctx, in)
	if !allowed(t, err) {
		return
	}
	in.DryRun = false
	out, err := m.releases.Publish(ctx, in)
	if len(preview.Refusals) > 0 {
		require.Error(t, err, "though the preview had %v", preview.Refusals[0])
		require.Equal(t, preview.Refusals[0].Reason, reason(err))
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
	_, err := m.releases.Rollback(m.by(t, developers), in)
	if reason(err) == "nothing_to_publish" {
		require.Equal(t, m.after[env.Key][to-1], m.last(env))
		return
	}
	if allowed(t, err) {
		require.Equal(t, m.after[env.Key][to-1], m.now(t, env), "the very same hashes")
	}
}
