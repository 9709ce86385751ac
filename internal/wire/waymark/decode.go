package waymark

import (
	"strings"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
)

// decode decodes a payload: one event, a list of events, or an object with the list as its events.
func decode(r *wire.Request, out *wire.Decoded) error {
	tape, err := r.JSON()
	if err != nil {
		return err
	}
	p := r.Payload(tape, Name, "event", out)
	list, err := open(p)
	if err != nil {
		return err
	}
	return p.Each(list, event)
}

// open returns the index of the events' list, or of the payload where that is the list, or an event itself.
func open(p *wire.Payload) (list int, err error) {
	switch root := &p.Tape[0]; root.Kind {
	case capture.Array:
		return 0, nil
	case capture.ObjectKind:
	default:
		return 0, wire.NewMalformed("the body must be an event, a list of events or an object with events, not " + wire.A(root.Kind))
	}
	payload := p.Tape.Inside(0)
	at := payload.Find("events")
	if at < 0 {
		return 0, nil
	}
	if payload[at].Kind != capture.Array {
		return 0, wire.NewMalformed("events must be a list, not " + wire.A(payload[at].Kind))
	}
	for _, n := range payload.Members {
		if n.Name != "events" && n.Name != "writeKey" {
			p.Notes.Addf("%s is no member of a payload with events and was not read", wire.Cut(n.Name, maxNamed))
		}
	}
	return 1 + at, nil
}

// maxNamed is how much of an unknown name is told, in bytes.
const maxNamed = 100

// The members of an event.
const (
	fEvent = iota
	fType
	fProperties
	fUserID
	fAnonymousID
	fDeviceID
	fSessionID
	fGroupID
	fPreviousID
	fTime
	fID
	fApp
	fOS
	fDevice
	fLibrary
	fRunID
	fWriteKey
	fCount
)

// eventField returns which member of an event has the name, or -1.
func eventField(name string) int {
	switch name {
	case "event":
		return fEvent
	case "type":
		return fType
	case "properties":
		return fProperties
	case "userId":
		return fUserID
	case "anonymousId":
		return fAnonymousID
	case "deviceId":
		return fDeviceID
	case "sessionId":
		return fSessionID
	case "groupId":
		return fGroupID
	case "previousId":
		return fPreviousID
	case "time":
		return fTime
	case "id":
		return fID
	case "app":
		return fApp
	case "os":
		return fOS
	case "device":
		return fDevice
	case "library":
		return fLibrary
	case "runId":
		return fRunID
	case "writeKey":
		return fWriteKey
	}
	return -1
}

// event decodes one event.
func event(r *wire.Record) {
	var at [fCount]int32
	r.Fields(r.At, func(name string) int {
		f := eventField(name)
		if f < 0 {
			r.Notes.Addf("%s is no member of an event and was not read", wire.Cut(name, maxNamed))
		}
		return f
	}, at[:])
	ev := &r.Event.Event
	if ev.Type = typeOf(r, at[fType]); ev.Type == 0 {
		return
	}
	if ev.Name = nameOf(r, at[fEvent]); ev.Name == "" {
		return
	}
	ev.UserID, ev.AnonymousID = r.Text(at[fUserID]), r.Text(at[fAnonymousID])
	ev.DeviceID, ev.SessionID = r.Text(at[fDeviceID]), r.Text(at[fSessionID])
	ev.GroupID, ev.PreviousID = r.Text(at[fGroupID]), r.Text(at[fPreviousID])
	if n := r.Node(at[fTime]); n != nil {
		ev.EventTime = r.Notes.Time(n, "time")
	}
	ev.ID = wire.ID(r.ID(at[fID]), ev.EventTime, ev.Raw)
	if n := r.Node(at[fRunID]); n != nil {
		ev.RunID = r.Notes.RunID(n, "runId")
	}
	r.Properties(at[fProperties], "properties")
	origin(r, &at)
}

// types are the values of type.
var types = map[string]capture.Type{
	"track": capture.Track, "page": capture.Page, "screen": capture.Screen, "identify": capture.Identify,
	"group": capture.Group, "alias": capture.Alias, "item": capture.Item,
}

// typeOf returns the type of an event, track where it does not say it, or 0 for a record that was rejected.
func typeOf(r *wire.Record, at int32) capture.Type {
	n := r.Node(at)
	if n == nil || n.Kind == capture.Null {
		return capture.Track
	}
	said := r.Text(at)
	typ := types[said]
	if typ == 0 {
		if typ = types[strings.ToLower(said)]; typ != 0 {
			r.Notes.Addf("type is %s, not %s", wire.Quote(said), wire.Quote(strings.ToLower(said)))
		} else {
			r.Reject("there is no type " + wire.Quote(wire.Cut(said, maxNamed)))
		}
	}
	return typ
}

// nameOf returns the name of an event of a type that is known, or "" for a record that was rejected. Only what is tracked
// needs one: the others are named after their type where they do not say which profile, item or page it is.
func nameOf(r *wire.Record, at int32) string {
	if n := r.Node(at); n != nil && (n.Kind == capture.Array || n.Kind == capture.ObjectKind) {
		r.Reject("event must be a string, not " + wire.A(n.Kind))
		return ""
	}
	name := r.Text(at)
	if name != "" {
		return name
	}
	switch r.Event.Type {
	case capture.Track:
		r.Reject("event, the name, is missing or empty")
		return ""
	case capture.Page:
		return "page"
	case capture.Screen:
		return "screen"
	case capture.Identify:
		return "identify"
	case capture.Group:
		return "group"
	case capture.Alias:
		return "alias"
	default:
		return "item"
	}
}

// origin reads what sent the event.
func origin(r *wire.Record, at *[fCount]int32) {
	ev := &r.Event.Event
	object(r, at[fApp], "app", wire.Into("version", &ev.App.Version), wire.Into("build", &ev.App.Build),
		wire.Into("name", &ev.App.Name))
	object(r, at[fOS], "os", wire.Into("name", &ev.OS.Name), wire.Into("version", &ev.OS.Version))
	object(r, at[fDevice], "device", wire.Into("manufacturer", &ev.Device.Manufacturer),
		wire.Into("model", &ev.Device.Model), wire.Into("type", &ev.Device.Type))
	object(r, at[fLibrary], "library", wire.Into("name", &ev.Library.Name),
		wire.Into("version", &ev.Library.Version))
}

// object reads the texts of a member that should be an object.
func object(r *wire.Record, at int32, name string, fields ...wire.TextField) {
	n := r.Node(at)
	if n == nil {
		return
	}
	if n.Kind != capture.ObjectKind && n.Kind != capture.Null {
		r.Notes.Addf("%s is %s, not an object", name, wire.A(n.Kind))
	}
	r.Texts(int(at), &r.Notes, name, fields...)
}
