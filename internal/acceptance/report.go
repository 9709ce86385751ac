package acceptance

import (
	"time"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/coverage"
)

// ReportFormat is the number of the form of a Report; it grows when members change their meaning.
const ReportFormat = 1

// Report is what a sign-off froze. It holds nothing that devices sent: that is kept as evidence, behind the addresses in it, so
// that it can be deleted with the person whose it is. docs/acceptance.md describes its members.
type Report struct {
	Format   int           `json:"format"`
	App      Named         `json:"app"`
	Batch    *ReportBatch  `json:"batch,omitempty"`
	SignedBy Named         `json:"signedBy"`
	SignedAt time.Time     `json:"signedAt"`
	Note     string        `json:"note"`
	Builds   []ReportBuild `json:"builds"`
	Totals   ReportTotals  `json:"totals"`
	// Cells are the events under test on the terminals that are signed off.
	Cells     []ReportCell     `json:"cells"`
	Unplanned []ReportCount    `json:"unplanned"`
	Marks     []ReportMark     `json:"marks"`
	Sessions  []ReportSession  `json:"sessions"`
	Evidence  []ReportEvidence `json:"evidence"`
}

// Named is something that has a key or an id, and a name for people.
type Named struct {
	ID   string `json:"id,omitempty"`
	Key  string `json:"key,omitempty"`
	Name string `json:"name"`
}

// ReportBatch is the batch of a report.
type ReportBatch struct {
	ID     string `json:"id"`
	Number string `json:"number"`
	Title  string `json:"title"`
}

// ReportBuild are the builds of a terminal that were tested.
type ReportBuild struct {
	Terminal string   `json:"terminal"`
	Builds   []string `json:"builds"`
}

// ReportTotals are the figures of the gate.
type ReportTotals struct {
	Required int `json:"required"`
	Covered  int `json:"covered"`
	Failed   int `json:"failed"`
	Open     int `json:"open"`
}

// ReportCell is an event on a terminal.
type ReportCell struct {
	Event    string `json:"event"`
	Name     string `json:"name"`
	Label    string `json:"label"`
	Terminal string `json:"terminal"`
	// ShouldNotFire says that it must not come.
	ShouldNotFire bool             `json:"shouldNotFire"`
	State         coverage.State   `json:"state"`
	Valid         int              `json:"validCount"`
	Invalid       int              `json:"invalidCount"`
	Repeats       int              `json:"repeatCount"`
	MostInStep    int              `json:"mostInStep"`
	Build         string           `json:"build"`
	SeenAt        *time.Time       `json:"seenAt,omitempty"`
	EvidenceID    string           `json:"evidenceId,omitempty"`
	MarkID        string           `json:"markId,omitempty"`
	Properties    []ReportProperty `json:"properties"`
}

// ReportProperty is a property of an event on a terminal.
type ReportProperty struct {
	Name     string         `json:"name"`
	Required bool           `json:"required"`
	State    coverage.State `json:"state"`
	Valid    int            `json:"validCount"`
	Invalid  int            `json:"invalidCount"`
	MustTest []ReportValue  `json:"mustTest"`
	MarkID   string         `json:"markId,omitempty"`
}

// ReportValue is a value that had to be seen.
type ReportValue struct {
	Value string `json:"value"`
	Seen  bool   `json:"seen"`
}

// ReportCount is something unplanned that came.
type ReportCount struct {
	Name  string `json:"name"`
	Count int    `json:"count"`
}

// ReportMark is what a tester said, the newest word on each thing.
type ReportMark struct {
	ID           string            `json:"id"`
	Event        string            `json:"event"`
	Property     string            `json:"property,omitempty"`
	Terminal     string            `json:"terminal"`
	Kind         coverage.MarkKind `json:"kind"`
	Note         string            `json:"note"`
	Build        string            `json:"build"`
	ScreenshotID string            `json:"screenshotId,omitempty"`
	ExpiresAt    *time.Time        `json:"expiresAt,omitempty"`
	By           Named             `json:"by"`
	At           time.Time         `json:"at"`
}

// ReportSession is a session that the report rests on.
type ReportSession struct {
	ID          string         `json:"id"`
	Code        string         `json:"code"`
	Title       string         `json:"title"`
	Environment string         `json:"environment"`
	StartedAt   time.Time      `json:"startedAt"`
	EndedAt     *time.Time     `json:"endedAt,omitempty"`
	Testers     []Named        `json:"testers"`
	Devices     []ReportDevice `json:"devices"`
}

// ReportDevice is a device of a session, without its ids.
type ReportDevice struct {
	Number      int       `json:"number"`
	Terminal    string    `json:"terminal"`
	Model       string    `json:"model"`
	OS          string    `json:"os"`
	AppVersion  string    `json:"appVersion"`
	AppBuild    string    `json:"appBuild"`
	Library     string    `json:"library"`
	FirstSeenAt time.Time `json:"firstSeenAt"`
	LastSeenAt  time.Time `json:"lastSeenAt"`
	Valid       int       `json:"validCount"`
	Invalid     int       `json:"invalidCount"`
	Unplanned   int       `json:"unplannedCount"`
}

// ReportEvidence is a captured event that the report rests on.
type ReportEvidence struct {
	ID         string            `json:"id"`
	SessionID  string            `json:"sessionId"`
	Event      string            `json:"event"`
	Terminal   string            `json:"terminal"`
	ReceivedAt time.Time         `json:"receivedAt"`
	Verdict    string            `json:"verdict"`
	Violations []ReportViolation `json:"violations"`
	URL        string            `json:"url"`
}

// ReportViolation is a broken rule; what came is told by the evidence.
type ReportViolation struct {
	Code     string `json:"code"`
	Severity string `json:"severity"`
	Property string `json:"property,omitempty"`
	Expected string `json:"expected"`
}

func reportViolations(list []capture.Violation) []ReportViolation {
	out := make([]ReportViolation, len(list))
	for i := range list {
		v := &list[i]
		out[i] = ReportViolation{Code: v.Code, Severity: v.Severity.String(), Property: v.Property, Expected: v.Expected}
	}
	return out
}
