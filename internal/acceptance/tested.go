package acceptance

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/approval"
	"github.com/waymarkhq/waymark/ent/batchitem"
	"github.com/waymarkhq/waymark/ent/event"
	"github.com/waymarkhq/waymark/ent/musttest"
	"github.com/waymarkhq/waymark/internal/coverage"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/store"
)

// tested is an event that an item of a batch is about, with how far the item has come on each terminal. An item about a shared
// property or value set is about each event that it was approved in.
type tested struct {
	item       *ent.BatchItem
	event      *ent.Event
	deliveries []*ent.ItemDelivery
}

// testedBy lists what batches are about, in the order of the events' keys.
func testedBy(ctx context.Context, client *ent.Client, batchIDs []string) ([]tested, error) {
	if len(batchIDs) == 0 {
		return nil, nil
	}
	items, err := client.BatchItem.Query().Where(batchitem.BatchIDIn(batchIDs...), batchitem.DroppedReason("")).WithDeliveries().
		Order(batchitem.ByCreatedAt(), batchitem.ByID()).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read items: %w", store.Fault(err))
	}
	entries, err := client.Approval.Query().Where(approval.BatchIDIn(batchIDs...), approval.ItemIDNotNil()).
		Order(approval.ByCreatedAt(), approval.ByID()).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read approvals: %w", store.Fault(err))
	}
	of := map[string][]string{}
	var ids []string
	note := func(itemID, eventID string) {
		if eventID != "" && !slices.Contains(of[itemID], eventID) {
			of[itemID], ids = append(of[itemID], eventID), append(ids, eventID)
		}
	}
	for _, it := range items {
		note(it.ID, it.EventID)
	}
	for _, a := range entries {
		note(a.ItemID, a.EventID)
	}
	events, err := eventsByID(ctx, client, ids)
	if err != nil {
		return nil, err
	}
	var list []tested
	for _, it := range items {
		for _, id := range of[it.ID] {
			if e := events[id]; e != nil && e.Kind != plan.KindCommon {
				list = append(list, tested{it, e, it.Edges.Deliveries})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b tested) int { return cmp.Compare(a.event.Key, b.event.Key) })
	return list, nil
}

func eventsByID(ctx context.Context, client *ent.Client, ids []string) (map[string]*ent.Event, error) {
	rows, err := client.Event.Query().Where(event.IDIn(ids...)).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read events: %w", store.Fault(err))
	}
	found := make(map[string]*ent.Event, len(rows))
	for _, e := range rows {
		found[e.ID] = e
	}
	return found, nil
}

// wantedOfBatches says what batches want tested: each event on the terminals where an item of it is delivered, or on all
// that it is planned on as long as nothing was approved.
func wantedOfBatches(ctx context.Context, client *ent.Client, batchIDs []string) ([]coverage.Wanted, error) {
	list, err := testedBy(ctx, client, batchIDs)
	if err != nil {
		return nil, err
	}
	must, err := mustTests(ctx, client, batchIDs)
	if err != nil {
		return nil, err
	}
	var wanted []coverage.Wanted
	for _, t := range list {
		w := coverage.Wanted{Event: t.event.Key, Level: t.event.Level, Removed: t.item.Action == plan.ActionRemove, MustTest: must[t.event.ID]}
		for _, d := range t.deliveries {
			switch d.State {
			case plan.DeliveryDropped:
				w.Dropped = append(w.Dropped, d.Terminal)
			case plan.DeliveryMoved:
			default:
				w.Terminals = append(w.Terminals, d.Terminal)
			}
		}
		if len(w.Terminals) > 0 || len(t.deliveries) == 0 {
			wanted = append(wanted, w)
		}
	}
	return wanted, nil
}

// wantedOfEvents says that events are wanted wherever they are planned.
func wantedOfEvents(ctx context.Context, client *ent.Client, ids []string) ([]coverage.Wanted, error) {
	rows, err := client.Event.Query().Where(event.IDIn(ids...)).Order(event.ByKey()).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read events: %w", store.Fault(err))
	}
	wanted := make([]coverage.Wanted, len(rows))
	for i, e := range rows {
		wanted[i] = coverage.Wanted{Event: e.Key, Level: e.Level}
	}
	return wanted, nil
}

// mustTests reads what was said of properties' values, by the event's id and the property's path. Where batches differ, each
// value has to be seen.
func mustTests(ctx context.Context, client *ent.Client, batchIDs []string) (map[string]map[string]bool, error) {
	rows, err := client.MustTest.Query().Where(musttest.BatchIDIn(batchIDs...)).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read what has to be seen: %w", store.Fault(err))
	}
	said := map[string]map[string]bool{}
	for _, r := range rows {
		if said[r.EventID] == nil {
			said[r.EventID] = map[string]bool{}
		}
		said[r.EventID][r.Property] = said[r.EventID][r.Property] || r.Must
	}
	return said, nil
}
