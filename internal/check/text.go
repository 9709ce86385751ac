package check

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/waymarkhq/waymark/internal/capture"
)

// pathTo returns the path of a place below the current one, e.g. "items[2].price"; "" for the event itself. A nameless
// property shows as "".
func (r *Result) pathTo(at segment) string {
	if at == wholeEvent {
		return ""
	}
	if len(r.path) == 0 && at.name != "" && len(at.name) <= maxPath {
		return at.name
	}
	var b []byte
	for _, s := range r.path {
		b = s.append(b)
	}
	return shorten(string(at.append(b)), maxPath)
}

// append adds a step to a path. A name that is far too long is cut before it is copied.
func (s segment) append(b []byte) []byte {
	if s.index >= 0 {
		b = append(b, '[')
		b = strconv.AppendInt(b, int64(s.index), 10)
		return append(b, ']')
	}
	if len(b) > 0 {
		b = append(b, '.')
	}
	if s.name == "" {
		return append(b, `""`...)
	}
	return append(b, s.name[:min(len(s.name), maxPath+utf8.UTFMax)]...)
}

// shorten cuts s at the boundary of a character, with an ellipsis, so that it has at most limit bytes.
func shorten(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	const ellipsis = "…"
	end := limit - len(ellipsis)
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + ellipsis
}

// describe returns the value at the front of nodes as JSON, shortened to MaxText.
func describe(nodes []capture.Node) string {
	b, _ := appendValue(make([]byte, 0, MaxText+16), nodes)
	return shorten(string(b), MaxText)
}

// appendValue appends the value at the front of nodes and returns what follows it. It stops once b is longer than will
// be shown.
func appendValue(b []byte, nodes []capture.Node) (longer []byte, rest []capture.Node) {
	n := &nodes[0]
	members, rest := nodes[1:1+n.Size], nodes[1+n.Size:]
	switch n.Kind {
	case capture.Null:
		b = append(b, "null"...)
	case capture.String:
		b = appendQuoted(b, n.Text)
	case capture.Array, capture.ObjectKind:
		b = appendMembers(b, n.Kind, members)
	default:
		b = append(b, n.Text...)
	}
	return b, rest
}

func appendMembers(b []byte, kind capture.Kind, members []capture.Node) []byte {
	brackets := "[]"
	if kind == capture.ObjectKind {
		brackets = "{}"
	}
	b = append(b, brackets[0])
	for first := true; len(members) > 0 && len(b) <= MaxText; first = false {
		if !first {
			b = append(b, ',')
		}
		if kind == capture.ObjectKind {
			b = append(appendQuoted(b, members[0].Name), ':')
		}
		b, members = appendValue(b, members)
	}
	return append(b, brackets[1])
}

// appendQuoted appends the beginning of s, as much as can be shown, as a JSON string.
func appendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	for i := 0; i < min(len(s), MaxText); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < ' ':
			b = fmt.Appendf(b, `\u%04x`, c)
		default:
			b = append(b, c)
		}
	}
	if len(s) > MaxText {
		return append(b, s[MaxText:min(len(s), MaxText+utf8.UTFMax)]...)
	}
	return append(b, '"')
}

// oneOf lists values for people: "one of a, b, c".
func oneOf(values []string) string {
	var b strings.Builder
	b.WriteString("one of ")
	for i, v := range values {
		if i > 0 {
			b.WriteString(", ")
		}
		if b.WriteString(v); b.Len() > MaxText {
			break
		}
	}
	return shorten(b.String(), MaxText)
}
