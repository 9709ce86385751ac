package graph

import (
	"context"
	"maps"
	"slices"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/graph/model"
	"github.com/waymarkhq/waymark/graph/sibling"
	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/plan"
)

// unplanned resolves the root field.
func (r *Resolver) unplanned(
	ctx context.Context, app, environment string, states []plan.InboxState, first *int, after *string,
) (*model.UnplannedConnection, error) {
	page, err := r.Catalog.Unplanned(ctx, app, environment, catalog.UnplannedFilter{States: states}, first, after)
	if err != nil {
		return nil, err
	}
	sibling.Register(ctx, page.Nodes...)
	return &model.UnplannedConnection{
		Nodes: page.Nodes, Cursor: page.Cursor,
		PageInfo: model.PageInfo{HasNextPage: page.HasNext, HasPreviousPage: after != nil, Size: len(page.Nodes), Cursor: page.Cursor},
		Count:    func(context.Context) (int, error) { return page.Total, nil },
	}, nil
}

// sampleOf resolves the newest captured event with something that nobody planned.
func (r *Resolver) sampleOf(ctx context.Context, u *catalog.Unplanned) (*model.CapturedEvent, error) {
	found, err := sibling.Load(ctx, u, func(ctx context.Context, all []*catalog.Unplanned) (map[string]*capture.Captured, error) {
		seqs, err := r.Catalog.UnplannedSamples(ctx, all)
		if err != nil {
			return nil, err
		}
		events, err := r.Samples.BySeq(ctx, slices.Collect(maps.Values(seqs)))
		samples := make(map[string]*capture.Captured, len(events))
		for _, u := range all {
			if event := events[seqs[u.NodeID()]]; event != nil {
				samples[u.NodeID()] = event
				sibling.Register(ctx, model.CapturedEvent{Captured: event})
			}
		}
		return samples, err
	})
	if err != nil || found == nil {
		return nil, err
	}
	return &model.CapturedEvent{Captured: found}, nil
}

// draftOf resolves what would be planned of something that nobody planned.
func (r *Resolver) draftOf(ctx context.Context, u *catalog.Unplanned) (*catalog.UnplannedDraft, error) {
	return sibling.Load(ctx, u, r.Catalog.UnplannedDrafts)
}

func (r *Resolver) addUnplanned(ctx context.Context, input catalog.AddUnplannedInput) (*model.AddUnplannedPayload, error) {
	events, err := r.Catalog.AddUnplanned(ctx, input)
	if err != nil {
		return nil, err
	}
	sibling.Register(ctx, events...)
	return &model.AddUnplannedPayload{Events: events}, nil
}

func unplannedPayload(app *ent.App) *model.UnplannedPayload {
	return &model.UnplannedPayload{App: app, NotSeen: []int{}}
}

func (r *Resolver) ignoreUnplanned(ctx context.Context, input catalog.IgnoreUnplannedInput) (*model.UnplannedPayload, error) {
	app, notSeen, err := r.Catalog.IgnoreUnplanned(ctx, input)
	out, err := payload(ctx, app, err, unplannedPayload)
	if out != nil {
		out.NotSeen = append(out.NotSeen, notSeen...)
	}
	return out, err
}
