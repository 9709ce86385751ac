// Package rudderstack is the wire format of RudderStack: Segment's messages with some paths, members and answers of its
// own. Most of its paths are Segment's too, so its requests have to be recognised; see claims.
//
// Sources: RudderStack's public HTTP and pixel API documents; requests recorded from @rudderstack/rudder-sdk-node 3.0.13,
// @rudderstack/analytics-js 3.34.1 and analytics-go 4.2.1 (testdata of package wire); the sources of those and of
// rudder-server's gateway.
//
// Everything here is pure and safe for concurrent use.
package rudderstack

import (
	"net/http"
	"strings"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
	"github.com/waymarkhq/waymark/internal/wire/segment"
)

// Name is the name of the format.
const Name = "rudderstack"

// Format returns the format. It must come before segment.Format, which takes what this one does not claim.
func Format() wire.Format {
	f := wire.Format{Name: Name}
	add := func(r wire.Route) { f.Routes = append(f.Routes, r) }
	for _, p := range segment.Paths() {
		add(wire.Route{
			Method: http.MethodPost, Path: p.Path, Task: wire.Collect, Claims: claims, WriteKey: segment.Key,
			Decode: segment.Decode(Name, p.Type), Answer: answer,
		})
	}
	add(wire.Route{
		Method: http.MethodPost, Path: "/beacon/v1/batch", Task: wire.Collect, Deaf: true, WriteKey: segment.Key,
		Decode: segment.Decode(Name, 0), Answer: answer,
	})
	for _, typ := range []string{"track", "page"} {
		add(wire.Route{
			Method: http.MethodGet, Path: "/pixel/v1/" + typ, Task: wire.Collect, Deaf: true, WriteKey: segment.PixelKey,
			Decode: pixel(typ), Answer: wire.Image,
		})
	}
	add(wire.Route{Method: http.MethodGet, Path: "/sourceConfig", Task: wire.Configure, WriteKey: configKey, Answer: sourceConfig})
	add(wire.Route{Method: http.MethodGet, Path: "/cluster-info", Task: wire.Configure, Answer: clusterInfo})
	return f
}

// claims tells RudderStack's requests from Segment's. Its browser and phone SDKs send a header AnonymousId, its Go SDK
// one called RS-userAgent; all others are known by their messages: every SDK of RudderStack calls a message's time
// originalTimestamp, and none of Segment's does. (The user agent says little: RudderStack's SDKs kept Segment's names, and
// a channel is in the messages of both vendors' phone SDKs.)
//
// Both formats read a message in the same way, so a wrong guess changes no more than the name of the format and the
// words of the answer.
func claims(r *wire.Request) bool {
	if r.Header.Get("Anonymousid") != "" || r.Header.Get("Rs-Useragent") != "" {
		return true
	}
	tape, err := r.JSON()
	if err != nil {
		return false
	}
	first := segment.First(tape)
	if first < 0 || tape[first].Kind != capture.ObjectKind {
		return false
	}
	return capture.Object(tape).Inside(first).Find("originalTimestamp") >= 0
}

// pixel is segment.Pixel for the pages that send an anonymousId with its JSON quotes (AMP does).
func pixel(typ string) func(*wire.Request, *wire.Decoded) error {
	decode := segment.Pixel(Name, typ)
	return func(r *wire.Request, out *wire.Decoded) error {
		first := len(out.Events)
		err := decode(r, out)
		for i := range out.Events[first:] {
			ev := &out.Events[first+i]
			ev.AnonymousID = strings.Trim(ev.AnonymousID, `"`)
		}
		return err
	}
}

func answer(_ *wire.Request, o wire.Outcome) wire.Answer {
	if o.Kind == wire.Accepted {
		return wire.Text(http.StatusOK, "OK")
	}
	return segment.Refuse(o)
}

func configKey(r *wire.Request) string {
	if key, _ := wire.QueryValue(r.Query, "writeKey"); key != "" {
		return key
	}
	return wire.BasicKey(r.Header)
}

// sourceConfig answers a browser SDK that asks what to do with its events: send them all, here.
func sourceConfig(r *wire.Request, o wire.Outcome) wire.Answer {
	if o.Kind != wire.Accepted {
		return segment.Refuse(o)
	}
	key := wire.Quote(configKey(r))
	return wire.JSON(http.StatusOK, `{"source":{"id":`+key+`,"name":`+key+
		`,"enabled":true,"workspaceId":"waymark","config":{},"destinations":[]}}`)
}

// clusterInfo tells the Go SDK among how many nodes it has to share out its events.
func clusterInfo(*wire.Request, wire.Outcome) wire.Answer {
	return wire.JSON(http.StatusOK, `{"nodeCount":1}`)
}
