// Package posthog is the wire format of PostHog: what its SDKs send to /batch, /e, /capture and /i/v0/e (v0), to
// /i/v1/analytics/events (v1, which hears of each event what became of it), and what they ask before they send anything.
//
// Sources: PostHog's public API documents; the sources of its capture service, of posthog-js 1.449.2, posthog-node 5.70.0
// and posthog-go 1.5.2; requests recorded from those (testdata of package wire).
//
// Everything here is pure and safe for concurrent use.
package posthog

import (
	"net/http"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
)

// Name is the name of the format.
const Name = "posthog"

// The vendor's limits of a payload, in bytes. What is larger is taken all the same, and noted.
const (
	MaxPayloadBytes = 2 << 20
	MaxBatchBytes   = 20 << 20
)

// Format returns the format. At /batch it takes what Amplitude does not claim, at /track and /engage only what cannot be
// Mixpanel's: so it stands behind the one and before the other.
func Format() wire.Format {
	f := wire.Format{Name: Name}
	add := func(r wire.Route, paths ...string) {
		for _, r.Path = range paths {
			f.Routes = append(f.Routes, r)
		}
	}
	for _, method := range []string{http.MethodPost, http.MethodGet} {
		v0 := wire.Route{Method: method, Task: wire.Collect, WriteKey: key, Decode: decode(MaxPayloadBytes), Answer: answer}
		add(v0, "/e", "/capture", "/i/v0/e")
		v0.Decode = decode(MaxBatchBytes)
		add(v0, "/batch", "/i/v0/ai/batch")
		v0.Claims = isOwn
		add(v0, "/track", "/engage")
		add(wire.Route{Method: method, Task: wire.Discard, Answer: discard}, "/s")
	}
	add(wire.Route{
		Method: http.MethodPost, Task: wire.Collect, WriteKey: bearer, Decode: decode(MaxBatchBytes), Answer: answerEach,
	}, "/i/v1/analytics/events")
	add(wire.Route{Method: http.MethodPost, Task: wire.Discard, Answer: discard}, "/i/v1/logs", "/i/v1/metrics", "/i/v1/traces")
	add(wire.Route{Method: http.MethodPost, Task: wire.Configure, WriteKey: key, Answer: flags}, "/flags", "/decide")
	add(wire.Route{Method: http.MethodGet, Task: wire.Configure, WriteKey: pathKey, Answer: config}, "/array/{key}/config")
	add(wire.Route{Method: http.MethodGet, Task: wire.Configure, Answer: noScript}, "/array/{key}/config.js")
	add(wire.Route{Method: http.MethodGet, Task: wire.Configure, WriteKey: queryKey, Answer: surveys}, "/api/surveys")
	return f
}

// isOwn reports whether a payload at a path that is Mixpanel's too is PostHog's: it names its key outside of the
// properties, or has a member that Mixpanel's events have not.
func isOwn(r *wire.Request) bool {
	tape, err := r.Unwrap(text)
	if err != nil {
		return false
	}
	list, ok := records(tape)
	if !ok {
		return false
	}
	if list > 0 || tape[0].Kind == capture.ObjectKind && has(tape, 0, "api_key", "token") {
		return true
	}
	first := list
	if tape[list].Kind == capture.Array {
		first++
	}
	return first < len(tape) && tape[first].Kind == capture.ObjectKind &&
		has(tape, first, "api_key", "token", "distinct_id", "uuid", "timestamp", "offset")
}

// has reports whether the object at index i has a member of one of the names.
func has(tape capture.Tape, i int, names ...string) bool {
	o := capture.Object(tape).Inside(i)
	for _, name := range names {
		if o.Find(name) >= 0 {
			return true
		}
	}
	return false
}

// text returns the JSON text of a request.
func text(r *wire.Request) (string, error) {
	if how, _ := wire.QueryValue(r.Query, "compression"); how == "lz64" || how == "lz-string" {
		return "", wire.NewMalformed("the data is packed with lz-string, which only SDKs do that another server told to; gzip and base64 are read")
	}
	return wire.Data(r)
}

// records returns the index of the list of events of a payload, or of the payload where it is an event itself; ok is
// false where it is neither.
func records(tape capture.Tape) (list int, ok bool) {
	switch tape[0].Kind {
	case capture.Array:
		return 0, true
	case capture.ObjectKind:
	default:
		return 0, false
	}
	o := capture.Object(tape).Inside(0)
	if at := o.Find("batch"); at >= 0 {
		return 1 + at, o[at].Kind == capture.Array
	}
	return 0, has(tape, 0, "event", "$set", "$set_once", "$unset")
}

// key returns the write key of a v0 payload or of a question: that of the payload, else of the first event that has one,
// else the query's or that of a Bearer authorization.
func key(r *wire.Request) string {
	if tape, err := r.Unwrap(text); err == nil {
		if k := own(tape, 0); k != "" {
			return k
		}
		if k := firstToken(tape); k != "" {
			return k
		}
	}
	if k := queryKey(r); k != "" {
		return k
	}
	return bearer(r)
}

// own returns the key that an object names beside its properties.
func own(tape capture.Tape, i int) string { return wire.Member(tape, i, "api_key", "token", "$token") }

// firstToken returns the key of the first event that names one.
func firstToken(tape capture.Tape) string {
	list, ok := records(tape)
	if !ok || tape[list].Kind != capture.Array {
		return token(tape, 0)
	}
	for j := range capture.Object(tape).Inside(list).Members {
		if k := token(tape, list+1+j); k != "" {
			return k
		}
	}
	return ""
}

// token returns the key of the event at index i.
func token(tape capture.Tape, i int) string {
	if k := own(tape, i); k != "" || tape[i].Kind != capture.ObjectKind {
		return k
	}
	if at := capture.Object(tape).Inside(i).Find("properties"); at >= 0 {
		return wire.Member(tape, i+1+at, "token")
	}
	return ""
}

func queryKey(r *wire.Request) string {
	for _, name := range []string{"token", "api_key"} {
		if k, _ := wire.QueryValue(r.Query, name); k != "" {
			return k
		}
	}
	return ""
}

func bearer(r *wire.Request) string { return wire.BearerKey(r.Header) }

func pathKey(r *wire.Request) string { return r.Param }
