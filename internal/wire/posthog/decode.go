package posthog

import (
	"slices"
	"strings"
	"time"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
)

// decode returns the decoder of a payload: an object with a batch of events, a list of events, or one event. limit is how
// many bytes of a payload the vendor takes.
func decode(limit int) func(*wire.Request, *wire.Decoded) error {
	return func(r *wire.Request, out *wire.Decoded) error {
		tape, err := r.Unwrap(text)
		if err != nil {
			return err
		}
		list, ok := records(tape)
		if !ok {
			return wire.NewMalformed("the body holds neither a batch nor an event")
		}
		d := decoder{Payload: r.Payload(tape, Name, "event", out)}
		d.VendorPayload = limit
		if own(tape, 0) == "" {
			d.token = firstToken(tape)
		}
		d.open()
		return d.Each(list, d.event)
	}
}

// decoder decodes one payload.
type decoder struct {
	*wire.Payload
	// token is the key of the payload's events where each names its own, else empty.
	token string
}

// open reads what a payload says about all its events.
func (d *decoder) open() {
	header := d.Request.Header
	if at := header.Get("Posthog-Request-Timestamp"); at != "" {
		d.Base.SentAt = d.Notes.Time(&capture.Node{Kind: capture.String, Text: at}, "PostHog-Request-Timestamp")
	}
	info := header.Get("Posthog-Sdk-Info")
	if slash := strings.LastIndexByte(info, '/'); slash > 0 && len(info) <= wire.MaxField {
		lib := &d.Base.Library
		lib.Name, lib.Version = strings.ToValidUTF8(info[:slash], "\ufffd"), strings.ToValidUTF8(info[slash+1:], "\ufffd")
	}
	if d.Tape[0].Kind == capture.ObjectKind {
		for _, n := range d.Tape.Inside(0).Members {
			if (n.Name == "sent_at" || n.Name == "created_at") && d.Base.SentAt.IsZero() {
				d.Base.SentAt = d.Notes.Time(n, n.Name)
			}
		}
	}
	if sent, _ := wire.QueryValue(d.Request.Query, "_"); sent != "" && d.Base.SentAt.IsZero() { // posthog-js before 2025
		d.Base.SentAt = new(wire.Notes).Time(&capture.Node{Kind: capture.Number, Text: sent}, "_")
	}
}

// The members of an event that are looked at.
const (
	fEvent = iota
	fDistinctID
	fProperties
	fTimestamp
	fUUID
	fOffset
	fSet
	fSetOnce
	fSessionID
	fLibrary
	fLibraryVersion
	fCount
)

func eventField(name string) int {
	switch name {
	case "event":
		return fEvent
	case "distinct_id", "$distinct_id":
		return fDistinctID
	case "properties":
		return fProperties
	case "timestamp":
		return fTimestamp
	case "uuid":
		return fUUID
	case "offset":
		return fOffset
	case "$set":
		return fSet
	case "$set_once":
		return fSetOnce
	case "session_id":
		return fSessionID
	case "library":
		return fLibrary
	case "library_version":
		return fLibraryVersion
	}
	return fCount
}

// event is an event on its way.
type event struct {
	*wire.Record
	// at are the members' indexes on the tape, in are those of the members of properties; 0 where there is none.
	at [fCount]int32
	in [pCount]int32
}

// event decodes one event.
func (d *decoder) event(r *wire.Record) {
	if d.token != "" {
		if k := token(capture.Tape(r.Tape), r.At); k != "" && k != d.token {
			r.Reject("its token is not that of the first event in the payload")
			return
		}
	}
	e := event{Record: r}
	r.Fields(r.At, eventField, e.at[:])
	if at := e.at[fProperties]; r.Properties(at, "properties") {
		e.properties(int(at))
	}
	e.library()
	e.identity()
	e.times()
	e.kind()
}

// library reads what posthog-go says about itself where others do it in the properties.
func (e *event) library() {
	if lib := &e.Event.Library; lib.Name == "" {
		lib.Name, lib.Version = e.Text(e.at[fLibrary]), e.Text(e.at[fLibraryVersion])
	}
}

// identity sets who did it. A distinct_id is a user's once the SDK knows the user; servers know no other.
func (e *event) identity() {
	ev := e.Event
	distinct := e.first(e.at[fDistinctID], e.in[pDistinctID])
	ev.UserID, ev.DeviceID = e.Text(e.in[pUserID]), e.Text(e.in[pDeviceID])
	ev.AnonymousID = e.first(e.in[pAnonDistinctID], e.in[pDeviceID])
	identified := e.Node(e.in[pIsIdentified])
	switch {
	case ev.UserID != "":
	case identified != nil && identified.Text == "false", identified == nil && distinct == ev.DeviceID && distinct != "":
		ev.AnonymousID = distinct
	default:
		ev.UserID = distinct
	}
	if ev.SessionID = e.Text(e.at[fSessionID]); ev.SessionID == "" {
		ev.SessionID = e.Text(e.in[pSessionID])
	}
	if groups := e.Node(e.in[pGroups]); groups != nil && groups.Kind == capture.ObjectKind && groups.Size > 0 {
		e.Notes.Scalar(&ev.GroupID, groupOf(e.Record, int(e.in[pGroups])))
	}
	if ev.UserID == "" && ev.AnonymousID == "" {
		e.Notes.Addf("there is no distinct_id")
	}
}

