package catalog

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/approval"
	"github.com/waymarkhq/waymark/ent/environment"
	"github.com/waymarkhq/waymark/ent/releaseslot"
	"github.com/waymarkhq/waymark/internal/plan"
)

// starts tell from which app version on production goes by what items brought.
type starts struct {
	lines map[string]map[string]*ent.Approval // by event and id
	slots map[string][]*ent.ReleaseSlot       // by event
	// events are what items brought something to, by the items' ids.
	events map[string]map[string]bool
}

// noteStarts has the deliveries that are online say from which app version on it is so, however they came there. Of a property
// or value set that is on no line of its own it stays what was asked for.
func (g *stage) noteStarts(ctx context.Context) error {
	online := slices.DeleteFunc(slices.Clone(g.deliveries), func(d *ent.ItemDelivery) bool { return d.State != plan.DeliveryOnline })
	if len(online) == 0 {
		return nil
	}
	s, err := g.readStarts(ctx)
	if err != nil {
		return err
	}
	for _, d := range online {
		from, known := s.of(g.item(d.ItemID), d.Terminal)
		if !known || from == d.FromVersion {
			continue
		}
		if err := g.c.ItemDelivery.UpdateOneID(d.ID).SetFromVersion(from).Exec(ctx); err != nil {
			return fmt.Errorf("note from which version on it holds: %w", err)
		}
		d.FromVersion = from
	}
	return nil
}

func (g *stage) readStarts(ctx context.Context) (*starts, error) {
	s := &starts{lines: map[string]map[string]*ent.Approval{}, slots: map[string][]*ent.ReleaseSlot{}, events: map[string]map[string]bool{}}
	own, err := g.c.Approval.Query().Where(approval.BatchID(g.batch.ID), approval.ItemIDNotNil()).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read what was approved: %w", err)
	}
	for _, it := range g.items {
		s.note(it.ID, it.EventID)
	}
	for _, a := range own {
		s.note(a.ItemID, a.EventID)
	}
	for chunk := range slices.Chunk(slices.Sorted(maps.Keys(s.lines)), bulk) {
		if err := s.read(ctx, g, chunk); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *starts) note(item, event string) {
	if event == "" {
		return
	}
	if s.events[item] == nil {
		s.events[item] = map[string]bool{}
	}
	s.events[item][event], s.lines[event] = true, map[string]*ent.Approval{}
}

// read reads the lines of events, and what production has of them.
func (s *starts) read(ctx context.Context, g *stage, events []string) error {
	entries, err := g.c.Approval.Query().Where(approval.EventIDIn(events...)).All(ctx)
	if err != nil {
		return fmt.Errorf("read lines: %w", err)
	}
	for _, a := range entries {
		s.lines[a.EventID][a.ID] = a
	}
	slots, err := g.c.ReleaseSlot.Query().Where(releaseslot.EventIDIn(events...), releaseslot.EndedIsNil(), func(q *sql.Selector) {
		e := sql.Table(environment.Table)
		q.Where(sql.In(q.C(releaseslot.FieldEnvironmentID), sql.Dialect(q.Dialect()).Select(e.C(environment.FieldID)).From(e).
			Where(sql.And(sql.EQ(e.C(environment.FieldAppID), g.app.ID), sql.EQ(e.C(environment.FieldKey), plan.EnvironmentProduction)))))
	}).All(ctx)
	for _, one := range slots {
		s.slots[one.EventID] = append(s.slots[one.EventID], one)
	}
	if err != nil {
		return fmt.Errorf("read what production has: %w", err)
	}
	return nil
}

// of returns the lowest app version of a terminal from which on something holds that has an item's change in it; false where
// nothing does.
func (s *starts) of(it *ent.BatchItem, terminal string) (from string, known bool) {
	for event := range s.events[it.ID] {
		for _, slot := range s.slots[event] {
			if slot.Terminal != terminal || !s.has(slot, it) {
				continue
			}
			if !known || plan.CompareVersions(slot.FromVersion, from) < 0 {
				from, known = slot.FromVersion, true
			}
		}
	}
	return from, known
}

// has reports whether what holds has an item's change in it: that the event is offline, or an entry from the item's first on.
func (s *starts) has(slot *ent.ReleaseSlot, it *ent.BatchItem) bool {
	if it.Action == plan.ActionRemove {
		return slot.Offline
	}
	line := s.lines[slot.EventID]
	first := 0
	for _, a := range line {
		if a.ItemID == it.ID && a.Position != nil && (first == 0 || *a.Position < first) {
			first = *a.Position
		}
	}
	for a := line[slot.ApprovalID]; a != nil; a = line[a.PreviousID] {
		if a.Position != nil {
			return first > 0 && *a.Position >= first
		}
		if a.ItemID == it.ID { // a hotfix beside the line
			return true
		}
	}
	return false
}
