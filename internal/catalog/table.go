package catalog

import (
	"context"
	"fmt"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/store"
)

// narrow adds conditions to a statement.
type narrow func(*sql.Selector)

// table is a table of rows T, as far as reading needs to know it.
type table[T any] struct {
	name string
	// all reads the rows that the modified statement selects.
	all func(ctx context.Context, c *ent.Client, modify func(*sql.Selector)) ([]*T, error)
	id  func(*T) string
	// visible narrows to what belongs to the given apps (see visibility).
	visible func(s *sql.Selector, v *visibility)
}

// visibility is what the asking person may see: everything, or the apps with the given ids.
type visibility struct {
	all  bool
	apps []string
}

// seeing returns what the asking person may see; UNAUTHENTICATED for nobody.
func seeing(ctx context.Context) (*visibility, error) {
	all, apps, err := auth.Visible(ctx)
	if err != nil {
		return nil, err
	}
	return &visibility{all: all, apps: apps}, nil
}

// apply narrows a statement on t to what may be seen.
func (t *table[T]) apply(s *sql.Selector, v *visibility) {
	if !v.all {
		t.visible(s, v)
	}
}

// byApp is the visibility of rows whose column names their app.
func byApp(column string) func(*sql.Selector, *visibility) {
	return func(s *sql.Selector, v *visibility) { s.Where(among(s.C(column), v.apps)) }
}

// byAppOrGlobal is the visibility of rows that belong to an app or to all.
func byAppOrGlobal(s *sql.Selector, v *visibility) {
	s.Where(sql.Or(among(s.C("app_id"), v.apps), sql.IsNull(s.C("app_id"))))
}

// byOwner is the visibility of rows that a row of another table owns.
func byOwner(column, owner string, visible func(*sql.Selector, *visibility)) func(*sql.Selector, *visibility) {
	return func(s *sql.Selector, v *visibility) {
		o := sql.Dialect(s.Dialect()).Select("id").From(sql.Table(owner))
		visible(o, v)
		s.Where(sql.In(s.C(column), o))
	}
}

// byID reads the rows with the given ids, in one statement, as far as they may be seen.
func byID[T any](ctx context.Context, s *Service, t *table[T], ids []string) (map[string]*T, error) {
	found := make(map[string]*T, len(ids))
	if len(ids) == 0 {
		return found, nil
	}
	v, err := seeing(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := t.all(ctx, s.read, func(q *sql.Selector) {
		q.Where(among(q.C("id"), ids))
		t.apply(q, v)
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", t.name, store.Fault(err))
	}
	for _, row := range rows {
		found[t.id(row)] = row
	}
	return found, nil
}

// all reads the rows of t that n leaves, in the order of the terms.
func all[T any](ctx context.Context, s *Service, t *table[T], n narrow, terms ...string) ([]*T, error) {
	v, err := seeing(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := t.all(ctx, s.read, func(q *sql.Selector) {
		n(q)
		t.apply(q, v)
		for _, term := range terms {
			q.OrderBy(q.C(term))
		}
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", t.name, store.Fault(err))
	}
	return rows, nil
}
