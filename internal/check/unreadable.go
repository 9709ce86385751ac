package check

import "github.com/waymarkhq/waymark/internal/capture"

// RecordUnreadable is the code of a record that could not be read as an event at all, e.g. a number where an object
// belongs. It is kept, invalid and without a name.
const RecordUnreadable = "record_unreadable"

// Unreadable is the violation of a record that no decoder could read, for the reason that the decoder gives.
func Unreadable(reason, raw string) capture.Violation {
	return capture.Violation{
		Code: RecordUnreadable, Severity: capture.Error,
		Expected: shorten(reason, MaxText), Actual: shorten(raw, MaxText),
	}
}
