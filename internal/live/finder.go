package live

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// finder finds a text in raw JSON: letter case makes no difference, and neither does whether the JSON has a character as
// it is or escaped (支付 is found in 支付 as in \u652f\u4ed8). It is immutable.
type finder struct {
	needle []rune // folded
	back   []int  // Knuth-Morris-Pratt: how much of the needle's beginning still fits after a mismatch
	// Most needles are found, and mostly not found, without looking at each character: exact is the needle when none of
	// its characters has another case, ascii the folded needle when it is ASCII; else both are empty.
	exact, ascii string
	anchor       int    // the byte of ascii that is looked for first
	escape       string // only where raw has this can the needle be in it escaped
}

// Holds returns a test whether a record as sent holds a text, upper and lower case alike and whatever its JSON escapes.
func Holds(text string) func(raw string) bool { return newFinder(text).in }

func newFinder(text string) *finder {
	f := &finder{escape: `\u`}
	ascii, exact := true, true
	for _, r := range text {
		f.needle = append(f.needle, fold(r))
		ascii = ascii && r < utf8.RuneSelf
		exact = exact && unicode.ToLower(r) == r && unicode.ToUpper(r) == r && unicode.ToTitle(r) == r
	}
	switch {
	case exact:
		f.exact = text
	case ascii:
		f.ascii = string(f.needle)
		f.anchor = rarest(f.ascii)
	}
	if ascii {
		f.escape = `\u00`
	}
	if strings.ContainsAny(text, "\"\\/\b\f\n\r\t") { // these have short escapes
		f.escape = `\`
	}
	f.back = backTable(f.needle)
	return f
}

// rarest returns the place of the byte that JSON of events likely has least of.
func rarest(s string) int {
	const common = `"etaonirscld:,p_mu0123456789 {}[]ghyfvbwkxjqz`
	best, rank := 0, -1
	for i := range len(s) {
		r := strings.IndexByte(common, s[i])
		if r < 0 {
			return i
		}
		if r > rank {
			best, rank = i, r
		}
	}
	return best
}

// fold maps upper to lower case, one character to one. No character outside of ASCII folds into it, so that an ASCII
// needle can be looked for byte by byte.
func fold(r rune) rune {
	if r < utf8.RuneSelf {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}
	if lower := unicode.ToLower(r); lower >= utf8.RuneSelf {
		return lower
	}
	return r
}

func backTable(needle []rune) []int {
	back := make([]int, len(needle))
	for i, n := 1, 0; i < len(needle); i++ {
		for n > 0 && needle[i] != needle[n] {
			n = back[n-1]
		}
		if needle[i] == needle[n] {
			n++
		}
		back[i] = n
	}
	return back
}

// in reports whether the text occurs in raw.
func (f *finder) in(raw string) bool {
	var found bool
	switch {
	case f.exact != "":
		found = strings.Contains(raw, f.exact)
	case f.ascii != "":
		found = f.inASCII(raw)
	default:
		return f.scan(raw)
	}
	if found {
		return strings.IndexByte(raw, '\\') < 0 || f.scan(raw) // the n of \n is no n
	}
	return strings.Contains(raw, f.escape) && f.scan(raw)
}

// inASCII looks for the folded ASCII needle, letter case apart but as it is.
func (f *finder) inASCII(s string) bool {
	lower := f.ascii[f.anchor]
	upper := lower
	if 'a' <= lower && lower <= 'z' {
		upper -= 'a' - 'A'
	}
	last := len(s) - len(f.ascii) // where the needle can begin
	nextLower, nextUpper := -1, -1
	for at := f.anchor; at <= last+f.anchor; at++ {
		nextLower = indexFrom(s, lower, at, nextLower)
		nextUpper = indexFrom(s, upper, at, nextUpper)
		at = min(nextLower, nextUpper)
		if begin := at - f.anchor; begin <= last && equalFoldASCII(s[begin:begin+len(f.ascii)], f.ascii) {
			return true
		}
	}
	return false
}

// indexFrom returns where s has c at or after from, known to be not before next; len(s) when nowhere.
func indexFrom(s string, c byte, from, next int) int {
	if next >= from {
		return next
	}
	if i := strings.IndexByte(s[from:], c); i >= 0 {
		return from + i
	}
	return len(s)
}

func equalFoldASCII(s, folded string) bool {
	for i := range len(folded) {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != folded[i] {
			return false
		}
	}
	return true
}

// scan looks at each character, unescaped, once.
func (f *finder) scan(raw string) bool {
	n := 0
	for len(raw) > 0 {
		r, size := nextRune(raw)
		raw = raw[size:]
		r = fold(r)
		for n > 0 && r != f.needle[n] {
			n = f.back[n-1]
		}
		if r == f.needle[n] {
			n++
		}
		if n == len(f.needle) {
			return true
		}
	}
	return false
}

// nextRune returns the first character of JSON text with its length, an escape being one character.
func nextRune(s string) (rune, int) {
	if s[0] < utf8.RuneSelf && s[0] != '\\' {
		return rune(s[0]), 1
	}
	if s[0] != '\\' || len(s) < 2 {
		return utf8.DecodeRuneInString(s)
	}
	if s[1] != 'u' {
		return unescape(s[1]), 2
	}
	r, ok := hexRune(s)
	if !ok {
		return '\\', 1
	}
	if utf16.IsSurrogate(r) {
		if low, ok := hexRune(s[6:]); ok {
			if pair := utf16.DecodeRune(r, low); pair != unicode.ReplacementChar {
				return pair, 12
			}
		}
		return unicode.ReplacementChar, 6
	}
	return r, 6
}

func unescape(c byte) rune {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	default:
		return rune(c)
	}
}

// hexRune reads \uXXXX at the beginning of s.
func hexRune(s string) (rune, bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(s[2:6], 16, 16)
	return rune(n), err == nil
}
