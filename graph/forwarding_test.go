package graph_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/store"
)

// TestForwardingIsShownWithoutItsSecrets: names of headers and counts, to who may read; values neither there nor in the audit log.
func TestForwardingIsShownWithoutItsSecrets(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.must(`mutation { createApp(input: {key: "shop", name: "商城"}) { app { id } } }`)
		id := at(w.must(`{ app(key: "shop") { environments { id forwarding { url } } } }`), "app", "environments", 0, "id")
		require.NoError(t, w.store.AddForwarded(t.Context(), []store.Forwarded{{
			EnvironmentID: id.(string), Passed: 5, Refused: 1, Lost: 2, Expired: 3, LastSuccess: time.Unix(1e9, 0),
			LastRefusal: time.Unix(1e9+1, 0), RefusalStatus: 401, RefusalText: "who are you?",
		}}))
		set := w.must(`mutation($id: ID!) { updateEnvironment(input: {id: $id, forwarding: {url: "https://sa.example.com?project=a",
			headers: [{name: "authorization", value: "Basic c2VjcmV0"}]}}) { environment { forwarding { url headerNames forwarded refused lost
			expired waiting waitingBytes oldestWaitingAt lastSuccessAt lastRefusedAt lastRefusedStatus lastRefusal lastErrorAt lastError } } } }`, "id", id)
		require.Equal(t, map[string]any{
			"url": "https://sa.example.com?project=a", "headerNames": []any{"Authorization"}, "forwarded": 5.0, "refused": 1.0, "lost": 2.0,
			"expired": 3.0, "waiting": 0.0, "waitingBytes": 0.0, "oldestWaitingAt": nil, "lastSuccessAt": "2001-09-09T01:46:40Z",
			"lastRefusedAt": "2001-09-09T01:46:41Z", "lastRefusedStatus": 401.0, "lastRefusal": "who are you?", "lastErrorAt": nil, "lastError": nil,
		}, at(set, "updateEnvironment", "environment", "forwarding"))
		w.must(`mutation($id: ID!) { updateEnvironment(input: {id: $id, forwarding: {url: "https://sa.example.com",
			headers: [{name: "authorization", value: "Basic YW5vdGhlcg"}]}}) { environment { id } } }`, "id", id)
		said := ""
		for _, e := range w.entries() {
			said += string(e.Before) + string(e.After)
		}
		require.Contains(t, said, `"forwardTo":"https://sa.example.com"`)
		require.Contains(t, said, `"forwardHeadersChanged":true`)
		require.NotContains(t, said, "Basic")
		cleared := w.must(`mutation($id: ID!) { updateEnvironment(input: {id: $id, forwarding: {url: ""}}) { environment { forwarding { url } } } }`, "id", id)
		require.Nil(t, at(cleared, "updateEnvironment", "environment", "forwarding"))
	})
}
