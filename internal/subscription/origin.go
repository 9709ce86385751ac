package subscription

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// originAllowed reports whether a request may come from where it says it comes from. Browsers always say it for a
// WebSocket; who says nothing is no browser, and carries nobody's cookies.
func originAllowed(r *http.Request, allowed []string) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	if slices.ContainsFunc(allowed, func(a string) bool { return strings.EqualFold(strings.TrimSuffix(a, "/"), origin) }) {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host)
}
