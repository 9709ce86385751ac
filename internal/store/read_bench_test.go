package store_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/app"
	"github.com/waymarkhq/waymark/internal/store"
)

// What reading one row costs.
func BenchmarkRead(b *testing.B) {
	eachStore(b, func(b *testing.B, s *store.Store) {
		require.NoError(b, s.Tx(b.Context(), func(ctx context.Context, tx *ent.Tx) error {
			return tx.App.Create().SetKey("shop").SetName("Shop").Exec(ctx)
		}))
		for b.Loop() {
			_, err := s.Read().App.Query().Where(app.Key("shop")).Only(b.Context())
			require.NoError(b, err)
		}
	})
}
