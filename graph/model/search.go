package model

import (
	"context"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/plan"
)

// SearchResultConnection is one page of what a search found. What is seldom selected is worked out only when it is.
type SearchResultConnection struct {
	Edges    []SearchResultEdge
	PageInfo PageInfo
	// Count counts all that the search finds.
	Count func(ctx context.Context) (*SearchFacets, error)
}

// Nodes returns what was found.
func (c *SearchResultConnection) Nodes() []Node {
	nodes := make([]Node, len(c.Edges))
	for i, e := range c.Edges {
		nodes[i] = e.Node
	}
	return nodes
}

// Facets counts all that the search finds.
func (c *SearchResultConnection) Facets(ctx context.Context) (*SearchFacets, error) {
	return c.Count(ctx)
}

// SearchResultEdge is one thing that a search found.
type SearchResultEdge struct {
	Node Node
	Rank SearchRank
	// At returns its cursor, Explain where it holds what was looked for.
	At      func() string
	Explain func() ([]*SearchMatch, error)
}

// Cursor returns its position.
func (e SearchResultEdge) Cursor() string { return e.At() }

// Matches returns where it holds what was looked for.
func (e SearchResultEdge) Matches() ([]*SearchMatch, error) { return e.Explain() }

// What the schema says of a search.
type (
	// SearchType is what a search can find.
	SearchType string
	// SearchRank is how good a hit is.
	SearchRank string
	// SearchField is a field that something can be found by.
	SearchField string
	// SearchMatch is where a result holds what was looked for.
	SearchMatch struct {
		Field     SearchField
		Fragments []*SearchFragment
	}
	// SearchFragment is a piece of a text, and whether it is what was found.
	SearchFragment struct {
		Text  string
		Found bool
	}
	// SearchFacets is how many results there are, by where they belong.
	SearchFacets struct {
		TotalCount int
		Complete   bool
		Types      []*SearchTypeCount
		Apps       []*SearchAppCount
		Kinds      []*SearchKindCount
		Levels     []*SearchLevelCount
		Modules    []*SearchModuleCount
	}
	// SearchTypeCount is how many results are of a type.
	SearchTypeCount struct {
		Type  SearchType
		Count int
	}
	// SearchAppCount is how many results belong to an app.
	SearchAppCount struct {
		App   *ent.App
		Count int
	}
	// SearchKindCount is how many events are of a kind.
	SearchKindCount struct {
		Kind  plan.EventKind
		Count int
	}
	// SearchLevelCount is how many events are of a level.
	SearchLevelCount struct {
		Level plan.Level
		Count int
	}
	// SearchModuleCount is how many events are of a module.
	SearchModuleCount struct {
		Module string
		Count  int
	}
)

// SearchRanks lists the ranks, the best first.
func SearchRanks() []SearchRank {
	return []SearchRank{"EXACT", "PREFIX", "WORD", "TEXT", "PINYIN", "FUZZY"}
}

// What the schema says of similar names.
type (
	// SimilarType is what can have nearly the same name as something else.
	SimilarType string
	// SimilarCode is in which way two names are nearly the same.
	SimilarCode string
	// SimilarName is something that nearly has a name.
	SimilarName struct {
		Code           SimilarCode
		Message        string
		Field, FoundIn SearchField
		Text           string
		Node           Node
	}
)
