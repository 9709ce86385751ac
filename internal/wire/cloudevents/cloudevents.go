// Package cloudevents is the wire format of CloudEvents 1.0 over HTTP, the neutral way to send events from any language
// without an SDK of ours: structured (one JSON event), batched (a list of them) and binary (the event in headers, its data
// in the body).
//
// Sources: the specification's documents (spec, JSON format, HTTP protocol binding); requests recorded from the npm package
// cloudevents 10.0.0 (testdata of package wire).
//
// Everything here is pure and safe for concurrent use.
package cloudevents

import (
	"cmp"
	"net/http"

	"github.com/waymarkhq/waymark/internal/wire"
)

// Name is the name of the format.
const Name = "cloudevents"

// Format returns the format.
func Format() wire.Format {
	return wire.Format{Name: Name, Routes: []wire.Route{{
		Method: http.MethodPost, Path: "/cloudevents", Task: wire.Collect, WriteKey: key, Decode: decode, Answer: answer,
	}}}
}

// key returns the write key: a Bearer token, the user name of Basic authorization, or the query's key.
func key(r *wire.Request) string {
	query, _ := wire.QueryValue(r.Query, "key")
	return cmp.Or(wire.BearerKey(r.Header), wire.BasicKey(r.Header), query)
}

// answer is what the specification of webhooks says.
func answer(_ *wire.Request, o wire.Outcome) wire.Answer {
	switch o.Kind {
	case wire.Accepted:
		return wire.Answer{Status: http.StatusAccepted}
	case wire.UnknownKey:
		return wire.Text(http.StatusUnauthorized, o.Reason)
	case wire.TooLarge:
		return wire.Text(http.StatusRequestEntityTooLarge, o.Reason)
	case wire.Throttled:
		return wire.Retry(http.StatusTooManyRequests, "Too Many Requests", o)
	case wire.Unavailable:
		return wire.Retry(http.StatusServiceUnavailable, "Service Unavailable", o)
	default:
		return wire.Text(http.StatusBadRequest, o.Reason)
	}
}
