package graph

import (
	"context"
	"slices"

	"github.com/99designs/gqlgen/graphql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/graph/model"
	"github.com/waymarkhq/waymark/graph/sibling"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/plan"
)

func (r *Resolver) search(ctx context.Context, ask catalog.SearchQuery) (*model.SearchResultConnection, error) {
	ask.Counted = slices.Contains(graphql.CollectAllFields(ctx), "facets")
	page, err := r.Catalog.Search(ctx, ask)
	if err != nil {
		return nil, err
	}
	edges := make([]model.SearchResultEdge, len(page.Rows))
	for i, row := range page.Rows {
		edges[i] = model.SearchResultEdge{
			Node: row, Rank: model.SearchRanks()[page.Rank(i)],
			At:      func() string { return page.Cursor(i) },
			Explain: func() ([]*model.SearchMatch, error) { return searchMatches(page, i) },
		}
		registerFound(ctx, row)
	}
	return &model.SearchResultConnection{
		Edges: edges,
		PageInfo: model.PageInfo{
			HasNextPage: page.HasNext, HasPreviousPage: ask.After != nil, Size: len(edges), Cursor: page.Cursor,
		},
		Count: func(ctx context.Context) (*model.SearchFacets, error) { return r.searchFacets(ctx, page) },
	}, nil
}

// texts is a list of names of another type.
func texts[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}

func searchMatches(page *catalog.SearchPage, i int) ([]*model.SearchMatch, error) {
	found, err := page.Matches(i)
	if err != nil {
		return nil, err
	}
	matches := make([]*model.SearchMatch, len(found))
	for i, m := range found {
		matches[i] = &model.SearchMatch{Field: model.SearchField(m.Field)}
		for _, f := range m.Fragments {
			matches[i].Fragments = append(matches[i].Fragments, &model.SearchFragment{Text: f.Text, Found: f.Found})
		}
	}
	return matches, nil
}

func (r *Resolver) searchFacets(ctx context.Context, page *catalog.SearchPage) (*model.SearchFacets, error) {
	counted, err := r.Catalog.Facets(ctx, page)
	if err != nil {
		return nil, err
	}
	apps, err := r.Catalog.AppsByID(ctx, distinct(counted.Apps, func(c catalog.FacetCount) string { return c.Value }))
	if err != nil {
		return nil, err
	}
	facets := &model.SearchFacets{TotalCount: counted.TotalCount, Complete: counted.Complete}
	for _, c := range counted.Types {
		facets.Types = append(facets.Types, &model.SearchTypeCount{Type: model.SearchType(c.Value), Count: c.Count})
	}
	for _, c := range counted.Apps {
		if app := apps[c.Value]; app != nil {
			facets.Apps = append(facets.Apps, &model.SearchAppCount{App: app, Count: c.Count})
			sibling.Register(ctx, app)
		}
	}
	for _, c := range counted.Kinds {
		facets.Kinds = append(facets.Kinds, &model.SearchKindCount{Kind: plan.EventKind(c.Value), Count: c.Count})
	}
	for _, c := range counted.Levels {
		facets.Levels = append(facets.Levels, &model.SearchLevelCount{Level: plan.Level(c.Value), Count: c.Count})
	}
	for _, c := range counted.Modules {
		facets.Modules = append(facets.Modules, &model.SearchModuleCount{Module: c.Value, Count: c.Count})
	}
	return facets, nil
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
	case *ent.DataIncident:
		sibling.Register(ctx, row)
	}
}
