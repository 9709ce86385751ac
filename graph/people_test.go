package graph_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/graph"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/testkit"
)

func TestNoRolesAreAnEmptyListAndHiddenOnesAreNull(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.SQLite(t), graph.Limits{})
	w.plan(1, 1, 1)
	id := w.person("nobody@example.com")
	const document = `query($id: ID!) { node(id: $id) { ... on User { roles { role } } } }`
	require.Equal(t, []any{}, at(w.must(document, "id", id), "node", "roles"))

	viewer := w.tokenFor(adminEmail, auth.Grant{Role: auth.Viewer})
	a := w.as(viewer, document, map[string]any{"id": id})
	require.Empty(t, a.Errors)
	require.Nil(t, at(a.Data, "node", "roles"))
}
