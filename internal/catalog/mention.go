package catalog

import (
	"regexp"
	"strings"
	"unicode"
)

// person is somebody who can be mentioned.
type person struct {
	id string
	// calls are what follows the @: the name and the address, folded.
	calls [][]rune
}

func newPerson(id string, calls ...string) person {
	p := person{id: id}
	for _, call := range calls {
		if call != "" {
			p.calls = append(p.calls, folded(call))
		}
	}
	return p
}

// folded turns a text into one that is equal for all ways to write its letters, rune by rune.
func folded(text string) []rune {
	runes := []rune(text)
	for i, r := range runes {
		runes[i] = unicode.ToLower(r)
	}
	return runes
}

// code is what Markdown shows as it stands: there an @ means nothing.
var code = regexp.MustCompile("(?s)```.*?(?:```|$)|`[^`\n]*`")

// mentioned returns the ids of the people whom a text names with an @ before a name or address, in the order in which they are
// first named. The longest call that fits is meant, so that @Lin and @Linda are two; a name that several have means all of
// them. Letter case does not matter.
func mentioned(text string, people []person) (ids []string) {
	if !strings.Contains(text, "@") {
		return nil
	}
	byFirst := map[rune][]person{}
	for _, p := range people {
		for _, call := range p.calls {
			byFirst[call[0]] = append(byFirst[call[0]], person{p.id, [][]rune{call}})
		}
	}
	seen := map[string]bool{}
	runes := folded(code.ReplaceAllString(text, " "))
	for i, r := range runes {
		if r != '@' || i+1 == len(runes) || (i > 0 && (isLatin(runes[i-1]) || runes[i-1] == '\\')) {
			continue
		}
		for _, id := range longest(runes[i+1:], byFirst[runes[i+1]]) {
			if !seen[id] {
				seen[id] = true
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// longest returns the ids of those with the longest call that a text begins with.
func longest(text []rune, of []person) (ids []string) {
	length := 0
	for _, p := range of {
		call := p.calls[0]
		if len(call) < length || !begins(text, call) {
			continue
		}
		if len(call) > length {
			length, ids = len(call), nil
		}
		ids = append(ids, p.id)
	}
	return ids
}

// begins reports whether a text begins with a call and the call ends there: where the call ends in a letter or digit of a
// script that parts its words, the word does not go on, and no address begins. Chinese goes on without a blank.
func begins(text, call []rune) bool {
	if len(text) < len(call) || string(text[:len(call)]) != string(call) {
		return false
	}
	if len(text) == len(call) || !isLatin(call[len(call)-1]) {
		return true
	}
	switch next := text[len(call)]; next {
	case '@', '-', '_':
		return false
	case '.': // ends a sentence, or goes on with an address
		return len(text) == len(call)+1 || !isLatin(text[len(call)+1])
	default:
		return !isLatin(next)
	}
}

// isLatin reports whether a rune belongs to a word that ends at a blank.
func isLatin(r rune) bool {
	return (unicode.IsLetter(r) || unicode.IsDigit(r)) &&
		!unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai)
}
