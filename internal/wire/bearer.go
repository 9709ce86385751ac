package wire

import (
	"net/http"
	"strings"
)

// BearerKey returns the token of a Bearer Authorization header, or "".
func BearerKey(h http.Header) string {
	scheme, token, _ := strings.Cut(h.Get("Authorization"), " ")
	if token = strings.TrimSpace(token); !strings.EqualFold(scheme, "bearer") || len(token) > maxKey {
		return ""
	}
	return token
}
