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
			d.Texts(at, notes, "context.os", wire.Into("name", &ev.OS.Name), wire.Into("version", &ev.OS.Version))
		case "device":
			d.Texts(at, notes, "context.device", wire.Into("id", &ev.DeviceID), wire.Into("manufacturer", &ev.Device.Manufacturer),
				wire.Into("model", &ev.Device.Model), wire.Into("type", &ev.Device.Type))
		case "library":
			d.Texts(at, notes, "context.library", wire.Into("name", &ev.Library.Name), wire.Into("version", &ev.Library.Version))
		case "page":
			d.Texts(at, notes, "context.page", wire.Into("url", &ev.Page.URL), wire.Into("path", &ev.Page.Path),
				wire.Into("title", &ev.Page.Title), wire.Into("referrer", &ev.Page.Referrer))
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

// app reads context.app, unless it is about the SDK.
func (d *decoder) app(i int, ev *capture.Captured, notes *wire.Notes) {
	before := ev.App
	d.Texts(i, notes, "context.app", wire.Into("name", &ev.App.Name), wire.Into("version", &ev.App.Version),
		wire.Into("build", &ev.App.Build), wire.Into("namespace", &ev.App.Namespace))
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
