package subscription

// maxKeptSlots is how many slots an empty queue keeps, so that a steady viewer does not allocate and an idle one costs
// little.
const maxKeptSlots = 16

// queue holds pages in order. The zero value is empty.
type queue struct {
	slots []*page
	head  int // slots before it were taken
	bytes int // of the bodies
}

func (q *queue) len() int { return len(q.slots) - q.head }

func (q *queue) push(p *page) {
	if q.head > 0 && len(q.slots) == cap(q.slots) {
		rest := copy(q.slots, q.slots[q.head:])
		clear(q.slots[rest:])
		q.slots, q.head = q.slots[:rest], 0
	}
	q.slots = append(q.slots, p)
	q.bytes += len(p.body)
}

// take removes and returns the oldest page; the queue must not be empty.
func (q *queue) take() *page {
	p := q.slots[q.head]
	q.slots[q.head] = nil
	q.head++
	q.bytes -= len(p.body)
	if q.head == len(q.slots) {
		q.slots, q.head = q.slots[:0], 0
		if cap(q.slots) > maxKeptSlots {
			q.slots = nil
		}
	}
	return p
}
