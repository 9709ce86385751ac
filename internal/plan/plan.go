// Package plan holds the definitions of a tracking plan as immutable values: property types and constraints, event
// definitions, and the plan of an environment, on which everything that computes (check, compare, coverage, code
// generation) works.
//
// The package is pure: no I/O, no clock, no storage. All values are immutable after they are built and safe for
// concurrent use.
package plan

import "time"

// EventKind says what a definition governs.
type EventKind string

// The kinds of definitions.
const (
	// KindTrack is something that a user does.
	KindTrack EventKind = "TRACK"
	// KindCommon holds the common properties of an app or of one terminal.
	KindCommon EventKind = "COMMON"
	// KindUserProfile governs what identify and profile_set may carry.
	KindUserProfile EventKind = "USER_PROFILE"
	// KindItem governs what item_set may carry.
	KindItem EventKind = "ITEM"
)

// BaseType is the outermost type of a property's value.
type BaseType string

// The types that a property can have.
const (
	TypeString   BaseType = "STRING"
	TypeInteger  BaseType = "INTEGER"
	TypeNumber   BaseType = "NUMBER"
	TypeBoolean  BaseType = "BOOLEAN"
	TypeDatetime BaseType = "DATETIME"
	TypeDate     BaseType = "DATE"
	TypeEnum     BaseType = "ENUM"
	TypeList     BaseType = "LIST"
	TypeObject   BaseType = "OBJECT"
)

// MaxDepth is how deep objects may nest: a property of type object may hold objects that hold objects, no more.
const MaxDepth = 3

// Type is the type of a property, with its constraints.
type Type struct {
	Base BaseType `json:"base"`
	// Items is the element type of a list.
	Items *Type `json:"items,omitempty"`
	// Fields are the members of an object. An object without fields is free-form: it may hold any members.
	Fields []Field `json:"fields,omitempty"`
	// Values are the allowed values of an enum that is not taken from a value set. A value that reads as a number takes
	// that number as well as its text; a value set of an integer, a number or a string takes only that type.
	Values []Value `json:"values,omitempty"`
	Constraints
}

// Field is a member of an object type.
type Field struct {
	Name     string `json:"name"`
	Label    string `json:"label,omitempty"`
	Required bool   `json:"required,omitempty"`
	Type     Type   `json:"type"`
}

// Value is one allowed value with its label, e.g. 1 = 图文. Value is a string's text or a number's literal.
type Value struct {
	Value string `json:"value"`
	Label string `json:"label,omitempty"`
}

// Encoding says that a value is not itself of its type but a string that holds it.
type Encoding string

// The encodings of a value inside a string.
const (
	EncodingNone Encoding = ""
	// EncodingJSON means a string that holds the value as JSON text.
	EncodingJSON Encoding = "JSON"
	// EncodingURL means a string that holds the value percent-encoded (application/x-www-form-urlencoded rules): the text
	// itself of a string, enum, date or datetime, the JSON text of any other value.
	EncodingURL Encoding = "URL"
)

// Constraints narrow a type. Zero values mean "no constraint".
type Constraints struct {
	// Pattern is an RE2 expression that must match the whole string.
	Pattern string `json:"pattern,omitempty"`
	// MinLength and MaxLength count Unicode code points of a string.
	MinLength *int `json:"minLength,omitempty"`
	MaxLength *int `json:"maxLength,omitempty"`
	// Minimum and Maximum are decimal literals, inclusive.
	Minimum string `json:"minimum,omitempty"`
	Maximum string `json:"maximum,omitempty"`
	// MinItems and MaxItems count the elements of a list.
	MinItems *int `json:"minItems,omitempty"`
	MaxItems *int `json:"maxItems,omitempty"`
	// ValueSetID names the value set that lists the allowed values.
	ValueSetID string `json:"valueSet,omitempty"`
	// Constant is the only allowed value, as a JSON scalar.
	Constant string `json:"constant,omitempty"`
	// Nullable allows JSON null; nil means the default: not allowed. In a narrowing only false has a meaning: it takes
	// back what the type allows.
	Nullable *bool `json:"nullable,omitempty"`
	// NonEmpty forbids the empty string, list and object; nil means the default: true where the property is required.
	NonEmpty *bool    `json:"nonEmpty,omitempty"`
	Encoding Encoding `json:"encoding,omitempty"`
}

// Presence says whether an event must carry a property.
type Presence string

// The presences.
const (
	PresenceRequired Presence = "REQUIRED"
	PresenceOptional Presence = "OPTIONAL"
	// PresenceAbsent means that the event does not carry the property on that terminal, be it a common one; where it does,
	// that is an extra property.
	PresenceAbsent Presence = "ABSENT"
)

// Condition is one clause of an event's match: the property must have exactly the value.
type Condition struct {
	Property string `json:"property"`
	// Value is compared with a string's text, or with a number's or boolean's literal as it was sent: 1 is not 1.0.
	Value string `json:"value"`
}

// Alias is a wire name that an event also answers to.
type Alias struct {
	Name string `json:"name"`
	// Until ends the window in which the alias is accepted, by the time the server receives an event; nil means for good.
	Until *time.Time `json:"until,omitempty"`
}

// Level is how much an event matters.
type Level string

