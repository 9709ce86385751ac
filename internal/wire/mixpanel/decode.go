package mixpanel

import (
	"slices"
	"strings"
	"time"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
)

// decode decodes a payload: a list of records, or one. The records tell events and changes of profiles apart by
// themselves.
func decode(r *wire.Request, out *wire.Decoded) error {
	tape, err := r.Unwrap(text)
	if err != nil {
		return err
	}
	if kind := tape[0].Kind; kind != capture.Array && kind != capture.ObjectKind {
		return wire.NewMalformed("the data must be a list or an object, not " + wire.A(kind))
	}
	d := decoder{Payload: r.Payload(tape, Name, "record", out), token: firstToken(tape), groups: strings.HasPrefix(r.Path, "/groups")}
	d.VendorRecord, d.VendorPayload = MaxRecordBytes, MaxPayloadBytes
	if sent, _ := wire.QueryValue(r.Query, "_"); sent != "" {
		d.Base.SentAt = new(wire.Notes).Since1970(&capture.Node{Kind: capture.Number, Text: sent}, "_", time.Millisecond)
	}
	return d.Each(0, d.record)
}

// decoder decodes one payload.
type decoder struct {
	*wire.Payload
	token  string
	groups bool // it is about groups
}

// The members that are looked at by their place: those of a record, then those of an event's properties.
const (
	fEvent = iota
	fProperties
	fSet
	fSetOnce
	fAdd
	fUnion
	fAppend
	fRemove
	fUnset
	fDelete
	fDistinctID
	fUserID
	fDeviceID
	fAnonID
	fIdentifiedID
	fDistinctIDs
	fAlias
	fGroupID
	fTime
	fInsertID
	fIP
	fCount
)

// recordField returns which member of a record has the name, or fCount.
func recordField(name string) int {
	switch name {
	case "event":
		return fEvent
	case "properties":
		return fProperties
	case "$set":
		return fSet
	case "$set_once":
		return fSetOnce
	case "$add":
		return fAdd
	case "$union":
		return fUnion
	case "$append":
		return fAppend
	case "$remove":
		return fRemove
	case "$unset":
		return fUnset
	case "$delete":
		return fDelete
	case "$group_id":
		return fGroupID
	case "$time":
		return fTime
	case "$distinct_id":
		return fDistinctID
	case "$ip":
		return fIP
	}
	return idField(name)
}

// propertyField returns which property of an event has the name, or fCount.
func propertyField(name string) int {
	switch name {
	case "distinct_id":
		return fDistinctID
	case "time":
		return fTime
	case "$insert_id":
		return fInsertID
	case "alias":
		return fAlias
	case "ip", "$ip":
		return fIP
	}
	return idField(name)
}

func idField(name string) int {
	switch name {
	case "$user_id":
		return fUserID
	case "$device_id":
		return fDeviceID
	case "$anon_distinct_id", "$anon_id":
		return fAnonID
	case "$identified_id":
		return fIdentifiedID
	case "$distinct_ids":
		return fDistinctIDs
	}
	return fCount
}

// record is a record on its way to an event.
type record struct {
	*wire.Record
	// at are the members' indexes on the tape, 0 where there is none.
	at [fCount]int32
}

// record decodes one record.
func (d *decoder) record(r *wire.Record) {
	if k := token(capture.Tape(r.Tape), r.At); k != "" && k != d.token {
		r.Reject("its token is not that of the first record in the payload")
		return
	}
	rec := record{Record: r}
	r.Fields(r.At, recordField, rec.at[:])
	if rec.at[fEvent] == 0 && rec.changesProfile() {
		rec.identity()
		rec.times("$time")
		rec.profile(d.groups)
		return
	}
	if at := rec.at[fProperties]; r.Properties(at, "properties") {
		rec.properties(int(at))
	} else if at == 0 {
		r.Notes.Addf("there are no properties")
	}
	rec.identity()
	rec.times("time")
	rec.event()
}

