package graph_test

import (
	"slices"
	"strconv"
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

// TestTokensAndInvitationsByID: an id gives nobody what they may not list.
func TestTokensAndInvitationsByID(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.plan(1, 1, 1)
		editor, member := auth.Grant{Role: auth.Editor, App: "shop"}, auth.Grant{Role: auth.Admin, App: "shop"}
		w.person("bob@example.com", editor)
		w.person("eve@example.com", editor)
		w.person("mia@example.com", member)
		bob := w.tokenFor("bob@example.com", editor)
		token := at(w.as(bob, `{ viewer { apiTokens { id } } }`, nil).Data, "viewer", "apiTokens", 0, "id")
		invited := func(where string) any {
			return at(w.must(`mutation { inviteUser(input: {email: "guest`+strconv.Itoa(len(where))+`@example.com", name: "G", roles: [{role: VIEWER`+where+`}]}) { invitation { id } } }`),
				"inviteUser", "invitation", "id")
		}
		ids := []any{token, invited(`, app: "shop"`), invited("")}
		for name, c := range map[string]struct {
			token string
			sees  []bool // the token, the invitation into the app, the one into the organisation
		}{
			"its owner":                     {bob, []bool{true, false, false}},
			"somebody else":                 {w.tokenFor("eve@example.com", editor), []bool{false, false, false}},
			"administrator of the app":      {w.tokenFor("mia@example.com", member), []bool{false, true, false}},
			"administrator of organisation": {w.token, []bool{true, true, true}},
		} {
			a := w.as(c.token, `query($ids: [ID!]!) { nodes(ids: $ids) { id } }`, map[string]any{"ids": ids})
			require.Empty(t, a.Errors, name)
			for i, node := range at(a.Data, "nodes").([]any) {
				require.Equal(t, c.sees[i], node != nil, "%s: %v", name, ids[i])
			}
		}
	})
}
