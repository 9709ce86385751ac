package auth_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/fault"
)

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// TestTokenChecksum: what is made is accepted, and no single slip of the finger or swap of neighbours is.
func TestTokenChecksum(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		token := auth.NewToken()
		require.Len(t, token, 39)
		require.NoError(t, auth.CheckToken(token))
		i := rapid.IntRange(0, len(token)-1).Draw(t, "place")
		c := rapid.SampledFrom([]byte(base62)).Draw(t, "character")
		slip := token[:i] + string(c) + token[i+1:]
		if slip != token {
			require.True(t, fault.Is(auth.CheckToken(slip), fault.Unauthenticated), slip)
		}
		if i > 0 {
			swap := token[:i-1] + string(token[i]) + string(token[i-1]) + token[i+1:]
			if swap != token {
				require.Error(t, auth.CheckToken(swap), swap)
			}
		}
	})
}

// TestTokenFormat pins the format: tokens that are out there must stay good.
func TestTokenFormat(t *testing.T) {
	t.Parallel()
	require.NoError(t, auth.CheckToken("wm_0123456789ABCDEFGHIJKLMNOPQRST4YgiDs"))
	for _, bad := range []string{
		"", "wm_", "wm_0123456789ABCDEFGHIJKLMNOPQRST4YgiD~", "WM_0123456789ABCDEFGHIJKLMNOPQRST4YgiDs",
		"wm_0123456789ABCDEFGHIJKLMNOPQRS\x004YgiDs", strings.Repeat("wm_", 13),
	} {
		require.Error(t, auth.CheckToken(bad), bad)
	}
}

func TestTokensDiffer(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	counts := map[byte]int{}
	for range 2000 {
		token := auth.NewToken()
		require.False(t, seen[token])
		seen[token] = true
		for i := 3; i < 33; i++ {
			counts[token[i]]++
		}
	}
	require.Len(t, counts, 62)
	for c, n := range counts { // 60,000 draws over 62: 968 each, give or take 31
		require.InDelta(t, 968, n, 220, "%c", c)
	}
}

func FuzzCheckToken(f *testing.F) {
	f.Add(auth.NewToken())
	f.Add("wm_")
	f.Fuzz(func(t *testing.T, s string) {
		if auth.CheckToken(s) == nil {
			require.Len(t, s, 39)
			require.Equal(t, "wm_", s[:3])
		}
	})
}
