package graph

import (
	"context"
	"maps"
	"slices"

	"github.com/waymarkhq/waymark/graph/model"
	"github.com/waymarkhq/waymark/graph/sibling"
	"github.com/waymarkhq/waymark/internal/catalog"
)

// row is a pointer to a row T.
type row[T any] interface {
	*T
	sibling.Row
}

// one resolves a relation to at most one row, of which the parent holds the id (empty for none). Read reads rows by id,
// in one statement.
func one[P sibling.Row, T any, R row[T]](
	ctx context.Context, parent P, ref func(P) string, read func(ctx context.Context, ids []string) (map[string]*T, error),
) (*T, error) {
	if ref(parent) == "" {
		return nil, nil //nolint:nilnil // null is GraphQL's word for "none"
	}
	return sibling.Load(ctx, parent, func(ctx context.Context, parents []P) (map[string]*T, error) {
		rows, err := read(ctx, distinct(parents, ref))
		if err != nil {
			return nil, err
		}
		found := make(map[string]*T, len(parents))
		for _, p := range parents {
			if r := rows[ref(p)]; r != nil {
				found[p.NodeID()] = r
			}
		}
		register[T, R](ctx, slices.Collect(maps.Values(rows)))
		return found, nil
	})
}

// many resolves a relation to a list without paging. Read reads the rows of many parents, by their ids, in one statement.
func many[P sibling.Row, T any, R row[T]](
	ctx context.Context, parent P, read func(ctx context.Context, parents []string) (map[string][]*T, error),
) ([]*T, error) {
	return sibling.Load(ctx, parent, func(ctx context.Context, parents []P) (map[string][]*T, error) {
		found, err := read(ctx, distinct(parents, P.NodeID))
		register[T, R](ctx, slices.Collect(maps.Values(found))...)
		return found, err
	})
}

// children resolves a relation to a connection.
func children[P sibling.Row, T any, R row[T]](
	ctx context.Context, parent P, list catalog.Children[T], args catalog.PageArgs,
) (*model.Connection[*T], error) {
	page, err := sibling.Load(ctx, parent, func(ctx context.Context, parents []P) (map[string]*catalog.Page[T], error) {
		pages, err := list.Pages(ctx, distinct(parents, P.NodeID), args)
		nodes := make([][]*T, 0, len(pages))
		for _, p := range pages {
			nodes = append(nodes, p.Nodes)
		}
		register[T, R](ctx, nodes...)
		return pages, err
	})
	if err != nil {
		return nil, err
	}
	return connection(page, func(ctx context.Context) (int, error) {
		return sibling.Load(ctx, parent, func(ctx context.Context, parents []P) (map[string]int, error) {
			return list.Counts(ctx, distinct(parents, P.NodeID))
		})
	}), nil
}

// listed resolves a root field to a connection.
func listed[T any, R row[T]](
	ctx context.Context, list catalog.List[T], args catalog.PageArgs,
) (*model.Connection[*T], error) {
	page, err := list.Page(ctx, args)
	if err != nil {
		return nil, err
	}
	register[T, R](ctx, page.Nodes)
	return connection(page, list.Count), nil
}

// register is sibling.Register for lists of rows by pointer.
func register[T any, R row[T]](ctx context.Context, lists ...[]*T) {
	var all []R
	for _, rows := range lists {
		for _, r := range rows {
			all = append(all, R(r))
		}
	}
	sibling.Register(ctx, all...)
}

// distinct returns the distinct non-empty keys of rows, in their order.
func distinct[P any](rows []P, key func(P) string) []string {
	seen := make(map[string]struct{}, len(rows))
	keys := make([]string, 0, len(rows))
	for _, r := range rows {
		k := key(r)
		if _, known := seen[k]; k != "" && !known {
			seen[k] = struct{}{}
			keys = append(keys, k)
		}
	}
	return keys
}

func connection[T any](p *catalog.Page[T], count func(context.Context) (int, error)) *model.Connection[*T] {
	return &model.Connection[*T]{
		Nodes: p.Nodes, Cursor: p.Cursor, Count: count,
		PageInfo: model.PageInfo{
			HasNextPage: p.HasNext, HasPreviousPage: p.HasPrevious, Size: len(p.Nodes), Cursor: p.Cursor,
		},
	}
}
