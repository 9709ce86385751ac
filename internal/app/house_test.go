package app_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/batchitem"
	"github.com/waymarkhq/waymark/ent/environment"
	"github.com/waymarkhq/waymark/ent/releaseslot"
	"github.com/waymarkhq/waymark/internal/app"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/release"
	"github.com/waymarkhq/waymark/internal/store"
	"github.com/waymarkhq/waymark/internal/testkit"
)

// house is the plans and their releases as the program joins them, on one database, with an app "shop" on ios and android.
type house struct {
	t        testing.TB
	store    *store.Store
	plans    *catalog.Service
	releases *release.Service
	app      *ent.App
	ctx      context.Context // an administrator's
	dev, qa  context.Context // a developer's and a tester's
}

type silent struct{}

func (silent) Notify(string, []byte) error { return nil }

func eachHouse(t *testing.T, template plan.Template, f func(t *testing.T, h *house)) {
	t.Helper()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		h := &house{t: t, store: s}
		now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
		h.plans, h.releases = app.Governance(s, silent{}, func() time.Time { now = now.Add(time.Second); return now }, slog.New(slog.DiscardHandler))
		h.ctx = h.as("usr_ann", auth.Admin)
		terminals := []catalog.NewTerminalInput{
			{Key: "ios", Name: "iOS", Kind: plan.TerminalIOS}, {Key: "android", Name: "Android", Kind: plan.TerminalAndroid},
		}
		var err error
		h.app, err = h.plans.CreateApp(h.ctx, catalog.CreateAppInput{Key: "shop", Name: "Shop", Terminals: terminals})
		require.NoError(t, err)
		_, err = h.plans.UpdateApp(h.ctx, catalog.UpdateAppInput{ID: h.app.ID, Template: &template})
		require.NoError(t, err)
		h.dev, h.qa = h.as("usr_dev", auth.Developer), h.as("usr_qa", auth.Tester)
		f(t, h)
	})
}

func (h *house) as(id string, role auth.Role) context.Context {
	of := auth.Identity{UserID: id, Name: id}
	if role == auth.Admin {
		of.Organisation = auth.SetOf(role)
	} else {
		of.Apps = map[string]auth.RoleSet{h.app.ID: auth.SetOf(role)}
	}
	return auth.With(h.t.Context(), auth.NewPrincipal(of))
}

func (h *house) batch(change ...func(*catalog.CreateBatchInput)) *ent.Batch {
	h.t.Helper()
	in := catalog.CreateBatchInput{App: "shop", Title: "需求"}
	for _, f := range change {
		f(&in)
	}
	b, err := h.plans.CreateBatch(h.ctx, in)
	require.NoError(h.t, err)
	return b
}

func ofType(t plan.BatchType) func(*catalog.CreateBatchInput) {
	return func(in *catalog.CreateBatchInput) { in.Type = t }
}

// planned is a batch with a new event, approved.
func (h *house) planned(key string) (*ent.Batch, *ent.Event) {
	h.t.Helper()
	b := h.batch()
	e, err := h.plans.CreateEvent(h.ctx, catalog.CreateEventInput{
		Batch: b.Number, Kind: plan.KindTrack, Name: key, WireName: &key, Level: plan.LevelP1,
	})
	require.NoError(h.t, err)
	h.approve(b)
	return b, e
}

// changing is a batch that gives an event another description, approved.
func (h *house) changing(e *ent.Event, text string) *ent.Batch {
	h.t.Helper()
	b := h.batch()
	require.NoError(h.t, h.describe(b, e, text))
	h.approve(b)
	return b
}

func (h *house) describe(b *ent.Batch, e *ent.Event, text string) error {
	_, err := h.plans.UpdateEvent(h.ctx, catalog.UpdateEventInput{ID: e.ID, Batch: &b.Number, Description: &text})
	return err
}

