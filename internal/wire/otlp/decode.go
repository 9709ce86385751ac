package otlp

import (
	"strings"
	"time"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
)

func decode(r *wire.Request, out *wire.Decoded) error {
	w := &writer{}
	tape, err := r.Build(w.payload)
	if err != nil {
		return err
	}
	d := decoder{writer: w, at: -1}
	return r.Payload(tape, Name, "log record", out).Each(0, d.record)
}

// decoder decodes one payload.
type decoder struct {
	*writer
	at       int // the group whose resource was read last
	resource capture.Event
}

// The members of a log record that are looked at.
const (
	fTime = iota
	fObserved
	fName
	fBody
	fAttributes
	fCount
)

func number(name string) int {
	switch name {
	case "timeUnixNano":
		return fTime
	case "observedTimeUnixNano":
		return fObserved
	case "eventName":
		return fName
	case "body":
		return fBody
	case "attributes":
		return fAttributes
	}
	return fCount
}

func (d *decoder) record(r *wire.Record) {
	var at [fCount]int32
	r.Fields(r.At, number, at[:])
	ev := &r.Event.Event
	ev.Type = capture.Track
	d.fill(r.At, ev)
	ev.Name = r.Text(at[fName])
	id, name := "", ""
	if r.Properties(at[fAttributes], "attributes") {
		for _, n := range ev.Properties.Members {
			switch {
			case n.Name == "log.record.uid" && n.Kind == capture.String:
				id = n.Text
			case n.Name == "event.name" && n.Kind == capture.String:
				name = wire.Cut(n.Text, wire.MaxField)
			default:
				put(ev, n)
			}
		}
	}
	if ev.Name == "" {
		ev.Name = name // as it was before records had a name of their own
	}
	if ev.Name == "" {
		r.Reject("a log record without eventName is no event")
		return
	}
	if body := at[fBody]; len(ev.Properties) == 0 && body > 0 && r.Tape[body].Kind == capture.ObjectKind {
		r.Properties(body, "body")
	}
	for _, f := range [...]int{fTime, fObserved} {
		if n := r.Node(at[f]); n != nil && ev.EventTime.IsZero() {
			ev.EventTime = r.Notes.Since1970(n, n.Name, time.Nanosecond)
		}
	}
	ev.ID = wire.ID(id, ev.EventTime, ev.Raw)
}

// fill sets what the resource of the record at an index says.
func (d *decoder) fill(at int, ev *capture.Event) {
	for d.at+1 < len(d.groups) && d.groups[d.at+1].first <= at {
		d.at++
		d.resource = capture.Event{}
		d.describe(d.groups[d.at].resource)
	}
	from := &d.resource
	ev.App, ev.OS, ev.Device, ev.Library, ev.Page = from.App, from.OS, from.Device, from.Library, from.Page
	ev.UserID, ev.AnonymousID, ev.DeviceID, ev.SessionID = from.UserID, from.AnonymousID, from.DeviceID, from.SessionID
	ev.Locale, ev.Network = from.Locale, from.Network
	if from.UserAgent != "" {
		ev.UserAgent = from.UserAgent
	}
	if from.IP != "" {
		ev.IP = from.IP
	}
}

// describe reads the attributes of a resource, which stand at an index of the tape of what was sent.
func (d *decoder) describe(attributes int) {
	if attributes == 0 || d.tape[attributes].Kind != capture.Array {
		return
	}
	language := ""
	for j := range d.tape.Inside(attributes).Members {
		key, value := d.attribute(attributes + 1 + j)
		if key == 0 || value == 0 || d.tape[value].Kind != capture.ObjectKind || d.tape[value].Size == 0 {
			continue
		}
		n := d.tape[value+1]
		if n.Name = d.tape[key].Text; n.Name == "telemetry.sdk.language" && n.Kind == capture.String {
			language = wire.Cut(n.Text, wire.MaxField)
		}
		put(&d.resource, &n)
	}
	if name := d.resource.Library.Name; name != "" && language != "" {
		d.resource.Library.Name = name + "-" + language
	}
}

// put sets the field that an attribute of the semantic conventions is about.
func put(ev *capture.Event, n *capture.Node) {
	if n.Kind != capture.String || n.Text == "" || !strings.Contains(n.Name, ".") {
		return
	}
	if to := field(ev, n.Name); to != nil && (n.Name != "service.name" || !strings.HasPrefix(n.Text, "unknown_service")) {
		*to = wire.Cut(n.Text, wire.MaxField)
	}
}

func field(ev *capture.Event, name string) *string {
	switch name {
	case "user.id", "enduser.id":
		return &ev.UserID
	case "app.installation.id", "user.anonymous_id":
		return &ev.AnonymousID
	case "device.id":
		return &ev.DeviceID
	case "session.id":
		return &ev.SessionID
	case "service.name", "app.name":
		return &ev.App.Name
	case "service.version", "app.version":
		return &ev.App.Version
	case "app.build_id":
		return &ev.App.Build
	case "service.namespace":
		return &ev.App.Namespace
	case "telemetry.sdk.name":
		return &ev.Library.Name
	case "telemetry.sdk.version":
		return &ev.Library.Version
	}
	return surroundings(ev, name)
}

func surroundings(ev *capture.Event, name string) *string {
	switch name {
	case "os.name":
		return &ev.OS.Name
	case "os.version":
		return &ev.OS.Version
	case "device.manufacturer":
		return &ev.Device.Manufacturer
	case "device.model.name", "device.model.identifier":
		return &ev.Device.Model
	case "browser.language":
		return &ev.Locale
	case "network.connection.type":
		return &ev.Network
	case "client.address":
		return &ev.IP
	case "user_agent.original":
		return &ev.UserAgent
	case "url.full":
		return &ev.Page.URL
	case "url.path":
		return &ev.Page.Path
	case "http.request.header.referer":
		return &ev.Page.Referrer
	}
	return nil
}
