package release

import (
	"context"
	stdsql "database/sql"
	"fmt"
	"maps"
	"slices"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/approval"
	"github.com/waymarkhq/waymark/ent/batch"
	"github.com/waymarkhq/waymark/ent/batchitem"
	"github.com/waymarkhq/waymark/ent/environment"
	"github.com/waymarkhq/waymark/ent/event"
	"github.com/waymarkhq/waymark/ent/itemdelivery"
	"github.com/waymarkhq/waymark/ent/release"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/store"
)

// items reads what is to be published, and the batches that it is of.
func (p *publication) readItems(ctx context.Context, req *Request) error {
	q := p.client.BatchItem.Query()
	if req.BatchID != "" {
		q.Where(batchitem.BatchID(req.BatchID), batchitem.DroppedReason(""))
	} else {
		q.Where(func(s *sql.Selector) { s.Where(store.Among(s.C(batchitem.FieldID), req.ItemIDs)) })
	}
	items, err := q.Order(batchitem.ByID()).All(ctx)
	if err != nil {
		return fmt.Errorf("read items: %w", err)
	}
	p.items = items
	if err := p.readBatches(ctx, req); err != nil {
		return err
	}
	if err := p.checkItems(req); err != nil || req.InPlace {
		return err
	}
	return p.readDropped(ctx)
}

// readDropped reads on which terminals items were dropped: there they are left out.
func (p *publication) readDropped(ctx context.Context) error {
	ids := make([]string, len(p.items))
	for i, it := range p.items {
		ids[i] = it.ID
	}
	if len(ids) == 0 {
		return nil
	}
	rows, err := p.client.ItemDelivery.Query().Where(itemdelivery.StateEQ(plan.DeliveryDropped), func(s *sql.Selector) {
		s.Where(store.Among(s.C(itemdelivery.FieldItemID), ids))
	}).All(ctx)
	if err != nil {
		return fmt.Errorf("read where items were dropped: %w", err)
	}
	for _, d := range rows {
		p.dropped[[2]string{d.ItemID, d.Terminal}] = true
	}
	return nil
}

func (p *publication) readBatches(ctx context.Context, req *Request) error {
	ids := map[string]bool{}
	if req.BatchID != "" {
		ids[req.BatchID] = true
	}
	for _, i := range p.items {
		ids[i.BatchID] = true
	}
	rows, err := p.client.Batch.Query().Where(batch.AppID(p.env.AppID), func(s *sql.Selector) {
		s.Where(store.Among(s.C(batch.FieldID), slices.Sorted(maps.Keys(ids))))
	}).All(ctx)
	if err != nil {
		return fmt.Errorf("read batches: %w", err)
	}
	for _, b := range rows {
		p.batches[b.ID] = b
		p.batchIDs[b.ID] = true
	}
	if req.BatchID != "" && p.batches[req.BatchID] == nil {
		return fault.NotFoundf("Batch", req.BatchID)
	}
	return nil
}

// checkItems refuses items that are not there, or were dropped.
func (p *publication) checkItems(req *Request) error {
	known := map[string]bool{}
	for _, i := range p.items {
		if p.batches[i.BatchID] == nil {
			continue // of another app
		}
		known[i.ID] = true
		if i.DroppedReason != "" {
			return fault.New(fault.FailedPrecondition, "item_dropped", "the item was dropped: "+i.DroppedReason).With("itemId", i.ID)
		}
	}
	for _, id := range req.ItemIDs {
		if !known[id] {
			return fault.NotFoundf("BatchItem", id)
		}
	}
	return nil
}

// readLines reads the lines of all events that the items are about, and what the environment has and had of them.
func (p *publication) readLines(ctx context.Context) error {
	events, err := p.eventsOfItems(ctx)
	if err != nil {
		return fmt.Errorf("read what the items are about: %w", err)
	}
	p.refuseUnapproved(events)
	for _, i := range p.items {
		for _, id := range events[i.ID] {
			p.itemsByEvent[id] = append(p.itemsByEvent[id], i)
		}
	}
	p.events = slices.Sorted(maps.Keys(p.itemsByEvent))
	all, err := p.entries(ctx, p.events)
	if err != nil {
		return fmt.Errorf("read approvals: %w", err)
	}
	for _, id := range p.events {
		p.lines[id] = newLine(all[id])
	}
	if p.history, err = p.slotsByEvent(ctx, p.env.ID, ofEvents(p.events)); err != nil {
		return fmt.Errorf("read what is in force: %w", err)
	}
	return p.readProduction(ctx)
}

// readProduction reads what production has of the events, where something else is published into: changes that are in
// production stand in nobody's way.
func (p *publication) readProduction(ctx context.Context) error {
	if p.env.Key == plan.EnvironmentProduction {
		return nil
	}
	id, err := p.client.Environment.Query().Where(environment.AppID(p.env.AppID), environment.Key(plan.EnvironmentProduction)).OnlyID(ctx)
	if ent.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read production: %w", err)
	}
	if p.production, err = p.slotsByEvent(ctx, id, stillLive(), ofEvents(p.events)); err != nil {
		return fmt.Errorf("read what production has: %w", err)
	}
	return nil
}

