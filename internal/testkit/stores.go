package testkit

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/store"
)

// Stores runs f as a parallel subtest on each kind of database, each time on a fresh one.
func Stores(t *testing.T, f func(t *testing.T, s *store.Store)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		f(t, SQLite(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		f(t, OpenStore(t, store.Options{DatabaseURL: Postgres(t)}))
	})
}

// SQLite returns a fresh store in files that go with the test.
func SQLite(tb testing.TB) *store.Store {
	tb.Helper()
	return OpenStore(tb, store.Options{Dir: tb.TempDir()})
}

// OpenStore opens a store that is closed when the test ends.
func OpenStore(tb testing.TB, opts store.Options) *store.Store {
	tb.Helper()
	s, err := store.Open(tb.Context(), opts)
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, s.Close()) })
	return s
}
