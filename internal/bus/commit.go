package bus

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/waymarkhq/waymark/internal/fault"
)

const (
	// maxPending bounds the bytes of records that are accepted and not yet durable.
	maxPending = 64 << 20
	// maxSpare is how many empty group buffers are kept for reuse; none larger than maxSpareBytes.
	maxSpare      = 4
	maxSpareBytes = 2 * MaxGroupBytes
	// groupsInFlight is how many groups are made durable at the same time. One is best: see BenchmarkGroupsInFlight.
	groupsInFlight = 1
	// fullMemory is how long Healthy remembers that a group was refused because the stream is full.
	fullMemory = 10 * time.Second
)

// committer is the group commit: while one group is being made durable, the records that arrive gather in the next one.
// No record waits for company: with nothing in flight a group leaves with whatever it has.
//
// It has no goroutine of its own. A group is sent by the caller who found nothing in flight, or by whoever reports the
// end of the group before it.
type committer struct {
	send func(token uint64, data []byte) error // must not keep data
	// fellBack is told that an acknowledgement repeated a sequence number. It is called under mu.
	fellBack func()
	timeout  time.Duration
	depth    int
	metrics  *metrics

	// highest is the highest sequence number that is known to be taken.
	highest atomic.Uint64

	mu       sync.Mutex
	gate     *fault.Error // why records are refused; nil when they are not
	open     *outgoing    // takes records; may be nil
	queue    []*outgoing  // closed for records, waiting to be sent, oldest first
	inFlight map[uint64]*outgoing
	token    uint64        // of the group sent last
	pending  int64         // bytes of records accepted and not settled
	idle     chan struct{} // closed when nothing is pending any more; nil unless somebody drains
	spare    [][]byte
	fullAt   time.Time // when a group was last refused because the stream is full; zero after a success
}

// outgoing is a group on its way. buf and events belong to whoever holds the lock until the group is sent.
type outgoing struct {
	token  uint64
	buf    []byte
	size   int64 // bytes of the records, as counted in pending
	events int
	floor  uint64 // highest sequence number known when the group was sent
	sentAt time.Time
	timer  *time.Timer
	done   chan struct{}
	err    error // valid after done
}

func newCommitter(send func(uint64, []byte) error, timeout time.Duration, m *metrics) *committer {
	return &committer{
		send: send, timeout: timeout, depth: groupsInFlight, metrics: m,
		fellBack: func() {},
		inFlight: make(map[uint64]*outgoing, groupsInFlight),
	}
}

// publish adds the record to a group and waits until that group is durable, refused or ctx ends.
func (c *committer) publish(ctx context.Context, events int, record []byte) error {
	if err := ctx.Err(); err != nil {
		return errSlow.Because(err)
	}
	g, next, err := c.accept(events, record)
	if err != nil {
		return err
	}
	c.run(next)
	select {
	case <-g.done:
		return g.err
	case <-ctx.Done():
		return errSlow.Because(ctx.Err())
	}
}

// accept puts the record into a group; next is a group that the caller has to send now, if any.
func (c *committer) accept(events int, record []byte) (g, next *outgoing, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gate != nil {
		return nil, nil, c.gate
	}
	if c.pending+int64(len(record)) > maxPending {
		c.metrics.refused(ReasonSlow)
		return nil, nil, errSlow
	}
	g = c.groupFor(events, len(record)+maxRecordHeader)
	g.buf = appendRecord(g.buf, events, record)
	g.events += events
	g.size += int64(len(record))
	c.pending += int64(len(record))
	return g, c.nextLocked(), nil
}

// groupFor returns the open group if the record fits into it, else closes that one and opens another.
func (c *committer) groupFor(events, size int) *outgoing {
	if g := c.open; g != nil {
		if g.events+events <= MaxGroupEvents && len(g.buf)+size <= MaxGroupBytes {
			return g
		}
		c.queue = append(c.queue, g)
	}
	c.open = &outgoing{buf: appendGroupHeader(c.takeSpare()), done: make(chan struct{})}
	return c.open
}

// nextLocked takes the next group to be sent, if one may be sent now.
func (c *committer) nextLocked() *outgoing {
	if len(c.inFlight) >= c.depth {
		return nil
	}
	g := c.open
	if len(c.queue) > 0 {
		g = c.queue[0]
		c.queue[0] = nil
		c.queue = c.queue[1:]
	} else {
		c.open = nil
	}
	if g == nil {
		return nil
	}
	c.token++
	g.token = c.token
	c.inFlight[g.token] = g
	g.floor = c.highest.Load()
	g.sentAt = time.Now()
	g.timer = time.AfterFunc(c.timeout, func() { c.settle(g.token, 0, errSlow) })
	return g
}

