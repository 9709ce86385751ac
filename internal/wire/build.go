package wire

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/waymarkhq/waymark/internal/capture"
)

// Builder makes the JSON text that records are read from, where what was sent does not have each of them in one piece:
// JSON inside strings, parameters of a query, lists of names and values, headers. It writes the text and its tape at once,
// in one pass, so that nothing is parsed twice; what it takes over keeps its bytes.
//
// Every method that writes a value takes the name that the value gets where it becomes a member of an object.
type Builder struct {
	// Request is the request that the text is made of. Its JSON or Unwrap, where it was asked, is what Copy and Record copy
	// from.
	Request *Request

	text   []byte
	tape   capture.Tape
	open   []int32 // the containers around the current place, outermost first, as indexes of the tape
	mended []capture.Mending
	pruned []capture.Pruned
	deep   bool // something in the current record is deeper than capture.MaxDepth
	full   bool // there are more values than capture.MaxNodes
}

// Build makes the request's JSON text anew, the first time it is asked, and returns its tape: from then on Text, Err,
// Mendings and Beyond are about the new text. The error is that of write, or an *Error where the text got too large.
func (r *Request) Build(write func(*Builder) error) (capture.Tape, error) {
	if !r.built.parsed {
		b := Builder{Request: r, text: r.text[:0], tape: r.built.tape[:0]}
		err := write(&b)
		if err == nil && b.full {
			err = NewTooLarge(capture.ErrNodes.Error())
		}
		r.text = b.text
		r.built = document{
			parsed: true, text: unsafe.String(unsafe.SliceData(b.text), len(b.text)), // nobody writes to it before Reset
			tape: b.tape, mended: b.mended, pruned: b.pruned, err: err,
		}
	}
	return r.built.tape, r.built.err
}

// Object begins an object, Array a list; Close ends it.
func (b *Builder) Object(name string) { b.begin(name, capture.ObjectKind, '{') }

// Array begins a list.
func (b *Builder) Array(name string) { b.begin(name, capture.Array, '[') }

func (b *Builder) begin(name string, kind capture.Kind, bracket byte) {
	name = b.member(name)
	at := uint32(len(b.text))
	b.text = append(b.text, bracket)
	b.push(capture.Node{Name: name, Kind: kind, At: capture.Span{Start: at, End: at + 1}})
	b.open = append(b.open, int32(len(b.tape)-1))
	b.deep = b.deep || len(b.open) > capture.MaxDepth
}

// Close ends the innermost object or list.
func (b *Builder) Close() {
	last := len(b.open) - 1
	n := &b.tape[b.open[last]]
	n.Size = int32(len(b.tape)-1) - b.open[last]
	b.open = b.open[:last]
	if n.Kind == capture.ObjectKind {
		b.text = append(b.text, '}')
	} else {
		b.text = append(b.text, ']')
	}
	n.At.End = uint32(len(b.text))
}

// String writes a text. Bytes that are not UTF-8 are mended.
func (b *Builder) String(name, s string) {
	if !utf8.ValidString(s) {
		quoted, _ := appendText(nil, s)
		if b.JSON(name, string(quoted)) == nil {
			return
		}
		s = strings.ToValidUTF8(s, "\ufffd")
	}
	name = b.member(name)
	at := uint32(len(b.text))
	b.text, s = appendText(b.text, s)
	b.push(capture.Node{Name: name, Text: s, Kind: capture.String, At: capture.Span{Start: at, End: uint32(len(b.text))}})
}

// JSON writes the value that a JSON text is of, mended where it is not quite JSON. The error says why it is none, and then
// nothing was written; a text with a value beyond the limits is one, and its record will be rejected.
func (b *Builder) JSON(name, text string) error {
	d := document{tape: b.tape}
	first := len(b.tape)
	if b.full {
		return nil
	}
	tape, err := capture.Parse(b.tape, text)
	if isAny(err, capture.ErrUTF8, capture.ErrNaN) {
		if text, d.mended, err = capture.Mend(text); err == nil {
			tape, err = capture.Parse(b.tape, text)
		}
	}
	switch {
	case isAny(err, capture.ErrDepth, capture.ErrNumber):
		b.String(name, text)
		b.beyond(b.tape[first].At.Start, err)
		return nil
	case isAny(err, capture.ErrNodes):
		b.full = true
		return nil
	case err != nil:
		return err
	}
	name = b.member(name)
	root := tape[first].At
	for _, m := range d.mended {
		b.mended = append(b.mended, capture.Mending{At: m.At - root.Start + uint32(len(b.text)), What: m.What})
	}
	b.tape = tape
	b.take(name, first, text[root.Start:root.End])
	return nil
}

// Number writes a number as JSON has it, or the same as a text where it is none, and says which.
func (b *Builder) Number(name, literal string) bool {
	if c := strings.TrimPrefix(literal, "-"); c != "" && c[0]-'0' <= 9 && len(literal) <= capture.MaxNumber && b.JSON(name, literal) == nil {
		return true
	}
	b.String(name, literal)
	return false
}

