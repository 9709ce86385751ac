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

func TestPresetsOfTheChineseVendors(t *testing.T) {
	t.Parallel()
	c := preset.Of("sensors")
	require.True(t, c.IsEvent("$AppStart"))
	require.True(t, c.IsEvent("$NewInTheNextVersion"), "names that begin so are the vendor's")
	require.True(t, c.IsProperty(capture.Track, "app_crashed_reason"))
	require.False(t, c.IsEvent("product_viewed"))
	require.False(t, c.IsProperty(capture.Track, "product_name"))
	c = preset.Of("thinkingdata")
	require.True(t, c.IsEvent("ta_app_start"))
	require.True(t, c.IsProperty(capture.Identify, "#device_id"))
	require.False(t, c.IsEvent("ta_my_event"), "ta_ is not reserved")
}

func TestAFormatWithoutPresetsHasNone(t *testing.T) {
	t.Parallel()
	require.False(t, preset.Of("none").IsEvent(""))
	require.False(t, preset.Of("none").IsProperty(capture.Page, "url"))
	require.True(t, preset.Of("none").IsProperty(capture.Track, "wm_run"), "but for the one that tells of a test run")
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
