package acceptance

import (
	"context"
	"slices"
	"time"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/live"
)

const (
	// lookEvery is how often a watch looks whether something of its session was changed, if it hears of nothing.
	lookEvery = 5 * time.Second
	// tailLasts is how long what came live is kept: longer than the samples are behind.
	tailLasts = 30 * time.Second
	// maxTail bounds it.
	maxTail = 20_000
	// catchUpWait is how long a watch waits for the samples at its start; then it begins with what comes.
	catchUpWait = 5 * time.Second
)

// watch feeds what this node knows of one session with what arrives, for all its viewers.
type watch struct {
	*tracked
	cancel context.CancelFunc
	ready  chan struct{} // closed once what came before is known
	wake   chan struct{} // of capacity 1: something of the session or of its plan was changed

	// The rest belongs to the service's mutex.
	viewers map[*viewer]bool
}

// join has a viewer see what becomes of a session, and starts its watch if it is the first.
func (s *Service) join(ctx context.Context, row *ent.CaptureSession, v *viewer) error {
	t := s.tracking(row.ID)
	s.mu.Lock()
	defer s.mu.Unlock()
	if w := s.watches[row.ID]; w != nil {
		w.viewers[v] = true
		v.watch = w
		return nil
	}
	sub, err := s.hub.Subscribe(row.AppID, row.EnvironmentID, live.Filter{})
	if err != nil {
		return err
	}
	w := &watch{tracked: t, ready: make(chan struct{}), wake: make(chan struct{}, 1), viewers: map[*viewer]bool{v: true}}
	stop, err := s.listen(row, w)
	if err != nil {
		sub.Close()
		return err
	}
	ctx, w.cancel = context.WithCancel(context.WithoutCancel(ctx))
	s.watches[row.ID], v.watch = w, w
	go func() {
		defer stop()
		defer sub.Close()
		w.run(ctx, sub)
	}()
	return nil
}

// listen has a watch look again when a node says that its session or its plan was changed.
func (s *Service) listen(row *ent.CaptureSession, w *watch) (stop func(), err error) {
	wake := func(string, []byte) {
		select {
		case w.wake <- struct{}{}:
		default:
		}
	}
	var stops []func()
	for _, subject := range []string{SessionSubject + ">", "plan." + row.AppID} {
		one, err := s.notices.Listen(subject, wake)
		if err != nil {
			for _, stop := range stops {
				stop()
			}
			return nil, fault.New(fault.Unavailable, "bus_down", "the session cannot be watched right now").Because(err)
		}
		stops = append(stops, one)
	}
	return func() {
		for _, stop := range stops {
			stop()
		}
	}, nil
}

// leave has a viewer see no more; with the last one the watch ends.
func (s *Service) leave(v *viewer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := v.watch
	delete(w.viewers, v)
	if len(w.viewers) == 0 && s.watches[w.id] == w {
		delete(s.watches, w.id)
		w.cancel()
	}
}

// run feeds the watch until nobody looks any more.
func (w *watch) run(ctx context.Context, sub *live.Subscription) {
	f := &feeding{watch: w}
	defer f.end()
	f.begin(ctx)
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case p, open := <-sub.C():
			if !open {
				return
			}
			f.arrived(ctx, p)
		case <-w.wake:
			f.look(ctx)
		case <-tick.C:
			f.look(ctx)
		}
	}
}

// feeding is the work of one watch; it belongs to its goroutine.
type feeding struct {
	*watch
	tail []*capture.Captured // what came live, of the whole environment
	lost bool                // the hub has dropped what is to be read from the samples
}

// begin works out what was before: all that was shown to anybody before the watch has to be in the samples first.
func (f *feeding) begin(ctx context.Context) {
	defer close(f.ready)
	f.catchUp(ctx)
	f.mu.Lock()
	defer f.mu.Unlock()
	err := f.refresh(ctx)
	if f.live = err == nil; err != nil && ctx.Err() == nil {
		f.s.log.WarnContext(ctx, "a session cannot be followed yet", "session", f.id, "error", err)
	}
}

