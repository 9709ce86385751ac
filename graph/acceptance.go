package graph

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/graph/model"
	"github.com/waymarkhq/waymark/graph/sibling"
	"github.com/waymarkhq/waymark/internal/acceptance"
	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/coverage"
)

// productionChecks resolves what production sends of what batches brought online.
func (r *Resolver) productionChecks(ctx context.Context, of *ent.Batch) ([]*acceptance.ProductionCheck, error) {
	return sibling.Load(ctx, of, func(ctx context.Context, all []*ent.Batch) (map[string][]*acceptance.ProductionCheck, error) {
		found, err := r.Acceptance.ProductionChecks(ctx, all)
		for _, list := range found {
			for _, c := range list {
				sibling.Register(ctx, c.Event)
			}
		}
		return found, err
	})
}

// capturedOne makes a node of a captured event, or null of none.
func capturedOne(ctx context.Context, c *capture.Captured) *model.CapturedEvent {
	if c == nil {
		return nil
	}
	one := model.CapturedEvents([]*capture.Captured{c})
	sibling.Register(ctx, one...)
	return &one[0]
}

// coverageOf makes the public face of coverage. What is of events that are gone is left out.
func (r *Resolver) coverageOf(ctx context.Context, c *coverage.Coverage, err error) (*model.Coverage, error) {
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(c.Cells))
	for i := range c.Cells {
		ids[i] = c.Cells[i].EventID
	}
	events, err := r.Catalog.EventsByID(ctx, distinct(ids, func(id string) string { return id }))
	sibling.Register(ctx, slices.Collect(maps.Values(events))...)
	shown := *c
	shown.Cells = slices.DeleteFunc(slices.Clone(c.Cells), func(s coverage.CellState) bool { return events[s.EventID] == nil })
	return &model.Coverage{Coverage: &shown, Events: events}, err
}

// sessionsOf resolves the sessions that a sign-off rests on.
func (r *Resolver) sessionsOf(ctx context.Context, of *ent.SignOff) ([]*ent.CaptureSession, error) {
	rows, err := r.Catalog.CaptureSessionsByID(ctx, of.SessionIds)
	var list []*ent.CaptureSession
	for _, id := range of.SessionIds {
		if rows[id] != nil {
			list = append(list, rows[id])
		}
	}
	sibling.Register(ctx, list...)
	return list, err
}

// buildsOf resolves the builds that a report names.
func buildsOf(of *ent.SignOff) ([]*model.SignOffBuild, error) {
	var report acceptance.Report
	if err := json.Unmarshal(of.Report, &report); err != nil {
		return nil, err
	}
	list := []*model.SignOffBuild{}
	for _, b := range report.Builds {
		if slices.Contains(of.Terminals, b.Terminal) {
			list = append(list, &model.SignOffBuild{Terminal: b.Terminal, Builds: b.Builds})
		}
	}
	return list, nil
}

// evidenceOf resolves the event that shows what is wrong, or null.
func (r *Resolver) evidenceOf(ctx context.Context, ref *coverage.Ref) (*model.CoverageEvidence, error) {
	if ref == nil {
		return nil, nil //nolint:nilnil // null is GraphQL's word for "none"
	}
	id := acceptance.EvidenceID(ref.Session, ref.Seq)
	found, err := r.Acceptance.EvidenceByID(ctx, []string{id})
	if err != nil || found[id] == nil {
		return nil, err
	}
	e := model.CoverageEvidence{Evidence: found[id]}
	sibling.Register(ctx, e.Captured())
	sibling.Register(ctx, e.Session())
	return &e, nil
}

// evidenceByID reads evidence as nodes.
func (r *Resolver) evidenceByID(ctx context.Context, ids []string) (map[string]model.Node, error) {
	found, err := r.Acceptance.EvidenceByID(ctx, ids)
	out := make(map[string]model.Node, len(found))
	for id, e := range found {
		one := model.CoverageEvidence{Evidence: e}
		sibling.Register(ctx, one.Captured())
		sibling.Register(ctx, one.Session())
		out[id] = one
	}
	return out, err
}

// appKeyOf returns the key of the app that something is of.
func (r *Resolver) appKeyOf(ctx context.Context, appID string) (string, error) {
	rows, err := r.Catalog.AppsByID(ctx, []string{appID})
	if err != nil || rows[appID] == nil {
		return "", err
	}
	return rows[appID].Key, nil
}

// textOrNull is null for an empty text.
func textOrNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
