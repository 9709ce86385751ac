package graph

import (
	"context"
	"fmt"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/waymarkhq/waymark/internal/catalog"
)

// Limits are what a document must keep before it is executed. They bound what a request can make the server do, not
// what it may see.
type Limits struct {
	// Tokens bounds the length of a document, in tokens.
	Tokens int
	// Depth bounds how deep fields nest; introspection counts too.
	Depth int
	// Cost bounds how many objects an answer can hold, with each connection taken as full.
	Cost int
	// Aliases bounds how often fields are renamed, with each fragment counted as often as it is spread.
	Aliases int
	// Repeats bounds how often fields of one response name may stand in a document.
	Repeats int
	// Mutations bounds the root fields of a mutation.
	Mutations int
}

// DefaultLimits fit the largest documents that the console and GraphiQL send, with room to spare.
var DefaultLimits = Limits{Tokens: 4000, Depth: 20, Cost: 300_000, Aliases: 200, Repeats: 250, Mutations: 20}

// What a list without paging is taken to hold: objects of their own, such as an app's terminals; or parts of one object,
// such as the fields of a property's type, which nest.
const (
	listCost = 10
	partCost = 3
)

// measure is what a selection set costs; all of it saturates at tooMuch.
type measure struct{ depth, cost, aliases int }

const tooMuch = 1 << 30

// ExtensionName names the limits for gqlgen.
func (Limits) ExtensionName() string { return "Limits" }

// Validate is part of gqlgen's extension interface; any schema will do.
func (Limits) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext refuses an operation that goes beyond the limits. Each fragment is measured once, however often
// it is spread, so that measuring is linear in the document.
func (l Limits) MutateOperationContext(_ context.Context, oc *graphql.OperationContext) *gqlerror.Error {
	w := walker{variables: oc.Variables, fragments: map[string]measure{}}
	m := w.set(oc.Operation.SelectionSet)
	switch {
	case m.depth > l.Depth:
		return refused("too_deep", "fields nest %s deep; %d is the limit", m.depth, l.Depth)
	case m.cost > l.Cost:
		return refused("too_costly", "the answer could hold %s objects; %d is the limit: ask for smaller pages", m.cost, l.Cost)
	case m.aliases > l.Aliases:
		return refused("too_many_aliases", "the document renames %s fields; %d is the limit", m.aliases, l.Aliases)
	case oc.Operation.Operation == ast.Subscription && streams(oc) != 1:
		return refused("one_stream", "a subscription selects %s fields at its root; it has to be exactly %d", streams(oc), 1)
	case oc.Operation.Operation == ast.Mutation && len(oc.Operation.SelectionSet) > l.Mutations:
		return refused("too_many_mutations", "the document holds %s mutations; %d is the limit",
			len(oc.Operation.SelectionSet), l.Mutations)
	}
	return nil
}

// streams counts the root fields of a subscription. The specification's rule, as the parser has it, counts names and so
// does not see a field that comes again under an alias, or not at all for @skip.
func streams(oc *graphql.OperationContext) int {
	return len(graphql.CollectFields(oc, oc.Operation.SelectionSet, []string{"Subscription"}))
}

func refused(reason, format string, n, limit int) *gqlerror.Error {
	count := strconv.Itoa(n)
	if n >= tooMuch {
		count = "far too many"
	}
	return &gqlerror.Error{Message: fmt.Sprintf(format, count, limit), Extensions: map[string]any{"reason": reason}}
}

// isNode holds the names of the types that have ids.
var isNode = nodeNames(schema())

func nodeNames(s *ast.Schema) map[string]bool {
	names := map[string]bool{}
	for _, d := range s.GetPossibleTypes(s.Types["Node"]) {
		names[d.Name] = true
	}
	return names
}

type walker struct {
	variables map[string]any
	fragments map[string]measure
}

func (w walker) set(set ast.SelectionSet) measure {
	var sum measure
	for _, s := range set {
		var m measure
		switch s := s.(type) {
		case *ast.Field:
			m = w.field(s)
		case *ast.InlineFragment:
			m = w.set(s.SelectionSet)
		case *ast.FragmentSpread:
			m = w.fragment(s)
		}
		sum.depth = max(sum.depth, m.depth)
		sum.cost = min(sum.cost+m.cost, tooMuch)
		sum.aliases = min(sum.aliases+m.aliases, tooMuch)
	}
	return sum
}

func (w walker) fragment(s *ast.FragmentSpread) measure {
	m, known := w.fragments[s.Name]
	if !known && s.Definition != nil {
		m = w.set(s.Definition.SelectionSet)
		w.fragments[s.Name] = m
	}
	return m
}

func (w walker) field(f *ast.Field) measure {
	m := w.set(f.SelectionSet)
	m.depth++
	if f.Alias != f.Name {
		m.aliases++
	}
	if len(f.SelectionSet) > 0 {
		m.cost = w.objects(f, m.cost)
	}
	return m
}

// objects is how many objects a field can bring, with what is in them: a page of a connection (whose edges or nodes count
// the nodes), a list, or one.
func (w walker) objects(f *ast.Field, inside int) int {
	if f.Definition == nil {
		return min(inside+1, tooMuch)
	}
	if size, ok := w.pageSize(f); ok {
		return min(times(size, inside)+1, tooMuch)
	}
	ofPage := f.Name == "edges" || f.Name == "nodes"
	switch ids := w.ids(f); {
	case len(ids) > 0:
		return times(len(ids), inside+1)
	case f.Definition.Type.Elem != nil && !ofPage && isNode[f.Definition.Type.Name()]:
		return times(listCost, inside+1)
	case f.Definition.Type.Elem != nil && !ofPage:
		return times(partCost, inside+1)
	}
	return min(inside+1, tooMuch)
}

func times(a, b int) int {
	if b > 0 && a > tooMuch/b {
		return tooMuch
	}
	return a * b
}

// pageSize is the size of the page that a field with paging asks for.
func (w walker) pageSize(f *ast.Field) (int, bool) {
	if f.Definition.Arguments.ForName("first") == nil {
		return 0, false
	}
	for _, name := range []string{"first", "last"} {
		if arg := f.Arguments.ForName(name); arg != nil {
			if n, ok := w.integer(arg.Value); ok {
				return max(n, 1), true
			}
		}
	}
	return catalog.DefaultPage, true
}

// ids are the values of an argument ids.
func (w walker) ids(f *ast.Field) []any {
	arg := f.Arguments.ForName("ids")
	if arg == nil {
		return nil
	}
	v, err := arg.Value.Value(w.variables)
	if err != nil {
		return nil
	}
	ids, _ := v.([]any)
	return ids
}

func (w walker) integer(v *ast.Value) (int, bool) {
	raw, err := v.Value(w.variables)
	if err != nil {
		return 0, false
	}
	switch n := raw.(type) {
	case int64:
		return int(min(n, tooMuch)), true
	case int:
		return min(n, tooMuch), true
	case float64:
		return int(min(n, tooMuch)), true
	case interface{ Int64() (int64, error) }:
		i, err := n.Int64()
		return int(min(i, tooMuch)), err == nil
	}
	return 0, false
}
