package sibling_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/waymarkhq/waymark/graph/sibling"
)

type row string

func (r row) NodeID() string { return string(r) }

// at returns ctx below a field with an alias.
func at(ctx context.Context, alias string) context.Context {
	return graphql.WithFieldContext(ctx, &graphql.FieldContext{
		Field: graphql.CollectedField{Field: &ast.Field{Alias: alias}},
	})
}

// in returns ctx at an index of a list.
func in(ctx context.Context, i int) context.Context {
	return graphql.WithFieldContext(ctx, &graphql.FieldContext{Index: &i})
}

// double fetches for each parent a child of its name, twice, and registers the children.
func double(calls *atomic.Int32) func(context.Context, []row) (map[string]row, error) {
	return func(ctx context.Context, parents []row) (map[string]row, error) {
		calls.Add(1)
		found := map[string]row{}
		for _, p := range parents {
			found[p.NodeID()] = p + p
			sibling.Register(ctx, p+p)
		}
		return found, nil
	}
}

func TestOneLoadForAllSiblingsAtEachLevel(t *testing.T) {
	t.Parallel()
	root := at(sibling.With(t.Context()), "apps")
	rows := make([]row, 50)
	for i := range rows {
		rows[i] = row(fmt.Sprint("r", i))
	}
	sibling.Register(root, rows...)
	var first, second atomic.Int32
	var g sync.WaitGroup
	for i, r := range rows {
		g.Go(func() {
			ctx := at(in(at(root, "nodes"), i), "child")
			child, err := sibling.Load(ctx, r, double(&first))
			if err != nil || child != r+r {
				t.Errorf("child of %s: %s, %v", r, child, err)
			}
			grandchild, err := sibling.Load(at(ctx, "child"), child, double(&second))
			if err != nil || grandchild != child+child {
				t.Errorf("grandchild of %s: %s, %v", r, grandchild, err)
			}
		})
	}
	g.Wait()
	require.EqualValues(t, 1, first.Load())
	require.EqualValues(t, 1, second.Load())
}

func TestAliasesAreLoadsOfTheirOwn(t *testing.T) {
	t.Parallel()
	root := at(sibling.With(t.Context()), "apps")
	sibling.Register(root, row("a"), row("b"), row("a"))
	var calls atomic.Int32
	for _, alias := range []string{"x", "y", "x"} {
		got, err := sibling.Load(at(root, alias), row("a"), double(&calls))
		require.NoError(t, err)
		require.Equal(t, row("aa"), got)
	}
	require.EqualValues(t, 2, calls.Load())
}

func TestARowThatNobodyRegisteredIsLoadedForItself(t *testing.T) {
	t.Parallel()
	root := at(sibling.With(t.Context()), "apps")
	sibling.Register(root, row("a"))
	var calls atomic.Int32
	for _, r := range []row{"a", "stranger"} {
		got, err := sibling.Load(at(root, "child"), r, double(&calls))
		require.NoError(t, err)
		require.Equal(t, r+r, got)
	}
	require.EqualValues(t, 2, calls.Load())
}

func TestWithoutAStoreEachRowIsLoadedForItself(t *testing.T) {
	t.Parallel()
	got, err := sibling.Load(at(t.Context(), "child"), row("a"), double(new(atomic.Int32)))
	require.NoError(t, err)
	require.Equal(t, row("aa"), got)
	require.Empty(t, sibling.Above[row](t.Context()))
}

func TestAnErrorReachesAllSiblings(t *testing.T) {
	t.Parallel()
	root := at(sibling.With(t.Context()), "apps")
	sibling.Register(root, row("a"), row("b"))
	broken := errors.New("broken")
	for _, r := range []row{"a", "b"} {
		_, err := sibling.Load(at(root, "child"), r, func(context.Context, []row) (map[string]int, error) {
			return nil, broken
		})
		require.ErrorIs(t, err, broken)
	}
}

func TestOnceAndAbove(t *testing.T) {
	t.Parallel()
	root := at(sibling.With(t.Context()), "apps")
	sibling.Register(root, row("a"), row("b"))
	ctx := at(at(root, "nodes"), "x")
	require.Equal(t, []row{"a", "b"}, sibling.Above[row](ctx))
	calls := 0
	for range 3 {
		got, err := sibling.Once(ctx, func(context.Context) (int, error) { calls++; return 7, nil })
		require.NoError(t, err)
		require.Equal(t, 7, got)
	}
	require.Equal(t, 1, calls)
}
