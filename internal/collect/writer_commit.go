package collect

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/store"
)

// refusals is how often the database may refuse a group, for what is in it, before the group is left out.
const refusals = 3

// flush brings the batch in and begins the next one.
func (t *term) flush(ctx context.Context) error {
	b := t.batch
	if b.groups == 0 {
		return nil
	}
	began := time.Now()
	err := t.commit(ctx, &store.CaptureBatch{
		Owner: t.Owner, From: t.at, To: b.end(t.at), Samples: b.samples, Counters: b.counters, Minutes: b.minutes, Events: b.events,
		Runs: b.runs, Labels: b.fresh, NotKept: b.notKept,
	})
	if err != nil {
		return err
	}
	t.Metrics.committed(b, time.Since(began))
	for _, c := range b.all {
		t.unsettled.event(c)
	}
	t.batch = t.newBatch()
	if t.unsettled.cells >= t.pace.cells {
		err = t.settle(ctx)
	}
	if err == nil && t.at.Seq-t.trimmed >= t.pace.trimGroups {
		err = t.trim(ctx)
	}
	t.works()
	return err
}

// commit brings a batch in, however long the database is down. When it ends without error the batch is in the database,
// once; otherwise it is not, or not known to be, and the term is over.
func (t *term) commit(ctx context.Context, b *store.CaptureBatch) error {
	retry := backoff{first: t.pace.retryFirst, most: t.pace.retry}
	var told string
	for refused := 0; ; {
		err := t.try(ctx, b)
		switch {
		case err == nil:
			t.at = b.To
			t.progress.noteDone(b.To.Seq)
			if told != "" {
				t.Logger.InfoContext(ctx, "captured events are being written again")
			}
			return nil
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case errors.Is(err, store.ErrFenced):
			return err
		case isRefusal(err) && !isEmpty(b):
			if refused++; refused < refusals {
				break
			}
			if b.Properties != nil {
				return t.leaveOutFigures(ctx, b, err)
			}
			return t.quarantine(ctx, b, err)
		}
		told = t.tell(ctx, slog.LevelWarn, told, err)
		if err := retry.wait(ctx); err != nil {
			return err
		}
	}
}

// try is one transaction. Where its outcome is unknown, or another process was faster, the position tells: where it is the
// batch's end, everything up to there has been counted, by whomever.
func (t *term) try(ctx context.Context, b *store.CaptureBatch) error {
	call, cancel := context.WithTimeout(ctx, t.pace.call)
	err := t.Ledger.CommitCapture(call, b)
	cancel()
	if err == nil || ctx.Err() != nil {
		return err
	}
	now, lookErr := t.position(ctx)
	switch {
	case lookErr != nil:
		return fmt.Errorf("%w; and then: %w", err, lookErr)
	case samePlace(now, b.To) && !samePlace(b.From, b.To):
		return nil
	case !samePlace(now, b.From):
		return store.ErrFenced
	}
	return err
}

func samePlace(a, b store.CapturePosition) bool {
	return a.StreamID == b.StreamID && a.Seq == b.Seq && a.Figures == b.Figures
}

// isRefusal says whether the database refused what a batch holds, so that it will refuse it again.
func isRefusal(err error) bool {
	return fault.Is(err, fault.InvalidInput) || fault.Is(err, fault.Conflict) || fault.Is(err, fault.FailedPrecondition)
}

// isEmpty says whether a batch only moves the position: every event, and every repeat, counts in a minute.
func isEmpty(b *store.CaptureBatch) bool { return len(b.Minutes) == 0 && b.Properties == nil }

// quarantine deals with a batch that the database refuses for what is in it: one of several groups is brought in group by
// group; one group alone is left out, which is counted and logged.
func (t *term) quarantine(ctx context.Context, b *store.CaptureBatch, why error) error {
	if t.batch.groups > 1 {
		t.suspect = b.To.Seq
		return errAgain
	}
	t.Metrics.damaged.Inc()
	t.Logger.ErrorContext(ctx, "the database refuses captured events; they are left out", "group", b.To.Seq,
		"events", len(b.Samples), "error", why)
	if err := t.settle(ctx); err != nil {
		return err
	}
	skip := &store.CaptureBatch{Owner: b.Owner, From: t.at, To: b.To}
	skip.To.Lost++
	skip.To.Figures = skip.To.Seq // the next term would count it from the stream
	if err := t.commit(ctx, skip); err != nil {
		return err
	}
	return errAgain
}
