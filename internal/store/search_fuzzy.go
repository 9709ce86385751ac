package store

import "strings"

// How long the words are that may be mistyped, and how much of their start and end is indexed for that.
const (
	minMistyped = 5
	fuzzyWindow = 7
)

// isMistyped says whether a word of a query may be meant with one typing error: five characters or more, Latin letters
// and digits, letters for the most part.
func isMistyped(word string) bool {
	return len(word) >= minMistyped && isAlphanumeric(word) && 2*len(digitsOf(word)) < len(word)
}

func isAlphanumeric(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) && (s[i] < 'a' || s[i] > 'z') {
			return false
		}
	}
	return true
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

func digitsOf(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// oneError says whether two texts differ by exactly one letter too many, too few, wrong, or swapped with its neighbour.
// Digits are no typing errors: banner1 and banner2 are two things.
func oneError(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 || a == b || digitsOf(a) != digitsOf(b) {
		return false
	}
	head := 0
	for head < len(a) && a[head] == b[head] {
		head++
	}
	a, b = a[head:], b[head:]
	for len(a) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	return len(b) == 1 || len(a) == 2 && len(b) == 2 && a[0] == b[1] && a[1] == b[0]
}

// findMistyped finds words of a name, one or some in a row, that a word of a query is with one error, and returns their
// place.
func findMistyped(word string, n name) (from, to int, ok bool) {
	for i, from := range n.starts {
		for _, to := range n.ends(i) {
			if to-from <= len(word)+1 && to-from >= len(word)-1 && isAlphanumeric(n.text[from:to]) && oneError(word, n.text[from:to]) {
				return from, to, true
			}
		}
	}
	return 0, 0, false
}

// Two texts that are one error apart have a text in common among those that come from each by leaving out one letter, or
// none. That holds of their first characters alone, and of their last.

// fuzzyTokens adds the tokens of the rows of words that findMistyped looks at.
func fuzzyTokens(n name, add func(token)) {
	heads, tails := map[string]struct{}{}, map[string]struct{}{}
	for i, from := range n.starts {
		for _, to := range n.ends(i) {
			if to-from >= minMistyped-1 && isAlphanumeric(n.text[from:to]) {
				heads[head(n.text[from:to])] = struct{}{}
				tails[tail(n.text[from:to])] = struct{}{}
			}
		}
	}
	for s := range heads {
		lessOne(s, func(s string) { add(tokenOf(factHead, s)) })
	}
	for s := range tails {
		lessOne(s, func(s string) { add(tokenOf(factTail, s)) })
	}
}

// fuzzyClause is what every name has that a word is with one error.
func fuzzyClause(word string) clause {
	heads, tails := clause{any: true}, clause{any: true}
	lessOne(head(word), func(s string) { heads.tokens = append(heads.tokens, tokenOf(factHead, s)) })
	lessOne(tail(word), func(s string) { tails.tokens = append(tails.tokens, tokenOf(factTail, s)) })
	heads.tokens, tails.tokens = distinct(heads.tokens), distinct(tails.tokens)
	return clause{parts: []clause{heads, tails}}
}

func head(s string) string { return s[:min(len(s), fuzzyWindow)] }
func tail(s string) string { return s[max(0, len(s)-fuzzyWindow):] }

// lessOne calls add with a text less each one of its letters, and, where it is a whole word, as it is.
func lessOne(s string, add func(string)) {
	for i := range len(s) {
		add(s[:i] + s[i+1:])
	}
	if len(s) < fuzzyWindow {
		add(s)
	}
}
