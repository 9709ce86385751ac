package subscription

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/waymarkhq/waymark/internal/fault"
)

// EventStream returns the transport for server-sent events. It has to come before gqlgen's GET and POST.
func (s *Server) EventStream() graphql.Transport { return eventStreams{s} }

type eventStreams struct{ srv *Server }

const eventStreamType = "text/event-stream"

// Supports implements graphql.Transport: an event stream is asked for and JSON would not do. Clients such as urql accept
// both for everything and mean JSON.
func (eventStreams) Supports(r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		return false
	}
	events := false
	for _, header := range r.Header.Values("Accept") {
		for accepted := range strings.SplitSeq(header, ",") {
			switch mediaType, _, _ := mime.ParseMediaType(accepted); mediaType {
			case eventStreamType:
				events = true
			case "application/json", "application/graphql-response+json":
				return false
			}
		}
	}
	return events
}

// Do implements graphql.Transport.
func (t eventStreams) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	s := t.srv
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	es := &eventStream{srv: s, exec: exec, addr: s.opts.ClientAddress(r), wake: make(chan struct{}, 1), cancel: cancel}
	if !originAllowed(r, s.opts.Origins) {
		s.refuse(w, http.StatusForbidden)
		return
	}
	if status := s.admit(es.addr); status != 0 {
		s.refuse(w, status)
		return
	}
	s.stats.eventStreams.Add(1)
	defer es.finish()
	s.enter(es)
	es.serve(ctx, w, r)
}

// eventStream is one operation over server-sent events. The handler's goroutine writes.
type eventStream struct {
	srv    *Server
	exec   graphql.GraphExecutor
	addr   string
	wake   chan struct{}      // of capacity 1: there is something to do
	cancel context.CancelFunc // of the whole request

	mu       sync.Mutex
	identity Identity
	subject  string
	op       *viewer
	wrote    time.Time
	comment  bool // a heartbeat is due
	away     bool // the stream has to end, without the operation being complete
}

func (es *eventStream) serve(request context.Context, w http.ResponseWriter, r *http.Request) {
	ctx, id, err := es.srv.authenticate(request, r, nil)
	if err != nil {
		es.refuse(request, w, err)
		return
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	defer context.AfterFunc(request, stop)()
	es.mu.Lock()
	es.identity, es.subject = id, id.Subject()
	es.mu.Unlock()
	params, status, err := es.params(w, r)
	if err != nil {
		sayRefused(w, status, fault.New(fault.InvalidInput, "bad_request", err.Error()))
		return
	}
	v := &viewer{srv: es.srv, out: es, cancel: stop}
	oc, errs := es.exec.CreateOperationContext(graphql.StartOperationTrace(ctx), params)
	ctx = graphql.WithOperationContext(ctx, oc)
	if len(errs) == 0 && r.Method == http.MethodGet && oc.Operation.Operation == ast.Mutation {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "mutations need POST", http.StatusMethodNotAllowed)
		return
	}
	es.register(v)
	es.begin(ctx, v, oc, errs)
	es.stream(request, w)
}

// begin starts the operation. What it yields, errors before execution too, waits in v.
func (es *eventStream) begin(ctx context.Context, v *viewer, oc *graphql.OperationContext, errs gqlerror.List) {
	switch {
	case len(errs) > 0:
		es.offer(v, es.srv.errorPage(ctx, es.exec, errs))
	case oc.Operation.Operation == ast.Subscription:
		if err := es.srv.begin(ctx, v, es.identity, oc, es.exec); err != nil {
			es.offer(v, es.srv.errorPage(ctx, es.exec, gqlerror.List{gqlerror.Wrap(err)}))
		}
	default:
		es.srv.wg.Go(func() {
			put := func(p *page) { es.offer(v, p) }
			es.srv.guard("operation", func() { es.srv.respond(ctx, es.exec, oc, put) }, func() { put(es.srv.internalPage) })
		})
	}
}

func (es *eventStream) register(v *viewer) {
	es.srv.stats.operations.Add(1)
	es.mu.Lock()
	es.op, es.wrote = v, es.srv.opts.Clock()
	es.mu.Unlock()
}