func (h *house) approve(b *ent.Batch) {
	h.t.Helper()
	if a := h.store.Read().App.GetX(h.t.Context(), h.app.ID); a.Template != plan.TemplateLight {
		h.moved(h.ctx, b, "IN_REVIEW")
		h.moved(h.as("usr_reviewer", auth.Reviewer), b, "APPROVED")
		return
	}
	h.moved(h.ctx, b, "APPROVED")
}

func (h *house) move(ctx context.Context, b *ent.Batch, to string, change ...func(*catalog.TransitionInput)) (*catalog.Transitioned, error) {
	in := catalog.TransitionInput{Batch: b.Number, To: to, Note: "so it was decided"}
	for _, f := range change {
		f(&in)
	}
	if to == "ACCEPTED" {
		testkit.SignOff(ctx, h.t, h.store, b.Number)
	}
	return h.plans.Transition(ctx, in)
}

func (h *house) moved(ctx context.Context, b *ent.Batch, to string, change ...func(*catalog.TransitionInput)) *catalog.Transitioned {
	h.t.Helper()
	out, err := h.move(ctx, b, to, change...)
	require.NoError(h.t, err)
	return out
}

func onIOS(in *catalog.TransitionInput) { in.Terminals = []string{"ios"} }

// online takes an approved batch to production, step by step.
func (h *house) online(b *ent.Batch) {
	h.t.Helper()
	h.moved(h.dev, b, "IN_TESTING")
	h.moved(h.qa, b, "ACCEPTED")
	h.moved(h.dev, b, "ONLINE")
}

func (h *house) publish(ctx context.Context, env string, b *ent.Batch, change ...func(*release.PublishInput)) (*release.Outcome, error) {
	in := release.PublishInput{App: "shop", Environment: env, Batch: &b.Number, Reason: "so it was decided"}
	for _, f := range change {
		f(&in)
	}
	return h.releases.Publish(ctx, in)
}

func (h *house) rollback(env string, number int) {
	h.t.Helper()
	_, err := h.releases.Rollback(h.ctx, release.RollbackInput{App: "shop", Environment: env, Release: &number, Reason: "it broke"})
	require.NoError(h.t, err)
}

// held are the descriptions that an environment goes by, as "terminal description", in order; an event offline is "-".
func (h *house) held(env string) []string {
	h.t.Helper()
	ctx := h.t.Context()
	e := h.store.Read().Environment.Query().Where(environment.AppID(h.app.ID), environment.Key(env)).OnlyX(ctx)
	list := []string{}
	for _, s := range h.store.Read().ReleaseSlot.Query().Where(releaseslot.EnvironmentID(e.ID), releaseslot.EndedIsNil()).AllX(ctx) {
		f, err := plan.ParseFrozen(h.store.Read().Frozen.GetX(ctx, s.Hash).Body)
		require.NoError(h.t, err)
		text := f.Description
		if s.Offline {
			text = "-"
		}
		list = append(list, strings.TrimSpace(s.Terminal+" "+text))
	}
	slices.Sort(list)
	return list
}

// states are those of a batch and of its deliveries, as "terminal state".
func (h *house) states(b *ent.Batch) []string {
	h.t.Helper()
	ctx := h.t.Context()
	list := []string{string(h.store.Read().Batch.GetX(ctx, b.ID).State)}
	items := h.store.Read().BatchItem.Query().Where(batchitem.BatchID(b.ID)).WithDeliveries().AllX(ctx)
	for _, it := range items {
		for _, d := range it.Edges.Deliveries {
			list = append(list, fmt.Sprintf("%s %s", d.Terminal, d.State))
		}
	}
	slices.Sort(list[1:])
	return list
}

func (h *house) requireFault(err error, code fault.Code, reason string) {
	h.t.Helper()
	_ = h.refused(err, code, reason)
}

// refused is requireFault that returns what else the refusal says.
func (h *house) refused(err error, code fault.Code, reason string) *fault.Error {
	h.t.Helper()
	f, ok := errors.AsType[*fault.Error](err)
	require.True(h.t, ok, "%v", err)
	require.Equal(h.t, string(code)+" "+reason, string(f.Code)+" "+f.Reason, f.Message)
	return f
}
