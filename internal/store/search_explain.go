package store

import (
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// SearchMatch says what a query found in one field of an object.
type SearchMatch struct {
	Field string
	// Fragments are the field's text, or a part of a long one, cut where what was found begins and ends.
	Fragments []SearchFragment
}

// SearchFragment is a piece of text, and whether it is what was found.
type SearchFragment struct {
	Text  string
	Found bool
}

// How much of a long text a match shows: characters in all, and before the first that was found.
const (
	maxShown   = 120
	leadingWay = 30
)

// Explain says where in a document a query was found: in the fields that hold words of it, or, for a word that none holds,
// in the names that spell it in pinyin or are it but for an error. It looks at the document alone and asks no database.
func Explain(d Document, query string) []SearchMatch {
	w, err := parseQuery(query)
	if err != nil || len(w) == 0 {
		return nil
	}
	texts := d.mapped()
	for _, word := range w.distinct() {
		markWord(texts, word)
	}
	var matches []SearchMatch
	for _, t := range texts {
		if slices.Contains(t.found, true) {
			matches = append(matches, SearchMatch{Field: t.field, Fragments: t.fragments()})
		}
	}
	return matches
}

// markWord marks where texts hold a word, or else spell it, or else are it but for an error.
func markWord(texts []*mappedText, word string) {
	if markEach(texts, true, func(t *mappedText) bool { return t.markHeld(word) }) {
		return
	}
	if isPinyin(word) && markEach(texts, false, func(t *mappedText) bool { return t.markSpelled(word) }) {
		return
	}
	if isMistyped(word) {
		markEach(texts, false, func(t *mappedText) bool { return t.markMistyped(word) })
	}
}

// markEach calls mark with each text, or with each name, and says whether it was successful somewhere.
func markEach(texts []*mappedText, prose bool, mark func(*mappedText) bool) (some bool) {
	for _, t := range texts {
		if t.named || prose {
			some = mark(t) || some
		}
	}
	return some
}

func (m *mappedText) markHeld(word string) (some bool) {
	for at := 0; ; some = true {
		i := strings.Index(m.text[at:], word)
		if i < 0 {
			return some
		}
		m.mark(at+i, at+i+len(word))
		at += i + len(word)
	}
}

func (m *mappedText) markSpelled(word string) bool {
	from, to, ok := findPinyin(word, spoken(m.text))
	if ok {
		offsets := characterOffsets(m.text)
		m.mark(offsets[from], offsets[to])
	}
	return ok
}

func (m *mappedText) markMistyped(word string) bool {
	n := newName(m.original)
	if n.text != m.text {
		return false
	}
	from, to, ok := findMistyped(word, n)
	if ok {
		m.mark(from, to)
	}
	return ok
}

func characterOffsets(s string) []int {
	var offsets []int
	for i := range s {
		offsets = append(offsets, i)
	}
	return append(offsets, len(s))
}

// mappedText is a text as it is searched, and where each byte of that comes from.
type mappedText struct {
	field, original string
	named           bool
	text            string
	from, to        []int  // of the original, for each byte of text
	found           []bool // for each byte of the original
}

func (d Document) mapped() []*mappedText {
	var all []*mappedText
	for _, t := range d.Names[:min(len(d.Names), maxNames)] {
		all = append(all, newMappedText(t, true))
	}
	for _, t := range d.Prose {
		all = append(all, newMappedText(t, false))
	}
	return all
}

// newMappedText folds a text piece by piece. Where folding the whole comes out differently, as combining characters can
// make it, what was found there is not shown.
func newMappedText(t Text, named bool) *mappedText {
	m := &mappedText{field: t.Field, named: named, original: prefix(strings.ToValidUTF8(t.Text, "\uFFFD"), maxIndexed)}
	m.found = make([]bool, len(m.original))
	var text strings.Builder
	var it norm.Iter
	it.InitString(norm.NFKC, m.original)
	for !it.Done() {
		from := it.Pos()
		piece := string(it.Next())
		blank := strings.TrimSpace(piece) == "" && piece != ""
		folded := loosen(fold(piece))
		if named {
			folded = squeeze(folded)
		} else if blank {
			folded = " "
		}
		text.WriteString(folded)
		for range len(folded) {
			m.from, m.to = append(m.from, from), append(m.to, it.Pos())
		}
	}
	m.text = text.String()
	return m
}

func (m *mappedText) mark(from, to int) {
	for i := from; i < to; i++ {
		for at := m.from[i]; at < m.to[i]; at++ {
			m.found[at] = true
		}
	}
	// What only separates the found words belongs to them.
	for at := m.from[from]; at < m.to[to-1]; at++ {
		m.found[at] = true
	}
}

// fragments cuts the original, or the part of a long one around the first place, where what was found begins and ends.
func (m *mappedText) fragments() []SearchFragment {
	offsets := characterOffsets(m.original)
	first, last := 0, len(offsets)-1
	if last > maxShown {
		at := slices.Index(m.found, true)
		first = max(0, slices.Index(offsets, at)-leadingWay)
		last = min(last, first+maxShown)
	}
	var out []SearchFragment
	for i := first; i < last; i++ {
		found, character := m.found[offsets[i]], m.original[offsets[i]:offsets[i+1]]
		if len(out) == 0 || out[len(out)-1].Found != found {
			out = append(out, SearchFragment{Found: found})
		}
		out[len(out)-1].Text += character
	}
	if first > 0 {
		out[0].Text = "…" + out[0].Text
	}
	if last < len(offsets)-1 {
		out[len(out)-1].Text += "…"
	}
	return out
}
