package collect_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/bus"
	"github.com/waymarkhq/waymark/internal/collect"
	"github.com/waymarkhq/waymark/internal/fault"
)

// TestRunsAtOnceAreToldApart: two runs send the same events, with the same ids, in every way that a run can be told.
func TestRunsAtOnceAreToldApart(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, db *database) {
		s := openStream(t, bus.Options{})
		f := newFront(t, s.Bus)
		send := func(target, body string, header ...string) {
			t.Helper()
			answer, text := f.ask("POST", target, body, append(header, "Authorization", basic(testKey))...)
			require.Equal(t, 200, answer.StatusCode, text)
		}
		good := func(id, more string) string {
			return `{"event":"product_viewed","id":"` + id + `","os":{"name":"iOS"},"properties":{"product_name":"a","price":1` + more + `}`
		}
		for _, run := range []string{"ci-1", "ci-2"} {
			send("/v1/events", good("1", "")+`,"runId":"`+run+`"}`)
			send("/v1/events", good("2", `,"wm_run":"`+run+`"`)+`}`)
			send("/v1/batch?wm_run="+run, strings.ReplaceAll(viewed, "m1", "3"))
			send("/v1/events", `[`+good("4", "")+`},7]`, "Waymark-Run", run)
			send("/v1/events", good("1", "")+`,"runId":"`+run+`"}`) // a repeat
		}
		send("/v1/events?wm_run=ci-2", `{"event":"nobody_knows"}`)
		send("/v1/events", good("1", "")+`}`)
		runs := &collect.Runs{Store: db.Store, Stream: s.Bus}
		ctx := auth.With(t.Context(), auth.Operator())
		_, err := runs.Run(ctx, "env_test", "ci-1")
		require.True(t, fault.Is(err, fault.Unavailable), "not everything is counted yet: %v", err)
		work(t, s, db, window, 1, hurry)

		one, err := runs.Run(ctx, "env_test", "ci-1")
		require.NoError(t, err)
		require.Equal(t, []int64{4, 1, 0}, []int64{one.ValidCount, one.InvalidCount, one.UnplannedCount})
		require.Equal(t, noon, one.FirstSeenAt)
		require.Len(t, one.Events, 2)
		require.Nil(t, one.Events[0].EventKey)
		require.Empty(t, one.Events[0].Name, "the record that was none")
		require.Equal(t, "product_viewed", *one.Events[1].EventKey)
		require.Equal(t, "ios", *one.Events[1].Terminal)
		two, err := runs.Run(ctx, "env_test", "ci-2")
		require.NoError(t, err)
		require.Equal(t, []int64{4, 1, 1}, []int64{two.ValidCount, two.InvalidCount, two.UnplannedCount})
		none, err := runs.Run(ctx, "env_production", "ci-1")
		require.NoError(t, err)
		require.Nil(t, none)
		for _, id := range []string{"", strings.Repeat("x", 201)} {
			_, err = runs.Run(ctx, "env_test", id)
			require.True(t, fault.Is(err, fault.InvalidInput))
		}
		require.Len(t, db.counted(t, "env_test").Samples, 5+6+1)
	})
}
