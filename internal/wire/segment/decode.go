package segment

import (
	"strings"
	"time"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
)

// MaxMessageBytes and MaxPayloadBytes are the vendor's limits. What is larger is taken all the same, and noted.
const (
	MaxMessageBytes = 32 << 10
	MaxPayloadBytes = 500 << 10
)

// Decode returns the decoder of a payload: an object with a batch of messages, a list of messages, or one message. Events
// get the name of the format; typ is the type of messages that do not say it, 0 where the path leaves that open.
func Decode(format string, typ capture.Type) func(*wire.Request, *wire.Decoded) error {
	return func(r *wire.Request, out *wire.Decoded) error {
		tape, err := r.JSON()
		if err != nil {
			return err
		}
		return decodePayload(r, tape, format, typ, out)
	}
}

func decodePayload(r *wire.Request, tape capture.Tape, format string, typ capture.Type, out *wire.Decoded) error {
	d := decoder{Payload: r.Payload(tape, format, "message", out), typ: typ}
	d.VendorRecord, d.VendorPayload = MaxMessageBytes, MaxPayloadBytes
	list, err := d.open()
	if err != nil {
		return err
	}
	return d.Each(list, d.message)
}

// decoder decodes one payload.
type decoder struct {
	*wire.Payload
	typ capture.Type
	// sent is the sentAt that was read last, from sentText: RudderStack repeats it in every message.
	sentText string
	sent     time.Time
}

// open reads what a payload says about all its messages, and returns the index of their list, or of the payload where it
// is a message itself.
func (d *decoder) open() (list int, err error) {
	switch root := &d.Tape[0]; root.Kind {
	case capture.Array:
		return 0, nil
	case capture.ObjectKind:
	default:
		return 0, wire.NewMalformed("the body must be an object, not " + wire.A(root.Kind))
	}
	payload := d.Tape.Inside(0)
	batch := payload.Find("batch")
	if batch < 0 {
		if d.typ == 0 && payload.Find("type") < 0 && payload.Find("event") < 0 {
			return 0, wire.NewMalformed("the body has no batch")
		}
		return 0, nil
	}
	if payload[batch].Kind != capture.Array {
		return 0, wire.NewMalformed("batch must be a list, not " + wire.A(payload[batch].Kind))
	}
	for i, n := range payload.Members {
		switch n.Name {
		case "sentAt":
			d.Base.SentAt = d.sentAt(n, &d.Notes)
		case "context":
			if beyond := d.Request.Beyond(n.At); beyond != nil {
				d.Notes.Addf("a value in the payload's context was left out: %v", beyond)
			}
			d.context(1+i, &d.Base, &d.Notes)
		}
	}
	return 1 + batch, nil
}

// sentAt reads a sentAt, which is often the same as the last one.
func (d *decoder) sentAt(n *capture.Node, notes *wire.Notes) time.Time {
	if n.Kind == capture.String && n.Text == d.sentText && !d.sent.IsZero() {
		return d.sent
	}
	before := len(*notes)
	t := notes.Time(n, "sentAt")
	if len(*notes) == before {
		d.sentText, d.sent = n.Text, t
	}
	return t
}

// The members of a message that are looked at.
const (
	fType = iota
	fEvent
	fName
	fProperties
	fTraits
	fContext
	fUserID
	fAnonymousID
	fGroupID
	fPreviousID
	fMessageID
	fTimestamp
	fOriginal
	fSentAt
	fCount
)

// messageField returns which member of a message has the name, or fCount.
func messageField(name string) int {
	switch name {
	case "type":
		return fType
	case "event":
		return fEvent
	case "name":
		return fName
	case "properties":
		return fProperties
	case "traits":
		return fTraits
	case "context":
		return fContext
	case "userId":
		return fUserID
	case "anonymousId":
		return fAnonymousID
	case "groupId":
		return fGroupID
	case "previousId":
		return fPreviousID
	case "messageId":
		return fMessageID
	case "timestamp":
		return fTimestamp
	case "originalTimestamp":
		return fOriginal
	case "sentAt":
		return fSentAt
	}
	return fCount
}

// message decodes one message.
func (d *decoder) message(r *wire.Record) {
	m := message{Record: r, d: d}
	r.Fields(r.At, messageField, m.at[:])
	m.identity(&r.Event.Event)
	m.times(&r.Event.Event)
	if at := m.at[fContext]; at > 0 {
		d.context(int(at), r.Event, &r.Notes)
	}
	m.kind(&r.Event.Event)
	m.content(&r.Event.Event)
}

