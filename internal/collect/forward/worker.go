package forward

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/waymarkhq/waymark/internal/bus"
)

const (
	// atOnce is how many payloads a node sends to one target at the same time.
	atOnce = 8
	// triesInHand is how often a payload is tried before the target's trouble with it is taken to be about this payload, where
	// others go through. It is then put off, for putOffFirst and each time twice as long, and given up at maxDeliveries.
	triesInHand   = 3
	putOffFirst   = 30 * time.Second
	maxDeliveries = 6
	// graceful is how long requests on their way have to end when the node stops.
	graceful = 10 * time.Second
)

// worker sends the payloads of one backlog on this node.
type worker struct {
	*Forwarder
	to   atomic.Pointer[Target]
	gate *gate
	stop context.CancelFunc
	done chan struct{}
}

func (f *Forwarder) startWorker(ctx context.Context, t *Target) *worker {
	ctx, cancel := context.WithCancel(ctx)
	w := &worker{Forwarder: f, gate: newGate(f.RetryFirst, f.RetryMost, f.Now), stop: cancel, done: make(chan struct{})}
	w.to.Store(t)
	go func() {
		defer close(w.done)
		w.Bus.WorkBacklog(ctx, t.Backlog, atOnce, func() { w.ready(ctx) }, func(p *bus.Parcel) { w.handle(ctx, p) })
	}()
	return w
}

// ready waits until another payload is wanted.
func (w *worker) ready(ctx context.Context) {
	for {
		ok, changed := w.gate.wanted()
		if ok {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}

// handle brings a payload to its end, or puts it back when ctx ends first.
func (w *worker) handle(ctx context.Context, parcel *bus.Parcel) {
	p, err := readParcel(parcel.Data)
	if err != nil {
		w.settle(ctx, parcel, func(c *Counts) { c.Lost++; c.fail(w.Now(), err.Error()) })
		return
	}
	ticket := w.gate.enter()
	defer w.gate.leave(ticket)
	for w.turn(ctx, parcel, ticket) {
		sending, end := outlast(ctx)
		o := w.send(sending, w.to.Load(), &p)
		end()
		if w.conclude(ctx, parcel, ticket, o) {
			return
		}
	}
}

// turn waits until the payload may be sent. It is false where it will not be: it has become too old, or the node stops.
func (w *worker) turn(ctx context.Context, parcel *bus.Parcel, t *ticket) bool {
	for {
		if ctx.Err() != nil {
			parcel.Back()
			return false
		}
		if w.Now().Sub(parcel.Stored) > w.MaxAge {
			w.settle(ctx, parcel, func(c *Counts) { c.Expired++ })
			return false
		}
		ok, changed, wait := w.gate.pass(t)
		if ok {
			return true
		}
		timer := time.NewTimer(wait)
		select {
		case <-changed:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// conclude acts on how an attempt came out, and reports whether that was the last one in hand.
func (w *worker) conclude(ctx context.Context, parcel *bus.Parcel, t *ticket, o outcome) bool {
	now := w.Now()
	switch o.kind {
	case taken:
		w.settle(ctx, parcel, func(c *Counts) { c.Passed++; c.LastSuccess = now })
		w.gate.opened()
		return true
	case refused:
		w.settle(ctx, parcel, func(c *Counts) { c.refuse(now, o.status, o.said) })
		w.gate.opened()
		return true
	case failed:
	}
	w.counts.add(w.to.Load().EnvironmentID, func(c *Counts) { c.fail(now, o.said) })
	w.Metrics.failed(w.to.Load().EnvironmentID)
	stubborn := o.status != 0 && w.gate.isStubborn(t)
	w.gate.failed(t, o.after)
	switch {
	case !stubborn:
		return false
	case parcel.Deliveries >= maxDeliveries:
		w.settle(ctx, parcel, func(c *Counts) { c.refuse(now, o.status, o.said) })
	default:
		parcel.Later(putOffFirst << (parcel.Deliveries - 1))
	}
	return true
}

// settle removes a payload from the backlog and counts it.
func (w *worker) settle(ctx context.Context, parcel *bus.Parcel, count func(*Counts)) {
	to := w.to.Load()
	w.counts.add(to.EnvironmentID, func(c *Counts) {
		before := *c
		count(c)
		w.Metrics.settled(to.EnvironmentID, &before, c)
	})
	if err := parcel.Done(context.WithoutCancel(ctx)); err != nil {
		w.Logger.WarnContext(ctx, "forwarding: the bus has not confirmed that a payload is done", "environment", to.EnvironmentID, "error", err)
	}
}

// outlast is ctx with a while longer to live.
func outlast(ctx context.Context) (longer context.Context, end func()) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		timer := time.NewTimer(graceful)
		defer timer.Stop()
		select {
		case <-timer.C:
			cancel()
		case <-longer.Done():
		}
	})
	return longer, func() { stop(); cancel() }
}
