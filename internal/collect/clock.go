package collect

import (
	"time"

	"github.com/waymarkhq/waymark/internal/capture"
)

// clockOff tells that the clock of an event's sender is far off; empty where it is not, or where nobody can tell. The time
// of sending tells it both ways. Without one only the future does: an event of the past may have waited on the device.
func clockOff(ev *capture.Event) string {
	at, sent := ev.SentAt, true
	if at.IsZero() {
		at, sent = ev.EventTime, false
	}
	if at.IsZero() {
		return ""
	}
	switch off := at.Sub(ev.ReceivedAt); {
	case off > clockTolerance:
		return "the sender's clock is ahead by more than " + atLeast(off)
	case sent && off < -clockTolerance:
		return "the sender's clock is behind by more than " + atLeast(-off)
	}
	return ""
}

// clockSteps are the sizes that clocks are said to be off by, so that equal ones are told in equal words.
var clockSteps = []struct {
	size time.Duration
	text string
}{
	{365 * 24 * time.Hour, "a year"},
	{30 * 24 * time.Hour, "30 days"},
	{24 * time.Hour, "a day"},
	{8 * time.Hour, "8 hours"},
	{time.Hour, "an hour"},
}

func atLeast(d time.Duration) string {
	for _, s := range clockSteps {
		if d >= s.size {
			return s.text
		}
	}
	return "10 minutes"
}
