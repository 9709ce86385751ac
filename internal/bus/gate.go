package bus

import (
	"context"
	"time"

	"github.com/waymarkhq/waymark/internal/fault"
)

// restart forgets what was known to be taken: the stream is another one, whose newest number is seq.
func (c *committer) restart(seq uint64) { c.highest.Store(seq) }

// block refuses new records with why, from now on; nil lets them in again.
func (c *committer) block(why *fault.Error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gate, c.refused = why, refusal{}
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
	c.hold.end()
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

// recentRefusal returns why the last group was refused, if that was not long ago. It forgets by itself, because a server
// that is taken out of service for it gets no records and so could never find out.
func (c *committer) recentRefusal() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.refused.at) >= refusalMemory {
		return nil
	}
	return c.refused.why
}

// forgetRefusal is called when the stream was seen to work, or room was made in it.
func (c *committer) forgetRefusal() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refused = refusal{}
}
