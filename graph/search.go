package graph

import (
	"context"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/graph/model"
	"github.com/waymarkhq/waymark/graph/sibling"
	"github.com/waymarkhq/waymark/internal/catalog"
)

func (r *Resolver) search(
	ctx context.Context, query string, app *string, types []model.SearchType, first *int, after *string,
) (*model.Connection[model.Node], error) {
	ask := catalog.SearchQuery{Text: query, App: app, First: first, After: after}
	for _, t := range types {
		ask.Types = append(ask.Types, string(t))
	}
	page, err := r.Catalog.Search(ctx, ask)
	if err != nil {
		return nil, err
	}
	found := make([]model.Node, len(page.Rows))
	for i, row := range page.Rows {
		found[i] = row
		registerFound(ctx, row)
	}
	return &model.Connection[model.Node]{
		Nodes: found, Cursor: page.Cursor,
		PageInfo: model.PageInfo{
			HasNextPage: page.HasNext, HasPreviousPage: after != nil, Size: len(found), Cursor: page.Cursor,
		},
	}, nil
}

// registerFound registers a row under its own type.
func registerFound(ctx context.Context, row catalog.Row) {
	switch row := row.(type) {
	case *ent.App:
		sibling.Register(ctx, row)
	case *ent.Batch:
		sibling.Register(ctx, row)
	case *ent.Event:
		sibling.Register(ctx, row)
	case *ent.Property:
		sibling.Register(ctx, row)
	case *ent.ValueSet:
		sibling.Register(ctx, row)
	}
}
