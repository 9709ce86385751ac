// Package diff tells what changed between definitions, value sets and plans, and brings two changes of one definition
// together: differences by field, each breaking or compatible with its reason, and a three-way merge by field.
//
// It works on canonical JSON texts and on the values of package plan. The package is pure: no I/O, no clock, no storage.
// Nothing that it is given is changed.
package diff

import "encoding/json"

// Kind says what happened to a field.
type Kind string

// The kinds of changes.
const (
	Added   Kind = "ADDED"
	Changed Kind = "CHANGED"
	Removed Kind = "REMOVED"
)

// Impact says whether a change can break somebody.
type Impact string

// The impacts.
const (
	// Breaking means that an app which obeyed what was there before may be judged invalid or unplanned, or that a reader of
	// the data meets other columns, types or meanings.
	Breaking   Impact = "BREAKING"
	Compatible Impact = "COMPATIBLE"
)

// Change is one difference between two texts.
type Change struct {
	// Path names the field as people know it: properties[order_amount].type.constraints.minimum. No two fields of a text
	// have the same.
	Path string `json:"path"`
	// At is the field for programs: names of members, ids of elements in brackets, and "order" for the order of elements,
	// which then stands in From and To as their ids.
	At   []string        `json:"at"`
	Kind Kind            `json:"kind"`
	From json.RawMessage `json:"from,omitempty"`
	To   json.RawMessage `json:"to,omitempty"`

	// The impact, by which rule, and on which terminals where it is not on all. Fields leaves it out.
	Impact    Impact   `json:"impact,omitempty"`
	Rule      string   `json:"rule,omitempty"`
	Reason    string   `json:"reason,omitempty"`
	ReasonZH  string   `json:"reasonZh,omitempty"`
	Terminals []string `json:"terminals,omitempty"`
}

// Conflict is a field that two sides changed differently. What is nil is not there on that side.
type Conflict struct {
	// Path and At are those of Change.
	Path   string          `json:"path"`
	At     []string        `json:"at"`
	Base   json.RawMessage `json:"base,omitempty"`
	Ours   json.RawMessage `json:"ours,omitempty"`
	Theirs json.RawMessage `json:"theirs,omitempty"`
}
