package check

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/waymarkhq/waymark/internal/plan"
)

func TestPackedVersionsCompareAsVersionsDo(t *testing.T) {
	t.Parallel()
	draw := rapid.OneOf(
		rapid.StringMatching(`[0-9]{1,6}(\.[0-9]{1,3}){0,5}`), rapid.StringMatching(`(v?[0-9.]{0,6}|-beta| |\+1){0,3}`),
		rapid.SampledFrom([]string{"", "0", "65535", "65536", "8.6", "8.6.0.0", "1.2.3.4", "1.2.3.4.0", "1.", ".1", "1..2"}),
	)
	both := 0
	rapid.Check(t, func(t *rapid.T) {
		a, b := draw.Draw(t, "a"), draw.Draw(t, "b")
		x, ok := pack(a)
		y, okay := pack(b)
		want := plan.CompareVersions(a, b)
		if ok && okay {
			both++
			require.Equal(t, want <= 0, x <= y)
			require.Equal(t, want >= 0, x >= y)
		}
		// Cuts rank a version alike, whether they are packed or not.
		c := newCuts([]string{b, "", "3"})
		v := appVersion{text: a}
		rank := 0
		for i, cut := range c.versions {
			if isFirst(a) || plan.CompareVersions(cut, a) <= 0 {
				rank = i + 1
			}
		}
		require.Equal(t, rank, v.rank(&c))
		require.Equal(t, rank, v.rank(&c))
	})
	require.Positive(t, both)
	for version, want := range map[string]bool{"8": true, "8.6.1.2": true, "": false, "8.": false, "8.6.1.2.3": false, "65536": false, "v8": false} {
		_, ok := pack(version)
		require.Equal(t, want, ok, version)
	}
}
