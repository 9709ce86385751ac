package catalog_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/catalog"
)

func TestRetentionsAreThoseOfEveryEnvironment(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		envs, err := w.catalog.EnvironmentsOf(w.ctx, []string{w.app.ID})
		require.NoError(t, err)
		days := 30
		_, err = w.catalog.UpdateEnvironment(w.ctx, catalog.UpdateEnvironmentInput{ID: envs[w.app.ID][0].ID, RetentionDays: &days})
		require.NoError(t, err)
		kept, err := w.catalog.Retentions(t.Context()) // the program asks, nobody in particular
		require.NoError(t, err)
		require.Equal(t, map[string]catalog.Retention{
			envs[w.app.ID][0].ID: {Days: 30, MaxSamples: 1_000_000}, envs[w.app.ID][1].ID: {Days: 7, MaxSamples: 1_000_000},
		}, kept)
	})
}
