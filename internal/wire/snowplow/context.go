package snowplow

import (
	"strings"

	"github.com/waymarkhq/waymark/internal/capture"
)

// contexts reads what an event's contexts, which stand at index i of the tape, say of app, device and session. Those of
// the app itself stay in the record.
func (r *record) contexts(i int, ev *capture.Event) {
	list := i
	if r.Tape[i].Kind == capture.ObjectKind {
		list = r.member(i, "data")
	}
	if list == 0 || r.Tape[list].Kind != capture.Array {
		r.Notes.Addf("%s holds no contexts", r.Tape[i].Name)
		return
	}
	for j, n := range r.Tape.Inside(list).Members {
		if at := list + 1 + j; n.Kind == capture.ObjectKind {
			r.context(at, ev)
		}
	}
}

func (r *record) context(at int, ev *capture.Event) {
	schema, data := r.member(at, "schema"), r.member(at, "data")
	if schema == 0 || data == 0 || r.Tape[data].Kind != capture.ObjectKind {
		return
	}
	vendor, name, _ := splitSchema(r.Tape[schema].Text)
	if !strings.HasPrefix(vendor, "com.snowplowanalytics.") {
		return
	}
	switch name {
	case "application":
		r.texts(data, name, field{"version", &ev.App.Version}, field{"build", &ev.App.Build})
	case "mobile_context":
		r.mobile(data, ev)
	case "desktop_context":
		r.texts(data, name, field{"osType", &ev.OS.Name}, field{"osVersion", &ev.OS.Version},
			field{"deviceManufacturer", &ev.Device.Manufacturer}, field{"deviceModel", &ev.Device.Model})
	case "client_session":
		var user, session string
		r.texts(data, name, field{"userId", &user}, field{"sessionId", &session})
		if ev.AnonymousID == "" {
			ev.AnonymousID = user
		}
		if ev.SessionID == "" {
			ev.SessionID = session
		}
	}
}

// mobile reads what a phone says of itself. Its id is the one that is the app's own, else that for advertising.
func (r *record) mobile(data int, ev *capture.Event) {
	var vendorID, androidID, appleID string
	r.texts(data, "mobile_context", field{"osType", &ev.OS.Name}, field{"osVersion", &ev.OS.Version},
		field{"deviceManufacturer", &ev.Device.Manufacturer}, field{"deviceModel", &ev.Device.Model},
		field{"networkType", &ev.Network}, field{"appleIdfv", &vendorID}, field{"androidIdfa", &androidID},
		field{"appleIdfa", &appleID})
	for _, id := range [...]string{appleID, androidID, vendorID} {
		set(&ev.DeviceID, id)
	}
}

// field is where a member of an object goes.
type field struct {
	name string
	to   *string
}

// texts reads members of the object at index i.
func (r *record) texts(i int, path string, fields ...field) {
	for _, n := range r.Tape.Inside(i).Members {
		for _, f := range fields {
			if n.Name == f.name {
				r.Notes.Set(f.to, n, path)
			}
		}
	}
}
