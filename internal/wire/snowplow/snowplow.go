// Package snowplow is the wire format of Snowplow's trackers: the tracker protocol, as a payload of records whose values
// are all strings, or as one record in a query. What an app tracks stands inside of such a string, as self-describing JSON
// that is mostly base64; its schema's name is the event's name.
//
// Sources: Snowplow's public documents of the tracker protocol; requests recorded from @snowplow/node-tracker 4.8.0,
// @snowplow/browser-tracker 4.10.1 and snowplow-golang-tracker 3.1.0 (testdata of package wire); the sources of those.
//
// Everything here is pure and safe for concurrent use.
package snowplow

import (
	"net/http"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
)

// Name is the name of the format.
const Name = "snowplow"

// Format returns the format.
func Format() wire.Format {
	return wire.Format{Name: Name, Routes: []wire.Route{
		{
			Method: http.MethodPost, Path: "/{vendor}/tp2", Task: wire.Collect, WriteKey: key(payload), Decode: decode(payload),
			Answer: answer(wire.Text(http.StatusOK, "ok")),
		},
		{
			Method: http.MethodGet, Path: "/i", Task: wire.Collect, WriteKey: key(query), Decode: decode(query),
			Answer: answer(wire.Image(nil, wire.Outcome{})),
		},
	}}
}

// key returns the write key. The protocol has none, so an app's id is taken for it (aid), else the tracker's name space
// (tna): those of the first record that has one.
func key(build func(*wire.Builder) error) func(*wire.Request) string {
	return func(r *wire.Request) string {
		tape, err := r.Build(build)
		if err != nil {
			return ""
		}
		for _, name := range []string{"aid", "tna"} {
			if key := first(tape, name); key != "" {
				return key
			}
		}
		return ""
	}
}

// first returns the first text that a record has under a name, or "".
func first(tape capture.Tape, name string) string {
	list := capture.Object(tape).Inside(0)
	for i, n := range list.Members {
		if n.Kind != capture.ObjectKind {
			continue
		}
		record := list.Inside(i)
		if at := record.Find(name); at >= 0 && record[at].Kind == capture.String && record[at].Text != "" {
			return record[at].Text
		}
	}
	return ""
}

// answer returns the answers of a route. Trackers drop a payload on 400 and 401 and send everything else again, so that a
// payload that is too large is malformed to them.
func answer(success wire.Answer) func(*wire.Request, wire.Outcome) wire.Answer {
	return func(_ *wire.Request, o wire.Outcome) wire.Answer {
		switch o.Kind {
		case wire.Accepted:
			return success
		case wire.UnknownKey:
			return wire.Text(http.StatusUnauthorized, "the app id is no known write key").Because(o)
		case wire.Throttled, wire.Unavailable:
			return wire.Retry(http.StatusServiceUnavailable, "Service Unavailable", o)
		default:
			return wire.Text(http.StatusBadRequest, "Bad Request").Because(o)
		}
	}
}