// groupOf returns the first of the groups that somebody belongs to.
func groupOf(r *wire.Record, groups int) *capture.Node { return &r.Tape[groups+1] }

// first returns the first text that is not empty.
func (e *event) first(at ...int32) string {
	for _, i := range at {
		if s := e.Text(i); s != "" {
			return s
		}
	}
	return ""
}

// times sets the event's time and its id, which may stand on it.
func (e *event) times() {
	ev := e.Event
	if n := e.Node(e.at[fTimestamp]); n != nil {
		ev.EventTime = e.Notes.Time(n, "timestamp")
	}
	id := e.ID(e.at[fUUID])
	if id == "" {
		id = e.ID(e.in[pInsertID])
	}
	ev.ID = wire.ID(id, ev.EventTime, ev.Raw)
	if n := e.Node(e.at[fOffset]); n != nil && n.Kind == capture.Number && ev.EventTime.IsZero() {
		if ms, err := time.ParseDuration(n.Text + "ms"); err == nil && ms >= 0 {
			ev.EventTime = ev.ReceivedAt.Add(-ms)
			e.Notes.Addf("there is no timestamp; it happened %s ms before it came", n.Text)
		}
	}
}

// kind sets the type, the name, and what is judged: of an event its properties, of an operation on a profile what it sets.
func (e *event) kind() {
	ev := e.Event
	switch name := e.Text(e.at[fEvent]); name {
	case "$identify", "$set":
		e.profile()
	case "":
		if e.at[fSet] != 0 || e.at[fSetOnce] != 0 {
			e.profile()
			return
		}
		ev.Type = capture.Track
		e.Notes.Addf("event is empty")
	case "$create_alias", "$merge_dangerously":
		ev.Type, ev.Name, ev.PreviousID = capture.Alias, "alias", e.Text(e.in[pAlias])
	case "$groupidentify":
		ev.Type, ev.Name = capture.Group, "group"
		if id := e.Text(e.in[pGroupKey]); id != "" {
			ev.GroupID = id
		}
		if strings.HasPrefix(ev.UserID, "$") { // made of the group, as the vendor wants a distinct_id everywhere
			ev.UserID = ""
		}
		e.Operations(wire.Operation{At: e.in[pGroupSet], Name: "properties.$group_set"})
	case "$pageview":
		ev.Type, ev.Name = capture.Page, name
	case "$screen":
		ev.Type, ev.Name = capture.Screen, name
	default:
		ev.Type, ev.Name = capture.Track, name
		e.setsProfile()
	}
}

// operations returns what an event sets on the profile, without what the SDK sets by itself.
func (e *event) operations() (list []wire.Operation) {
	for _, o := range [...]wire.Operation{
		{At: e.at[fSet], Name: "$set"},
		{At: e.in[pSet], Name: "properties.$set"},
		{At: e.at[fSetOnce], Name: "$set_once", Partial: true},
		{At: e.in[pSetOnce], Name: "properties.$set_once", Partial: true},
	} {
		if o.At != 0 && !e.isPreset(o.At) && !slices.ContainsFunc(list, func(p wire.Operation) bool { return e.same(o.At, p.At) }) {
			list = append(list, o)
		}
	}
	return list
}

// same reports whether two values are written alike: some SDKs say the same inside and outside of the properties.
func (e *event) same(a, b int32) bool {
	x, y := e.Tape[a].At, e.Tape[b].At
	return e.Payload.Text[x.Start:x.End] == e.Payload.Text[y.Start:y.End]
}

// isPreset reports whether an object has only what the SDK put there by itself: the page that somebody came by.
func (e *event) isPreset(at int32) bool {
	if e.Tape[at].Kind != capture.ObjectKind {
		return false
	}
	for _, n := range e.Tape.Inside(int(at)).Members {
		if !strings.HasPrefix(n.Name, "$") {
			return false
		}
	}
	return true
}

// profile makes the event an operation on a profile, or several.
func (e *event) profile() {
	e.Event.Type, e.Event.Name = capture.Identify, "identify"
	list := e.operations()
	if len(list) == 0 {
		list = []wire.Operation{{At: e.at[fSet], Name: "$set"}, {At: e.in[pSet], Name: "properties.$set"}}
	}
	e.Operations(list...)
}

// setsProfile notes that a tracked event changes a profile in passing.
func (e *event) setsProfile() {
	if e.at[fSet]|e.at[fSetOnce]|e.in[pSet]|e.in[pSetOnce] == 0 {
		return
	}
	for _, o := range e.operations() {
		e.Notes.Addf("%s changes the user's profile in passing; only $identify and $set are checked against it", o.Name)
	}
}
