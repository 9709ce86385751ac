package catalog

import (
	"context"
	stdsql "database/sql"
	"fmt"
	"slices"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/diff"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/store"
)

// Option is a move that is possible from where a batch, or an item on a terminal, is; whether the asking person may make
// it is said by what bars it.
type Option struct {
	Move *plan.Move
	// Terminal is empty but for an item on a terminal.
	Terminal string
	// Bars lists the broken guard rules; those of severity ERROR bar the move.
	Bars []Bar
}

// Allowed reports whether nothing bars the move.
func (o *Option) Allowed() bool {
	return !slices.ContainsFunc(o.Bars, func(b Bar) bool { return b.Severity == plan.SeverityError })
}

// look runs fn on one unchanging state of the database, as a change that writes nothing.
func (s *Service) look(ctx context.Context, fn func(ctx context.Context, c *change) error) error {
	p, err := auth.From(ctx)
	if err != nil {
		return err
	}
	tx, err := s.read.BeginTx(ctx, &stdsql.TxOptions{Isolation: stdsql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return fmt.Errorf("look: %w", store.Fault(err))
	}
	defer func() { _ = tx.Rollback() }() // nothing was written
	return fn(ctx, &change{Tx: tx, s: s, who: p, by: p.UserID(), now: s.now(), touched: map[string]bool{}})
}

// OptionsOfBatch returns the moves that lead on from where a batch is, which the asking person has read.
func (s *Service) OptionsOfBatch(ctx context.Context, b *ent.Batch) (options []*Option, err error) {
	err = s.look(ctx, func(ctx context.Context, c *change) error {
		g, err := c.newStage(ctx, b)
		if err != nil {
			return err
		}
		for _, m := range plan.Moves(string(b.Review), plan.OfReview) {
			if err := g.offer(ctx, &step{move: m}, &options); err != nil {
				return err
			}
		}
		return nil
	})
	return options, err
}

// OptionsOfItem returns the moves that lead on from where an item is on each of its terminals, and from its own review.
func (s *Service) OptionsOfItem(ctx context.Context, it *ent.BatchItem) (options []*Option, err error) {
	err = s.look(ctx, func(ctx context.Context, c *change) error {
		b, err := c.Batch.Get(ctx, it.BatchID)
		if err != nil {
			return lost(err, "Batch", it.BatchID)
		}
		g, err := c.newStage(ctx, b)
		if err != nil {
			return err
		}
		if it.Review != "" {
			for _, m := range plan.Moves(string(it.Review), plan.OfReview) {
				if err := g.offer(ctx, &step{move: m, item: g.item(it.ID)}, &options); err != nil {
					return err
				}
			}
		}
		for _, d := range g.deliveries {
			if d.ItemID != it.ID {
				continue
			}
			for _, m := range plan.Moves(string(d.State), plan.OfDelivery) {
				if err := g.offer(ctx, &step{move: m, item: g.item(it.ID), delivery: d}, &options); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return options, err
}

// offer appends a move, where the batch's type and the app's template have it, with what bars it.
func (g *stage) offer(ctx context.Context, s *step, options *[]*Option) error {
	if !s.move.Exists(g.batch.Type, g.app.Template) {
		return nil
	}
	bars, err := g.judge(ctx, s, true)
	if err != nil {
		return err
	}
	o := &Option{Move: s.move, Bars: bars}
	if s.delivery != nil {
		o.Terminal = s.delivery.Terminal
	}
	*options = append(*options, o)
	return nil
}

// ConflictsOf returns what an item and what was approved meanwhile both changed.
func (s *Service) ConflictsOf(ctx context.Context, it *ent.BatchItem) (conflicts []diff.Conflict, err error) {
	err = s.look(ctx, func(ctx context.Context, c *change) error {
		l, id := lineOf(it)
		own, err := c.newestUnder(ctx, l, id, it.BatchID)
		if err != nil || own == nil || own.isApproved() {
			return err
		}
		m, err := c.meet(ctx, l, own)
		if err != nil {
			return err
		}
		conflicts = m.conflicts
		return nil
	})
	return conflicts, err
}
