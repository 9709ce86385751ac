package graph

import (
	"context"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/graph/model"
	"github.com/waymarkhq/waymark/graph/sibling"
	"github.com/waymarkhq/waymark/internal/acceptance"
	"github.com/waymarkhq/waymark/internal/capture"
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
