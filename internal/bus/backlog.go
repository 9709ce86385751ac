package bus

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// A backlog is a queue beside the stream of groups, for what is handed on to somebody outside: each parcel goes to one of
// the nodes that work on it, and is gone once that one says so. Every backlog is a stream of its own, so that each has its
// own cap, its own figures, and can be removed without a trace of the others.
const (
	backlogPrefix  = "FORWARD_"
	backlogSubject = "forward."
	backlogWorker  = "worker"
	// holdFor is how long a parcel stays with a node that says nothing of it; holdAgain how often a node does. A node that
	// was killed keeps what it had in hand from the others for so long.
	holdFor   = 15 * time.Second
	holdAgain = holdFor / 5
	// maxInHand is how many parcels all nodes together may have in hand, those that were put off included.
	maxInHand = 1000
)

// BacklogInfo is what is in a backlog.
type BacklogInfo struct {
	ID             string
	Parcels, Bytes int64
	Oldest         time.Time // when the oldest parcel was stored; zero where there is none
}

// EnsureBacklog makes the backlog with that id, of letters, digits, - and _, and holds it to a cap in bytes. It may be
// there already. Errors: Unavailable bus_down; others are internal.
func (b *Bus) EnsureBacklog(ctx context.Context, id string, maxBytes int64) error {
	ctx, cancel := context.WithTimeout(ctx, changeTimeout)
	defer cancel()
	_, err := b.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name:        backlogPrefix + id,
		Description: "Waymark: payloads that wait to be passed on",
		Subjects:    []string{backlogSubject + id},
		Storage:     jetstream.FileStorage,
		Retention:   jetstream.WorkQueuePolicy,
		Discard:     jetstream.DiscardNew,
		MaxBytes:    maxBytes,
		Replicas:    b.replicas(),
	})
	if err != nil {
		return b.apiError("open a backlog", err)
	}
	return nil
}

// RemoveBacklog deletes a backlog with all that is in it and returns what that was; one that is not there is no error.
func (b *Bus) RemoveBacklog(ctx context.Context, id string) (BacklogInfo, error) {
	ctx, cancel := context.WithTimeout(ctx, changeTimeout)
	defer cancel()
	gone := BacklogInfo{ID: id}
	stream, err := b.js.Stream(ctx, backlogPrefix+id)
	if err == nil {
		if err = b.js.DeleteStream(ctx, backlogPrefix+id); err == nil { // else another node was faster, and counts what was in it
			gone = backlogInfo(stream.CachedInfo())
		}
	}
	if err != nil && !errors.Is(err, jetstream.ErrStreamNotFound) {
		return gone, b.apiError("remove a backlog", err)
	}
	return gone, nil
}

// Backlogs lists all backlogs.
func (b *Bus) Backlogs(ctx context.Context) ([]BacklogInfo, error) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	var list []BacklogInfo
	streams := b.js.ListStreams(ctx, jetstream.WithStreamListSubject(backlogSubject+"*"))
	for info := range streams.Info() {
		if strings.HasPrefix(info.Config.Name, backlogPrefix) {
			list = append(list, backlogInfo(info))
		}
	}
	if err := streams.Err(); err != nil {
		return nil, b.apiError("list backlogs", err)
	}
	return list, nil
}

func backlogInfo(info *jetstream.StreamInfo) BacklogInfo {
	out := BacklogInfo{
		ID:      strings.TrimPrefix(info.Config.Name, backlogPrefix),
		Parcels: int64(info.State.Msgs), Bytes: int64(info.State.Bytes),
	}
	if info.State.Msgs > 0 {
		out.Oldest = info.State.FirstTime
	}
	return out
}

// MaxParcel is the largest parcel in bytes that AddParcel takes now.
func (b *Bus) MaxParcel() int { return b.MaxRecord() }

// AddParcel makes a parcel durable in a backlog. Errors: Unavailable with reason bus_full (the backlog has reached its cap,
// or the disk is no more than twice as far from its end as where groups are refused: a backlog never costs them their
// place), bus_slow or bus_down (it may be stored nevertheless); NotFound bus_no_stream where there is no such backlog;
// InvalidInput record_too_large.
func (b *Bus) AddParcel(ctx context.Context, id string, data []byte) error {
	if limit := b.MaxParcel(); len(data) > limit {
		return errTooBig.With("bytes", len(data)).With("maximum", limit)
	}
	if b.engine != nil && b.engine.diskLow(2) {
		return errDiskLow
	}
	ctx, cancel := context.WithTimeout(ctx, b.opts.AckTimeout)
	defer cancel()
	_, err := b.js.Publish(ctx, backlogSubject+id, data, jetstream.WithRetryAttempts(0))
	if err == nil {
		return nil
	}
	api, refused := errors.AsType[*jetstream.APIError](err)
	switch {
	case refused:
		return ackFault(int(api.ErrorCode), api.Description)
	case errors.Is(err, jetstream.ErrNoStreamResponse):
		return errNoStream.Because(err)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return errSlow.Because(err)
	}
	return errDown.Because(fmt.Errorf("store a parcel: %w", err))
}
