package bustest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/bus"
	"github.com/waymarkhq/waymark/internal/bus/bustest"
)

func TestStreamsOutliveTheServer(t *testing.T) {
	t.Parallel()
	s := bustest.New(t.TempDir())
	require.NoError(t, s.Start())
	defer s.Stop()
	url := s.URL()
	open := func() *bus.Bus {
		b, err := bus.Open(t.Context(), bus.Options{URL: url})
		require.NoError(t, err)
		_, err = b.EnsureStream(t.Context(), bus.Position{})
		require.NoError(t, err)
		return b
	}
	b := open()
	require.NoError(t, b.Publish(t.Context(), 1, []byte("kept")))
	require.NoError(t, b.Close(t.Context()))
	s.Stop()
	s.Stop()
	require.NoError(t, s.Start())
	require.Equal(t, url, s.URL())
	b = open()
	defer func() { require.NoError(t, b.Close(t.Context())) }()
	var kept []string
	require.NoError(t, b.ReadTo(t.Context(), 1, 1, func(g bus.Group) error {
		for _, r := range g.Records() {
			kept = append(kept, string(r))
		}
		return nil
	}))
	require.Equal(t, []string{"kept"}, kept)
}
