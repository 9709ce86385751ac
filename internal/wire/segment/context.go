package segment

import (
	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
)

// rudderWeb is what RudderStack's browser SDK calls itself where other SDKs name the app.
const rudderWeb = "com.rudderlabs.javascript"

// context reads the context at index i of the tape into ev; what it does not mention stays.
func (d *decoder) context(i int, ev *capture.Captured, notes *wire.Notes) {
	if kind := d.Tape[i].Kind; kind != capture.ObjectKind {
		if kind != capture.Null {
			notes.Addf("context is %s, not an object", wire.A(kind))
		}
		return
	}
	for j, n := range d.Tape.Inside(i).Members {
		at := i + 1 + j
		switch n.Name {
		case "app":
			d.app(at, ev, notes)
		case "os":
			d.texts(at, notes, "context.os", field{"name", &ev.OS.Name}, field{"version", &ev.OS.Version})
		case "device":
			d.texts(at, notes, "context.device", field{"id", &ev.DeviceID}, field{"manufacturer", &ev.Device.Manufacturer},
				field{"model", &ev.Device.Model}, field{"type", &ev.Device.Type})
		case "library":
			d.texts(at, notes, "context.library", field{"name", &ev.Library.Name}, field{"version", &ev.Library.Version})
		case "page":
			d.texts(at, notes, "context.page", field{"url", &ev.Page.URL}, field{"path", &ev.Page.Path},
				field{"title", &ev.Page.Title}, field{"referrer", &ev.Page.Referrer})
		case "network":
			d.network(at, ev)
		case "locale":
			notes.Set(&ev.Locale, n, "context")
		case "timezone":
			notes.Set(&ev.Timezone, n, "context")
		case "ip":
			notes.Set(&ev.IP, n, "context")
		case "userAgent":
			notes.Set(&ev.UserAgent, n, "context")
		case "sessionId":
			d.session(n, ev, notes)
		case "groupId":
			if ev.GroupID == "" {
				notes.Set(&ev.GroupID, n, "context")
			}
		}
	}
}

// field is where a member of an object goes.
type field struct {
	name string
	to   *string
}

// texts reads members of the object at index i.
func (d *decoder) texts(i int, notes *wire.Notes, path string, fields ...field) {
	if d.Tape[i].Kind != capture.ObjectKind {
		return
	}
	for _, n := range d.Tape.Inside(i).Members {
		for _, f := range fields {
			if n.Name == f.name {
				notes.Set(f.to, n, path)
			}
		}
	}
}

// app reads context.app, unless it is about the SDK.
func (d *decoder) app(i int, ev *capture.Captured, notes *wire.Notes) {
	before := ev.App
	d.texts(i, notes, "context.app", field{"name", &ev.App.Name}, field{"version", &ev.App.Version},
		field{"build", &ev.App.Build}, field{"namespace", &ev.App.Namespace})
	if ev.App.Namespace == rudderWeb {
		ev.App = before
	}
}

// network says how the device is connected, in the first word that fits.
func (d *decoder) network(i int, ev *capture.Captured) {
	if d.Tape[i].Kind != capture.ObjectKind {
		return
	}
	for _, n := range d.Tape.Inside(i).Members {
		if n.Kind == capture.Bool && n.Text == "true" && (n.Name == "wifi" || n.Name == "cellular" || n.Name == "bluetooth") {
			ev.Network = n.Name
			return
		}
	}
}

// session reads the session's id, which RudderStack makes of a time and sends as a number.
func (d *decoder) session(n *capture.Node, ev *capture.Captured, notes *wire.Notes) {
	if n.Kind == capture.Number {
		ev.SessionID = n.Text
		return
	}
	notes.Set(&ev.SessionID, n, "context")
}
