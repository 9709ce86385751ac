package plan

import (
	"cmp"
	"slices"
	"time"
)

// The environments that delivery publishes into, by key; every app has them.
const (
	EnvironmentTest       = "test"
	EnvironmentProduction = "production"
)

// ItemAction says what an item does to what it is about.
type ItemAction string

// What items do.
const (
	// ActionChange makes the definition, or changes it.
	ActionChange ItemAction = "CHANGE"
	// ActionRemove takes the event offline.
	ActionRemove ItemAction = "REMOVE"
)

// ApprovalCause says what brought an entry onto an event's line.
type ApprovalCause string

// The causes of approvals.
const (
	// CauseEvent is a revision of the event itself.
	CauseEvent ApprovalCause = "EVENT"
	// CauseProperty is a revision of a shared property that the event carries, CauseValueSet one of a value set that it
	// draws on.
	CauseProperty ApprovalCause = "PROPERTY"
	CauseValueSet ApprovalCause = "VALUE_SET"
	// CauseMerge is a revision made of what a batch asked for and what others had approved meanwhile.
	CauseMerge ApprovalCause = "MERGE"
	// CauseLight is a change after approval that needs no review.
	CauseLight ApprovalCause = "LIGHT"
	// CauseRevert takes back what a dropped item had brought.
	CauseRevert ApprovalCause = "REVERT"
)

// ReleaseKind says how a release came about.
type ReleaseKind string

// The kinds of releases.
const (
	// ReleasePublish put something in force.
	ReleasePublish ReleaseKind = "PUBLISH"
	// ReleaseRollback brought back what an earlier release had in force.
	ReleaseRollback ReleaseKind = "ROLLBACK"
)

// Assignee is who does a step of a batch, on one terminal or (empty) on all.
type Assignee struct {
	Step     string `json:"step"`
	Terminal string `json:"terminal,omitempty"`
	UserID   string `json:"user"`
}

// Deadline is until when a step of a batch is to be done, on one terminal or (empty) on all.
type Deadline struct {
	Step     string    `json:"step"`
	Terminal string    `json:"terminal,omitempty"`
	At       time.Time `json:"at"`
}

// IsPast reports whether a delivery has come further than the other state, or has ended without; of what is no state of a
// delivery on its way it is false.
func (s DeliveryState) IsPast(other DeliveryState) bool {
	goal := slices.Index(advancing, other)
	if goal < 0 {
		return false
	}
	return s == DeliveryMoved || s == DeliveryDropped || slices.Index(advancing, s) > goal
}

// TakeShared has f carry the shared properties and value sets as another definition does, where both do: f then differs
// from that one by what is its own alone.
func (f *Frozen) TakeShared(from *Frozen) {
	of := make(map[string]*FrozenProperty, len(from.Properties))
	for i := range from.Properties {
		of[from.Properties[i].PropertyID] = &from.Properties[i]
	}
	for i := range f.Properties {
		if p := of[f.Properties[i].PropertyID]; p != nil {
			own := &f.Properties[i]
			own.Name, own.Description, own.Type = p.Name, p.Description, p.Type
			own.Sensitivity, own.PropertyExample = p.Sensitivity, p.PropertyExample
		}
	}
	drawn := f.DrawsOn()
	sets := make(map[string]string, len(drawn))
	for id := range drawn {
		sets[id] = cmp.Or(from.ValueSets[id], f.ValueSets[id])
	}
	f.ValueSets = sets
}
