package sensors

import (
	"strconv"
	"strings"
	"time"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
)

// decode appends the events of a payload: a list of records, one record, or both.
func decode(r *wire.Request, out *wire.Decoded) error {
	tape, err := r.Unwrap(wire.Records)
	if err != nil {
		return withoutText(r, err, out)
	}
	d := decoder{Payload: r.Payload(tape, Name, "record", out)}
	form := r.Form(&d.Notes)
	if form.Lost != "" {
		out.Reject(0, r.Body, form.Lost)
	}
	first := len(out.Events)
	err = d.lists(form, d.record)
	if err != nil {
		out.Events, out.Rejected = out.Events[:first], out.Rejected[:0]
	}
	return err
}

// withoutText says what became of a payload that has no readable text: where the sender says that it is encrypted, that
// is the one thing wrong with it.
func withoutText(r *wire.Request, err error, out *wire.Decoded) error {
	if form := r.Form(new(wire.Notes)); form.GZip == "" || form.GZip == "0" || form.GZip == "1" || wire.Refusal(err).Kind != wire.Malformed {
		return err
	}
	out.Reject(0, r.Body+r.Query, wire.Encrypted)
	return nil
}

// decoder decodes one payload.
type decoder struct {
	*wire.Payload
	// flushed is the _flush_time that was read last, from flushText: it is the same in all records of a payload.
	flushText string
	flushed   time.Time
	key       []byte // the memory of record.id
}

// lists has each record decoded, in whatever lists they stand.
func (d *decoder) lists(form wire.Form, decode func(*wire.Record)) error {
	root := &d.Tape[0]
	if form.IsJSON {
		d.Notes.Addf("the body is JSON, not a form with data or data_list")
	}
	switch {
	case root.Kind != capture.Array && root.Kind != capture.ObjectKind:
		return wire.NewMalformed("the data must be a list or an object, not " + wire.A(root.Kind))
	case isHandShake(capture.Tape(d.Tape)):
		return nil
	case !form.HasTwo || form.Lost != "" || root.Kind != capture.Array:
		return d.Each(list(capture.Tape(d.Tape)), decode)
	}
	for i := range d.Tape.Inside(0).Members {
		if err := d.Each(1+i, decode); err != nil {
			return err
		}
	}
	return nil
}

// isHandShake reports whether the text is what an app tells that was opened with a QR code: nothing but its distinct_id.
func isHandShake(tape capture.Tape) bool { return len(tape) == 2 && tape[1].Name == "distinct_id" }

// list returns the index of the list of records, or of the only one. Some in-house SDKs post the form's fields as JSON.
func list(tape capture.Tape) int {
	if tape[0].Kind != capture.ObjectKind {
		return 0
	}
	root := capture.Object(tape).Inside(0)
	if root.Find("type") >= 0 || root.Find("event") >= 0 {
		return 0
	}
	for _, name := range []string{"data_list", "data"} {
		if at := root.Find(name); at >= 0 && (root[at].Kind == capture.Array || root[at].Kind == capture.ObjectKind) {
			return 1 + at
		}
	}
	return 0
}

// first returns the index of the first record, or -1.
func first(tape capture.Tape) int {
	at := list(tape)
	for range 2 { // data_list and data together are a list in a list
		if tape[at].Kind != capture.Array {
			break
		}
		if tape[at].Size == 0 {
			return -1
		}
		at++
	}
	return at
}

// The members of a record that are looked at.
const (
	fType = iota
	fEvent
	fDistinctID
	fTime
	fTrackID
	fProperties
	fLib
	fAnonymousID
	fLoginID
	fIdentities
	fOriginalID
	fItemType
	fItemID
	fFlushTime
	fCount
)

// recordField returns which member of a record has the name, or fCount.
func recordField(name string) int {
	switch name {
	case "type":
		return fType
	case "event":
		return fEvent
	case "distinct_id":
		return fDistinctID
	case "time":
		return fTime
	case "_track_id":
		return fTrackID
	case "properties":
		return fProperties
	case "lib":
		return fLib
	case "anonymous_id":
		return fAnonymousID
	case "login_id":
		return fLoginID
	case "identities":
		return fIdentities
	case "original_id":
		return fOriginalID
	case "item_type":
		return fItemType
	case "item_id":
		return fItemID
	case "_flush_time":
		return fFlushTime
	}
	return fCount
}

// record is a record on its way to an event.
type record struct {
	*wire.Record
	d *decoder
	// at are the members' indexes on the tape, 0 where there is none.
	at [fCount]int32
	// isLogin says that distinct_id is the id of a user who has logged in, zone what the device's clock shows.
	isLogin bool
	zone    wire.Zone
}

