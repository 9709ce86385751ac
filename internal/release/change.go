package release

import (
	"slices"

	"github.com/waymarkhq/waymark/internal/diff"
	"github.com/waymarkhq/waymark/internal/plan"
)

// ChangeKind says what became of an event.
type ChangeKind string

// What becomes of events.
const (
	EventAdded   ChangeKind = "ADDED"
	EventChanged ChangeKind = "CHANGED"
	// EventRemoved: no terminal and version goes by any definition of it any more.
	EventRemoved ChangeKind = "REMOVED"
)

// EventChange is what became of one event between two plans.
type EventChange struct {
	EventID string
	// Key and Name are the event's in its newer definition.
	Key, Name string
	Kind      ChangeKind
	// Slots are the starting versions that are on one side only, or lead to something else on the other.
	Slots []SlotChange
	// Definitions say what the differing terminals and versions go by. Their fields are compared when somebody asks.
	Definitions []DefinitionChange

	filled bool // the fields are compared
}

// SlotChange is what became of one starting version of an event on a terminal.
type SlotChange struct {
	Terminal, From string
	// Before and After are nil where there is none on that side.
	Before, After *Slot
}

// DefinitionChange is one definition in the place of another.
type DefinitionChange struct {
	// BeforeHash and AfterHash name the frozen definitions; empty where there is none, or the event is offline.
	BeforeHash, AfterHash string
	// Offline: the event is there no more, and reported as offline.
	Offline bool
	// Back: the event was offline before.
	Back bool
	// Starts are the terminals and app versions from which on it is so.
	Starts []Start
	// Fields are the differences, in reading order.
	Fields []diff.Change
}

// Start is an app version of a terminal from which on something holds; empty means from the first version on.
type Start struct {
	Terminal, Version string
}

// Breaking returns the changes of fields that are not compatible.
func (c *EventChange) Breaking() []diff.Change {
	var list []diff.Change
	for _, d := range c.Definitions {
		for _, f := range d.Fields {
			if f.Impact == diff.Breaking {
				list = append(list, f)
			}
		}
	}
	return list
}

// changeOf compares the slots of one event on two sides, each in order; nil where they say the same.
func changeOf(eventID string, before, after []Slot) *EventChange {
	if slices.EqualFunc(before, after, sameSlot) {
		return nil // nearly all of them
	}
	c := &EventChange{EventID: eventID, Slots: slotChanges(before, after)}
	if len(c.Slots) == 0 {
		return nil
	}
	for _, t := range terminalsOf(before, after) {
		c.compareTerminal(t, on(before, t), on(after, t))
	}
	switch {
	case !isPlanned(before):
		c.Kind = EventAdded
	case !isPlanned(after):
		c.Kind = EventRemoved
	default:
		c.Kind = EventChanged
	}
	return c
}

// sameSlot reports whether two slots stand at the same place, to the letter, and say the same.
func sameSlot(a, b Slot) bool { return a.Terminal == b.Terminal && a.From == b.From && a.says(&b) }

// isPlanned reports whether any terminal and version goes by a definition.
func isPlanned(slots []Slot) bool {
	return slices.ContainsFunc(slots, func(s Slot) bool { return !s.Offline })
}

func slotChanges(before, after []Slot) []SlotChange {
	var list []SlotChange
	for len(before) > 0 || len(after) > 0 {
		c := SlotChange{}
		order := beside(before, after)
		if order <= 0 {
			c.Before, before = &before[0], before[1:]
		}
		if order >= 0 {
			c.After, after = &after[0], after[1:]
		}
		if c.Before != nil && c.After != nil && c.Before.says(c.After) {
			continue
		}
		of := c.Before
		if of == nil {
			of = c.After
		}
		c.Terminal, c.From = of.Terminal, of.From
		list = append(list, c)
	}
	return list
}

func terminalsOf(sides ...[]Slot) []string {
	var list []string
	for _, side := range sides {
		for i := range side {
			list = append(list, side[i].Terminal)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// compareTerminal notes which definitions an event's versions on one terminal go by in the place of which others.
func (c *EventChange) compareTerminal(terminal string, before, after []Slot) {
	var starts []string
	for _, side := range [][]Slot{before, after} {
		for i := range side {
			starts = append(starts, side[i].From)
		}
	}
	slices.SortFunc(starts, plan.CompareVersions)
	starts = slices.CompactFunc(starts, func(a, b string) bool { return plan.CompareVersions(a, b) == 0 })
	last := DefinitionChange{}
	for _, v := range starts {
		d := DefinitionChange{}
		if x := at(before, terminal, v); x != nil {
			d.Back = x.Offline
			if !x.Offline {
				d.BeforeHash = x.Hash
			}
		}
		if y := at(after, terminal, v); y != nil {
			d.Offline = y.Offline
			if !y.Offline {
				d.AfterHash = y.Hash
			}
		}
		if d.BeforeHash != d.AfterHash && !d.same(&last) {
			c.note(d, Start{Terminal: terminal, Version: v})
		}
		last = d
	}
}

func (d *DefinitionChange) same(o *DefinitionChange) bool {
	return d.BeforeHash == o.BeforeHash && d.AfterHash == o.AfterHash && d.Offline == o.Offline && d.Back == o.Back
}

func (c *EventChange) note(d DefinitionChange, at Start) {
	i := slices.IndexFunc(c.Definitions, func(o DefinitionChange) bool { return o.same(&d) })
	if i < 0 {
		i = len(c.Definitions)
		c.Definitions = append(c.Definitions, d)
	}
	c.Definitions[i].Starts = append(c.Definitions[i].Starts, at)
}

// NodeID is the event's: a change has no id of its own.
func (c *EventChange) NodeID() string { return c.EventID }
