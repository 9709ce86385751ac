package catalog

import "github.com/waymarkhq/waymark/internal/plan"

// MatchConditionInput is one clause of a match.
type MatchConditionInput = plan.Condition

// EventAliasInput is another wire name that an event answers to.
type EventAliasInput = plan.Alias

// EventPropertyInput is a property as an event uses it: one that exists, given by id, or by key within the app and the
// global ones.
type EventPropertyInput struct {
	PropertyID, Key *string
	Presence        plan.Presence
	PresenceOn      []TerminalPresenceInput
	Narrowing       *ConstraintsInput
	NarrowingOn     []TerminalNarrowingInput
	Example, Note   string
}

// TerminalPresenceInput is a presence on one terminal, given by key.
type TerminalPresenceInput struct {
	Terminal string
	Presence plan.Presence
}

// TerminalNarrowingInput is constraints on one terminal, given by key.
type TerminalNarrowingInput struct {
	Terminal    string
	Constraints ConstraintsInput
}

// CreateEventInput is what a new event is; Batch is a number, Terminals are keys.
type CreateEventInput struct {
	Batch                    string
	Key                      *string // the wire name where it is nil
	Kind                     plan.EventKind
	Name                     string
	WireName                 *string
	Match                    []MatchConditionInput
	Aliases                  []EventAliasInput
	Description, Trigger     string
	Level                    plan.Level
	Module                   string
	OwnerIDs                 []string
	Terminals                []string
	ExcludedCommonProperties []string
	Properties               []EventPropertyInput
}

// UpdateEventInput is what changes in an event; nil stays, and lists replace the whole list.
type UpdateEventInput struct {
	ID                       string
	Batch                    *string // that of the newest revision where it is nil
	Name, WireName           *string
	Match                    []MatchConditionInput
	Aliases                  []EventAliasInput
	Description, Trigger     *string
	Level                    *plan.Level
	Module                   *string
	OwnerIDs                 []string
	Terminals                []string
	ExcludedCommonProperties []string
	Properties               []EventPropertyInput
	// ExpectedHash is that of the revision which the change was made against.
	ExpectedHash *string
}
