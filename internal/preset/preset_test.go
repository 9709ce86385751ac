package preset_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/preset"
)

func TestPagesOfTheSegmentFamily(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"segment", "rudderstack"} {
		c := preset.Of(format)
		require.True(t, c.IsProperty(capture.Page, "url"))
		require.True(t, c.IsProperty(capture.Screen, "name"))
		require.False(t, c.IsProperty(capture.Track, "url"), "who tracks an url has planned it")
		require.False(t, c.IsEvent("url"))
	}
}

func TestAFormatWithoutPresetsHasNone(t *testing.T) {
	t.Parallel()
	require.False(t, preset.Of("none").IsEvent(""))
	require.False(t, preset.Of("none").IsProperty(capture.Page, "url"))
}

// TestCataloguesAreComplete: reading them has checked the columns already.
func TestCataloguesAreComplete(t *testing.T) {
	t.Parallel()
	all := preset.All()
	require.NotEmpty(t, all)
	for _, c := range all {
		require.NotEmpty(t, c.Entries, c.Format)
	}
}
