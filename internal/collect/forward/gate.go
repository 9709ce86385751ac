package forward

import (
	"math/rand/v2"
	"sync"
	"time"
)

// lookAgain is how long at most nobody looks whether it is time: a clock may be set.
const lookAgain = time.Second

// gate stands before a target on one node. While the target takes payloads everybody passes. When it has failed, those who
// have something for it wait, and one at a time tries again, with growing pauses: the one that has tried least often, the
// oldest of them first.
type gate struct {
	first, most time.Duration // of the pauses
	now         func() time.Time

	mu       sync.Mutex
	failures int // in a row; 0 while the gate is open
	until    time.Time
	trying   bool // a ticket does
	tickets  map[*ticket]bool
	number   uint64 // of the newest ticket
	taken    uint64 // how many payloads the target has taken
	changed  chan struct{}
}

// ticket is a payload's place before the gate.
type ticket struct {
	number uint64
	tries  int
	taken  uint64 // gate.taken when it was first tried
	trying bool   // it is the one that tries while the others wait
}

func newGate(first, most time.Duration, now func() time.Time) *gate {
	return &gate{first: first, most: most, now: now, tickets: map[*ticket]bool{}, changed: make(chan struct{})}
}

func (g *gate) enter() *ticket {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.number++
	t := &ticket{number: g.number}
	g.tickets[t] = true
	return t
}

func (g *gate) leave(t *ticket) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.tickets, t)
	if t.trying {
		g.trying = false
	}
	g.tell()
}

// pass reports whether the ticket's payload may be sent now. If not it says what to wait for, and how long at most.
func (g *gate) pass(t *ticket) (ok bool, changed <-chan struct{}, wait time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.failures == 0 {
		g.begin(t)
		return true, nil, 0
	}
	if wait = g.until.Sub(g.now()); wait > 0 {
		return false, g.changed, min(wait, lookAgain)
	}
	if g.trying || !g.isNext(t) {
		return false, g.changed, lookAgain
	}
	g.trying, t.trying = true, true
	g.begin(t)
	return true, nil, 0
}

func (g *gate) begin(t *ticket) {
	if t.tries++; t.tries == 1 {
		t.taken = g.taken
	}
}

func (g *gate) isNext(t *ticket) bool {
	for other := range g.tickets {
		if other.tries < t.tries || other.tries == t.tries && other.number < t.number {
			return false
		}
	}
	return true
}

// wanted reports whether another payload should be asked for: always, but while the target fails one to try with is enough.
func (g *gate) wanted() (ok bool, changed <-chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.failures == 0 || len(g.tickets) == 0, g.changed
}

// opened notes that the target has taken a payload, or refused it for good.
func (g *gate) opened() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.failures, g.trying = 0, false
	g.taken++
	g.tell()
}

// failed notes that the target has not taken a payload; after is how long it wants to be left alone, 0 where it does not say.
func (g *gate) failed(t *ticket, after time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.failures > 0 && !t.trying {
		return // was on its way when the gate closed
	}
	g.trying, t.trying = false, false
	g.failures++
	pause := min(g.first<<min(g.failures-1, 16), g.most)
	pause += time.Duration(rand.Int64N(int64(pause)/4 + 1)) // so that nodes do not try in step
	g.until = g.now().Add(max(pause, after))
	g.tell()
}

// isStubborn reports whether it is the payload that the target does not take: it was tried a few times, and others went
// through meanwhile.
func (g *gate) isStubborn(t *ticket) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return t.tries >= triesInHand && g.taken > t.taken
}

func (g *gate) tell() {
	close(g.changed)
	g.changed = make(chan struct{})
}
