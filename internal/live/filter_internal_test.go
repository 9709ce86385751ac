package live

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/fault"
)

// naive is what a Filter means, as plainly as it can be said.
func naive(f Filter, e *capture.Captured) bool {
	has := func(list []string, values ...string) bool {
		return len(list) == 0 || slices.ContainsFunc(values, func(v string) bool { return slices.Contains(list, v) })
	}
	var codes []string
	for _, v := range e.Violations {
		codes = append(codes, v.Code)
	}
	key := e.EventKey
	if key == "" {
		key = e.Name
	}
	return has(f.EventKeys, key) && (len(f.Verdicts) == 0 || slices.Contains(f.Verdicts, e.Verdict)) &&
		has(f.Codes, codes...) && has(f.Terminals, e.TerminalKey) && has(f.DeviceIDs, e.DeviceID, e.AnonymousID) &&
		!e.ReceivedAt.Before(f.ReceivedFrom) && (has(f.UserIDs, e.UserID) || has(f.UserIDs, e.AnonymousID)) && has(f.AppVersions, e.App.Version) && naiveFind(f.Text, e.Raw)
}

func naiveFind(text, raw string) bool {
	return strings.Contains(naiveFold(naiveUnescape(raw)), naiveFold(text))
}

func naiveFold(s string) string {
	return strings.Map(func(r rune) rune {
		if lower := unicode.ToLower(r); r < 128 || lower >= 128 {
			return lower
		}
		return r // the Kelvin sign is no k here
	}, s)
}

// naiveUnescape undoes JSON's escapes anywhere in the text.
func naiveUnescape(s string) string {
	var text string
	s = strings.NewReplacer(`\"`, `\"`, `"`, `\"`).Replace(s)
	if err := json.Unmarshal([]byte(`"`+s+`"`), &text); err != nil {
		panic(err)
	}
	return text
}

func TestFilterAgreesWithNaiveMatcher(t *testing.T) {
	t.Parallel()
	word := rapid.SampledFrom([]string{"", "a", "A", "b", "支付", "É", "é"})
	words := rapid.SliceOfN(word, 0, 9)
	verdict := rapid.SampledFrom([]capture.Verdict{capture.Valid, capture.Invalid, capture.Unplanned})
	letters := rapid.SliceOfN(rapid.SampledFrom([]string{
		"a", "A", "b", "k", "K", "s", "ſ", "é", "É", "支", "付", "ς", "σ", "Σ", "İ", "🎉", " ", ":", "/", "ß", "n", "N", "u", "0", "\n", `"`,
	}), 0, 20)
	escape := rapid.Bool()
	rapid.Check(t, func(t *rapid.T) {
		f := Filter{
			EventKeys: words.Draw(t, "keys"), Verdicts: rapid.SliceOfN(verdict, 0, 3).Draw(t, "verdicts"), Codes: words.Draw(t, "codes"),
			Terminals: words.Draw(t, "terminals"), DeviceIDs: words.Draw(t, "devices"), UserIDs: words.Draw(t, "users"),
			AppVersions: words.Draw(t, "versions"), ReceivedFrom: time.Unix(rapid.Int64Range(0, 2).Draw(t, "from"), 0),
		}
		e := &capture.Captured{
			TerminalKey: word.Draw(t, "terminal"), EventKey: word.Draw(t, "key"), Verdict: verdict.Draw(t, "verdict"),
		}
		e.Name, e.DeviceID, e.AnonymousID, e.UserID = word.Draw(t, "name"), word.Draw(t, "device"), word.Draw(t, "anonymous"), word.Draw(t, "user")
		e.App.Version, e.ReceivedAt = word.Draw(t, "version"), time.Unix(rapid.Int64Range(0, 2).Draw(t, "received"), 0)
		for _, code := range words.Draw(t, "violations") {
			e.Violations = append(e.Violations, capture.Violation{Code: code})
		}
		var raw strings.Builder
		text := letters.Draw(t, "raw")
		for _, letter := range text {
			raw.WriteString(jsonLetter(letter, escape.Draw(t, "escaped")))
		}
		e.Raw = raw.String()
		f.Text = strings.Join(letters.Draw(t, "text"), "")
		if len(text) > 0 && rapid.Bool().Draw(t, "text of raw") {
			from := rapid.IntRange(0, len(text)-1).Draw(t, "from")
			f.Text = strings.Join(text[from:rapid.IntRange(from, len(text)).Draw(t, "to")], "")
		}
		if f.Text != "" {
			require.Equal(t, naiveFind(f.Text, e.Raw), newFinder(f.Text).in(e.Raw), "%q in %q", f.Text, e.Raw)
		}
		m, err := compile(f)
		require.NoError(t, err)
		require.Equal(t, naive(f, e), m.matches(e))
	})
}