// The levels.
const (
	LevelP0 Level = "P0"
	LevelP1 Level = "P1"
	LevelP2 Level = "P2"
)

// Sensitivity says whether a property's values are personal data.
type Sensitivity string

// The sensitivities.
const (
	SensitivityNone      Sensitivity = "NONE"
	SensitivityPersonal  Sensitivity = "PERSONAL"
	SensitivitySensitive Sensitivity = "SENSITIVE"
)

// TerminalKind is where an app runs.
type TerminalKind string

// The kinds of terminals.
const (
	TerminalIOS         TerminalKind = "IOS"
	TerminalAndroid     TerminalKind = "ANDROID"
	TerminalWeb         TerminalKind = "WEB"
	TerminalH5          TerminalKind = "H5"
	TerminalMiniProgram TerminalKind = "MINI_PROGRAM"
	TerminalServer      TerminalKind = "SERVER"
	TerminalOther       TerminalKind = "OTHER"
)

// Terminal is where the app runs, and how its events are recognised when the write key does not say it.
type Terminal struct {
	ID   string       `json:"id"`
	Key  string       `json:"key"`
	Kind TerminalKind `json:"kind"`
	// Libraries and Systems are SDK names and operating systems (case-insensitive, exact) by which an event is known to
	// come from this terminal. An event is of the first terminal, in the app's order, of which every non-empty list
	// holds the event's value. A terminal without lists is known by its write key alone, unless it is the only one.
	Libraries []string `json:"libraries,omitempty"`
	Systems   []string `json:"systems,omitempty"`
}

// PropertyRule is a property as one event uses it.
type PropertyRule struct {
	PropertyID string `json:"propertyId"`
	// Name is the wire name of the property.
	Name     string   `json:"name"`
	Type     Type     `json:"type"`
	Presence Presence `json:"presence"`
	// PresenceOn overrides Presence on some terminals, by terminal key.
	PresenceOn map[string]Presence `json:"presenceOn,omitempty"`
	// Narrowing adds constraints to those of Type; both must hold. NarrowingOn adds more on some terminals, by key.
	Narrowing   *Constraints            `json:"narrowing,omitempty"`
	NarrowingOn map[string]*Constraints `json:"narrowingOn,omitempty"`
}

// Definition is one complete event definition, everything resolved.
type Definition struct {
	EventID    string      `json:"eventId"`
	Key        string      `json:"key"`
	RevisionID string      `json:"revisionId,omitempty"`
	Kind       EventKind   `json:"kind"`
	WireName   string      `json:"wireName"`
	Match      []Condition `json:"match,omitempty"`
	Aliases    []Alias     `json:"aliases,omitempty"`
	// Terminals are the keys of the terminals that the event is planned on; empty means all of the app. For KindCommon
	// they are the terminals whose events carry the properties.
	Terminals  []string       `json:"terminals,omitempty"`
	Properties []PropertyRule `json:"properties,omitempty"`
	// ExcludedCommon are names of common properties that this event does not carry.
	ExcludedCommon []string `json:"excludedCommon,omitempty"`
	// ValueSets say under which key of Plan.ValueSets a value set is found that the properties draw on, by its id; one that
	// is not here is found under the id itself. Two definitions of a plan may so use different versions of a value set.
	ValueSets map[string]string `json:"valueSets,omitempty"`

	// Hash names the frozen text that the definition was made of; empty for a draft. It is no part of what Canonical writes.
	Hash string `json:"-"`
}

// ValueSetKey returns the key in Plan.ValueSets of the value set with the given id.
func (d *Definition) ValueSetKey(id string) string {
	if key, ok := d.ValueSets[id]; ok {
		return key
	}
	return id
}

// ValueSet is a shared dictionary of allowed values, resolved.
type ValueSet struct {
	ID     string  `json:"id"`
	Key    string  `json:"key"`
	Values []Value `json:"values"`
}

// Slot says which definition of an event holds on a terminal from an app version on, until that of the event's next slot
// there.
type Slot struct {
	// Terminal is the key of the terminal.
	Terminal string `json:"terminal"`
	// From is the app version that the slot starts from; empty means the first.
	From string `json:"from,omitempty"`
	// Definition is an index into Plan.Definitions.
	Definition int `json:"definition"`
	// Release is the number of the release that put the definition there.
	Release int `json:"release,omitempty"`
	// Offline says that the event is planned no more. Its definition still tells, by name and match, what is reported.
	Offline bool `json:"offline,omitempty"`
}

// Plan is what is valid in one environment.
type Plan struct {
	AppID         string `json:"appId"`
	EnvironmentID string `json:"environmentId"`
	// Version grows with each change; two plans of one environment with the same version are equal.
	Version   int64      `json:"version"`
	Terminals []Terminal `json:"terminals"`
	// Definitions may hold several of one event, where slots say which of them holds.
	Definitions []Definition `json:"definitions"`
	// Slots say where, and from which app version on, each definition holds. Nil means drafts: each holds on each of its
	// terminals, for every version.
	Slots []Slot `json:"slots"`
	// ValueSets are found by Definition.ValueSetKey.
	ValueSets map[string]*ValueSet `json:"valueSets,omitempty"`
}
