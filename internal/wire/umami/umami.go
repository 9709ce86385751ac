// Package umami is the wire format of Umami's tracker and of its API for sending statistics. It has neither ids nor times
// of events.
//
// Sources: Umami's public document of sending stats; a request recorded from @umami/node 0.4.0 (testdata of package wire),
// and that package's source.
//
// Everything here is pure and safe for concurrent use.
package umami

import (
	"cmp"
	"net/http"
	"time"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
)

// Name is the name of the format.
const Name = "umami"

// Format returns the format.
func Format() wire.Format {
	return wire.Format{Name: Name, Routes: []wire.Route{{
		Method: http.MethodPost, Path: "/api/send", Task: wire.Collect, WriteKey: key, Decode: decode, Answer: answer,
	}}}
}

// key returns the write key: the id of the website, of the first record that has one.
func key(r *wire.Request) string {
	tape, err := r.JSON()
	if err != nil {
		return ""
	}
	root := capture.Object(tape)
	if root[0].Kind != capture.Array {
		return website(root, 0)
	}
	for j := range root.Inside(0).Members {
		if key := website(root, 1+j); key != "" {
			return key
		}
	}
	return ""
}

func website(tape capture.Object, i int) string {
	if tape[i].Kind != capture.ObjectKind {
		return ""
	}
	record := tape.Inside(i)
	at := record.Find("payload")
	if at < 0 || record[at].Kind != capture.ObjectKind {
		return ""
	}
	payload := record.Inside(at)
	if at = payload.Find("website"); at < 0 || payload[at].Kind != capture.String {
		return ""
	}
	return payload[at].Text
}

// answer says to a tracker what it wants to hear: it sends the cache back with the next event, and looks at nothing else.
func answer(_ *wire.Request, o wire.Outcome) wire.Answer {
	switch o.Kind {
	case wire.Accepted:
		return wire.JSON(http.StatusOK, `{"cache":"","sessionId":"","visitId":""}`)
	case wire.Throttled, wire.Unavailable:
		return wire.Retry(http.StatusServiceUnavailable, "Service Unavailable", o)
	default:
		return wire.JSON(http.StatusBadRequest, `{"error":{"message":`+wire.Quote(o.Reason)+`,"code":"bad-request","status":400}}`).Because(o)
	}
}

func decode(r *wire.Request, out *wire.Decoded) error {
	tape, err := r.JSON()
	if err != nil {
		return err
	}
	if kind := tape[0].Kind; kind != capture.ObjectKind && kind != capture.Array {
		return wire.NewMalformed("the body must be an object, not " + wire.A(kind))
	}
	return r.Payload(tape, Name, "event", out).Each(0, record)
}

// The members of a payload that are looked at.
const (
	fName = iota
	fData
	fID
	fURL
	fTitle
	fReferrer
	fLanguage
	fIP
	fAgent
	fTime
	fCount
)

func number(name string) int {
	switch name {
	case "name":
		return fName
	case "data":
		return fData
	case "id":
		return fID
	case "url":
		return fURL
	case "title":
		return fTitle
	case "referrer":
		return fReferrer
	case "language":
		return fLanguage
	case "ip":
		return fIP
	case "userAgent":
		return fAgent
	case "timestamp":
		return fTime
	}
	return fCount
}

// record decodes {"type":"event","payload":{…}}.
func record(r *wire.Record) {
	kind, payload := "event", 0
	for j, n := range r.Tape.Inside(r.At).Members {
		switch n.Name {
		case "type":
			kind = r.Notes.Text(n, "type")
		case "payload":
			payload = r.At + 1 + j
		}
	}
	if payload == 0 || r.Tape[payload].Kind != capture.ObjectKind {
		r.Reject("an event needs a payload, an object")
		return
	}
	var at [fCount]int32
	r.Fields(payload, number, at[:])
	ev := &r.Event.Event
	content(r, &at, ev)
	ev.Type, ev.Name = capture.Track, r.Text(at[fName])
	switch {
	case kind == "identify":
		ev.Type, ev.Name = capture.Identify, "identify"
	case ev.Name == "": // without a name it is a view of a page
		ev.Type, ev.Name = capture.Page, "page"
	}
	if kind != "event" && kind != "identify" {
		r.Notes.Addf("type is %q, not event or identify", wire.Cut(kind, 100))
	}
	r.Properties(at[fData], "payload.data")
}

func content(r *wire.Record, at *[fCount]int32, ev *capture.Event) {
	ev.UserID = r.Text(at[fID])
	ev.Page = capture.PageInfo{URL: r.Text(at[fURL]), Title: r.Text(at[fTitle]), Referrer: r.Text(at[fReferrer])}
	ev.Locale = r.Text(at[fLanguage])
	ev.IP = cmp.Or(r.Text(at[fIP]), ev.IP)
	ev.UserAgent = cmp.Or(r.Text(at[fAgent]), ev.UserAgent)
	if n := r.Node(at[fTime]); n != nil {
		ev.EventTime = r.Notes.Since1970(n, "timestamp", time.Second)
	}
}
