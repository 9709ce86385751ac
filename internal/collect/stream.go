package collect

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"
	"unsafe"

	"github.com/waymarkhq/waymark/internal/bus"
	"github.com/waymarkhq/waymark/internal/capture"
)

// Source is where groups are read: a *bus.Bus.
type Source interface {
	Read(ctx context.Context, from uint64, fn func(bus.Group) error) error
	ReadTo(ctx context.Context, from, to uint64, fn func(bus.Group) error) error
	FirstSeqSince(ctx context.Context, t time.Time) (uint64, error)
}

// DuplicateWindow is for at least how long an event's id is remembered. Whatever reads the stream has to use the same, and
// the bus has to keep a minute more.
const DuplicateWindow = 10 * time.Minute

// clockSlack is by how much this process's clock may be ahead of the one that stamps groups.
const clockSlack = time.Minute

// sieve takes groups apart and tells what is new from repeats. Everybody who reads the stream does it with one of these,
// and so they agree. It belongs to one goroutine.
type sieve struct {
	window time.Duration
	fold   *capture.Fold
	// damaged is told of what cannot be read; the rest of the group goes on.
	damaged func(seq uint64, err error)
}

func newSieve(window time.Duration, damaged func(seq uint64, err error)) *sieve {
	return &sieve{window: window, fold: capture.NewFold(window), damaged: damaged}
}

// remember takes in a group whose events are somebody else's business.
func (s *sieve) remember(g *bus.Group) {
	s.each(g, func(record []byte, _ int, first int64) error {
		return s.record(alias(record), first, g.Time, func(*capture.Captured, bool) {})
	})
}

// sift yields every event of a group with its number, and whether it is a repeat. An event is overwritten by the next one.
// Its strings are good for ever in records that keep, asked with the first event of each, says yes to; else until yield
// returns. A nil keep says yes to all.
func (s *sieve) sift(g *bus.Group, keep func(first *capture.Captured, events int) bool, yield func(c *capture.Captured, repeat bool)) {
	s.each(g, func(record []byte, events int, first int64) error {
		kept := keep == nil
		if !kept {
			err := capture.DecodeRecord(alias(record), first, func(c *capture.Captured) bool {
				kept = keep(c, events)
				return false
			})
			if err != nil {
				return err
			}
		}
		text := alias(record)
		if kept {
			text = string(record)
		}
		return s.record(text, first, g.Time, yield)
	})
}

// each calls fn for each record of a group with the number of events that it should hold and that of its first event.
func (s *sieve) each(g *bus.Group, fn func(record []byte, events int, first int64) error) {
	if g.Damaged != nil {
		s.damaged(g.Seq, g.Damaged)
		return
	}
	next := int64(g.Seq) * capture.MaxGroupEvents
	for events, record := range g.Records() {
		if err := fn(record, events, next); err != nil {
			s.damaged(g.Seq, err)
		}
		next += int64(events)
	}
}

func (s *sieve) record(text string, first int64, at time.Time, yield func(*capture.Captured, bool)) error {
	return capture.DecodeRecord(text, first, func(c *capture.Captured) bool {
		yield(c, s.fold.Seen(scope(c), c.ID, at))
		return true
	})
}

// scope is where an event's id tells repeats: its environment, and in that its test run, as runs may send the same events at
// the same time.
func scope(c *capture.Captured) string {
	if c.RunID == "" {
		return c.EnvironmentID
	}
	return c.EnvironmentID + "\n" + c.RunID
}

// alias is the bytes as a string, without copying: for as long as nobody changes them.
func alias(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// since is from when on groups have to be known to whoever is to meet the group with number next: the duplicate window
// before that group was stored, or before now where it is not there yet.
func since(ctx context.Context, from Source, window time.Duration, next uint64, now time.Time) (time.Time, error) {
	at := now.Add(-clockSlack)
	err := from.ReadTo(ctx, next, next, func(g bus.Group) error {
		at = g.Time
		return nil
	})
	if err != nil {
		return time.Time{}, fmt.Errorf("look at group %d: %w", next, err)
	}
	return capture.NewFold(window).Since(at), nil
}

// recall puts into the sieve what it has to know before it meets the group with number next.
func (s *sieve) recall(ctx context.Context, from Source, next uint64, now time.Time) error {
	start, err := since(ctx, from, s.window, next, now)
	if err != nil {
		return err
	}
	first, err := from.FirstSeqSince(ctx, start)
	if err != nil || first >= next {
		return err
	}
	err = from.ReadTo(ctx, first, next-1, func(g bus.Group) error {
		s.remember(&g)
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the duplicate window from group %d on: %w", first, err)
	}
	return nil
}

// backoff is how long to wait before something that failed is tried again: longer each time up to a limit, half of it at
// random, so that those who failed together do not come back together.
type backoff struct {
	first, most time.Duration
	failures    int
}

func (b *backoff) reset() { b.failures = 0 }

// wait returns after the next pause, or with ctx.
func (b *backoff) wait(ctx context.Context) error {
	d := min(b.first<<min(b.failures, 20), b.most)
	b.failures++
	return pause(ctx, d/2+rand.N(d/2+1))
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