// record decodes one record.
func (d *decoder) record(r *wire.Record) {
	if wire.IsEncrypted(capture.Tape(d.Tape), r.At) {
		r.Reject(wire.Encrypted)
		return
	}
	m := record{Record: r, d: d}
	r.Fields(r.At, recordField, m.at[:])
	op := m.kind(r.Event)
	m.content(r.Event, op)
	m.lib(r.Event)
	m.identity(&r.Event.Event)
	if n := m.Node(m.at[fFlushTime]); n != nil {
		r.Event.SentAt = d.flushTime(n, &r.Notes)
	}
	if n := m.Node(m.at[fTime]); n != nil {
		r.Event.EventTime = m.time(n, "time")
	}
	r.Event.ID = m.id(&r.Event.Event)
}

// kind sets the type and the name, and returns the record's type as the vendor calls it.
func (m *record) kind(ev *capture.Captured) string {
	said := m.Text(m.at[fType])
	typ := typeNamed(said)
	if typ == 0 && said != "" {
		if typ = typeNamed(strings.ToLower(said)); typ != 0 {
			m.Notes.Addf("type is %q, not %q", said, strings.ToLower(said))
			said = strings.ToLower(said)
		} else {
			m.Notes.Addf("type %q is unknown", wire.Cut(said, 100))
		}
	}
	if said == "" {
		m.Notes.Addf("type is missing")
	}
	if typ == 0 {
		typ = m.guess()
	}
	ev.Type = typ
	if ev.Name = typeName(typ); typ == capture.Track {
		if ev.Name = m.Text(m.at[fEvent]); ev.Name == "" {
			m.Notes.Addf("event is empty")
		}
	}
	return said
}

// guess tells the type by what a record has.
func (m *record) guess() capture.Type {
	switch {
	case m.at[fEvent] == 0 && m.at[fItemID] != 0:
		return capture.Item
	case m.at[fOriginalID] != 0:
		return capture.Alias
	default:
		return capture.Track
	}
}

func typeNamed(s string) capture.Type {
	switch s {
	case "track":
		return capture.Track
	case "track_signup", "track_id_bind", "track_id_unbind":
		return capture.Alias
	case "profile_set", "profile_set_once", "profile_increment", "profile_append", "profile_unset", "profile_delete":
		return capture.Identify
	case "item_set", "item_delete":
		return capture.Item
	}
	return 0
}

func typeName(t capture.Type) string {
	switch t {
	case capture.Identify:
		return "identify"
	case capture.Item:
		return "item"
	case capture.Alias:
		return "alias"
	case capture.Track, capture.Page, capture.Screen, capture.Group:
	}
	return ""
}

// flushTime reads a _flush_time, which is often the same as the last one.
func (d *decoder) flushTime(n *capture.Node, notes *wire.Notes) time.Time {
	if n.Kind != capture.Number || n.Text != d.flushText {
		before := len(*notes)
		t := notes.Since1970(n, "_flush_time", time.Millisecond)
		if len(*notes) != before || n.Kind != capture.Number {
			return t
		}
		d.flushText, d.flushed = n.Text, t
	}
	return d.flushed
}

// time reads a time, which should be a number of milliseconds.
func (m *record) time(n *capture.Node, field string) time.Time {
	node := *n
	if _, err := strconv.ParseInt(n.Text, 10, 64); err != nil && n.Text != "" {
		if n.Kind == capture.String && strings.Contains(n.Text, "-") {
			m.Notes.Addf("%s is a date, not a number of milliseconds", field)
			return m.Notes.Local(n, field, m.zone, m.Event.ReceivedAt)
		}
		if f, err := strconv.ParseFloat(n.Text, 64); err == nil && strings.ContainsAny(n.Text, "eE") && f > 0 && f < 1e18 {
			node.Text = strconv.FormatFloat(f, 'f', -1, 64)
		}
	}
	t := m.Notes.Since1970(&node, field, time.Millisecond)
	if n.Kind == capture.String && !t.IsZero() {
		m.Notes.Addf("%s is a string, not a number", field)
	}
	return t
}

// id returns the id of a record, which has none of its own: a hash of what tells it apart. The time of sending is no part
// of it, as it is another when the SDK sends again.
func (m *record) id(ev *capture.Event) string {
	track := ""
	if n := m.Node(m.at[fTrackID]); n != nil && (n.Kind == capture.Number || n.Kind == capture.String) {
		track = n.Text
	}
	if track == "" || track == "0" {
		raw := ev.Raw
		if n := m.Node(m.at[fFlushTime]); n != nil {
			start := m.Tape[m.At].At.Start
			raw = raw[:n.At.Start-start] + raw[n.At.End-start:]
		}
		return wire.ID("", ev.EventTime, raw)
	}
	key := m.d.key[:0]
	for _, f := range [...]int{fDistinctID, fType, fEvent, fTime, fTrackID, fItemType, fItemID} {
		if n := m.Node(m.at[f]); n != nil {
			key = append(key, n.Text...)
		}
		key = append(key, 0)
	}
	m.d.key = key
	return wire.ID("", ev.EventTime, string(key))
}
