// Package sibling loads a relation for all rows of one level of a query at once.
//
// Resolvers run one row at a time. Rows that were loaded together are registered under the path of the field that
// brought them (aliases, without list indices). The first resolver that needs a relation of one of them loads it for all
// of them in one go and registers what it found; the others wait for it and pick their own. So a query costs one load
// for each of its relation fields, whatever the number of rows, and neither aliases, fragments nor @include can mislead
// it, because a path already has them worked in.
//
// A Store lives as long as one response and is safe for the concurrent use that gqlgen makes of it.
package sibling

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/99designs/gqlgen/graphql"
)

// Store holds the rows and loads of one response.
type Store struct {
	mu     sync.Mutex
	groups map[place]any // *group[P], by where the rows stand and their type
	loads  map[place]any // *load[R], by field and the type of its parents
}

// place is a field's path together with the type of the rows there, or of their parents.
type place struct {
	path string
	typ  reflect.Type
}

// Row is something with an id.
type Row interface{ NodeID() string }

// group holds the distinct rows of one place.
type group[P Row] struct {
	rows []P
	ids  map[string]struct{}
}

func (g *group[P]) has(id string) bool {
	_, known := g.ids[id]
	return known
}

func (g *group[P]) add(rows []P) {
	for _, r := range rows {
		key := r.NodeID()
		if _, known := g.ids[key]; !known {
			g.ids[key] = struct{}{}
			g.rows = append(g.rows, r)
		}
	}
}

type contextKey struct{}

// With returns a context with a fresh store, for one response.
func With(ctx context.Context) context.Context {
	return context.WithValue(ctx, contextKey{}, &Store{groups: map[place]any{}, loads: map[place]any{}})
}

func from(ctx context.Context) *Store {
	s, _ := ctx.Value(contextKey{}).(*Store)
	return s
}

// Register notes that the current field brought these rows, all of one Go type. Root fields call it, lists that come with
// their parent, and what fetches for Load.
func Register[P Row](ctx context.Context, rows ...P) {
	s := from(ctx)
	if s == nil || len(rows) == 0 {
		return
	}
	at := place{pathOf(ctx), reflect.TypeFor[P]()}
	s.mu.Lock()
	defer s.mu.Unlock()
	g, ok := s.groups[at].(*group[P])
	if !ok {
		g = &group[P]{ids: make(map[string]struct{}, len(rows))}
		s.groups[at] = g
	}
	g.add(rows)
}

// Load returns what fetch finds for row. It is called once for all of row's siblings (each id once) and returns what it
// found by the parent's id; where it found nothing for row, Load returns the zero value. Fetch runs in the context of the
// current field, so that it can Register what it found.
func Load[P Row, R any](
	ctx context.Context, row P, fetch func(ctx context.Context, parents []P) (map[string]R, error),
) (R, error) {
	s := from(ctx)
	if s == nil {
		found, err := fetch(ctx, []P{row})
		return found[row.NodeID()], err
	}
	l, parents := loadOf[P, R](ctx, s, row)
	l.once.Do(func() { l.found, l.err = fetch(ctx, parents) })
	return l.found[row.NodeID()], l.err
}

// Once returns what fetch returns; it is called once for the current field, whoever its parents are.
func Once[R any](ctx context.Context, fetch func(ctx context.Context) (R, error)) (R, error) {
	got, err := Load(ctx, everyone{}, func(ctx context.Context, _ []everyone) (map[string]R, error) {
		r, err := fetch(ctx)
		return map[string]R{"": r}, err
	})
	return got, err
}

// everyone stands for all parents of a field.
type everyone struct{}

// NodeID is the same for all.
func (everyone) NodeID() string { return "" }

// Above returns the rows of a type that were registered closest above the current field.
func Above[P Row](ctx context.Context) []P {
	s := from(ctx)
	if s == nil {
		return nil
	}
	path := pathOf(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, found := s.nearest(path, reflect.TypeFor[P]()); found != nil {
		if g, ok := found.(*group[P]); ok {
			return g.rows
		}
	}
	return nil
}

type load[R any] struct {
	once  sync.Once
	found map[string]R
	err   error
}

// loadOf returns the load of the current field for row's siblings, and these: of those that were registered above, the closest
// that row is one of. What hangs on a row may be of its type and closer. A row that nobody registered is loaded for itself.
func loadOf[P Row, R any](ctx context.Context, s *Store, row P) (*load[R], []P) {
	typ, path := reflect.TypeFor[P](), pathOf(ctx)
	self := row.NodeID()
	s.mu.Lock()
	defer s.mu.Unlock()
	rows, at := []P{row}, place{path + "#" + self, typ}
	for above, found := s.nearest(path, typ); found != nil; above, found = s.nearest(above, typ) {
		if g, ok := found.(*group[P]); ok && g.has(self) {
			rows, at.path = g.rows, path+"@"+above
			break
		}
	}
	l, ok := s.loads[at].(*load[R])
	if !ok {
		l = &load[R]{}
		s.loads[at] = l
	}
	return l, rows
}

// nearest returns the rows of a type that were registered closest above path, and where; nil for none.
func (s *Store) nearest(path string, typ reflect.Type) (above string, found any) {
	for path != "" {
		path = path[:max(strings.LastIndexByte(path, '.'), 0)]
		if g, ok := s.groups[place{path, typ}]; ok {
			return path, g
		}
	}
	return "", nil
}

// pathOf returns the aliases from the root to the current field, joined by dots, without list indices.
func pathOf(ctx context.Context) string {
	var names [16]string
	path := names[:0]
	for fc := graphql.GetFieldContext(ctx); fc != nil; fc = fc.Parent {
		if fc.Index == nil && fc.Field.Field != nil {
			path = append(path, fc.Field.Alias)
		}
	}
	var b strings.Builder
	for i, name := range slices.Backward(path) {
		b.WriteString(name)
		if i > 0 {
			b.WriteByte('.')
		}
	}
	return b.String()
}
