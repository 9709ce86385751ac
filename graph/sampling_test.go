package graph_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/store"
)

const samplings = `{ apps { nodes { environments { id key sampling { validShare invalidPerMinute notKeptCount } } } } }`

func TestSamplingOfEnvironments(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.plan(1, 1, 1)
		sampling := func(app, environment int) any {
			return at(w.must(samplings), "apps", "nodes", app, "environments", environment, "sampling")
		}
		all := map[string]any{"validShare": 1.0, "invalidPerMinute": nil, "notKeptCount": 0.0}
		require.Equal(t, all, sampling(0, 0))
		require.Equal(t, map[string]any{"validShare": 0.1, "invalidPerMinute": 600.0, "notKeptCount": 0.0}, sampling(0, 1))

		w.must(`mutation { createEnvironment(input: {app: "shop", key: "staging", name: "预发", sampling: {invalidPerMinute: 0}}) { environment { id } } }`)
		require.Equal(t, map[string]any{"validShare": 1.0, "invalidPerMinute": 0.0, "notKeptCount": 0.0}, sampling(0, 2))
		test := w.captured("test", 1, nil)
		const update = `mutation($i: ID!, $s: SamplingInput) { updateEnvironment(input: {id: $i, sampling: $s}) { environment { id } } }`
		w.must(update, "i", test, "s", map[string]any{"validShare": 0.25, "invalidPerMinute": 7})
		w.must(update, "i", test, "s", nil)
		require.NoError(t, w.store.CommitCapture(t.Context(), &store.CaptureBatch{
			From: store.CapturePosition{StreamID: "stream", Seq: 1}, To: store.CapturePosition{StreamID: "stream", Seq: 2},
			NotKept: map[string]int64{test: 3},
		}))
		require.Equal(t, map[string]any{"validShare": 0.25, "invalidPerMinute": 7.0, "notKeptCount": 3.0}, sampling(0, 0))
		w.must(update, "i", test, "s", map[string]any{"validShare": 0})
		require.Equal(t, map[string]any{"validShare": 0.0, "invalidPerMinute": nil, "notKeptCount": 3.0}, sampling(0, 0))
		for _, bad := range []map[string]any{{"validShare": 1.01}, {"validShare": -0.1}, {"invalidPerMinute": -1}, {"invalidPerMinute": 1_000_001}} {
			refused := w.as(w.token, update, map[string]any{"i": test, "s": bad})
			require.Equal(t, "INVALID_INPUT", refused.code(), bad)
			require.Contains(t, refused.Errors[0].Extensions.Fields[0].Path, "input.sampling.")
		}

		before := w.store.Reads()
		w.must(samplings)
		few := w.store.Reads() - before
		w.must(`mutation { createApp(input: {key: "news", name: "资讯"}) { app { id } } }`)
		before = w.store.Reads()
		w.must(samplings)
		require.Equal(t, few, w.store.Reads()-before)
	})
}
