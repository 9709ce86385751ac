package graph_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/graph"
	"github.com/waymarkhq/waymark/internal/testkit"
)

// bomb is a document whose fragments double at each level: far more fields than any answer could hold, in a few bytes.
func bomb(levels int) string {
	var b strings.Builder
	b.WriteString("{ ...F0 }\n")
	for i := range levels {
		fmt.Fprintf(&b, "fragment F%d on Query { ...F%d ...F%d }\n", i, i+1, i+1)
	}
	fmt.Fprintf(&b, "fragment F%d on Query { apps { nodes { key } } }", levels)
	return b.String()
}

func TestDocumentsBeyondTheLimitsAreRefusedBeforeTheyRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.SQLite(t), graph.Limits{})
	deep := strings.Repeat("app { batches { nodes { ", 7)
	for _, c := range []struct{ name, document, reason string }{
		{"deep", `{ batch(number: "X") { ` + deep + "number" + strings.Repeat(" } } }", 7) + ` } }`, "too_deep"},
		{"costly", `{ apps(first: 200) { nodes { batches(first: 200) { nodes { events(first: 200) { nodes { key } } } } } } }`, "too_costly"},
		{"costly by variable", `query($n: Int = 200) { apps(first: $n) { nodes { batches(first: $n) { nodes { events(first: $n) { nodes { key } } } } } } }`, "too_costly"},
		{"many ids", `{ nodes(ids: [` + strings.Repeat(`"evt_1",`, 150) + `]) { ... on Event { properties(first: 200) { nodes { property { uses(first: 20) { nodes { id } } } } } } } }`, "too_costly"},
		{"aliases", `{` + aliases(240, "viewer { isToken }") + `}`, "too_many_aliases"},
		{"mutations", `mutation {` + strings.Repeat(`signOut(input: {}) { clientMutationId } `, 1) + aliases(30, `signOut(input: {}) { clientMutationId }`) + `}`, "too_many_mutations"},
		{"two streams", `subscription { monitor(app: "x") { apps } liveCapture(app: "x", environment: "test") { dropped } }`, "invalid_document"},
		{"two streams by alias", `subscription { a: monitor { apps } b: monitor { apps } }`, "one_stream"},
		{"two streams in a fragment", `subscription { ...F } fragment F on Subscription { a: monitor { apps } b: monitor { apps } }`, "one_stream"},
		{"no stream", `subscription { monitor @skip(if: true) { apps } }`, "one_stream"},
		{"fragment bomb", bomb(40), "too_costly"},
		{"aliased fragment bomb", strings.ReplaceAll(bomb(40), "apps {", "a: viewer { isToken } apps(first: 1) {"), "too_costly"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := w.as(w.token, c.document, nil)
			require.NotEmpty(t, a.Errors, "%v", a)
			require.Equal(t, "INVALID_INPUT", a.code())
			require.Equal(t, c.reason, a.Errors[0].Extensions.Reason, a.Errors[0].Message)
			require.Nil(t, a.Data)
		})
	}
	t.Run("many faults", func(t *testing.T) {
		t.Parallel()
		for document, reason := range map[string]string{
			"{" + arguments(100) + "}":                             "invalid_document",
			"{" + arguments(400) + "}":                             "too_many_repeats",
			"{" + strings.Repeat(" nope", 240) + "}":               "invalid_document",
			"{" + aliases(240, "nope") + "}":                       "invalid_document",
			"{ viewer {" + strings.Repeat(" isToken", 300) + "} }": "too_many_repeats",
		} {
			a := w.as("", document, nil)
			require.NotEmpty(t, a.Errors)
			require.LessOrEqual(t, len(a.Errors), 20)
			require.Equal(t, reason, a.Errors[0].Extensions.Reason, a.Errors[0].Message)
		}
	})
	t.Run("tokens", func(t *testing.T) {
		t.Parallel()
		a := w.as(w.token, "{"+strings.Repeat(" viewer", 5000)+"}", nil)
		require.Contains(t, a.Errors[0].Message, "token limit")
	})
	t.Run("so does one with all that a type can hold", func(t *testing.T) {
		t.Parallel()
		a := w.as(w.token, `{ app(key: "x") { events(first: 50) { nodes { properties(first: 20) { nodes { presenceOn { terminal presence }
			narrowingOn { terminal constraints { pattern } } property { key type { ...T items { ...T } fields { name type { ...T fields { name type { ...T } } } } } } } } } } } }
			fragment T on PropertyType { base values { value label } constraints { minimum valueSet { key } } }`, nil)
		require.Empty(t, a.Errors)
	})
	t.Run("the largest honest document passes", func(t *testing.T) {
		t.Parallel()
		a := w.as(w.token, `{ app(key: "x") { batches(first: 20) { nodes { events(first: 100) { nodes { properties(first: 50) { nodes { presence property { key } } } } } } } } }`, nil)
		require.Empty(t, a.Errors)
	})
}

