// Package capture holds what a device really reported, in one neutral form that every wire format decodes to, together
// with the verdict that the plan gave it, and the binary form in which it travels over the bus.
//
// The package is pure: no I/O, no clock. Strings of an Event may alias the payload that it was decoded from, which must
// therefore never be changed once it was handed to a decoder. An Event or Captured is built by one goroutine and is
// immutable, and so safe to share, after it was handed on.
package capture

import "time"

// Type says what sort of record an SDK sent.
type Type uint8

// The record types that SDKs know.
const (
	Track Type = iota + 1
	Page
	Screen
	Identify // a user's profile, also profile_set and its relatives
	Group
	Alias
	Item
)

// Event is one record as a device reported it.
type Event struct {
	// Format is the wire format, e.g. "segment" or "rudderstack".
	Format string
	Type   Type
	// ID is the sender's id of the record, or "h:" and a hash of the raw record where the sender gave a time but no id;
	// empty where it gave neither, in which case the record is never taken for a duplicate.
	ID string
	// Name is the wire name: the name as sent for Track, Page and Screen; for the other types, and for a nameless Page or
	// Screen, the type's own name ("identify", "page", …).
	Name string

	UserID, AnonymousID, DeviceID, SessionID, GroupID, PreviousID string

	// RunID is the test run that the event is of, at most MaxRunID bytes; empty outside of one.
	RunID string

	// EventTime and SentAt are the sender's clock as sent; zero where absent or unreadable. ReceivedAt is the server's.
	EventTime, SentAt, ReceivedAt time.Time

	App     App
	OS      OS
	Device  Device
	Library Library
	Page    PageInfo

	Locale, Timezone, Network, IP, UserAgent string

	// Raw is the record as JSON, exactly as sent (for formats that wrap it, the innermost JSON).
	Raw string
	// Properties are the record's own properties (for Identify and Group its traits), a view of the payload's tape. It is
	// there between decoding and checking only; afterwards PropertiesJSON is what remains.
	Properties Object
	// PropertiesAt is where the properties stand in Raw; a zero span where there are none.
	PropertiesAt Span
	// Partial says that the record changes a part of a profile or an item (an increment, what is set once, a removal), so that
	// what it does not carry is not missing.
	Partial bool
	// Notes are remarks of the decoder for the tester, e.g. "timestamp is not ISO 8601".
	Notes []string
}

// MaxRunID is how long the id of a test run may be, in bytes.
const MaxRunID = 200

// RunProperty is the property or trait that tells the test run which an event is of. No plan has to know it.
const RunProperty = "wm_run"

// Span is a range of bytes of a text: [Start, End).
type Span struct{ Start, End uint32 }

// PropertiesJSON returns the properties as sent, or "" where there are none.
func (e *Event) PropertiesJSON() string { return e.Raw[e.PropertiesAt.Start:e.PropertiesAt.End] }

// App is the reporting app as the SDK describes it.
type App struct{ Name, Version, Build, Namespace string }

// OS is the operating system as the SDK describes it.
type OS struct{ Name, Version string }

// Device is the hardware as the SDK describes it.
type Device struct{ Manufacturer, Model, Type string }

// Library is the SDK.
type Library struct{ Name, Version string }

// PageInfo is the web page that the record was made on.
type PageInfo struct{ URL, Path, Title, Referrer string }

// Verdict is the plan's judgement of a captured event.
type Verdict uint8

// The verdicts. The zero value means "not judged yet".
const (
	Valid Verdict = iota + 1
	Invalid
	Unplanned
)

// String returns the verdict's public name: VALID, INVALID or UNPLANNED.
func (v Verdict) String() string {
	return [...]string{"", "VALID", "INVALID", "UNPLANNED"}[v&3]
}

// Severity says how much a violation weighs: an Error makes the event invalid, a Warning does not.
type Severity uint8

// The severities.
const (
	Error Severity = iota + 1
	Warning
)

// String returns the severity's public name: ERROR or WARNING.
func (s Severity) String() string { return [...]string{"", "ERROR", "WARNING", ""}[s&3] }

// Violation is one broken rule in a captured event.
type Violation struct {
	// Code is the rule's stable identifier; package check lists them all.
	Code     string
	Severity Severity
	// Property is the path of the offending property, e.g. "items[2].price"; empty when it is about the event itself.
	Property string
	// Expected and Actual are for people: what the plan asks for, what came (shortened to 120 bytes).
	Expected, Actual string
}

// Captured is a reported event with its verdict and its place in the stream.
type Captured struct {
	Event
	// Seq is the sequence number: the bus sequence of its group × MaxGroupEvents + its index in the group.
	Seq int64
	// AppID, EnvironmentID, WriteKeyID and TerminalKey say by which key it came in and from which terminal; TerminalKey is
	// empty when the terminal was not recognised.
	AppID, EnvironmentID, WriteKeyID, TerminalKey string
	// EventID, EventKey and RevisionID name the definition that judged it, Hash its frozen text (empty for a draft); all are
	// empty when it is unplanned or a preset. Of an event that is offline they name what it was.
	EventID, EventKey, RevisionID, Hash string
	// Release is the number of the release that put the definition there, or took the event offline; 0 where drafts judged,
	// or no definition.
	Release    int
	Verdict    Verdict
	Violations []Violation
	// Masks are the parts of Raw that are masked, in their order; they do not overlap.
	Masks []Mask
}

// MaxGroupEvents is the largest number of events in one group on the bus.
const MaxGroupEvents = 4096
