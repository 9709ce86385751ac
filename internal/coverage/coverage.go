// Package coverage tells what of the work under test was seen: of each planned event on each terminal, and of each of its
// properties there, whether it came valid, came wrong, or is still awaited (验收进度).
//
// A Target says what has to be seen; TargetOf makes it of a plan. A session folds its events into a Seen, one after the
// other in stream order; where it stops and goes on makes no difference. A Union holds the Seen of several sessions, and
// merging unions is associative, commutative and idempotent. Of puts target, union and the marks of testers together.
//
// What counts is what was seen last: in the newest build that is known, and within it by time; what tells no build counts
// by time. So a new build takes back nothing that was right. What was wrong has to be seen again once a newer build reports
// anything on that terminal, and what was seen by another definition than the target's has to be seen again, too: what
// changed of an event is told by property.
//
// The package is pure: no I/O, no clock.
package coverage

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/waymarkhq/waymark/internal/plan"
)

// State is what is known of something under test.
type State string

// The states.
const (
	NotSeen  State = "NOT_SEEN"
	Valid    State = "VALID"
	Invalid  State = "INVALID"
	SeeAgain State = "SEE_AGAIN"
	Passed   State = "PASSED"
	Failed   State = "FAILED"
	Waived   State = "WAIVED"
)

// Covers reports whether the gate is content with a state.
func (s State) Covers() bool { return s == Valid || s == Passed || s == Waived }

// fails reports whether something is known to be wrong.
func (s State) fails() bool { return s == Invalid || s == Failed }

// Build is an app's version with its build, as sent; both are empty where an SDK does not say.
type Build struct {
	Version string `json:"version,omitempty"`
	Build   string `json:"build,omitempty"`
}

// Known reports whether the build is told at all.
func (b Build) Known() bool { return b != Build{} }

// Compare returns -1 where b is older than o, 1 where it is newer, and 0 where they are the same.
func (b Build) Compare(o Build) int {
	return cmp.Or(plan.CompareVersions(b.Version, o.Version), plan.CompareVersions(b.Build, o.Build))
}

// order is Compare with a place for what is the same but written otherwise.
func (b Build) order(o Build) int {
	return cmp.Or(b.Compare(o), strings.Compare(b.Version, o.Version), strings.Compare(b.Build, o.Build))
}

// String is how people write it, e.g. "8.6.0 (801)".
func (b Build) String() string {
	switch {
	case b.Build == "":
		return b.Version
	case b.Version == "":
		return "(" + b.Build + ")"
	default:
		return b.Version + " (" + b.Build + ")"
	}
}

// Target is what is under test.
type Target struct {
	// Cells are in the order of their events, those of one event in the order of the terminals of the app.
	Cells []Cell `json:"cells"`
}

// Cell is one planned event on one terminal.
type Cell struct {
	EventID string `json:"eventId"`
	// Event is its plan key, Name its wire name.
	Event    string `json:"event"`
	Name     string `json:"name"`
	Terminal string `json:"terminal"`
	// ShouldNotFire says that it must not come there.
	ShouldNotFire bool `json:"shouldNotFire,omitempty"`
	// FromNone says that it must come from no version of the app: the plan that judges still knows it.
	FromNone bool `json:"fromNone,omitempty"`
	// Hash names what the plan says of the event on the terminal.
	Hash string `json:"hash"`
	// Properties are those that the event itself has on the terminal, common ones left out, and the fields of objects among
	// them.
	Properties []Property `json:"properties,omitempty"`
}

// Property is one property of a planned event on one terminal.
type Property struct {
	// Name is its path, e.g. items[].price.
	Name     string `json:"name"`
	Required bool   `json:"required,omitempty"`
	// Hash names what the plan says of it on the terminal.
	Hash string `json:"hash"`
	// Values have to be seen each.
	Values []string `json:"values,omitempty"`
}

// find returns the cell of an event on a terminal, or nil.
func (t *Target) find(event, terminal string) *Cell {
	for i := range t.Cells {
		if c := &t.Cells[i]; c.Event == event && c.Terminal == terminal {
			return c
		}
	}
	return nil
}

