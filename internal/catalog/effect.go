package catalog

import (
	"context"
	"fmt"
	"slices"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/itemdelivery"
	"github.com/waymarkhq/waymark/internal/plan"
)

// makeReview moves the review of the batch, or of the items that are in review alone.
func (g *stage) makeReview(ctx context.Context, steps []step, out *Transitioned) error {
	for i := range steps {
		s := &steps[i]
		var err error
		if s.item != nil {
			err = g.reviewItem(ctx, s, out)
		} else {
			err = g.reviewBatch(ctx, s, out)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (g *stage) reviewBatch(ctx context.Context, s *step, out *Transitioned) error {
	m, from := s.move, g.batch.Review
	review := plan.BatchState(m.To)
	if m.Has(plan.EffectApprove) {
		review = plan.BatchApproved
		if err := g.c.approve(ctx, g.batch, g.open(), plan.CauseEvent); err != nil {
			return err
		}
		g.batch.ApprovedAt, g.batch.ApprovedByID = &g.c.now, g.c.by
	}
	if review == plan.BatchInReview {
		g.batch.SubmittedByID = g.c.by
	}
	if m.Has(plan.EffectOweReview) {
		g.oweReview()
	}
	if m.Has(plan.EffectSettleReview) {
		g.batch.ReviewDueAt, g.batch.ApprovedByID = nil, g.c.by
	}
	g.batch.Review = review
	if m.Has(plan.EffectOpenItems) {
		if err := g.openItems(ctx, g.open(), openedAs(m)); err != nil {
			return err
		}
	}
	if m.Has(plan.EffectTakeBack) {
		if err := g.takeBack(ctx, g.open(), out); err != nil {
			return err
		}
	}
	if review == plan.BatchCancelled {
		g.c.touch(g.app.ID) // what it drafted is not accepted any more
	}
	if m.Has(plan.EffectCloseItems) {
		if err := g.closeItems(ctx); err != nil {
			return err
		}
	}
	release, err := g.publishOpened(ctx, m, out)
	if err != nil {
		return err
	}
	if m.Has(plan.EffectPublishProduction) {
		if err := g.noteStarts(ctx); err != nil {
			return err
		}
	}
	return g.log(ctx, s, string(from), m.To, release, out)
}

// oweReview notes that a review of the batch has to follow.
func (g *stage) oweReview() {
	due := workingDaysAfter(g.c.now, plan.ReviewOwedDays)
	g.batch.ReviewDueAt, g.batch.ApprovedByID = &due, ""
}

// openedAs is the state that deliveries begin in by a move.
func openedAs(m *plan.Move) plan.DeliveryState {
	if m.To == string(plan.BatchOnline) {
		return plan.DeliveryOnline
	}
	return plan.DeliveryInDevelopment
}

// openItems begins the delivery of items on each of their terminals, where it has not begun.
func (g *stage) openItems(ctx context.Context, items []*ent.BatchItem, state plan.DeliveryState) error {
	terminals, err := g.c.terminalsOf(ctx, g.app.ID)
	if err != nil {
		return err
	}
	planned, err := g.c.concernedOn(ctx, items)
	if err != nil {
		return err
	}
	var rows []*ent.ItemDeliveryCreate
	for _, it := range items {
		on := planned[it.ID]
		for _, t := range terminals {
			there := slices.ContainsFunc(g.deliveries, func(d *ent.ItemDelivery) bool { return d.ItemID == it.ID && d.Terminal == t.Key })
			if there || len(on) > 0 && !slices.Contains(on, t.Key) {
				continue
			}
			rows = append(rows, g.c.ItemDelivery.Create().SetItemID(it.ID).SetBatchID(g.batch.ID).SetTerminal(t.Key).SetState(state).
				SetStateSince(g.c.now).SetCreatedAt(g.c.now).SetUpdatedAt(g.c.now).SetCreatedByID(g.c.by).SetUpdatedByID(g.c.by))
		}
	}
	for chunk := range slices.Chunk(rows, bulk) {
		made, err := g.c.ItemDelivery.CreateBulk(chunk...).Save(ctx)
		if err != nil {
			return fmt.Errorf("open items: %w", err)
		}
		g.deliveries = append(g.deliveries, made...)
	}
	return nil
}

// publishOpened publishes what a move of the review puts online at once.
func (g *stage) publishOpened(ctx context.Context, m *plan.Move, out *Transitioned) (last string, err error) {
	var steps []step
	for _, d := range g.deliveries {
		steps = append(steps, step{move: m, item: g.item(d.ItemID), delivery: d})
	}
	for _, to := range []struct {
		effect plan.Effect
		key    string
	}{{plan.EffectPublishTest, plan.EnvironmentTest}, {plan.EffectPublishProduction, plan.EnvironmentProduction}} {
		if !m.Has(to.effect) {
			continue
		}
		if last, err = g.publish(ctx, to.key, steps); err != nil {
			return "", err
		}
		if err := g.released(ctx, steps, to.key, last, out); err != nil {
			return "", err
		}
	}
	return last, nil
}

// released notes on deliveries which release carried them.
func (g *stage) released(ctx context.Context, steps []step, environmentKey, release string, out *Transitioned) error {
	if release == "" {
		return nil
	}
	out.Releases = append(out.Releases, release)
	for chunk := range slices.Chunk(steps, bulk) {
		ids := make([]string, len(chunk))
		for i := range chunk {
			ids[i] = chunk[i].delivery.ID
		}
		u := g.c.ItemDelivery.Update().Where(itemdelivery.IDIn(ids...))
		if environmentKey == plan.EnvironmentTest {
			u.SetTestReleaseID(release)
		} else {
			u.SetProductionReleaseID(release)
		}
		if err := u.Exec(ctx); err != nil {
			return fmt.Errorf("note the release: %w", err)
		}
	}
	return nil
}

// reviewItem moves the review of an item that was changed after approval.
func (g *stage) reviewItem(ctx context.Context, s *step, out *Transitioned) error {
	from := s.item.Review
	if !s.move.Has(plan.EffectApprove) {
		s.item.Review = plan.BatchState(s.move.To)
		return g.saveItemReview(ctx, s, string(from), s.move.To, out)
	}
	if err := g.c.approve(ctx, g.batch, []*ent.BatchItem{s.item}, plan.CauseEvent); err != nil {
		return err
	}
	s.item.Review = ""
	if s.move.Has(plan.EffectOweReview) {
		g.oweReview()
	}
	if err := g.openItems(ctx, []*ent.BatchItem{s.item}, plan.DeliveryInDevelopment); err != nil {
		return err
	}
	for _, d := range g.deliveries {
		if d.ItemID != s.item.ID || d.State == plan.DeliveryMoved || d.State == plan.DeliveryDropped {
			continue
		}
		if err := g.deliver(ctx, d, plan.DeliveryInDevelopment); err != nil {
			return err
		}
	}
	return g.saveItemReview(ctx, s, string(from), s.move.To, out)
}

func (g *stage) saveItemReview(ctx context.Context, s *step, from, to string, out *Transitioned) error {
	if err := g.c.BatchItem.UpdateOneID(s.item.ID).SetReview(s.item.Review).Exec(ctx); err != nil {
		return fmt.Errorf("set the item's review: %w", err)
	}
	return g.log(ctx, s, from, to, "", out)
}

// makeDelivery moves items on terminals.
func (g *stage) makeDelivery(ctx context.Context, steps []step, out *Transitioned) error {
	m, release := steps[0].move, ""
	var err error
	for _, to := range []struct {
		effect plan.Effect
		key    string
	}{{plan.EffectPublishTest, plan.EnvironmentTest}, {plan.EffectPublishProduction, plan.EnvironmentProduction}} {
		if !m.Has(to.effect) {
			continue
		}
		if release, err = g.publish(ctx, to.key, steps); err != nil {
			return err
		}
		if err := g.released(ctx, steps, to.key, release, out); err != nil {
			return err
		}
	}
	switch plan.DeliveryState(m.To) {
	case plan.DeliveryMoved:
		return g.moveItems(ctx, steps, out)
	case plan.DeliveryDropped:
		if err := g.dropItems(ctx, steps, out); err != nil {
			return err
		}
	default: // the state is all that changes
	}
	if err := g.deliverAll(ctx, steps, release, out); err != nil || m.To != string(plan.DeliveryOnline) {
		return err
	}
	return g.noteStarts(ctx)
}

// deliverAll brings the items of steps to where their moves lead.
func (g *stage) deliverAll(ctx context.Context, steps []step, release string, out *Transitioned) error {
	for i := range steps {
		s := &steps[i]
		from := s.delivery.State
		if err := g.deliver(ctx, s.delivery, plan.DeliveryState(s.move.To)); err != nil {
			return err
		}
		if err := g.log(ctx, s, string(from), s.move.To, release, out); err != nil {
			return err
		}
	}
	return nil
}

// deliver sets how far an item has come on a terminal.
func (g *stage) deliver(ctx context.Context, d *ent.ItemDelivery, to plan.DeliveryState) error {
	d.State = to
	u := g.c.ItemDelivery.UpdateOneID(d.ID).SetState(to).SetStateSince(g.c.now).SetUpdatedAt(g.c.now).SetUpdatedByID(g.c.by)
	if g.in.Build != "" {
		u.SetBuild(g.in.Build)
	}
	if v, ok := g.versionOn(d.Terminal); ok && to == plan.DeliveryOnline {
		u.SetFromVersion(v)
	} else if to != plan.DeliveryOnline {
		u.SetFromVersion("")
	}
	row, err := u.Save(ctx)
	if err != nil {
		return fmt.Errorf("move the item on %s: %w", d.Terminal, err)
	}
	*d = *row
	return nil
}

// versionOn is the app version that the input, or else the batch, means for a terminal.
func (g *stage) versionOn(terminal string) (string, bool) {
	for _, v := range g.in.FromVersions {
		if v.Terminal == terminal {
			return v.Version, true
		}
	}
	if g.in.FromVersion != nil {
		return *g.in.FromVersion, true
	}
	v, ok := g.batch.TargetVersions[terminal]
	return v, ok
}
