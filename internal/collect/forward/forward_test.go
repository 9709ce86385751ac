package forward_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/collect/forward"
)

func TestAPayloadArrivesAsItCame(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.aim(t, "fwd_1", w.target.URL+"/prefix/?project=original&token=a%20b")
	w.run(t)
	w.Pass(t.Context(), w.current()["env_1"], &forward.Payload{
		Method: http.MethodPut, Path: "/sa%2Fx?token=mine&data=%E4%B8%AD+1&project=p&flag", Host: "h", Scheme: "http", Client: "203.0.113.7",
		Header: http.Header{
			"X-Twice": {"a", "b"}, "Authorization": {"Basic ours"}, "X-Forwarded-For": {"198.51.100.1"}, "Keep-Alive": {"5"}, "Te": {"x"},
			"Cookie": {"a=1; waymark_session=secret; b=2", "waymark_oidc=x"}, "Content-Length": {"99"}, "Host": {"h"},
		},
		Body: []byte("\x1f\x8b\x00\xff"),
	})
	w.total(t, 1, 0, 0, 0)
	w.target.mu.Lock()
	defer w.target.mu.Unlock()
	r := w.target.requests[0]
	require.Equal(t, "/prefix/sa%2Fx?data=%E4%B8%AD+1&flag&project=original&token=a%20b", r.RequestURI)
	require.Equal(t, http.MethodPut, r.Method)
	require.Equal(t, "\x1f\x8b\x00\xff", w.target.bodies[0])
	require.Equal(t, http.Header{
		"X-Twice": {"a", "b"}, "Authorization": {"Basic original"}, "X-Forwarded-For": {"198.51.100.1, 203.0.113.7"}, "Cookie": {"a=1; b=2"},
		"X-Forwarded-Host": {"h"}, "X-Forwarded-Proto": {"http"}, "Waymark-Forwarded": {"env_1"}, "Content-Length": {"4"},
	}, r.Header)
	require.True(t, w.current()["env_1"].Circular(r.Header))
	require.True(t, w.current()["env_1"].Circular(http.Header{"Waymark-Forwarded": {"env_0,env_1, env_2"}}))
	require.False(t, w.current()["env_1"].Circular(http.Header{"Waymark-Forwarded": {"env_11"}}))
}

// TestWhatWasSaidDecides which payloads are repeated.
func TestWhatWasSaidDecides(t *testing.T) {
	t.Parallel()
	for status, repeated := range map[int]bool{
		200: false, 204: false, 302: false, 307: false, 400: false, 401: false, 404: false, 413: false,
		408: true, 425: true, 429: true, 500: true, 502: true, 503: true, 504: true,
	} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			var n atomic.Int64
			w.target.answers(func(string) (int, http.Header) {
				if n.Add(1) < 3 {
					return status, http.Header{"Location": {"/elsewhere"}}
				}
				return 200, nil
			})
			w.pass(t, "a")
			w.run(t)
			switch {
			case repeated:
				c := w.total(t, 1, 0, 0, 0)
				require.Equal(t, fmt.Sprintf("%d status %d", status, status), c.FailureText)
				require.Equal(t, []string{"a", "a", "a"}, w.target.got())
			case status < 400:
				w.total(t, 1, 0, 0, 0)
				require.Equal(t, []string{"a"}, w.target.got())
			default:
				c := w.total(t, 0, 1, 0, 0)
				require.Equal(t, status, c.RefusalStatus)
				require.Equal(t, fmt.Sprint("status ", status), c.RefusalText)
				require.Equal(t, []string{"a"}, w.target.got())
			}
		})
	}
}

// TestADeadTargetIsAskedByOneAtATime, with pauses; when it is back the backlog goes, in order but for those at once.
func TestADeadTargetIsAskedByOneAtATime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.target.answers(always(503))
	for i := range 100 {
		w.pass(t, fmt.Sprintf("%03d", i))
	}
	w.run(t)
	require.Eventually(t, func() bool { return len(w.target.got()) > 20 }, 20*time.Second, time.Millisecond)
	w.target.mu.Lock()
	w.target.most = 0
	w.target.mu.Unlock()
	require.Eventually(t, func() bool { return len(w.target.got()) > 30 }, 20*time.Second, time.Millisecond)
	w.target.mu.Lock()
	require.Equal(t, 1, w.target.most)
	tried := map[string]bool{}
	for _, body := range w.target.bodies {
		tried[body] = true
	}
	require.LessOrEqual(t, len(tried), 8, "the backlog stays where it is")
	w.target.bodies = nil
	w.target.mu.Unlock()
	w.target.answers(nil)
	w.total(t, 100, 0, 0, 0)
	got := w.target.got()
	require.Len(t, slices.Compact(slices.Sorted(slices.Values(got))), 100)
	for body := range tried {
		require.Less(t, slices.Index(got, body), 16, "those that failed go first")
	}
	w.target.mu.Lock()
	defer w.target.mu.Unlock()
	require.LessOrEqual(t, w.target.most, 8)
}

