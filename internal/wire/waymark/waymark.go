// Package waymark is Waymark's own wire format: the simplest JSON that says everything about an event, for languages
// without an SDK, for scripts and for tests. docs/sdks.md describes it for its users, docs/events.schema.json for programs.
//
// Everything here is pure and safe for concurrent use.
package waymark

import (
	"net/http"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
)

// Name is the name of the format.
const Name = "waymark"

// Format returns the format. Payloads of the known formats can be validated too.
func Format(known ...wire.Format) wire.Format {
	return wire.Format{Name: Name, Routes: []wire.Route{
		{Method: http.MethodPost, Path: "/v1/events", Task: wire.Collect, WriteKey: key, Decode: decode, Answer: answer},
		validate(known),
	}}
}

// key returns the write key: the Bearer token, the user name of Basic authorization, that of the header X-Write-Key, that
// of the query, or the writeKey of the object that the body is.
func key(r *wire.Request) string {
	if key := openKey(r); key != "" {
		return key
	}
	tape, err := r.JSON()
	if err != nil || tape[0].Kind != capture.ObjectKind {
		return ""
	}
	o := capture.Object(tape).Inside(0)
	if at := o.Find("writeKey"); at >= 0 && o[at].Kind == capture.String {
		return o[at].Text
	}
	return ""
}

// openKey is the write key where no body has to be read for it.
func openKey(r *wire.Request) string {
	if key := wire.BearerKey(r.Header); key != "" {
		return key
	}
	if key := wire.BasicKey(r.Header); key != "" {
		return key
	}
	if key := r.Header.Get("X-Write-Key"); key != "" {
		return key
	}
	key, _ := wire.QueryValue(r.Query, "key")
	return key
}
