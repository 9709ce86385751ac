package subscription

import "context"

// Source is what a subscription resolver hands to Offer: a channel of items, and what this package must know about them
// to keep slow viewers from being cheated.
//
// It is a stream of events, of which a slow viewer loses some, or with Loss nil a stream of snapshots: each makes the
// older ones worthless, so that a slow viewer only gets the newest, and a viewer who joins a shared execution gets the
// last one at once.
type Source[T any] struct {
	// Items is the stream; closing it completes the subscription.
	Items <-chan T
	// Weight is the number of events that are lost with the item: those it carries and those it itself says were lost.
	// Needed with Loss.
	Weight func(T) int
	// Loss makes the item that carries no event and says that n were lost.
	Loss func(n int) T
}

// Offer returns the channel that a subscription resolver returns to gqlgen for src. ctx is the resolver's. Items are
// passed on one at a time, each when the execution is ready for it, so src.Items is where waiting items pile up: bound it
// there. Outside of this package's transports it returns src.Items itself.
func Offer[T any](ctx context.Context, src Source[T]) <-chan T {
	x, ok := ctx.Value(executionKey{}).(*execution)
	if !ok || x.feed != nil {
		return src.Items
	}
	f := &typedFeed[T]{Source: src, out: make(chan T, 1)}
	x.feed = f
	return f.out
}

type executionKey struct{}

// turn says what the pump has to do next.
type turn uint8

const (
	turnItem  turn = iota // an item is in the resolver's channel
	turnLoss              // a viewer asked for its loss page
	turnEnded             // the source is closed; said once
	turnOver              // the execution's context ended
)

// feed is the untyped face of a Source. gqlgen's response handler takes exactly one item from the resolver's channel per
// call, and the pump is the only one that puts items in, so it knows which response belongs to which item.
type feed interface {
	// pull waits for the next turn; on turnItem it returns the item's weight.
	pull(ctx context.Context, loss <-chan struct{}) (t turn, weight int)
	// putLoss puts the loss item for n events into the resolver's channel.
	putLoss(n int)
	// snapshots is true when items replace each other.
	snapshots() bool
}

type typedFeed[T any] struct {
	Source[T]
	out chan T // holds the one item that the next response is made of
}

func (f *typedFeed[T]) snapshots() bool { return f.Loss == nil }

func (f *typedFeed[T]) putLoss(n int) { f.put(f.Loss(n)) }

// put makes item the one that the next response is made of, also when an interceptor answered the last response without
// taking its item.
func (f *typedFeed[T]) put(item T) {
	select {
	case <-f.out:
	default:
	}
	f.out <- item
}

func (f *typedFeed[T]) pull(ctx context.Context, loss <-chan struct{}) (turn, int) {
	select {
	case <-ctx.Done():
		return turnOver, 0
	case <-loss:
		return turnLoss, 0
	case item, ok := <-f.Items:
		if !ok {
			f.Items = nil
			return turnEnded, 0
		}
		f.put(item)
		if f.Loss == nil {
			return turnItem, 0
		}
		return turnItem, f.Weight(item)
	}
}
