package store

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// fold brings a text into the form that is searched: compatibility forms are made equal (ＡＢＣ is abc), case is gone in
// every script, and space is single. It is idempotent.
func fold(s string) string {
	s = norm.NFKC.String(strings.ToValidUTF8(s, "\uFFFD"))
	s = norm.NFKC.String(cases.Fold().String(s))
	s = strings.ReplaceAll(s, "\x00", " ") // which PostgreSQL does not hold
	return strings.Join(strings.Fields(s), " ")
}

// separates says whether a character only separates words: order_pay, order-pay and orderPay are the same to who searches.
func separates(r rune) bool { return strings.ContainsRune("_-./:", r) }

// squeeze takes what separates words out of a folded text: a name's blanks too.
func squeeze(folded string) string {
	return strings.Map(func(r rune) rune {
		if separates(r) || r == ' ' {
			return -1
		}
		return r
	}, folded)
}

// loosen takes what separates words out of a folded text, but for blanks: in prose, words next to each other are none.
func loosen(folded string) string {
	return strings.Map(func(r rune) rune {
		if separates(r) {
			return -1
		}
		return r
	}, folded)
}

// grams calls add with each window of one and of two characters of a folded text, as far as it has no blank.
func grams(text string, add func(string)) {
	previous := -1
	for i, r := range text {
		if r == ' ' || r == '\n' {
			previous = -1
			continue
		}
		end := i + utf8.RuneLen(r)
		add(text[i:end])
		if previous >= 0 {
			add(text[previous:end])
		}
		previous = i
	}
}

// prefix returns the first n characters of s, or all of it.
func prefix(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
