package check

import "github.com/waymarkhq/waymark/internal/capture"

// Unreadable is the violation of a record that no decoder could read, for the reason that the decoder gives.
func Unreadable(reason, raw string) capture.Violation {
	return capture.Violation{
		Code: RecordUnreadable, Severity: severities[RecordUnreadable],
		Expected: shorten(reason, MaxText), Actual: shorten(raw, MaxText),
	}
}
