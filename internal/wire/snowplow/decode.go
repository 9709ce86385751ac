package snowplow

import (
	"strings"
	"time"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
)

func decode(build func(*wire.Builder) error) func(*wire.Request, *wire.Decoded) error {
	return func(r *wire.Request, out *wire.Decoded) error {
		tape, err := r.Build(build)
		if err != nil {
			return err
		}
		if r.Header.Get("Sp-Anonymous") != "" {
			r.RemoteIP = ""
		}
		d := decoder{appID: first(tape, "aid")}
		return r.Payload(tape, Name, "event", out).Each(0, d.record)
	}
}

// decoder decodes one payload.
type decoder struct {
	appID string
	// schema is the last event's, note what is noted of it: many have the same.
	schema, note string
}

// The members of a record that are looked at.
const (
	fKind = iota
	fID
	fAppID
	fUser
	fDomainUser
	fNetworkUser
	fSession
	fTrueTime
	fDeviceTime
	fSentTime
	fTracker
	fURL
	fTitle
	fReferrer
	fLanguage
	fTimezone
	fIP
	fAgent
	fEventBase64
	fEvent
	fContextsBase64
	fContexts
	fProperties
	fCount
)

// recordField returns which member of a record has the name, or fCount.
func recordField(name string) int {
	switch name {
	case "e":
		return fKind
	case "eid":
		return fID
	case "aid":
		return fAppID
	case "uid":
		return fUser
	case "duid":
		return fDomainUser
	case "nuid", "tnuid":
		return fNetworkUser
	case "sid":
		return fSession
	case "ttm":
		return fTrueTime
	case "dtm":
		return fDeviceTime
	case "stm":
		return fSentTime
	case "tv":
		return fTracker
	}
	return contentField(name)
}

func contentField(name string) int {
	switch name {
	case "url":
		return fURL
	case "page":
		return fTitle
	case "refr":
		return fReferrer
	case "lang":
		return fLanguage
	case "tz":
		return fTimezone
	case "ip":
		return fIP
	case "ua":
		return fAgent
	case "ue_px":
		return fEventBase64
	case "ue_pr":
		return fEvent
	case "cx":
		return fContextsBase64
	case "co":
		return fContexts
	case "properties":
		return fProperties
	}
	return fCount
}

// record is a record on its way to an event.
type record struct {
	*wire.Record
	d *decoder
	// at are the members' indexes on the tape, 0 where there is none.
	at [fCount]int32
}

func (d *decoder) record(rec *wire.Record) {
	r := record{Record: rec, d: d}
	r.Fields(r.At, recordField, r.at[:])
	ev := &r.Event.Event
	r.identity(ev)
	if id := r.Text(r.at[fAppID]); id != d.appID {
		r.Notes.Addf("its app id (aid) is %q, that of the payload %q", id, d.appID)
	}
	r.library(ev)
	set(&ev.Page.URL, r.Text(r.at[fURL]))
	set(&ev.Page.Title, r.Text(r.at[fTitle]))
	set(&ev.Page.Referrer, r.Text(r.at[fReferrer]))
	set(&ev.Locale, r.Text(r.at[fLanguage]))
	set(&ev.Timezone, r.Text(r.at[fTimezone]))
	set(&ev.UserAgent, r.Text(r.at[fAgent]))
	for _, at := range [...]int32{r.at[fContextsBase64], r.at[fContexts]} {
		if at != 0 {
			r.contexts(int(at), ev)
		}
	}
	r.kind(ev)
	r.times(ev)
}

func set(to *string, s string) {
	if s != "" {
		*to = s
	}
}

func (r *record) identity(ev *capture.Event) {
	ev.UserID = r.Text(r.at[fUser])
	ev.AnonymousID = r.Text(r.at[fDomainUser])
	ev.SessionID = r.Text(r.at[fSession])
	if r.Request.Header.Get("Sp-Anonymous") != "" {
		return
	}
	if ev.AnonymousID == "" {
		ev.AnonymousID = r.Text(r.at[fNetworkUser])
	}
	set(&ev.IP, r.Text(r.at[fIP]))
}

// library reads the tracker's name and version, which are one: node-4.8.0.
func (r *record) library(ev *capture.Event) {
	tracker := r.Text(r.at[fTracker])
	ev.Library.Name = tracker
	for i := 1; i+1 < len(tracker); i++ {
		if tracker[i] == '-' && tracker[i+1]-'0' <= 9 {
			ev.Library = capture.Library{Name: tracker[:i], Version: tracker[i+1:]}
			return
		}
	}
}

