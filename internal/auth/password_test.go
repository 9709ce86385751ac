package auth_test

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/fault"
)

// cheap is a cost for tests that need many hashes.
var cheap = auth.Cost{Memory: 64, Time: 1, Threads: 1}

func TestPasswords(t *testing.T) {
	t.Parallel()
	p := auth.NewPasswords(auth.Cost{})
	hash, err := p.Hash(t.Context(), "支付 long enough")
	require.NoError(t, err)
	require.Contains(t, hash, "$argon2id$v=19$m=19456,t=2,p=1$")

	right, stale, err := p.Verify(t.Context(), hash, "支付 long enough")
	require.NoError(t, err)
	require.True(t, right)
	require.False(t, stale)
	right, _, err = p.Verify(t.Context(), hash, "支付 long enougH")
	require.NoError(t, err)
	require.False(t, right)

	again, err := p.Hash(t.Context(), "支付 long enough")
	require.NoError(t, err)
	require.NotEqual(t, hash, again, "each hash has a salt of its own")

	right, stale, err = auth.NewPasswords(cheap).Verify(t.Context(), hash, "支付 long enough")
	require.NoError(t, err)
	require.True(t, right)
	require.True(t, stale, "the cost has changed")

	right, _, err = p.Verify(t.Context(), "", "anything")
	require.NoError(t, err)
	require.False(t, right, "who does not exist has no right password")
	_, _, err = p.Verify(t.Context(), "plain text", "plain text")
	require.ErrorContains(t, err, "argon2id")
}

// TestPasswordForms: the same characters typed on another keyboard (composed or decomposed) are the same password.
func TestPasswordForms(t *testing.T) {
	t.Parallel()
	p := auth.NewPasswords(cheap)
	hash, err := p.Hash(t.Context(), "caf\u00e9 au lait")
	require.NoError(t, err)
	right, _, err := p.Verify(t.Context(), hash, "cafe\u0301 au lait")
	require.NoError(t, err)
	require.True(t, right)
}

// TestPasswordsAreBounded: a flood of sign-ins is refused instead of piling up, and who gives up leaves the queue.
func TestPasswordsAreBounded(t *testing.T) {
	t.Parallel()
	p := auth.NewPasswords(auth.Cost{Memory: 8 * 1024, Time: 1, Threads: 1})
	var wg sync.WaitGroup
	var mu sync.Mutex
	codes := map[fault.Code]int{}
	for range 300 {
		wg.Go(func() {
			_, err := p.Hash(context.WithoutCancel(t.Context()), "a password")
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				codes["ok"]++
			} else {
				codes[fault.CodeOf(err)]++
			}
		})
	}
	wg.Wait()
	require.Positive(t, codes["ok"])
	require.Zero(t, codes[fault.Internal])
	require.Equal(t, 300, codes["ok"]+codes[fault.Unavailable])

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 100 {
		_, _ = p.Hash(ctx, "a password")
	}
	_, err := p.Hash(t.Context(), "a password")
	require.NoError(t, err, "nothing is left in the queue")
}

func TestPHCBounds(t *testing.T) {
	t.Parallel()
	good := "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g"
	_, err := auth.ParsePHC(good)
	require.NoError(t, err)
	for name, bad := range map[string]string{
		"memory":    "$argon2id$v=19$m=4000000000,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g",
		"no passes": "$argon2id$v=19$m=19456,t=0,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g",
		"variant":   "$argon2i$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g",
		"version":   "$argon2id$v=16$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g",
		"leading 0": "$argon2id$v=19$m=019456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g",
		"no hash":   "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$",
		"short":     "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA",
	} {
		_, err := auth.ParsePHC(bad)
		require.Error(t, err, name)
	}
}

func FuzzParsePHC(f *testing.F) {
	f.Add("$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g")
	f.Fuzz(func(t *testing.T, s string) {
		if text, err := auth.ParsePHC(s); err == nil {
			require.Equal(t, s, text, "what is read is what would be written")
		}
	})
}

// TestPHCNeverVerifiesAnother: a hash accepts its password and no other.
func TestPHCNeverVerifiesAnother(t *testing.T) {
	t.Parallel()
	p := auth.NewPasswords(cheap)
	rapid.Check(t, func(rt *rapid.T) {
		one, other := rapid.String().Draw(rt, "one"), rapid.StringMatching(`[a-z]{8}`).Draw(rt, "other")
		hash, err := p.Hash(t.Context(), one)
		require.NoError(rt, err)
		right, _, err := p.Verify(t.Context(), hash, one)
		require.NoError(rt, err)
		require.True(rt, right)
		right, _, err = p.Verify(t.Context(), hash, other)
		require.NoError(rt, err)
		require.Equal(rt, one == other, right)
	})
}

func BenchmarkHash(b *testing.B) {
	p := auth.NewPasswords(auth.Cost{})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Hash(b.Context(), "a password"); err != nil {
			b.Fatal(err)
		}
	}
}