func (f *feeding) catchUp(ctx context.Context) {
	waiting, cancel := context.WithTimeout(ctx, catchUpWait)
	defer cancel()
	if err := f.s.caughtUp(waiting); err != nil && ctx.Err() == nil {
		f.s.log.WarnContext(ctx, "a session is watched without what is not in the database yet", "session", f.id, "error", err)
	}
}

// end has what is known be read from the samples again.
func (f *feeding) end() {
	f.mu.Lock()
	f.live = false
	f.mu.Unlock()
	f.s.mu.Lock()
	defer f.s.mu.Unlock()
	if f.s.watches[f.id] == f.watch { // the hub has stopped
		delete(f.s.watches, f.id)
	}
	for v := range f.viewers {
		v.close()
	}
}

// arrived takes what came live.
func (f *feeding) arrived(ctx context.Context, p *live.Page) {
	f.keep(p.Events)
	if p.Dropped > 0 || f.lost {
		f.lost = true
		f.recover(ctx)
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.live {
		return
	}
	var found []*Event
	for _, c := range p.Events {
		if e := f.take(ctx, c); e != nil {
			found = append(found, e)
		}
	}
	f.show(found, len(found) > 0)
}

// recover reads from the samples what the hub has dropped.
func (f *feeding) recover(ctx context.Context) {
	f.catchUp(ctx)
	f.mu.Lock()
	defer f.mu.Unlock()
	var found []*Event
	if err := f.readOn(ctx, func(e *Event) { found = append(found, e) }); err != nil {
		f.s.log.WarnContext(ctx, "what a watch has lost cannot be read", "session", f.id, "error", err)
		return // with the next page it is tried again
	}
	f.lost = false
	f.show(append(found, f.ofTail(ctx)...), true)
}

// ofTail takes what came live and is not in the samples yet.
func (f *feeding) ofTail(ctx context.Context) (found []*Event) {
	for _, c := range f.tail {
		if e := f.take(ctx, c); e != nil {
			found = append(found, e)
		}
	}
	return found
}

// keep keeps what came live for as long as the samples may be behind.
func (f *feeding) keep(events []*capture.Captured) {
	f.tail = append(f.tail, events...)
	old := f.s.clock().Add(-tailLasts)
	from := max(0, len(f.tail)-maxTail)
	for from < len(f.tail) && f.tail[from].ReceivedAt.Before(old) {
		from++
	}
	if from > len(f.tail)/2 {
		f.tail = slices.Clone(f.tail[from:])
	}
}

// look reads what is stored of the session. Where that changes whose the events are, they are worked out again, and viewers get
// those that they have not seen yet.
func (f *feeding) look(ctx context.Context) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.live { // as at the beginning
		f.live = f.refresh(ctx) == nil
		if f.live {
			f.show(f.ofTail(ctx), true)
		}
		return
	}
	before, was := f.index, f.facts
	again, err := f.reload(ctx)
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		f.s.log.WarnContext(ctx, "a session cannot be looked at", "session", f.id, "error", err)
		return
	}
	if !again {
		f.show(nil, !was.same(f.facts))
		return
	}
	var found []*Event
	fresh := func(e *Event) {
		if _, seen := slices.BinarySearchFunc(before, e.Seq, bySeq); !seen {
			found = append(found, e)
		}
	}
	if err := f.readOn(ctx, fresh); err != nil {
		f.live, f.print = false, "" // and so everything is worked out again
		return
	}
	for _, e := range f.ofTail(ctx) {
		fresh(e)
	}
	f.show(found, true)
}

// show hands events to the viewers, and whether something else of the session has changed.
func (f *feeding) show(events []*Event, changed bool) {
	if len(events) == 0 && !changed {
		return
	}
	ended := f.facts.row.EndedAt != nil
	f.s.mu.Lock()
	defer f.s.mu.Unlock()
	for v := range f.viewers {
		v.take(events, changed)
		if ended {
			v.finish()
		}
	}
}
