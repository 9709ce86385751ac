package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/approval"
	"github.com/waymarkhq/waymark/ent/environment"
	"github.com/waymarkhq/waymark/ent/release"
	"github.com/waymarkhq/waymark/ent/releaseslot"
	"github.com/waymarkhq/waymark/internal/diff"
	"github.com/waymarkhq/waymark/internal/plan"
)

// BlameLine is one field of an event's newest approved definition, and what gave it its value.
type BlameLine struct {
	EventID string
	// Path names the field as differences do; PropertyID is the property that it is a field of, "" for the event's own.
	Path, PropertyID string
	Value            json.RawMessage
	// Approval is the first of the newest unbroken run in which the field has this value.
	Approval *ent.Approval
	// Since says where in production it holds, by terminal; none where nothing with this value is in force.
	Since []*InForceSince
}

// NodeID tells a line from others.
func (l *BlameLine) NodeID() string { return l.EventID + "#" + l.Path }

// InForceSince says since when a value is in force on a terminal.
type InForceSince struct {
	Terminal string
	// Version is the app version from which on it holds, "" for the first; of the newest such stretch.
	Version string
	// Release is the number of the release that brought it, At the time of that.
	Release int
	At      time.Time
}

// BlameOf blames the fields of events, by the events' ids; events of which nothing was approved are not there. The number of
// statements does not depend on the number of events.
func (s *Service) BlameOf(ctx context.Context, eventIDs []string) (map[string][]*BlameLine, error) {
	blamed := make(map[string][]*BlameLine, len(eventIDs))
	if len(eventIDs) == 0 {
		return blamed, nil
	}
	h, err := s.historyOf(ctx, eventIDs)
	if err != nil {
		return nil, fmt.Errorf("blame: %w", err)
	}
	for event, line := range h.lines {
		if blamed[event], err = h.blame(event, line); err != nil {
			return nil, fmt.Errorf("blame %s: %w", event, err)
		}
	}
	return blamed, nil
}

// history is what was approved of events, and what held in production.
type history struct {
	// lines are the approvals of each event, the newest first; slots what production had of it in any release.
	lines map[string][]*ent.Approval
	slots map[string][]*ent.ReleaseSlot
	texts map[string]*ent.Frozen
	made  map[ReleaseNumber]time.Time
}

func (s *Service) historyOf(ctx context.Context, eventIDs []string) (*history, error) {
	h := &history{lines: map[string][]*ent.Approval{}, slots: map[string][]*ent.ReleaseSlot{}}
	rows, err := all(ctx, s, &approvals, func(q *sql.Selector) {
		q.Where(sql.And(among(q.C(approval.FieldEventID), eventIDs), sql.NotNull(q.C(approval.FieldPosition))))
	}, approval.FieldEventID, approval.FieldPosition)
	if err != nil {
		return nil, err
	}
	var hashes, environments []string
	for _, a := range slices.Backward(rows) {
		h.lines[a.EventID] = append(h.lines[a.EventID], a)
		hashes = append(hashes, a.Hash)
	}
	held, err := all(ctx, s, &releaseSlots, func(q *sql.Selector) {
		production := sql.Dialect(q.Dialect()).Select(environment.FieldID).From(sql.Table(environment.Table)).
			Where(sql.EQ(environment.FieldKey, plan.EnvironmentProduction))
		q.Where(sql.And(among(q.C(releaseslot.FieldEventID), eventIDs), sql.In(q.C(releaseslot.FieldEnvironmentID), production)))
	}, releaseslot.FieldEventID, releaseslot.FieldTerminal, releaseslot.FieldEntered)
	if err != nil {
		return nil, err
	}
	numbers := map[ReleaseNumber]bool{}
	for _, slot := range held {
		h.slots[slot.EventID] = append(h.slots[slot.EventID], slot)
		hashes, environments = append(hashes, slot.Hash), append(environments, slot.EnvironmentID)
		numbers[ReleaseNumber{slot.EnvironmentID, slot.Entered}] = true
	}
	if h.texts, err = s.FrozenByHash(ctx, distinct(hashes)); err != nil {
		return nil, err
	}
	h.made, err = s.releaseTimes(ctx, distinct(environments), numbers)
	return h, err
}

// releaseTimes returns when releases of environments were made, in one statement.
func (s *Service) releaseTimes(
	ctx context.Context, environmentIDs []string, numbers map[ReleaseNumber]bool,
) (map[ReleaseNumber]time.Time, error) {
	made := make(map[ReleaseNumber]time.Time, len(numbers))
	if len(numbers) == 0 {
		return made, nil
	}
	wanted := make([]string, 0, len(numbers))
	for n := range numbers {
		wanted = append(wanted, strconv.Itoa(n.Number))
	}
	rows, err := all(ctx, s, &releases, func(q *sql.Selector) {
		q.Where(sql.And(among(q.C(release.FieldEnvironmentID), environmentIDs),
			among("CAST("+q.C(release.FieldNumber)+" AS TEXT)", distinct(wanted))))
	})
	for _, r := range rows {
		made[ReleaseNumber{r.EnvironmentID, r.Number}] = r.CreatedAt
	}
	return made, err
}

