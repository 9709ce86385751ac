package store

import (
	"errors"
	"time"

	"github.com/waymarkhq/waymark/internal/capture"
)

// ErrFenced says that another writer has moved the position, or holds the lease: nothing was written, read the position
// again.
var ErrFenced = errors.New("another writer has moved the capture position")

// CapturePosition is how far the stream is in the database. The zero value is a database that has seen nothing.
type CapturePosition struct {
	// StreamID is the identity of the stream, Seq the last group that is in the database.
	StreamID string
	Seq      uint64
	// Lost is how many groups were never seen because the stream had lost them; Gaps how often that happened, or the
	// stream was another one.
	Lost, Gaps int64
	// Figures is the last group whose figures of properties are in the database: Seq, or one before it.
	Figures uint64
}

// CaptureBatch is what one transaction of the writer brings: whole groups, folded and counted.
type CaptureBatch struct {
	// Owner is the writer; From is the position that it read, To the one to move to. The transaction compares StreamID and
	// Seq of From, and ends with ErrFenced when they are not what is stored.
	Owner    string
	From, To CapturePosition
	// Samples are the events to keep, in ascending order of Seq.
	Samples []*capture.Captured
	// Counters, Minutes, Events, Runs are added to what is there.
	Counters map[CounterKey]int64
	Minutes  map[MinuteKey]MinuteCounts
	Events   map[EventKey]EventSeen
	Runs     map[RunKey]RunSeen
	// Labels are names and versions seen for the first time in their environment.
	Labels []Label
	// Properties and Fills are figures of properties, of the groups behind From.Figures up to To.Figures.
	Properties map[PropertyKey]*PropertySeen
	Fills      map[FillKey]*Fill
	// NotKept is how many events each environment's figures count that are not among the samples.
	NotKept map[string]int64
}

// OtherLabel stands for all names, versions and codes beyond an environment's cap.
const OtherLabel = "(other)"

// CounterKey says what a counter counts: events of one environment, terminal, event, version and verdict in one hour, and
// among them (Code not empty) those with a violation of that code.
type CounterKey struct {
	EnvironmentID string
	Hour          int64  // Unix time / 3600
	Terminal      string // key; empty when unknown
	EventID       string // empty when unplanned or a preset
	Name          string // the wire name, or OtherLabel
	AppVersion    string // as sent, or OtherLabel
	Verdict       capture.Verdict
	Code          string
}

// MinuteKey is one minute of one environment.
type MinuteKey struct {
	EnvironmentID string
	Minute        int64 // Unix time / 60
}

// MinuteCounts are what came in one minute; repeats are in Duplicates only.
type MinuteCounts struct{ Valid, Invalid, Unplanned, Duplicates int64 }

// EventKey is a planned event in one environment, on one terminal.
type EventKey struct{ EnvironmentID, EventID, Terminal string }

// EventSeen is what was seen of an event: added to what is there, with the earliest First and the latest Last.
type EventSeen struct {
	Count, Invalid           int64
	First, Last, LastInvalid time.Time // by the server's clock; LastInvalid zero for none
}

// RunKey says what is counted of a test run: its events of one definition or name, terminal and verdict.
type RunKey struct {
	EnvironmentID, RunID string
	EventKey             string // in the plan; empty when unplanned or a preset
	Name                 string // the wire name, or OtherLabel
	Terminal             string // key; empty when unknown
	Verdict              capture.Verdict
}

// RunSeen is how many of them there were, and when by the server's clock.
type RunSeen struct {
	Count       int64
	First, Last time.Time
}

// Plus returns both together.
func (r RunSeen) Plus(o RunSeen) RunSeen {
	if o.First.Before(r.First) {
		r.First = o.First
	}
	if o.Last.After(r.Last) {
		r.Last = o.Last
	}
	r.Count += o.Count
	return r
}

// LabelKind is what a label names.
type LabelKind string

// The kinds of labels.
const (
	LabelName    LabelKind = "name"
	LabelVersion LabelKind = "version"
	// LabelProperty is the name of a property that the app's plan does not know.
	LabelProperty LabelKind = "property"
)

// Label is a name, version or property that an environment has sent. How many there can be is capped, so that hostile ones cannot
// grow the counters.
type Label struct {
	EnvironmentID string
	Kind          LabelKind
	Value         string
}

// CapturedBy is what the captured events of one answer are grouped by.
type CapturedBy uint8

// The groupings.
const (
	ByEnvironment CapturedBy = iota + 1
	ByEvent
)

// CapturedQuery asks for the newest captured events of each of several parents. Empty fields do not narrow; the values of
// one field are alternatives; all fields have to agree.
type CapturedQuery struct {
	// By says what Parents are: ids of environments or of planned events.
	By      CapturedBy
	Parents []string
	// EnvironmentIDs narrows further.
	EnvironmentIDs []string
	// EventKeys are plan keys; an event that no definition judged is known by its name as sent.
	EventKeys []string
	Verdicts  []capture.Verdict
	Codes     []string
	Terminals []string
	// DeviceIDs are device ids, or anonymous ids, which take their place in SDKs that know no device. UserIDs are signed-in or anonymous ids.
	DeviceIDs, UserIDs, AppVersions []string
	// RunID is a test run.
	RunID string
	// Text has to occur in the record as sent, whatever its letter case.
	Text string
	// ReceivedFrom and ReceivedBefore are the time in which the server took them in, [from, before); a zero one does not narrow.
	ReceivedFrom, ReceivedBefore time.Time
	// Before is a sequence number: only older events; 0 for the newest.
	Before int64
	// Limit is the most for each parent.
	Limit int
}

// EventTotal is what an environment has seen of an event, on all terminals together.
type EventTotal struct {
	EventID, EnvironmentID string
	EventSeen
}

// Minute is what one environment captured in one minute.
type Minute struct {
	EnvironmentID string
	At            time.Time
	MinuteCounts
}