// jsonLetter writes a character as JSON has it, as it is or escaped.
func jsonLetter(letter string, escaped bool) string {
	switch letter {
	case "/":
		if escaped {
			return `\/`
		}
	case "\n", `"`:
		if !escaped {
			quoted, _ := json.Marshal(letter)
			return string(quoted[1 : len(quoted)-1])
		}
	}
	if !escaped {
		return letter
	}
	var b strings.Builder
	for _, r := range letter {
		quoted := []rune{r}
		if r > 0xffff {
			r -= 0x10000
			quoted = []rune{0xd800 + r>>10, 0xdc00 + r&0x3ff}
		}
		for _, unit := range quoted {
			const hex = "0123456789aBcDeF"
			b.WriteString(`\u`)
			for shift := 12; shift >= 0; shift -= 4 {
				b.WriteByte(hex[unit>>shift&15])
			}
		}
	}
	return b.String()
}

func TestFinder(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, raw string
		found     bool
	}{
		{"支付", `{"event":"\u652F\u4ed8成功"}`, true},
		{"支付", `{"event":"支 付"}`, false},
		{"PURCHASE", `{"event":"purchase"}`, true},
		{"größe", `{"k":"GRÖßE"}`, true},
		{"🎉", `"\ud83c\udf89"`, true},
		{"🎉", `"\ud83c"`, false},
		{`say "hi"`, `{"a":"say \"hi\""}`, true},
		{"a\nb", `"a\nb"`, true},
		{"n", `"a\nb"`, false}, // it is half of an escape
		{"u652f", `"\u652f"`, false},
		{"aab", "aaab", true},
		{"ababc", "abababc", true},
		{`\`, `"a\\b"`, true},
		{"x", `\`, false},
		{"x", `\u12`, false},
		{"x", "\xff\xfe", false},
		{"x", "", false},
	} {
		require.Equal(t, c.found, newFinder(c.text).in(c.raw), "%q in %q", c.text, c.raw)
	}
}

func FuzzFinder(f *testing.F) {
	f.Add("支付", `{"a":"\u652f\u4ed8"}`)
	f.Add("a", "\\")
	f.Fuzz(func(t *testing.T, text, raw string) {
		if text == "" {
			return
		}
		found := newFinder(text).in(raw)
		if !found && !strings.Contains(raw, `\`) {
			require.NotContains(t, raw, text, "what is there as it is must be found")
		}
	})
}

func TestFilterThatIsTooLargeIsRefused(t *testing.T) {
	t.Parallel()
	_, err := compile(Filter{UserIDs: make([]string, MaxFilterValues+1), Text: strings.Repeat("支", MaxFilterText+1)})
	require.True(t, fault.Is(err, fault.InvalidInput))
	require.ErrorContains(t, err, "filter.userIds")
	require.ErrorContains(t, err, "filter.text")
	_, err = compile(Filter{UserIDs: make([]string, MaxFilterValues), Text: strings.Repeat("支", MaxFilterText)})
	require.NoError(t, err)
}
