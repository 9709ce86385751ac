package check

import (
	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/preset"
)

// MaxViolations is how many violations of one event are listed.
const MaxViolations = 64

// MaxText is the longest Expected or Actual of a violation, in bytes; maxPath the longest Property.
const (
	MaxText = 120
	maxPath = 300
)

// Result is a judgement. The zero value is ready; it may be used again and again, which saves its buffers.
type Result struct {
	// EventID, EventKey and RevisionID name the definition that judged the event, Hash its frozen text; empty when the event
	// is a preset or unplanned. Of an event that is offline they name what it was.
	EventID, EventKey, RevisionID, Hash string
	// Release is the number of the release that put the definition there, or took the event offline; 0 for drafts, and where
	// no definition is named.
	Release int
	Verdict capture.Verdict
	// Violations are at most MaxViolations, in the order of the event, what is missing last. Where there are more, errors
	// come before warnings. The next Check overwrites the slice, not the texts in it.
	Violations []capture.Violation
	// More is how many further violations there were.
	More int

	scratch
}

// scratch is what a judgement needs while it is made.
type scratch struct {
	version  appVersion // of the event
	invalid  bool
	warnings int // among the listed violations
	event    *capture.Event
	presets  *preset.Catalogue // of the event's format, once it was asked for
	path     []segment
	objects  int // how many planned objects the current place lies in
	seen     []uint64
	values   []string // of the properties that tell events apart
	key      []byte
	tapes    []capture.Tape // for texts that hold JSON, one per nesting
	inner    int            // how many of the tapes are in use
}

// segment is one step of a path: an index, or a member's name where the index is negative.
type segment struct {
	name  string
	index int
}

// wholeEvent is the place of what is about the event itself.
var wholeEvent = segment{index: -2}

func named(name string) segment { return segment{name: name, index: -1} }

func indexed(i int) segment { return segment{index: i} }

// reset empties r but keeps its buffers.
func (r *Result) reset() {
	r.EventID, r.EventKey, r.RevisionID, r.Hash = "", "", "", ""
	r.Release, r.Verdict, r.More = 0, 0, 0
	r.Violations = r.Violations[:0]
	r.invalid, r.warnings, r.event, r.presets = false, 0, nil, nil
}

// isPreset reports whether the SDK put a property of this name into the event by itself.
func (r *Result) isPreset(name string) bool {
	if r.presets == nil {
		r.presets = preset.Of(r.event.Format)
	}
	return r.presets.IsProperty(r.event.Type, name)
}

// fail notes a violation of the rule with the given code at a place below the current path, and returns the entry to be
// completed with what was expected and what came; nil where it is only counted. So the texts, which cost more than the
// judging, are made for listed violations alone.
func (r *Result) fail(code string, at segment) *capture.Violation {
	severity := severities[code]
	if severity == capture.Error {
		r.invalid = true
	}
	v := r.place(severity)
	if v == nil {
		return nil
	}
	if severity == capture.Warning {
		r.warnings++
	}
	*v = capture.Violation{Code: code, Severity: severity, Property: r.pathTo(at)}
	return v
}

// place finds room for one more violation: at the end, or for an error in a full list in place of the last warning.
func (r *Result) place(severity capture.Severity) *capture.Violation {
	if len(r.Violations) < MaxViolations {
		r.Violations = append(r.Violations, capture.Violation{})
		return &r.Violations[len(r.Violations)-1]
	}
	r.More++
	if severity != capture.Error || r.warnings == 0 {
		return nil
	}
	for i := len(r.Violations) - 1; ; i-- {
		if r.Violations[i].Severity == capture.Warning {
			r.warnings--
			return &r.Violations[i]
		}
	}
}