func TestRetryAfterIsHeeded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.target.answers(func(string) (int, http.Header) { return 429, http.Header{"Retry-After": {"120"}} })
	w.pass(t, "a")
	w.run(t)
	require.Eventually(t, func() bool { return len(w.target.got()) == 1 }, 20*time.Second, time.Millisecond)
	w.later(110 * time.Second)
	require.Never(t, func() bool { return len(w.target.got()) > 1 }, 1500*time.Millisecond, 100*time.Millisecond)
	w.target.answers(nil)
	w.later(15 * time.Second)
	w.total(t, 1, 0, 0, 0)
}

// TestOneThatIsNotTakenDoesNotHoldUpTheOthers: a payload that makes the target fail is put off.
func TestOneThatIsNotTakenDoesNotHoldUpTheOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.target.answers(func(body string) (int, http.Header) {
		if body == "poison" {
			return 500, nil
		}
		return 200, nil
	})
	w.pass(t, "poison")
	for i := range 50 {
		w.pass(t, fmt.Sprint(i))
	}
	w.run(t)
	c := w.total(t, 50, 0, 0, 0)
	require.Equal(t, "500 status 500", c.FailureText)
}

func TestWhatWaitsTooLongExpires(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.target.answers(always(503))
	for range 30 {
		w.pass(t, "old")
	}
	w.run(t)
	require.Eventually(t, func() bool { return len(w.target.got()) > 3 }, 20*time.Second, time.Millisecond)
	w.later(61 * time.Minute)
	w.total(t, 0, 0, 0, 30)
}

func TestAFullBacklogLosesAndSaysSo(t *testing.T) {
	t.Parallel()
	big := string(make([]byte, 20<<10))
	w := newWorld(t, func(o *forward.Options) { o.MaxBytes = 64 << 10 })
	for range 5 {
		w.pass(t, big)
	}
	stop := w.run(t)
	c := w.total(t, 3, 0, 2, 0)
	require.Equal(t, "not put into the backlog: The event stream is full.", c.FailureText)
	stop()
	w = newWorld(t, func(o *forward.Options) { o.TotalBytes = 50 << 10 })
	for range 5 {
		w.pass(t, big)
	}
	w.run(t)
	c = w.total(t, 2, 0, 3, 0)
	require.Equal(t, "not put into the backlog: the backlogs of all environments together are full", c.FailureText)
	w.pass(t, "room again")
	w.total(t, 3, 0, 3, 0)
}

// TestStoppingLetsRequestsEnd: what is on its way ends and is not sent again; what waits is sent by the next run.
func TestStoppingLetsRequestsEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	began, end := make(chan struct{}, 8), make(chan struct{})
	w.target.answers(func(string) (int, http.Header) { began <- struct{}{}; <-end; return 200, nil })
	w.pass(t, "a")
	stop := w.run(t)
	<-began
	stopped := make(chan struct{})
	go func() { stop(); close(stopped) }()
	w.target.answers(nil)
	close(end)
	<-stopped
	w.total(t, 1, 0, 0, 0)
	w.pass(t, "b")
	w.run(t)
	w.total(t, 2, 0, 0, 0)
	require.Equal(t, []string{"a", "b"}, w.target.got())
}

// TestTheBacklogFollowsTheSetting: another address gets what waits; the end of forwarding discards it, and counts that.
func TestTheBacklogFollowsTheSetting(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.aim(t, "fwd_1", "http://127.0.0.1:1")
	w.pass(t, "a", "b")
	w.run(t)
	require.Eventually(t, func() bool { w.mu.Lock(); defer w.mu.Unlock(); return w.counts.FailureText != "" }, 20*time.Second, time.Millisecond)
	w.aim(t, "fwd_1", w.target.URL)
	w.total(t, 2, 0, 0, 0)

	w.target.answers(always(503))
	w.pass(t, "c", "d", "e")
	w.aim(t, "", "")
	c := w.total(t, 2, 0, 3, 0)
	require.Equal(t, "3 payloads waited when forwarding ended", c.FailureText)
	list, err := w.bus.Backlogs(t.Context())
	require.NoError(t, err)
	require.Empty(t, list)

	w.target.answers(nil)
	w.aim(t, "fwd_2", w.target.URL)
	w.pass(t, "f")
	w.total(t, 3, 0, 3, 0)
}

func TestCountsWaitForTheDatabase(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.broken = errors.New("down")
	w.run(t)
	w.pass(t, "a", "b")
	require.Eventually(t, func() bool { return len(w.target.got()) == 2 }, 20*time.Second, time.Millisecond)
	require.Eventually(t, func() bool {
		states, err := w.States(t.Context(), map[string]string{"env_1": "fwd_1"})
		return err == nil && states["env_1"].Payloads == 0 && states["env_1"].Passed == 0
	}, 20*time.Second, time.Millisecond)
	w.mu.Lock()
	w.broken = nil
	w.mu.Unlock()
	w.total(t, 2, 0, 0, 0)
}
