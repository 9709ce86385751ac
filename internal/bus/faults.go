package bus

import (
	"errors"

	"github.com/waymarkhq/waymark/internal/fault"
)

// Reasons of the Unavailable faults of this package; the collector answers each with 503 and Retry-After.
const (
	// ReasonFull: the stream has reached its cap, or its disk has. Lifted by Trim or by disk space.
	ReasonFull = "bus_full"
	// ReasonDown: no connection, no stream, or the bus is closed. The record was or was not stored.
	ReasonDown = "bus_down"
	// ReasonSlow: too much is waiting already, or the acknowledgement took too long. The record may still be stored.
	ReasonSlow = "bus_slow"
)

var (
	errFull     = fault.New(fault.Unavailable, ReasonFull, "The event stream is full.")
	errDiskLow  = fault.New(fault.Unavailable, ReasonFull, "The disk of the event stream is full.")
	errDown     = fault.New(fault.Unavailable, ReasonDown, "The event stream cannot be reached.")
	errNotReady = fault.New(fault.Unavailable, ReasonDown, "The event stream is not open yet.")
	errClosed   = fault.New(fault.Unavailable, ReasonDown, "The server is shutting down.")
	errSlow     = fault.New(fault.Unavailable, ReasonSlow, "The event stream does not keep up.")

	errNoPlace  = fault.Invalid(fault.Field{Path: "bus", Reason: "required", Message: "a directory or a NATS URL is needed"})
	errAckMode  = fault.Invalid(fault.Field{Path: "bus.ack", Reason: "unknown_value", Message: `must be "fsync" or "process"`})
	errTooBig   = fault.New(fault.InvalidInput, "record_too_large", "The payload is larger than the event stream takes.")
	errNoStream = fault.New(fault.NotFound, "bus_no_stream", "There is no event stream yet.")
	errForeign  = fault.New(fault.FailedPrecondition, "bus_foreign_stream",
		"The event stream on this NATS server belongs to another database.")
)

// inUse names the directory: whoever starts a server has to find it.
func inUse(dir string) error {
	return fault.New(fault.FailedPrecondition, "bus_dir_in_use",
		"The event stream's directory "+dir+" is in use by another process.").With("directory", dir)
}

// ErrStreamLost ends Read when the stream is no longer the one that EnsureStream last saw: it was deleted, recreated, or
// it lost its newest groups (a server without fsync after a power cut, a restored backup). Nothing is published
// meanwhile. Call EnsureStream with the position, count the gap it reports, and read on from StreamInfo.Resume.
var ErrStreamLost = errors.New("the event stream was lost or replaced")
