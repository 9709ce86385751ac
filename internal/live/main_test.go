package live_test

import (
	"context"
	"testing"

	"go.uber.org/goleak"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/live"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start runs a hub until the test ends.
func start(t testing.TB, opts live.Options) *live.Hub {
	t.Helper()
	h := live.New(opts)
	ctx, cancel := context.WithCancel(context.Background())
	started, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		close(started)
		_ = h.Run(ctx)
	}()
	<-started
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return h
}

// subscribe waits until the hub runs.
func subscribe(t testing.TB, h *live.Hub, env string, f live.Filter) *live.Subscription {
	t.Helper()
	for {
		s, err := h.Subscribe("app", env, f)
		if err == nil {
			return s
		}
		t.Log(err)
	}
}

// run makes n events of an environment, numbered from seq on.
func run(env string, seq, n int) []*capture.Captured {
	events := make([]*capture.Captured, n)
	for i := range events {
		events[i] = &capture.Captured{Seq: int64(seq + i), AppID: "app", EnvironmentID: env, Verdict: capture.Valid}
	}
	return events
}
