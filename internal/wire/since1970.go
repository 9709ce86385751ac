package wire

import (
	"time"

	"github.com/waymarkhq/waymark/internal/capture"
)

// Since1970 reads a point in time that should be a number of units since 1970, as a number or in a string: the unit is
// time.Second, Millisecond, Microsecond or Nanosecond. A number whose size says another unit is read as that, and noted;
// so is ISO 8601. What cannot be read is noted, and the zero time, which 0 and an empty text are too.
func (n *Notes) Since1970(node *capture.Node, field string, unit time.Duration) time.Time {
	if node.Kind == capture.Null || node.Kind <= capture.String && (node.Text == "" || node.Text == "0") {
		return time.Time{}
	}
	if node.Kind == capture.Number || node.Kind == capture.String {
		t, ok := epoch(node.Text)
		if ok && unitOf(node.Text) != unit {
			n.Addf("%s should be in %s; it was read as %s", field, unitName(unit), t.Format(time.RFC3339Nano))
		}
		if !ok {
			if t, _, ok = parseTime(node.Text); ok {
				n.Addf("%s is a date, not a number of %s", field, unitName(unit))
			}
		}
		if ok {
			return t
		}
	}
	n.Addf("%s is not a number of %s since 1970", field, unitName(unit))
	return time.Time{}
}

// unitOf tells the unit of a number that epoch has read.
func unitOf(s string) time.Duration {
	digits := 0
	for digits < len(s) && s[digits]-'0' <= 9 {
		digits++
	}
	switch {
	case digits <= 11:
		return time.Second
	case digits <= 14:
		return time.Millisecond
	case digits <= 17:
		return time.Microsecond
	default:
		return time.Nanosecond
	}
}

func unitName(unit time.Duration) string {
	switch unit {
	case time.Second:
		return "seconds"
	case time.Millisecond:
		return "milliseconds"
	case time.Microsecond:
		return "microseconds"
	default:
		return "nanoseconds"
	}
}
