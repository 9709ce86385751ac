package mixpanel

import (
	"errors"
	"strings"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
)

// text returns the JSON text of a request; several objects, one in each line, become a list.
func text(r *wire.Request) (string, error) {
	text, err := wire.Data(r)
	if err == nil && isLines(text) {
		return joinLines(text), nil
	}
	return text, err
}

// isLines reports whether a text is several objects, one in each line.
func isLines(text string) bool {
	first, rest, more := strings.Cut(strings.TrimLeft(text, "\ufeff \t\r\n"), "\n")
	first = strings.TrimRight(first, " \t\r")
	return more && strings.HasPrefix(first, "{") && strings.HasSuffix(first, "}") && strings.TrimSpace(rest) != ""
}

// joinLines makes a list of the lines. A line that is not JSON becomes a string, so that it costs only itself.
func joinLines(text string) string {
	var out strings.Builder
	out.Grow(len(text) + 2)
	var scratch capture.Tape
	separator := "["
	for line := range strings.SplitSeq(strings.TrimPrefix(text, "\ufeff"), "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		out.WriteString(separator)
		separator = ","
		tape, err := capture.Parse(scratch[:0], line)
		scratch = tape[:0]
		if err == nil || isSick(err) {
			out.WriteString(line)
		} else {
			out.WriteString(wire.Quote(wire.Cut(line, wire.MaxRejectedRaw)))
		}
	}
	out.WriteByte(']')
	return out.String()
}

// isSick reports whether a text is one that can be read all the same.
func isSick(err error) bool {
	for _, e := range []error{capture.ErrUTF8, capture.ErrNaN, capture.ErrDepth, capture.ErrNumber} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
