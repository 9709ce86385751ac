package httpserver

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/waymarkhq/waymark/internal/audit"
)

// around does for every request what does not depend on its path.
func (s *Server) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.origin(r)
		id := s.requestID(r)
		w.Header().Set("X-Request-Id", id)
		if u := s.cfg.PublicURL; u != nil && u.Scheme == "https" && r.URL.Scheme == "https" {
			w.Header().Set("Strict-Transport-Security", "max-age=31536000")
		}
		s.bound(w, r)
		rec := &recorder{ResponseWriter: w}
		r = r.WithContext(audit.WithRequest(context.WithValue(r.Context(), requestIDKey{}, id), id))
		start := s.cfg.Clock()
		defer s.finish(rec, r, start)
		next.ServeHTTP(rec, r)
	})
}

// finish ends a request: it answers what panicked, and writes the access log.
func (s *Server) finish(rec *recorder, r *http.Request, start time.Time) {
	ctx := r.Context()
	if cause := recover(); cause != nil {
		if err, ok := cause.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			panic(cause) // the handler wants the connection cut; net/http does that without a word
		}
		s.metrics.panics.Inc()
		s.log.ErrorContext(ctx, "a handler panicked", "path", r.URL.Path, "panic", cause, "stack", string(debug.Stack()))
		if rec.status != 0 || rec.hijacked {
			panic(http.ErrAbortHandler) // half an answer is out: the client must not take it for a whole one
		}
		http.Error(rec, "internal error", http.StatusInternalServerError)
	}
	if s.log.Enabled(ctx, slog.LevelDebug) {
		s.log.LogAttrs(ctx, slog.LevelDebug, "request", slog.String("method", r.Method), slog.String("path", r.URL.Path),
			slog.Int("status", rec.code()), slog.Int64("bytes", rec.bytes), slog.Duration("took", s.cfg.Clock().Sub(start)),
			slog.String("client", ClientIP(r)), slog.String("agent", r.UserAgent()))
	}
}

type requestIDKey struct{}

// RequestID returns the id of the request that ctx belongs to, or an empty string.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// requestID takes the id that the client or a proxy chose, if it is harmless, or makes one.
func (s *Server) requestID(r *http.Request) string {
	if id := r.Header.Get("X-Request-Id"); id != "" && len(id) <= 64 && !strings.ContainsFunc(id, unusual) {
		return id
	}
	return s.idPrefix + strconv.FormatUint(s.requests.Add(1), 36)
}

func unusual(c rune) bool {
	return (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && c != '-' && c != '_' && c != '.'
}

// newPrefix tells the requests of this process from those of others.
func newPrefix() string { return strings.ToLower(rand.Text()[:8]) + "-" }

// logHandler adds the request's id to each line that is logged for it.
type logHandler struct{ slog.Handler }

// LogHandler returns a handler that adds the id of the request that the context belongs to.
func LogHandler(next slog.Handler) slog.Handler { return logHandler{next} }

func (h logHandler) Handle(ctx context.Context, r slog.Record) error {
	if id := RequestID(ctx); id != "" {
		r.AddAttrs(slog.String("request", id))
	}
	return h.Handler.Handle(ctx, r)
}

func (h logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return logHandler{h.Handler.WithAttrs(attrs)}
}

func (h logHandler) WithGroup(name string) slog.Handler { return logHandler{h.Handler.WithGroup(name)} }

// bound limits a request's body in size and in time.
func (s *Server) bound(w http.ResponseWriter, r *http.Request) {
	if r.Body == nil || r.Body == http.NoBody {
		return
	}
	limit, timeout := s.cfg.MaxBody, bodyTimeout
	if r.URL.Path == graphQLPath && isForm(r) {
		limit, timeout = s.cfg.MaxUpload, uploadTimeout
	}
	r.Body = &timedBody{
		ReadCloser: http.MaxBytesReader(w, r.Body, limit), deadline: http.NewResponseController(w).SetReadDeadline, timeout: timeout,
	}
}

// timedBody cuts a sender who trickles its body. The time runs from the first read to the end of the body, so that an
// answer which streams afterwards may take as long as it likes.
type timedBody struct {
	io.ReadCloser
	deadline func(time.Time) error
	timeout  time.Duration
	running  bool
}

func (b *timedBody) Read(p []byte) (int, error) {
	if !b.running {
		b.running = true
		_ = b.deadline(time.Now().Add(b.timeout)) // the connection's own clock; an error shows in Read
	}
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		_ = b.deadline(time.Time{})
	}
	return n, err
}

// recorder remembers how a request was answered.
type recorder struct {
	http.ResponseWriter
	status   int
	bytes    int64
	hijacked bool
}

func (r *recorder) code() int {
	switch {
	case r.hijacked:
		return http.StatusSwitchingProtocols
	case r.status == 0:
		return http.StatusOK
	default:
		return r.status
	}
}

// WriteHeader implements http.ResponseWriter.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 && status >= 200 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (r *recorder) Write(p []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(p)
	r.bytes += int64(n)
	return n, err
}

// Flush implements http.Flusher.
func (r *recorder) Flush() {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	_ = http.NewResponseController(r.ResponseWriter).Flush() // a writer that cannot flush needs none
}

// Hijack implements http.Hijacker.
func (r *recorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(r.ResponseWriter).Hijack()
	r.hijacked = err == nil
	return conn, rw, err
}

// Unwrap lets http.ResponseController through.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
