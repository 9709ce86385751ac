package ga4

import (
	"time"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
)

// maxPayloadBytes is the vendor's limit. What is larger is taken all the same, and noted.
const maxPayloadBytes = 130_000

// parse returns the tape of the payload: as it was sent, or where it has user properties, with those as a record of their
// own behind the events.
func parse(r *wire.Request) (capture.Tape, error) {
	tape, err := r.JSON()
	if err != nil {
		return nil, err
	}
	if tape[0].Kind != capture.ObjectKind {
		return nil, wire.NewMalformed("the body must be an object, not " + wire.A(tape[0].Kind))
	}
	root := capture.Object(tape).Inside(0)
	events, user := root.Find("events"), root.Find("user_properties")
	hasUser := user >= 0 && root[user].Kind == capture.ObjectKind && root[user].Size > 0
	switch {
	case events < 0 && !hasUser:
		return nil, wire.NewMalformed("the body has no events")
	case events >= 0 && root[events].Kind != capture.Array:
		return nil, wire.NewMalformed("events must be a list, not " + wire.A(root[events].Kind))
	case hasUser:
		return r.Build(withUser)
	}
	return tape, nil
}

// withUser writes the payload again, with a record of the user's properties: {"user_properties":{"level":3}}, where the
// vendor has {"level":{"value":3}}.
func withUser(b *wire.Builder) error {
	tape, err := b.Request.JSON()
	if err != nil {
		return err
	}
	o := capture.Object(tape)
	root := o.Inside(0)
	events, user := root.Find("events"), root.Find("user_properties")
	b.Object("")
	for i, n := range root.Members {
		if i != events && i != user {
			b.Copy(n.Name, 1+i)
		}
	}
	b.Array("events")
	if events >= 0 {
		write := func(i int) { b.Copy("", i) }
		for j := range root.Inside(events).Members {
			b.Record(events+2+j, write)
		}
	}
	b.New(func() { userRecord(b, o, 1+user) })
	b.Close()
	b.Close()
	return nil
}

func userRecord(b *wire.Builder, o capture.Object, user int) {
	b.Object("")
	b.Object("user_properties")
	for j, n := range o.Inside(user).Members {
		at := user + 1 + j
		if n.Kind == capture.ObjectKind {
			if value := o.Inside(at).Find("value"); value >= 0 {
				b.Copy(n.Name, at+1+value)
			}
			continue
		}
		b.Copy(n.Name, at)
	}
	b.Close()
	b.Close()
}

func decode(r *wire.Request, out *wire.Decoded) error {
	tape, err := parse(r)
	if err != nil {
		return err
	}
	p := r.Payload(tape, Name, "event", out)
	p.VendorPayload = maxPayloadBytes
	d := decoder{Payload: p}
	return p.Each(1+d.open(), d.event)
}

// decoder decodes one payload.
type decoder struct{ *wire.Payload }

// open reads what a payload says about all its events, and returns where among its members their list is.
func (d decoder) open() (events int) {
	base, root := &d.Base.Event, d.Tape.Inside(0)
	for i, n := range root.Members {
		to := map[string]*string{
			"client_id": &base.AnonymousID, "app_instance_id": &base.AnonymousID, "user_id": &base.UserID,
			"ip_override": &base.IP, "user_agent": &base.UserAgent,
		}[n.Name]
		switch {
		case to != nil:
			d.Notes.Set(to, n, "payload")
		case n.Name == "timestamp_micros":
			base.EventTime = d.Notes.Since1970(n, n.Name, time.Microsecond)
		case n.Name == "device" && n.Kind == capture.ObjectKind:
			d.device(root.Inside(i))
		case n.Name == "events":
			events = i
		}
	}
	if base.AnonymousID == "" {
		d.Notes.Addf("neither client_id nor app_instance_id")
	}
	return events
}

func (d decoder) device(o capture.Object) {
	base := &d.Base.Event
	for _, n := range o.Members {
		to := map[string]*string{
			"category": &base.Device.Type, "language": &base.Locale, "operating_system": &base.OS.Name,
			"operating_system_version": &base.OS.Version, "model": &base.Device.Model, "brand": &base.Device.Manufacturer,
		}[n.Name]
		if to != nil {
			d.Notes.Set(to, n, "device")
		}
	}
}

// The members of an event.
const (
	fName = iota
	fParams
	fTime
	fUser
	fCount
)

func number(name string) int {
	switch name {
	case "name":
		return fName
	case "params":
		return fParams
	case "timestamp_micros":
		return fTime
	case "user_properties":
		return fUser
	}
	return fCount
}

// event decodes one event. It has no id: the protocol has none, and two events of the same moment may be equal.
func (d decoder) event(r *wire.Record) {
	var at [fCount]int32
	r.Fields(r.At, number, at[:])
	ev := &r.Event.Event
	if at[fName] == 0 && at[fUser] != 0 {
		ev.Type, ev.Name = capture.Identify, "identify"
		r.Properties(at[fUser], "user_properties")
		return
	}
	ev.Type = capture.Track
	if ev.Name = r.Text(at[fName]); ev.Name == "" {
		r.Notes.Addf("name is empty")
	}
	if n := r.Node(at[fTime]); n != nil {
		if t := r.Notes.Since1970(n, "timestamp_micros", time.Microsecond); !t.IsZero() {
			ev.EventTime = t
		}
	}
	if r.Properties(at[fParams], "params") {
		params(r, ev)
	}
}

// params reads the parameters that are about the event's surroundings. They stay properties.
func params(r *wire.Record, ev *capture.Event) {
	for _, n := range ev.Properties.Members {
		switch n.Name {
		case "session_id", "ga_session_id":
			if ev.SessionID = n.Text; len(n.Text) > wire.MaxField {
				ev.SessionID = r.Notes.Text(n, "params."+n.Name)
			}
		case "page_location":
			r.Notes.Set(&ev.Page.URL, n, "params")
		case "page_title":
			r.Notes.Set(&ev.Page.Title, n, "params")
		case "page_referrer":
			r.Notes.Set(&ev.Page.Referrer, n, "params")
		case "language":
			r.Notes.Set(&ev.Locale, n, "params")
		case "app_version":
			r.Notes.Set(&ev.App.Version, n, "params")
		}
	}
}
