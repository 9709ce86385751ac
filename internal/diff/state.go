package diff

import (
	"cmp"
	"maps"
	"slices"

	"github.com/waymarkhq/waymark/internal/plan"
)

// Slot is where a definition holds: an event on a terminal from an app version on; "" is the first.
type Slot struct {
	EventID  string `json:"eventId"`
	Terminal string `json:"terminal"`
	From     string `json:"from,omitempty"`
}

// Entry is what holds in a slot.
type Entry struct {
	// Hash names the frozen definition.
	Hash string `json:"hash"`
	// Offline is true where the event is taken offline from there on.
	Offline bool `json:"offline,omitempty"`
}

// State is what is valid in an environment.
type State map[Slot]Entry

// SlotChange is a slot that differs between two states; nil is nothing in it.
type SlotChange struct {
	Slot Slot   `json:"slot"`
	From *Entry `json:"from,omitempty"`
	To   *Entry `json:"to,omitempty"`
}

// Kind says what happened to the slot.
func (c *SlotChange) Kind() Kind {
	switch {
	case c.From == nil:
		return Added
	case c.To == nil:
		return Removed
	default:
		return Changed
	}
}

// Compare returns the slots in which b differs from a, by event, terminal and version.
func Compare(a, b State) []SlotChange {
	var changes []SlotChange
	for slot, from := range a {
		to, ok := b[slot]
		switch {
		case !ok:
			changes = append(changes, SlotChange{Slot: slot, From: &from})
		case from != to:
			changes = append(changes, SlotChange{Slot: slot, From: &from, To: &to})
		}
	}
	for slot, to := range b {
		if _, ok := a[slot]; !ok {
			changes = append(changes, SlotChange{Slot: slot, To: &to})
		}
	}
	slices.SortFunc(changes, func(x, y SlotChange) int { return x.Slot.compare(y.Slot) })
	return changes
}

func (s Slot) compare(o Slot) int {
	return cmp.Or(cmp.Compare(s.EventID, o.EventID), cmp.Compare(s.Terminal, o.Terminal),
		plan.CompareVersions(s.From, o.From), cmp.Compare(s.From, o.From))
}

// Apply returns a with the changes made: Apply(a, Compare(a, b)) is b.
func Apply(a State, changes []SlotChange) State {
	b := make(State, len(a))
	maps.Copy(b, a)
	for _, c := range changes {
		if c.To == nil {
			delete(b, c.Slot)
		} else {
			b[c.Slot] = *c.To
		}
	}
	return b
}
