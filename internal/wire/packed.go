package wire

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unsafe"

	"github.com/klauspost/compress/gzip"
)

// Packed returns the JSON text in a value of a form or query that QueryValue returned: the value itself, or what it is the
// base64 of, or that unpacked where it is gzip, whatever the sender says that it is. Values that were percent-encoded twice
// are read too. The error is an *Error, or that of the function that admits large bodies (see ReadBody).
func (r *Request) Packed(value string) (string, error) {
	for range 2 {
		if isJSON(value) {
			return strings.TrimSpace(value), nil // percent signs in it are its own
		}
		value = unescapePercent(value)
	}
	at := len(r.inner)
	var err error
	if r.inner, err = appendBase64(r.inner, value); err != nil {
		r.inner = r.inner[:at]
		return "", NewMalformed("the data is neither JSON nor base64")
	}
	text := unsafe.String(unsafe.SliceData(r.inner[at:]), len(r.inner)-at) // nobody writes to it before Reset
	if !strings.HasPrefix(text, "\x1f\x8b") {
		return text, nil
	}
	unpacked, err := r.unpack(text, nil)
	return unsafe.String(unsafe.SliceData(unpacked), len(unpacked)), err
}

// unescapePercent undoes percent-encoding and leaves plus signs, which base64 needs.
func unescapePercent(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	if u, err := url.PathUnescape(s); err == nil {
		return u
	}
	return s
}

// unpack appends to buf what gzip inside of a text unpacks to, within the limits of the body.
func (r *Request) unpack(packed string, buf []byte) ([]byte, error) {
	limit := min(r.limits.Unpacked, max(r.limits.Free, r.limits.Ratio*len(packed)))
	var err error
	if src := strings.NewReader(packed); r.gzip == nil {
		r.gzip, err = gzip.NewReader(src)
	} else {
		err = r.gzip.Reset(src)
	}
	if err != nil {
		return nil, malformed("the data begins like gzip but cannot be unpacked: "+err.Error(), err)
	}
	var refused error
	text, err := readAll(r.gzip, slices.Grow(buf, announced(packed, limit)), limit, r.limits.Large, func() error {
		if r.admit != nil {
			refused = r.admit()
		}
		return refused
	})
	switch _, own := errors.AsType[*Error](err); {
	case err == nil:
		return text, nil
	case own && limit < r.limits.Unpacked:
		return nil, NewTooLarge(fmt.Sprintf("the data unpacks to more than %d times its size", r.limits.Ratio))
	case own, refused != nil:
		return nil, err
	}
	return nil, malformed("the data begins like gzip but cannot be unpacked: "+err.Error(), err)
}

// announced returns how much memory is set aside for what is unpacked: what the end of the packed data says that it is, and
// one byte to find the end, as far as that is trusted.
func announced(packed string, limit int) int {
	size := 0
	for i := range min(4, len(packed)) {
		size |= int(packed[len(packed)-1-i]) << (24 - 8*i)
	}
	return min(size+bytes.MinRead, trusted, limit)
}
