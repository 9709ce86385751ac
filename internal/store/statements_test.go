package store_test

import (
	"fmt"
	"testing"

	"entgo.io/ent/dialect/sql"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/waymarkhq/waymark/internal/store"
	"github.com/waymarkhq/waymark/internal/testkit"
)

// More different statements than are kept, from many goroutines: each is closed when nobody needs it, and not before.
func TestReadsManyStatements(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		a := makeApp(t, s, "shop")
		var group errgroup.Group
		for worker := range 4 {
			group.Go(func() error {
				for i := range 600 {
					n := (worker*150 + i) % 600
					found, err := s.Read().App.Query().Where(func(s *sql.Selector) {
						s.Where(sql.ExprP(fmt.Sprintf("%d = %d", n, n)))
					}).IDs(t.Context())
					if err != nil || len(found) != 1 || found[0] != a.ID {
						return fmt.Errorf("statement %d: %v %w", n, found, err)
					}
				}
				return nil
			})
		}
		require.NoError(t, group.Wait())
		require.Zero(t, s.Stats()["plan_read"].InUse+s.Stats()["read"].InUse)
	})
}
