package store_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/waymarkhq/waymark/internal/store"
	"github.com/waymarkhq/waymark/internal/testkit"
)

// Whatever is written and asked, the index finds what a plain look at every text finds, in the same order, and knows where
// it belongs.
func TestSearchAgreesWithPlainLook(t *testing.T) {
	t.Parallel()
	alphabets := []*rapid.Generator[string]{
		rapid.StringOfN(rapid.SampledFrom([]rune("aAbＢß付支 _%\"'-İé😀́")), 0, 8, -1),
		rapid.StringOfN(rapid.SampledFrom([]rune("aAbB1_ ")), 0, 9, -1),
		rapid.Map(rapid.SliceOfN(rapid.SampledFrom([]string{"order", "Order", "pay", "Pay", "oder", "_", "-", " ", "2", "ab"}), 0, 4), concatenated),
		rapid.Map(rapid.SliceOfN(rapid.SampledFrom([]string{"支", "付", "西", "安", "先", "单", "年", "x"}), 0, 5), concatenated),
		rapid.Map(rapid.SliceOfN(rapid.SampledFrom([]string{"zhi", "fu", "z", "f", "xi", "an", "xian", "dan", "chan", "s", "h", "nia", " "}), 0, 4), concatenated),
	}
	anything := rapid.OneOf(alphabets...)
	twoOf := func(near *rapid.Generator[string]) *rapid.Generator[string] {
		return rapid.Map(rapid.SliceOfN(rapid.OneOf(near, near, alphabets[4]), 2, 2), func(parts []string) string { return strings.Join(parts, " ") })
	}
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		docs := make([]store.Document, 90)
		for i := range docs {
			docs[i] = store.Document{
				ID: fmt.Sprintf("evt_%03d", i), AppID: []string{"", "app_a", "app_b"}[i%3], Kind: []string{"EVENT", "BATCH"}[i%2],
				Level: []string{"P0", "P1"}[i/2%2], Module: []string{"", "a\"b", "支付"}[i/4%3], EventKind: []string{"", "TRACK"}[i/7%2],
				Names: []store.Text{{Text: anything.Example(i)}, {Text: alphabets[i%len(alphabets)].Example(1000 + i)}, {Text: anything.Example(3000 + i)}},
				Prose: []store.Text{{Text: anything.Example(2000 + i)}},
			}
		}
		for i, names := range [][2]string{{"支年", "zhi_order"}, {"order_pay", "支付"}, {"OrderPay2", "西安"}} {
			docs[i].Names[0].Text, docs[i].Names[1].Text = names[0], names[1]
		}
		near := asked(docs)
		index(t, s, docs...)
		ctx := t.Context()
		rapid.Check(t, func(t *rapid.T) {
			q := store.Search{Text: rapid.OneOf(anything, near, twoOf(near), rapid.StringN(0, 5, -1)).Draw(t, "text")}
			q.Kinds = rapid.SampledFrom([][]string{nil, {"EVENT"}, {"EVENT", "BATCH"}}).Draw(t, "kinds")
			q.AppIDs = rapid.SampledFrom([][]string{nil, nil, {}, {"app_a"}}).Draw(t, "apps")
			q.Levels = rapid.SampledFrom([][]string{nil, nil, {"P0"}}).Draw(t, "levels")
			q.Modules = rapid.SampledFrom([][]string{nil, nil, {"a\"b"}}).Draw(t, "modules")
			q.EventKinds = rapid.SampledFrom([][]string{nil, nil, {"TRACK"}}).Draw(t, "eventKinds")
			words := strings.Fields(plainFold(q.Text))
			var byRank [6][]string
			places := map[string]store.SearchHit{}
			for _, d := range docs {
				if !inPlace(q, d) {
					continue
				}
				if rank, ok := plainLook(words, d); ok {
					byRank[rank] = append(byRank[rank], d.ID)
					places[d.ID] = store.SearchHit{ID: d.ID, AppID: d.AppID, Kind: d.Kind, EventKind: d.EventKind, Level: d.Level, Module: d.Module}
				}
			}
			require.Equal(t, slices.Concat(byRank[:]...), find(ctx, t, s, q))
			q.Limit = len(docs)
			hits, more, err := s.Search(ctx, q)
			require.NoError(t, err)
			require.False(t, more)
			for _, h := range hits {
				h.Cursor = store.SearchCursor{}
				require.Equal(t, places[h.ID], h)
			}
		})
	})
}

