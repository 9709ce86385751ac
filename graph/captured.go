package graph

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/graph/model"
	"github.com/waymarkhq/waymark/graph/sibling"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/collect"
	"github.com/waymarkhq/waymark/internal/fault"
)

// capturedEvents resolves the root field.
func (r *Resolver) capturedEvents(
	ctx context.Context, app, environment string, first *int, after *string, filter *model.CaptureFilter,
) (*model.Connection[model.CapturedEvent], error) {
	env, err := r.Catalog.EnvironmentByKey(ctx, "Query.capturedEvents", app, environment)
	if err != nil {
		return nil, err
	}
	return r.capturedOf(ctx, env, first, after, filter)
}

// capturedOf resolves what environments captured.
func (r *Resolver) capturedOf(
	ctx context.Context, env *ent.Environment, first *int, after *string, filter *model.CaptureFilter,
) (*model.Connection[model.CapturedEvent], error) {
	ask := collect.SampleQuery{By: collect.OfEnvironments, First: first, After: after, Filter: sampleFilter(filter)}
	return capturedPage(ctx, r, env, ask)
}

// samples resolves what events judged, in one environment of their app or in all.
func (r *Resolver) samples(
	ctx context.Context, e *ent.Event, environment *string, first *int, after *string, filter *model.CaptureFilter,
) (*model.Connection[model.CapturedEvent], error) {
	ask := collect.SampleQuery{By: collect.OfEvents, First: first, After: after, Filter: sampleFilter(filter)}
	if environment != nil {
		environments, err := r.environmentsNamed(ctx, *environment, sibling.Above[*ent.Event](ctx), e)
		if err != nil {
			return nil, err
		}
		ask.EnvironmentIDs = environments
	}
	return capturedPage(ctx, r, e, ask)
}

func capturedPage[P sibling.Row](
	ctx context.Context, r *Resolver, parent P, ask collect.SampleQuery,
) (*model.Connection[model.CapturedEvent], error) {
	page, err := sibling.Load(ctx, parent, func(ctx context.Context, parents []P) (map[string]*collect.SamplePage, error) {
		ask.Parents = distinct(parents, P.NodeID)
		pages, err := r.Samples.Pages(ctx, ask)
		for _, p := range pages {
			sibling.Register(ctx, model.CapturedEvents(p.Events)...)
		}
		return pages, err
	})
	if err != nil {
		return nil, err
	}
	return capturedConnection(page, ask), nil
}

func capturedConnection(page *collect.SamplePage, ask collect.SampleQuery) *model.Connection[model.CapturedEvent] {
	return &model.Connection[model.CapturedEvent]{
		Nodes: model.CapturedEvents(page.Events), Cursor: page.Cursor,
		PageInfo: model.PageInfo{
			HasNextPage: page.HasNext, HasPreviousPage: ask.After != nil, Size: len(page.Events), Cursor: page.Cursor,
		},
	}
}

// originalOf returns a masked record as it was reported, or null for viewers who may not see it.
func originalOf(ctx context.Context, c *model.CapturedEvent) (json.RawMessage, error) {
	p, err := auth.From(ctx)
	if err != nil || !c.HasOriginal() || !p.Can("CapturedEvent.original", auth.Object{App: c.AppID}) {
		return nil, err
	}
	return json.RawMessage(c.Unmasked().Raw), nil
}

// testRun resolves the root field.
func (r *Resolver) testRun(ctx context.Context, app, environment, id string) (*collect.TestRun, error) {
	env, err := r.Catalog.EnvironmentByKey(ctx, "Query.testRun", app, environment)
	if err != nil {
		return nil, err
	}
	return r.Runs.Run(ctx, env.ID, id)
}

// failuresOf resolves the events of a test run that are not as planned.
func (r *Resolver) failuresOf(ctx context.Context, run *collect.TestRun, first *int, after *string) (*model.Connection[model.CapturedEvent], error) {
	ask := collect.SampleQuery{
		By: collect.OfEnvironments, Parents: []string{run.EnvironmentID}, First: first, After: after,
		Filter: collect.SampleFilter{RunID: run.RunID, Verdicts: []capture.Verdict{capture.Invalid, capture.Unplanned}},
	}
	pages, err := r.Samples.Pages(ctx, ask)
	if err != nil {
		return nil, err
	}
	page := pages[run.EnvironmentID]
	sibling.Register(ctx, model.CapturedEvents(page.Events)...)
	return capturedConnection(page, ask), nil
}

