package forward

import (
	"bytes"
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Target is where an environment's payloads go. It is immutable.
type Target struct {
	EnvironmentID string
	// Backlog is the id of the backlog in which its payloads wait. It is new each time that forwarding begins.
	Backlog string
	// URL is scheme, host and perhaps a path that is put before that of each payload, and a query that replaces parameters of
	// the same names.
	URL *url.URL
	// Header replaces headers of the same names.
	Header http.Header
}

// passedOn is the header that names the environments by which a payload was passed on.
const passedOn = "Waymark-Forwarded"

// ownCookies begins the names of the cookies that are this server's and nobody else's.
const ownCookies = "waymark_"

// Circular reports whether a request was passed on from this environment before.
func (t *Target) Circular(h http.Header) bool {
	return slices.ContainsFunc(h[passedOn], func(line string) bool {
		for id := range strings.SplitSeq(line, ",") {
			if strings.TrimSpace(id) == t.EnvironmentID {
				return true
			}
		}
		return false
	})
}

// request is what the target gets for a payload.
func (t *Target) request(ctx context.Context, p *Payload) (*http.Request, error) {
	path, query, asked := strings.Cut(p.Path, "?")
	to := *t.URL
	to.Fragment, to.RawFragment, to.User = "", "", nil
	to.RawPath = strings.TrimSuffix(t.URL.EscapedPath(), "/") + path
	unescaped, err := url.PathUnescape(to.RawPath)
	if err != nil {
		return nil, err
	}
	to.Path = unescaped
	to.RawQuery = replaceQuery(query, t.URL.RawQuery)
	to.ForceQuery = asked && to.RawQuery == ""
	r, err := http.NewRequestWithContext(ctx, p.Method, to.String(), bytes.NewReader(p.Body))
	if err != nil {
		return nil, err
	}
	r.URL, r.Header = &to, p.Header.Clone()
	t.mark(r.Header, p)
	maps.Copy(r.Header, t.Header)
	if len(r.Header["User-Agent"]) == 0 {
		r.Header["User-Agent"] = []string{""} // has net/http send none, as the SDK did
	}
	return r, nil
}

// mark says where the payload came from, as a proxy does.
func (t *Target) mark(h http.Header, p *Payload) {
	hideCookies(h)
	if !strings.Contains(", "+strings.Join(h["X-Forwarded-For"], ", ")+",", " "+p.Client+",") { // else our own proxy has said so
		h["X-Forwarded-For"] = []string{strings.Join(append(h["X-Forwarded-For"], p.Client), ", ")}
	}
	if len(h["X-Forwarded-Host"]) == 0 {
		h["X-Forwarded-Host"] = []string{p.Host}
	}
	if len(h["X-Forwarded-Proto"]) == 0 {
		h["X-Forwarded-Proto"] = []string{p.Scheme}
	}
	h[passedOn] = []string{strings.Join(append(h[passedOn], t.EnvironmentID), ", ")}
}

// hideCookies takes out the cookies that sign people in here, which browsers add where pages and this server share a site.
func hideCookies(h http.Header) {
	lines := h["Cookie"]
	if !slices.ContainsFunc(lines, func(line string) bool { return strings.Contains(line, ownCookies) }) {
		return
	}
	var kept []string
	for _, line := range lines {
		var others []string
		for cookie := range strings.SplitSeq(line, ";") {
			if cookie = strings.TrimSpace(cookie); !strings.HasPrefix(cookie, ownCookies) {
				others = append(others, cookie)
			}
		}
		if len(others) > 0 {
			kept = append(kept, strings.Join(others, "; "))
		}
	}
	if h["Cookie"] = kept; kept == nil {
		delete(h, "Cookie")
	}
}

// replaceQuery puts the parameters of with in the place of those of query that have the same names; the others stay as they
// are, in their order.
func replaceQuery(query, with string) string {
	if with == "" {
		return query
	}
	replaced := map[string]bool{}
	for part := range strings.SplitSeq(with, "&") {
		replaced[parameterName(part)] = true
	}
	var kept []string
	for part := range strings.SplitSeq(query, "&") {
		if part != "" && !replaced[parameterName(part)] {
			kept = append(kept, part)
		}
	}
	return strings.Join(append(kept, with), "&")
}

func parameterName(part string) string {
	name, _, _ := strings.Cut(part, "=")
	if unescaped, err := url.QueryUnescape(name); err == nil {
		return unescaped
	}
	return name
}
