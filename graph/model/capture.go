package model

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/waymarkhq/waymark/graph/sibling"
	"github.com/waymarkhq/waymark/internal/capture"
)

// CapturedPrefix begins the ids of captured events; the sequence number follows.
const CapturedPrefix = "cap_"

// CapturedEvent is the public face of a captured event.
type CapturedEvent struct{ *capture.Captured }

// NodeID returns the event's id.
func (c CapturedEvent) NodeID() string { return c.ID() }

// ID returns the event's id.
func (c CapturedEvent) ID() string { return CapturedPrefix + strconv.FormatInt(c.Seq, 10) }

// CapturedSeq returns the sequence number in an id of a captured event.
func CapturedSeq(id string) (int64, bool) {
	seq, err := strconv.ParseInt(strings.TrimPrefix(id, CapturedPrefix), 10, 64)
	return seq, err == nil && strings.HasPrefix(id, CapturedPrefix)
}

// EventKey returns the plan key of the event that judged it.
func (c CapturedEvent) EventKey() *string { return given(c.Captured.EventKey) }

// ReleaseNumber is nil where no release put the definition there.
func (c CapturedEvent) ReleaseNumber() *int {
	if c.Release == 0 {
		return nil
	}
	return &c.Release
}

// RunID is nil outside of a test run.
func (c CapturedEvent) RunID() *string { return given(c.Captured.RunID) }

// DefinitionHash is nil where no frozen definition judged it.
func (c CapturedEvent) DefinitionHash() *string { return given(c.Hash) }

// Terminal returns the key of the terminal that it came from.
func (c CapturedEvent) Terminal() *string { return given(c.TerminalKey) }

// Properties returns the properties as sent.
func (c CapturedEvent) Properties() json.RawMessage { return json.RawMessage(c.PropertiesJSON()) }

// Raw returns the whole record as sent.
func (c CapturedEvent) Raw() json.RawMessage { return json.RawMessage(c.Captured.Raw) }

// Masked reports whether values of it are masked.
func (c CapturedEvent) Masked() bool { return len(c.Masks) > 0 }

// MessageID returns the sender's id of the record.
func (c CapturedEvent) MessageID() string { return c.Captured.ID }

// AppVersion returns the app's version.
func (c CapturedEvent) AppVersion() string { return c.App.Version }

// AppBuild returns the app's build.
func (c CapturedEvent) AppBuild() string { return c.App.Build }

// Os returns the operating system.
func (c CapturedEvent) Os() string { return c.OS.Name }

// OsVersion returns the operating system's version.
func (c CapturedEvent) OsVersion() string { return c.OS.Version }

// DeviceModel returns the device's model.
func (c CapturedEvent) DeviceModel() string { return c.Device.Model }

// Library returns the SDK's name.
func (c CapturedEvent) Library() string { return c.Captured.Library.Name }

// LibraryVersion returns the SDK's version.
func (c CapturedEvent) LibraryVersion() string { return c.Captured.Library.Version }

// PageURL returns the address of the page.
func (c CapturedEvent) PageURL() string { return c.Page.URL }

// Violations returns what is wrong with it.
func (c CapturedEvent) Violations() []Violation {
	out := make([]Violation, len(c.Captured.Violations))
	for i := range out {
		out[i] = Violation{&c.Captured.Violations[i]}
	}
	return out
}

// Violation is the public face of a violation.
type Violation struct{ *capture.Violation }

// Property returns the path of the property; nil when it is about the event itself.
func (v Violation) Property() *string { return given(v.Violation.Property) }

// CapturedEvents wraps captured events.
func CapturedEvents(all []*capture.Captured) []CapturedEvent {
	out := make([]CapturedEvent, len(all))
	for i, c := range all {
		out[i] = CapturedEvent{c}
	}
	return out
}

// CapturePage is what a live viewer gets in one frame.
type CapturePage struct {
	Captured []*capture.Captured
	Dropped  int
}

// Events returns what was captured, and has their relations loaded together.
func (p *CapturePage) Events(ctx context.Context) []CapturedEvent {
	events := CapturedEvents(p.Captured)
	sibling.Register(ctx, events...)
	return events
}

func given(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// RegressionEvent is the public face of an event of a regression case.
type RegressionEvent struct {
	CapturedEvent
	Position        int
	ExpectedVerdict capture.Verdict
	ExpectedCodes   []string
}

// Masked reports whether something is masked whose original is not kept.
func (e RegressionEvent) Masked() bool { return len(e.Unmasked().Masks) > 0 }

// RegressionResult is what a plan says of an event of a regression case.
type RegressionResult struct {
	Event      RegressionEvent
	Holds      bool
	Verdict    capture.Verdict
	violations []capture.Violation
	eventKey   string
}

// NewRegressionResult wraps what a plan says.
func NewRegressionResult(of RegressionEvent, judged *capture.Captured, holds bool) RegressionResult {
	return RegressionResult{Event: of, Holds: holds, Verdict: judged.Verdict, violations: judged.Violations, eventKey: judged.EventKey}
}

// Violations returns what is wrong with it.
func (r RegressionResult) Violations() []Violation {
	return CapturedEvent{&capture.Captured{Violations: r.violations}}.Violations()
}

// EventKey is nil when the plan does not know it.
func (r RegressionResult) EventKey() *string { return given(r.eventKey) }
