package collect

import (
	"context"
	"time"

	"github.com/waymarkhq/waymark/internal/capture"
)

// CountFigures returns what a writer does with each event for the figures of properties.
func CountFigures() func(*capture.Captured) { return newFigures(newLabels(nil), nil).event }

// Pace is how often a writer does things.
type Pace struct {
	Batch, Lease, Trim, Sweep, Retry, Settle time.Duration
	BatchEvents, BatchBytes                  int
	TrimGroups                               uint64
}

// SetPace makes a writer faster than it usually is; zero fields stay as they are.
func (w *Writer) SetPace(p Pace) {
	set(&w.pace.batch, p.Batch)
	set(&w.pace.lease, p.Lease)
	set(&w.pace.trim, p.Trim)
	set(&w.pace.settle, p.Settle)
	set(&w.pace.sweepFirst, p.Sweep)
	set(&w.pace.sweep, p.Sweep)
	set(&w.pace.retryFirst, p.Retry)
	set(&w.pace.retry, p.Retry)
	set(&w.pace.batchEvents, p.BatchEvents)
	set(&w.pace.batchBytes, p.BatchBytes)
	set(&w.pace.trimGroups, p.TrimGroups)
}

func set[T comparable](to *T, v T) {
	var zero T
	if v != zero {
		*to = v
	}
}

// Flush writes what was noted.
func (l *Refusals) Flush(ctx context.Context) { l.flush(ctx) }

// InShare says whether an event is of a share.
var InShare = inShare

// Usable works out since when a property can be used.
var Usable = usable
