package wire

import (
	"bytes"
	"cmp"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/waymarkhq/waymark/internal/capture"
)

// Request is one HTTP request as a decoder sees it. The zero value is ready; Reset makes it ready for another request and
// keeps its memory.
type Request struct {
	Method string
	// Path is the unescaped path, Query the query as sent, without its question mark.
	Path, Query string
	// Param is the variable segment of the path (Match.Param).
	Param  string
	Header http.Header
	// Body is the unpacked body, see ReadBody.
	Body string
	// RemoteIP is the address of the sender, as far as the server trusts what it was told.
	RemoteIP   string
	ReceivedAt time.Time

	scratch        scratch // the memory of Records
	limits         Limits
	admit          func() error
	sent, unpacked []byte // Body's memory
	packed         bytes.Reader
	gzip           *gzip.Reader
	doc            document // what was sent
	built          document // what Build made of it
	text           []byte   // its memory
	inner          []byte   // what Packed has decoded
}

// document is the JSON text of a request.
type document struct {
	parsed bool
	text   string
	tape   capture.Tape
	mended []capture.Mending
	pruned []capture.Pruned
	err    error
}

// Keep no more memory than this between requests; the largest payloads of SDKs are 0.5 MB.
const (
	keepBytes  = 1 << 20
	keepNodes  = 32 << 10
	keepEvents = 1 << 10
)

// Reset forgets the request. Everything that was decoded from it (events, rejections, the write key) aliases memory that
// the next request will overwrite: what outlives Reset must have been copied before, as capture.AppendRecord and
// strings.Clone do.
func (r *Request) Reset() {
	*r = Request{
		sent: kept(r.sent, keepBytes), unpacked: kept(r.unpacked, keepBytes), gzip: r.gzip, scratch: r.scratch.kept(),
		doc: document{tape: kept(r.doc.tape, keepNodes)}, built: document{tape: kept(r.built.tape, keepNodes)},
		text: kept(r.text, keepBytes), inner: kept(r.inner, keepBytes),
	}
}

// kept returns b emptied, or nil where it is too large to be kept.
func kept[S ~[]E, E any](b S, most int) S {
	if cap(b) > most {
		return nil
	}
	return b[:0]
}

// JSON parses the body, the first time it is asked, and returns its tape. The error is an *Error of kind Malformed or
// TooLarge.
func (r *Request) JSON() (capture.Tape, error) { return r.Unwrap(body) }

func body(r *Request) (string, error) { return r.Body, nil }

// Unwrap is JSON for formats that wrap their JSON text in something else, which unwrap takes off.
func (r *Request) Unwrap(unwrap func(*Request) (string, error)) (capture.Tape, error) {
	if !r.doc.parsed {
		if text, err := unwrap(r); err != nil {
			r.doc.parsed, r.doc.err = true, err
		} else {
			r.doc.parse(text)
		}
	}
	return r.doc.tape, r.doc.err
}

// current returns the document that the records are read from.
func (r *Request) current() *document {
	if r.built.parsed {
		return &r.built
	}
	return &r.doc
}

// Err returns why the JSON text could not be read, nil where it was or where nobody has asked for it yet.
func (r *Request) Err() error { return r.current().err }

// Text is the JSON text that the places of the tape refer to: the body, mended where it was not quite JSON.
func (r *Request) Text() string { return r.current().text }

// Sent is the JSON text before Build made it anew.
func (r *Request) Sent() string { return r.doc.text }

// Mendings adds a note on each kind of change that made the JSON text at a place readable.
func (r *Request) Mendings(at capture.Span, n *Notes) {
	said := [4]bool{}
	r.current().within(at, func(m capture.Mending) {
		if !said[m.What] {
			said[m.What] = true
			n.Addf("%s", m.What)
		}
	})
}

// Beyond returns why the JSON text at a place could not be read as a whole, nil where it was: a value in it is beyond a
// limit, and is a Null on the tape.
func (r *Request) Beyond(at capture.Span) error { return r.current().beyond(at) }

// within calls do for what was mended at a place.
func (d *document) within(at capture.Span, do func(capture.Mending)) {
	first, _ := slices.BinarySearchFunc(d.mended, at.Start, func(m capture.Mending, at uint32) int { return cmp.Compare(m.At, at) })
	for _, m := range d.mended[first:] {
		if m.At >= at.End {
			return
		}
		do(m)
	}
}

func (d *document) beyond(at capture.Span) error {
	first, _ := slices.BinarySearchFunc(d.pruned, at.Start, func(p capture.Pruned, at uint32) int { return cmp.Compare(p.At.Start, at) })
	if first == len(d.pruned) || d.pruned[first].At.Start >= at.End {
		return nil
	}
	return d.pruned[first].Err
}

func (d *document) parse(text string) {
	d.parsed, d.text = true, text
	tape, err := capture.Parse(d.tape[:0], text)
	if isAny(err, capture.ErrUTF8, capture.ErrNaN, capture.ErrDepth, capture.ErrNumber) {
		tape, err = d.readSick()
	}
	d.tape = tape
	if err != nil {
		d.err = jsonError(err)
	}
}

// readSick reads a text that is not quite JSON, or has values beyond the limits, which cost only the records that they
// are in.
func (d *document) readSick() (tape capture.Tape, err error) {
	if d.text, d.mended, err = capture.Mend(d.text); err != nil {
		return d.tape[:0], err
	}
	tape, err = capture.Parse(d.tape[:0], d.text)
	if isAny(err, capture.ErrDepth, capture.ErrNumber) {
		tape, d.pruned, err = capture.ParsePruned(tape, d.text)
	}
	return tape, err
}

func isAny(err error, targets ...error) bool {
	return err != nil && slices.ContainsFunc(targets, func(target error) bool { return errors.Is(err, target) })
}
