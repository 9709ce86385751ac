package collect

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/waymarkhq/waymark/internal/bus"
	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/store"
)

// errAgain ends a term that has to begin anew from what is in the database now.
var errAgain = errors.New("the writer begins again")

// term is the time in which this process is the writer: from a position that it has read until something breaks.
type term struct {
	*Writer
	works   func()
	at      store.CapturePosition // what is in the database
	sieve   *sieve                // the reader's, once run has begun
	labels  *labels
	sampler *sampler
	batch   *batch
	// unsettled are the figures of what is in the database up to at, and not settled.
	unsettled *figures
	freed     chan struct{} // labels gave up their place in the database
	trimmed   uint64        // the position at which the stream was last cut off
	kept      uint64        // the oldest group that this left
}

// batch is what the next transaction brings.
type batch struct {
	*tally
	to            store.CapturePosition
	groups, bytes int
}

func (t *term) newBatch() *batch {
	t.sampler.begin()
	return &batch{tally: newTally(t.labels), to: t.at}
}

// end is the position to move to from one: figures may have been settled since the batch began.
func (b *batch) end(from store.CapturePosition) store.CapturePosition {
	to := b.to
	to.Figures = from.Figures
	return to
}

// begin prepares a term: what was lost is counted, what has to be known is read.
func (w *Writer) begin(ctx context.Context, known store.CapturePosition, info bus.StreamInfo, works func()) (*term, error) {
	t := &term{Writer: w, works: works, at: known, freed: make(chan struct{}, 1)}
	t.sampler = newSampler(w.Sampling, t.inHour)
	t.sieve = newSieve(w.Window, t.damaged)
	if err := t.adopt(ctx, info); err != nil {
		return nil, err
	}
	if err := t.learnLabels(ctx); err != nil {
		return nil, err
	}
	if err := t.sieve.recall(ctx, w.Stream, t.at.Seq+1, w.Now()); err != nil {
		return nil, fmt.Errorf("learn the newest event ids: %w", err)
	}
	return t, t.recount(ctx)
}

// learnLabels reads the labels that there are, and begins to count on top of them.
func (t *term) learnLabels(ctx context.Context) error {
	found, err := t.Ledger.CaptureLabels(ctx)
	if err != nil {
		return fmt.Errorf("read the labels: %w", err)
	}
	t.labels = newLabels(found)
	t.batch, t.unsettled = t.newBatch(), newFigures(t.labels, t.Planned)
	return nil
}

// relabel takes note of labels that gave up their place.
func (t *term) relabel(ctx context.Context) error {
	if err := t.flush(ctx); err != nil {
		return err
	}
	if err := t.settle(ctx); err != nil {
		return err
	}
	return t.learnLabels(ctx)
}

// adopt moves the position to where the stream can be read, and counts what is missing there, before anything else.
func (t *term) adopt(ctx context.Context, info bus.StreamInfo) error {
	to := t.at
	to.StreamID, to.Seq = info.ID, info.Resume-1
	if info.Gap || to.StreamID != t.at.StreamID {
		to.Figures = to.Seq // what they lack cannot be read any more
	}
	if info.Gap {
		to.Gaps++
		to.Lost += int64(info.GapGroups)
		t.lost(ctx, t.at.Seq+1, info.GapGroups)
	}
	if to == t.at {
		return nil
	}
	return t.commit(ctx, &store.CaptureBatch{Owner: t.Owner, From: t.at, To: to})
}

// lost tells that groups will never be in the database; how many is not known (0) where the stream is another one.
func (t *term) lost(ctx context.Context, from, groups uint64) {
	t.Metrics.gaps.Inc()
	t.Metrics.lost.Add(float64(groups))
	if groups == 0 {
		t.Logger.WarnContext(ctx, "the stream is another one than before: what it still held is not in the database", "from", from)
		return
	}
	t.Logger.ErrorContext(ctx, "captured events are lost: the stream does not hold them any more", "from", from, "groups", groups)
}

func (t *term) damaged(seq uint64, err error) {
	t.Metrics.damaged.Inc()
	t.Logger.Error("a part of the stream cannot be read and is left out", "group", seq, "error", err)
}

// parcel is a group on its way from the reader, taken apart.
type parcel struct {
	seq, gap uint64
	bytes    int
	broken   bool
	events   []capture.Captured
	repeats  []store.MinuteKey
}

// run writes until something breaks.
func (t *term) run(ctx context.Context) error {
	working, stop := context.WithCancel(ctx)
	var sweeping sync.WaitGroup
	sweeping.Go(func() {
		t.sweepUntil(working, func() {
			select {
			case t.freed <- struct{}{}:
			default:
			}
		})
	})
	defer sweeping.Wait()
	defer stop()
	parcels, ended := make(chan *parcel), make(chan error, 1)
	from := t.at.Seq + 1
	go func() {
		ended <- t.Stream.Read(working, from, func(g bus.Group) error { return t.hand(working, &g, parcels) })
		close(parcels)
	}()
	err := t.write(ctx, parcels)
	stop()
	for range parcels { // until the reader has ended
		continue
	}
	if err == nil {
		err = t.finish(ctx, <-ended)
	}
	return err
}

