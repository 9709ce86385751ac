package live

import "github.com/waymarkhq/waymark/internal/capture"

// minRing is how many slots a ring starts with; it grows up to its limit and shrinks back when it is emptied.
const minRing = 64

// ring is a bounded queue of events that drops the oldest.
type ring struct {
	limit int
	slots []*capture.Captured
	head  int // of the oldest
	len   int
}

// push adds e and returns how many events that dropped: 0 or 1.
func (r *ring) push(e *capture.Captured) (dropped int) {
	if r.len == len(r.slots) && len(r.slots) < r.limit {
		r.grow()
	}
	if r.len == len(r.slots) {
		r.slots[r.head] = e
		r.head = (r.head + 1) % len(r.slots)
		return 1
	}
	r.slots[(r.head+r.len)%len(r.slots)] = e
	r.len++
	return 0
}

func (r *ring) grow() {
	slots := make([]*capture.Captured, min(max(2*len(r.slots), minRing), r.limit))
	n := copy(slots, r.slots[r.head:])
	copy(slots[n:], r.slots[:r.head])
	r.slots, r.head = slots, 0
}

// take removes and returns the oldest events, at most limit.
func (r *ring) take(limit int) []*capture.Captured {
	n := min(r.len, limit)
	events := make([]*capture.Captured, n)
	for i := range events {
		at := (r.head + i) % len(r.slots)
		events[i], r.slots[at] = r.slots[at], nil
	}
	r.len -= n
	if r.len == 0 {
		r.head = 0
		if len(r.slots) > minRing {
			r.slots = nil
		}
		return events
	}
	r.head = (r.head + n) % len(r.slots)
	return events
}
