package e2e_test

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// loss is how a front loses an answer.
type loss string

const (
	unavailable loss = "unavailable" // it says 503 in place of it
	cut         loss = "cut"         // it ends the connection
)

// front stands before a server as a proxy does on a bad day: what SDKs send reaches the server, and its first answers never
// reach the SDK. So an SDK that does not give up sends again what was taken already.
type front struct {
	url    string // of the server
	path   string // with which the paths begin whose answers are lost
	losses []loss
	taken  atomic.Int32 // how many requests to the path the server has taken
}

// behind is the address of a front that loses the first answers to what is sent to a path, in these ways.
func (s *server) behind(t *testing.T, path string, losses ...loss) string {
	t.Helper()
	host := httptest.NewServer(&front{url: s.URL, path: path, losses: losses})
	t.Cleanup(host.Close)
	return host.URL
}

// ServeHTTP implements http.Handler.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	response, err := f.forward(r)
	if err != nil {
		panic(http.ErrAbortHandler) // One of both went away.
	}
	defer response.Body.Close()
	maps.Copy(w.Header(), response.Header)
	switch f.loss(r, response.StatusCode) {
	case unavailable:
		w.Header().Del("Content-Length")
		w.WriteHeader(http.StatusServiceUnavailable)
	case cut:
		panic(http.ErrAbortHandler)
	default:
		w.WriteHeader(response.StatusCode)
		_, _ = io.Copy(w, response.Body) // A client that has gone away does not matter.
	}
}

func (f *front) forward(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(r.Context(), r.Method, f.url+r.RequestURI, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header = r.Header.Clone()
	return http.DefaultTransport.RoundTrip(request)
}

// loss is how the answer to a request is lost; empty where it is not.
func (f *front) loss(r *http.Request, status int) loss {
	if r.Method == http.MethodOptions || status != http.StatusOK || !strings.HasPrefix(r.URL.Path, f.path) {
		return ""
	}
	if n := int(f.taken.Add(1)); n <= len(f.losses) {
		return f.losses[n-1]
	}
	return ""
}
