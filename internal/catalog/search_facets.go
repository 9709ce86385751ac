package catalog

import (
	"cmp"
	"context"
	"slices"

	"github.com/waymarkhq/waymark/internal/store"
)

// MaxCounted is how many hits of a search are counted.
const MaxCounted = 500

// SearchFacets counts what a search finds, by where it belongs; the most frequent first.
type SearchFacets struct {
	// TotalCount is how many hits were counted: all, or the best MaxCounted.
	TotalCount int
	// Complete is false where there are more than were counted.
	Complete bool
	// Types are kinds of the index; Apps are by app id, Kinds, Levels and Modules those of events.
	Types, Apps, Kinds, Levels, Modules []FacetCount
}

// FacetCount is how many hits have a value.
type FacetCount struct {
	Value string
	Count int
}

// Facets counts the best hits of the search that the page is of: those that were read for a first page, and what has to be
// read beside.
func (s *Service) Facets(ctx context.Context, p *SearchPage) (*SearchFacets, error) {
	hits, more := p.first, p.beyond
	if len(hits) < MaxCounted && more {
		ask := p.asked
		ask.After, ask.Limit = nil, MaxCounted-len(hits)
		if len(hits) > 0 {
			ask.After = &hits[len(hits)-1].Cursor
		}
		rest, beyond, err := s.store.Search(ctx, ask)
		if err != nil {
			return nil, inPlaceOf("text", "query", err)
		}
		hits, more = slices.Concat(hits, rest), beyond
	}
	by := func(value func(*store.SearchHit) string) []FacetCount { return facet(hits, value) }
	return &SearchFacets{
		TotalCount: len(hits), Complete: !more,
		Types:   by(func(h *store.SearchHit) string { return h.Kind }),
		Apps:    by(func(h *store.SearchHit) string { return h.AppID }),
		Kinds:   by(func(h *store.SearchHit) string { return h.EventKind }),
		Levels:  by(func(h *store.SearchHit) string { return h.Level }),
		Modules: by(func(h *store.SearchHit) string { return h.Module }),
	}, nil
}

// facet counts hits by a value, leaving out those that have none.
func facet(hits []store.SearchHit, value func(*store.SearchHit) string) []FacetCount {
	by := map[string]int{}
	for i := range hits {
		if v := value(&hits[i]); v != "" {
			by[v]++
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
