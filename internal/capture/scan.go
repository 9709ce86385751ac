package capture

import (
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

const (
	lows  = 0x0101010101010101
	highs = 0x8080808080808080
)

// load8 returns the 8 bytes of s from i on, the first one lowest.
func load8(s string, i int) uint64 {
	s = s[i : i+8]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// stops sets the high bit of each byte of w that ends a run of plain characters: a quote, a backslash, a control
// character, or a byte of a character beyond ASCII. Bits behind the lowest one may be wrong.
func stops(w uint64) uint64 {
	// Flipping one bit brings the quote down to the blank's place, just above the control characters.
	return (((w ^ 0x02*lows) - 0x21*lows) | ((w ^ '\\'*lows) - lows) | w) & highs
}

// marks is stops for characters beyond ASCII too: only a quote, a backslash or a control character counts.
func marks(w uint64) uint64 {
	quote, back := w^('"'*lows), w^('\\'*lows)
	return ((quote-lows)&^quote | (back-lows)&^back | (w-' '*lows)&^w) & highs
}

// plainEnd returns the place of the quote that ends the string from i on, if the string has nothing but plain characters,
// else (or close to the end of src) -1.
func plainEnd(src string, i int) int {
	for ; i+8 <= len(src); i += 8 {
		if m := stops(load8(src, i)); m != 0 {
			if i += bits.TrailingZeros64(m) >> 3; src[i] == '"' {
				return i
			}
			return -1
		}
	}
	return -1
}

// readString reads the string whose opening quote stands before i and returns its text and the place behind it.
func readString(src string, i int) (string, int, error) {
	start := i
	for i+8 <= len(src) {
		if m := marks(load8(src, i)); m != 0 {
			i += bits.TrailingZeros64(m) >> 3
			break
		}
		i += 8
	}
	for ; i < len(src); i++ {
		switch c := src[i]; {
		case c == '"':
			if !utf8.ValidString(src[start:i]) {
				return "", start, ErrUTF8
			}
			return src[start:i], i + 1, nil
		case c == '\\':
			return readEscaped(src, start, i)
		case c < ' ':
			return "", i, ErrControl
		}
	}
	return "", i, ErrEnd
}

// readEscaped reads the rest of a string with escapes, the first of which stands at i.
func readEscaped(src string, start, i int) (string, int, error) {
	end, err := stringEnd(src, i)
	if err != nil {
		return "", end, err
	}
	if !utf8.ValidString(src[start:end]) {
		return "", start, ErrUTF8
	}
	b := make([]byte, 0, end-start) // no escape is shorter than what it stands for
	b = append(b, src[start:i]...)
	for i < end {
		c := src[i]
		switch {
		case c != '\\':
			b = append(b, c)
			i++
		case src[i+1] == '"' || src[i+1] == '\\': // most are these: JSON in a string
			b = append(b, src[i+1])
			i += 2
		default:
			r, n := escape(src[i:end])
			if n == 0 {
				return "", i, ErrEscape
			}
			b = utf8.AppendRune(b, r)
			i += n
		}
	}
	return unsafe.String(unsafe.SliceData(b), len(b)), end + 1, nil
}

// stringEnd returns the place of the closing quote of a string, from i inside of it on.
func stringEnd(src string, i int) (int, error) {
	for i < len(src) {
		if i+8 <= len(src) {
			m := marks(load8(src, i))
			if m == 0 {
				i += 8
				continue
			}
			i += bits.TrailingZeros64(m) >> 3
		}
		switch c := src[i]; {
		case c == '"':
			return i, nil
		case c == '\\':
			i += 2
		case c < ' ':
			return i, ErrControl
		default:
			i++
		}
	}
	return len(src), ErrEnd
}

// escape decodes the escape that s begins with; n is its length, 0 where it is none. A pair of surrogate escapes is one
// escape.
func escape(s string) (r rune, n int) {
	if len(s) < 2 {
		return 0, 0
	}
	switch s[1] {
	case '"', '\\', '/':
		return rune(s[1]), 2
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'u':
		return unicodeEscape(s)
	}
	return 0, 0
}

func unicodeEscape(s string) (rune, int) {
	r, ok := hex4(s)
	switch {
	case !ok:
		return 0, 0
	case r == 0:
		return utf8.RuneError, 6
	case !utf16.IsSurrogate(r):
		return r, 6
	}
	if len(s) >= 12 && s[6] == '\\' && s[7] == 'u' {
		if low, ok := hex4(s[6:]); ok {
			if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
				return pair, 12
			}
		}
	}
	return utf8.RuneError, 6
}

// hex4 reads the four digits of \uXXXX.
func hex4(s string) (rune, bool) {
	if len(s) < 6 {
		return 0, false
	}
	r := rune(0)
	for _, c := range []byte(s[2:6]) {
		switch {
		case c-'0' <= 9:
			c -= '0'
		case c|0x20-'a' <= 5:
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
