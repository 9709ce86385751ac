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
	ascii  string // the folded needle, when it is ASCII
	exact  string // the needle, when none of its characters has another case
}

func newFinder(text string) *finder {
	f := &finder{}
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
	}
	f.back = backTable(f.needle)
	return f
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
	switch {
	case f.exact != "" && strings.Contains(raw, f.exact), f.ascii != "" && containsFoldASCII(raw, f.ascii):
		return true
	case f.exact == "" && f.ascii == "", strings.IndexByte(raw, '\\') >= 0:
		return f.scan(raw)
	default:
		return false
	}
}

// containsFoldASCII looks for a folded ASCII needle.
func containsFoldASCII(s, needle string) bool {
	lower := needle[0]
	upper := lower
	if 'a' <= lower && lower <= 'z' {
		upper -= 'a' - 'A'
	}
	for i := 0; i+len(needle) <= len(s); i++ {
		if c := s[i]; (c == lower || c == upper) && equalFoldASCII(s[i:i+len(needle)], needle) {
			return true
		}
	}
	return false
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
