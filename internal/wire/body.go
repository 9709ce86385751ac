package wire

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"unsafe"

	"github.com/klauspost/compress/gzip"
)

// Limits bound a body, in bytes.
type Limits struct {
	// Sent is how much may be sent, Unpacked how much it may become.
	Sent, Unpacked int
	// Ratio is how many times larger than sent a body may become; up to Free the ratio does not matter.
	Ratio, Free int
	// Large is how much a body may hold, sent or unpacked, before ReadBody asks whether it may be larger.
	Large int
}

// DefaultLimits returns limits that are ten times and more what any SDK sends in one payload (0.5 MB). What Large lets pass
// unasked is twice that.
func DefaultLimits() Limits {
	return Limits{Sent: 5 << 20, Unpacked: 20 << 20, Ratio: 100, Free: 1 << 20, Large: 1 << 20}
}

// trusted is how much memory an announced length gets before anything has come.
const trusted = 64 << 10

// ReadBody reads the body and unpacks it into r.Body. The length is what the sender announced, -1 where it did not; it is
// a hint. Whether the body is compressed is told by its first bytes, whatever the headers say.
//
// Before a body becomes large, admit is asked, maybe twice; its error ends the reading. It may wait, and it may be nil.
//
// The error is an *Error for what is wrong with the body, else that of src or of admit. The memory used is bounded by the
// limits.
func (r *Request) ReadBody(src io.Reader, length int64, limits Limits, admit func() error) error {
	r.Body, r.limits, r.admit = "", limits, admit
	r.doc.parsed, r.built.parsed = false, false
	if length > int64(limits.Sent) {
		return tooLarge(limits.Sent)
	}
	if want := min(int(length)+1, trusted); cap(r.sent) < want {
		r.sent = make([]byte, 0, want)
	}
	var err error
	if r.sent, err = readAll(src, r.sent[:0], limits.Sent, limits.Large, admit); err != nil {
		return err
	}
	body := r.sent
	if isGzip(body) {
		if err := r.unzip(limits, admit); err != nil {
			return err
		}
		body = r.unpacked
	}
	r.Body = unsafe.String(unsafe.SliceData(body), len(body)) // nobody writes to it before Reset
	return nil
}

// AsSent returns the body as it came from the wire, still compressed where it was, until Reset.
func (r *Request) AsSent() []byte { return r.sent }

// unzip unpacks r.sent into r.unpacked.
func (r *Request) unzip(limits Limits, admit func() error) error {
	limit := min(limits.Unpacked, max(limits.Free, limits.Ratio*len(r.sent)))
	r.packed.Reset(r.sent)
	var err error
	if r.gzip == nil {
		r.gzip, err = gzip.NewReader(&r.packed)
	} else {
		err = r.gzip.Reset(&r.packed)
	}
	if err == nil {
		r.unpacked, err = readAll(r.gzip, r.unpacked[:0], limit, limits.Large, admit)
	}
	switch _, own := errors.AsType[*Error](err); {
	case own && limit < limits.Unpacked:
		return NewTooLarge(fmt.Sprintf("the body unpacks to more than %d times its size", limits.Ratio))
	case own:
		return err
	case err != nil:
		return malformed("the body begins like gzip but cannot be unpacked: "+err.Error(), err)
	case isGzip(r.unpacked):
		return NewMalformed("the body is gzip inside gzip")
	}
	return nil
}

func isGzip(b []byte) bool { return len(b) >= 2 && b[0] == 0x1f && b[1] == 0x8b }

// readAll appends all of src to buf, which may become limit bytes long, and large or more if admit says so.
func readAll(src io.Reader, buf []byte, limit, large int, admit func() error) ([]byte, error) {
	for {
		if len(buf) >= large && admit != nil {
			if err := admit(); err != nil {
				return buf, err
			}
			admit = nil
		}
		if len(buf) == cap(buf) {
			buf = slices.Grow(buf, min(max(len(buf), bytes.MinRead), limit+1-len(buf)))
		}
		n, err := src.Read(buf[len(buf):cap(buf)])
		if buf = buf[:len(buf)+n]; len(buf) > limit {
			return buf, tooLarge(limit)
		}
		switch {
		case errors.Is(err, io.EOF):
			return buf, nil
		case err != nil:
			return buf, err
		}
	}
}

func tooLarge(limit int) *Error {
	return NewTooLarge(fmt.Sprintf("the body is larger than %d bytes", limit))
}
