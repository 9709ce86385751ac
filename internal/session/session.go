// Package session works out what belongs to capture sessions: which events of an environment are those of a session's devices,
// which devices there are, and what the definitions under test say of what they report.
//
// Everything here is pure: of what is bound and of events in stream order it makes the same, on every node, whoever asks and in
// however many parts the events come.
package session

import (
	"strings"

	"github.com/waymarkhq/waymark/internal/check"
)

// What a session tests.
const (
	TestsBatches = "BATCHES"
	TestsEvents  = "EVENTS"
	TestsNothing = "NOTHING"
)

// What sort of id is bound.
const (
	// Device is a device or a visitor.
	Device = "DEVICE"
	// User is a signed-in user.
	User = "USER"
)

// How an id comes to be bound.
const (
	HandShake = "HAND_SHAKE"
	Link      = "LINK"
	Typed     = "TYPED"
	Picked    = "PICKED"
)

// nobody is what apps send for an id where they know none, beside what programming languages print, in lower case.
var nobody = map[string]bool{
	"": true, "none": true, "unknown": true, "anonymous": true, "guest": true, "false": true, "-1": true, "n/a": true,
}

// IsPlaceholder reports whether a text stands where an id should be, and names nobody.
func IsPlaceholder(id string) bool {
	id = strings.TrimSpace(id)
	if len(id) > longestNobody {
		return id[0] == '0' && strings.Trim(id, "0-") == ""
	}
	return nobody[strings.ToLower(id)] || check.IsPlaceholder(id) || strings.Trim(id, "0-") == ""
}

// longestNobody is the longest text that names nobody, but for a row of zeros.
const longestNobody = len("[object Object]")
