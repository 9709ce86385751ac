package amplitude

import (
	"strings"
	"time"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
)

// minID is how long the vendor wants ids to be, unless the payload says otherwise.
const minID = 5

// decode returns the decoder of a payload. typ is the type of its records, 0 where they say it; limit is how many bytes
// the vendor takes.
func decode(typ capture.Type, limit int) func(*wire.Request, *wire.Decoded) error {
	return func(r *wire.Request, out *wire.Decoded) error {
		tape, err := r.Unwrap(text)
		if err != nil {
			return err
		}
		list, ok := events(tape)
		if !ok {
			return wire.NewMalformed("the body has no list of events")
		}
		d := decoder{Payload: r.Payload(tape, Name, "event", out), typ: typ, minID: minID}
		d.VendorPayload = limit
		d.open()
		return d.Each(list, d.event)
	}
}

// decoder decodes one payload.
type decoder struct {
	*wire.Payload
	typ   capture.Type
	minID int
}

// open reads what a payload says about all its events.
func (d *decoder) open() {
	if d.Tape[0].Kind != capture.ObjectKind {
		return
	}
	for i, n := range d.Tape.Inside(0).Members {
		switch n.Name {
		case "client_upload_time":
			d.Base.SentAt = readTime(n, &d.Notes)
		case "options":
			d.options(1 + i)
		}
	}
}

// options reads how long the sender wants ids to be.
func (d *decoder) options(i int) {
	if d.Tape[i].Kind != capture.ObjectKind {
		return
	}
	o := d.Tape.Inside(i)
	if at := o.Find("min_id_length"); at >= 0 && o[at].Kind == capture.Number && len(o[at].Text) == 1 {
		d.minID = int(o[at].Text[0] - '0')
	}
}

// readTime reads a time that some SDKs send as ISO 8601 and others in milliseconds.
func readTime(n *capture.Node, notes *wire.Notes) time.Time {
	if n.Kind == capture.String {
		return notes.Time(n, n.Name)
	}
	return notes.Since1970(n, n.Name, time.Millisecond)
}

// The members of an event that are looked at by their place.
const (
	fEventType = iota
	fEventProperties
	fUserProperties
	fGroupProperties
	fGroups
	fGroupValue
	fUserID
	fDeviceID
	fSessionID
	fTime
	fInsertID
	fLibrary
	fPlan
	fCount
)

func eventField(name string) int {
	switch name {
	case "event_type":
		return fEventType
	case "event_properties":
		return fEventProperties
	case "user_properties":
		return fUserProperties
	case "group_properties":
		return fGroupProperties
	case "groups":
		return fGroups
	case "group_value":
		return fGroupValue
	case "user_id":
		return fUserID
	case "device_id":
		return fDeviceID
	case "session_id":
		return fSessionID
	case "time":
		return fTime
	case "insert_id":
		return fInsertID
	case "library":
		return fLibrary
	case "plan":
		return fPlan
	}
	return fCount
}

// contextField returns where a member goes that describes device or app, nil where it is another one.
func contextField(ev *capture.Captured, name string) *string {
	switch name {
	case "app_version", "version_name":
		return &ev.App.Version
	case "platform":
		return &ev.Device.Type
	case "os_name":
		return &ev.OS.Name
	case "os_version":
		return &ev.OS.Version
	case "device_manufacturer":
		return &ev.Device.Manufacturer
	case "device_model":
		return &ev.Device.Model
	case "language":
		return &ev.Locale
	case "user_agent":
		return &ev.UserAgent
	}
	return nil
}

// event is an event on its way.
type event struct {
	*wire.Record
	d *decoder
	// at are the members' indexes on the tape, 0 where there is none.
	at [fCount]int32
}

// event decodes one event.
func (d *decoder) event(r *wire.Record) {
	e := event{Record: r, d: d}
	r.Fields(r.At, eventField, e.at[:])
	e.context()
	e.library()
	e.identity()
	if n := e.Node(e.at[fTime]); n != nil {
		r.Event.EventTime = r.Notes.Since1970(n, "time", time.Millisecond)
	}
	r.Event.ID = wire.ID(e.ID(e.at[fInsertID]), r.Event.EventTime, r.Event.Raw)
	e.kind()
	e.plan()
}

