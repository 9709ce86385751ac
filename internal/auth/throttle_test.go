package auth_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/fault"
)

// clock is a clock that a test moves.
type clock struct{ at time.Time }

func newClock() *clock                { return &clock{at: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)} }
func (c *clock) now() time.Time       { return c.at }
func (c *clock) pass(d time.Duration) { c.at = c.at.Add(d) }
func guesses(t auth.Throttle, a, i string) (n int) {
	for {
		if _, err := t.Guess(a, i); err != nil {
			return n
		}
		n++
	}
}

func TestThrottle(t *testing.T) {
	t.Parallel()
	c := newClock()
	th := auth.NewThrottle(c.now)
	require.Equal(t, 10, guesses(th, "ann", "192.0.2.1"), "an account has ten")
	require.Equal(t, 0, guesses(th, "ann", "192.0.2.2"), "from wherever")
	require.Equal(t, 10, guesses(th, "bob", "192.0.2.1"))
	require.Equal(t, 10, guesses(th, "cyd", "192.0.2.1"))
	require.Equal(t, 0, guesses(th, "dan", "192.0.2.1"), "an address has thirty")
	require.Equal(t, 10, guesses(th, "dan", "192.0.2.3"), "which cost dan nothing")

	c.pass(30 * time.Second)
	require.Equal(t, 1, guesses(th, "ann", "192.0.2.4"), "two a minute come back")
	c.pass(time.Hour)
	require.Equal(t, 10, guesses(th, "ann", "192.0.2.4"), "never more than ten")
	c.pass(-time.Hour)
	require.Equal(t, 0, guesses(th, "ann", "192.0.2.4"), "a clock put back gives nothing")
}

func TestThrottleGivesBack(t *testing.T) {
	t.Parallel()
	th := auth.NewThrottle(newClock().now)
	for range 100 {
		giveBack, err := th.Guess("ann", "192.0.2.1")
		require.NoError(t, err)
		giveBack()
	}
	require.Equal(t, 10, guesses(th, "ann", "192.0.2.1"))
}

func TestThrottleSaysHowLong(t *testing.T) {
	t.Parallel()
	th := auth.NewThrottle(newClock().now)
	guesses(th, "ann", "192.0.2.1")
	_, err := th.Guess("ann", "192.0.2.1")
	var e *fault.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, fault.RateLimited, e.Code)
	require.Equal(t, 30, e.Params["retryAfter"])
}

// TestThrottleNetworks: one IPv6 network is one guesser, and an IPv4 address is the same in either notation.
func TestThrottleNetworks(t *testing.T) {
	t.Parallel()
	th := auth.NewThrottle(newClock().now)
	n := 0
	for i := range 40 {
		if _, err := th.Guess(fmt.Sprint(i), fmt.Sprintf("2001:db8:1:2::%x", i+1)); err == nil {
			n++
		}
	}
	require.Equal(t, 30, n)
	_, err := th.Guess("x", "2001:db8:1:3::1")
	require.NoError(t, err)

	require.Equal(t, 10, guesses(th, "a", "192.0.2.1"))
	require.Equal(t, 10, guesses(th, "b", "::ffff:192.0.2.1"))
	require.Equal(t, 10, guesses(th, "c", "192.0.2.1"))
	require.Equal(t, 0, guesses(th, "d", "192.0.2.1"))
}

func TestThrottleIsBounded(t *testing.T) {
	t.Parallel()
	th := auth.NewThrottle(newClock().now)
	for i := range 50_000 {
		_, err := th.Guess(fmt.Sprint("account", i), fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255))
		require.NoError(t, err)
	}
	accounts, addresses := th.Buckets()
	require.LessOrEqual(t, accounts, 10_000)
	require.LessOrEqual(t, addresses, 10_000)
}
