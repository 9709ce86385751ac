package wire

import (
	"net/http"
	"slices"
	"strings"
	"unsafe"

	"github.com/segmentio/asm/base64"
)

// maxKey is how long a write key may be; longer ones are not looked at.
const maxKey = 256

// BasicKey returns the user name of a Basic Authorization header, where many SDKs put the write key, or "".
func BasicKey(h http.Header) string {
	scheme, credentials, _ := strings.Cut(h.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "basic") || len(credentials) > 2*maxKey {
		return ""
	}
	user, err := base64.StdEncoding.DecodeString(strings.TrimSpace(credentials))
	if err != nil {
		return ""
	}
	key, _, _ := strings.Cut(string(user), ":")
	return key
}

// BearerKey returns the token of a Bearer Authorization header, or "".
func BearerKey(h http.Header) string {
	scheme, token, _ := strings.Cut(h.Get("Authorization"), " ")
	if token = strings.TrimSpace(token); !strings.EqualFold(scheme, "bearer") || len(token) > maxKey {
		return ""
	}
	return token
}

// QueryValue returns the first value of a parameter of a query or form, unescaped; ok tells an empty one from none.
func QueryValue(query, name string) (value string, ok bool) {
	for pair := range strings.SplitSeq(query, "&") {
		if n, v, _ := strings.Cut(pair, "="); n == name {
			return unescape(v), true
		}
	}
	return "", false
}

// unescape undoes percent-encoding; what is not well-formed stays as it is.
func unescape(s string) string {
	value, _ := unescapeValue(s, nil)
	return value
}

// Base64 decodes what SDKs put into URLs and forms: either alphabet, with or without padding, line breaks, and blanks
// where a plus got lost in a form.
func Base64(s string) (string, bool) {
	b, err := appendBase64(nil, s)
	return unsafe.String(unsafe.SliceData(b), len(b)), err == nil
}

// appendBase64 appends what a text is the base64 of, in either alphabet, to dst.
func appendBase64(dst []byte, s string) ([]byte, error) {
	if strings.ContainsAny(s, " -_") {
		s = standard.Replace(s)
	}
	return appendStandard(dst, strings.TrimRight(s, "=\r\n")) // line breaks elsewhere are skipped
}

// appendStandard appends what a text is the base64 of, without padding, to dst.
func appendStandard(dst []byte, s string) ([]byte, error) {
	at := len(dst)
	dst = slices.Grow(dst, base64.RawStdEncoding.DecodedLen(len(s)))
	n, err := base64.RawStdEncoding.Decode(dst[at:cap(dst)], unsafe.Slice(unsafe.StringData(s), len(s)))
	return dst[:at+n], err
}

var standard = strings.NewReplacer(" ", "+", "-", "+", "_", "/")
