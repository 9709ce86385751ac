package httpserver

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// NewTimedBody is the body of a request whose sender gets a deadline.
func NewTimedBody(body io.ReadCloser, deadline func(time.Time) error) io.ReadCloser {
	return &timedBody{ReadCloser: body, deadline: deadline, timeout: bodyTimeout}
}

// Origin returns what a server makes of where a request comes from: its client and scheme.
func Origin(cfg Config, change func(*http.Request)) (client, scheme string) {
	s := &Server{cfg: cfg}
	r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
	change(r)
	s.origin(r)
	return ClientIP(r), r.URL.Scheme
}

// HandlerOf returns the whole handler of a server's main address.
func HandlerOf(tb testing.TB, cfg Config) http.Handler {
	tb.Helper()
	s, err := newServer(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	return s.around(s.mainRoutes())
}
