package catalog

import (
	"fmt"
	"slices"

	"github.com/waymarkhq/waymark/internal/fault"
)

// How many nodes a page holds.
const (
	// DefaultPage is the size of a page when nobody says.
	DefaultPage = 20
	// MaxPage is the largest size that may be asked for.
	MaxPage = 200
)

// PageArgs ask for one page of a list: First nodes, from After on; or Last nodes, up to Before.
type PageArgs struct {
	First, Last   *int
	After, Before *string
}

// Page is one page of a list.
type Page[T any] struct {
	// Nodes are the rows, in the order of the list.
	Nodes []*T
	// HasNext and HasPrevious say whether the list has rows behind and before these.
	HasNext, HasPrevious bool

	order ordering[T]
}

// Cursor returns the position of the i-th node.
func (p *Page[T]) Cursor(i int) string { return p.order.cursor(p.Nodes[i]).String() }

// Start returns the first node's cursor, or nil on an empty page.
func (p *Page[T]) Start() *string { return p.end(0) }

// End returns the last node's cursor, or nil on an empty page.
func (p *Page[T]) End() *string { return p.end(len(p.Nodes) - 1) }

func (p *Page[T]) end(i int) *string {
	if len(p.Nodes) == 0 {
		return nil
	}
	c := p.Cursor(i)
	return &c
}

// stretch is a part of a list that has been asked for: at most size rows, going away from a position.
type stretch struct {
	size     int
	backward bool
	from     *cursor // nil: from the list's start, or end
}

// readStretch checks page arguments against the ordering that they are used with. Reasons: both_directions, out_of_range,
// bad_cursor, wrong_order.
func readStretch(args PageArgs, order *orderSpec) (stretch, error) {
	var f fault.Fields
	s := stretch{size: DefaultPage, backward: args.Last != nil || args.Before != nil}
	if s.backward && (args.First != nil || args.After != nil) {
		f.Add("last", "both_directions", "a page goes forward (first, after) or backward (last, before), not both")
		return s, f.Err()
	}
	name, size, position := "first", args.First, args.After
	cursorName := "after"
	if s.backward {
		name, size, position, cursorName = "last", args.Last, args.Before, "before"
	}
	if size != nil {
		s.size = *size
	}
	if s.size < 1 || s.size > MaxPage {
		f.Add(name, "out_of_range", fmt.Sprintf("a page holds 1 to %d nodes", MaxPage))
	}
	if position != nil {
		s.from = readCursor(cursorName, *position, order, &f)
	}
	return s, f.Err()
}

// fetch is how many rows have to be read to know all about the stretch: the row that it starts from, to see that there is
// one on that side, and one more than wanted, to see whether there is one on the other.
func (s *stretch) fetch() int {
	if s.from == nil {
		return s.size + 1
	}
	return s.size + 2
}

// page makes a page of what was read in the stretch's direction. Where it cannot tell whether there are rows on the side
// that it comes from, because the row of the cursor is gone, unsure is true.
func (o *ordering[T]) page(s *stretch, rows []*T) (p *Page[T], unsure bool) {
	behind := false
	if s.from != nil {
		behind = len(rows) > 0 && o.cursor(rows[0]).equal(s.from)
		unsure = !behind
		if behind {
			rows = rows[1:]
		}
	}
	ahead := len(rows) > s.size
	rows = rows[:min(len(rows), s.size)]
	p = &Page[T]{Nodes: rows, order: *o}
	if s.backward {
		slices.Reverse(rows)
		p.HasPrevious, p.HasNext = ahead, behind
	} else {
		p.HasPrevious, p.HasNext = behind, ahead
	}
	return p, unsure
}

// comesAfterSome notes that there are rows on the side that the page comes from.
func (p *Page[T]) comesAfterSome(s *stretch) {
	if s.backward {
		p.HasNext = true
	} else {
		p.HasPrevious = true
	}
}
