package catalog

import (
	"context"
	stdsql "database/sql"
	"fmt"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/internal/store"
)

// Children is one and the same list of each of many parents, e.g. the events of apps, read for all of them in one
// statement. The parents are given by id, and have been read by the same person before. Like a List it is only a
// question.
type Children[T any] struct {
	s     *Service
	r     *relation[T]
	order ordering[T]
	where []narrow
	err   error // what was wrong with the question
}

// relation is a table whose rows have parents.
type relation[T any] struct {
	*table[T]
	// column names the parent, where a column of the table does.
	column string
	// of narrows a statement to the children of the given parents, and returns the expression of a child's parent.
	of func(s *sql.Selector, parents []string) string
	// parent returns the parent of a row that was read so.
	parent func(*T) string
}

// reference is the relation of rows with a column that names their parent.
func reference[T any](t *table[T], column string, parent func(*T) string) *relation[T] {
	return &relation[T]{table: t, column: column, parent: parent, of: func(s *sql.Selector, parents []string) string {
		s.Where(among(s.C(column), parents))
		return s.C(column)
	}}
}

// Pages reads one page of each parent's list, by the parent's id, in one statement (with a cursor at times two). Parents
// without children have an empty page.
func (c Children[T]) Pages(ctx context.Context, parents []string, args PageArgs) (map[string]*Page[T], error) {
	if c.err != nil {
		return nil, c.err
	}
	v, err := seeing(ctx)
	if err != nil {
		return nil, err
	}
	at, err := readStretch(args, &c.order.orderSpec)
	if err != nil || len(parents) == 0 {
		return map[string]*Page[T]{}, err
	}
	parents = distinct(parents)
	rows, err := c.r.all(ctx, c.s.read, func(q *sql.Selector) { c.first(q, v, &at, parents) })
	if err != nil {
		return nil, fmt.Errorf("read pages of %s: %w", c.r.name, store.Fault(err))
	}
	pages, unsure := c.split(&at, parents, rows)
	if len(unsure) == 0 {
		return pages, nil
	}
	return pages, c.lookBeside(ctx, v, &at, unsure, pages)
}

// first makes a statement select the rows of the stretch for each parent. The rows of one parent come in any order.
func (c *Children[T]) first(q *sql.Selector, v *visibility, at *stretch, parents []string) {
	each := len(parents) > 1 && c.r.column != ""
	parent := ""
	if each {
		c.narrowAll(q, v)
	} else {
		parent = c.narrow(q, v, parents)
	}
	if at.from != nil {
		q.Where(c.order.relative(q, at, onwards))
	}
	terms := c.order.sort(q, at.backward)
	switch {
	case each:
		firstOfEach(q, c.r.column, parents, at.fetch(), terms)
	case len(parents) > 1:
		firstRanked(q, parent, at.fetch(), terms)
	default:
		q.OrderExpr(terms...).Limit(at.fetch())
	}
}

// split deals the rows to their parents and makes a page of each parent's; unsure are the parents whose page cannot tell
// by itself whether there is something before it.
func (c *Children[T]) split(at *stretch, parents []string, rows []*T) (pages map[string]*Page[T], unsure []string) {
	groups := make(map[string][]*T, len(parents))
	for _, row := range rows {
		p := c.r.parent(row)
		groups[p] = append(groups[p], row)
	}
	pages = make(map[string]*Page[T], len(parents))
	for _, p := range parents {
		c.order.arrange(groups[p], at.backward)
		page, open := c.order.page(at, groups[p])
		pages[p] = page
		if open {
			unsure = append(unsure, p)
		}
	}
	return pages, unsure
}

// lookBeside asks for which of the parents there is something on the side that their page comes from.
func (c *Children[T]) lookBeside(
	ctx context.Context, v *visibility, at *stretch, parents []string, pages map[string]*Page[T],
) error {
	q := c.r.selectFrom(ctx, c.s.store.Dialect())
	parent := c.narrow(q, v, parents)
	q.Select(parent).Distinct().Where(c.order.relative(q, at, before))
	err := scan(ctx, c.s.read, q, func(rows *stdsql.Rows) error {
		var id string
		if err := rows.Scan(&id); err != nil {
			return err
		}
		pages[id].comesAfterSome(at)
		return nil
	})
	if err != nil {
		return fmt.Errorf("look beside pages of %s: %w", c.r.name, err)
	}
	return nil
}

// Counts returns how many children each parent has in all, by the parent's id, in one statement.
func (c Children[T]) Counts(ctx context.Context, parents []string) (map[string]int, error) {
	if c.err != nil {
		return nil, c.err
	}
	v, err := seeing(ctx)
	counts := make(map[string]int, len(parents))
	if err != nil || len(parents) == 0 {
		return counts, err
	}
	q := c.r.selectFrom(ctx, c.s.store.Dialect())
	parent := c.narrow(q, v, parents)
	q.Select(parent, "COUNT(*)").GroupBy(parent)
	err = scan(ctx, c.s.read, q, func(rows *stdsql.Rows) error {
		var id string
		var n int
		if err := rows.Scan(&id, &n); err != nil {
			return err
		}
		counts[id] = n
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("count %s: %w", c.r.name, err)
	}
	return counts, nil
}

// narrow narrows a statement to the children that are asked for, and returns the expression of their parent.
func (c *Children[T]) narrow(q *sql.Selector, v *visibility, parents []string) (parent string) {
	parent = c.r.of(q, parents)
	c.narrowAll(q, v)
	return parent
}

// narrowAll narrows a statement to the children of any parent.
func (c *Children[T]) narrowAll(q *sql.Selector, v *visibility) {
	c.r.apply(q, v)
	for _, n := range c.where {
		n(q)
	}
}
