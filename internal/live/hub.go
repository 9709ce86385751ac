// Package live is the hub between the bus and those who watch captured events arrive.
//
// One goroutine publishes, in stream order. Publish never waits for a subscriber: each Subscription has a bounded queue,
// from which the oldest events go when its reader cannot keep up, counted exactly. Events meet only the subscriptions of
// their own environment; filters are compiled once, at Subscribe. Events are shared and must not be changed.
//
// All methods are safe for concurrent use, but order is kept only if one goroutine publishes. Run owns the goroutines,
// one per subscription.
package live

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/fault"
)

// Options configure a Hub; the zero value is good.
type Options struct {
	// FlushEvery is how long events gather for a page while they keep coming; the first one after a pause goes out at
	// once. Default 50 ms.
	FlushEvery time.Duration
	// PageEvents is the most events in a page; default 500.
	PageEvents int
	// QueueEvents bounds the events that wait for one subscription's reader; default 5,000.
	QueueEvents int
	// Clock is the wall clock; default time.Now.
	Clock func() time.Time
}

func (o Options) withDefaults() Options {
	if o.FlushEvery <= 0 {
		o.FlushEvery = 50 * time.Millisecond
	}
	if o.PageEvents <= 0 {
		o.PageEvents = 500
	}
	if o.QueueEvents <= 0 {
		o.QueueEvents = 5000
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	return o
}

// Hub hands captured events to subscriptions. Run must be running for it to take any.
type Hub struct {
	opts    Options
	wg      sync.WaitGroup // the subscriptions' goroutines
	matched atomic.Uint64
	dropped atomic.Uint64

	mu      sync.RWMutex
	running bool
	rooms   map[room][]*Subscription
}

// room is an environment of an app: what events and subscriptions meet in.
type room struct{ appID, environmentID string }

// New makes a Hub. It starts nothing.
func New(opts Options) *Hub {
	return &Hub{opts: opts.withDefaults(), rooms: map[room][]*Subscription{}}
}

// Run takes subscriptions until ctx ends; then it closes all of them and returns when their goroutines have ended.
func (h *Hub) Run(ctx context.Context) error {
	h.mu.Lock()
	h.running = true
	h.mu.Unlock()
	<-ctx.Done()
	h.mu.Lock()
	h.running = false
	var all []*Subscription
	for _, subs := range h.rooms {
		all = append(all, subs...)
	}
	h.mu.Unlock()
	for _, s := range all {
		s.Close()
	}
	h.wg.Wait()
	return nil
}

// Publish hands events to the subscriptions that match them, and keeps them.
func (h *Hub) Publish(events []*capture.Captured) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	for len(events) > 0 {
		r := roomOf(events[0])
		n := 1
		for n < len(events) && roomOf(events[n]) == r {
			n++
		}
		for _, s := range h.rooms[r] {
			s.take(events[:n])
		}
		events = events[n:]
	}
}

// Watched reports whether anybody is subscribed to an environment, whatever the filter.
func (h *Hub) Watched(appID, environmentID string) bool {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return len(h.rooms[room{appID, environmentID}]) > 0
}

func roomOf(e *capture.Captured) room { return room{e.AppID, e.EnvironmentID} }

// Subscribe returns a subscription to the events of an environment that match f. Errors: InvalidInput when the filter is
// too large, Unavailable when the hub does not run.
func (h *Hub) Subscribe(appID, environmentID string, f Filter) (*Subscription, error) {
	m, err := compile(f)
	if err != nil {
		return nil, err
	}
	s := newSubscription(h, room{appID, environmentID}, m)
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.running {
		return nil, fault.New(fault.Unavailable, "live_stopped", "live capture is not running")
	}
	h.rooms[s.room] = append(h.rooms[s.room], s)
	h.wg.Go(s.run)
	return s, nil
}

func (h *Hub) remove(s *Subscription) {
	h.mu.Lock()
	defer h.mu.Unlock()
	subs := h.rooms[s.room]
	if i := slices.Index(subs, s); i >= 0 {
		subs = slices.Delete(subs, i, i+1)
	}
	if len(subs) == 0 {
		delete(h.rooms, s.room)
		return
	}
	h.rooms[s.room] = subs
}

// Stats are a hub's figures.
type Stats struct {
	// Subscriptions are open now.
	Subscriptions int
	// Matched events were queued, once per subscription; Dropped are those of them that went because a reader could not
	// keep up.
	Matched, Dropped uint64
}

// Stats returns the current figures.
func (h *Hub) Stats() Stats {
	h.mu.RLock()
	defer h.mu.RUnlock()
	st := Stats{Matched: h.matched.Load(), Dropped: h.dropped.Load()}
	for _, subs := range h.rooms {
		st.Subscriptions += len(subs)
	}
	return st
}
