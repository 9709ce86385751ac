package graph

import (
	"context"
	"strings"
	"time"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/graph/model"
	"github.com/waymarkhq/waymark/graph/sibling"
	"github.com/waymarkhq/waymark/internal/catalog"
)

// sharedRevision resolves the revision of the shared definition that brought an approval; nil for none.
func (r *Resolver) sharedRevision(ctx context.Context, obj *ent.Approval) (model.Node, error) {
	if obj.SharedID == "" {
		return nil, nil //nolint:nilnil // null is GraphQL's word for "none"
	}
	return sibling.Load(ctx, obj, func(ctx context.Context, parents []*ent.Approval) (map[string]model.Node, error) {
		byType := map[string][]string{}
		for _, id := range distinct(parents, func(a *ent.Approval) string { return a.SharedID }) {
			prefix, _, _ := strings.Cut(id, "_")
			byType[prefix] = append(byType[prefix], id)
		}
		found := make(map[string]model.Node, len(parents))
		for prefix, ids := range byType {
			rows, err := r.finders()[prefix](ctx, ids)
			if err != nil {
				return nil, err
			}
			for _, p := range parents {
				if row := rows[p.SharedID]; row != nil {
					found[p.ID] = row
				}
			}
		}
		return found, nil
	})
}

// approvedAt resolves what was the newest on the lines of events at a moment.
func (r *Resolver) approvedAt(ctx context.Context, obj *ent.Event, at time.Time) (*ent.Approval, error) {
	return sibling.Load(ctx, obj, func(ctx context.Context, events []*ent.Event) (map[string]*ent.Approval, error) {
		found, err := r.Catalog.ApprovedAt(ctx, distinct(events, func(e *ent.Event) string { return e.ID }), at)
		for _, a := range found {
			sibling.Register(ctx, a)
		}
		return found, err
	})
}

// blame resolves what gave the fields of events their values.
func (r *Resolver) blame(ctx context.Context, obj *ent.Event) ([]*catalog.BlameLine, error) {
	return sibling.Load(ctx, obj, func(ctx context.Context, events []*ent.Event) (map[string][]*catalog.BlameLine, error) {
		found, err := r.Catalog.BlameOf(ctx, distinct(events, func(e *ent.Event) string { return e.ID }))
		for _, lines := range found {
			sibling.Register(ctx, lines...)
			for _, l := range lines {
				sibling.Register(ctx, l.Approval)
			}
		}
		return found, err
	})
}
