package verify

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"gopkg.in/yaml.v3"

	"github.com/waymarkhq/waymark/internal/fault"
)

// Expectations are what a test run has to have seen, and where.
type Expectations struct {
	App         string `yaml:"app"`
	Environment string `yaml:"environment"`
	// AllowUnplanned lets events pass that no plan knows.
	AllowUnplanned bool       `yaml:"allowUnplanned"`
	Events         []Expected `yaml:"events"`
}

// Expected is an event that is expected.
type Expected struct {
	// Event is its key in the plan, or its name as sent.
	Event string `yaml:"event"`
	// Terminal is where it is expected; empty for all terminals together.
	Terminal string `yaml:"terminal"`
	// Min and Max are how often, whatever the verdicts: at least once where neither is given, at most Max where only that is.
	Min *int64 `yaml:"min"`
	Max *int64 `yaml:"max"`
}

// ReadExpectations reads a YAML or JSON text. The error names what is wrong with it.
func ReadExpectations(text []byte) (*Expectations, error) {
	var e Expectations
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&e); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	var f fault.Fields
	if e.App == "" {
		f.Add("app", "required", "the app's key is missing")
	}
	if e.Environment == "" {
		f.Add("environment", "required", "the environment's key is missing")
	}
	for i := range e.Events {
		e.Events[i].check(&f, fmt.Sprintf("events[%d]", i))
	}
	return &e, f.Err()
}

// check completes an expectation.
func (e *Expected) check(f *fault.Fields, path string) {
	if e.Event == "" {
		f.Add(path+".event", "required", "the event's key or name is missing")
	}
	if e.Min == nil {
		least := int64(1)
		if e.Max != nil {
			least = 0
		}
		e.Min = &least
	}
	if *e.Min < 0 {
		f.Add(path+".min", "out_of_range", "must not be negative")
	}
	if e.Max != nil && *e.Max < *e.Min {
		f.Add(path+".max", "out_of_range", "must not be below min")
	}
}

// String says how often it is expected.
func (e *Expected) String() string {
	switch {
	case e.Max == nil:
		return fmt.Sprintf("at least %d", *e.Min)
	case *e.Max == *e.Min:
		return fmt.Sprintf("exactly %d", *e.Min)
	case *e.Min == 0:
		return fmt.Sprintf("at most %d", *e.Max)
	default:
		return fmt.Sprintf("%d to %d", *e.Min, *e.Max)
	}
}

// covers reports whether an event counts here.
func (e *Expected) covers(event *string, name, terminal string) bool {
	return (e.Event == name || event != nil && e.Event == *event) && (e.Terminal == "" || e.Terminal == terminal)
}
