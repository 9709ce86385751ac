package wire

import (
	"iter"
	"net/http"
	"strings"
)

// Pairs yields the parameters of a query or form, unescaped, in order. Those without a name are left out.
func Pairs(query string) iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for pair := range strings.SplitSeq(query, "&") {
			name, value, _ := strings.Cut(pair, "=")
			if name = unescape(name); name != "" && !yield(name, unescape(value)) {
				return
			}
		}
	}
}

// MaxPairs is how many parameters of a query become members of a record.
const MaxPairs = maxFlatPairs

// BearerKey returns the token of a Bearer Authorization header, or "".
func BearerKey(h http.Header) string {
	scheme, token, _ := strings.Cut(h.Get("Authorization"), " ")
	if token = strings.TrimSpace(token); !strings.EqualFold(scheme, "bearer") || len(token) > maxKey {
		return ""
	}
	return token
}
