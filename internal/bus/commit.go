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
	// groupsInFlight is how many groups are made durable at the same time. More make the groups smaller, and what costs
	// is the group: see BenchmarkGroupsInFlight.
	groupsInFlight = 1
	// refusalMemory is how long Healthy remembers that a group was refused.
	refusalMemory = 10 * time.Second
)

// committer is the group commit: while one group is being made durable, the records that arrive gather in the next one.
// A record that finds nothing in flight leaves at once, unless a group has just become durable; then see hold.
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
	token    uint64 // of the group sent last
	pending  int64  // bytes of records accepted and not settled
	hold     hold
	idle     chan struct{} // closed when nothing is pending any more; nil unless somebody drains
	spare    [][]byte
	refused  refusal
}

// refusal is why a group was refused last, and when; zero after a success.
type refusal struct {
	why error
	at  time.Time
}

// outgoing is a group on its way. buf and events belong to whoever holds the lock until the group is sent.
type outgoing struct {
	token           uint64
	buf             []byte
	size            int64 // bytes of the records, as counted in pending
	records, events int
	floor           uint64 // highest sequence number known when the group was sent
	sentAt          time.Time
	timer           *time.Timer
	done            chan struct{}
	err             error // valid after done
}

func newCommitter(send func(uint64, []byte) error, timeout time.Duration, m *metrics) *committer {
	c := &committer{
		send: send, timeout: timeout, depth: groupsInFlight, metrics: m,
		fellBack: func() {},
		inFlight: make(map[uint64]*outgoing, groupsInFlight),
	}
	c.hold.expired = c.endHold
	return c
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
	g.records++
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
	if len(c.inFlight) >= c.depth || len(c.queue) == 0 && c.hold.keeps(c.open) {
		return nil
	}
	c.hold.end()
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
	if err == nil && len(c.queue) == 0 {
		c.hold.begin(g, c.open, time.Since(g.sentAt))
	}
	return c.nextLocked()
}

// endHold sends the open group although it is not as large as hoped for.
func (c *committer) endHold(number uint64) {
	c.mu.Lock()
	var next *outgoing
	if c.hold.number == number {
		c.hold.end()
		next = c.nextLocked()
	}
	c.mu.Unlock()
	c.run(next)
}

// closeLocked gives the group's outcome to its callers.
func (c *committer) closeLocked(g *outgoing, seq uint64, err error) {
	c.pending -= g.size
	if err == nil {
		c.saw(seq)
		c.refused = refusal{}
		c.metrics.committed(g, time.Since(g.sentAt))
	} else {
		c.refused = refusal{err, time.Now()}
		c.metrics.refused(reasonOf(err))
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
