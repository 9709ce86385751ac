package store

import (
	"slices"
	"strings"
	"sync"

	"github.com/mozillazg/go-pinyin"
)

// maxSyllable is the length of the longest syllable (zhuang).
const maxSyllable = 6

// untone spells a syllable as people type it: without tones, ü as v.
var untone = strings.NewReplacer(
	"ā", "a", "á", "a", "ǎ", "a", "à", "a", "ē", "e", "é", "e", "ě", "e", "è", "e", "ế", "e", "ề", "e", "ê̄", "e", "ê̌", "e", "ê", "e",
	"ī", "i", "í", "i", "ǐ", "i", "ì", "i", "ō", "o", "ó", "o", "ǒ", "o", "ò", "o", "ū", "u", "ú", "u", "ǔ", "u", "ù", "u",
	"ü", "v", "ǖ", "v", "ǘ", "v", "ǚ", "v", "ǜ", "v", "ń", "n", "ň", "n", "ǹ", "n", "ḿ", "m", "m̀", "m", "m̄", "m",
)

// read holds the readings of characters that were asked for: of the dictionary's 40,000 texts speak few.
var read sync.Map // rune → []string

// readings returns how a Chinese character is read, the usual way first; empty for any other character.
func readings(r rune) []string {
	if r < firstHan || !isHan(r) {
		return nil
	}
	if all, ok := read.Load(r); ok {
		return all.([]string) //nolint:forcetypeassert // nothing else is stored
	}
	all := spell(r)
	read.Store(r, all)
	return all
}

// firstHan is the first character that Unicode counts to the script.
const firstHan = 0x2E80

