package bus

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Trim deletes groups with sequence numbers below before, but nothing of the newest Options.Window and never the newest
// group, from which a server that restarts knows its sequence number. It returns the oldest number that was kept.
//
// It costs two small requests, and if there is something to delete some milliseconds in which the server rewrites a block
// and stores nothing: call it every few seconds at most, not with every group.
func (b *Bus) Trim(ctx context.Context, before uint64) (kept uint64, err error) {
	info, err := b.streamInfo(ctx)
	if err != nil {
		return 0, b.apiError("look at the event stream", err)
	}
	first, last := info.State.FirstSeq, info.State.LastSeq
	window, err := b.FirstSeqSince(ctx, b.now().Add(-b.opts.Window))
	if err != nil {
		return 0, err
	}
	before = min(before, window, last)
	if before <= first {
		return first, nil
	}
	if err := b.purge(ctx, before); err != nil {
		return 0, b.apiError("trim the event stream", err)
	}
	b.commit.forgetRefusal()
	return before, nil
}

// FirstSeqSince returns the sequence number of the first group that the server stored at t or later, or the next number
// to be given if there is none. It trusts the server's clock not to have gone back.
func (b *Bus) FirstSeqSince(ctx context.Context, t time.Time) (uint64, error) {
	info, err := b.streamInfo(ctx)
	if err != nil {
		return 0, b.apiError("look at the event stream", err)
	}
	state := info.State
	if state.Msgs == 0 || state.LastTime.Before(t) {
		return state.LastSeq + 1, nil
	}
	if !state.FirstTime.Before(t) {
		return state.FirstSeq, nil
	}
	return b.seqAtTime(ctx, t, state.LastSeq+1)
}

// seqAtTime asks the server for the first group stored at t or later; none is the answer if there is none any more.
func (b *Bus) seqAtTime(ctx context.Context, t time.Time, none uint64) (uint64, error) {
	request, err := json.Marshal(map[string]any{"start_time": t.UTC(), "next_by_subj": streamSubject})
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	msg, err := b.conn.RequestWithContext(ctx, "$JS.API.DIRECT.GET."+streamName, request)
	if err != nil {
		return 0, b.apiError("find the first group since a time", err)
	}
	if msg.Header.Get(headerStatus) == statusNotFound {
		return none, nil
	}
	seq, err := strconv.ParseUint(msg.Header.Get(jetstream.SequenceHeader), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("find the first group since a time: the server answered %q", msg.Header.Get("Description"))
	}
	return seq, nil
}
