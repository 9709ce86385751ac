package bus

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/waymarkhq/waymark/internal/fault"
)

// wire is a fake server: it keeps what was sent and acknowledges when the test says so.
type wire struct {
	mu     sync.Mutex
	tokens []uint64
	groups [][]record
	err    error
	sent   func(token uint64) // called after each send
}

func (w *wire) send(token uint64, data []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return w.err
	}
	var g Group
	if _, err := g.decode(data, nil); err != nil {
		return err
	}
	w.tokens = append(w.tokens, token)
	w.groups = append(w.groups, recordsOf(g))
	if w.sent != nil {
		go w.sent(token)
	}
	return nil
}

func (w *wire) sizes() (out []int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, g := range w.groups {
		out = append(out, len(g))
	}
	return out
}

func newTestCommitter(w *wire) *committer { return newCommitter(w.send, time.Minute, newMetrics()) }

// start publishes n records at once and returns where their results come.
func start(ctx context.Context, c *committer, n, events int) <-chan error {
	out := make(chan error, n)
	for range n {
		go func() { out <- c.publish(ctx, events, []byte("r")) }()
		synctest.Wait()
	}
	return out
}

func reason(t *testing.T, err error) string {
	t.Helper()
	f, ok := errors.AsType[*fault.Error](err)
	require.True(t, ok, "%v", err)
	require.Equal(t, fault.Unavailable, f.Code)
	return f.Reason
}

func TestRecordsGatherWhileAGroupIsInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{}
		c := newTestCommitter(w)
		first := start(t.Context(), c, 1, 1)
		others := start(t.Context(), c, 5, 1)
		require.Equal(t, []int{1}, w.sizes(), "nothing is in flight: the first leaves alone; then the next group gathers")

		c.settle(1, 10, nil)
		require.NoError(t, <-first)
		require.Equal(t, []int{1, 5}, w.sizes())
		synctest.Wait()
		require.Empty(t, others, "not durable yet")

		c.settle(2, 11, nil)
		for range 5 {
			require.NoError(t, <-others)
		}
		require.EqualValues(t, 11, c.highest.Load())
	})
}

func TestGroupIsClosedAtItsCaps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{}
		c := newTestCommitter(w)
		start(t.Context(), c, 1, 1)
		start(t.Context(), c, 3, MaxGroupEvents/2)
		big := make([]byte, 3*MaxGroupBytes)
		large := make(chan error, 1)
		go func() { large <- c.publish(t.Context(), 1, big) }()
		synctest.Wait()
		start(t.Context(), c, 1, 1)
		for token := range uint64(5) {
			c.settle(token+1, token+1, nil)
		}
		require.Equal(t, []int{1, 2, 1, 1, 1}, w.sizes(), "two records fill the events, and the large one goes alone")
		require.NoError(t, <-large)
		synctest.Wait()
	})
}

func TestOutcomeOfAGroupIsThatOfEachRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{}
		c := newTestCommitter(w)
		first := start(t.Context(), c, 1, 1)
		others := start(t.Context(), c, 2, 1)
		c.settle(1, 0, errFull)
		require.Equal(t, ReasonFull, reason(t, <-first))
		require.ErrorIs(t, c.recentRefusal(), errFull)
		c.settle(2, 5, nil)
		require.NoError(t, <-others)
		require.NoError(t, <-others)
		require.NoError(t, c.recentRefusal())
	})
}

func TestARefusalIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newTestCommitter(&wire{})
		first := start(t.Context(), c, 1, 1)
		c.settle(1, 0, errFull)
		require.Error(t, <-first)
		require.ErrorIs(t, c.recentRefusal(), errFull)
		time.Sleep(refusalMemory)
		require.NoError(t, c.recentRefusal())
	})
}

func TestUnansweredGroupIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{}
		c := newTestCommitter(w)
		began := time.Now()
		first := start(t.Context(), c, 1, 1)
		second := start(t.Context(), c, 1, 1)
		require.Equal(t, ReasonSlow, reason(t, <-first))
		require.Equal(t, time.Minute, time.Since(began))
		c.settle(1, 77, nil) // the late answer changes nothing
		require.Zero(t, c.highest.Load())
		c.settle(2, 78, nil)
		require.NoError(t, <-second)
	})
}

func TestCallerMayLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{}
		c := newTestCommitter(w)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		gone := start(ctx, c, 1, 1)
		require.Equal(t, ReasonSlow, reason(t, <-gone))
		require.ErrorIs(t, c.publish(ctx, 1, nil), context.DeadlineExceeded)
		require.Len(t, w.sizes(), 1, "what had left before stays in the stream; what comes with a dead context does not")
		c.settle(1, 1, nil)
		require.NoError(t, c.drain(t.Context()))
	})
}

func TestTooMuchPending(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newTestCommitter(&wire{})
		big := make([]byte, MaxRecordBytes)
		results := make(chan error, 8)
		for range maxPending / len(big) {
			go func() { results <- c.publish(t.Context(), 1, big) }()
			synctest.Wait()
		}
		require.Empty(t, results)
		require.Equal(t, ReasonSlow, reason(t, c.publish(t.Context(), 1, big[:100_000])))
		c.settle(1, 1, nil)
		require.NoError(t, <-results)
		fits := make(chan error, 1)
		go func() { fits <- c.publish(t.Context(), 1, []byte("fits again")) }()
		synctest.Wait()
		c.shut(errClosed)
		require.Equal(t, ReasonDown, reason(t, <-fits), "accepted, and ended by shut")
		synctest.Wait()
	})
}

func TestShutEndsEveryGroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{}
		c := newTestCommitter(w)
		inFlight := start(t.Context(), c, 1, 1)
		queued := start(t.Context(), c, 2, MaxGroupEvents)
		c.shut(errDown)
		require.Equal(t, ReasonDown, reason(t, <-inFlight))
		require.Equal(t, ReasonDown, reason(t, <-queued))
		require.Equal(t, ReasonDown, reason(t, <-queued))
		require.Equal(t, ReasonDown, reason(t, c.publish(t.Context(), 1, nil)))
		require.NoError(t, c.drain(t.Context()))
		c.block(nil)
		again := start(t.Context(), c, 1, 1)
		c.settle(2, 9, nil)
		require.NoError(t, <-again)
	})
}

func TestSendErrorsDoNotStopTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{}
		c := newTestCommitter(w)
		first := start(t.Context(), c, 1, 1)
		queued := start(t.Context(), c, 3, MaxGroupEvents)
		w.err = errDown
		c.settle(1, 1, nil)
		require.NoError(t, <-first)
		for range 3 {
			require.Equal(t, ReasonDown, reason(t, <-queued))
		}
		w.err = nil
		again := start(t.Context(), c, 1, 1)
		c.settle(5, 2, nil)
		require.NoError(t, <-again)
	})
}

func TestRepeatedSequenceNumberIsNoSuccess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newTestCommitter(&wire{})
		told := 0
		c.fellBack = func() { told++ }
		c.saw(100)
		first := start(t.Context(), c, 1, 1)
		c.saw(101) // a reader saw the group before its acknowledgement came
		c.settle(1, 101, nil)
		require.NoError(t, <-first)
		second := start(t.Context(), c, 1, 1)
		c.settle(2, 50, nil)
		require.Equal(t, ReasonDown, reason(t, <-second))
		require.Equal(t, 1, told)
		require.Equal(t, ReasonDown, reason(t, c.blocked()), "nothing more until the stream was looked at")
	})
}

func TestHoldWaitsForThoseWhoWereJustAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{}
		c := newTestCommitter(w)
		c.hold.enabled = true
		start(t.Context(), c, 1, 1)
		start(t.Context(), c, 2, 1)
		time.Sleep(time.Millisecond)
		c.settle(1, 1, nil)
		require.Equal(t, []int{1}, w.sizes(), "the first caller may come back")
		start(t.Context(), c, 1, 1)
		require.Equal(t, []int{1, 3}, w.sizes(), "it did: the group leaves at once")

		time.Sleep(time.Millisecond)
		c.settle(2, 2, nil)
		start(t.Context(), c, 1, 1)
		require.Equal(t, []int{1, 3}, w.sizes())
		time.Sleep(time.Millisecond) // as long as the group before took
		synctest.Wait()
		require.Equal(t, []int{1, 3, 1}, w.sizes(), "the others did not")

		c.settle(3, 3, nil)
		start(t.Context(), c, 1, 1)
		require.Equal(t, []int{1, 3, 1, 1}, w.sizes(), "who is alone never waits")
		c.shut(errClosed)
		synctest.Wait()
	})
}

// TestEveryRecordIsSentOnce lets callers, acknowledgements, refusals and send errors meet in random order.
func TestEveryRecordIsSentOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		plan := rapid.SliceOfN(rapid.IntRange(0, 9), 1, 60).Draw(rt, "plan")
		hold := rapid.Bool().Draw(rt, "hold")
		synctest.Test(t, func(t *testing.T) { runPlan(t, plan, hold) })
	})
}

func runPlan(t *testing.T, plan []int, hold bool) {
	t.Helper()
	w := &wire{}
	c := newTestCommitter(w)
	c.hold.enabled = hold
	var mu sync.Mutex
	accepted, refused := map[string]bool{}, map[string]bool{}
	seq := uint64(0)
	w.sent = func(token uint64) {
		time.Sleep(time.Duration(token%7) * time.Millisecond)
		if token%5 == 4 {
			c.settle(token, 0, errFull)
			return
		}
		mu.Lock()
		seq++
		n := seq
		mu.Unlock()
		c.settle(token, n, nil)
	}
	var wg sync.WaitGroup
	for i, step := range plan {
		wg.Go(func() {
			time.Sleep(time.Duration(step) * time.Millisecond)
			for j := range 5 {
				name := fmt.Sprintf("%d/%d", i, j)
				err := c.publish(t.Context(), 1+step*400, []byte(name))
				mu.Lock()
				accepted[name], refused[name] = err == nil, err != nil
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	require.NoError(t, c.drain(t.Context()))
	seen := map[string]bool{}
	for i, g := range w.groups {
		events := 0
		for _, r := range g {
			events += r.events
			require.False(t, seen[string(r.data)], "sent twice")
			seen[string(r.data)] = true
			require.Equal(t, w.tokens[i]%5 == 4, refused[string(r.data)])
		}
		require.LessOrEqual(t, events, MaxGroupEvents)
	}
	require.Len(t, seen, 5*len(plan))
}
