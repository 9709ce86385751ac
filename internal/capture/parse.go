package capture

import (
	"errors"
	"fmt"
)

// Limits of a JSON text. They bound what a hostile payload can cost; no SDK comes near them.
const (
	// MaxDepth is how deep arrays and objects may nest.
	MaxDepth = 64
	// MaxNodes is how many values a text may hold: 250,000 nodes take 12 MB.
	MaxNodes = 250_000
	// MaxNumber is how many characters a number may have.
	MaxNumber = 64
)

// The reasons of a SyntaxError.
var (
	ErrDepth     = fmt.Errorf("nested deeper than %d", MaxDepth)
	ErrNodes     = fmt.Errorf("more than %d values", MaxNodes)
	ErrNumber    = fmt.Errorf("a number longer than %d characters", MaxNumber)
	ErrUTF8      = errors.New("not UTF-8")
	ErrNaN       = errors.New("NaN and Infinity are not JSON")
	ErrEnd       = errors.New("unexpected end")
	ErrTrailing  = errors.New("more text after the value")
	ErrValue     = errors.New("expected a value")
	ErrName      = errors.New("expected a member name in quotes")
	ErrColon     = errors.New("expected ':' after a member name")
	ErrComma     = errors.New("expected ',' or the end of the object or array")
	ErrControl   = errors.New("control character in a string")
	ErrEscape    = errors.New("bad escape in a string")
	ErrBadNumber = errors.New("bad number")
)

// SyntaxError says where and why a text is not JSON that Parse takes. Err is one of the reasons above.
type SyntaxError struct {
	Offset int // in bytes
	Err    error
}

// Error names the reason and the place.
func (e *SyntaxError) Error() string { return fmt.Sprintf("%v at byte %d", e.Err, e.Offset) }

// Unwrap returns the reason.
func (e *SyntaxError) Unwrap() error { return e.Err }

// Parse appends the values of the JSON text src (RFC 8259, a byte order mark allowed) to dst, in document order, and
// returns the grown tape; the first appended node is the root. Texts of nodes alias src, except where a string holds
// escapes. Members with the same name are all kept. A lone surrogate escape and \u0000 become U+FFFD: the databases
// behind us cannot keep them.
//
// An error is always a *SyntaxError, and the tape is then dst as it was. See Mend for ErrUTF8 and ErrNaN, ParsePruned for
// ErrDepth and ErrNumber.
func Parse(dst Tape, src string) (Tape, error) {
	tape, at, err := parse(dst, src)
	if err != nil {
		return dst, &SyntaxError{Offset: at, Err: err}
	}
	return tape, nil
}

// parse is Parse with the place of the error beside its reason. It is one loop, in which a value and what follows it take
// turns, because a function call for each would be a good part of the cost.
func parse(tape Tape, src string) (Tape, int, error) {
	var (
		open    [MaxDepth]int32 // the containers around the current place, outermost first, as indexes of the tape
		depth   int
		objects uint64 // which of them are objects; the lowest bit is the innermost one's
		name    string
		err     error
		limit   = len(tape) + MaxNodes
	)
	i := space(src, startOf(src))
	for {
		if i >= len(src) {
			return tape, i, ErrEnd
		}
		at, c, kind, text := i, src[i], String, ""
		switch c {
		case '"':
			if end := plainEnd(src, i+1); end > 0 {
				text, i = src[i+1:end], end+1
			} else if text, i, err = readString(src, i+1); err != nil {
				return tape, i, err
			}
		case '{':
			kind, i = ObjectKind, i+1
		case '[':
			kind, i = Array, i+1
		default:
			if kind, i, err = readLiteral(src, i); err != nil {
				return tape, i, err
			}
			if kind != Null {
				text = src[at:i]
			}
		}
		if len(tape) >= limit {
			return tape, at, ErrNodes
		}
		tape = tape.extend()
		n := &tape[len(tape)-1]
		n.Name, n.Text, n.Kind, n.Size, n.At = name, text, kind, 0, Span{uint32(at), uint32(i)}
		if kind >= Array {
			if depth == MaxDepth {
				return tape, at, ErrDepth
			}
			open[depth] = int32(len(tape) - 1)
			depth++
			if objects <<= 1; kind == ObjectKind {
				objects |= 1
			}
			if i = space(src, i); i < len(src) && src[i] != c+2 { // the closing bracket is two behind the opening one
				goto member
			}
		}
		for {
			if i = space(src, i); depth == 0 {
				if i < len(src) {
					return tape, i, ErrTrailing
				}
				return tape, i, nil
			}
			if i >= len(src) {
				return tape, i, ErrEnd
			}
			if c := src[i]; c == ',' {
				i = space(src, i+1)
				break
			} else if c != '}' && c != ']' || (c == '}') != (objects&1 != 0) {
				return tape, i, ErrComma
			}
			i++
			depth--
			n := &tape[open[depth]]
			n.Size, n.At.End = int32(len(tape)-1)-open[depth], uint32(i)
			objects >>= 1
		}
	member:
		name = ""
		if objects&1 == 0 {
			continue
		}
		if i >= len(src) {
			return tape, i, ErrEnd
		}
		if src[i] != '"' {
			return tape, i, ErrName
		}
		if end := plainEnd(src, i+1); end > 0 {
			name, i = src[i+1:end], end+1
		} else if name, i, err = readString(src, i+1); err != nil {
			return tape, i, err
		}
		if i = space(src, i); i >= len(src) {
			return tape, i, ErrEnd
		}
		if src[i] != ':' {
			return tape, i, ErrColon
		}
		i = space(src, i+1)
	}
}

