package bus_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/bus"
)

// open starts an embedded bus in dir; it is closed at the end of the test.
func open(t testing.TB, opts bus.Options) *bus.Bus {
	t.Helper()
	b, err := bus.Open(t.Context(), opts)
	require.NoError(t, err)
	t.Cleanup(func() { closeBus(t, b) })
	return b
}

func closeBus(t testing.TB, b *bus.Bus) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	require.NoError(t, b.Close(ctx))
}

// opened is open with the stream ensured.
func opened(t testing.TB, opts bus.Options) *bus.Bus {
	t.Helper()
	b := open(t, opts)
	_, err := b.EnsureStream(t.Context(), bus.Position{})
	require.NoError(t, err)
	return b
}

func TestPublishThenRead(t *testing.T) {
	t.Parallel()
	b := opened(t, bus.Options{Dir: t.TempDir()})
	require.NoError(t, b.Publish(t.Context(), 2, []byte("hello")))
	require.NoError(t, b.Healthy())
	var got []string
	require.NoError(t, b.ReadTo(t.Context(), 1, 1, func(g bus.Group) error {
		require.NoError(t, g.Damaged)
		for n, r := range g.Records() {
			require.Equal(t, 2, n)
			got = append(got, string(r))
		}
		return nil
	}))
	require.Equal(t, []string{"hello"}, got)
}
