package collect

import (
	"context"
	"fmt"

	"github.com/waymarkhq/waymark/internal/bus"
	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/store"
)

// settle brings the figures of properties in, up to what the database has of the rest. What is not settled when the term
// ends is counted again from the stream, which is never trimmed before.
func (t *term) settle(ctx context.Context) error {
	if t.at.Figures == t.at.Seq {
		return nil
	}
	b := &store.CaptureBatch{Owner: t.Owner, From: t.at, To: t.at}
	b.To.Figures = t.at.Seq
	t.unsettled.into(b)
	if err := t.commit(ctx, b); err != nil {
		return err
	}
	t.unsettled = newFigures(t.labels, t.Planned)
	return nil
}

// leaveOutFigures moves on without figures that the database refuses, which is counted and logged.
func (t *term) leaveOutFigures(ctx context.Context, b *store.CaptureBatch, why error) error {
	t.Metrics.damaged.Inc()
	t.Logger.ErrorContext(ctx, "the database refuses figures of properties; they are left out", "from", b.From.Figures+1,
		"to", b.To.Figures, "figures", len(b.Properties), "error", why)
	return t.commit(ctx, &store.CaptureBatch{Owner: b.Owner, From: b.From, To: b.To})
}

// recount counts the figures of what an earlier term brought in and did not settle.
func (t *term) recount(ctx context.Context) error {
	if t.at.Figures >= t.at.Seq {
		return nil
	}
	sieve := newSieve(t.Window, func(uint64, error) {}) // what is damaged was counted before
	if err := sieve.recall(ctx, t.Stream, t.at.Figures+1, t.Now()); err != nil {
		return fmt.Errorf("learn the event ids before group %d: %w", t.at.Figures+1, err)
	}
	err := t.Stream.ReadTo(ctx, t.at.Figures+1, t.at.Seq, func(g bus.Group) error {
		sieve.sift(&g, nil, func(c *capture.Captured, repeat bool) {
			if !repeat {
				t.unsettled.event(c)
			}
		})
		return nil
	})
	if err != nil {
		return fmt.Errorf("read what has no figures yet, from group %d on: %w", t.at.Figures+1, err)
	}
	return nil
}
