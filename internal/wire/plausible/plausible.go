// Package plausible is the wire format of Plausible's script and of its events API. It has neither ids nor times of events
// nor users; the values of properties are texts.
//
// Sources: Plausible's public document of the events API; a request recorded from @plausible-analytics/tracker 0.4.6
// (testdata of package wire), and that package's source.
//
// Everything here is pure and safe for concurrent use.
package plausible

import (
	"cmp"
	"net/http"
	"strings"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
)

// Name is the name of the format.
const Name = "plausible"

// Format returns the format.
func Format() wire.Format {
	return wire.Format{Name: Name, Routes: []wire.Route{{
		Method: http.MethodPost, Path: "/api/event", Task: wire.Collect, WriteKey: key, Decode: decode, Answer: answer,
	}}}
}

// key returns the write key: the domain, of which there may be several with commas between them; the first counts.
func key(r *wire.Request) string {
	tape, err := r.Build(build)
	if err != nil || tape[0].Kind != capture.ObjectKind {
		return ""
	}
	o := capture.Object(tape).Inside(0)
	for _, name := range []string{"d", "domain"} {
		if at := o.Find(name); at >= 0 && o[at].Kind == capture.String {
			first, _, _ := strings.Cut(o[at].Text, ",")
			return strings.TrimSpace(first)
		}
	}
	return ""
}

// answer is that of the vendor, which says yes to a domain that it does not know.
func answer(_ *wire.Request, o wire.Outcome) wire.Answer {
	switch o.Kind {
	case wire.Accepted, wire.UnknownKey:
		return wire.Text(http.StatusAccepted, "ok").Because(o)
	case wire.Throttled, wire.Unavailable:
		return wire.Retry(http.StatusServiceUnavailable, "Service Unavailable", o)
	default:
		return wire.Text(http.StatusBadRequest, "Bad Request").Because(o)
	}
}

// build writes the event with its properties in place: older scripts send them as JSON in a string.
func build(b *wire.Builder) error {
	tape, err := b.Request.JSON()
	if err != nil {
		return err
	}
	if tape[0].Kind != capture.ObjectKind {
		return wire.NewMalformed("the body must be an object, not " + wire.A(tape[0].Kind))
	}
	o := capture.Object(tape)
	b.Record(0, func(int) {
		b.Object("")
		for j, n := range o.Inside(0).Members {
			if f := number(n.Name); (f != fProps && f != fMeta) || n.Kind != capture.String || b.JSON(n.Name, n.Text) != nil {
				b.Copy(n.Name, 1+j)
			}
		}
		b.Close()
	})
	return nil
}

func decode(r *wire.Request, out *wire.Decoded) error {
	tape, err := r.Build(build)
	if err != nil {
		return err
	}
	return r.Payload(tape, Name, "event", out).Each(0, event)
}

// The members of an event that are looked at.
const (
	fName = iota
	fURL
	fReferrer
	fProps
	fMeta
	fVersion
	fCount
)

func number(name string) int {
	switch name {
	case "n", "name":
		return fName
	case "u", "url":
		return fURL
	case "r", "referrer":
		return fReferrer
	case "p", "props":
		return fProps
	case "m", "meta":
		return fMeta
	case "v":
		return fVersion
	}
	return fCount
}

func event(r *wire.Record) {
	var at [fCount]int32
	r.Fields(r.At, number, at[:])
	ev := &r.Event.Event
	ev.Type = capture.Track
	switch ev.Name = r.Text(at[fName]); ev.Name {
	case "":
		r.Notes.Addf("name is empty")
	case "pageview":
		ev.Type = capture.Page
	}
	ev.Page.URL, ev.Page.Referrer = r.Text(at[fURL]), r.Text(at[fReferrer])
	if n := r.Node(at[fVersion]); n != nil && n.Kind != capture.Null {
		ev.Library = capture.Library{Name: Name, Version: wire.Cut(n.Text, wire.MaxField)}
	}
	if props := cmp.Or(at[fProps], at[fMeta]); props != 0 {
		r.Properties(props, "props")
	}
}
