package graph_test

import (
	"slices"
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

// TestRolesStandInOneOrder: the organisation's, then by the key of the app, as the roles stand in Role.
func TestRolesStandInOneOrder(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		given := []auth.Grant{{Role: auth.Tester}, {Role: auth.Viewer}}
		want := []any{[]any{nil, "VIEWER"}, []any{nil, "TESTER"}}
		keys := []string{"zoo", "mall", "app", "shop", "bank", "news"} // ids are in this order, keys are not
		for _, key := range keys {
			w.must(`mutation($k: String!) { createApp(input: {key: $k, name: "应用"}) { app { id } } }`, "k", key)
			given = append(given, auth.Grant{Role: auth.Reviewer, App: key}, auth.Grant{Role: auth.Requester, App: key})
		}
		for _, key := range slices.Sorted(slices.Values(keys)) {
			want = append(want, []any{key, "REQUESTER"}, []any{key, "REVIEWER"})
		}
		id := w.person("bob@example.com", given...)
		const roles = `roles { role app { key } }`
		answers := w.as(w.tokenFor("bob@example.com", given...),
			`query($id: ID!) { viewer { `+roles+` apiTokens { `+roles+` } } node(id: $id) { ... on User { `+roles+` } } }`,
			map[string]any{"id": id})
		require.Empty(t, answers.Errors)
		require.Equal(t, want, placesOf(at(answers.Data, "viewer", "roles")))
		require.Equal(t, want, placesOf(at(answers.Data, "viewer", "apiTokens", 0, "roles")))
		require.Equal(t, want, placesOf(at(answers.Data, "node", "roles")))
	})
}

// placesOf returns the key of the app, or nil, and the role of each grant.
func placesOf(roles any) []any {
	var all []any
	for _, grant := range roles.([]any) {
		g := grant.(map[string]any)
		var app any
		if g["app"] != nil {
			app = at(g, "app", "key")
		}
		all = append(all, []any{app, g["role"]})
	}
	return all
}
