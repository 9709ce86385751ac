package catalog

import (
	"context"
	stdsql "database/sql"
	"fmt"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/store"
)

// List is a list that can be read page by page, and counted. It is only a question: nothing is read before Page or Count
// is called, each of which asks the database once more. A List may be used again and by several goroutines.
type List[T any] struct {
	s      *Service
	t      *table[T]
	order  ordering[T]
	action auth.Action
	appKey *string
	// inApp narrows to one app, given its id.
	inApp func(s *sql.Selector, appID string)
	where []narrow
	err   error // what was wrong with the question
}

// Page reads one page: two statements where the list is of one app, otherwise one.
func (l List[T]) Page(ctx context.Context, args PageArgs) (*Page[T], error) {
	v, appID, err := l.authorize(ctx)
	if err != nil {
		return nil, err
	}
	at, err := readStretch(args, &l.order.orderSpec)
	if err != nil {
		return nil, err
	}
	rows, err := l.t.all(ctx, l.s.read, func(q *sql.Selector) {
		l.narrow(q, v, appID)
		if at.from != nil {
			q.Where(l.order.relative(q, &at, onwards))
		}
		q.OrderExpr(l.order.sort(q, at.backward)...).Limit(at.fetch())
	})
	if err != nil {
		return nil, fmt.Errorf("read a page of %s: %w", l.t.name, store.Fault(err))
	}
	p, unsure := l.order.page(&at, rows)
	if !unsure {
		return p, nil
	}
	q := l.t.selectFrom(ctx, l.s.store.Dialect())
	l.narrow(q, v, appID)
	q.SelectExpr(sql.Raw("1")).Where(l.order.relative(q, &at, before)).Limit(1)
	err = scan(ctx, l.s.read, q, func(*stdsql.Rows) error { p.comesAfterSome(&at); return nil })
	if err != nil {
		return nil, fmt.Errorf("look beside a page of %s: %w", l.t.name, err)
	}
	return p, nil
}

// Count returns how many rows the list has in all.
func (l List[T]) Count(ctx context.Context) (int, error) {
	v, appID, err := l.authorize(ctx)
	if err != nil {
		return 0, err
	}
	q := l.t.selectFrom(ctx, l.s.store.Dialect())
	l.narrow(q, v, appID)
	n := 0
	err = scan(ctx, l.s.read, q.Count(), func(rows *stdsql.Rows) error { return rows.Scan(&n) })
	if err != nil {
		return 0, fmt.Errorf("count %s: %w", l.t.name, err)
	}
	return n, nil
}

// authorize judges the question by the action's rule, and resolves the app's key.
func (l *List[T]) authorize(ctx context.Context) (v *visibility, appID string, err error) {
	if l.appKey == nil {
		if err := auth.Allow(ctx, l.action, ""); err != nil {
			return nil, "", err
		}
	} else {
		app, err := l.s.appByKey(ctx, l.action, *l.appKey)
		if err != nil {
			return nil, "", err
		}
		appID = app.ID
	}
	if l.err != nil {
		return nil, "", l.err
	}
	v, err = seeing(ctx)
	return v, appID, err
}

func (l *List[T]) narrow(q *sql.Selector, v *visibility, appID string) {
	if l.appKey != nil {
		l.inApp(q, appID)
	}
	l.t.apply(q, v)
	for _, n := range l.where {
		n(q)
	}
}

// selectFrom begins a statement on the table that reads no rows of it.
func (t *table[T]) selectFrom(ctx context.Context, dialect string) *sql.Selector {
	return sql.Dialect(dialect).Select().From(sql.Table(t.name)).WithContext(ctx)
}