// readTakers reads of which batches the releases were made that took events offline which items are about.
func (p *publication) readTakers(ctx context.Context) error {
	var numbers []int
	for id := range p.removed {
		for _, s := range p.history[id] {
			if s.Offline && s.Ended == 0 {
				numbers = append(numbers, s.Entered)
			}
		}
	}
	if len(numbers) == 0 {
		return nil
	}
	rows, err := p.client.Release.Query().Where(release.EnvironmentID(p.env.ID), release.NumberIn(numbers...)).All(ctx)
	if err != nil {
		return fmt.Errorf("read what took events offline: %w", err)
	}
	p.batchesOf = make(map[int][]string, len(rows))
	for _, r := range rows {
		p.batchesOf[r.Number] = r.BatchIds
	}
	return nil
}

// eventsOfItems returns the ids of the events of the app that each item has approvals of, or is to take offline.
func (p *publication) eventsOfItems(ctx context.Context) (map[string][]string, error) {
	found := map[string][]string{}
	var ids []string
	for _, i := range p.items {
		ids = append(ids, i.ID)
		if i.Action == plan.ActionRemove && i.EventID != "" {
			found[i.ID] = append(found[i.ID], i.EventID)
			p.removed[i.EventID] = i
		}
	}
	// By batch because that is indexed.
	q := p.sql().Select(approval.FieldItemID, approval.FieldEventID).Distinct().From(sql.Table(approval.Table)).
		Where(sql.And(store.Among(approval.FieldBatchID, sortedKeys(p.batchIDs)), store.Among(approval.FieldItemID, ids)))
	err := p.each(ctx, q, func(rows *stdsql.Rows) error {
		var itemID, eventID string
		if err := rows.Scan(&itemID, &eventID); err != nil {
			return err
		}
		found[itemID] = append(found[itemID], eventID)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return found, p.leaveOtherApps(ctx, found)
}

// leaveOtherApps takes out the events of other apps, which a global property or value set may be on the lines of.
func (p *publication) leaveOtherApps(ctx context.Context, found map[string][]string) error {
	var ids []string
	for _, of := range found {
		ids = append(ids, of...)
	}
	if len(ids) == 0 {
		return nil
	}
	own := make(map[string]bool, len(ids))
	// Not by app in the statement: there are far more events in an app than these.
	q := p.sql().Select(event.FieldID, event.FieldAppID).From(sql.Table(event.Table)).Where(store.Among(event.FieldID, ids))
	err := p.each(ctx, q, func(rows *stdsql.Rows) error {
		var id, appID string
		err := rows.Scan(&id, &appID)
		own[id] = appID == p.env.AppID
		return err
	})
	for item, of := range found {
		found[item] = slices.DeleteFunc(of, func(id string) bool { return !own[id] })
	}
	return err
}

// refuseUnapproved refuses items that no review has approved.
func (p *publication) refuseUnapproved(events map[string][]string) {
	for _, i := range p.items {
		b := p.batches[i.BatchID]
		approved := i.Review == plan.BatchApproved || i.Review == "" && b.Review == plan.BatchApproved
		if b.Review == plan.BatchCancelled {
			p.refuse(fault.New(fault.FailedPrecondition, "batch_cancelled", "batch "+b.Number+" was cancelled").
				With("batch", b.Number).With("batchId", b.ID))
			return
		}
		if approved || b.ReviewDueAt != nil || (i.Action != plan.ActionRemove && len(events[i.ID]) > 0) {
			continue
		}
		p.refuse(fault.New(fault.FailedPrecondition, "not_approved", "batch "+b.Number+" holds what no review has approved").
			With("batch", b.Number).With("batchId", b.ID).With("itemId", i.ID))
		return
	}
}

// ownBatch is the batch of an approval, where it is one of the event's app. What a batch of another app made of something
// global is approved for all; nothing has to be published before it here.
const ownBatch = "(SELECT b.id FROM " + batch.Table + " b JOIN " + event.Table + " e ON e.app_id = b.app_id WHERE b.id = " +
	approval.Table + ".batch_id AND e.id = " + approval.Table + ".event_id) AS own_batch"

// entries reads all approvals of events, by the event's id, in the order of their making.
func (r reader) entries(ctx context.Context, events []string) (map[string][]entry, error) {
	q := r.sql().Select(approval.FieldID, approval.FieldEventID, approval.FieldPosition, approval.FieldPreviousID, approval.FieldHash,
		approval.FieldCause, ownBatch, approval.FieldItemID).From(sql.Table(approval.Table)).
		Where(store.Among(approval.FieldEventID, events)).
		OrderBy(approval.FieldEventID, approval.FieldCreatedAt, approval.FieldID)
	found := make(map[string][]entry, len(events))
	err := r.each(ctx, q, func(rows *stdsql.Rows) error {
		var e entry
		var position stdsql.NullInt64
		var previous, batchID, itemID stdsql.NullString
		err := rows.Scan(&e.id, &e.eventID, &position, &previous, &e.hash, &e.cause, &batchID, &itemID)
		e.position, e.previousID, e.batchID, e.itemID = int(position.Int64), previous.String, batchID.String, itemID.String
		found[e.eventID] = append(found[e.eventID], e)
		return err
	})
	return found, err
}
