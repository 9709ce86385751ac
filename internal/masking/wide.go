package masking

import "unicode/utf8"

// Digits and separators are also written in other characters than those of ASCII, as input methods for Chinese and texts for print
// do: １３７, spaces that do not break. Where one of them stands, the text is looked at once more with plain ones in their places.

// plainOf returns what a character stands for among the digits and separators of ASCII, or 0.
func plainOf(r rune) byte {
	switch {
	case r >= '０' && r <= '９':
		return byte('0' + r - '０')
	case r == '＋':
		return '+'
	case r == '\u00a0', r == '\u2007', r == '\u2009', r == '\u202f', r == '\u3000':
		return ' '
	case r >= '\u2010' && r <= '\u2013', r == '－':
		return '-'
	}
	return 0
}

// wideAt returns what the character around a byte, which is not of ASCII, stands for, or 0. It is one of few lead bytes.
func wideAt(s string, at int) byte {
	for back := 0; back < utf8.UTFMax-1 && at >= back; back++ {
		switch c := s[at-back]; {
		case c < 0xc0 && c >= utf8.RuneSelf: // further back
		case c == 0xc2 || c == 0xe2 || c == 0xe3 || c == 0xef:
			r, n := utf8.DecodeRuneInString(s[at-back:])
			if n <= back {
				return 0
			}
			return plainOf(r)
		default:
			return 0
		}
	}
	return 0
}

// worthALook tells the bytes of runs of digits (asRun), and of other characters than those of ASCII that stand for digits and
// separators (asWide): as many as it takes for one of them to be looked at in each number, or a digit of ASCII.
var worthALook = func() (of [256]uint8) {
	for c := range of {
		if inRuns[c] {
			of[c] = asRun
		}
	}
	for _, c := range []byte{0xef, 0xbc, 0xe2, 0xe3, 0xc2, 0xa0, 0x90, 0x91, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99} {
		of[c] = asWide
	}
	return of
}()

const asRun, asWide = 1, 2

// isNearASCII reports whether all that is so near to a place that a group of digits may end there is of ASCII.
func isNearASCII(s string, at int) bool {
	if at < 4 || at+4 >= len(s) {
		return false
	}
	w := s[at-4 : at+5]
	return (w[0]|w[1]|w[2]|w[3]|w[5]|w[6]|w[7]|w[8])&0x80 == 0
}

// isBesideWide reports whether digits go on, on one of their sides, in other characters than those of ASCII.
func isBesideWide(s string, start, end int) bool {
	for start > 0 && isDigit(s[start-1]) {
		start--
	}
	for end < len(s) && isDigit(s[end]) {
		end++
	}
	return start > 0 && s[start-1] >= utf8.RuneSelf && wideAt(s, start-1) != 0 || end < len(s) && s[end] >= utf8.RuneSelf && wideAt(s, end) != 0
}

// spread is a hit's text in plain characters, with where each stands in the text itself.
type spread struct {
	plain string
	at    []int // one more than there are characters
}

// wideNumbers finds what numbers finds, and what is written in other characters.
func (r *Rules) wideNumbers(s string) []hit {
	plain, at := make([]byte, 0, len(s)), make([]int, 0, len(s)+1)
	for i := 0; i < len(s); {
		c, n := s[i], 1
		if c >= utf8.RuneSelf {
			if p := wideAt(s, i); p != 0 {
				_, n = utf8.DecodeRuneInString(s[i:])
				c = p
			}
		}
		plain, at = append(plain, c), append(at, i)
		i += n
	}
	at = append(at, len(s))
	text := string(plain)
	hits, _ := r.digits(text)
	for i := range hits {
		h := &hits[i]
		if at[h.end]-at[h.start] > h.end-h.start {
			h.wide = &spread{text[h.start:h.end], at[h.start : h.end+1]}
		}
		h.start, h.end = at[h.start], at[h.end]
	}
	return hits
}

// stars overwrites all but the first and the last characters of a hit, and separators.
func (w *spread) stars(text []byte, first, last int) {
	for i := first; i < len(w.plain)-last; i++ {
		if !isSeparator(w.plain[i]) {
			fill(text[w.at[i]:w.at[i+1]])
		}
	}
}
