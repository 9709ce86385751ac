package bus

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	// pullGroups and pullBytes bound what one request to the server may return. pullBytes must exceed the largest
	// message, or the server would never send that one.
	pullGroups = 256
	pullBytes  = 2 * MaxRecordBytes
	// pullHeartbeat is how often an idle server has to show that the reader's consumer still exists.
	pullHeartbeat = 2 * time.Second
	pullExpiry    = 30 * time.Second
	// consumerIdle is after which time the server forgets a reader that does not ask.
	consumerIdle = 5 * time.Minute
	// retryFirst and retryMax bound the pause before a reader tries again.
	retryFirst = 20 * time.Millisecond
	retryMax   = 2 * time.Second
)

// Read hands the groups from sequence number from on to fn, one by one, each once and in order, as they are stored; it
// outlives broken connections. When groups are missing, the next one says how many in Gap. It ends with fn's error, with
// ctx's, with ErrStreamLost, or with an Unavailable fault when the bus is closed or EnsureStream was never called.
//
// fn may take its time: at most about pullBytes wait in memory meanwhile, the rest stays in the stream.
func (b *Bus) Read(ctx context.Context, from uint64, fn func(Group) error) error {
	return b.read(ctx, from, math.MaxUint64, fn)
}

// ReadTo is Read for what is in the stream already: it returns nil once the groups up to sequence number to, inclusive,
// or the last one that exists, were handed over.
func (b *Bus) ReadTo(ctx context.Context, from, to uint64, fn func(Group) error) error {
	return b.read(ctx, from, to, fn)
}

func (b *Bus) read(ctx context.Context, from, to uint64, fn func(Group) error) error {
	r := reader{bus: b, next: max(from, 1), to: to, fn: fn}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(b.ctx, func() { cancel(errClosed) })() //nolint:contextcheck // ctx ends it too
	for pause := retryFirst; r.next <= r.to; pause = min(2*pause, retryMax) {
		before := r.next
		err := r.session(ctx)
		if err == nil || r.final {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if r.next > before {
			pause = retryFirst
		}
		b.log.DebugContext(ctx, "event stream: a reader starts again", slog.Uint64("from", r.next), slog.Any("error", err))
		if err := sleep(ctx, pause); err != nil {
			return err
		}
	}
	return nil
}

// reader is one call of Read.
type reader struct {
	bus    *Bus
	next   uint64 // the sequence number that is due
	to     uint64
	fn     func(Group) error
	stream string // identity of the stream that the sequence numbers belong to
	final  bool   // the session's result is Read's

	scratch []byte // what the last group was unpacked into
}

// end marks err, or nil, as the result of Read.
func (r *reader) end(err error) error {
	r.final = true
	return err
}

// session reads through one consumer, until all is read (nil) or an error. Errors that are not final call for another
// session.
func (r *reader) session(ctx context.Context) error {
	era, id, err := r.bus.stream.wait(ctx)
	if err != nil {
		return r.end(err)
	}
	if r.stream = cmp.Or(r.stream, id); r.stream != id {
		return r.end(ErrStreamLost)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(era, func() { cancel(context.Cause(era)) })()
	err = r.consume(ctx, id)
	if cause := context.Cause(ctx); err != nil && !r.final && cause != nil {
		err = cause
	}
	if errors.Is(err, ErrStreamLost) {
		return r.end(err)
	}
	return err
}

// consume makes a consumer and reads through it.
func (r *reader) consume(ctx context.Context, id string) error {
	if err := r.check(ctx, id); err != nil {
		return err
	}
	consumer, err := r.consumer(ctx)
	if err != nil {
		return fmt.Errorf("create a consumer: %w", err)
	}
	defer r.forget(ctx, consumer)
	// Meanwhile the stream may have been replaced by another of its name: then the consumer is that one's.
	if err := r.check(ctx, id); err != nil {
		return err
	}
	if r.to != math.MaxUint64 && consumer.CachedInfo().NumPending == 0 {
		return r.end(nil)
	}
	return r.pull(ctx, consumer)
}

// check looks whether the stream is the one whose sequence numbers the reader counts, and reaches up to it: a consumer
// that starts behind the stream's end would wait, and skip what comes, in a stream that had fallen back.
func (r *reader) check(ctx context.Context, id string) error {
	info, err := r.bus.streamInfo(ctx)
	switch {
	case errors.Is(err, jetstream.ErrStreamNotFound), err == nil && info.Config.Metadata[streamIDKey] != id:
		r.bus.doubt()
		return errDisconnected
	case err != nil:
		return fmt.Errorf("look at the stream: %w", err)
	case info.State.LastSeq+1 < r.next:
		return r.end(fmt.Errorf("%w: it ends at %d, asked for is %d", ErrStreamLost, info.State.LastSeq, r.next))
	}
	return nil
}

func (r *reader) consumer(ctx context.Context) (jetstream.Consumer, error) {
	ctx, cancel := context.WithTimeout(ctx, changeTimeout)
	defer cancel()
	return r.bus.js.CreateConsumer(ctx, streamName, jetstream.ConsumerConfig{
		DeliverPolicy:     jetstream.DeliverByStartSequencePolicy,
		OptStartSeq:       r.next,
		AckPolicy:         jetstream.AckNonePolicy,
		MaxDeliver:        1,
		MemoryStorage:     true, // nothing of it is written, so reading never syncs
		Replicas:          1,
		InactiveThreshold: consumerIdle,
	})
}

// forget deletes the consumer; if that does not work the server does it after consumerIdle.
func (r *reader) forget(ctx context.Context, c jetstream.Consumer) {
	if !r.bus.conn.IsConnected() {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = r.bus.js.DeleteConsumer(ctx, streamName, c.CachedInfo().Name)
}

// pull takes messages from the consumer until the reader is done.
func (r *reader) pull(ctx context.Context, consumer jetstream.Consumer) error {
	messages, err := consumer.Messages(
		jetstream.PullMaxMessagesWithBytesLimit(pullGroups, pullBytes),
		jetstream.PullExpiry(pullExpiry), jetstream.PullHeartbeat(pullHeartbeat))
	if err != nil {
		return fmt.Errorf("pull: %w", err)
	}
	defer messages.Stop()
	wait := jetstream.NextContext(ctx)
	for delivered := uint64(1); ; delivered++ {
		msg, err := messages.Next(wait)
		if err != nil {
			return err
		}
		meta, err := msg.Metadata()
		if err != nil {
			return fmt.Errorf("read a message: %w", err)
		}
		if meta.Sequence.Consumer != delivered {
			return fmt.Errorf("a message was lost on the way: got delivery %d, expected %d", meta.Sequence.Consumer, delivered)
		}
		if done, err := r.take(meta, msg.Data()); done || err != nil {
			return err
		}
	}
}

// take hands one message to fn.
func (r *reader) take(meta *jetstream.MsgMetadata, data []byte) (done bool, err error) {
	seq := meta.Sequence.Stream
	if seq > r.to {
		return true, r.end(nil)
	}
	g := Group{Seq: seq, Gap: seq - r.next, Time: meta.Timestamp, Pending: meta.NumPending}
	r.scratch, g.Damaged = g.decode(data, r.scratch)
	r.bus.commit.saw(seq)
	r.bus.metrics.read(&g)
	if err := r.fn(g); err != nil {
		return true, r.end(err)
	}
	r.next = seq + 1
	if r.next > r.to || (r.to != math.MaxUint64 && g.Pending == 0) {
		return true, r.end(nil)
	}
	return false, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
