package coverage

import (
	"cmp"
	"strings"
	"time"
)

// MarkKind is what a tester says.
type MarkKind string

// The kinds of marks.
const (
	MarkPass   MarkKind = "PASS"
	MarkFail   MarkKind = "FAIL"
	MarkWaived MarkKind = "WAIVED"
	// MarkNone takes back what was said before.
	MarkNone MarkKind = "NONE"
)

// Mark is what a tester said of an event, or of one of its properties, on a terminal.
type Mark struct {
	ID       string
	Event    string
	Property string // path; empty for the event as a whole
	Terminal string
	Kind     MarkKind
	// Build is the one that it is about.
	Build Build
	// Hash is that of the cell or the property when it was said.
	Hash      string
	At        time.Time
	ExpiresAt time.Time // of a waiver; zero for good
}

// place is what a mark is about.
type place struct{ event, property, terminal string }

// marked are the newest marks, by what they are about.
type marked map[place]*Mark

func newest(marks []Mark) marked {
	m := marked{}
	for i := range marks {
		k := &marks[i]
		at := place{k.Event, k.Property, k.Terminal}
		if have := m[at]; have == nil || cmp.Or(k.At.Compare(have.At), strings.Compare(k.ID, have.ID)) > 0 {
			m[at] = k
		}
	}
	return m
}

// on returns what holds for a property: what was said of it, or else of the event as a whole, unless that is that it is
// wrong, which need not be for this property. The empty property is the event itself.
func (m marked) on(c *Cell, property string) *Mark {
	if k := m[place{c.Event, property, c.Terminal}]; k != nil && k.Kind != MarkNone {
		return k
	}
	if k := m[place{c.Event, "", c.Terminal}]; property != "" && k != nil && (k.Kind == MarkPass || k.Kind == MarkWaived) {
		return k
	}
	return nil
}

// apply returns the state with a mark on it; ok is false where the mark no longer counts. A waiver counts until it expires.
// That something is right or wrong counts until a newer build than the marked one shows something else; where no build is
// told, what is marked as right counts until it comes wrong again. A change of the definition ends both.
func (k *Mark) apply(state State, l *last, hash string, newest Build, now time.Time) (with State, ok bool) {
	switch {
	case k.Kind == MarkWaived:
		return Waived, k.ExpiresAt.IsZero() || now.Before(k.ExpiresAt)
	case k.Hash != hash:
		return SeeAgain, state == NotSeen
	case k.Kind == MarkPass:
		return Passed, l.valid || !k.seenSince(l)
	case !k.Build.Known() || newest.Compare(k.Build) <= 0:
		return Failed, true
	default:
		return SeeAgain, !k.seenSince(l)
	}
}

// seenSince reports whether what was seen last tells more than the mark does.
func (k *Mark) seenSince(l *last) bool {
	if !l.any || l.stale {
		return false
	}
	if k.Build.Known() && l.Build.Known() {
		return l.Build.Compare(k.Build) > 0
	}
	return l.At.After(k.At)
}
