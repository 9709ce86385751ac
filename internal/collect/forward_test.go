package collect_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/collect"
	"github.com/waymarkhq/waymark/internal/collect/forward"
	"github.com/waymarkhq/waymark/internal/fault"
)

// passedOn is a forwarder that remembers.
type passedOn struct{ list []forward.Payload }

func (p *passedOn) Pass(_ context.Context, _ *forward.Target, one *forward.Payload) {
	kept := *one
	kept.Body, kept.Header = append([]byte{}, one.Body...), one.Header.Clone()
	p.list = append(p.list, kept)
}

// TestWhatIsPassedOn: accepted payloads of environments that forward, as they came from the wire; nothing else.
func TestWhatIsPassedOn(t *testing.T) {
	t.Parallel()
	to := &memory{}
	f := newFront(t, to)
	onward := &passedOn{}
	f.Forwarder = onward
	packed := gzipped(t, `{"batch":[{"type":"track","event":"order_paid","messageId":"m1"}]}`)
	ask := func(status int, method, target, body string, header ...string) {
		t.Helper()
		answer, text := f.ask(method, target, body, header...)
		require.Equal(t, status, answer.StatusCode, text)
	}
	ask(200, "POST", "/v1/batch", packed, "Authorization", basic(testKey))
	require.Empty(t, onward.list, "the environment does not forward")

	u, err := url.Parse("https://collector.example.com")
	require.NoError(t, err)
	f.plans.change("app_1", func(a *collect.Accepted) {
		a.Targets = []*forward.Target{{EnvironmentID: "env_test", Backlog: "fwd_1", URL: u}}
	})
	require.NoError(t, f.planner.Load(t.Context()))
	require.Len(t, f.planner.Targets(), 1)
	ask(200, "POST", "/v1/batch?a=%E4%B8%AD", packed, "Authorization", basic(testKey), "Content-Encoding", "gzip")
	require.Equal(t, []forward.Payload{{
		Method: "POST", Path: "/v1/batch?a=%E4%B8%AD", Host: "example.com", Client: "203.0.113.7",
		Header: http.Header{"Authorization": {basic(testKey)}, "Content-Encoding": {"gzip"}}, Body: []byte(packed),
	}}, onward.list)
	ask(200, "GET", "/sa.gif?project="+testKey+"&data=eyJ0eXBlIjoidHJhY2siLCJldmVudCI6ImEifQ%3D%3D", "")
	ask(200, "POST", "/v1/batch", `{"batch":[]}`, "Authorization", basic(testKey))
	require.Len(t, onward.list, 3)
	require.Equal(t, "GET", onward.list[1].Method)

	ask(200, "POST", "/v1/batch", packed, "Authorization", basic(productionKey))
	ask(400, "POST", "/debug?project="+testKey, "data=eyJ0eXBlIjoidHJhY2siLCJldmVudCI6ImEifQ%3D%3D", "Dry-Run", "true")
	ask(200, "POST", "/v1/validate", `{"events":[{"event":"order_paid"}]}`, "Authorization", "Bearer "+testKey)
	ask(400, "POST", "/v1/batch", `{"batch":[`, "Authorization", basic(testKey))
	ask(400, "POST", "/v1/batch", packed, "Authorization", basic(testKey), "Waymark-Forwarded", "env_other, env_test")
	ask(200, "GET", "/v1/projects/"+testKey+"/settings", "")
	require.Len(t, onward.list, 3)
	ask(200, "POST", "/v1/batch", packed, "Authorization", basic(testKey), "Waymark-Forwarded", "env_other")
	require.Len(t, onward.list, 4)
	to.refusal = fault.New(fault.Unavailable, "bus_full", "full")
	ask(503, "POST", "/v1/batch", packed, "Authorization", basic(testKey))
	require.Len(t, onward.list, 4, "the SDK sends it again")
}
