package plan_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// ascending are versions in order; those of one row are the same.
var ascending = [][]string{
	{"", " "},
	{"0", "0.0", "v0", "0+1"},
	{"0.0.1"},
	{"0.9-rc"},
	{"0.9"},
	{"1-alpha"},
	{"1.0", "1", "01.00", "1.0.0.0"},
	{"1.2"},
	{"1.10"},
	{"8.6.0-1"},
	{"8.6.0-2"},
	{"8.6.0-alpha", "8.6-ALPHA", "8.6alpha"},
	{"8.6.0-alpha.1", "8.6.0-alpha1", "8.6.0-alpha01"},
	{"8.6.0-alpha.beta"},
	{"8.6.0-beta"},
	{"8.6.0-beta.2", "8.6.0beta2", "8.6.0_Beta-2", "v8.6.0-beta.2+7", "8.6.0 beta 2"},
	{"8.6.0-beta.10", "8.6.0-beta10"},
	{"8.6.0-rc.1"},
	{"8.6.0-内测"},
	{"8.6.0", "8.6", "v8.6", "V8.6.0", "8.6.0+20260102", "8.6.0 (1234)", " 8.6.0 ", "8.6.0+a/b"},
	{"8.6.0.1"},
	{"8.6.0.1234"},
	{"8.6.1-beta"},
	{"8.6.1", "v8.6.1"},
	{"8.10"},
	{"20260102"},
	{"99999999999999999999998"},
	{"99999999999999999999999", "099999999999999999999999"},
	{"+5"},
	{"-1"},
	{"8..6"},
	{"8.6.0-"},
	{"8.6/7"},
	{"8.x"},
	{"dev"},
	{"v"},
	{"version 8"},
	{"正式版"},
}

func TestVersionsInOrder(t *testing.T) {
	t.Parallel()
	for i, row := range ascending {
		for j, other := range ascending {
			for _, a := range row {
				for _, b := range other {
					want := min(1, max(-1, i-j))
					require.Equal(t, want, plan.CompareVersions(a, b), "%q %q", a, b)
				}
			}
		}
	}
}

func TestVersionsThatAreRefused(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"8.6.0": "", "v8": "", "8.6.0-beta.2": "", strings.Repeat("8", 50): "",
		"": "v required", "dev": "v bad_version", "8.": "v bad_version", ".8": "v bad_version", "8.x": "v bad_version",
		"8.6-._": "v bad_version", "8.6.0.-1": "v bad_version", strings.Repeat("8", 51): "v too_long",
	} {
		var f fault.Fields
		plan.ValidateVersion("v", text, &f)
		require.Equal(t, want, strings.Join(reasons(f), ","), text)
	}
}

// drawVersion returns texts of which many are versions, and many the same.
func drawVersion(t *rapid.T, label string) string {
	return rapid.OneOf(
		rapid.StringMatching(`v?[0-2](\.[0-2]){0,2}([-_.]?(a|B|rc)?[-_. ]?[0-2]?){0,2}(\+1)?`),
		rapid.StringOf(rapid.SampledFrom([]rune("012.-_ vV+(aAb/测"))),
		rapid.String(),
	).Draw(t, label)
}

func TestVersionsAreInOneOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		holdsOneOrder(t, drawVersion(t, "a"), drawVersion(t, "b"), drawVersion(t, "c"))
	})
}

func FuzzCompareVersions(f *testing.F) {
	for i := range ascending[2:] {
		f.Add(ascending[i][0], ascending[i+1][0], ascending[i+2][0])
	}
	f.Fuzz(func(t *testing.T, a, b, c string) { holdsOneOrder(t, a, b, c) })
}

func holdsOneOrder(t require.TestingT, a, b, c string) {
	require.Zero(t, plan.CompareVersions(a, a))
	ab, bc, ac := plan.CompareVersions(a, b), plan.CompareVersions(b, c), plan.CompareVersions(a, c)
	require.Equal(t, ab, -plan.CompareVersions(b, a), "%q %q", a, b)
	if ab <= 0 && bc <= 0 {
		require.LessOrEqual(t, ac, 0, "%q %q %q", a, b, c)
	}
	if ab == 0 { // the same versions have the same place among all others
		require.Equal(t, ac, bc, "%q %q %q", a, b, c)
	}
	if strings.TrimSpace(a) != "" {
		require.Positive(t, plan.CompareVersions(a, ""))
	}
}

func TestComparingVersionsAllocatesNothing(t *testing.T) {
	for _, row := range ascending {
		require.Zero(t, testing.AllocsPerRun(10, func() { plan.CompareVersions(row[0], "v8.6.0-beta.2+1 (5)") }), row[0])
	}
}

func BenchmarkCompareVersions(b *testing.B) {
	for b.Loop() {
		plan.CompareVersions("8.6.0", "8.6.1")
	}
}
