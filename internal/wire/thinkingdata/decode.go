package thinkingdata

import (
	"strings"
	"time"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
)

// decode appends the events of a payload: a list of records, a record, an envelope around either, or a list of envelopes.
func decode(r *wire.Request, out *wire.Decoded) error {
	tape, err := r.Unwrap(wire.Records)
	if err != nil {
		return err
	}
	d := decoder{Payload: r.Payload(tape, Name, "record", out)}
	form := r.Form(&d.Notes)
	if form.Lost != "" {
		out.Reject(0, r.Body, form.Lost)
	}
	if kind := tape[0].Kind; kind != capture.Array && kind != capture.ObjectKind {
		return wire.NewMalformed("the data must be a list or an object, not " + wire.A(kind))
	}
	first := len(out.Events)
	if err = d.lists(0, form.HasTwo && form.Lost == ""); err != nil {
		out.Events, out.Rejected = out.Events[:first], out.Rejected[:0]
	}
	return err
}

// decoder decodes one payload.
type decoder struct{ *wire.Payload }

// envelope returns the index of the records that an envelope at index i of the tape holds, and whether it is one.
func envelope(tape capture.Tape, i int) (list int, ok bool) {
	if tape[i].Kind != capture.ObjectKind {
		return 0, false
	}
	o := capture.Object(tape).Inside(i)
	if o.Find("#type") >= 0 {
		return 0, false
	}
	for _, name := range []string{"data", "data_list"} {
		if at := o.Find(name); at >= 0 && (o[at].Kind == capture.Array || o[at].Kind == capture.ObjectKind) {
			return i + 1 + at, true
		}
	}
	return 0, false
}

// lists has each record decoded that stands at index i of the tape, in whatever lists and envelopes. nested says that the
// list at i holds lists.
func (d *decoder) lists(i int, nested bool) error {
	tape := capture.Tape(d.Tape)
	if list, ok := envelope(tape, i); ok {
		return d.inside(i, list)
	}
	if tape[i].Kind == capture.Array && tape[i].Size > 0 {
		if _, enveloped := envelope(tape, i+1); nested || enveloped {
			count := 0
			for j := range d.Tape.Inside(i).Members {
				if count++; count > wire.MaxEvents {
					return wire.NewTooLarge("too many envelopes")
				}
				if err := d.lists(i+1+j, false); err != nil {
					return err
				}
			}
			return nil
		}
	}
	return d.Each(i, d.record)
}

// inside decodes the records of the envelope at index i.
func (d *decoder) inside(i, list int) error {
	base, notes := d.Base, d.Notes
	defer func() { d.Base, d.Notes = base, notes }()
	envelope := d.Tape.Inside(i)
	if at := envelope.Find("#flush_time"); at >= 0 {
		d.Base.SentAt = d.Notes.Since1970(&envelope[at], "#flush_time", time.Millisecond)
	}
	return d.Each(list, d.record)
}

// The members of a record that are looked at.
const (
	fType = iota
	fTime
	fEventName
	fAccountID
	fDistinctID
	fUUID
	fIP
	fProperties
	fCount
)

// recordField returns which member of a record has the name, or fCount.
func recordField(name string) int {
	switch name {
	case "#type":
		return fType
	case "#time":
		return fTime
	case "#event_name":
		return fEventName
	case "#account_id":
		return fAccountID
	case "#distinct_id":
		return fDistinctID
	case "#uuid":
		return fUUID
	case "#ip":
		return fIP
	case "properties":
		return fProperties
	}
	return fCount
}

// record is a record on its way to an event.
type record struct {
	*wire.Record
	// at are the members' indexes on the tape, 0 where there is none.
	at [fCount]int32
	// zone is what the device's clock shows.
	zone wire.Zone
}

// record decodes one record.
func (d *decoder) record(r *wire.Record) {
	if wire.IsEncrypted(capture.Tape(d.Tape), r.At) {
		r.Reject(wire.Encrypted)
		return
	}
	m := record{Record: r}
	r.Fields(r.At, recordField, m.at[:])
	ev := r.Event
	op := m.kind(ev)
	m.content(ev, op)
	ev.UserID, ev.AnonymousID = m.Text(m.at[fAccountID]), m.Text(m.at[fDistinctID])
	if ev.UserID == "" && ev.AnonymousID == "" {
		m.Notes.Addf("neither #account_id nor #distinct_id")
	}
	if ip := m.Text(m.at[fIP]); ip != "" {
		ev.IP = ip
	}
	if n := m.Node(m.at[fTime]); n != nil {
		ev.EventTime = m.Notes.Local(n, "#time", m.zone, ev.ReceivedAt)
	}
	ev.ID = wire.ID(m.ID(m.at[fUUID]), ev.EventTime, ev.Raw)
}

// kind sets the type and the name, and returns the record's type as the vendor calls it.
func (m *record) kind(ev *capture.Captured) string {
	said := m.Text(m.at[fType])
	typ := typeNamed(said)
	switch named := canonical(said); {
	case typ != 0:
	case said == "":
		m.Notes.Addf("#type is missing")
	case typeNamed(named) != 0:
		m.Notes.Addf("#type is %q, not %q", said, named)
		typ, said = typeNamed(named), named
	default:
		m.Notes.Addf("#type %q is unknown", wire.Cut(said, 100))
	}
	if typ == 0 {
		typ = capture.Track
	}
	ev.Type, ev.Name = typ, "identify"
	if typ == capture.Track {
		if ev.Name = m.Text(m.at[fEventName]); ev.Name == "" {
			m.Notes.Addf("#event_name is empty")
		}
	}
	return said
}

// canonical returns a type in the case that the vendor writes it in.
func canonical(said string) string {
	if strings.EqualFold(said, "user_setOnce") {
		return "user_setOnce"
	}
	return strings.ToLower(said)
}

func typeNamed(s string) capture.Type {
	switch s {
	case "track", "track_update", "track_overwrite":
		return capture.Track
	case "user_set", "user_setOnce", "user_add", "user_append", "user_uniq_append", "user_unset", "user_del":
		return capture.Identify
	}
	return 0
}

// content sets the properties, and what the SDK reports among them by itself. What a deletion names as properties has no
// values to be judged.
func (m *record) content(ev *capture.Captured, op string) {
	ev.Partial = ev.Type == capture.Identify && op != "user_set"
	at := m.at[fProperties]
	if at == 0 {
		return
	}
	switch op {
	case "user_unset":
		m.Notes.Addf("user_unset removes properties; what stands as their values is not judged")
	case "user_del":
	default:
		m.Properties(at, "properties")
	}
	if op == "track_update" {
		m.Notes.Addf("track_update changes an earlier event; its properties may be a part of that event's")
	}
	if m.Tape[at].Kind != capture.ObjectKind {
		return
	}
	for _, n := range m.Tape.Inside(int(at)).Members {
		if len(n.Name) > 1 && n.Name[0] == '#' {
			m.preset(n, ev)
		}
	}
}
