package bus

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestEraNeedsTheConnectionThatWasLookedThrough: what was seen before a break says nothing about what is there after it.
func TestEraNeedsTheConnectionThatWasLookedThrough(t *testing.T) {
	t.Parallel()
	var s streamState
	opened, shut := 0, 0
	before := s.connection()
	s.disconnect(func() { shut++ })
	s.begin(t.Context(), "a", before, func() { opened++ })
	require.Zero(t, opened)
	require.True(t, s.needsCheck())

	s.begin(t.Context(), "a", s.connection(), func() { opened++ })
	require.Equal(t, 1, opened)
	require.False(t, s.needsCheck())
	era, id, err := s.wait(t.Context())
	require.NoError(t, err)
	require.Equal(t, "a", id)

	s.disconnect(func() { shut++ })
	require.ErrorIs(t, context.Cause(era), errDisconnected)
	require.Equal(t, 2, shut)

	s.lose(func() { shut++ })
	require.False(t, s.needsCheck(), "only EnsureStream helps")
	_, _, err = s.wait(t.Context())
	require.ErrorIs(t, err, ErrStreamLost)
}

// TestSyncSettings: what the modes promise for a power cut cannot be tried here, so at least the server is told so.
func TestSyncSettings(t *testing.T) {
	t.Parallel()
	for mode, always := range map[AckMode]bool{"": true, AckFsync: true, AckProcess: false} {
		b, err := Open(t.Context(), Options{Dir: t.TempDir(), Ack: mode})
		require.NoError(t, err)
		cfg := b.engine.server.JetStreamConfig()
		require.Equal(t, always, cfg.SyncAlways)
		if !always {
			require.Equal(t, time.Second, cfg.SyncInterval)
		}
		require.Equal(t, always, b.commit.hold.enabled)
		require.NoError(t, b.Close(t.Context()))
	}
}