// finish frees everything.
func (es *eventStream) finish() {
	es.mu.Lock()
	v, subject := es.op, es.subject
	if v != nil {
		v.retire()
	}
	es.mu.Unlock()
	if v != nil {
		es.srv.end(v)
	}
	es.cancel()
	es.srv.stats.eventStreams.Add(-1)
	es.srv.release(es, es.addr, subject)
}

func (es *eventStream) refuse(ctx context.Context, w http.ResponseWriter, err error) {
	status, known := map[fault.Code]int{
		fault.Unauthenticated: http.StatusUnauthorized,
		fault.RateLimited:     http.StatusTooManyRequests,
		fault.Unavailable:     http.StatusServiceUnavailable,
		fault.Internal:        http.StatusInternalServerError,
	}[fault.CodeOf(err)]
	if !known {
		status = http.StatusForbidden
	}
	if status == http.StatusInternalServerError {
		es.srv.opts.Logger.ErrorContext(ctx, "refuse a connection", slog.Any("error", err))
	}
	es.srv.stats.refused.Add(1)
	sayRefused(w, status, err)
}

func sayRefused(w http.ResponseWriter, status int, err error) {
	w.Header().Set("Content-Type", "application/graphql-response+json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(refusedStream(err)) //nolint:gosec // JSON, and served as such
}

// refusedStream is the answer, as JSON, to who is refused before there is a stream.
func refusedStream(err error) []byte {
	e, ok := errors.AsType[*fault.Error](err)
	if !ok || e.Code == fault.Internal {
		e = fault.New(fault.Internal, "internal", "internal error")
	}
	return append(append([]byte(`{"errors":`), mustErrorPage(e).body...), '}')
}

// params reads the GraphQL request of r; the status goes with an error.
func (es *eventStream) params(w http.ResponseWriter, r *http.Request) (*graphql.RawParams, int, error) {
	raw, status, err := requestJSON(w, r, es.srv.opts.MaxMessageBytes)
	if err != nil {
		return nil, status, err
	}
	if !utf8.Valid(raw) {
		return nil, http.StatusBadRequest, errors.New("the request is not UTF-8")
	}
	p, err := decodeParams(raw)
	if err != nil {
		return nil, http.StatusBadRequest, errors.New("the request is not a GraphQL request: an object with a query, and variables that are one")
	}
	p.Headers = r.Header
	p.ReadTime.Start = graphql.Now()
	p.ReadTime.End = p.ReadTime.Start
	return p, 0, nil
}

// requestJSON returns the request as JSON: the body, or the URL's parameters. The status goes with an error.
func requestJSON(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, int, error) {
	if r.Method == http.MethodGet {
		return queryJSON(r)
	}
	if mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); mediaType != "application/json" {
		return nil, http.StatusUnsupportedMediaType, errors.New("the body must be application/json")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return nil, http.StatusRequestEntityTooLarge, fmt.Errorf("the body is larger than %d bytes", limit)
	}
	if err != nil {
		return nil, http.StatusBadRequest, errors.New("the body broke off")
	}
	return body, 0, nil
}

// queryJSON makes a request of the parameters query, operationName, variables and extensions, the last two being JSON.
func queryJSON(r *http.Request) ([]byte, int, error) {
	query := r.URL.Query()
	fields := map[string]any{}
	for _, name := range []string{"query", "operationName"} {
		if value := query.Get(name); !utf8.ValidString(value) {
			return nil, http.StatusBadRequest, errors.New(name + " is not UTF-8")
		} else if query.Has(name) {
			fields[name] = value
		}
	}
	for _, name := range []string{"variables", "extensions"} {
		if value := query.Get(name); value != "" {
			fields[name] = json.RawMessage(value)
		}
	}
	raw, err := json.Marshal(fields)
	if err != nil {
		return nil, http.StatusBadRequest, errors.New("variables or extensions are not JSON")
	}
	return raw, 0, nil
}

