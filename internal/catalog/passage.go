package catalog

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/batchitem"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// Passage is items on their way into an environment by a publication of its own, and not by a move: it moves them all the
// same.
type Passage struct {
	// Environment is its key. Only test and production are stations of a delivery; others are passed at will.
	Environment string
	// Items are ids, Terminals the keys of those that they are published on; none means all.
	Items, Terminals []string
	FromVersion      *string
	FromVersions     map[string]string
	Reason           string
}

// Admit returns what bars a passage: the rules of the moves that it makes. It works in the transaction of the publication.
func (s *Service) Admit(ctx context.Context, tx *ent.Tx, p *Passage) (refusals []*fault.Error, err error) {
	err = s.eachPassing(ctx, tx, p, func(ctx context.Context, g *stage) error {
		steps, bars := g.passing(p)
		if g.batch.Review != plan.BatchApproved { // of what it took over from another batch nothing is delivered yet
			bars = append(bars, *g.noWayForAll(string(stations[p.Environment])))
		}
		for i := range steps {
			found, err := g.judge(ctx, &steps[i], false)
			if err != nil {
				return err
			}
			bars = append(bars, found...)
		}
		if refusal := barred(bars); refusal != nil {
			refusals = append(refusals, refusal)
		}
		return nil
	})
	return refusals, err
}

// Published moves what a passage has brought into its environment by a release. It works in the transaction of the
// publication.
func (s *Service) Published(ctx context.Context, tx *ent.Tx, p *Passage, releaseID string) error {
	return s.eachPassing(ctx, tx, p, func(ctx context.Context, g *stage) error {
		out := &Transitioned{}
		if err := g.released(ctx, g.concerned(p), p.Environment, releaseID, out); err != nil {
			return err
		}
		steps, _ := g.passing(p)
		if err := g.deliverAll(ctx, steps, releaseID, out); err != nil {
			return err
		}
		if p.Environment == plan.EnvironmentProduction {
			if err := g.noteStarts(ctx); err != nil {
				return err
			}
		}
		return g.setState(ctx)
	})
}

// eachPassing calls fn with each batch that a passage is of, where it passes a station.
func (s *Service) eachPassing(ctx context.Context, tx *ent.Tx, p *Passage, fn func(ctx context.Context, g *stage) error) error {
	if _, ok := stations[p.Environment]; !ok {
		return nil
	}
	return s.eachStage(ctx, tx, p.Items, func(ctx context.Context, g *stage) error {
		g.in = TransitionInput{Batch: g.batch.Number, Note: p.Reason, FromVersion: p.FromVersion}
		for terminal, v := range p.FromVersions {
			g.in.FromVersions = append(g.in.FromVersions, TargetVersionInput{Terminal: terminal, Version: v})
		}
		return fn(ctx, g)
	})
}

// eachStage calls fn with each batch that items are of, in a transaction of somebody else.
func (s *Service) eachStage(ctx context.Context, tx *ent.Tx, items []string, fn func(ctx context.Context, g *stage) error) error {
	who, err := auth.From(ctx)
	if err != nil {
		return err
	}
	c := s.changeIn(tx, who)
	batches := map[string]bool{}
	for chunk := range slices.Chunk(items, bulk) {
		rows, err := c.BatchItem.Query().Where(batchitem.IDIn(chunk...)).All(ctx)
		if err != nil {
			return fmt.Errorf("read items: %w", err)
		}
		for _, it := range rows {
			batches[it.BatchID] = true
		}
	}
	for _, id := range slices.Sorted(maps.Keys(batches)) {
		b, err := c.Batch.Get(ctx, id)
		if err != nil {
			return lost(err, "Batch", id)
		}
		g, err := c.newStage(ctx, b)
		if err != nil {
			return err
		}
		if err := fn(ctx, g); err != nil {
			return err
		}
	}
	return nil
}

// stations are the states that items are in with what an environment got, by its key.
var stations = map[string]plan.DeliveryState{
	plan.EnvironmentTest: plan.DeliveryInTesting, plan.EnvironmentProduction: plan.DeliveryOnline,
}

// concerned are the deliveries that a passage is about, as steps without a move.
func (g *stage) concerned(p *Passage) (steps []step) {
	for _, d := range g.deliveries {
		if slices.Contains(p.Items, d.ItemID) && (len(p.Terminals) == 0 || slices.Contains(p.Terminals, d.Terminal)) {
			steps = append(steps, step{item: g.item(d.ItemID), delivery: d})
		}
	}
	return steps
}

// passing are the moves that a passage makes. Items that have come as far already only hold anew, and those that were dropped
// on a terminal are left out there; bars tell of those that have no way there.
func (g *stage) passing(p *Passage) (steps []step, bars []Bar) {
	to := stations[p.Environment]
	for _, s := range g.concerned(p) {
		dropped := s.delivery.State == plan.DeliveryDropped
		if dropped && len(p.Terminals) == 0 || !dropped && (s.delivery.State == to || s.delivery.State.IsPast(to)) {
			continue
		}
		if s.move = g.find(plan.OfDelivery, string(s.delivery.State), string(to)); s.move == nil {
			bars = append(bars, *g.noWay(&s, to))
			continue
		}
		steps = append(steps, s)
	}
	return steps, bars
}