// message is a message on its way to an event.
type message struct {
	*wire.Record
	d *decoder
	// at are the members' indexes on the tape, 0 where there is none.
	at [fCount]int32
}

func (m *message) identity(ev *capture.Event) {
	ev.UserID = m.Text(m.at[fUserID])
	ev.AnonymousID = m.Text(m.at[fAnonymousID])
	ev.GroupID = m.Text(m.at[fGroupID])
	ev.PreviousID = m.Text(m.at[fPreviousID])
	if ev.UserID == "" && ev.AnonymousID == "" {
		m.Notes.Addf("neither userId nor anonymousId")
	}
}

// times sets the sender's times, and the id, which may stand on one.
func (m *message) times(ev *capture.Event) {
	if n := m.Node(m.at[fSentAt]); n != nil {
		ev.SentAt = m.d.sentAt(n, &m.Notes)
	}
	if n := m.Node(m.at[fOriginal]); n != nil {
		ev.EventTime = m.Notes.Time(n, "originalTimestamp")
	}
	if n := m.Node(m.at[fTimestamp]); n != nil && ev.EventTime.IsZero() {
		ev.EventTime = m.Notes.Time(n, "timestamp")
	}
	ev.ID = wire.ID(m.ID(m.at[fMessageID]), ev.EventTime, ev.Raw)
}

// kind sets the type and the name.
func (m *message) kind(ev *capture.Event) {
	ev.Type = m.typeOf()
	if ev.Type == capture.Track {
		if ev.Name = m.Text(m.at[fEvent]); ev.Name == "" {
			m.Notes.Addf("event is empty")
		}
		return
	}
	if ev.Type == capture.Page || ev.Type == capture.Screen {
		ev.Name = m.Text(m.at[fName])
	}
	if ev.Name == "" {
		ev.Name = typeName(ev.Type)
	}
}

func (m *message) typeOf() capture.Type {
	said := m.Text(m.at[fType])
	typ := typeNamed(said)
	if typ == 0 && said != "" {
		if typ = typeNamed(strings.ToLower(said)); typ != 0 {
			m.Notes.Addf("type is %q, not %q", said, typeName(typ))
		} else {
			m.Notes.Addf("type %q is unknown", wire.Cut(said, 100))
		}
	}
	switch {
	case typ != 0:
		return typ
	case m.d.typ != 0:
		return m.d.typ
	}
	if said == "" {
		m.Notes.Addf("type is missing")
	}
	return m.guess()
}

// guess tells the type by what a message has.
func (m *message) guess() capture.Type {
	switch {
	case m.at[fEvent] != 0 || m.at[fTraits] == 0 && m.at[fPreviousID] == 0:
		return capture.Track
	case m.at[fPreviousID] != 0:
		return capture.Alias
	case m.at[fGroupID] != 0:
		return capture.Group
	default:
		return capture.Identify
	}
}

// content sets the properties, or the traits where the type has those. RudderStack's browser SDK puts a user's traits
// into the context only.
func (m *message) content(ev *capture.Event) {
	at, name := m.at[fProperties], "properties"
	if ev.Type == capture.Identify || ev.Type == capture.Group {
		at, name = m.at[fTraits], "traits"
		if c := m.at[fContext]; ev.Type == capture.Identify && (at == 0 || m.Tape[at].Size == 0) && c != 0 && m.Tape[c].Kind == capture.ObjectKind {
			if t := m.Tape.Inside(int(c)).Find("traits"); t >= 0 {
				at, name = c+1+int32(t), "context.traits"
			}
		}
	}
	m.Properties(at, name)
}

func typeNamed(s string) capture.Type {
	switch s {
	case "track":
		return capture.Track
	case "page":
		return capture.Page
	case "screen":
		return capture.Screen
	case "identify":
		return capture.Identify
	case "group":
		return capture.Group
	case "alias":
		return capture.Alias
	}
	return 0
}

func typeName(t capture.Type) string {
	return [...]string{
		capture.Track: "track", capture.Page: "page", capture.Screen: "screen",
		capture.Identify: "identify", capture.Group: "group", capture.Alias: "alias",
	}[t]
}
