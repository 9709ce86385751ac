package wire

import (
	"fmt"
	"slices"
	"strings"

	"github.com/waymarkhq/waymark/internal/capture"
)

// Payload reads the records of a request into events.
type Payload struct {
	Request *Request
	// Tape holds the JSON text that the records stand in, Text is that text.
	Tape capture.Object
	Text string
	// Base is what all events of the payload have in common, Notes what was remarkable in it.
	Base  capture.Captured
	Notes Notes
	// Noun is what the format calls a record, for the reasons of rejections: "message", "event".
	Noun string
	// Most is how many records the payload may hold, MaxEvents where it is 0.
	Most int
	// VendorRecord and VendorPayload are the vendor's limits in bytes, where it has any. What is larger is taken all the
	// same, and noted.
	VendorRecord, VendorPayload int

	out *Decoded
}

// Payload returns the reader of a request's records, which stand on the tape that JSON or Unwrap returned. The events get
// the name of the format, the time and the address that the request came at and from, and the browser that sent it.
func (r *Request) Payload(tape capture.Tape, format, noun string, out *Decoded) *Payload {
	p := &out.payload
	*p = Payload{Request: r, Tape: capture.Object(tape), Text: r.Text(), Noun: noun, out: out}
	p.Base.Format, p.Base.ReceivedAt, p.Base.IP = format, r.ReceivedAt, r.RemoteIP
	if agent := r.Header.Get("User-Agent"); strings.HasPrefix(agent, "Mozilla/") { // a browser, not an SDK's HTTP client
		p.Base.UserAgent = strings.ToValidUTF8(Cut(agent, MaxField), "\ufffd")
	}
	return p
}

// Each decodes the elements of the list at index i of the tape, or what stands there as the only record. The error is an
// *Error where there are too many; then no event was appended. A record that is no object, is too large or has a value
// beyond the limits is rejected by itself.
func (p *Payload) Each(i int, decode func(*Record)) error {
	first := len(p.out.Events)
	if p.Tape[i].Kind != capture.Array {
		p.record(i, 0, decode)
	} else {
		most, index := p.Most, 0
		if most == 0 {
			most = MaxEvents
		}
		for j := range p.Tape.Inside(i).Members {
			if index == most {
				p.out.Events, p.out.Rejected = p.out.Events[:first], p.out.Rejected[:0]
				return NewTooLarge(fmt.Sprintf("more than %d %ss", most, p.Noun))
			}
			p.record(i+1+j, index, decode)
			index++
		}
	}
	if size := len(p.Request.Body); p.VendorPayload > 0 && size > p.VendorPayload && len(p.out.Events) > first {
		n := Notes(p.out.Events[first].Notes)
		n.Addf("its payload has %d bytes; the vendor takes %d", size, p.VendorPayload)
		p.out.Events[first].Notes = n
	}
	return nil
}

func (p *Payload) record(i, index int, decode func(*Record)) {
	node := &p.Tape[i]
	raw := p.Text[node.At.Start:node.At.End]
	beyond := p.Request.Beyond(node.At)
	switch {
	case beyond != nil:
		p.out.Reject(index, raw, "a value in it is beyond the limits: "+beyond.Error())
		return
	case node.Kind != capture.ObjectKind:
		p.out.Reject(index, raw, fmt.Sprintf("%s %s must be an object, not %s", article(p.Noun), p.Noun, A(node.Kind)))
		return
	case len(raw) > MaxEventBytes:
		p.out.Reject(index, raw, fmt.Sprintf("%s %s of %d bytes; at most %d are taken", article(p.Noun), p.Noun, len(raw), MaxEventBytes))
		return
	}
	p.out.Events = append(p.out.Events, p.Base)
	rec := &p.out.record
	*rec = Record{Payload: p, At: i, Event: &p.out.Events[len(p.out.Events)-1], Notes: slices.Clip(p.Notes)}
	rec.Event.Raw = raw
	decode(rec)
	if rec.rejected != "" {
		p.out.Events = p.out.Events[:len(p.out.Events)-1]
		p.out.Reject(index, raw, rec.rejected)
		return
	}
	if p.VendorRecord > 0 && len(raw) > p.VendorRecord {
		rec.Notes.Addf("it has %d bytes; the vendor takes %d", len(raw), p.VendorRecord)
	}
	p.Request.Mendings(node.At, &rec.Notes)
	rec.Event.Notes = rec.Notes
	rec.appendOthers()
}

func article(noun string) string {
	if noun != "" && strings.ContainsRune("aeiou", rune(noun[0])) {
		return "an"
	}
	return "a"
}

// Record is an object of a payload on its way to an event. Its Event has the payload's Base and Raw; the rest is the
// format's to fill in.
type Record struct {
	*Payload
	// At is the index of the record on the tape.
	At    int
	Event *capture.Captured
	// Notes become the event's; those of the payload come first.
	Notes Notes

	rejected string
	others   []Operation
}

// Reject says why the record is no event. Decoding goes on with the next one.
func (r *Record) Reject(reason string) { r.rejected = reason }

// Fields finds members of the object at index i of the tape by the format's own numbers for their names: at[f] becomes the
// index on the tape of the member that number gives f for, and stays 0 where there is none. Names that are there twice are
// noted; the last one counts.
func (r *Record) Fields(i int, number func(name string) int, at []int32) {
	for j, n := range r.Tape.Inside(i).Members {
		f := number(n.Name)
		if f < 0 || f >= len(at) {
			continue
		}
		if at[f] != 0 {
			r.Notes.Addf("%s is there twice; the last one counts", n.Name)
		}
		at[f] = int32(i + 1 + j)
	}
}

// Node returns the member at an index that Fields found, nil where there is none.
func (r *Record) Node(at int32) *capture.Node {
	if at == 0 {
		return nil
	}
	return &r.Tape[at]
}

// Text returns the member at an index that Fields found as text (see Notes.Text), "" where there is none.
func (r *Record) Text(at int32) string {
	if at == 0 {
		return ""
	}
	n := &r.Tape[at]
	return r.Notes.Text(n, n.Name)
}

// ID returns the member at an index that Fields found as the sender's id of the record, however long it is.
func (r *Record) ID(at int32) string {
	if at != 0 && r.Tape[at].Kind == capture.String {
		return r.Tape[at].Text
	}
	return r.Text(at)
}

// Properties has the event carry the object at an index that Fields found as its properties; name is the path of it, for
// people. It reports whether it is an object.
func (r *Record) Properties(at int32, name string) bool {
	if at == 0 {
		return false
	}
	n, start := &r.Tape[at], r.Tape[r.At].At.Start
	switch n.Kind {
	case capture.ObjectKind:
		r.Event.Properties = r.Tape.Inside(int(at))
		r.Event.PropertiesAt = capture.Span{Start: n.At.Start - start, End: n.At.End - start}
		return true
	case capture.Null:
		r.Notes.Addf("%s is null", name)
	case capture.Bool, capture.Number, capture.String, capture.Array:
		r.Notes.Addf("%s is %s, not an object", name, A(n.Kind))
	}
	return false
}

// Set sets a field to the text of a member of the object at path, unless that is empty.
func (n *Notes) Set(to *string, m *capture.Node, path string) {
	if m.Kind == capture.String && len(m.Text) <= MaxField {
		if m.Text != "" {
			*to = m.Text
		}
	} else if s := n.Text(m, path+"."+m.Name); s != "" {
		*to = s
	}
}