// changesProfile reports whether a record without an event is one for a profile.
func (r *record) changesProfile() bool {
	return slices.ContainsFunc(r.at[fSet:fDelete+1], func(at int32) bool { return at != 0 }) || r.at[fProperties] == 0
}

// identity sets who did it: a distinct_id that begins with $device: is that of a device.
func (r *record) identity() {
	ev, distinct := r.Event, r.Text(r.at[fDistinctID])
	ev.UserID, ev.DeviceID = r.Text(r.at[fUserID]), r.Text(r.at[fDeviceID])
	ev.AnonymousID, ev.GroupID = ev.DeviceID, r.Text(r.at[fGroupID])
	if id, device := strings.CutPrefix(distinct, "$device:"); device {
		if ev.AnonymousID == "" {
			ev.AnonymousID = id
		}
	} else if ev.UserID == "" {
		ev.UserID = distinct
	}
	if n := r.Node(r.at[fIP]); n != nil && n.Text != "0" && n.Text != "1" { // which say whether to look it up
		r.Notes.Scalar(&ev.IP, n)
	}
	if ev.UserID == "" && ev.AnonymousID == "" && ev.GroupID == "" && r.at[fDistinctIDs] == 0 {
		r.Notes.Addf("there is no distinct_id")
	}
}

// times sets the time of the event, which is in seconds or in milliseconds, and its id.
func (r *record) times(name string) {
	if n := r.Node(r.at[fTime]); n != nil {
		unit := time.Millisecond
		if whole, _, _ := strings.Cut(n.Text, "."); len(whole) <= 11 {
			unit = time.Second
		}
		r.Event.EventTime = r.Notes.Since1970(n, name, unit)
	}
	r.Event.ID = wire.ID(r.ID(r.at[fInsertID]), r.Event.EventTime, r.Event.Raw)
}

// event sets the type and the name of an event.
func (r *record) event() {
	ev, name := r.Event, r.Text(r.at[fEvent])
	switch name {
	case "$identify":
		ev.Type, ev.Name, ev.PreviousID = capture.Identify, "identify", r.Text(r.at[fAnonID])
		ev.Properties, ev.PropertiesAt = nil, capture.Span{} // it says who somebody is, and changes no profile
		if id := r.Text(r.at[fIdentifiedID]); id != "" {
			ev.UserID = id
		}
	case "$create_alias":
		ev.Type, ev.Name, ev.PreviousID = capture.Alias, "alias", ev.UserID
		ev.UserID = r.Text(r.at[fAlias])
	case "$merge":
		ev.Type, ev.Name = capture.Alias, "alias"
		r.merge()
	default:
		if ev.Type, ev.Name = capture.Track, name; name == "" {
			r.Notes.Addf("event is empty")
		}
	}
}

// merge reads the two ids that are one user.
func (r *record) merge() {
	n := r.Node(r.at[fDistinctIDs])
	if n == nil || n.Kind != capture.Array {
		return
	}
	to := []*string{&r.Event.UserID, &r.Event.PreviousID}
	for _, id := range r.Tape.Inside(int(r.at[fDistinctIDs])).Members {
		if len(to) > 0 {
			r.Notes.Scalar(to[0], id)
			to = to[1:]
		}
	}
}

// profile makes the record a change of a profile, or several.
func (r *record) profile(group bool) {
	ev := r.Event
	if ev.Type, ev.Name = capture.Identify, "identify"; group || ev.GroupID != "" {
		ev.Type, ev.Name = capture.Group, "group"
	}
	for _, f := range []int{fAppend, fRemove} {
		if n := r.Node(r.at[f]); n != nil {
			r.Notes.Addf("%s changes lists; its values are not checked", n.Name)
		}
	}
	r.Operations(wire.Operation{At: r.at[fSet], Name: "$set"}, wire.Operation{At: r.at[fSetOnce], Name: "$set_once", Partial: true},
		wire.Operation{At: r.at[fAdd], Name: "$add", Partial: true}, wire.Operation{At: r.at[fUnion], Name: "$union", Partial: true})
}
