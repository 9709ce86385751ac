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
// zone in the text wins. Where there is none at all it is read as UTC, or, if it had not come to pass there when it arrived,
// in the zone in which it just had; both are noted, as are numbers. What cannot be read is noted, and the zero time.
func (n *Notes) Local(node *capture.Node, field string, zone Zone, arrived time.Time) time.Time {
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
			return n.unzoned(t, field, arrived)
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

// A clock of UTC is taken to be ahead, not to be of another zone, up to maxAhead; no zone is further east than maxEast.
const (
	maxAhead = 30 * time.Minute
	maxEast  = 14
)

// unzoned is the time that a text without a zone means, where t is that of UTC. Servers in China write the time of China: as
// UTC it lies 8 hours ahead, less what the record took to arrive.
func (n *Notes) unzoned(t time.Time, field string, arrived time.Time) time.Time {
	ahead := t.Sub(arrived)
	if east := int((ahead + time.Hour - 1) / time.Hour); !arrived.IsZero() && ahead > maxAhead && east <= maxEast {
		n.Addf("%s has no time zone; as UTC it would not have come yet, so it was read as UTC+%d", field, east)
		return t.Add(-time.Duration(east) * time.Hour)
	}
	n.Addf("%s has no time zone and was read as UTC", field)
	return t
}
