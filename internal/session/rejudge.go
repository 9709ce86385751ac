package session

import (
	"slices"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/check"
	"github.com/waymarkhq/waymark/internal/masking"
)

// Rejudge judges an event as on its way in, for the terminal that it came from: as it was reported, where that is kept beside what
// is masked. Violations do not tell then what stood there. The result is a copy; its buffers are used again.
func Rejudge(checker *check.Checker, of *capture.Captured, result *check.Result) (*capture.Captured, error) {
	judged := *of.Unmasked()
	if text := judged.PropertiesJSON(); text != "" {
		tape, err := capture.Parse(nil, text)
		if err != nil {
			return nil, err
		}
		judged.Properties = capture.Object(tape).Inside(0)
	}
	if judged.TerminalKey == "" {
		judged.TerminalKey = checker.Terminal(&judged.Event)
	}
	checker.Check(&judged.Event, judged.TerminalKey, result)
	judged.EventID, judged.EventKey, judged.RevisionID = result.EventID, result.EventKey, result.RevisionID
	judged.Hash, judged.Release, judged.Verdict = result.Hash, result.Release, result.Verdict
	judged.Violations = slices.Clone(result.Violations)
	judged.Properties = nil
	if of.HasOriginal() {
		for i := range judged.Violations {
			judged.Violations[i].Actual = masking.Hidden
		}
	}
	return &judged, nil
}
