package graph

import (
	"context"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/graph/sibling"
	"github.com/waymarkhq/waymark/internal/catalog"
)

// usageOf resolves in which apps shared definitions are used.
func usageOf[P sibling.Row](
	ctx context.Context, obj P, read func(ctx context.Context, ids []string) (map[string]*catalog.Usage, error),
) (*catalog.Usage, error) {
	return sibling.Load(ctx, obj, func(ctx context.Context, parents []P) (map[string]*catalog.Usage, error) {
		found, err := read(ctx, distinct(parents, P.NodeID))
		for _, u := range found {
			sibling.Register(ctx, u)
		}
		return found, err
	})
}

// appsOfUsage resolves the apps that the viewer may see.
func (r *Resolver) appsOfUsage(ctx context.Context, obj *catalog.Usage) ([]*ent.App, error) {
	return sibling.Load(ctx, obj, func(ctx context.Context, parents []*catalog.Usage) (map[string][]*ent.App, error) {
		var ids []string
		for _, p := range parents {
			ids = append(ids, p.AppIDs...)
		}
		rows, err := r.Catalog.AppsByID(ctx, distinct(ids, func(id string) string { return id }))
		found := make(map[string][]*ent.App, len(parents))
		for _, p := range parents {
			for _, id := range p.AppIDs {
				if a := rows[id]; a != nil {
					found[p.ID] = append(found[p.ID], a)
					sibling.Register(ctx, a)
				}
			}
		}
		return found, err
	})
}