func concatenated(parts []string) string { return strings.Join(parts, "") }

// asked is a query near what a document says: a part of a name, perhaps with a letter swapped, left out or added.
func asked(docs []store.Document) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		d := rapid.SampledFrom(docs).Draw(t, "document")
		text := []rune(rapid.SampledFrom(d.Names).Draw(t, "name").Text)
		from := rapid.IntRange(0, len(text)).Draw(t, "from")
		text = slices.Clone(text[from:rapid.IntRange(from, len(text)).Draw(t, "to")])
		if len(text) > 1 {
			at := rapid.IntRange(0, len(text)-2).Draw(t, "at")
			switch rapid.IntRange(0, 4).Draw(t, "error") {
			case 0:
				text[at], text[at+1] = text[at+1], text[at]
			case 1:
				text = slices.Delete(text, at, at+1)
			case 2:
				text = slices.Insert(text, at, 'a')
			case 3:
				text[at] = 'r'
			}
		}
		return string(text)
	})
}

func inPlace(q store.Search, d store.Document) bool {
	in := func(list []string, v string) bool { return len(list) == 0 || slices.Contains(list, v) }
	return in(q.Kinds, d.Kind) && in(q.Levels, d.Level) && in(q.Modules, d.Module) && in(q.EventKinds, d.EventKind) &&
		(q.AppIDs == nil || d.AppID == "" || slices.Contains(q.AppIDs, d.AppID))
}

func plainFold(s string) string {
	s = norm.NFKC.String(cases.Fold().String(norm.NFKC.String(s)))
	return strings.Join(strings.Fields(strings.ReplaceAll(s, "\x00", " ")), " ")
}

var separators = strings.NewReplacer("_", "", "-", "", ".", "", "/", "", ":", "")

// plainLook is the plain way to match one document.
func plainLook(fields []string, d store.Document) (rank store.Rank, ok bool) {
	var words []string
	for _, w := range fields {
		if w = separators.Replace(w); w != "" {
			words = append(words, w)
		}
	}
	if len(words) == 0 {
		return 0, false
	}
	whole := strings.Join(words, "")
	rank, held := store.RankWord, true
	var names []string
	for _, n := range d.Names {
		names = append(names, strings.ReplaceAll(separators.Replace(plainFold(n.Text)), " ", ""))
	}
	switch {
	case slices.Contains(names, whole):
		return store.RankExact, true
	case slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, whole) }):
		return store.RankPrefix, true
	}
	for _, w := range words {
		r, ok := plainWord(w, d, names)
		rank, held = max(rank, r), held && ok
	}
	return rank, held
}

func plainWord(w string, d store.Document, names []string) (store.Rank, bool) {
	some := func(f func(i int, n string) bool) bool {
		for i, n := range names {
			if n != "" && f(i, n) {
				return true
			}
		}
		return false
	}
	prose := separators.Replace(plainFold(d.Prose[0].Text))
	switch {
	case some(func(i int, n string) bool {
		return slices.ContainsFunc(plainWords(d.Names[i].Text, n), func(at int) bool { return strings.HasPrefix(n[at:], w) })
	}):
		return store.RankWord, true
	case some(func(_ int, n string) bool { return strings.Contains(n, w) }) || strings.Contains(prose, w):
		return store.RankText, true
	case regexp.MustCompile(`^[a-z]{2,}$`).MatchString(w) && some(func(_ int, n string) bool { return plainPinyin(w, n) }):
		return store.RankPinyin, true
	case some(func(i int, n string) bool { return plainTypo(w, n, plainWords(d.Names[i].Text, n)) }):
		return store.RankFuzzy, true
	}
	return 0, false
}