// times sets the sender's times, and the id, which may stand on one.
func (r *record) times(ev *capture.Event) {
	if n := r.Node(r.at[fSentTime]); n != nil {
		ev.SentAt = r.Notes.Since1970(n, "stm", time.Millisecond)
	}
	if n := r.Node(r.at[fTrueTime]); n != nil {
		ev.EventTime = r.Notes.Since1970(n, "ttm", time.Millisecond)
	}
	if n := r.Node(r.at[fDeviceTime]); n != nil && ev.EventTime.IsZero() {
		ev.EventTime = r.Notes.Since1970(n, "dtm", time.Millisecond)
	}
	id := r.ID(r.at[fID])
	if n := r.Node(r.at[fSentTime]); id == "" && n != nil { // which is another when the record is sent again
		start := r.Node(int32(r.At)).At.Start
		ev.ID = wire.ID("", ev.EventTime, ev.Raw[:n.At.Start-start]+ev.Raw[n.At.End-start:])
		return
	}
	ev.ID = wire.ID(id, ev.EventTime, ev.Raw)
}

// kind sets the type, the name and the properties.
func (r *record) kind(ev *capture.Event) {
	ev.Type = capture.Track
	r.Properties(r.at[fProperties], "properties")
	switch kind := r.Text(r.at[fKind]); kind {
	case "ue":
		r.selfDescribing(ev)
	case "pv":
		ev.Type, ev.Name = capture.Page, "page"
	case "pp":
		ev.Name = "page_ping"
	case "se":
		r.structured(ev)
	case "tr":
		ev.Name = "transaction"
	case "ti":
		ev.Name = "transaction_item"
	case "":
		r.Notes.Addf("e, the kind of the event, is missing")
		if r.at[fEvent] != 0 || r.at[fEventBase64] != 0 {
			r.selfDescribing(ev)
		}
	default:
		ev.Name = kind
		r.Notes.Addf("e is %q, which is no kind of event", wire.Cut(kind, 100))
	}
}

// structured names an event by its category and action.
func (r *record) structured(ev *capture.Event) {
	category, action := "", ""
	for _, n := range ev.Properties.Members {
		switch n.Name {
		case "se_ca":
			category = r.Notes.Text(n, "se_ca")
		case "se_ac":
			action = r.Notes.Text(n, "se_ac")
		}
	}
	if category == "" || action == "" {
		r.Notes.Addf("a structured event needs se_ca and se_ac")
	}
	ev.Name = strings.Trim(category+"/"+action, "/")
}

// selfDescribing reads the event inside of an unstruct event.
func (r *record) selfDescribing(ev *capture.Event) {
	at, name := int(r.at[fEventBase64]), "ue_px"
	if at == 0 {
		at, name = int(r.at[fEvent]), "ue_pr"
	}
	if at == 0 {
		r.Reject("an unstruct event without ue_px or ue_pr")
		return
	}
	if kind := r.Tape[at].Kind; kind == capture.String {
		r.Reject(name + " is neither JSON nor base64 of it")
		return
	} else if kind != capture.ObjectKind {
		r.Reject(name + " is " + wire.A(kind) + ", not an object")
		return
	}
	event, path := at, name
	if inner := r.member(at, "data"); inner != 0 && r.Tape[inner].Kind == capture.ObjectKind && r.member(inner, "schema") != 0 {
		event, path = inner, name+".data"
	} else {
		r.Notes.Addf("%s is not wrapped in an unstruct_event", name)
	}
	if schema := r.member(event, "schema"); schema != 0 {
		r.schema(ev, r.Notes.Text(&r.Tape[schema], path+".schema"))
	}
	if ev.Name == "" {
		r.Notes.Addf("%s has no schema, which is the event's name", path)
	}
	r.Properties(int32(r.member(event, "data")), path+".data")
}

// member returns the index on the tape of a member of the object at index i, 0 where there is none.
func (r *record) member(i int, name string) int {
	if at := r.Tape.Inside(i).Find(name); at >= 0 {
		return i + 1 + at
	}
	return 0
}

// schema names the event by its schema, iglu:VENDOR/NAME/jsonschema/VERSION, and notes which it is.
func (r *record) schema(ev *capture.Event, uri string) {
	var ok bool
	if _, ev.Name, ok = splitSchema(uri); !ok {
		ev.Name = uri
		if uri != "" {
			r.Notes.Addf("the schema is not iglu:vendor/name/format/version")
		}
		return
	}
	if r.d.schema != uri {
		r.d.schema, r.d.note = uri, "schema "+uri
	}
	r.Notes = append(r.Notes, r.d.note)
}

// splitSchema takes a schema's vendor and name out of its address.
func splitSchema(uri string) (vendor, name string, ok bool) {
	rest, ok := strings.CutPrefix(uri, "iglu:")
	vendor, rest, ok2 := strings.Cut(rest, "/")
	name, rest, ok3 := strings.Cut(rest, "/")
	return vendor, name, ok && ok2 && ok3 && name != "" && strings.Contains(rest, "/")
}