// run sends g, and while sending fails the groups behind it.
func (c *committer) run(g *outgoing) {
	for g != nil {
		err := c.send(g.token, g.buf)
		c.giveSpare(g)
		if err == nil {
			return
		}
		g = c.finish(g.token, 0, err)
	}
}

// settle ends a group that was sent: durable as sequence number seq, or refused with err. An unknown token (the group
// was given up before) is ignored.
func (c *committer) settle(token, seq uint64, err error) { c.run(c.finish(token, seq, err)) }

// finish is settle without sending the next group, which it returns.
func (c *committer) finish(token, seq uint64, err error) (next *outgoing) {
	c.mu.Lock()
	defer c.mu.Unlock()
	g := c.inFlight[token]
	if g == nil {
		return nil
	}
	delete(c.inFlight, token)
	g.timer.Stop()
	if err == nil && seq <= g.floor {
		// The stream has fallen back behind what it had acknowledged: readers that are past seq would never see this.
		err = errDown.Because(fmt.Errorf("a group was stored as %d, but %d was taken", seq, g.floor))
		c.gate = errDown
		defer c.fellBack()
	}
	c.closeLocked(g, seq, err)
	return c.nextLocked()
}

// closeLocked gives the group's outcome to its callers.
func (c *committer) closeLocked(g *outgoing, seq uint64, err error) {
	c.pending -= g.size
	if err == nil {
		c.saw(seq)
		c.fullAt = time.Time{}
		c.metrics.committed(g, time.Since(g.sentAt))
	} else {
		reason := reasonOf(err)
		if reason == ReasonFull {
			c.fullAt = time.Now()
		}
		c.metrics.refused(reason)
	}
	g.err = err
	close(g.done)
	if c.pending == 0 && c.idle != nil {
		close(c.idle)
		c.idle = nil
	}
}

// saw notes that seq is taken.
func (c *committer) saw(seq uint64) {
	for {
		old := c.highest.Load()
		if seq <= old || c.highest.CompareAndSwap(old, seq) {
			return
		}
	}
}

// restart forgets what was known to be taken: the stream is another one, whose newest number is seq.
func (c *committer) restart(seq uint64) { c.highest.Store(seq) }

// block refuses new records with why, from now on; nil lets them in again.
func (c *committer) block(why *fault.Error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gate = why
}

// blocked returns why records are refused, or nil.
func (c *committer) blocked() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gate == nil {
		return nil
	}
	return c.gate
}

// shut refuses new records with why and ends every group with it, sent or not.
func (c *committer) shut(why *fault.Error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gate = why
	c.failLocked(why)
}

func (c *committer) failLocked(err error) {
	for token, g := range c.inFlight {
		delete(c.inFlight, token)
		g.timer.Stop()
		c.closeLocked(g, 0, err)
	}
	for _, g := range c.queue {
		c.closeLocked(g, 0, err)
	}
	if c.open != nil {
		c.closeLocked(c.open, 0, err)
	}
	c.queue, c.open = nil, nil
}

// drain waits until nothing is pending.
func (c *committer) drain(ctx context.Context) error {
	c.mu.Lock()
	if c.pending == 0 {
		c.mu.Unlock()
		return nil
	}
	if c.idle == nil {
		c.idle = make(chan struct{})
	}
	idle := c.idle
	c.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// recentlyFull reports whether the last group was refused because the stream is full, not long ago. It forgets by
// itself, because a server that is taken out of service for it gets no records and so could never find out.
func (c *committer) recentlyFull() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.fullAt.IsZero() && time.Since(c.fullAt) < fullMemory
}

// forgetFull is called when room was made.
func (c *committer) forgetFull() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fullAt = time.Time{}
}

func (c *committer) takeSpare() []byte {
	if n := len(c.spare); n > 0 {
		buf := c.spare[n-1]
		c.spare = c.spare[:n-1]
		return buf[:0]
	}
	return nil
}

func (c *committer) giveSpare(g *outgoing) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.spare) < maxSpare && cap(g.buf) <= maxSpareBytes {
		c.spare = append(c.spare, g.buf)
	}
	g.buf = nil
}