// arguments is one field with different arguments, n times.
func arguments(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, " apps(first: %d) { totalCount }", i)
	}
	return b.String()
}

func aliases(n int, field string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "a%d: %s ", i, field)
	}
	return b.String()
}

func TestPageSizesAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.SQLite(t), graph.Limits{})
	for _, args := range []string{"first: 0", "first: 201", "first: -1", "last: 201", "first: 1, last: 1", `after: "garbage"`} {
		a := w.as(w.token, "{ apps("+args+") { nodes { key } } }", nil)
		require.Equal(t, "INVALID_INPUT", a.code(), args)
		require.NotEmpty(t, a.Errors[0].Extensions.Fields, args)
	}
}

func TestErrorsNameThePlaceAndHideTheInside(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.SQLite(t), graph.Limits{})
	w.plan(1, 1, 1)
	a := w.as(w.token, `mutation { createProperty(input: {app: "shop", key: "x", name: "x", type: {base: STRING, constraints: {pattern: "(", minLength: 3, maxLength: 2}}}) { property { id } } }`, nil)
	require.Equal(t, "INVALID_INPUT", a.code())
	var paths []string
	for _, f := range a.Errors[0].Extensions.Fields {
		paths = append(paths, f.Path)
		require.NotEmpty(t, f.Reason)
		require.NotEmpty(t, f.Message)
	}
	require.Contains(t, strings.Join(paths, " "), "input.type.constraints.pattern")

	a = w.as(w.token, `mutation { deleteProperty(input: {id: "`+at(w.must(`{ properties(app: "shop") { nodes { id } } }`), "properties", "nodes", 0, "id").(string)+`"}) { deletedId } }`, nil)
	require.Equal(t, "FAILED_PRECONDITION", a.code())
	require.Equal(t, "in_use", a.Errors[0].Extensions.Reason)
	require.NotEmpty(t, a.Errors[0].Extensions.Params["uses"])

	for _, document := range []string{`{`, `{ nope }`, `{ node(id: 7.5) { id } }`, `query($x: Nope) { viewer { isToken } }`, `query A { viewer { isToken } } query B { viewer { isToken } }`} {
		a := w.as(w.token, document, nil)
		require.Equal(t, "INVALID_INPUT", a.code(), "%s: %v", document, a.Errors)
	}
	a = w.as(w.token, `{ apps { ... @defer { totalCount } } }`, nil)
	require.Equal(t, "INVALID_INPUT", a.code())
	require.Contains(t, a.Errors[0].Message, "@defer")
	a = w.as(w.token, `query A { viewer { isToken } } query B { viewer { isToken } }`, nil)
	require.Contains(t, a.Errors[0].Message, "operationName")
	a = w.as(w.token, `query($key: String!) { app(key: $key) { id } }`, nil)
	require.Equal(t, "$key must be defined", a.Errors[0].Message)
	a = w.as(w.token, `query($t: Time) { batches(filter: {createdFrom: $t}) { nodes { id } } }`, map[string]any{"t": "yesterday"})
	require.Equal(t, "INVALID_INPUT", a.code(), "%v", a.Errors)

	for _, document := range []string{
		`query($t: [EventKind!]) { events(filter: {kinds: $t}) { nodes { id } } }`,
		`query($t: Int) { events(first: $t) { nodes { id } } }`,
	} {
		a = w.as(w.token, document, map[string]any{"t": "x"})
		require.Equal(t, "INVALID_INPUT", a.code(), "%v", a.Errors)
	}

	// A broken database is nobody's input, and its words stay inside.
	require.NoError(t, w.store.Tx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
		_, err := tx.ExecContext(ctx, "ALTER TABLE value_sets RENAME TO gone")
		return err
	}))
	a = w.as(w.token, `{ valueSets { nodes { id } } app(key: "shop") { valueSets { nodes { id } } } }`, nil)
	require.Len(t, a.Errors, 2)
	for _, e := range a.Errors {
		require.Equal(t, "INTERNAL", e.Extensions.Code)
		require.NotContains(t, e.Message, "value_sets")
	}

	require.NoError(t, w.store.Close())
	a = w.as("", `{ apps { nodes { id } } }`, nil)
	require.Equal(t, "UNAUTHENTICATED", a.code())
}
