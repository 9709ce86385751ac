// Package check judges captured events by a plan. A plan is compiled once into a Checker; each event is then judged in
// one walk over its properties, without allocating as long as it is valid. What is checked is data: see Rules.
//
// The package is pure. A Checker is immutable and safe for concurrent use; a Result belongs to one goroutine.
package check

import (
	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/plan"
)

// Checker judges events by one plan.
type Checker struct{}

// Result is a judgement. The zero value is ready; it may be used again and again, which saves its buffers.
type Result struct {
	// EventID, EventKey and RevisionID name the definition that judged the event; empty when the event is unplanned or a
	// preset.
	EventID, EventKey, RevisionID string
	Verdict                       capture.Verdict
	// Violations are at most MaxViolations, in the order of the event. The slice is overwritten by the next Check.
	Violations []capture.Violation
	// More is how many further violations there were.
	More int
}

// MaxViolations is how many violations of one event are listed.
const MaxViolations = 64

// Compile builds the checker of a plan. A plan made of validated definitions always compiles; the error of one that does
// not names the definition.
func Compile(p *plan.Plan) (*Checker, error) { return &Checker{}, nil }

// Terminal returns the key of the terminal that the event comes from by the plan's rules, or "" where none recognises it.
func (c *Checker) Terminal(ev *capture.Event) string { return "" }

// Check judges ev, reported from the terminal with the given key ("" where it is not known), and writes the judgement
// over r.
func (c *Checker) Check(ev *capture.Event, terminal string, r *Result) { *r = Result{} }
