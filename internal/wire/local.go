package wire

import (
	"time"

	"github.com/waymarkhq/waymark/internal/capture"
)

// Zone is how far the clock of a device is ahead of UTC, where Known.
type Zone struct {
	East  time.Duration
	Known bool
}

// Local reads a date and time that SDKs write as the device's clock shows it, 2006-01-02 15:04:05.000, without a zone. A
// zone in the text wins; where there is none at all it is read as UTC, and noted, as are numbers. What cannot be read is
// noted, and the zero time.
func (n *Notes) Local(node *capture.Node, field string, zone Zone) time.Time {
	switch node.Kind {
	case capture.Null:
		return time.Time{}
	case capture.String:
		t, zoned, ok := parseTime(node.Text)
		switch {
		case ok && zoned:
			return t
		case ok && zone.Known:
			return t.Add(-zone.East)
		case ok:
			n.Addf("%s has no time zone and was read as UTC", field)
			return t
		}
	case capture.Bool, capture.Number, capture.Array, capture.ObjectKind:
	}
	if node.Kind == capture.String || node.Kind == capture.Number {
		if t, ok := epoch(node.Text); ok {
			n.Addf("%s is a number, not a date and time; it was read as %s", field, t.Format(time.RFC3339Nano))
			return t
		}
	}
	n.Addf("%s is not a date and time", field)
	return time.Time{}
}
