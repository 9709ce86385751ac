package segment

import (
	"fmt"
	"slices"
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
	d := decoder{r: r, text: r.Text(), all: capture.Object(tape), typ: typ, out: out}
	d.base.Format, d.base.ReceivedAt, d.base.IP = format, r.ReceivedAt, r.RemoteIP
	if agent := r.Header.Get("User-Agent"); strings.HasPrefix(agent, "Mozilla/") { // a browser, not an SDK's HTTP client
		d.base.UserAgent = strings.ToValidUTF8(wire.Cut(agent, wire.MaxField), "\ufffd")
	}
	list, err := d.open()
	if err != nil {
		return err
	}
	if list < 0 {
		d.message(0, 0)
		return nil
	}
	first, index := len(out.Events), 0
	for i := range d.all.Inside(list).Members {
		if index == wire.MaxEvents {
			out.Events = out.Events[:first]
			return wire.NewTooLarge(fmt.Sprintf("more than %d messages", wire.MaxEvents))
		}
		d.message(list+1+i, index)
		index++
	}
	if len(r.Body) > MaxPayloadBytes && len(out.Events) > first {
		n := wire.Notes(out.Events[first].Notes)
		n.Addf("its payload has %d bytes; the vendor takes %d", len(r.Body), MaxPayloadBytes)
		out.Events[first].Notes = n
	}
	return nil
}

// decoder decodes one payload.
type decoder struct {
	r    *wire.Request
	text string
	all  capture.Object
	typ  capture.Type
	out  *wire.Decoded
	// base is what all events of the payload have in common, notes what was remarkable in it.
	base  capture.Captured
	notes wire.Notes
	// sent is the sentAt that was read last, from sentText: RudderStack repeats it in every message.
	sentText string
	sent     time.Time
}