// plainWords returns where words of a name begin, as far as its folded form has them at the same places.
func plainWords(original, folded string) []int {
	runes := []rune(norm.NFKC.String(original))
	class := func(r rune) string {
		for name, p := range plainClasses {
			if p.MatchString(string(r)) {
				return name
			}
		}
		return "other"
	}
	starts, at, text := []int{0}, 0, ""
	var word []rune
	flush := func() {
		if s := strings.ReplaceAll(separators.Replace(plainFold(string(word))), " ", ""); s != "" {
			if at > 0 {
				starts = append(starts, at)
			}
			at += len(s)
			text += s
		}
		word = nil
	}
	for i, r := range runes {
		if i > 0 && class(r) != "mark" {
			p := runes[i-1]
			a, b := class(p), class(r)
			lower, upper := regexp.MustCompile(`\p{Ll}`), regexp.MustCompile(`\p{Lu}`)
			camel := upper.MatchString(string(r)) && (lower.MatchString(string(p)) || upper.MatchString(string(p)) && i+1 < len(runes) && lower.MatchString(string(runes[i+1])))
			if a == "mark" {
				camel = b != "letter" || upper.MatchString(string(r))
				b = a
			}
			if a != b || camel {
				flush()
			}
		}
		word = append(word, r)
	}
	flush()
	if text != folded {
		return []int{0}
	}
	return starts
}

var plainClasses = map[string]*regexp.Regexp{
	"separator": regexp.MustCompile(`[_\-./:\s\x00\x{00a0}\x{3000}\x{0085}\x{2028}\x{2029}]`), "han": regexp.MustCompile(`\p{Han}`),
	"digit": regexp.MustCompile(`\p{Nd}`), "mark": regexp.MustCompile(`\p{M}`),
	"letter": regexp.MustCompile(`[\p{Lu}\p{Ll}\p{Lt}\p{Lm}]`),
}

// plainReadings are those of the characters that the test uses.
var plainReadings = map[rune][]string{
	'支': {"zhi"}, '付': {"fu"}, '西': {"xi"}, '安': {"an"}, '先': {"xian"}, '单': {"dan", "chan", "shan"}, '年': {"nian"},
}

func plainPinyin(w, name string) bool {
	runes := []rune(name)
	for i := range runes {
		initials, full := []string{""}, []string{""}
		for n, r := range runes[i:] {
			var a, b []string
			for _, reading := range plainReadings[r] {
				for k := range initials {
					a = append(a, initials[k]+reading[:1])
				}
				for k := range full {
					b = append(b, full[k]+reading)
					if n > 0 && strings.HasPrefix(full[k]+reading, w) && len(w) > len(full[k]) {
						return true
					}
				}
			}
			initials, full = a, b
			if slices.Contains(initials, w) || slices.Contains(full, w) {
				return true
			}
		}
	}
	return false
}

func plainTypo(w, name string, starts []int) bool {
	alnum := regexp.MustCompile(`^[a-z0-9]*$`)
	digits := regexp.MustCompile(`[^0-9]`)
	if len(w) < 5 || !alnum.MatchString(w) || 2*len(digits.ReplaceAllString(w, "")) >= len(w) {
		return false
	}
	for i, from := range starts {
		for _, to := range append(slices.Clone(starts[i+1:]), len(name)) {
			span := name[from:to]
			if alnum.MatchString(span) && digits.ReplaceAllString(w, "") == digits.ReplaceAllString(span, "") && distance(w, span) == 1 {
				return true
			}
		}
	}
	return false
}

// distance is the optimal string alignment distance.
func distance(a, b string) int {
	d := make([][]int, len(a)+1)
	for i := range d {
		d[i] = make([]int, len(b)+1)
		d[i][0] = i
	}
	for j := range d[0] {
		d[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(a)][len(b)]
}
