// Package amplitude is the wire format of Amplitude: what its SDKs send to /2/httpapi and /batch, and its HTTP, Identify and
// Group Identify APIs.
//
// Sources: Amplitude's public documents of these APIs; the sources of @amplitude/analytics-core 2.40.0 (which reads the
// answers); requests recorded from @amplitude/analytics-node 1.5.73 and analytics-browser 2.40.0 (testdata of package wire).
//
// Everything here is pure and safe for concurrent use.
package amplitude

import (
	"net/http"
	"strings"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
)

// Name is the name of the format.
const Name = "amplitude"

// The vendor's limits of a payload, in bytes. What is larger is taken all the same, and noted.
const (
	MaxPayloadBytes = 1 << 20
	MaxBatchBytes   = 20 << 20
)

// Format returns the format. It claims its own payloads at /batch, which is PostHog's too, so it stands before that.
func Format() wire.Format {
	f := wire.Format{Name: Name}
	add := func(path string, typ capture.Type, limit int, claims func(*wire.Request) bool) {
		f.Routes = append(f.Routes, wire.Route{
			Method: http.MethodPost, Path: path, Task: wire.Collect, Claims: claims, WriteKey: key, Decode: decode(typ, limit), Answer: answer,
		})
	}
	add("/2/httpapi", 0, MaxPayloadBytes, nil)
	add("/httpapi", 0, MaxPayloadBytes, nil)
	add("/batch", 0, MaxBatchBytes, isOwn)
	add("/identify", capture.Identify, MaxPayloadBytes, nil)
	add("/groupidentify", capture.Group, MaxPayloadBytes, nil)
	return f
}

// lists are the members of a payload that hold its events: one, or a list.
var lists = []string{"events", "event", "identification"}

// isOwn reports whether a payload is Amplitude's: it calls the list of its events events. Of what cannot be read the words
// in it decide.
func isOwn(r *wire.Request) bool {
	tape, err := r.Unwrap(text)
	if err != nil {
		return strings.Contains(r.Body, `"events"`) && !strings.Contains(r.Body, `"batch"`)
	}
	if tape[0].Kind != capture.ObjectKind {
		return false
	}
	root := capture.Object(tape).Inside(0)
	return root.Find("events") >= 0 && root.Find("batch") < 0
}

// text returns the JSON text of a request: its body, or a list of events in a form.
func text(r *wire.Request) (string, error) {
	body := strings.TrimLeft(strings.TrimPrefix(r.Body, "\ufeff"), " \t\r\n")
	if !strings.HasPrefix(body, "{") && !strings.HasPrefix(body, "[") {
		for _, name := range lists {
			if value, ok := wire.QueryValue(body, name); ok {
				return value, nil
			}
		}
	}
	return r.Body, nil
}

// events returns the index of the list of events of a payload, or of its only event; ok is false where there is neither.
func events(tape capture.Tape) (list int, ok bool) {
	if tape[0].Kind == capture.Array {
		return 0, true
	}
	if tape[0].Kind != capture.ObjectKind {
		return 0, false
	}
	root := capture.Object(tape).Inside(0)
	for _, name := range lists {
		if at := root.Find(name); at >= 0 {
			return 1 + at, root[at].Kind == capture.Array || root[at].Kind == capture.ObjectKind
		}
	}
	for _, name := range []string{"event_type", "user_properties", "group_properties"} {
		if root.Find(name) >= 0 {
			return 0, true
		}
	}
	return 0, false
}

// key returns the write key: the api_key of the payload, of the form, or of the query.
func key(r *wire.Request) string {
	if tape, err := r.Unwrap(text); err == nil {
		if k := wire.Member(tape, 0, "api_key"); k != "" {
			return k
		}
	}
	for _, form := range []string{r.Body, r.Query} {
		if strings.HasPrefix(form, "{") {
			continue
		}
		if k, _ := wire.QueryValue(form, "api_key"); k != "" {
			return k
		}
	}
	return ""
}
