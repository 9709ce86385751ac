package wire

import (
	"errors"
	"fmt"
	"strings"
	"unsafe"

	"github.com/klauspost/compress/gzip"
)

// Packed returns the JSON text in a value of a form or query that QueryValue returned: the value itself, or what it is the
// base64 of, or that unpacked where it is gzip, whatever the sender says that it is. Values that were percent-encoded twice
// are read too. The error is an *Error, or that of the function that admits large bodies (see ReadBody).
func (r *Request) Packed(value string) (string, error) {
	if text := strings.TrimSpace(value); isJSON(text) { // whatever percent signs are in it are its own
		return text, nil
	}
	if strings.Contains(value, "%") {
		value = unescape(value)
		if text := strings.TrimSpace(value); isJSON(text) {
			return text, nil
		}
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
	return r.unpack(text)
}

func isJSON(text string) bool { return strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[") }

// unpack unpacks gzip inside of a text, within the limits of the body.
func (r *Request) unpack(packed string) (string, error) {
	limit := min(r.limits.Unpacked, max(r.limits.Free, r.limits.Ratio*len(packed)))
	z, err := gzip.NewReader(strings.NewReader(packed))
	if err != nil {
		return "", malformed("the data begins like gzip but cannot be unpacked: "+err.Error(), err)
	}
	var refused error
	text, err := readAll(z, nil, limit, r.limits.Large, func() error {
		if r.admit != nil {
			refused = r.admit()
		}
		return refused
	})
	switch _, own := errors.AsType[*Error](err); {
	case err == nil:
		return string(text), nil
	case own && limit < r.limits.Unpacked:
		return "", NewTooLarge(fmt.Sprintf("the data unpacks to more than %d times its size", r.limits.Ratio))
	case own, refused != nil:
		return "", err
	}
	return "", malformed("the data begins like gzip but cannot be unpacked: "+err.Error(), err)
}
