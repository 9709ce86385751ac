package graph_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/capture"
)

const deletePerson = `mutation($in: DeletePersonInput!) { deletePerson(input: $in) { capturedEvents refusedRequests } }`

func TestDeletePerson(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.plan(1, 1, 1)
		who := func(i int, c *capture.Captured) {
			c.UserID, c.AnonymousID = fmt.Sprint("user ", i%3), fmt.Sprint("visitor ", i)
		}
		w.captured("test", 9, who)
		w.captured("production", 9, who)
		in := func(more ...any) map[string]any {
			m := vars(more)
			m["app"] = "shop"
			return map[string]any{"in": m}
		}
		left := func() int {
			n := 0
			for _, key := range []string{"test", "production"} {
				n += len(at(w.must(`query($e: String!) { capturedEvents(app: "shop", environment: $e) { nodes { id } } }`, "e", key), "capturedEvents", "nodes").([]any))
			}
			return n
		}
		answer := func(n float64) any { return map[string]any{"capturedEvents": n, "refusedRequests": 0.0} }
		require.Equal(t, answer(8), w.must(deletePerson, "in", in("userIds", []string{"user 1"}, "anonymousIds", []string{"visitor 2"}, "dryRun", true)["in"])["deletePerson"])
		require.Equal(t, 18, left())
		require.Equal(t, answer(3), w.must(deletePerson, "in", in("userIds", []string{"user 1"}, "environment", "test")["in"])["deletePerson"])
		require.Equal(t, 15, left())
		require.Equal(t, answer(5), w.must(deletePerson, "in", in("userIds", []string{"user 1"}, "anonymousIds", []string{"visitor 2"})["in"])["deletePerson"])
		require.Equal(t, 10, left())

		entries := w.must(`{ auditEntries(app: "shop", first: 5, filter: {action: "deletePerson"}) { nodes { objectType objectName after } } }`)
		nodes := at(entries, "auditEntries", "nodes").([]any)
		require.Len(t, nodes, 2)
		told, err := json.Marshal(nodes)
		require.NoError(t, err)
		require.NotContains(t, string(told), "user 1")
		require.NotContains(t, string(told), "visitor 2")
		require.Equal(t, map[string]any{
			"environments": []any{"test", "production"}, "capturedEvents": 5.0, "refusedRequests": 0.0, "regressionEvents": 0.0, "evidence": 0.0, "lookalikes": 0.0,
			"userIdsHashed": []any{"2bb58a19"}, "anonymousIdsHashed": []any{"91795f00"},
		}, at(nodes, 0, "after", "deletedPerson"))

		for reason, bad := range map[string]map[string]any{
			"required":  in(),
			"too_many":  in("deviceIds", make([]string, 501)),
			"not_found": in("userIds", []string{"u"}, "environment", "none"),
		} {
			require.Contains(t, []string{"INVALID_INPUT", "NOT_FOUND"}, w.as(w.token, deletePerson, bad).code(), reason)
		}
		w.person("editor@shop.test", auth.Grant{Role: auth.Editor, App: "shop"})
		editor := w.tokenFor("editor@shop.test", auth.Grant{Role: auth.Editor, App: "shop"})
		require.Equal(t, "FORBIDDEN", w.as(editor, deletePerson, in("userIds", []string{"user 0"})).code())
		require.Equal(t, 10, left())
	})
}

// What was answered with success and is not in the database yet is waited for.
func TestDeletePersonWaitsForTheWriter(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.plan(1, 1, 1)
		w.captured("test", 3, func(_ int, c *capture.Captured) { c.UserID = "user" })
		w.stream.last.Store(2)
		done := make(chan answer)
		go func() {
			done <- w.as(w.token, deletePerson, map[string]any{"in": map[string]any{"app": "shop", "userIds": []string{"user"}}})
		}()
		require.Never(t, func() bool { return len(done) > 0 }, 100*time.Millisecond, 10*time.Millisecond)
		w.captured("test", 2, func(_ int, c *capture.Captured) { c.UserID = "user" })
		require.EqualValues(t, 5, at((<-done).Data, "deletePerson", "capturedEvents"))
	})
}
