package capture_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/waymarkhq/waymark/internal/capture"
)

func TestRawIsCutAndJoined(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.String().Draw(t, "raw")
		c := capture.Captured{Event: capture.Event{Raw: raw, Name: raw[:len(raw)/2], ID: rapid.String().Draw(t, "id")}, Release: rapid.IntRange(0, 9).Draw(t, "release")}
		record := capture.AppendRecord(nil, []capture.Captured{c})
		cut, rest, ok := capture.CutRaw(record)
		require.True(t, ok)
		require.Equal(t, raw, cut)
		require.Len(t, rest, len(record)-len(raw))
		require.Equal(t, string(record), capture.JoinRaw(cut, rest))
	})
}

func TestCutRawRefusesOtherThings(t *testing.T) {
	t.Parallel()
	two := capture.AppendRecord(nil, make([]capture.Captured, 2))
	for _, bad := range []string{"", "\x01", "\x05\x01\x00\x00", "\x01\x01", "\x01\x01\x00\xff", "\x01\x01\x00\x04a", string(two)} {
		_, _, ok := capture.CutRaw([]byte(bad))
		require.False(t, ok, "%q", bad)
	}
	require.Empty(t, capture.JoinRaw("x", nil))
}

func FuzzCutRaw(f *testing.F) {
	f.Add([]byte("\x01\x01\x00\x04ab"))
	f.Fuzz(func(t *testing.T, record []byte) {
		if raw, rest, ok := capture.CutRaw(record); ok {
			require.Equal(t, string(record), capture.JoinRaw(raw, rest))
		}
	})
}
