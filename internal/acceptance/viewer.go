package acceptance

import (
	"context"
	"sync"
	"time"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/store"
)

const (
	// flushEvery is how long events gather for a page while they keep coming.
	flushEvery = 50 * time.Millisecond
	// tellEvery is how often a viewer hears at most that something else of a session has changed.
	tellEvery = 500 * time.Millisecond
	// pageEvents is the most events in a page, queueEvents those that wait for a viewer.
	pageEvents  = 200
	queueEvents = 5000
)

// Page is what a viewer of a session gets at once.
type Page struct {
	Events []*Event
	// Dropped is how many events are missing before these, because the viewer could not keep up.
	Dropped int
	// Session is set where something of it but its events has changed, and in the first page.
	Session *ent.CaptureSession
}

// Weight is how many events are lost with the page.
func (p *Page) Weight() int { return len(p.Events) + p.Dropped }

// viewer is somebody who watches a session.
type viewer struct {
	watch *watch
	wake  chan struct{} // of capacity 1

	mu      sync.Mutex
	queue   []*Event
	dropped int
	changed bool
	over    bool // nothing comes any more
}

// Watch sends what becomes of the session with a code until ctx ends, or the session does: at once the session; then its events,
// those behind afterSeq first where that is not nil. It is allowed to who may see the session.
func (s *Service) Watch(ctx context.Context, code string, afterSeq *int64) (<-chan *Page, error) {
	row, err := s.byCode(ctx, "Subscription.captureSession", code)
	if err != nil {
		return nil, err
	}
	after := int64(0)
	if afterSeq != nil {
		after = *afterSeq
	} else if after, err = s.store.LastCaptured(ctx, row.EnvironmentID); err != nil {
		return nil, err
	}
	v := &viewer{wake: make(chan struct{}, 1)}
	if err := s.join(ctx, row, v); err != nil {
		return nil, err
	}
	out := make(chan *Page)
	go func() {
		defer close(out)
		defer s.leave(v)
		if send(ctx, out, &Page{Session: row}) && v.backfill(ctx, s, after, out) {
			v.follow(ctx, s, out)
		}
	}()
	return out, nil
}

func send(ctx context.Context, out chan<- *Page, p *Page) bool {
	select {
	case out <- p:
		return true
	case <-ctx.Done():
		return false
	}
}

// backfill sends what came behind a sequence number and before the viewer was there.
func (v *viewer) backfill(ctx context.Context, s *Service, after int64, out chan<- *Page) bool {
	select {
	case <-v.watch.ready:
	case <-ctx.Done():
		return false
	}
	t := v.watch.tracked
	for {
		t.mu.Lock()
		if t.facts == nil {
			t.mu.Unlock()
			return true
		}
		rest := t.behind(after)
		chunk := rest[:min(len(rest), pageEvents)]
		events, err := t.full(ctx, chunk)
		if len(rest) <= pageEvents { // what comes from now on, the watch has the viewer know
			v.drain()
		}
		if len(chunk) > 0 {
			after = chunk[len(chunk)-1].seq
		}
		row, ended := t.facts.row, t.facts.row.EndedAt != nil
		t.mu.Unlock()
		if err != nil {
			s.log.WarnContext(ctx, "what a viewer has missed cannot be read", "error", store.Fault(err))
			return false
		}
		if len(events) > 0 && !send(ctx, out, &Page{Events: events, Session: row}) {
			return false
		}
		if len(rest) <= pageEvents {
			if ended {
				v.finish()
			}
			return true
		}
	}
}

// drain forgets what is waiting: the backfill has it.
func (v *viewer) drain() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.queue, v.dropped = nil, 0
}

// take queues events.
func (v *viewer) take(events []*Event, changed bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.queue = append(v.queue, events...)
	if over := len(v.queue) - queueEvents; over > 0 {
		v.queue, v.dropped = append([]*Event(nil), v.queue[over:]...), v.dropped+over
	}
	v.changed = v.changed || changed
	v.signal()
}

func (v *viewer) signal() {
	select {
	case v.wake <- struct{}{}:
	default:
	}
}

// finish has the viewer get what is waiting, and then no more.
func (v *viewer) finish() { v.close() }

func (v *viewer) close() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.over = true
	v.signal()
}

// next takes what is waiting for the next page; tell says whether the viewer may hear of other changes already.
func (v *viewer) next(tell bool) (p *Page, changed, waiting, over bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	n := min(len(v.queue), pageEvents)
	p = &Page{Events: v.queue[:n:n], Dropped: v.dropped}
	v.queue, v.dropped = v.queue[n:], 0
	over = v.over && len(v.queue) == 0
	changed = v.changed && (tell || over)
	if changed {
		v.changed = false
	}
	return p, changed, v.changed || len(v.queue) > 0, over
}

// follow sends what is waiting, as often as it makes sense.
func (v *viewer) follow(ctx context.Context, s *Service, out chan<- *Page) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	var told time.Time
	for {
		now := s.clock()
		p, changed, waiting, over := v.next(now.Sub(told) >= tellEvery)
		if changed {
			p.Session, told = v.session(), now
		}
		if (len(p.Events) > 0 || p.Session != nil || p.Dropped > 0) && !send(ctx, out, p) {
			return
		}
		if over {
			return
		}
		if !v.pause(ctx, timer, waiting) {
			return
		}
	}
}

// pause waits until there may be something to send, at least as long as events gather.
func (v *viewer) pause(ctx context.Context, timer *time.Timer, waiting bool) bool {
	timer.Reset(flushEvery)
	select {
	case <-timer.C:
	case <-ctx.Done():
		return false
	}
	if waiting {
		return true
	}
	select {
	case <-v.wake:
		return true
	case <-ctx.Done():
		return false
	}
}

// session returns the session as the watch knows it.
func (v *viewer) session() *ent.CaptureSession {
	t := v.watch.tracked
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.facts == nil {
		return nil
	}
	return t.facts.row
}