// stream writes the events until the operation or the connection ends.
func (es *eventStream) stream(ctx context.Context, w http.ResponseWriter) {
	header := w.Header()
	header.Set("Content-Type", eventStreamType)
	header.Set("Cache-Control", "no-cache, no-transform")
	header.Set("X-Accel-Buffering", "no") // nginx would hold events back
	out := &deadlineWriter{w: w, rc: http.NewResponseController(w), timeout: es.srv.opts.WriteTimeout}
	defer func() { _ = out.rc.SetWriteDeadline(time.Time{}) }() // the connection may serve other requests
	buf := []byte(":\n\n")                                      // so that the client sees the headers
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		if len(buf) > 0 {
			if err := out.write(buf); err != nil {
				es.writeFailed(err)
				return
			}
			pause.Reset(es.srv.opts.FlushDelay)
			select { // pages gather meanwhile
			case <-ctx.Done():
			case <-pause.C:
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-es.wake:
		}
		var over bool
		if buf, over = es.drain(buf[:0]); over {
			_ = out.write(buf) // nobody to tell
			return
		}
	}
}

func (es *eventStream) writeFailed(err error) {
	if isTimeout(err) {
		es.srv.stats.slowEnds.Add(1)
		es.srv.opts.Logger.Info("cut a peer that takes no bytes", slog.String("peer", es.addr))
	}
}

// drain appends what has to be written to buf, and reports whether nothing follows.
func (es *eventStream) drain(buf []byte) (b []byte, over bool) {
	es.mu.Lock()
	defer es.mu.Unlock()
	if es.away {
		return buf, true
	}
	if es.comment {
		es.comment = false
		buf = append(buf, ":\n\n"...)
	}
	delivered := uint64(0)
	for p := es.op.next(); p != nil; p = es.op.next() {
		buf = appendEvent(buf, p)
		if p.kind == pageNext {
			delivered++
		}
		over = p.ends()
	}
	es.wrote = es.srv.opts.Clock()
	es.srv.stats.deliveries.Add(delivered)
	es.srv.stats.writes.Add(1)
	return buf, over
}

// appendEvent appends p as events. Errors before execution are a result like any other, and complete follows them. The
// data line is there because EventSource ignores events without one.
func appendEvent(b []byte, p *page) []byte {
	switch p.kind {
	case pageNext:
		b = append(b, "event: next\ndata: "...)
		b = append(b, p.body...)
		return append(b, "\n\n"...)
	case pageError:
		b = append(b, `event: next`+"\n"+`data: {"errors":`...)
		b = append(b, p.body...)
		b = append(b, "}\n\n"...)
	case pageComplete:
	}
	return append(b, "event: complete\ndata:\n\n"...)
}

// deadlineWriter writes to a peer that has to take the bytes in time.
type deadlineWriter struct {
	w       io.Writer
	rc      *http.ResponseController
	timeout time.Duration
}

func (d *deadlineWriter) write(p []byte) error {
	for chunk := range slices.Chunk(p, slowChunkBytes) {
		if err := d.rc.SetWriteDeadline(time.Now().Add(d.timeout)); err != nil {
			return err
		}
		if _, err := d.w.Write(chunk); err != nil {
			return err
		}
	}
	return d.rc.Flush()
}

// offer implements outlet.
func (es *eventStream) offer(v *viewer, p *page) todo {
	es.mu.Lock()
	defer es.mu.Unlock()
	if es.identity.Err() != nil {
		return todo{cut: true}
	}
	v.push(p)
	signal(es.wake)
	return todo{}
}

// takeLoss implements outlet.
func (es *eventStream) takeLoss(v *viewer) int {
	es.mu.Lock()
	defer es.mu.Unlock()
	return v.takeLoss()
}

// tell implements outlet.
func (es *eventStream) tell(v *viewer, p *page) {
	es.mu.Lock()
	defer es.mu.Unlock()
	v.tell(p)
	signal(es.wake)
}

// cut implements outlet. The client sees the stream end without complete, comes back and hears why.
func (es *eventStream) cut() {
	es.srv.stats.revokedEnds.Add(1)
	es.goAway()
}

// goAway implements connection.
func (es *eventStream) goAway() {
	es.mu.Lock()
	es.away = true
	es.mu.Unlock()
	signal(es.wake)
}

// abort implements connection.
func (es *eventStream) abort() { es.cancel() }

// tick implements connection.
func (es *eventStream) tick(now time.Time) {
	es.mu.Lock()
	id, away := es.identity, es.away
	if now.Sub(es.wrote) >= es.srv.opts.PingInterval && es.op != nil {
		es.comment, es.wrote = true, now
		signal(es.wake)
	}
	es.mu.Unlock()
	if id != nil && !away && es.srv.valid(id, now) != nil {
		es.cut()
	}
}
