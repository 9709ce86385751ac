package graph_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/ent/app"
	"github.com/waymarkhq/waymark/ent/environment"
	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/store"
)

var received = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

// captured puts valid events into an environment of the app shop, one a minute, and returns the environment's id.
func (w *world) captured(environmentKey string, n int, change func(i int, c *capture.Captured)) string {
	w.t.Helper()
	env, err := w.store.Read().Environment.Query().Where(environment.Key(environmentKey), environment.HasAppWith(app.Key("shop"))).Only(w.t.Context())
	require.NoError(w.t, err)
	from, err := w.store.CapturePosition(w.t.Context())
	require.NoError(w.t, err)
	to := from
	to.StreamID, to.Seq = "stream", from.Seq+1
	b := &store.CaptureBatch{From: from, To: to}
	for i := range n {
		c := &capture.Captured{
			Event: capture.Event{
				Format: "segment", Type: capture.Track, ID: fmt.Sprint("id ", i), Name: "app_open", Raw: `{"event":"app_open","properties":{}}`,
				ReceivedAt: received.Add(time.Duration(i) * time.Minute),
			},
			Seq: int64(to.Seq)*capture.MaxGroupEvents + int64(i), AppID: env.AppID, EnvironmentID: env.ID, TerminalKey: "ios",
			Verdict: capture.Valid,
		}
		c.PropertiesAt = capture.Span{Start: 33, End: 35}
		if change != nil {
			change(i, c)
		}
		b.Samples = append(b.Samples, c)
	}
	require.NoError(w.t, w.store.CommitCapture(w.t.Context(), b))
	return env.ID
}

func TestCapturedEventsByTime(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.plan(1, 1, 1)
		w.captured("test", 10, nil)
		times := func(filter string) (times []any) {
			found := w.must(fmt.Sprintf(`{ capturedEvents(app: "shop", environment: "test", filter: {%s}) { nodes { receivedAt } } }`, filter))
			for _, n := range at(found, "capturedEvents", "nodes").([]any) {
				times = append(times, at(n, "receivedAt"))
			}
			return times
		}
		require.Equal(t, []any{"2026-11-23T10:04:00Z", "2026-11-23T10:03:00Z"},
			times(`receivedFrom: "2026-11-23T18:03:00+08:00", receivedBefore: "2026-11-23T10:05:00Z"`))
		require.Len(t, times(`receivedFrom: "2026-11-23T10:03:00Z"`), 7)
		require.Empty(t, times(`receivedBefore: "0001-01-01T00:00:00Z"`))
		refused := w.firstEvent(w.token, `subscription { liveCapture(app: "shop", environment: "test", filter: {receivedBefore: "2026-11-23T10:05:00Z"}) { dropped } }`)
		require.Equal(t, "INVALID_INPUT", refused.code())
		require.Equal(t, "filter.receivedBefore", refused.Errors[0].Extensions.Fields[0].Path)
		require.Equal(t, "not_live", refused.Errors[0].Extensions.Fields[0].Reason)
	})
}