// Null writes null.
func (b *Builder) Null(name string) {
	name = b.member(name)
	at := uint32(len(b.text))
	b.text = append(b.text, "null"...)
	b.push(capture.Node{Name: name, Kind: capture.Null, At: capture.Span{Start: at, End: at + 4}})
}

// Next returns the index on the tape that the next value gets.
func (b *Builder) Next() int { return len(b.tape) }

// Copy writes the value at index i of the request's own tape.
func (b *Builder) Copy(name string, i int) {
	from := &b.Request.doc
	n := &from.tape[i]
	name = b.member(name)
	first := len(b.tape)
	b.push(from.tape[i : i+1+int(n.Size)]...)
	if !b.full {
		b.take(name, first, from.text[n.At.Start:n.At.End])
	}
}

// Record writes the value at index i of the request's own tape as an element of the list of records: write writes it,
// unless it is no object or beyond the limits, which Payload.Each says of it.
func (b *Builder) Record(i int, write func(i int)) { b.record(i, capture.ObjectKind, write) }

// TextRecord is Record for values that are strings.
func (b *Builder) TextRecord(i int, write func(i int)) { b.record(i, capture.String, write) }

func (b *Builder) record(i int, kind capture.Kind, write func(i int)) {
	from := &b.Request.doc
	n := &from.tape[i]
	b.member("")
	at := uint32(len(b.text))
	from.within(n.At, func(m capture.Mending) { b.mended = append(b.mended, capture.Mending{At: at, What: m.What}) })
	switch err := from.beyond(n.At); {
	case err != nil:
		b.text = append(b.text, from.text[n.At.Start:n.At.End]...)
		b.push(capture.Node{Kind: n.Kind, At: capture.Span{Start: at, End: uint32(len(b.text))}})
		b.beyond(at, err)
	case n.Kind != kind:
		b.Copy("", i)
	default:
		write(i)
	}
	b.shallow(at)
}

// New is Record for a record that is made of something else than a value of the tape.
func (b *Builder) New(write func()) {
	b.member("")
	at := uint32(len(b.text))
	write()
	b.shallow(at)
}

// shallow ends a record, which cannot be taken if something in it is too deep.
func (b *Builder) shallow(at uint32) {
	if b.deep {
		b.beyond(at, capture.ErrDepth)
		b.deep = false
	}
}

// beyond notes that a record with a value at a place of the text cannot be taken.
func (b *Builder) beyond(at uint32, err error) {
	if syntax, ok := errors.AsType[*capture.SyntaxError](err); ok {
		err = syntax.Err
	}
	if last := len(b.pruned) - 1; last < 0 || b.pruned[last].At.Start < at { // one place in a record is enough
		b.pruned = append(b.pruned, capture.Pruned{At: capture.Span{Start: at, End: at + 1}, Err: err})
	}
}

// take makes the nodes from index first on, which refer to another text, those of a value that is appended to the text.
func (b *Builder) take(name string, first int, text string) {
	nodes := b.tape[first:]
	nodes[0].Name = name
	shift := uint32(len(b.text)) - nodes[0].At.Start
	b.text = append(b.text, text...)
	var ends [capture.MaxDepth]int // where the containers around the node end, as indexes of nodes
	depth, room := 0, capture.MaxDepth-len(b.open)
	for i := range nodes {
		n := &nodes[i]
		n.At.Start += shift
		n.At.End += shift
		if n.Kind < capture.Array {
			continue
		}
		for depth > 0 && i > ends[depth-1] {
			depth--
		}
		if depth >= room {
			b.deep = true
			continue
		}
		ends[depth] = i + int(n.Size)
		depth++
	}
	b.full = b.full || len(b.tape) > capture.MaxNodes
}

// member writes what stands before a value, and returns the value's name.
func (b *Builder) member(name string) string {
	if len(b.open) == 0 {
		return ""
	}
	if last := b.text[len(b.text)-1]; last != '{' && last != '[' && last != ',' {
		b.text = append(b.text, ',')
	}
	if b.tape[b.open[len(b.open)-1]].Kind != capture.ObjectKind {
		return ""
	}
	b.text, name = appendText(b.text, strings.ToValidUTF8(name, "\ufffd"))
	b.text = append(b.text, ':')
	return name
}

func (b *Builder) push(nodes ...capture.Node) {
	if len(b.tape)+len(nodes) > capture.MaxNodes {
		b.full = true
		if len(nodes) > 1 {
			return
		}
	}
	b.tape = append(b.tape, nodes...)
}

// appendText appends a JSON string with a text, and returns the text as a reader of it gets it: the databases behind us
// cannot keep U+0000 (see capture.Parse).
func appendText(dst []byte, s string) ([]byte, string) {
	plain := true
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' {
			plain = false
			break
		}
	}
	dst = append(dst, '"')
	if plain {
		return append(append(dst, s...), '"'), s
	}
	s = strings.ReplaceAll(s, "\x00", "\ufffd")
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < ' ':
			dst = fmt.Appendf(dst, "\\u%04x", c)
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"'), s
}