// finish brings in what is left after the reader has ended.
func (t *term) finish(ctx context.Context, ended error) error {
	if err := t.flush(ctx); err != nil {
		return err
	}
	if err := t.settle(ctx); err != nil {
		return err
	}
	if errors.Is(ended, bus.ErrStreamLost) {
		return errAgain
	}
	return fmt.Errorf("read the event stream: %w", ended)
}

// hand takes a group apart and hands it on.
func (t *term) hand(ctx context.Context, g *bus.Group, to chan<- *parcel) error {
	p := &parcel{seq: g.Seq, gap: g.Gap, events: make([]capture.Captured, 0, g.Events), broken: g.Damaged != nil}
	for _, record := range g.Records() {
		p.bytes += len(record)
	}
	t.sieve.sift(g, nil, func(c *capture.Captured, repeat bool) {
		if repeat {
			p.repeats = append(p.repeats, minuteOf(c))
		} else {
			p.events = append(p.events, *c)
		}
	})
	t.progress.noteRead(g.Seq, g.Pending, g.Time)
	select {
	case to <- p:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// write makes batches of parcels until there are no more. The first batch after a pause goes at once, the next ones follow
// at the writer's pace or when they are full.
func (t *term) write(ctx context.Context, parcels <-chan *parcel) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	renew, trim := time.NewTicker(t.pace.lease/3), time.NewTicker(t.pace.trim)
	settle := time.NewTicker(t.pace.settle)
	defer settle.Stop()
	defer renew.Stop()
	defer trim.Stop()
	for {
		var due <-chan time.Time
		if t.batch.groups > 0 {
			due = timer.C
		}
		var err error
		select {
		case p, open := <-parcels:
			if !open {
				return nil
			}
			if err := t.add(ctx, p); err != nil {
				return err
			}
			if !t.full() {
				continue
			}
			err = t.flush(ctx)
			timer.Reset(t.pace.batch)
		case <-due:
			err = t.flush(ctx)
			timer.Reset(t.pace.batch)
		case <-renew.C:
			err = t.renew(ctx)
		case <-settle.C:
			err = t.settle(ctx)
		case <-t.freed:
			err = t.relabel(ctx)
		case <-trim.C:
			err = t.trim(ctx)
		}
		if err != nil {
			return err
		}
	}
}

// full says whether the batch has to go now.
func (t *term) full() bool {
	return len(t.batch.all) >= t.pace.batchEvents || t.batch.bytes >= t.pace.batchBytes || t.batch.to.Seq <= t.suspect
}

func (t *term) add(ctx context.Context, p *parcel) error {
	b := t.batch
	if p.gap > 0 {
		t.lost(ctx, b.to.Seq+1, p.gap)
		b.to.Gaps++
		b.to.Lost += int64(p.gap)
	}
	if p.broken {
		b.to.Lost++
	}
	b.to.Seq = p.seq
	b.groups++
	b.bytes += p.bytes
	for i := range p.events {
		keep, err := t.sampler.keep(ctx, &p.events[i], b.tally)
		if err != nil {
			return fmt.Errorf("look what is kept: %w", err)
		}
		b.event(&p.events[i], keep)
	}
	for _, at := range p.repeats {
		b.repeat(at)
	}
	return nil
}

// inHour reads what was counted of an environment in an hour, up to the term's position. Where another writer was faster, that
// is not to be had.
func (t *term) inHour(ctx context.Context, environmentID string, hour int64) (store.HourCounts, error) {
	call, cancel := context.WithTimeout(ctx, t.pace.call)
	defer cancel()
	counts, err := t.Ledger.CapturedInHour(call, environmentID, hour)
	if err != nil {
		return counts, err
	}
	now, err := t.position(ctx) // read afterwards: it only moves on, and the counts with it
	if err == nil && !samePlace(now, t.at) {
		err = store.ErrFenced
	}
	return counts, err
}

// renew keeps the lease. When the database cannot be asked there is nobody who could take it either.
func (t *term) renew(ctx context.Context) error {
	held, err := t.lease(ctx)
	if err == nil && !held {
		return errStandBy
	}
	return nil
}

// trim cuts the stream off behind the database, its figures settled, but for the window that whoever starts at the position has
// to know. That window moves on with the clock where nothing comes: a stream that is full gets room again without it.
func (t *term) trim(ctx context.Context) error {
	if t.kept >= t.at.Seq { // the newest group always stays
		return nil
	}
	if err := t.settle(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, t.pace.trimCall)
	defer cancel()
	t.trimmed = t.at.Seq // also when it fails: the next try is as good
	start, err := since(ctx, t.Stream, t.Window, t.at.Seq+1, t.Now())
	var before uint64
	if err == nil {
		before, err = t.Stream.FirstSeqSince(ctx, start)
	}
	if err == nil {
		t.kept, err = t.Stream.Trim(ctx, min(before, t.at.Seq))
	}
	if err != nil {
		t.Logger.DebugContext(ctx, "trim the event stream", "error", err)
	}
	return nil
}
