package catalog_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/waymarkhq/waymark/internal/catalog"
)

func TestWhoIsMentioned(t *testing.T) {
	t.Parallel()
	people := map[string][]string{
		"lin": {"Lin", "lin@shop.test"}, "linda": {"Linda", "linda@shop.test"}, "ann": {"Ann Li", "ann@shop.test"},
		"zhang": {"张三", "zs@shop.test"}, "feng": {"张三丰", "zsf@shop.test"}, "other": {"张三", "zs2@shop.test"},
	}
	for text, want := range map[string]string{
		"@Lin, look":                        "lin",
		"@lin":                              "lin",
		"@Linda and @Lin":                   "lin linda",
		"@Lindau":                           "",
		"@Lin@shop.test.":                   "lin",
		"@lin@shop.test.cn":                 "",
		"@lin@elsewhere.test":               "",
		"mail lin@shop.test or x@Lin":       "",
		"请@张三丰看下,@Ann li 也是":                "ann feng",
		"@张三@Linda":                         "linda other zhang",
		"@张三，见 `@Lin`":                      "other zhang",
		"```\n@Lin\n```\n@Linda\n```\n@Lin": "linda",
		`\@Lin`:                             "",
		"@ Lin @":                           "",
		"(@Lin)":                            "lin",
		"@Lin_x @Lin-x @Lin.x":              "",
		"@Lin.":                             "lin",
	} {
		got := catalog.Mentioned(text, people)
		slices.Sort(got)
		require.Equal(t, want, strings.Join(got, " "), text)
	}
}

// TestMentionsAreFound: whatever stands around them.
func TestMentionsAreFound(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(rapid.StringMatching(`[A-Z][a-z]{1,6}( [A-Z][a-z]{1,4})?|[张李王赵][一-龥]{1,2}`), 1, 6,
			strings.ToLower).Draw(t, "names")
		people := map[string][]string{}
		for _, n := range names {
			people[n] = []string{n}
		}
		var text strings.Builder
		want := map[string]bool{}
		for range rapid.IntRange(0, 8).Draw(t, "n") {
			text.WriteString(rapid.SampledFrom([]string{"look ", "看 ", "a@b ", "@ ", "`@x` ", "，"}).Draw(t, "word"))
			if rapid.Bool().Draw(t, "mention") {
				n := rapid.SampledFrom(names).Draw(t, "who")
				want[n] = true
				text.WriteString("@" + n + rapid.SampledFrom([]string{" ", ", ", "。", "\n", ")"}).Draw(t, "end"))
			}
		}
		got := catalog.Mentioned(text.String(), people)
		for n := range want { // a longer name may begin with it
			found := slices.ContainsFunc(got, func(g string) bool { return strings.HasPrefix(strings.ToLower(g), strings.ToLower(n)) })
			require.True(t, found, "%q in %q", n, text.String())
		}
		for _, g := range got {
			require.Contains(t, strings.ToLower(text.String()), "@"+strings.ToLower(g))
		}
	})
}
