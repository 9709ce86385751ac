package catalog

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"entgo.io/ent/dialect/sql"
)

// OrderDirection is which way a list is ordered.
type OrderDirection string

// The directions.
const (
	Ascending  OrderDirection = "ASC"
	Descending OrderDirection = "DESC"
)

// orderSpec is what a list is ordered by: the given columns, then the id, all in one direction. The id makes every
// position in the list one of its own.
type orderSpec struct {
	name    string
	columns []orderColumn
	desc    bool
}

// orderColumn is an expression of the listed table that is never null.
type orderColumn struct {
	column string
	// format, if not empty, is an expression of the column, which stands for %s.
	format string
	kind   valueKind
}

func (c *orderColumn) read(raw json.RawMessage) (any, error) { return c.kind.read(raw) }

func (c *orderColumn) sql(s *sql.Selector) string {
	if c.format == "" {
		return s.C(c.column)
	}
	return fmt.Sprintf(c.format, s.C(c.column))
}

// ordering is an order of rows of type T.
type ordering[T any] struct {
	orderSpec
	// values returns what a row has in the columns; id its id.
	values func(*T) []any
	id     func(*T) string
	// compare compares what two rows have in the columns, as both databases do: texts by their bytes.
	compare func(a, b *T) int
}

func (o *ordering[T]) cursor(row *T) *cursor {
	c := &cursor{order: o.name, id: o.id(row)}
	if o.values != nil {
		c.values = o.values(row)
	}
	return c
}

// towards returns the ordering in the given direction, under a name that tells the two apart.
func (o ordering[T]) towards(d OrderDirection) ordering[T] {
	if d == Descending {
		o.name, o.desc = "-"+o.name, true
	}
	return o
}

// expressions returns the columns and the id as SQL.
func (o *orderSpec) expressions(s *sql.Selector) []string {
	list := make([]string, 0, len(o.columns)+1)
	for _, c := range o.columns {
		list = append(list, c.sql(s))
	}
	return append(list, s.C("id"))
}

// sort returns the ORDER BY terms for reading in the stretch's direction.
func (o *orderSpec) sort(s *sql.Selector, backward bool) []sql.Querier {
	suffix := ""
	if o.desc != backward {
		suffix = " DESC"
	}
	list := make([]sql.Querier, 0, len(o.columns)+1)
	for _, e := range o.expressions(s) {
		list = append(list, sql.Raw(e+suffix))
	}
	return list
}

// side says which rows are meant, as seen from a cursor in the direction of reading.
type side bool

const (
	onwards side = true  // the row of the cursor and what comes then
	before  side = false // what came before it
)

// relative returns the rows on one side of the stretch's cursor.
func (o *orderSpec) relative(s *sql.Selector, at *stretch, to side) *sql.Predicate {
	op := map[bool]string{true: " >= ", false: " < "}[bool(to)]
	if o.desc != at.backward {
		op = map[bool]string{true: " <= ", false: " > "}[bool(to)]
	}
	args := append(append([]any(nil), at.from.values...), at.from.id)
	return sql.P(func(b *sql.Builder) {
		b.WriteByte('(')
		for i, e := range o.expressions(s) {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(e)
		}
		b.WriteString(")" + op + "(")
		b.Args(args...)
		b.WriteByte(')')
	})
}

// arrange puts rows in order, which they mostly are in already.
func (o *ordering[T]) arrange(rows []*T, backward bool) {
	compare := func(a, b *T) int {
		n := cmp.Or(o.compare(a, b), cmp.Compare(o.id(a), o.id(b)))
		if o.desc != backward {
			return -n
		}
		return n
	}
	if !slices.IsSortedFunc(rows, compare) {
		slices.SortFunc(rows, compare)
	}
}

// textOrder orders by a column of texts.
func textOrder[T any](t *table[T], column string, value func(*T) string) ordering[T] {
	return oneColumn(t, column, textValue, func(r *T) any { return value(r) },
		func(a, b *T) int { return cmp.Compare(value(a), value(b)) })
}

// timeOrder orders by a column of times.
func timeOrder[T any](t *table[T], column string, value func(*T) time.Time) ordering[T] {
	return oneColumn(t, column, timeValue, func(r *T) any { return value(r).UTC() },
		func(a, b *T) int { return value(a).Compare(value(b)) })
}

// intOrder orders by a column of integers.
func intOrder[T any](t *table[T], column string, value func(*T) int) ordering[T] {
	return oneColumn(t, column, intValue, func(r *T) any { return int64(value(r)) },
		func(a, b *T) int { return cmp.Compare(value(a), value(b)) })
}

func oneColumn[T any](
	t *table[T], column string, kind valueKind, value func(*T) any, compare func(a, b *T) int,
) ordering[T] {
	return ordering[T]{
		orderSpec: orderSpec{name: t.name + "." + column, columns: []orderColumn{{column: column, kind: kind}}},
		values:    func(r *T) []any { return []any{value(r)} },
		id:        t.id,
		compare:   compare,
	}
}