// Seen is what one session saw.
type Seen struct {
	Session string `json:"session"`
	// Through is the sequence number of the last event that is in it.
	Through int64 `json:"through"`
	// Cells are by the event's plan key, then by terminal.
	Cells map[string]map[string]*SeenCell `json:"cells,omitempty"`
	// Builds are those that reported anything, by terminal, oldest first.
	Builds map[string][]Build `json:"builds,omitempty"`
	// Unplanned counts the names that no plan knows, at most MaxUnplanned of them.
	Unplanned map[string]int `json:"unplanned,omitempty"`
	// Others is how many came under further names.
	Others int `json:"others,omitempty"`
}

// MaxUnplanned is how many unplanned names of a session are counted by name.
const MaxUnplanned = 500

// SeenCell is what a session saw of one event on one terminal.
type SeenCell struct {
	Valid   int `json:"valid,omitempty"`
	Invalid int `json:"invalid,omitempty"`
	Repeats int `json:"repeats,omitempty"`
	// Steps count what came within each step; what came before the first is of none.
	Steps map[int]int `json:"steps,omitempty"`
	Sights
	Properties map[string]*SeenProperty `json:"properties,omitempty"`
}

// SeenProperty is what a session saw of a property.
type SeenProperty struct {
	Valid   int `json:"valid,omitempty"`
	Invalid int `json:"invalid,omitempty"`
	// Values are those that have to be seen and came, in order.
	Values []string `json:"values,omitempty"`
	Sights
}

// Sights are the last ones, valid and invalid, of each build and definition.
type Sights struct {
	In []InBuild `json:"in,omitempty"`
}

// InBuild is what was last seen in a build while the plan said what Hash names.
type InBuild struct {
	Build
	Hash    string `json:"hash"`
	Valid   *Sight `json:"lastValid,omitempty"`
	Invalid *Sight `json:"lastInvalid,omitempty"`
}

// Sight is one event that was seen.
type Sight struct {
	Seq int64     `json:"seq"`
	At  time.Time `json:"at"`
	// Wrong are the paths of what was wrong in it; "" is the event itself.
	Wrong []string `json:"wrong,omitempty"`
}

// later reports whether s came after o, which may be nil.
func (s *Sight) later(o *Sight) bool {
	return o == nil || cmp.Or(s.At.Compare(o.At), cmp.Compare(s.Seq, o.Seq)) > 0
}

// Clone returns a copy that later events do not change.
func (s *Seen) Clone() *Seen {
	c := *s
	c.Cells = make(map[string]map[string]*SeenCell, len(s.Cells))
	for event, cells := range s.Cells {
		c.Cells[event] = make(map[string]*SeenCell, len(cells))
		for terminal, cell := range cells {
			c.Cells[event][terminal] = cell.clone()
		}
	}
	c.Builds = make(map[string][]Build, len(s.Builds))
	for terminal, list := range s.Builds {
		c.Builds[terminal] = slices.Clone(list)
	}
	c.Unplanned = maps.Clone(s.Unplanned)
	return &c
}

func (s *SeenCell) clone() *SeenCell {
	c := *s
	c.Steps, c.In = maps.Clone(s.Steps), slices.Clone(s.In)
	c.Properties = make(map[string]*SeenProperty, len(s.Properties))
	for name, p := range s.Properties {
		one := *p
		one.Values, one.In = slices.Clone(p.Values), slices.Clone(p.In)
		c.Properties[name] = &one
	}
	return &c
}

// Narrowed returns the target on some terminals only.
func (t *Target) Narrowed(terminals []string) *Target {
	n := &Target{}
	for i := range t.Cells {
		if slices.Contains(terminals, t.Cells[i].Terminal) {
			n.Cells = append(n.Cells, t.Cells[i])
		}
	}
	return n
}

// Digest names what the target asks for.
func (t *Target) Digest() string { return digestOf(t) }
