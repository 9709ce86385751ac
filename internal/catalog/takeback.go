package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/approval"
	"github.com/waymarkhq/waymark/ent/batch"
	"github.com/waymarkhq/waymark/ent/batchitem"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// takeBack takes back what items had approved: each event's line goes on with what was there before, and so does the test
// environment, if it has it. Guard built_upon has seen that nothing came after.
func (g *stage) takeBack(ctx context.Context, all []*ent.BatchItem, out *Transitioned) error {
	approved, err := g.facts.approvals(ctx)
	if err != nil {
		return err
	}
	items := slices.DeleteFunc(slices.Clone(all), func(it *ent.BatchItem) bool {
		return len(approved[it.ID]) == 0 && (it.Action != plan.ActionRemove || g.batch.ApprovedAt == nil)
	})
	for _, it := range eventsFirst(all) {
		if err := g.revert(ctx, it); err != nil {
			return err
		}
	}
	if len(items) == 0 { // nothing of it can be in force
		return nil
	}
	// On every terminal: it is test itself that knows where it has something.
	terminals, err := g.c.terminalsOf(ctx, g.app.ID)
	if err != nil {
		return err
	}
	keys := make([]string, len(terminals))
	for i, t := range terminals {
		keys[i] = t.Key
	}
	on := make(map[string][]string, len(items))
	for _, it := range items {
		on[it.ID] = keys
	}
	release, err := g.renew(ctx, plan.EnvironmentTest, on)
	if err != nil || release == "" {
		return err
	}
	out.Releases = append(out.Releases, release)
	return nil
}

// revert writes, on the line of each event that an item had something approved of, an entry that repeats what was there
// before the item. Of an event that the item introduced there was nothing: the entry repeats the event, and names no
// entry before it.
func (g *stage) revert(ctx context.Context, it *ent.BatchItem) error {
	entries, err := g.c.Approval.Query().Where(approval.ItemID(it.ID), approval.PositionNotNil()).
		Order(approval.ByEventID(), approval.ByPosition()).All(ctx)
	if err != nil {
		return fmt.Errorf("read approvals: %w", err)
	}
	first := map[string]*ent.Approval{}
	for _, a := range entries {
		if first[a.EventID] == nil {
			first[a.EventID] = a
		}
	}
	for _, a := range first {
		if err := g.revertOn(ctx, it, a); err != nil {
			return err
		}
	}
	if it.Kind == plan.ItemEvent {
		return nil
	}
	return g.revertShared(ctx, it)
}

func (g *stage) revertOn(ctx context.Context, it *ent.BatchItem, first *ent.Approval) error {
	row, err := g.c.Event.Get(ctx, first.EventID)
	if err != nil {
		return lost(err, "Event", first.EventID)
	}
	before := first
	if first.PreviousID != "" {
		if before, err = g.c.Approval.Get(ctx, first.PreviousID); err != nil {
			return fmt.Errorf("read the approval before: %w", err)
		}
	}
	create := g.c.Approval.Create().SetEventID(row.ID).SetPosition(row.LastApproval + 1).SetRevisionID(before.RevisionID).
		SetHash(before.Hash).SetCause(plan.CauseRevert).SetBatchID(g.batch.ID).SetItemID(it.ID).
		SetCreatedAt(g.c.now).SetNillableCreatedByID(optional(g.c.by))
	if before != first {
		create.SetPreviousID(row.ApprovalID)
	}
	if err := create.Exec(ctx); err != nil {
		return fmt.Errorf("take back an approval: %w", err)
	}
	if err := g.c.advance(ctx, []string{row.ID}); err != nil {
		return err
	}
	r, err := eventLine.read(ctx, g.c, before.RevisionID)
	if err != nil {
		return err
	}
	doc, err := eventDocumentOf(r)
	if err != nil {
		return err
	}
	_, err = g.c.headEvent(ctx, row, r, doc)
	return err
}

// closeItems drops every delivery that is still open, and ends what reviews items are in again.
func (g *stage) closeItems(ctx context.Context) error {
	for _, it := range g.items {
		if it.Review == "" {
			continue
		}
		it.Review = ""
		if err := g.c.BatchItem.UpdateOneID(it.ID).SetReview("").Exec(ctx); err != nil {
			return fmt.Errorf("end the review of the item: %w", err)
		}
	}
	for _, d := range g.deliveries {
		if d.State == plan.DeliveryOnline || d.State == plan.DeliveryMoved || d.State == plan.DeliveryDropped {
			continue
		}
		if err := g.deliver(ctx, d, plan.DeliveryDropped); err != nil {
			return err
		}
	}
	return nil
}

// dropItems takes back the items of which no terminal is left.
func (g *stage) dropItems(ctx context.Context, steps []step, out *Transitioned) error {
	on := terminalsOf(steps)
	var gone []*ent.BatchItem
	for id, terminals := range on {
		left := slices.ContainsFunc(g.deliveries, func(d *ent.ItemDelivery) bool {
			return d.ItemID == id && d.State != plan.DeliveryDropped && !slices.Contains(terminals, d.Terminal)
		})
		if left {
			continue
		}
		gone = append(gone, g.item(id))
	}
	if len(gone) == 0 {
		return nil
	}
	if err := g.takeBack(ctx, gone, out); err != nil { // first: of what is dropped nothing is published
		return err
	}
	for _, it := range gone {
		it.DroppedReason = strings.TrimSpace(g.in.Note)
		if err := g.c.BatchItem.UpdateOneID(it.ID).SetDroppedReason(it.DroppedReason).SetReview("").Exec(ctx); err != nil {
			return fmt.Errorf("drop the item: %w", err)
		}
	}
	g.c.touch(g.app.ID) // what was drafted of it is not accepted any more
	return nil
}