// environmentsNamed returns the ids of the environments with a key in the apps of events.
func (r *Resolver) environmentsNamed(ctx context.Context, key string, events []*ent.Event, self *ent.Event) ([]string, error) {
	apps := distinct(append(slices.Clone(events), self), func(e *ent.Event) string { return e.AppID })
	of, err := sibling.Once(ctx, func(ctx context.Context) (map[string][]*ent.Environment, error) {
		return r.Catalog.EnvironmentsOf(ctx, apps)
	})
	ids := []string{}
	known := false
	for app, environments := range of {
		for _, e := range environments {
			if e.Key == key {
				ids = append(ids, e.ID)
				known = known || app == self.AppID
			}
		}
	}
	if err == nil && !known {
		err = fault.NotFoundf("Environment", key)
	}
	return ids, err
}

// capturedByID reads captured events by their ids.
func (r *Resolver) capturedByID(ctx context.Context, ids []string) (map[string]model.Node, error) {
	var seqs []int64
	for _, id := range ids {
		if seq, ok := model.CapturedSeq(id); ok {
			seqs = append(seqs, seq)
		}
	}
	rows, err := r.Samples.BySeq(ctx, seqs)
	found := make(map[string]model.Node, len(rows))
	for _, row := range rows {
		c := model.CapturedEvent{Captured: row}
		found[c.ID()] = c
		sibling.Register(ctx, c)
	}
	return found, err
}

// statistics resolves what the environments of an event's app have counted of it.
func (r *Resolver) statistics(ctx context.Context, e *ent.Event, environment *string) ([]*model.EventStatistics, error) {
	found, err := sibling.Load(ctx, e, func(ctx context.Context, events []*ent.Event) (map[string][]*model.EventStatistics, error) {
		seen, err := r.Samples.Seen(ctx, distinct(events, (*ent.Event).NodeID))
		if err != nil {
			return nil, err
		}
		of, err := r.Catalog.EnvironmentsOf(ctx, distinct(events, func(e *ent.Event) string { return e.AppID }))
		found := make(map[string][]*model.EventStatistics, len(events))
		for _, e := range events {
			for _, env := range of[e.AppID] {
				if environment == nil || *environment == env.Key {
					found[e.ID] = append(found[e.ID], r.statisticsOf(env, seen[e.ID][env.ID]))
					sibling.Register(ctx, env)
				}
			}
		}
		return found, err
	})
	if err == nil && environment != nil && len(found) == 0 {
		err = fault.NotFoundf("Environment", *environment)
	}
	return found, err
}

func (r *Resolver) statisticsOf(env *ent.Environment, s collect.Seen) *model.EventStatistics {
	out := &model.EventStatistics{
		Environment: env, Count: s.Count, InvalidCount: s.Invalid, Reporting: s.Reporting(r.Now()),
	}
	if s.Count > 0 {
		out.FirstSeenAt, out.LastSeenAt = &s.First, &s.Last
	}
	return out
}

func sampleFilter(f *model.CaptureFilter) collect.SampleFilter {
	if f == nil {
		return collect.SampleFilter{}
	}
	out := collect.SampleFilter{
		EventKeys: f.EventKeys, Verdicts: f.Verdicts, Codes: f.ViolationCodes, Terminals: f.Terminals,
		DeviceIDs: f.DeviceIds, UserIDs: f.UserIds, AppVersions: f.AppVersions,
	}
	if f.Text != nil {
		out.Text = *f.Text
	}
	out.ReceivedFrom, out.ReceivedBefore = receivedBound(f.ReceivedFrom), receivedBound(f.ReceivedBefore)
	return out
}

// receivedBound is a bound of the server's time, zero for none. Nothing was taken in before 1970.
func receivedBound(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	if epoch := time.Unix(0, 0); t.Before(epoch) {
		return epoch
	}
	return *t
}