// open reads what a payload says about all its messages, and returns the index of their list, or -1 where the payload is
// a message itself.
func (d *decoder) open() (list int, err error) {
	switch root := &d.all[0]; root.Kind {
	case capture.Array:
		return 0, nil
	case capture.ObjectKind:
	default:
		return 0, wire.NewMalformed("the body must be an object, not " + wire.A(root.Kind))
	}
	payload := d.all.Inside(0)
	batch := payload.Find("batch")
	if batch < 0 {
		if d.typ == 0 && payload.Find("type") < 0 && payload.Find("event") < 0 {
			return 0, wire.NewMalformed("the body has no batch")
		}
		return -1, nil
	}
	if payload[batch].Kind != capture.Array {
		return 0, wire.NewMalformed("batch must be a list, not " + wire.A(payload[batch].Kind))
	}
	for i, n := range payload.Members {
		switch n.Name {
		case "sentAt":
			d.base.SentAt = d.sentAt(n, &d.notes)
		case "context":
			if beyond := d.r.Beyond(n.At); beyond != nil {
				d.notes.Addf("a value in the payload's context was left out: %v", beyond)
			}
			d.context(1+i, &d.base, &d.notes)
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

// message decodes the message at index i of the tape.
func (d *decoder) message(i, index int) {
	node := &d.all[i]
	raw := d.text[node.At.Start:node.At.End]
	beyond := d.r.Beyond(node.At)
	switch {
	case beyond != nil:
		d.out.Reject(index, raw, "a value in it is beyond the limits: "+beyond.Error())
		return
	case node.Kind != capture.ObjectKind:
		d.out.Reject(index, raw, "a message must be an object, not "+wire.A(node.Kind))
		return
	case len(raw) > wire.MaxEventBytes:
		d.out.Reject(index, raw, fmt.Sprintf("a message of %d bytes; at most %d are taken", len(raw), wire.MaxEventBytes))
		return
	}
	m := message{decoder: d, notes: slices.Clip(d.notes)}
	m.find(i)
	d.out.Events = append(d.out.Events, d.base)
	ev := &d.out.Events[len(d.out.Events)-1]
	ev.Raw = raw
	m.identity(&ev.Event)
	m.times(&ev.Event)
	if at := m.at[fContext]; at > 0 {
		d.context(int(at), ev, &m.notes)
	}
	m.kind(&ev.Event)
	m.content(&ev.Event, node.At)
	if len(raw) > MaxMessageBytes {
		m.notes.Addf("it has %d bytes; the vendor takes %d", len(raw), MaxMessageBytes)
	}
	d.r.Mendings(node.At, &m.notes)
	ev.Notes = m.notes
}

// message is a message on its way to an event.
type message struct {
	*decoder
	// at are the members' indexes on the tape, 0 where there is none.
	at    [fCount]int32
	notes wire.Notes
}

func (m *message) find(i int) {
	for j, n := range m.all.Inside(i).Members {
		f := messageField(n.Name)
		if f == fCount {
			continue
		}
		if m.at[f] != 0 {
			m.notes.Addf("%s is there twice; the last one counts", n.Name)
		}
		m.at[f] = int32(i + 1 + j)
	}
}

// node returns a member, or nil.
func (m *message) node(f int) *capture.Node {
	if m.at[f] == 0 {
		return nil
	}
	return &m.all[m.at[f]]
}

// field returns a member as text, "" where there is none.
func (m *message) field(f int, name string) string {
	if m.at[f] == 0 {
		return ""
	}
	return m.notes.Text(&m.all[m.at[f]], name)
}

func (m *message) identity(ev *capture.Event) {
	ev.UserID = m.field(fUserID, "userId")
	ev.AnonymousID = m.field(fAnonymousID, "anonymousId")
	ev.GroupID = m.field(fGroupID, "groupId")
	ev.PreviousID = m.field(fPreviousID, "previousId")
	if ev.UserID == "" && ev.AnonymousID == "" {
		m.notes.Addf("neither userId nor anonymousId")
	}
}

// times sets the sender's times, and the id, which may stand on one.
func (m *message) times(ev *capture.Event) {
	if n := m.node(fSentAt); n != nil {
		ev.SentAt = m.sentAt(n, &m.notes)
	}
	if n := m.node(fOriginal); n != nil {
		ev.EventTime = m.notes.Time(n, "originalTimestamp")
	}
	if n := m.node(fTimestamp); n != nil && ev.EventTime.IsZero() {
		ev.EventTime = m.notes.Time(n, "timestamp")
	}
	ev.ID = wire.ID(m.id(), ev.EventTime, ev.Raw)
}

// id returns the messageId, however long it is.
func (m *message) id() string {
	if n := m.node(fMessageID); n != nil && n.Kind == capture.String {
		return n.Text
	}
	return m.field(fMessageID, "messageId")
}

// kind sets the type and the name.
func (m *message) kind(ev *capture.Event) {
	ev.Type = m.typeOf()
	if ev.Type == capture.Track {
		if ev.Name = m.field(fEvent, "event"); ev.Name == "" {
			m.notes.Addf("event is empty")
		}
		return
	}
	if ev.Type == capture.Page || ev.Type == capture.Screen {
		ev.Name = m.field(fName, "name")
	}
	if ev.Name == "" {
		ev.Name = typeName(ev.Type)
	}
}

func (m *message) typeOf() capture.Type {
	said := m.field(fType, "type")
	typ := typeNamed(said)
	if typ == 0 && said != "" {
		if typ = typeNamed(strings.ToLower(said)); typ != 0 {
			m.notes.Addf("type is %q, not %q", said, typeName(typ))
		} else {
			m.notes.Addf("type %q is unknown", wire.Cut(said, 100))
		}
	}
	switch {
	case typ != 0:
		return typ
	case m.typ != 0:
		return m.typ
	}
	if said == "" {
		m.notes.Addf("type is missing")
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
func (m *message) content(ev *capture.Event, record capture.Span) {
	at, name := m.at[fProperties], "properties"
	if ev.Type == capture.Identify || ev.Type == capture.Group {
		at, name = m.at[fTraits], "traits"
		if c := m.at[fContext]; ev.Type == capture.Identify && (at == 0 || m.all[at].Size == 0) && c != 0 && m.all[c].Kind == capture.ObjectKind {
			if t := m.all.Inside(int(c)).Find("traits"); t >= 0 {
				at, name = c+1+int32(t), "context.traits"
			}
		}
	}
	if at == 0 {
		return
	}
	n := &m.all[at]
	switch n.Kind {
	case capture.ObjectKind:
		ev.Properties = m.all.Inside(int(at))
		ev.PropertiesAt = capture.Span{Start: n.At.Start - record.Start, End: n.At.End - record.Start}
	case capture.Null:
		m.notes.Addf("%s is null", name)
	default:
		m.notes.Addf("%s is %s, not an object", name, wire.A(n.Kind))
	}
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
