package model

import (
	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/acceptance"
	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/coverage"
)

// Coverage is the public face of what was seen of the work under test.
type Coverage struct {
	*coverage.Coverage
	Events map[string]*ent.Event // by id
}

// CoverageCell is one event on one terminal.
type CoverageCell struct {
	*coverage.CellState
	Event *ent.Event
}

// CoverageProperty is one property of a cell.
type CoverageProperty struct{ *coverage.PropertyState }

// Cells returns the events on their terminals.
func (c *Coverage) Cells() []CoverageCell {
	out := make([]CoverageCell, len(c.Coverage.Cells))
	for i := range c.Coverage.Cells {
		out[i] = CoverageCell{&c.Coverage.Cells[i], c.Events[c.Coverage.Cells[i].EventID]}
	}
	return out
}

// ValidCount is how many came valid.
func (c CoverageCell) ValidCount() int { return c.Valid }

// InvalidCount is how many came invalid.
func (c CoverageCell) InvalidCount() int { return c.Invalid }

// RepeatCount is how many repeated another one.
func (c CoverageCell) RepeatCount() int { return c.Repeats }

// Build is that in which it was seen last.
func (c CoverageCell) Build() string { return c.Last.Build.Build }

// AppVersion is that in which it was seen last.
func (c CoverageCell) AppVersion() string { return c.Last.Build.Version }

// Properties returns the properties.
func (c CoverageCell) Properties() []CoverageProperty {
	out := make([]CoverageProperty, len(c.CellState.Properties))
	for i := range c.CellState.Properties {
		out[i] = CoverageProperty{&c.CellState.Properties[i]}
	}
	return out
}

// ValidCount is how often it came valid.
func (p CoverageProperty) ValidCount() int { return p.Valid }

// InvalidCount is how often it was wrong.
func (p CoverageProperty) InvalidCount() int { return p.Invalid }

// MustTest lists the values that have to be seen.
func (p CoverageProperty) MustTest() []*CoverageValue {
	out := make([]*CoverageValue, len(p.Values))
	for i, v := range p.Values {
		out[i] = &CoverageValue{Value: v, Seen: p.Seen[i]}
	}
	return out
}

// CoverageEvidence is the public face of evidence.
type CoverageEvidence struct{ *acceptance.Evidence }

// Captured is the event with the environment's verdict.
func (e CoverageEvidence) Captured() CapturedEvent { return CapturedEvent{e.Evidence.Captured} }

// Violations are those of the session.
func (e CoverageEvidence) Violations() []Violation {
	return CapturedEvent{&capture.Captured{Violations: e.Evidence.Violations}}.Violations()
}

// EventKey is the plan key of what judged it, or nil.
func (e CoverageEvidence) EventKey() *string {
	if e.Evidence.EventKey == "" {
		return nil
	}
	return &e.Evidence.EventKey
}

// Session is the session.
func (e CoverageEvidence) Session() *ent.CaptureSession { return e.Evidence.Session }