// blame traces the newest definition of an event through those before it, and through those that production has had.
func (h *history) blame(event string, line []*ent.Approval) ([]*BlameLine, error) {
	t := &tracing{h: h, line: line, terminals: map[string]*timeline{}, at: map[string]int{}}
	newest, err := h.text(line[0].Hash)
	if err != nil {
		return nil, err
	}
	for _, a := range line[1:] {
		if err := t.add(a.Hash); err != nil {
			return nil, err
		}
	}
	t.older = len(t.others)
	for _, slot := range h.slots[event] {
		if _, there := t.at[slot.Hash]; !there {
			if err := t.add(slot.Hash); err != nil {
				return nil, err
			}
			t.at[slot.Hash] = len(t.others) - 1
		}
		t.put(slot)
	}
	fields, err := diff.Trace(newest, t.others, diff.EventShape)
	if err != nil {
		return nil, err
	}
	lines := make([]*BlameLine, len(fields))
	for i := range fields {
		f := &fields[i]
		lines[i] = &BlameLine{
			EventID: event, Path: f.Path, PropertyID: propertyAt(f.At), Value: f.Value,
			Approval: line[f.Unbroken(0, t.older)], Since: t.since(f),
		}
	}
	return lines, nil
}

func (h *history) text(hash string) ([]byte, error) {
	f := h.texts[hash]
	if f == nil {
		return nil, fmt.Errorf("the frozen definition %s is gone", hash)
	}
	return f.Body, nil
}

// propertyAt returns the id of the property that a field of a definition is of, "" for the event's own.
func propertyAt(at []string) string {
	if len(at) < 2 || at[0] != "properties" {
		return ""
	}
	return at[1][1 : len(at[1])-1] // without the brackets
}

// tracing is the work of blaming one event.
type tracing struct {
	h    *history
	line []*ent.Approval
	// others are the texts that the newest one is traced through: the older ones of the line, the newest of them first,
	// then those that production has had, of which at tells the index by hash.
	others    [][]byte
	older     int
	at        map[string]int
	terminals map[string]*timeline
	order     []string // of the terminals
}

// timeline is what production has had of an event on one terminal.
type timeline struct {
	live []*ent.ReleaseSlot // by falling version
	// ended are those that are over, by starting version and the release that ended them.
	ended map[slotEnd]*ent.ReleaseSlot
}

type slotEnd struct {
	version string
	release int
}

func (t *tracing) add(hash string) error {
	text, err := t.h.text(hash)
	t.others = append(t.others, text)
	return err
}

func (t *tracing) put(slot *ent.ReleaseSlot) {
	one := t.terminals[slot.Terminal]
	if one == nil {
		one = &timeline{ended: map[slotEnd]*ent.ReleaseSlot{}}
		t.terminals[slot.Terminal] = one
		t.order = append(t.order, slot.Terminal)
	}
	if slot.Ended != nil {
		one.ended[slotEnd{slot.FromVersion, *slot.Ended}] = slot
		return
	}
	one.live = append(one.live, slot)
	slices.SortFunc(one.live, func(a, b *ent.ReleaseSlot) int { return plan.CompareVersions(b.FromVersion, a.FromVersion) })
}

// since says where in production a field holds: on each terminal, where the newest stretch of versions begins that have it.
func (t *tracing) since(f *diff.Traced) []*InForceSince {
	list := []*InForceSince{}
	holds := func(slot *ent.ReleaseSlot) bool { return slot != nil && !slot.Offline && f.Same[t.at[slot.Hash]] }
	for _, terminal := range t.order {
		one := t.terminals[terminal]
		first := slices.IndexFunc(one.live, holds)
		if first < 0 {
			continue
		}
		for first+1 < len(one.live) && holds(one.live[first+1]) {
			first++
		}
		slot := one.live[first]
		version := slot.FromVersion
		for { // back to the release since which it was not interrupted
			before := one.ended[slotEnd{version, slot.Entered}]
			if !holds(before) {
				break
			}
			slot = before
		}
		list = append(list, &InForceSince{
			Terminal: terminal, Version: version, Release: slot.Entered,
			At: t.h.made[ReleaseNumber{slot.EnvironmentID, slot.Entered}],
		})
	}
	return list
}