// extend appends a node with undefined contents.
func (t Tape) extend() Tape {
	if len(t) < cap(t) {
		return t[:len(t)+1]
	}
	return append(t, Node{})
}

// startOf returns where the text begins, behind a byte order mark.
func startOf(src string) int {
	if len(src) >= 3 && src[:3] == "\ufeff" {
		return 3
	}
	return 0
}

// space returns the first place from i on that is no white space.
func space(src string, i int) int {
	for i < len(src) && src[i] <= ' ' && (src[i] == ' ' || src[i] == '\n' || src[i] == '\t' || src[i] == '\r') {
		i++
	}
	return i
}

// readLiteral reads true, false, null or a number, and returns the place behind it.
func readLiteral(src string, i int) (Kind, int, error) {
	switch src[i] {
	case 't':
		return word(src, i, "true", Bool)
	case 'f':
		return word(src, i, "false", Bool)
	case 'n':
		return word(src, i, "null", Null)
	default:
		end, err := readNumber(src, i)
		if err == nil && end-i > MaxNumber {
			return Number, i, ErrNumber
		}
		return Number, end, err
	}
}

func word(src string, i int, want string, kind Kind) (Kind, int, error) {
	if len(src)-i < len(want) || src[i:i+len(want)] != want {
		return kind, i, ErrValue
	}
	return kind, i + len(want), nil
}

// readNumber reads a number of any length and returns the place behind it.
func readNumber(src string, i int) (int, error) {
	start := i
	if src[i] == '-' {
		i++
	}
	first := i
	if i = digits(src, i); i == first {
		if isNaN(src, start) {
			return start, ErrNaN
		}
		if i == start {
			return start, ErrValue
		}
		return i, ErrBadNumber
	}
	if src[first] == '0' && i > first+1 {
		return first + 1, ErrBadNumber
	}
	if i < len(src) && src[i] == '.' {
		fraction := i + 1
		if i = digits(src, fraction); i == fraction {
			return i, ErrBadNumber
		}
	}
	if i < len(src) && src[i]|0x20 == 'e' {
		i++
		if i < len(src) && (src[i] == '+' || src[i] == '-') {
			i++
		}
		exponent := i
		if i = digits(src, i); i == exponent {
			return i, ErrBadNumber
		}
	}
	return i, nil
}

func digits(src string, i int) int {
	for i < len(src) && src[i]-'0' <= 9 {
		i++
	}
	return i
}

// isNaN reports whether a number that JavaScript and Python know but JSON does not stands at i.
func isNaN(src string, i int) bool { return nanLength(src[i:]) > 0 }

// nanLength returns how long the NaN, Infinity or -Infinity is that s begins with, or 0.
func nanLength(s string) int {
	for _, w := range [...]string{"NaN", "Infinity", "-Infinity"} {
		if len(s) >= len(w) && s[:len(w)] == w {
			return len(w)
		}
	}
	return 0
}