// context reads what the SDK knows about device and app.
func (e *event) context() {
	for _, n := range e.Tape.Inside(e.At).Members {
		if to := contextField(e.Event, n.Name); to != nil {
			e.Notes.Scalar(to, n)
			continue
		}
		switch {
		case n.Name == "ip" && n.Text != "$remote": // which is the address that it came from
			e.Notes.Scalar(&e.Event.IP, n)
		case n.Name == "device_brand" && e.Event.Device.Manufacturer == "":
			e.Notes.Scalar(&e.Event.Device.Manufacturer, n)
		}
	}
}

// library reads name/version, or what phones sent before: an object.
func (e *event) library() {
	n, lib := e.Node(e.at[fLibrary]), &e.Event.Library
	if n != nil && n.Kind == capture.ObjectKind {
		for _, m := range e.Tape.Inside(int(e.at[fLibrary])).Members {
			switch m.Name {
			case "name":
				e.Notes.Scalar(&lib.Name, m)
			case "version":
				e.Notes.Scalar(&lib.Version, m)
			}
		}
		return
	}
	lib.Name = e.Text(e.at[fLibrary])
	if slash := strings.LastIndexByte(lib.Name, '/'); slash > 0 {
		lib.Name, lib.Version = lib.Name[:slash], lib.Name[slash+1:]
	}
}

// identity sets who did it.
func (e *event) identity() {
	ev := e.Event
	ev.UserID, ev.DeviceID = e.Text(e.at[fUserID]), e.Text(e.at[fDeviceID])
	ev.AnonymousID = ev.DeviceID
	if n := e.Node(e.at[fSessionID]); n != nil && n.Text != "-1" { // which is no session
		e.Notes.Scalar(&ev.SessionID, n)
	}
	if n := e.Node(e.at[fGroupValue]); n != nil {
		e.Notes.Scalar(&ev.GroupID, n)
	}
	if n := e.Node(e.at[fGroups]); n != nil && n.Kind == capture.ObjectKind && n.Size > 0 {
		first := &e.Tape[e.at[fGroups]+1]
		if first.Kind == capture.Array && first.Size > 0 {
			first = &e.Tape[e.at[fGroups]+2]
		}
		e.Notes.Scalar(&ev.GroupID, first)
	}
	if ev.UserID == "" && ev.DeviceID == "" && e.d.typ != capture.Group {
		e.Notes.Addf("neither user_id nor device_id")
	}
	e.short(ev.UserID, "user_id")
	e.short(ev.DeviceID, "device_id")
}

// short notes that an id is too short for the vendor.
func (e *event) short(id, name string) {
	if id != "" && len(id) < e.d.minID {
		e.Notes.Addf("%s is shorter than %d characters, which the vendor refuses unless options.min_id_length says otherwise", name, e.d.minID)
	}
}

// kind sets the type, the name, and what is judged: of an event its properties, of an operation on a profile what it sets.
func (e *event) kind() {
	ev, name := e.Event, e.Text(e.at[fEventType])
	typ := e.d.typ
	if typ == 0 {
		typ = capture.Track
		switch name {
		case "$identify":
			typ = capture.Identify
		case "$groupidentify":
			typ = capture.Group
		}
	}
	ev.Type = typ
	switch typ {
	case capture.Identify:
		ev.Name = "identify"
		e.profile(e.at[fUserProperties], "user_properties")
	case capture.Group:
		ev.Name = "group"
		e.profile(e.at[fGroupProperties], "group_properties")
	default:
		e.tracked(name)
	}
}

func (e *event) tracked(name string) {
	if e.Event.Name = name; name == "" {
		e.Notes.Addf("event_type is empty")
	}
	e.Properties(e.at[fEventProperties], "event_properties")
	if n := e.Node(e.at[fUserProperties]); n != nil && n.Kind == capture.ObjectKind && n.Size > 0 {
		e.Notes.Addf("user_properties change the user's profile in passing; only $identify is checked against it")
	}
}

// plan notes which version of which plan the sender says that it was built by.
func (e *event) plan() {
	n := e.Node(e.at[fPlan])
	if n == nil || n.Kind != capture.ObjectKind {
		return
	}
	var said []string
	for _, m := range e.Tape.Inside(int(e.at[fPlan])).Members {
		if m.Kind == capture.String || m.Kind == capture.Number {
			said = append(said, wire.Cut(m.Name+" "+m.Text, 100))
		}
	}
	if len(said) > 0 {
		e.Notes.Addf("the sender names its plan: %s", wire.Cut(strings.Join(said, ", "), 400))
	}
}
