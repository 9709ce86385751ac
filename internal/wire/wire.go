// Package wire turns what SDKs send into captured events, and says what each SDK must be answered.
//
// A wire format is a value of type Format, made by its own package (wire/segment, wire/rudderstack): the requests that it
// serves, where its write key stands, how its payloads decode, and its answers. A Router holds the formats of a server.
// The way of a request:
//
//	match, ok := router.Match(method, path)       // 404 when not ok, 405 when match.Routes is empty
//	req.ReadBody(body, length, wire.DefaultLimits)
//	route := match.Pick(req)                      // formats that share a path are told apart by what was sent
//	key := route.WriteKey(req)
//	route.Decode(req, &decoded)
//	… check, store …
//	answer := route.Answer(req, wire.Outcome{Kind: wire.Accepted, Decoded: &decoded})
//
// Everything a format says is data or a pure function of the request: no clock, no I/O besides reading the body. Formats
// and Routers are immutable and safe for concurrent use; a Request and a Decoded belong to one goroutine at a time.
package wire

import (
	"net/http"
	"time"

	"github.com/waymarkhq/waymark/internal/capture"
)

// Task is what a request wants.
type Task uint8

// The tasks.
const (
	// Collect brings events.
	Collect Task = iota + 1
	// Configure is an SDK that asks for its settings before it sends anything.
	Configure
	// Discard brings what we have no use for (the SDK's own metrics): it is answered with success and forgotten.
	Discard
	// Pair is an app that a tester has opened with a code and that tells who it is.
	Pair
)

// Format is one wire format.
type Format struct {
	// Name is the Format of the events, e.g. "segment".
	Name   string
	Routes []Route
}

// Route is one kind of request that a format serves.
type Route struct {
	// Format is the name of the format that the route belongs to; NewRouter fills it in.
	Format string
	Method string
	// Path is an absolute path without a slash at its end; it is served with and without one. One segment may be a
	// variable, written {name}: it matches any one segment, which becomes Request.Param.
	Path string
	Task Task
	// Deaf says that nobody hears the answer (an image, a beacon): what is refused here is lost, and should be counted.
	Deaf bool
	// Claims tells formats that share a path apart: the first route, in the order of the formats, whose Claims says true
	// serves the request. nil claims all. It may look at the body through Request.JSON.
	Claims func(*Request) bool
	// WriteKey returns the write key, "" where there is none; it never fails, also when the body is unreadable. nil means
	// that the request needs no key.
	WriteKey func(*Request) string
	// Decode appends the payload's events to d. Its error is an *Error, and then no event was appended; a record that
	// cannot be read costs only itself and becomes a Rejection. Set for Collect only.
	Decode func(r *Request, d *Decoded) error
	// DryRun tells the requests whose events are judged, for the answer, and not kept. nil keeps all.
	DryRun func(*Request) bool
	// Pairing returns the code and the app's id, each "" where it is missing. Set for Pair only.
	Pairing func(*Request) (code, id string)
	// Answer says what the sender must hear.
	Answer func(r *Request, o Outcome) Answer
}

// Kind is how a request came out.
type Kind uint8

// The kinds of outcomes.
const (
	// Accepted: everything in it is durable (Collect), or the key is known (Configure).
	Accepted Kind = iota + 1
	// UnknownKey: the write key is missing, unknown or revoked.
	UnknownKey
	// Malformed: the body could not be read.
	Malformed
	// TooLarge: the body is beyond the limits.
	TooLarge
	// Throttled: the sender has to slow down.
	Throttled
	// Unavailable: events cannot be made durable right now.
	Unavailable
)

// Outcome is how a request came out.
type Outcome struct {
	Kind Kind
	// Reason is for the developer of the sender; formats whose answers carry a text use it.
	Reason string
	// RetryAfter is when to come back, for Throttled and Unavailable; default 5 s.
	RetryAfter time.Duration
	// Decoded is what was accepted, with verdicts; nil otherwise.
	Decoded *Decoded
}

// Decoded is what a payload held. The zero value is ready; Reset makes it ready again and keeps its memory.
//
// The events alias the payload: see Request.Reset.
type Decoded struct {
	// Events hold what the device reported; the place in the stream, the ids of app, environment and key, and the verdict
	// are the collector's to fill in.
	Events []capture.Captured
	// Rejected are the records that could not be read as events.
	Rejected []Rejection

	payload Payload // the memory of Request.Payload
	record  Record
}

// Rejection is one record of a payload that could not be read.
type Rejection struct {
	Index  int    // its place in the payload
	Reason string // for people, e.g. "a record must be an object, not a string"
	Raw    string // the record as sent, cut to MaxRejectedRaw bytes
}

// MaxRejectedRaw is how much of an unreadable record is kept, in bytes.
const MaxRejectedRaw = 4096

// Reset empties d.
func (d *Decoded) Reset() {
	clear(d.Events)
	clear(d.Rejected)
	d.Events, d.Rejected = kept(d.Events, keepEvents), kept(d.Rejected, keepEvents)
	d.payload, d.record = Payload{}, Record{}
}

// Answer is what a sender hears.
type Answer struct {
	Status      int
	ContentType string // empty where there is no body
	Body        string
	RetryAfter  time.Duration // 0: no such header
	// Reason tells a developer who looks at the answer what was wrong, where the SDK's rules leave no room for it in the
	// body. It becomes the header Waymark-Reason.
	Reason string
}

// Because returns the answer with the outcome's reason.
func (a Answer) Because(o Outcome) Answer {
	a.Reason = o.Reason
	return a
}

// Header sets the answer's headers on h: its type, Retry-After, and that nothing may be cached, while pages of any
// origin may load it.
func (a Answer) Header(h http.Header) {
	if a.ContentType != "" {
		h.Set("Content-Type", a.ContentType)
	}
	if a.RetryAfter > 0 {
		h.Set("Retry-After", seconds(a.RetryAfter))
	}
	if a.Reason != "" {
		h.Set("Waymark-Reason", a.Reason)
	}
	h.Set("Cache-Control", "no-store")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("X-Content-Type-Options", "nosniff")
}
