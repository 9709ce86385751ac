package wire

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"unsafe"
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
	if !strings.ContainsAny(s, "%+") {
		return s
	}
	if u, err := url.QueryUnescape(s); err == nil {
		return u
	}
	return s
}

// Base64 decodes what SDKs put into URLs and forms: either alphabet, with or without padding, line breaks, and blanks
// where a plus got lost in a form.
func Base64(s string) (string, bool) {
	b, err := appendBase64(nil, s)
	return unsafe.String(unsafe.SliceData(b), len(b)), err == nil
}

// appendBase64 appends what a text is the base64 of to dst.
func appendBase64(dst []byte, s string) ([]byte, error) {
	has := func(c byte) bool { return strings.IndexByte(s, c) >= 0 }
	alphabet := base64.RawStdEncoding
	if has('-') || has('_') {
		alphabet = base64.RawURLEncoding
		if has('+') || has('/') || has(' ') {
			alphabet, s = base64.RawStdEncoding, standard.Replace(s)
		}
	} else if has(' ') {
		s = standard.Replace(s)
	}
	s = strings.TrimRight(s, "=\r\n") // the alphabet skips line breaks elsewhere
	return alphabet.AppendDecode(dst, unsafe.Slice(unsafe.StringData(s), len(s)))
}

var standard = strings.NewReplacer(" ", "+", "-", "+", "_", "/")
