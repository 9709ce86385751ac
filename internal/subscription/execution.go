package subscription

import (
	"context"
	"log/slog"
	"slices"
	"sync"

	"github.com/99designs/gqlgen/graphql"
)

// kind says what a stream consists of, see Source.
type kind uint8

const (
	kindPlain kind = iota // the resolver did not use Offer
	kindEvents
	kindSnapshots
)

// execution is one running subscription with its viewers (one, for an operation that is not shared). Its goroutine, the
// pump, hands one item to the resolver's channel, has gqlgen execute it, encodes the response and queues it for those it
// is for. It ends when its last viewer leaves.
type execution struct {
	srv    *Server
	key    shareKey // empty when it is not shared
	oc     *graphql.OperationContext
	exec   graphql.GraphExecutor
	ctx    context.Context //nolint:containedctx // an execution is one running operation
	cancel context.CancelFunc

	// Of the pump alone; kind is set before the first page.
	respond func() *graphql.Response // nil after a panic
	feed    feed                     // set by Offer while the operation is dispatched; nil for a plain stream
	kind    kind
	done    bool // the stream is over; what remains is to tell losses
	dirty   []*socket
	invalid []*viewer

	mu      sync.Mutex
	viewers []*viewer
	last    *page // the last snapshot, for who joins

	lossMu  sync.Mutex
	losers  []*viewer     // who wait for a loss page
	lossSig chan struct{} // of capacity 1: losers is not empty
}

// run pumps until the last viewer has left.
func (x *execution) run() {
	defer x.cancel()
	x.guard(x.start)
	for x.guard(x.turn) {
	}
}

// guard runs one step; a panic in a resolver or marshaller ends the subscription.
func (x *execution) guard(step func() bool) bool {
	more := true
	x.srv.guard("subscription", func() { more = step() }, func() {
		x.respond = nil
		x.end(x.srv.internalPage)
	})
	return more
}

// start runs the resolver.
func (x *execution) start() bool {
	ctx := context.WithValue(graphql.StartOperationTrace(x.ctx), executionKey{}, x)
	handler, ctx := x.exec.DispatchOperation(ctx, x.oc)
	x.respond = func() *graphql.Response { return handler(ctx) }
	if x.feed != nil {
		x.kind = kindEvents
		if x.feed.snapshots() {
			x.kind = kindSnapshots
		}
	}
	return true
}

// turn waits for one thing to do and does it; it returns false at the execution's end.
func (x *execution) turn() bool {
	switch t, weight := x.pull(); t {
	case turnItem:
		x.step(weight)
	case turnLoss:
		x.tellLosses()
	case turnEnded:
		x.end(completePage)
	case turnOver:
		return false
	}
	return true
}

func (x *execution) pull() (turn, int) {
	if !x.done && x.feed != nil {
		return x.feed.pull(x.ctx, x.lossSig)
	}
	if !x.done {
		return turnItem, 0 // the handler itself waits
	}
	select {
	case <-x.ctx.Done():
		return turnOver, 0
	case <-x.lossSig:
		return turnLoss, 0
	}
}

// step executes one item and delivers its page.
func (x *execution) step(weight int) {
	p := x.execute(weight)
	if p.ends() {
		x.end(p)
		return
	}
	x.deliver(p)
}

// execute makes the page of the item that is in the resolver's channel.
func (x *execution) execute(weight int) *page {
	if x.respond == nil {
		return x.srv.internalPage
	}
	resp := x.respond()
	if resp == nil {
		return completePage
	}
	p, err := encodeResponse(resp, weight)
	if err != nil {
		x.srv.opts.Logger.ErrorContext(x.ctx, "encode response", slog.Any("error", err))
		return x.srv.internalPage
	}
	x.srv.stats.pages.Add(1)
	return p
}

// deliver queues p for all viewers.
func (x *execution) deliver(p *page) {
	x.mu.Lock()
	if x.kind == kindSnapshots && !p.ends() {
		x.last = p
	}
	pressed := false
	for _, v := range x.viewers {
		do := v.out.offer(v, p)
		if do.flush != nil {
			x.dirty = append(x.dirty, do.flush)
		}
		if do.cut {
			x.invalid = append(x.invalid, v)
		}
		pressed = pressed || do.pressed
	}
	x.mu.Unlock()
	x.srv.flusher.add(x.dirty...)
	for _, v := range x.invalid {
		v.out.cut()
	}
	clear(x.dirty)
	clear(x.invalid)
	x.dirty, x.invalid = x.dirty[:0], x.invalid[:0]
	if pressed {
		x.srv.flusher.catchUp(x.ctx)
	}
}

// end tells the viewers with p that nothing follows.
func (x *execution) end(p *page) {
	x.done = true
	x.srv.shares.close(x)
	x.deliver(p)
}

// tellLosses makes the loss pages of those who asked. Where the stream broke, so that none can be made, the viewer just
// gets on to the page that ends it.
func (x *execution) tellLosses() {
	x.lossMu.Lock()
	losers := x.losers
	x.losers = nil
	x.lossMu.Unlock()
	for _, v := range losers {
		n := v.out.takeLoss(v)
		if n == 0 {
			continue // it left
		}
		x.feed.putLoss(n)
		p := x.execute(n)
		if p.ends() {
			p = nil
		}
		v.out.tell(v, p)
	}
}

// askLoss asks for v's loss page. It takes no lock but its own.
func (x *execution) askLoss(v *viewer) {
	x.lossMu.Lock()
	x.losers = append(x.losers, v)
	x.lossMu.Unlock()
	signal(x.lossSig)
}

// add makes v a viewer. A snapshot that is there already is its first page.
func (x *execution) add(v *viewer) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.viewers = append(x.viewers, v)
	if x.last != nil {
		if do := v.out.offer(v, x.last); do.flush != nil {
			x.srv.flusher.add(do.flush)
		}
	}
}

// remove takes v off and reports whether it was the last viewer.
func (x *execution) remove(v *viewer) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	i := slices.Index(x.viewers, v)
	if i < 0 {
		return false
	}
	last := len(x.viewers) - 1
	x.viewers[i], x.viewers[last] = x.viewers[last], nil
	x.viewers = x.viewers[:last]
	return last == 0
}
