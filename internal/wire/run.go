package wire

import (
	"strings"

	"github.com/waymarkhq/waymark/internal/capture"
)

// Test runs: whoever tests an app has its events bear the id of the run, so that they are told from all others. A format may
// have a place for it (Event.RunID); in all of them it may be a property of the event, or stand beside the payload.

// Run returns the id of the test run that stands beside the payload: in the header Waymark-Run, or as wm_run in the query;
// "" where there is none, or none that can be one.
func (r *Request) Run() string {
	id := r.Header.Get("Waymark-Run")
	if id == "" {
		id, _ = QueryValue(r.Query, capture.RunProperty)
	}
	if id = strings.TrimSpace(id); len(id) > capture.MaxRunID {
		return ""
	}
	return strings.ToValidUTF8(id, "\ufffd")
}

// OfRun tells an event which test run it is of, unless its format has: that of its own property, or else that of its payload.
func OfRun(ev *capture.Event, payload string) {
	if ev.RunID != "" {
		return
	}
	if at := ev.Properties.Find(capture.RunProperty); at >= 0 {
		notes := Notes(ev.Notes)
		ev.RunID = notes.RunID(&ev.Properties[at], capture.RunProperty)
		ev.Notes = notes
	}
	if ev.RunID == "" {
		ev.RunID = payload
	}
}

// RunID returns a value as the id of a test run, "" where it is none, which is noted. CI systems number their runs.
func (n *Notes) RunID(node *capture.Node, field string) string {
	switch node.Kind {
	case capture.Null:
		return ""
	case capture.String, capture.Number:
		if id := strings.TrimSpace(node.Text); len(id) <= capture.MaxRunID {
			return id
		}
		n.Addf("%s is longer than %d bytes and was not read", field, capture.MaxRunID)
		return ""
	case capture.Bool, capture.Array, capture.ObjectKind:
	}
	n.Addf("%s is %s, not a string, and was not read", field, A(node.Kind))
	return ""
}
