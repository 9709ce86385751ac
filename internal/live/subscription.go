package live

import (
	"sync"
	"time"

	"github.com/waymarkhq/waymark/internal/capture"
)

// Page is what a subscription delivers at once. It is immutable.
type Page struct {
	// Events in stream order; empty only in pages that readers make themselves.
	Events []*capture.Captured
	// Dropped is how many matching events are missing before Events, because the reader could not keep up.
	Dropped int
}

// Weight is how many events are lost with the page.
func (p *Page) Weight() int { return len(p.Events) + p.Dropped }

// Subscription is a filtered stream of pages.
type Subscription struct {
	hub   *Hub
	room  room
	match *matcher
	pages chan *Page
	wake  chan struct{} // of capacity 1: look at the queue
	done  chan struct{}
	close func()

	mu      sync.Mutex
	queue   ring
	dropped int // not told yet
}

func newSubscription(h *Hub, r room, m *matcher) *Subscription {
	s := &Subscription{
		hub: h, room: r, match: m,
		pages: make(chan *Page), wake: make(chan struct{}, 1), done: make(chan struct{}),
		queue: ring{limit: h.opts.QueueEvents},
	}
	s.close = sync.OnceFunc(func() {
		h.remove(s)
		close(s.done)
	})
	return s
}

// C returns the channel of pages. It is closed after Close and when the hub stops.
func (s *Subscription) C() <-chan *Page { return s.pages }

// Close ends the subscription; what was queued is gone. It may be called more than once.
func (s *Subscription) Close() { s.close() }

// take queues those of the events that match.
func (s *Subscription) take(events []*capture.Captured) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before, matched, dropped := s.queue.len, 0, 0
	for _, e := range events {
		if s.match.matches(e) {
			matched++
			dropped += s.queue.push(e)
		}
	}
	if matched == 0 {
		return
	}
	s.dropped += dropped
	s.hub.matched.Add(uint64(matched))
	s.hub.dropped.Add(uint64(dropped))
	if before == 0 || before < s.hub.opts.PageEvents && s.queue.len >= s.hub.opts.PageEvents {
		select {
		case s.wake <- struct{}{}:
		default:
		}
	}
}

// run forms pages until the subscription is closed.
func (s *Subscription) run() {
	defer close(s.pages)
	timer := time.NewTimer(0)
	defer timer.Stop()
	var last time.Time // when the last page was taken by the reader
	for {
		waiting, wait := s.waiting(), s.hub.opts.FlushEvery-s.hub.opts.Clock().Sub(last)
		if waiting >= s.hub.opts.PageEvents || waiting > 0 && wait <= 0 {
			select {
			case s.pages <- s.page():
				last = s.hub.opts.Clock()
				continue
			case <-s.done:
				return
			}
		}
		var due <-chan time.Time
		if waiting > 0 {
			timer.Reset(wait)
			due = timer.C
		}
		select {
		case <-s.wake:
		case <-due:
		case <-s.done:
			return
		}
	}
}

func (s *Subscription) waiting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.queue.len
}

// page takes the oldest events and the count of those lost before them.
func (s *Subscription) page() *Page {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := &Page{Events: s.queue.take(s.hub.opts.PageEvents), Dropped: s.dropped}
	s.dropped = 0
	return p
}
