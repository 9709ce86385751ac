package store

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// maxWords is how many words of a name begin something; what is behind them is found in the middle of the last.
const maxWords = 16

// name is what something is called, as it is searched: folded, squeezed, and where its words begin.
type name struct {
	text   string
	starts []int // byte offsets, the first is 0; empty for an empty name
}

// newName takes a name apart: OrderPaySuccess, order_pay_success and "order pay success" are order, pay, success; a change
// of script or to digits begins a word too.
func newName(s string) name {
	s = prefix(s, maxTitle)
	n := name{text: prefix(squeeze(fold(s)), maxTitle)}
	if n.text == "" {
		return n
	}
	var whole strings.Builder
	for _, w := range splitWords(norm.NFKC.String(strings.ToValidUTF8(s, "\uFFFD"))) {
		if w = squeeze(fold(w)); w == "" {
			continue
		}
		if len(n.starts) < maxWords {
			n.starts = append(n.starts, whole.Len())
		}
		whole.WriteString(w)
	}
	if whole.String() != n.text { // folding its words alone came out differently, as combining characters can make it
		n.starts = []int{0}
	}
	return n
}

// end returns where the words from the i-th on may end: each end of a word.
func (n name) ends(i int) []int { return append(append([]int(nil), n.starts[i+1:]...), len(n.text)) }

// line writes the name as a line of the column "names": the whole, then the rest from each further word on, each ended by
// a tab. So one look for "\n"+word, "\t"+word or "\n"+word+"\t" says how a word lies in it.
func (n name) line() string {
	var b strings.Builder
	b.WriteByte('\n')
	for _, at := range n.starts {
		b.WriteString(n.text[at:])
		b.WriteByte('\t')
	}
	return b.String()
}

// readNames is the inverse of line, for the lines of all names.
func readNames(lines string) []name {
	var names []name
	for line := range strings.SplitSeq(strings.TrimPrefix(lines, "\n"), "\n") {
		rests := strings.Split(strings.TrimSuffix(line, "\t"), "\t")
		n := name{text: rests[0]}
		for _, rest := range rests {
			n.starts = append(n.starts, len(n.text)-len(rest))
		}
		names = append(names, n)
	}
	return names
}

// The classes of characters that make up words.
const (
	classSeparator = iota
	classLetter
	classHan
	classDigit
	classOther
)

func classOf(r rune) int {
	switch {
	case separates(r) || unicode.IsSpace(r) || r == 0:
		return classSeparator
	case isHan(r):
		return classHan
	case unicode.IsLetter(r):
		return classLetter
	case unicode.IsDigit(r):
		return classDigit
	}
	return classOther
}

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }

// splitWords cuts a text where words begin; separators are the ends of words.
func splitWords(s string) []string {
	runes := []rune(s)
	var words []string
	from := 0
	for i := 1; i < len(runes); i++ {
		if beginsWord(runes, i) {
			words = append(words, string(runes[from:i]))
			from = i
		}
	}
	return append(words, string(runes[from:]))
}

// beginsWord says whether a word begins at runes[i], i > 0.
func beginsWord(runes []rune, i int) bool {
	previous, r := runes[i-1], runes[i]
	if unicode.IsMark(r) {
		return false
	}
	if unicode.IsMark(previous) {
		return classOf(r) != classLetter || unicode.IsUpper(r)
	}
	if a, b := classOf(previous), classOf(r); a != b {
		return b != classSeparator
	}
	if !unicode.IsUpper(r) {
		return false
	}
	// orderPay, and the S of HTTPServer.
	return unicode.IsLower(previous) || unicode.IsUpper(previous) && i+1 < len(runes) && unicode.IsLower(runes[i+1])
}
