package catalog

import (
	"cmp"
	"context"
	"slices"

	"github.com/waymarkhq/waymark/internal/store"
)

// SearchFacets counts what a search finds in all, by where it belongs; the most frequent first.
type SearchFacets struct {
	// TotalCount is how many hits there are.
	TotalCount int
	// Complete is false where only the first of very many hits were counted.
	Complete bool
	// Types are kinds of the index; Apps are by app id, Kinds, Levels and Modules those of events.
	Types, Apps, Kinds, Levels, Modules []FacetCount
}

// FacetCount is how many hits have a value.
type FacetCount struct {
	Value string
	Count int
}

// Facets counts all hits of the search that the page is of.
func (s *Service) Facets(ctx context.Context, p *SearchPage) (*SearchFacets, error) {
	counts, complete, err := s.store.CountHits(ctx, p.asked)
	if err != nil {
		return nil, err
	}
	f := &SearchFacets{Complete: complete}
	for _, c := range counts {
		f.TotalCount += c.Count
	}
	by := func(value func(store.SearchCount) string) []FacetCount { return facet(counts, value) }
	f.Types = by(func(c store.SearchCount) string { return c.Kind })
	f.Apps = by(func(c store.SearchCount) string { return c.AppID })
	f.Kinds = by(func(c store.SearchCount) string { return c.EventKind })
	f.Levels = by(func(c store.SearchCount) string { return c.Level })
	f.Modules = by(func(c store.SearchCount) string { return c.Module })
	return f, nil
}

// facet adds up counts by a value, leaving out those that have none.
func facet(counts []store.SearchCount, value func(store.SearchCount) string) []FacetCount {
	by := map[string]int{}
	for _, c := range counts {
		if v := value(c); v != "" {
			by[v] += c.Count
		}
	}
	out := make([]FacetCount, 0, len(by))
	for v, n := range by {
		out = append(out, FacetCount{Value: v, Count: n})
	}
	slices.SortFunc(out, func(a, b FacetCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value))
	})
	return out
}
