package subscription

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/waymarkhq/waymark/internal/fault"
)

// Server is the two transports and what they share. Run must be running for them to accept anything.
type Server struct {
	opts    Options
	flusher *flusher
	shares  shares
	stats   counters
	wg      sync.WaitGroup // all goroutines but those of Run itself, and the handlers of event streams

	internalPage *page // ends an operation that broke
	slowPage     *page // ends an operation whose viewer could not keep up, and cannot be told what it lost

	mu        sync.Mutex
	base      context.Context //nolint:containedctx // parent of shared executions; ends after the last connection
	accepting bool
	places    int // reserved or taken by connections
	conns     map[connection]struct{}
	addresses map[string]int
	subjects  map[string]int
}

// connection is an open WebSocket or event stream.
type connection interface {
	// tick does what is due at now: timeouts, pings, the check of the identity.
	tick(now time.Time)
	// goAway ends the connection because the server stops.
	goAway()
	// abort ends it at once, whatever the peer does.
	abort()
}

// New makes a Server; it fails when a function that it needs is missing. It starts nothing.
func New(opts Options) (*Server, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Server{
		opts:      opts,
		flusher:   newFlusher(opts.FlushDelay),
		shares:    shares{open: map[shareKey]*execution{}},
		conns:     map[connection]struct{}{},
		addresses: map[string]int{},
		subjects:  map[string]int{},
	}
	s.internalPage = mustErrorPage(fault.New(fault.Internal, "internal", "internal error"))
	s.slowPage = mustErrorPage(errSlow)
	return s, nil
}

var (
	errSlow       = fault.New(fault.RateLimited, "slow_consumer", "the connection could not keep up with the subscription")
	errTooManyOps = fault.New(fault.RateLimited, "too_many_operations", "too many operations on this connection")
)

// mustErrorPage encodes an error that does not go through the executor, in the shape that the API's errors have.
func mustErrorPage(e *fault.Error) *page {
	p, err := encodeErrors(gqlerror.List{{
		Message:    e.Message,
		Extensions: map[string]any{"code": e.Code, "reason": e.Reason},
	}})
	if err != nil {
		panic(err) // it is made of strings
	}
	return p
}

// Run accepts connections until ctx ends; then it closes all of them, waits for them for Options.DrainTimeout, cuts the
// rest, and returns when everything has ended. http.Server.Shutdown does not close WebSockets and waits for event
// streams, so end ctx before it. Run may be called once.
func (s *Server) Run(ctx context.Context) error {
	base, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	var own sync.WaitGroup
	own.Go(func() { s.flusher.run(base) })
	own.Go(func() { s.tickEach(base) })
	s.accept(base, true)
	<-ctx.Done()
	s.accept(base, false)
	s.drain()
	cancel()
	s.wg.Wait()
	own.Wait()
	return nil
}

func (s *Server) accept(base context.Context, accepting bool) {
	s.mu.Lock()
	s.base, s.accepting = base, accepting
	s.mu.Unlock()
}

// drain closes all connections and waits until they have ended.
func (s *Server) drain() {
	s.each(connection.goAway)
	ended := make(chan struct{})
	go func() {
		s.wg.Wait()
		close(ended)
	}()
	limit := time.NewTimer(s.opts.DrainTimeout)
	defer limit.Stop()
	select {
	case <-ended:
	case <-limit.C:
		s.each(connection.abort)
		<-ended
	}
}

// tickEach ticks all connections, as often as the shortest of their times asks for.
func (s *Server) tickEach(ctx context.Context) {
	every := min(s.opts.InitTimeout, s.opts.PingInterval, s.opts.IdleTimeout) / 4
	ticker := time.NewTicker(max(min(every, time.Second), 5*time.Millisecond))
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			now := s.opts.Clock()
			s.each(func(c connection) { c.tick(now) })
		}
	}
}

// each calls f for all connections, with no lock held.
func (s *Server) each(f func(connection)) {
	s.mu.Lock()
	all := make([]connection, 0, len(s.conns))
	for c := range s.conns {
		all = append(all, c)
	}
	s.mu.Unlock()
	for _, c := range all {
		f(c)
	}
}

