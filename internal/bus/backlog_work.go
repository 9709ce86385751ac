package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Parcel is what a backlog holds, in the hands of one worker of one node. It stays there, however long that takes, until
// the worker calls Done, Back or Later, or the node ends.
type Parcel struct {
	Data []byte
	// Stored is when it was put into the backlog, by the server's clock.
	Stored time.Time
	// Deliveries counts how often it was handed out, this time included.
	Deliveries int

	seq  uint64
	desk *desk
	msg  jetstream.Msg // the newest delivery; belongs to desk.mu
}

// desk is what this process has in hand of one backlog. The server hands a parcel out again when it did not hear of it for
// long; the desk knows better.
type desk struct {
	mu     sync.Mutex
	inHand map[uint64]*Parcel
	// settled are those that were done, and whose removal the server has not confirmed.
	settled map[uint64]bool
}

// WorkBacklog hands the parcels of a backlog to fn, in the order in which they were stored, as many at once as atOnce says,
// until ctx ends, and returns when all calls of fn have. Before it asks for a parcel it waits until ready returns, which
// must return when ctx ends. It outlives broken connections. One call per backlog and process at a time.
//
// A parcel is handed out again, to any node, when its node was killed or has lost the server for longer than 15 seconds.
func (b *Bus) WorkBacklog(ctx context.Context, id string, atOnce int, ready func(), fn func(*Parcel)) {
	d := &desk{inHand: map[uint64]*Parcel{}, settled: map[uint64]bool{}}
	var wg sync.WaitGroup
	defer wg.Wait()
	staying, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	wg.Go(func() { d.stay(staying) })
	fresh := b.engine != nil // nobody else uses its directory: what was in hand there was in that of a dead process
	for pause := retryFirst; ctx.Err() == nil; pause = min(2*pause, retryMax) {
		consumer, err := b.backlogConsumer(ctx, id, fresh)
		if err == nil {
			fresh, pause = false, retryFirst
			err = b.workSession(ctx, consumer, d, atOnce, ready, fn)
		}
		if ctx.Err() == nil {
			b.log.DebugContext(ctx, "backlog: work on it begins again", slog.String("backlog", id), slog.Any("error", err))
			_ = sleep(ctx, pause) // ctx is looked at next
		}
	}
}

// backlogConsumer returns what all nodes together take parcels from. A fresh one has nothing in hand.
func (b *Bus) backlogConsumer(ctx context.Context, id string, fresh bool) (jetstream.Consumer, error) {
	ctx, cancel := context.WithTimeout(ctx, changeTimeout)
	defer cancel()
	if fresh {
		err := b.js.DeleteConsumer(ctx, backlogPrefix+id, backlogWorker)
		if err != nil && !errors.Is(err, jetstream.ErrConsumerNotFound) {
			return nil, err
		}
	}
	return b.js.CreateOrUpdateConsumer(ctx, backlogPrefix+id, jetstream.ConsumerConfig{
		Durable:       backlogWorker,
		AckPolicy:     jetstream.AckExplicitPolicy,
		AckWait:       holdFor,
		MaxDeliver:    -1,
		MaxAckPending: maxInHand,
	})
}

// workSession runs the workers until one of them cannot go on.
func (b *Bus) workSession(
	ctx context.Context, consumer jetstream.Consumer, d *desk, atOnce int, ready func(), fn func(*Parcel),
) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	for range atOnce {
		wg.Go(func() {
			for ctx.Err() == nil {
				ready()
				if err := d.next(ctx, consumer, fn); err != nil {
					cancel(err)
				}
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}

// next takes a parcel, if one comes, and has it worked on.
func (d *desk) next(ctx context.Context, consumer jetstream.Consumer, fn func(*Parcel)) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	wait, cancel := context.WithTimeout(ctx, pullExpiry)
	defer cancel()
	msg, err := consumer.Next(jetstream.FetchContext(wait), jetstream.FetchHeartbeat(pullHeartbeat))
	if errors.Is(err, nats.ErrTimeout) || errors.Is(err, jetstream.ErrNoMessages) || errors.Is(err, context.DeadlineExceeded) {
		return nil // nothing came
	}
	if err != nil {
		return err
	}
	p, err := d.take(msg)
	if p == nil {
		return err
	}
	fn(p)
	d.letGo(p)
	return nil
}

// take puts a delivery on the desk. It is nil for one that is there already, or was settled.
func (d *desk) take(msg jetstream.Msg) (*Parcel, error) {
	meta, err := msg.Metadata()
	if err != nil {
		return nil, fmt.Errorf("read a parcel: %w", err)
	}
	seq := meta.Sequence.Stream
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.settled[seq] {
		_ = msg.Ack()   // if that is lost too, it comes once more
		return nil, nil //nolint:nilnil // nothing to work on
	}
	if there := d.inHand[seq]; there != nil {
		there.msg = msg
		return nil, nil //nolint:nilnil // the same
	}
	p := &Parcel{
		Data: msg.Data(), Stored: meta.Timestamp, Deliveries: int(meta.NumDelivered),
		seq: seq, desk: d, msg: msg,
	}
	d.inHand[seq] = p
	return p, nil
}

// letGo forgets a parcel. One that its worker has said nothing of is given back.
func (d *desk) letGo(p *Parcel) {
	if d.remove(p) {
		_ = p.newest().Nak() // else it comes back when the server has not heard of it for long
	}
}

func (d *desk) remove(p *Parcel) (was bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	was = d.inHand[p.seq] == p
	delete(d.inHand, p.seq)
	return was
}

// stay tells the server of everything in hand, again and again, that it is still being worked on.
func (d *desk) stay(ctx context.Context) {
	tick := time.NewTicker(holdAgain)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		d.mu.Lock()
		for _, p := range d.inHand {
			_ = p.msg.InProgress() // without a connection there is nobody to tell
		}
		d.mu.Unlock()
	}
}

func (p *Parcel) newest() jetstream.Msg {
	p.desk.mu.Lock()
	defer p.desk.mu.Unlock()
	return p.msg
}

// Done removes the parcel from the backlog, and waits until the server confirms. Where it does not, the parcel is handed
// out again; this process then removes it without anybody working on it, another one may not know.
func (p *Parcel) Done(ctx context.Context) error {
	d := p.desk
	d.mu.Lock()
	d.settled[p.seq] = true
	d.mu.Unlock()
	d.remove(p)
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	if err := p.newest().DoubleAck(ctx); err != nil {
		return fmt.Errorf("remove a parcel: %w", err)
	}
	d.mu.Lock()
	delete(d.settled, p.seq)
	d.mu.Unlock()
	return nil
}

// Back puts the parcel back, for whoever is next.
func (p *Parcel) Back() { p.desk.letGo(p) }

// Later puts the parcel back, to be handed out again after a while.
func (p *Parcel) Later(after time.Duration) {
	if p.desk.remove(p) {
		_ = p.newest().NakWithDelay(after) // else it comes back sooner
	}
}
