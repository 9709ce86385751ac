package plan

import (
	"cmp"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/waymarkhq/waymark/internal/fault"
)

// MaxVersion is the longest app version, in code points.
const MaxVersion = 50

// CompareVersions returns -1 where app version a lies below b, 0 where they are the same version, and 1 where a lies
// above. Versions are read as people write them:
//
//   - 8.6, 8.6.0, v8.6 and 08.06 are the same: parts are numbers of any size, and missing ones are 0.
//   - 8.6.0-beta.2, 8.6.0beta2 and 8.6.0_Beta-2 are the same, and lie below 8.6.0. What follows the numbers is compared
//     piece by piece, numbers below words; where all pieces are equal, the shorter lies below.
//   - Build numbers are left out: 8.6.0+1234, 8.6.0 (1234).
//   - "" lies below everything; what does not begin as a version (dev, unknown) above everything, by its bytes.
//
// The order is total but for versions that are the same. Nothing is allocated.
func CompareVersions(a, b string) int {
	if c, ok := compareReleases(a, b); ok {
		return c
	}
	x, y := readVersion(a), readVersion(b)
	if x.rank != y.rank {
		return cmp.Compare(x.rank, y.rank)
	}
	if x.rank != readable {
		return strings.Compare(x.numbers, y.numbers)
	}
	return cmp.Or(compareParts(x.numbers, y.numbers), comparePreRelease(x.preRelease, y.preRelease))
}

// compareReleases compares what nearly all versions are, numbers with points between them; ok is false for others. It
// is only faster than the long way: captured events are told apart by their versions.
func compareReleases(a, b string) (c int, ok bool) {
	if a == "" || b == "" {
		return 0, false
	}
	for a != "" || b != "" {
		var x, y uint64
		var okA, okB bool
		x, a, okA = cutNumber(a)
		y, b, okB = cutNumber(b)
		if !okA || !okB {
			return 0, false
		}
		if c == 0 {
			c = cmp.Compare(x, y)
		}
	}
	return c, true
}

// cutNumber returns the number with which text begins, 0 for nothing, and what follows the point after it.
func cutNumber(text string) (n uint64, rest string, ok bool) {
	for i := range len(text) {
		switch {
		case isDigit(text[i]) && i < 18:
			n = n*10 + uint64(text[i]-'0')
		case text[i] == '.' && i > 0:
			return n, text[i+1:], i+1 < len(text)
		default:
			return 0, "", false
		}
	}
	return n, "", true
}

// IsVersion reports whether text reads as an app version, so that it has a place among others that people foresee.
func IsVersion(text string) bool { return readVersion(text).rank == readable }

// ValidateVersion refuses what cannot be the version of an app that something starts from; path is where the client wrote
// it. Reasons: required, too_long, bad_version.
func ValidateVersion(path, text string, f *fault.Fields) {
	switch {
	case text == "":
		f.Add(path, "required", "a version is required")
	case utf8.RuneCountInString(text) > MaxVersion:
		f.Add(path, "too_long", fmt.Sprintf("a version has at most %d characters", MaxVersion))
	case !IsVersion(text):
		f.Add(path, "bad_version", "a version begins with numbers, as in 8.6.0 or 8.6.0-beta.2")
	}
}

// The ranks of versions: all of one rank lie below all of the next.
const (
	unstated = iota
	readable
	unreadable
)

// version is a version in pieces of its text.
type version struct {
	rank       int
	numbers    string // 8.6.0; the whole text where it is unreadable
	preRelease string // beta.2, with what stands before it
}

func readVersion(text string) version {
	text = strings.TrimSpace(text)
	if text == "" {
		return version{}
	}
	rest := text
	if rest[0] == 'v' || rest[0] == 'V' {
		rest = rest[1:]
	}
	if i := strings.IndexAny(rest, "+("); i >= 0 {
		rest = strings.TrimSpace(rest[:i])
	}
	n := numbersOf(rest)
	v := version{rank: readable, numbers: rest[:n], preRelease: rest[n:]}
	if n == 0 || !isPreRelease(v.preRelease) {
		return version{rank: unreadable, numbers: text}
	}
	return v
}

// numbersOf returns how long the numbers are with which text begins: digits, with single points between them.
func numbersOf(text string) int {
	n := 0
	for {
		digits, _ := cutDigits(text[n:])
		if digits == "" {
			return max(0, n-1)
		}
		n += len(digits)
		if n == len(text) || text[n] != '.' {
			return n
		}
		n++
	}
}

// isPreRelease reports whether text may follow the numbers of a version: nothing, or at least one word or number.
func isPreRelease(text string) bool {
	if text == "" {
		return true
	}
	for i := range len(text) {
		if !isWord(text[i]) && !isDigit(text[i]) && !isSeparator(text[i]) {
			return false
		}
	}
	piece, _ := cutPiece(text)
	return text[0] != '.' && piece != ""
}

func compareParts(a, b string) int {
	for a != "" || b != "" {
		var x, y string
		x, a, _ = strings.Cut(a, ".")
		y, b, _ = strings.Cut(b, ".")
		if c := compareNumbers(x, y); c != 0 {
			return c
		}
	}
	return 0
}

// compareNumbers compares digits as numbers; none are 0.
func compareNumbers(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}

func comparePreRelease(a, b string) int {
	if a == "" || b == "" { // what has none is the release itself, and lies above
		return cmp.Compare(len(b), len(a))
	}
	for {
		var x, y string
		x, a = cutPiece(a)
		y, b = cutPiece(b)
		if x == "" || y == "" {
			return cmp.Compare(len(x), len(y))
		}
		if c := comparePieces(x, y); c != 0 {
			return c
		}
	}
}

func comparePieces(a, b string) int {
	switch {
	case isDigit(a[0]) && isDigit(b[0]):
		return compareNumbers(a, b)
	case isDigit(a[0]):
		return -1
	case isDigit(b[0]):
		return 1
	default:
		return compareFolded(a, b)
	}
}

// compareFolded compares words, capital letters of ASCII as small ones.
func compareFolded(a, b string) int {
	for i := range min(len(a), len(b)) {
		if c := cmp.Compare(lower(a[i]), lower(b[i])); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

// cutPiece returns the next word or number of a pre-release, and what follows it.
func cutPiece(text string) (piece, rest string) {
	for text != "" && isSeparator(text[0]) {
		text = text[1:]
	}
	n := 0
	for n < len(text) && !isSeparator(text[n]) && isDigit(text[n]) == isDigit(text[0]) {
		n++
	}
	return text[:n], text[n:]
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isSeparator(c byte) bool { return c == '.' || c == '-' || c == '_' || c == ' ' }

// isWord is true for letters; those beyond ASCII are not told apart from what else is there.
func isWord(c byte) bool { return lower(c) >= 'a' && lower(c) <= 'z' || c >= utf8.RuneSelf }

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
