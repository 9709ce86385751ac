package graph_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/store"
)

// TestWhyThereIsNoData: who asks for an app sees its refused requests; with a key or an address those of nobody too, and
// never those of a foreign app.
func TestWhyThereIsNoData(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.plan(1, 1, 1)
		env := w.store.Read().Environment.Query().FirstX(t.Context())
		now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
		add := func(app, environment, kind, key, address string) {
			require.NoError(t, w.store.AddRefusals(t.Context(), []store.Refusal{{
				At: now, Last: now, Count: 1, Kind: kind, Format: "segment", Method: "POST", Path: "/v1/batch", WriteKey: key,
				AppID: app, EnvironmentID: environment, Address: address, Reason: "原因", Excerpt: "x",
			}}))
			now = now.Add(time.Second)
		}
		add(env.AppID, env.ID, "MALFORMED", "ours", "10.0.0.1")
		add("", "", "UNKNOWN_KEY", "wrong", "10.0.0.1")
		add("app_foreign", "env_foreign", "MALFORMED", "theirs", "10.0.0.1")
		add(env.AppID, env.ID, "CLOCK_OFF", "ours", "10.0.0.2")

		sees := auth.Grant{Role: auth.Viewer, App: "shop"}
		w.person("bob@shop.test", sees)
		viewer, admin := w.tokenFor("bob@shop.test", sees), w.token
		keys := func(token, arguments string) (found []string) {
			a := w.as(token, `{ refusedRequests(`+arguments+`) { nodes { key kind environment { key } } pageInfo { hasNextPage } } }`, nil)
			require.Empty(t, a.Errors)
			for _, n := range at(a.Data, "refusedRequests", "nodes").([]any) {
				found = append(found, fmt.Sprint(at(n, "key"), " ", at(n, "kind")))
			}
			return found
		}
		require.Equal(t, []string{"ours CLOCK_OFF", "ours MALFORMED"}, keys(viewer, `app: "shop"`))
		require.Equal(t, []string{"ours CLOCK_OFF"}, keys(viewer, `app: "shop", kinds: [CLOCK_OFF]`))
		require.Equal(t, []string{"wrong UNKNOWN_KEY", "ours MALFORMED"}, keys(viewer, `address: "10.0.0.1"`))
		require.Equal(t, []string{"wrong UNKNOWN_KEY"}, keys(viewer, `key: "wrong"`))
		require.Empty(t, keys(viewer, `key: "theirs"`))
		require.Len(t, keys(admin, `first: 10`), 4)
		require.Len(t, keys(admin, `first: 1`), 1)
		for arguments, field := range map[string]string{
			`first: 3`: "app required", `environment: "test", key: "x"`: "app required", `app: "shop", first: 0`: "first out_of_range",
			`app: "shop", after: "x"`: "after bad_cursor",
		} {
			a := w.as(viewer, `{ refusedRequests(`+arguments+`) { nodes { id } } }`, nil)
			require.Equal(t, "INVALID_INPUT", a.code(), arguments)
			f := a.Errors[0].Extensions.Fields[0]
			require.Equal(t, field, f.Path+" "+f.Reason)
		}
	})
}