// moveItems has items go on in another batch, with everything that was approved of them: there they are developed anew
// once that batch is approved.
func (g *stage) moveItems(ctx context.Context, steps []step, out *Transitioned) error {
	to, err := g.destination(ctx)
	if err != nil {
		return err
	}
	for id, terminals := range terminalsOf(steps) {
		it := g.item(id)
		if err := g.refuseSplit(it, terminals); err != nil {
			return err
		}
		if err := to.refuseTwice(ctx, it); err != nil {
			return err
		}
		if err := to.refuseOtherAction(it); err != nil {
			return err
		}
		if err := g.rehome(ctx, it, to.batch); err != nil {
			return err
		}
	}
	for i := range steps {
		s := &steps[i]
		if err := g.log(ctx, s, string(s.delivery.State), string(plan.DeliveryMoved), "", out); err != nil {
			return err
		}
		if err := to.take(ctx, s.delivery); err != nil {
			return err
		}
		g.deliveries = slices.DeleteFunc(g.deliveries, func(d *ent.ItemDelivery) bool { return d.ID == s.delivery.ID })
	}
	return to.setState(ctx)
}

// rehome has another batch carry an item, with the revisions that were made of it and what was approved of them; that keeps
// naming the batch that it was approved under, with its documents and its review.
func (g *stage) rehome(ctx context.Context, it *ent.BatchItem, to *ent.Batch) error {
	err := g.c.BatchItem.UpdateOneID(it.ID).SetBatchID(to.ID).SetMovedFromID(g.batch.ID).Exec(ctx)
	if err != nil {
		return fmt.Errorf("move the item: %w", err)
	}
	err = g.c.Approval.Update().Where(approval.ItemID(it.ID), approval.ApprovedUnderIDIsNil()).SetApprovedUnderID(g.batch.ID).Exec(ctx)
	if err != nil {
		return fmt.Errorf("keep under what it was approved: %w", err)
	}
	if err := g.c.Approval.Update().Where(approval.ItemID(it.ID)).SetBatchID(to.ID).Exec(ctx); err != nil {
		return fmt.Errorf("move what was approved of the item: %w", err)
	}
	l, id := lineOf(it)
	if err := l.rehome(ctx, g.c, id, g.batch.ID, to.ID); err != nil {
		return fmt.Errorf("move the revisions of the item: %w", err)
	}
	return nil
}

// refuseOtherAction refuses an item that takes something offline in a batch that does not, and the other way round, and any in
// a baseline, which brings in what was never approved.
func (g *stage) refuseOtherAction(it *ent.BatchItem) error {
	if (g.batch.Type == plan.BatchOffline) == (it.Action == plan.ActionRemove) && g.batch.Type != plan.BatchBaseline {
		return nil
	}
	return fault.Invalid(fault.Field{
		Path: "input.toBatch", Reason: "other_type", Message: g.batch.Number + " is of type " + string(g.batch.Type),
	})
}

// destination is the batch where items go on.
func (g *stage) destination(ctx context.Context) (*stage, error) {
	b, err := g.c.Batch.Query().Where(batch.AppID(g.app.ID), batch.Number(strings.ToUpper(*g.in.ToBatch))).Only(ctx)
	if err != nil {
		return nil, lost(err, "Batch", *g.in.ToBatch)
	}
	if b.ID == g.batch.ID {
		return nil, fault.Invalid(fault.Field{Path: "input.toBatch", Reason: "same_batch", Message: "it is in that batch already"})
	}
	if err := refuseClosed(b); err != nil {
		return nil, err
	}
	return g.c.newStage(ctx, b)
}

// refuseSplit refuses to move an item on some of its terminals only.
func (g *stage) refuseSplit(it *ent.BatchItem, terminals []string) error {
	for _, d := range g.deliveries {
		if d.ItemID == it.ID && d.State != plan.DeliveryDropped && !slices.Contains(terminals, d.Terminal) {
			return fault.New(fault.FailedPrecondition, "item_split",
				"an item moves with all its terminals, and on "+d.Terminal+" it does not").With("terminal", d.Terminal)
		}
	}
	return nil
}

// refuseTwice refuses an item about something that the batch changes already.
func (g *stage) refuseTwice(ctx context.Context, it *ent.BatchItem) error {
	l, id := lineOf(it)
	there, err := g.c.BatchItem.Query().Where(batchitem.BatchID(g.batch.ID), subject{l.kind, id}.is()).Exist(ctx)
	if err != nil {
		return fmt.Errorf("look for the item: %w", err)
	}
	if there {
		return taken("BatchItem", "input.toBatch", id)
	}
	return nil
}

// take begins a delivery anew under the batch that took its item over; before that batch is approved it waits for that.
func (g *stage) take(ctx context.Context, d *ent.ItemDelivery) error {
	if g.batch.Review != plan.BatchApproved {
		return g.c.ItemDelivery.DeleteOneID(d.ID).Exec(ctx)
	}
	row, err := g.c.ItemDelivery.UpdateOneID(d.ID).SetBatchID(g.batch.ID).SetState(plan.DeliveryInDevelopment).
		SetStateSince(g.c.now).SetUpdatedAt(g.c.now).SetUpdatedByID(g.c.by).Save(ctx)
	if err != nil {
		return fmt.Errorf("move the item on %s: %w", d.Terminal, err)
	}
	g.deliveries = append(g.deliveries, row)
	return nil
}
