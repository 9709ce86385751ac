package capture

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Mended says what Mend did at a place.
type Mended uint8

// What Mend does.
const (
	// MendedUTF8: bytes that are not UTF-8 became U+FFFD.
	MendedUTF8 Mended = iota + 1
	// MendedSurrogates: a pair of surrogates, each written as three bytes (CESU-8, as some browser SDKs encode emoji),
	// became the character that it stands for.
	MendedSurrogates
	// MendedNaN: NaN, Infinity or -Infinity became a string with that text.
	MendedNaN
)

// String describes what was done, for people.
func (m Mended) String() string {
	return [...]string{
		"", "bytes that are not UTF-8 were replaced by U+FFFD", "an emoji written as two surrogates (CESU-8) was repaired",
		"NaN or Infinity, which JSON does not have, was read as a string",
	}[m&3]
}

// Mending is one place at which Mend changed a text.
type Mending struct {
	At   uint32 // in the mended text
	What Mended
}

// MaxMendings is how many places Mend changes before it gives up. A text with more of them is in another encoding.
const MaxMendings = 1 << 16

// Mend makes a text that Parse refuses with ErrUTF8 or ErrNaN into one that keeps as much of it as can be kept, and lists
// what it changed, in order. The error is a *SyntaxError with ErrUTF8 where it gives up.
func Mend(src string) (string, []Mending, error) {
	m := mender{src: src}
	m.out.Grow(len(src) + 16)
	quoted := false
	for i := 0; i < len(src); {
		if len(m.done) > MaxMendings {
			return "", nil, &SyntaxError{Offset: i, Err: ErrUTF8}
		}
		switch c := src[i]; {
		case c >= utf8.RuneSelf:
			i = m.char(i)
		case c == '\\' && quoted && i+1 < len(src) && src[i+1] < utf8.RuneSelf:
			i = m.keep(i, 2)
		case c == '"':
			quoted = !quoted
			i = m.keep(i, 1)
		case !quoted && nanLength(src[i:]) > 0:
			i = m.nan(i, nanLength(src[i:]))
		default:
			i = m.keep(i, 1)
		}
	}
	return m.out.String(), m.done, nil
}

type mender struct {
	src  string
	out  strings.Builder
	done []Mending
}

func (m *mender) keep(i, n int) int {
	m.out.WriteString(m.src[i : i+n])
	return i + n
}

func (m *mender) note(what Mended) {
	m.done = append(m.done, Mending{uint32(m.out.Len()), what})
}

func (m *mender) nan(i, n int) int {
	m.note(MendedNaN)
	m.out.WriteByte('"')
	i = m.keep(i, n)
	m.out.WriteByte('"')
	return i
}

// char copies the character at i, or what it stands for.
func (m *mender) char(i int) int {
	if r, n := utf8.DecodeRuneInString(m.src[i:]); r != utf8.RuneError || n > 1 {
		return m.keep(i, n)
	}
	high, low := surrogate(m.src[i:]), surrogate(m.src[min(i+3, len(m.src)):])
	if r := utf16.DecodeRune(high, low); r != utf8.RuneError {
		m.note(MendedSurrogates)
		m.out.WriteRune(r)
		return i + 6
	}
	m.note(MendedUTF8)
	m.out.WriteRune(utf8.RuneError)
	return i + 1
}

// surrogate returns the surrogate that s begins with, written as if it were a character, or 0.
func surrogate(s string) rune {
	if len(s) < 3 || s[0] != 0xed || s[1]&0xe0 != 0xa0 || s[2]&0xc0 != 0x80 {
		return 0
	}
	return 0xd000 | rune(s[1]&0x3f)<<6 | rune(s[2]&0x3f)
}
