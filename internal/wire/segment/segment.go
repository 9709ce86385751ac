// Package segment is the wire format of Segment: what its SDKs and its HTTP API send. RudderStack's SDKs send the same
// messages to mostly the same paths, so package rudderstack is made of this one's Decode and Pixel.
//
// Sources: Segment's public HTTP and pixel API documents; requests recorded from @segment/analytics-node 3.1.0,
// @segment/analytics-next 1.84.3 and analytics-go v3 (testdata of package wire); the sources of those and of
// analytics-kotlin.
//
// Everything here is pure and safe for concurrent use.
package segment

import (
	"net/http"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
)

// Name is the name of the format.
const Name = "segment"

// Format returns the format. It claims every request at its paths, so formats that share some must come before it.
func Format() wire.Format {
	f := wire.Format{Name: Name}
	add := func(r wire.Route) { f.Routes = append(f.Routes, r) }
	for _, p := range Paths() {
		add(wire.Route{
			Method: http.MethodPost, Path: p.Path, Task: wire.Collect, WriteKey: Key, Decode: Decode(Name, p.Type), Answer: answer,
		})
	}
	add(wire.Route{Method: http.MethodPost, Path: "/v1/m", Task: wire.Discard, Answer: answer})
	add(wire.Route{
		Method: http.MethodGet, Path: "/v1/pixel/{type}", Task: wire.Collect, Deaf: true,
		WriteKey: PixelKey, Decode: Pixel(Name, ""), Answer: wire.Image,
	})
	for _, path := range []string{"/v1/projects/{key}/settings", "/projects/{key}/settings"} {
		add(wire.Route{Method: http.MethodGet, Path: path, Task: wire.Configure, WriteKey: pathKey, Answer: settings})
	}
	return f
}

// Path is a path that messages are posted to.
type Path struct {
	Path string
	Type capture.Type // the type of the messages; 0 where they say it
}

// Paths returns the paths that messages are posted to.
func Paths() []Path {
	return []Path{
		{"/v1/batch", 0},
		{"/v1/b", 0},
		{"/v1/import", 0},
		{"/v1/track", capture.Track},
		{"/v1/t", capture.Track},
		{"/v1/identify", capture.Identify},
		{"/v1/i", capture.Identify},
		{"/v1/page", capture.Page},
		{"/v1/p", capture.Page},
		{"/v1/screen", capture.Screen},
		{"/v1/s", capture.Screen},
		{"/v1/group", capture.Group},
		{"/v1/g", capture.Group},
		{"/v1/alias", capture.Alias},
		{"/v1/a", capture.Alias},
	}
}

// Key returns the write key of a posted payload: the user name of Basic authorization, the query's writeKey, the
// payload's, or that of its first message.
func Key(r *wire.Request) string {
	if key := wire.BasicKey(r.Header); key != "" {
		return key
	}
	if key, _ := wire.QueryValue(r.Query, "writeKey"); key != "" {
		return key
	}
	tape, err := r.JSON()
	if err != nil {
		return ""
	}
	if key := member(tape, 0, "writeKey"); key != "" {
		return key
	}
	if first := First(tape); first > 0 {
		return member(tape, first, "writeKey")
	}
	return ""
}

// First returns the index of a payload's first message, or -1.
func First(tape capture.Tape) int {
	list := 0
	if tape[0].Kind == capture.ObjectKind {
		at := capture.Object(tape).Inside(0).Find("batch")
		if at < 0 {
			return 0
		}
		list = 1 + at
	}
	if tape[list].Kind != capture.Array || tape[list].Size == 0 {
		return -1
	}
	return list + 1
}

// member returns a string member of the object at index i, or "".
func member(tape capture.Tape, i int, name string) string {
	if tape[i].Kind != capture.ObjectKind {
		return ""
	}
	o := capture.Object(tape).Inside(i)
	if at := o.Find(name); at >= 0 && o[at].Kind == capture.String {
		return o[at].Text
	}
	return ""
}

func pathKey(r *wire.Request) string { return r.Param }

// answer is what Segment's API says: https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/.
func answer(_ *wire.Request, o wire.Outcome) wire.Answer {
	if o.Kind == wire.Accepted {
		return wire.JSON(http.StatusOK, `{"success":true}`)
	}
	return Refuse(o)
}

// Refuse returns the answers that Segment and RudderStack have in common. Server SDKs drop a payload on 400 and 413 and
// repeat it on 429 and 503.
func Refuse(o wire.Outcome) wire.Answer {
	switch o.Kind {
	case wire.UnknownKey:
		return wire.Text(http.StatusUnauthorized, "Invalid Write Key")
	case wire.TooLarge:
		return wire.Text(http.StatusRequestEntityTooLarge, "Payload Too Large").Because(o)
	case wire.Throttled:
		return wire.Retry(http.StatusTooManyRequests, "Too Many Requests", o)
	case wire.Unavailable:
		return wire.Retry(http.StatusServiceUnavailable, "Service Unavailable", o)
	default:
		return wire.Text(http.StatusBadRequest, "Invalid JSON").Because(o)
	}
}

// settings answers a browser or phone that asks how to send. The SDK takes its write key from this answer, so it is the
// one it asked with.
func settings(r *wire.Request, o wire.Outcome) wire.Answer {
	switch o.Kind {
	case wire.Accepted:
		return wire.JSON(http.StatusOK, `{"integrations":{"Segment.io":{"apiKey":`+wire.Quote(r.Param)+`}}}`)
	case wire.UnknownKey:
		return wire.Text(http.StatusNotFound, "Invalid Write Key")
	default:
		return Refuse(o)
	}
}