// admit reserves a place for a connection that the peer at addr asks for, or returns the HTTP status that refuses it. The
// place counts in s.wg until release.
func (s *Server) admit(addr string) (status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case !s.accepting || s.places >= s.opts.MaxConnections:
		return http.StatusServiceUnavailable
	case s.addresses[addr] >= s.opts.MaxConnectionsPerAddress:
		return http.StatusTooManyRequests
	}
	s.places++
	s.addresses[addr]++
	s.wg.Add(1)
	return 0
}

// enter puts c, which is ready, to its place.
func (s *Server) enter(c connection) {
	s.mu.Lock()
	s.conns[c] = struct{}{}
	late := !s.accepting
	s.mu.Unlock()
	if late {
		c.goAway()
	}
}

// admitSubject counts a connection of the subject and reports whether it may stay; releaseSubject takes it back.
func (s *Server) admitSubject(subject string) bool {
	if subject == "" {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.subjects[subject] >= s.opts.MaxConnectionsPerSubject {
		return false
	}
	s.subjects[subject]++
	return true
}

// release takes back admit, enter and admitSubject.
func (s *Server) release(c connection, addr, subject string) {
	s.mu.Lock()
	delete(s.conns, c)
	s.places--
	countDown(s.addresses, addr)
	countDown(s.subjects, subject)
	s.mu.Unlock()
	s.wg.Done()
}

func countDown(m map[string]int, key string) {
	if m[key] > 1 {
		m[key]--
	} else {
		delete(m, key)
	}
}

// valid returns why an identity has ended, or nil.
func (s *Server) valid(id Identity, now time.Time) error {
	if err := id.Err(); err != nil {
		return err
	}
	if end := id.Expires(); !end.IsZero() && !now.Before(end) {
		return fault.New(fault.Unauthenticated, "expired", "the sign-in has expired")
	}
	return nil
}

// begin makes v a viewer of oc's subscription.
func (s *Server) begin(ctx context.Context, v *viewer, id Identity, oc *graphql.OperationContext, exec graphql.GraphExecutor) error {
	if s.opts.Shareable(oc) {
		key, err := keyOf(oc, id.Scope())
		if err != nil {
			return err
		}
		s.shares.join(v, key, func() *execution { return s.sharedExecution(key, id, oc, exec) })
		return nil
	}
	x := &execution{srv: s, oc: oc, exec: exec, lossSig: make(chan struct{}, 1)}
	x.ctx, x.cancel = context.WithCancel(ctx)
	v.x = x
	x.add(v)
	s.wg.Go(x.run)
	return nil
}

func (s *Server) sharedExecution(key shareKey, id Identity, oc *graphql.OperationContext, exec graphql.GraphExecutor) *execution {
	oc.Headers, oc.Extensions = nil, nil // they are the first viewer's
	x := &execution{srv: s, key: key, oc: oc, exec: exec, lossSig: make(chan struct{}, 1)}
	s.mu.Lock()
	base := s.base
	s.mu.Unlock()
	x.ctx, x.cancel = context.WithCancel(base)
	x.ctx = s.opts.Detach(x.ctx, id)
	return x
}

// end takes the operation of v off what it ran on. It is called with no lock held.
func (s *Server) end(v *viewer) {
	s.stats.operations.Add(-1)
	if v.x != nil {
		s.shares.leave(v)
	} else {
		v.cancel()
	}
}

// errorPage returns the page that ends an operation with errs, as the executor presents them.
func (s *Server) errorPage(ctx context.Context, exec graphql.GraphExecutor, errs gqlerror.List) *page {
	resp := exec.DispatchError(ctx, errs)
	p, err := encodeErrors(resp.Errors)
	if err != nil {
		s.opts.Logger.ErrorContext(ctx, "encode errors", slog.Any("error", err))
		return s.internalPage
	}
	return p
}

// guard runs f; a panic is logged and then handled by broken.
func (s *Server) guard(what string, f, broken func()) {
	defer func() {
		if r := recover(); r != nil {
			s.opts.Logger.Error("panicked", slog.String("where", what), slog.String("panic", fmt.Sprint(r)),
				slog.String("stack", string(debug.Stack())))
			broken()
		}
	}()
	f()
}
