package catalog

import (
	"context"
	stdsql "database/sql"
	"fmt"
	"slices"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/batch"
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
	return fn(ctx, s.changeIn(tx, p))
}

// OptionsOfBatches returns the moves that lead on from where batches are, which the asking person has read, by the
// batches' ids. The number of statements does not depend on the number of batches, and of their items.
func (s *Service) OptionsOfBatches(ctx context.Context, batches []*ent.Batch) (map[string][]*Option, error) {
	options := make(map[string][]*Option, len(batches))
	err := s.look(ctx, func(ctx context.Context, c *change) error {
		stages, err := c.newStages(ctx, batches)
		if err != nil {
			return err
		}
		for _, g := range stages {
			for _, m := range plan.Moves(string(g.batch.Review), plan.OfReview) {
				if err := g.offer(ctx, &step{move: m}, options, g.batch.ID); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return options, err
}

// OptionsOfItems returns the moves that lead on from where items are on each of their terminals, and from their own
// reviews, by the items' ids. The number of statements does not depend on the number of items, but for each batch that has
// something to put online it is tried what production would refuse.
func (s *Service) OptionsOfItems(ctx context.Context, items []*ent.BatchItem) (map[string][]*Option, error) {
	options := make(map[string][]*Option, len(items))
	asked := make(map[string]bool, len(items))
	var ids []string
	for _, it := range items {
		asked[it.ID] = true
		ids = append(ids, it.BatchID)
	}
	err := s.look(ctx, func(ctx context.Context, c *change) error {
		batches, err := c.Batch.Query().Where(isAmong(batch.FieldID, distinct(ids))).All(ctx)
		if err != nil {
			return fmt.Errorf("read batches: %w", err)
		}
		stages, err := c.newStages(ctx, batches)
		if err != nil {
			return err
		}
		for _, g := range stages {
			if err := g.offerItems(ctx, asked, options); err != nil {
				return err
			}
		}
		return nil
	})
	return options, err
}

// offerItems offers the moves of those items of a batch that are asked about.
func (g *stage) offerItems(ctx context.Context, asked map[string]bool, options map[string][]*Option) error {
	byID := make(map[string]*ent.BatchItem, len(g.items))
	for _, it := range g.items {
		byID[it.ID] = it
		if !asked[it.ID] || it.Review == "" {
			continue
		}
		for _, m := range plan.Moves(string(it.Review), plan.OfReview) {
			if !isOfItems(m) {
				continue
			}
			if err := g.offer(ctx, &step{move: m, item: it}, options, it.ID); err != nil {
				return err
			}
		}
	}
	for _, d := range g.deliveries {
		if !asked[d.ItemID] {
			continue
		}
		for _, m := range plan.Moves(string(d.State), plan.OfDelivery) {
			if err := g.offer(ctx, &step{move: m, item: byID[d.ItemID], delivery: d}, options, d.ItemID); err != nil {
				return err
			}
		}
	}
	return nil
}

// offer adds a move to the options of a batch or item, where the batch's type and the app's template have it, with what
// bars it.
func (g *stage) offer(ctx context.Context, s *step, options map[string][]*Option, of string) error {
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
	options[of] = append(options[of], o)
	return nil
}

// ConflictsOfItems returns what items and what was approved meanwhile both changed, by the items' ids. The number of
// statements does not depend on the number of items.
func (s *Service) ConflictsOfItems(ctx context.Context, items []*ent.BatchItem) (map[string][]diff.Conflict, error) {
	conflicts := map[string][]diff.Conflict{}
	err := s.look(ctx, func(ctx context.Context, c *change) error {
		for _, l := range []*line{eventLine, propertyLine, valueSetLine} {
			made, err := c.madeOf(ctx, l, items)
			if err != nil {
				return err
			}
			met, err := c.meetAll(ctx, l, drafts(made))
			if err != nil {
				return err
			}
			for item, r := range made {
				if m := met[r.id]; m != nil {
					conflicts[item] = m.conflicts
				}
			}
		}
		return nil
	})
	return conflicts, err
}
