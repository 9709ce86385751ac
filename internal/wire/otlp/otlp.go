// Package otlp is the wire format of OpenTelemetry's logs over HTTP, in JSON: log records that have an event name are
// events, their attributes are the properties.
//
// Sources: the OpenTelemetry protocol's specification, its JSON mapping and the semantic conventions; a request recorded
// from the exporter for Node 0.223.1 (testdata of package wire).
//
// Everything here is pure and safe for concurrent use.
package otlp

import (
	"cmp"
	"net/http"
	"strconv"

	"github.com/waymarkhq/waymark/internal/wire"
)

// Name is the name of the format.
const Name = "otlp"

// Format returns the format.
func Format() wire.Format {
	return wire.Format{Name: Name, Routes: []wire.Route{{
		Method: http.MethodPost, Path: "/v1/logs", Task: wire.Collect, WriteKey: key, Decode: decode, Answer: answer,
	}}}
}

// key returns the write key: a Bearer token, the user name of Basic authorization, one of the headers that exporters are
// told to send, or the query's key.
func key(r *wire.Request) string {
	query, _ := wire.QueryValue(r.Query, "key")
	return cmp.Or(wire.BearerKey(r.Header), wire.BasicKey(r.Header), r.Header.Get("X-Write-Key"), r.Header.Get("X-Api-Key"), query)
}

// answer is what the protocol says. Exporters send again on 429 and 503 only.
func answer(_ *wire.Request, o wire.Outcome) wire.Answer {
	switch o.Kind {
	case wire.Accepted:
		return success(o.Decoded)
	case wire.UnknownKey:
		return status(http.StatusUnauthorized, 16, o)
	case wire.TooLarge:
		return status(http.StatusRequestEntityTooLarge, 8, o)
	case wire.Throttled:
		return later(http.StatusTooManyRequests, 8, o)
	case wire.Unavailable:
		return later(http.StatusServiceUnavailable, 14, o)
	default:
		return status(http.StatusBadRequest, 3, o)
	}
}

// success tells how many records were none, and why the first of them was not.
func success(d *wire.Decoded) wire.Answer {
	if d == nil || len(d.Rejected) == 0 {
		return wire.JSON(http.StatusOK, "{}")
	}
	first := d.Rejected[0]
	return wire.JSON(http.StatusOK, `{"partialSuccess":{"rejectedLogRecords":"`+strconv.Itoa(len(d.Rejected))+
		`","errorMessage":`+wire.Quote("log record "+strconv.Itoa(first.Index)+": "+first.Reason)+`}}`)
}

// status is an error as the protocol wants it: a status of gRPC, with its code.
func status(http, code int, o wire.Outcome) wire.Answer {
	return wire.JSON(http, `{"code":`+strconv.Itoa(code)+`,"message":`+wire.Quote(o.Reason)+`}`)
}

func later(http, code int, o wire.Outcome) wire.Answer {
	a := status(http, code, o)
	a.RetryAfter = wire.Retry(http, "", o).RetryAfter
	return a
}
