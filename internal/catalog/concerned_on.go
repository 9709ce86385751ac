package catalog

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/approval"
	"github.com/waymarkhq/waymark/ent/event"
	"github.com/waymarkhq/waymark/ent/frozen"
	"github.com/waymarkhq/waymark/ent/releaseslot"
	"github.com/waymarkhq/waymark/internal/plan"
)

// concernedOn returns the keys of the terminals that items are to be delivered on, by the items' ids; none means all of the
// app's. Those are the terminals that an event is planned on, and those that it leaves: on which it was planned before the item,
// or, for an item that takes it offline, is in force.
func (c *change) concernedOn(ctx context.Context, items []*ent.BatchItem) (map[string][]string, error) {
	found := make(map[string][]string, len(items))
	about := gathered(slices.DeleteFunc(slices.Clone(items), func(it *ent.BatchItem) bool { return it.EventID == "" }),
		func(it *ent.BatchItem) string { return it.EventID })
	for chunk := range slices.Chunk(slices.Sorted(maps.Keys(about)), bulk) {
		rows, err := c.Event.Query().Where(event.IDIn(chunk...)).All(ctx)
		if err != nil {
			return nil, fmt.Errorf("read events: %w", err)
		}
		left, err := c.leftBy(ctx, about, chunk)
		if err != nil {
			return nil, err
		}
		for _, e := range rows {
			for _, it := range about[e.ID] {
				found[it.ID] = e.Terminals
				for _, on := range left[it.ID] {
					found[it.ID] = either(found[it.ID], on)
				}
			}
		}
	}
	return found, nil
}

// either is the union of two sets of terminals, of which an empty one means all.
func either(a, b []string) []string {
	if len(a) == 0 || len(b) == 0 {
		return nil
	}
	return distinct(slices.Concat(a, b))
}

// leftBy returns the sets of terminals that events were on without items, by the items' ids. Items are by their events.
func (c *change) leftBy(ctx context.Context, about map[string][]*ent.BatchItem, events []string) (map[string][][]string, error) {
	left := map[string][][]string{}
	if err := c.plannedBefore(ctx, about, events, left); err != nil {
		return nil, err
	}
	slots, err := c.ReleaseSlot.Query().Where(releaseslot.EventIDIn(events...), releaseslot.EndedIsNil(), releaseslot.Offline(false)).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read where events are in force: %w", err)
	}
	for _, s := range slots {
		for _, it := range about[s.EventID] {
			if it.Action == plan.ActionRemove {
				left[it.ID] = append(left[it.ID], []string{s.Terminal})
			}
		}
	}
	return left, nil
}

// plannedBefore adds the terminals that events were planned on before items changed them.
func (c *change) plannedBefore(
	ctx context.Context, about map[string][]*ent.BatchItem, events []string, left map[string][][]string,
) error {
	rows, err := c.Approval.Query().Where(approval.EventIDIn(events...)).Order(approval.ByCreatedAt(), approval.ByID()).All(ctx)
	if err != nil {
		return fmt.Errorf("read lines: %w", err)
	}
	byID, first := make(map[string]*ent.Approval, len(rows)), map[string]*ent.Approval{}
	for _, a := range rows {
		byID[a.ID] = a
		if first[a.ItemID] == nil {
			first[a.ItemID] = a
		}
	}
	before := map[string]string{} // hashes, by item
	for _, id := range events {
		for _, it := range about[id] {
			if a := first[it.ID]; a != nil && byID[a.PreviousID] != nil {
				before[it.ID] = byID[a.PreviousID].Hash
			}
		}
	}
	texts, err := c.frozenBy(ctx, before)
	for item, f := range texts {
		left[item] = append(left[item], f.Terminals)
	}
	return err
}

// frozenBy reads frozen definitions, by what has their hashes.
func (c *change) frozenBy(ctx context.Context, hashes map[string]string) (map[string]*plan.Frozen, error) {
	found := make(map[string]*plan.Frozen, len(hashes))
	byHash := map[string][]string{}
	for of, hash := range hashes {
		byHash[hash] = append(byHash[hash], of)
	}
	for chunk := range slices.Chunk(slices.Sorted(maps.Keys(byHash)), bulk) {
		rows, err := c.Frozen.Query().Where(frozen.IDIn(chunk...)).All(ctx)
		if err != nil {
			return nil, fmt.Errorf("read definitions: %w", err)
		}
		for _, r := range rows {
			f, err := plan.ParseFrozen(r.Body)
			if err != nil {
				return nil, err
			}
			for _, of := range byHash[r.ID] {
				found[of] = &f
			}
		}
	}
	return found, nil
}
