package graph

import (
	"context"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/graph/model"
	"github.com/waymarkhq/waymark/graph/sibling"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/plan"
)

// namingFindings resolves a page of what a naming says of the names of apps.
func (r *Resolver) namingFindings(
	ctx context.Context, obj *ent.App, naming *plan.Naming, first *int, after *string,
) (*model.NamingFindingConnection, error) {
	preview, err := sibling.Load(ctx, obj, func(ctx context.Context, apps []*ent.App) (map[string]*catalog.NamingPreview, error) {
		return r.Catalog.NamingFindings(ctx, apps, naming)
	})
	if err != nil {
		return nil, err
	}
	page, err := preview.Page(first, after)
	if err != nil {
		return nil, err
	}
	sibling.Register(ctx, page.Nodes...)
	return &model.NamingFindingConnection{
		Connection: model.Connection[*catalog.NamingFinding]{
			Nodes: page.Nodes, Cursor: page.Cursor, Count: func(context.Context) (int, error) { return preview.Total(), nil },
			PageInfo: model.PageInfo{
				HasNextPage: page.HasNext, HasPreviousPage: page.HasPrevious, Size: len(page.Nodes), Cursor: page.Cursor,
			},
		},
		Checked: preview.Checked, Counts: preview.Counts,
	}, nil
}
