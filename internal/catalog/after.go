package catalog

import (
	"context"
	"fmt"
	"slices"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/batchitem"
	"github.com/waymarkhq/waymark/internal/diff"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// takesEffectAtOnce reports whether what an approved batch makes of a definition needs no review: where the rules about
// changes say so of each difference (see package diff).
func (c *change) takesEffectAtOnce(ctx context.Context, l *line, before, after *revision) (bool, error) {
	z := c.newFreezer()
	if err := z.loadTexts(ctx, l, before.definition, after.definition); err != nil {
		return false, err
	}
	changes, err := z.differ(l, before.ownerID, before.definition, after.definition)
	return diff.AtOnce(changes), err
}

// changedAfterApproval follows up an edit under a batch that is approved: light changes take effect at once, wherever the
// item has been published; others send the item back to review.
func (c *change) changedAfterApproval(ctx context.Context, d *draft, r *revision) error {
	if d.batch == nil || d.batch.Review != plan.BatchApproved {
		return nil
	}
	g, err := c.newStage(ctx, d.batch)
	if err != nil {
		return err
	}
	g.in.Note = "changed after approval"
	i := slices.IndexFunc(g.items, func(it *ent.BatchItem) bool {
		l, id := lineOf(it)
		return l == d.line && id == r.ownerID
	})
	if i < 0 {
		return fmt.Errorf("%s has no item about %s", d.batch.Number, r.ownerID)
	}
	at := g.items[i]
	atOnce, err := g.needsNoReview(ctx, d, r, at)
	if err != nil {
		return fmt.Errorf("judge the change: %w", err)
	}
	if !atOnce {
		if err := g.refuseOnline(at); err != nil {
			return err
		}
		err := c.BatchItem.Update().Where(batchitem.ID(at.ID)).SetReview(plan.BatchInReview).Exec(ctx)
		if err != nil {
			return fmt.Errorf("send the item to review: %w", err)
		}
		return nil
	}
	return g.takeEffect(ctx, at)
}

// followed returns the row of what was edited, once an edit was followed up (see changedAfterApproval), which may have
// written it again.
func followed[T any](
	ctx context.Context, c *change, d *draft, r *revision, row *T, get func(ctx context.Context, id string) (*T, error),
) (*T, error) {
	if err := c.changedAfterApproval(ctx, d, r); err != nil {
		return nil, err
	}
	if d.batch == nil || d.batch.Review != plan.BatchApproved {
		return row, nil
	}
	row, err := get(ctx, r.ownerID)
	if err != nil {
		return nil, fmt.Errorf("read what became of the edit: %w", err)
	}
	return row, nil
}

// needsNoReview reports whether a change of an item takes effect at once: where the rules about changes say so, no rule about
// what batches say bars it, and it brings nothing along that no review has approved.
func (g *stage) needsNoReview(ctx context.Context, d *draft, r *revision, it *ent.BatchItem) (bool, error) {
	if it.Review != "" || !d.basis.isApproved() {
		return false, nil
	}
	if light, err := g.c.takesEffectAtOnce(ctx, d.line, d.basis, r); err != nil || !light {
		return false, err
	}
	if d.line == eventLine {
		if fresh, err := g.c.bringsUnapproved(ctx, d.basis, r); err != nil || fresh {
			return false, err
		}
	}
	if err := g.facts.judgeContents(ctx); err != nil {
		return false, err
	}
	return !slices.ContainsFunc(g.contents, func(b Bar) bool {
		return b.ItemID == it.ID && b.Severity == plan.SeverityError
	}), nil
}

// bringsUnapproved reports whether an event has got a property that a batch brings and no review has approved.
func (c *change) bringsUnapproved(ctx context.Context, before, after *revision) (bool, error) {
	was, err := eventDocumentOf(before)
	if err != nil {
		return false, err
	}
	is, err := eventDocumentOf(after)
	if err != nil {
		return false, err
	}
	for i := range is.Properties {
		id := is.Properties[i].PropertyID
		if slices.ContainsFunc(was.Properties, func(u propertyOfEvent) bool { return u.PropertyID == id }) {
			continue
		}
		headID, err := c.headOf(ctx, propertyLine, id)
		if err != nil {
			return false, err
		}
		head, err := propertyLine.read(ctx, c, headID)
		if err != nil || !head.isApproved() && head.batchID != "" {
			return err == nil, err
		}
	}
	return false, nil
}

// refuseOnline refuses a change that needs a review of what production goes by already.
func (g *stage) refuseOnline(it *ent.BatchItem) error {
	for _, d := range g.deliveries {
		if d.ItemID == it.ID && d.State == plan.DeliveryOnline {
			return fault.New(fault.FailedPrecondition, "item_online",
				"it is online on "+d.Terminal+": what needs a review is another batch's").
				With("batch", g.batch.Number).With("terminal", d.Terminal)
		}
	}
	return nil
}

// takeEffect approves a light change of an item, and publishes it wherever the item is in force.
func (g *stage) takeEffect(ctx context.Context, it *ent.BatchItem) error {
	if err := g.c.approve(ctx, g.batch, []*ent.BatchItem{it}, plan.CauseLight); err != nil {
		return err
	}
	for _, key := range []string{plan.EnvironmentTest, plan.EnvironmentProduction} {
		var steps []step
		for _, d := range g.deliveries {
			if d.ItemID == it.ID && hasReached(d, key) {
				steps = append(steps, step{item: it, delivery: d})
			}
		}
		if _, err := g.renew(ctx, key, terminalsOf(steps)); err != nil {
			return err
		}
	}
	err := g.log(ctx, &step{item: it}, string(plan.BatchApproved), string(plan.BatchApproved), "", &Transitioned{})
	if err != nil {
		return err
	}
	// What the batch takes up only now has a way to go.
	if err := g.openItems(ctx, []*ent.BatchItem{it}, plan.DeliveryInDevelopment); err != nil {
		return err
	}
	return g.setState(ctx)
}

// hasReached reports whether a delivery was put into an environment: by a release, or by a move that had none to make because
// what the item says was there already.
func hasReached(d *ent.ItemDelivery, environmentKey string) bool {
	if environmentKey == plan.EnvironmentProduction {
		return d.ProductionReleaseID != "" || d.State == plan.DeliveryOnline
	}
	return d.TestReleaseID != "" ||
		slices.Contains([]plan.DeliveryState{plan.DeliveryInTesting, plan.DeliveryAccepted, plan.DeliveryOnline}, d.State)
}
