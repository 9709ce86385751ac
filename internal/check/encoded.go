package check

import (
	"net/url"
	"unicode/utf8"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/plan"
)

// maxKeptNodes bounds the buffers that one hostile event can leave behind in a Result.
const maxKeptNodes = 4096

// encoded judges a value that has to stand inside a string.
func (r *Result) encoded(u *rule, at segment, nodes []capture.Node) {
	if nodes[0].Kind != capture.String {
		r.failValue(TypeMismatch, u, at, nodes)
		return
	}
	text, ok := nodes[0].Text, true
	if u.encoding == plan.EncodingURL {
		text, ok = unescape(text)
	}
	tape := r.borrow()
	switch {
	case ok && u.encoding == plan.EncodingURL && isText(u.base):
		tape = append(tape, capture.Node{Kind: capture.String, Text: text})
	case ok:
		var err error
		tape, err = capture.Parse(tape, text)
		ok = err == nil
	}
	switch {
	case ok && tape[0].Kind != capture.Null:
		r.decoded(u, at, tape)
	case ok && !u.nullable:
		r.failValue(PropertyNull, u, at, nodes)
	case !ok && isStandIn(nodes[0].Text):
		r.failValue(PlaceholderValue, u, at, nodes)
	case !ok:
		r.failValue(BadEncoding, u, at, nodes)
	}
	r.giveBack(tape)
}

// unescape undoes percent-encoding, "+" for a blank included.
func unescape(s string) (string, bool) {
	text, err := url.QueryUnescape(s)
	return text, err == nil && utf8.ValidString(text)
}

// isText is true for the types whose percent-encoded form is the text itself; that of the others is their JSON.
func isText(base plan.BaseType) bool {
	switch base {
	case plan.TypeString, plan.TypeEnum, plan.TypeDatetime, plan.TypeDate:
		return true
	default:
		return false
	}
}

// borrow returns an empty tape that no outer text is on.
func (r *Result) borrow() capture.Tape {
	if r.inner == len(r.tapes) {
		r.tapes = append(r.tapes, nil)
	}
	r.inner++
	return r.tapes[r.inner-1][:0]
}

func (r *Result) giveBack(tape capture.Tape) {
	r.inner--
	if cap(tape) <= maxKeptNodes {
		r.tapes[r.inner] = tape
	}
}
