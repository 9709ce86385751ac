package subscription

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/waymarkhq/waymark/internal/fault"
)

// initialise handles connection_init.
func (s *socket) initialise(payload map[string]any) {
	s.mu.Lock()
	r := s.request
	s.request = nil
	s.mu.Unlock()
	if r == nil {
		s.close(closing{closeTooManyInits, "Too many initialisation requests"})
		return
	}
	ctx, id, err := s.srv.authenticate(s.ctx, r, payload)
	if err != nil {
		s.refuse(err)
		return
	}
	s.ctx, s.cancel = context.WithCancel(ctx)
	s.mu.Lock()
	s.identity, s.subject, s.since = id, id.Subject(), s.srv.opts.Clock()
	s.mu.Unlock()
	s.send(ackFrame)
}

var ackFrame = textFrame(`{"type":"` + typeAck + `"}`)

var errTooManyConns = fault.New(fault.RateLimited, "too_many_connections", "too many connections")

// authenticate asks who r comes from, within InitTimeout, and counts the connection for its subject. The returned context
// has the values that the authenticator gave it, and does not end.
func (s *Server) authenticate(ctx context.Context, r *http.Request, payload map[string]any) (context.Context, Identity, error) {
	limited, stop := context.WithTimeout(ctx, s.opts.InitTimeout)
	defer stop()
	ctx, id, err := s.opts.Authenticate(limited, r.WithContext(limited), payload)
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("authenticate: %w", err)
	case id == nil || ctx == nil:
		return nil, nil, errors.New("authenticate: neither an identity nor an error")
	}
	if err := s.valid(id, s.opts.Clock()); err != nil {
		return nil, nil, err
	}
	if !s.admitSubject(id.Subject()) {
		return nil, nil, errTooManyConns
	}
	return context.WithoutCancel(ctx), id, nil
}

func (s *socket) refuse(err error) {
	s.srv.stats.refused.Add(1)
	c, internal := refusal(err)
	if internal {
		s.srv.opts.Logger.ErrorContext(s.ctx, "refuse a connection", slog.Any("error", err))
	}
	s.close(c)
}

// complete handles the client's complete. An operation that is not there has ended meanwhile.
func (s *socket) complete(id string) {
	s.mu.Lock()
	i := s.find(id)
	var v *viewer
	if i >= 0 {
		v = s.ops[i]
		v.retire()
		s.removeOp(i)
	}
	s.mu.Unlock()
	if v != nil {
		s.srv.end(v)
	}
}

func (s *socket) find(id string) int {
	return slices.IndexFunc(s.ops, func(v *viewer) bool { return v.id == id })
}

// subscribe handles a request to execute an operation. Requests come one at a time, so nobody else adds operations.
func (s *socket) subscribe(id string, params *graphql.RawParams) {
	s.mu.Lock()
	acknowledged, taken, running := s.identity != nil, s.find(id) >= 0, len(s.ops)
	s.mu.Unlock()
	switch {
	case !acknowledged:
		s.close(closing{closeUnauthorized, "Unauthorized"})
		return
	case taken:
		s.close(closing{closeIDInUse, "Subscriber for " + id + " already exists"})
		return
	case s.identity.Err() != nil:
		s.cut()
		return
	case running >= 2*s.srv.opts.MaxOperations: // even the errors are not taken
		s.srv.stats.slowEnds.Add(1)
		s.abort()
		return
	}
	v := &viewer{srv: s.srv, out: s, id: id, prefix: idPrefix(id)}
	ctx := graphql.StartOperationTrace(s.ctx)
	if running >= s.srv.opts.MaxOperations {
		ctx = graphql.WithOperationContext(ctx, &graphql.OperationContext{})
		s.fail(v, s.srv.errorPage(ctx, s.exec, gqlerror.List{gqlerror.Wrap(errTooManyOps)}))
		return
	}
	params.ReadTime.Start = graphql.Now()
	params.ReadTime.End = params.ReadTime.Start
	s.srv.guard("operation", func() { s.execute(ctx, v, params) }, func() { s.fail(v, s.srv.internalPage) })
}

// execute parses and validates the operation and starts it for v.
func (s *socket) execute(ctx context.Context, v *viewer, params *graphql.RawParams) {
	oc, errs := s.exec.CreateOperationContext(ctx, params)
	ctx = graphql.WithOperationContext(ctx, oc)
	if len(errs) > 0 {
		s.fail(v, s.srv.errorPage(ctx, s.exec, errs))
		return
	}
	if oc.Operation.Operation != ast.Subscription {
		ctx, v.cancel = context.WithCancel(ctx)
		if s.register(v) {
			s.srv.wg.Go(func() { s.answer(ctx, v, oc) })
		}
		return
	}
	if err := s.srv.begin(ctx, v, s.identity, oc, s.exec); err != nil {
		s.fail(v, s.srv.errorPage(ctx, s.exec, gqlerror.List{gqlerror.Wrap(err)}))
		return
	}
	s.register(v)
}

// fail ends v, which has not started, with p.
func (s *socket) fail(v *viewer, p *page) {
	v.cancel = func() {}
	v.push(p)
	s.register(v)
}

// register makes v an operation of the connection; if that is closing, v is ended.
func (s *socket) register(v *viewer) bool {
	s.srv.stats.operations.Add(1)
	s.mu.Lock()
	registered := !s.closing
	if registered {
		s.ops = append(s.ops, v)
		if v.waiting() {
			s.queue()
		}
	}
	s.mu.Unlock()
	if !registered {
		s.srv.end(v)
	}
	return registered
}

// answer executes a query or mutation.
func (s *socket) answer(ctx context.Context, v *viewer, oc *graphql.OperationContext) {
	s.srv.guard("operation", func() {
		s.srv.respond(ctx, s.exec, oc, func(p *page) { s.put(v, p) })
	}, func() { s.put(v, s.srv.internalPage) })
}

func (s *socket) put(v *viewer, p *page) {
	do := s.offer(v, p)
	if do.flush != nil {
		s.srv.flusher.add(do.flush)
	}
	if do.cut {
		s.cut()
	}
}

// respond executes a query or mutation and hands its pages to put, the last of which ends the operation.
func (s *Server) respond(ctx context.Context, exec graphql.GraphExecutor, oc *graphql.OperationContext, put func(*page)) {
	handler, ctx := exec.DispatchOperation(ctx, oc)
	for resp := handler(ctx); resp != nil; resp = handler(ctx) {
		p, err := encodeResponse(resp, 0)
		if err != nil {
			s.opts.Logger.ErrorContext(ctx, "encode response", slog.Any("error", err))
			p = s.internalPage
		}
		put(p)
		if p.ends() {
			return
		}
	}
	put(completePage)
}
