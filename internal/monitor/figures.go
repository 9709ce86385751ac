// Package monitor counts: the figures that show an app, or all apps together, at a glance, now and as they change.
//
// A Service is safe for concurrent use and has no goroutines of its own; a Watch lives as long as its context.
package monitor

import (
	"time"

	"github.com/waymarkhq/waymark/internal/plan"
)

// Figures are those of one app, or of several, at one moment.
type Figures struct {
	At time.Time
	// Apps is how many apps they cover.
	Apps    int
	Batches []BatchStateCount
	// Events counts the planned events; ReportingEvents those of them that reported within the last 24 hours, and
	// EventsWithViolations those that reported something invalid within that time.
	Events, ReportingEvents, EventsWithViolations int
	// Minutes are the last 15, oldest first, per environment.
	Minutes []Minute
}

// BatchStateCount is how many batches are in one state.
type BatchStateCount struct {
	State plan.BatchState
	Count int
}

// Minute is what one environment captured in one minute.
type Minute struct {
	App, Environment                      string // keys
	Minute                                time.Time
	Valid, Invalid, Unplanned, Duplicates int64
}