// spell looks up how a character is read.
func spell(r rune) []string {
	toned := pinyin.PinyinDict[int(r)]
	if toned == "" {
		return nil
	}
	var all []string
	for s := range strings.SplitSeq(toned, ",") {
		if s = untone.Replace(s); isLatin(s) && !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}

func isLatin(s string) bool {
	for i := range len(s) {
		if s[i] < 'a' || s[i] > 'z' {
			return false
		}
	}
	return s != ""
}

// isPinyin says whether a word of a query may be meant as pinyin. One letter would be no hint of anything.
func isPinyin(word string) bool { return len(word) >= 2 && isLatin(word) }

// spoken is a text, character by character, with the readings of those that have any.
func spoken(text string) [][]string {
	out := make([][]string, 0, len(text)/3)
	for _, r := range text {
		out = append(out, readings(r))
	}
	return out
}

// findPinyin finds the characters that a word spells, by their first letters (zf) or in full (zhifu, of the last character
// perhaps only the beginning), and returns their place.
func findPinyin(word string, text [][]string) (from, to int, ok bool) {
	for i := range text {
		if n := initialsAt(word, text[i:]); n > 0 {
			return i, i + n, true
		}
		if n := syllablesAt(word, text[i:], true); n > 0 {
			return i, i + n, true
		}
	}
	return 0, 0, false
}

// initialsAt returns how many characters at the start of text have the letters of word as initials: all, or 0.
func initialsAt(word string, text [][]string) int {
	if len(word) > len(text) {
		return 0
	}
	for i := range len(word) {
		if !slices.ContainsFunc(text[i], func(r string) bool { return r[0] == word[i] }) {
			return 0
		}
	}
	return len(word)
}

// syllablesAt returns how many characters at the start of text a word spells in full, 0 when it does not. Only behind
// another may the last syllable be begun and no more.
func syllablesAt(word string, text [][]string, first bool) int {
	if len(text) == 0 {
		return 0
	}
	for _, r := range text[0] {
		if word == r || !first && strings.HasPrefix(r, word) {
			return 1
		}
		if rest, ok := strings.CutPrefix(word, r); ok {
			if n := syllablesAt(rest, text[1:], false); n > 0 {
				return n + 1
			}
		}
	}
	return 0
}

// pinyinTokens adds the tokens of a name's Chinese characters: of each reading, and of each two neighbours.
func pinyinTokens(text [][]string, add func(token)) {
	for i, here := range text {
		for _, a := range here {
			add(tokenOf(factSyllable, a))
			if i+1 == len(text) {
				continue
			}
			for _, b := range text[i+1] {
				add(tokenOf(factInitials, a[:1]+b[:1]))
				add(tokenOf(factSyllable, a+" "+b[:1]))
			}
		}
	}
}

// pinyinClause is what every name has that a word spells.
func pinyinClause(word string) clause {
	var pairs []token
	for i := 1; i < len(word); i++ {
		pairs = append(pairs, tokenOf(factInitials, word[i-1:i+1]))
	}
	either := clause{any: true, parts: []clause{{tokens: distinct(pairs)}}}
	if full, ok := syllableClause(word); ok {
		either.parts = append(either.parts, full)
	}
	return either
}

// syllableClause is what every name has that a word spells in full; not ok when no name can. A word can be cut into
// syllables in several ways (xian, xi'an). Where all of them have a cut, one of the syllables that may begin there does.
func syllableClause(word string) (c clause, ok bool) {
	cuts := cutSyllables(word)
	if !cuts.good[0] {
		return c, false
	}
	reach := 0 // how far the syllables that begin before here go
	for at := range len(word) {
		if !cuts.reached[at] || !cuts.good[at] {
			continue
		}
		if reach <= at {
			if begin := cuts.beginningAt(word, at); len(begin) > 0 {
				c.parts = append(c.parts, clause{any: true, tokens: distinct(begin)})
			}
		}
		if cuts.partial(word, at) {
			reach = len(word)
		}
		for _, end := range cuts.ends[at] {
			if cuts.good[end] {
				reach = max(reach, end)
			}
		}
	}
	return c, true
}

// syllableCuts is how a word can be cut into syllables.
type syllableCuts struct {
	ends    [][]int // of the syllables that begin at each place
	reached []bool  // from the start
	good    []bool  // the end is reached from here
}

func cutSyllables(word string) syllableCuts {
	n := len(word)
	cuts := syllableCuts{ends: make([][]int, n), reached: make([]bool, n+1), good: make([]bool, n+1)}
	cuts.reached[0], cuts.good[n] = true, true
	known := syllables()
	for at := range n {
		for end := at + 1; cuts.reached[at] && end <= min(n, at+maxSyllable); end++ {
			if known[word[at:end]] == wholeSyllable {
				cuts.ends[at] = append(cuts.ends[at], end)
				cuts.reached[end] = true
			}
		}
	}
	for at := n - 1; at >= 0; at-- {
		cuts.good[at] = cuts.partial(word, at) || slices.ContainsFunc(cuts.ends[at], func(end int) bool { return cuts.good[end] })
	}
	return cuts
}

// partial says whether the rest of the word from at on may be the beginning of a last syllable.
func (c syllableCuts) partial(word string, at int) bool { return at > 0 && syllables()[word[at:]] != 0 }

// beginningAt returns the tokens of which a name has one, as one of the word's syllables begins at a place; none when
// nothing is certain.
func (c syllableCuts) beginningAt(word string, at int) []token {
	if c.partial(word, at) {
		return nil
	}
	var tokens []token
	for _, end := range c.ends[at] {
		switch {
		case end == len(word):
			tokens = append(tokens, tokenOf(factSyllable, word[at:]))
		case c.good[end]:
			tokens = append(tokens, tokenOf(factSyllable, word[at:end]+" "+word[end:end+1]))
		}
	}
	return tokens
}

// What a text is to a syllable.
const (
	syllableStart = 1 + iota
	wholeSyllable
)

// syllables returns all syllables and what they begin with.
var syllables = sync.OnceValue(func() map[string]int {
	all := make(map[string]int, 1200)
	for r := range pinyin.PinyinDict {
		for _, s := range spell(rune(r)) {
			for end := 1; end < len(s); end++ {
				all[s[:end]] = max(all[s[:end]], syllableStart)
			}
			all[s] = wholeSyllable
		}
	}
	return all
})

// Romanised writes a text with Chinese characters in pinyin, by their first reading, a blank around each; all else stays.
func Romanised(text string) string {
	var b strings.Builder
	for _, r := range text {
		if known := spell(r); len(known) > 0 {
			b.WriteString(" " + known[0] + " ")
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}
