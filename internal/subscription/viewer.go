package subscription

import "context"

// viewer is one running operation of one connection: the end of an execution where its pages wait. The fields of the
// second group are guarded by the lock of its outlet.
type viewer struct {
	srv    *Server
	out    outlet
	id     string
	prefix []byte             // see idPrefix; nil on an event stream
	cancel context.CancelFunc // ends what runs for this viewer alone
	x      *execution         // what it views; nil for a query or mutation

	pending queue
	over    bool  // nothing is queued any more: the last page is in, or the client left
	lost    int   // events that were dropped and not told yet
	asked   bool  // the loss page was asked for and was not sent yet
	loss    *page // the loss page, to be sent before pending
}

// outlet is the connection of a viewer.
type outlet interface {
	// offer queues p for v, and says what there is to do then.
	offer(v *viewer, p *page) todo
	// takeLoss returns how many events v lost since it was last told, and counts them as told.
	takeLoss(v *viewer) int
	// tell queues the loss page for v.
	tell(v *viewer, p *page)
	// cut ends the connection because its identity has ended.
	cut()
}

// todo is what the caller of offer has to do, with no lock held.
type todo struct {
	flush   *socket // put it on the flusher's list
	pressed bool    // the viewer's queue fills up, and not because of its peer: let the flusher catch up
	cut     bool    // the identity has ended: cut the connection
}

// push queues p and drops what that makes too much.
func (v *viewer) push(p *page) {
	if v.over {
		return
	}
	if v.x != nil && !p.ends() {
		p = v.makeRoom(p)
	}
	v.pending.push(p)
	v.over = p.ends()
}

// makeRoom drops the oldest pages until p has room, and returns what is to be queued for it.
func (v *viewer) makeRoom(p *page) *page {
	switch v.x.kind {
	case kindSnapshots:
		for v.pending.len() > 0 {
			v.drop()
		}
	case kindEvents:
		for v.pending.len() > 0 && v.full(p) {
			v.drop()
		}
	case kindPlain:
		if v.pending.len() == 0 || !v.full(p) {
			return p
		}
		for v.pending.len() > 0 {
			v.drop()
		}
		return v.srv.slowPage
	}
	return p
}

// full reports whether p has no room beside what is queued.
func (v *viewer) full(p *page) bool {
	return v.pending.len() >= v.srv.opts.QueuePages || v.pending.bytes+len(p.body) > v.srv.opts.QueueBytes
}

func (v *viewer) drop() {
	p := v.pending.take()
	v.lost += p.weight
	v.srv.stats.droppedPages.Add(1)
	v.srv.stats.droppedEvents.Add(uint64(p.weight))
}

// pressed reports whether the queue is more than half full.
func (v *viewer) pressed() bool {
	return v.pending.len() > v.srv.opts.QueuePages/2 || v.pending.bytes > v.srv.opts.QueueBytes/2
}

// waiting reports whether next has something to do.
func (v *viewer) waiting() bool {
	return v.loss != nil || !v.asked && (v.lost > 0 || v.pending.len() > 0)
}

// next takes the page that has to be written next. It returns nil when there is none, or none before the loss page,
// which it asks for: so late that all that was lost until the connection could be written to is one sum.
func (v *viewer) next() *page {
	switch {
	case v.loss != nil:
		p := v.loss
		v.loss, v.asked = nil, false
		return p
	case v.asked:
		return nil
	case v.lost > 0:
		v.asked = true
		v.x.askLoss(v)
		return nil
	case v.pending.len() == 0:
		return nil
	default:
		return v.pending.take()
	}
}

// takeLoss returns what was lost since the viewer was last told, and counts it as told.
func (v *viewer) takeLoss() int {
	n := v.lost
	v.lost = 0
	return n
}

// tell queues the loss page; nil when there cannot be one.
func (v *viewer) tell(p *page) {
	v.loss = p
	if p == nil {
		v.asked = false
	}
}

// retire forgets all that waits for v.
func (v *viewer) retire() {
	v.over, v.pending, v.loss, v.lost = true, queue{}, nil, 0
}
