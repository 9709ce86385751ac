package app

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/verify"
)

// tokenVariable is where a token may be that should not be in a list of processes.
const tokenVariable = "WAYMARK_TOKEN"

type verifyCommand struct {
	RunID  string        `name:"run" required:"" placeholder:"ID" help:"The test run: the id that its events bear."`
	Expect string        `required:"" placeholder:"FILE" help:"What is expected, in YAML or JSON."`
	JUnit  string        `name:"junit" placeholder:"FILE" help:"Write the result there too, in the XML of JUnit."`
	URL    string        `name:"url" default:"http://127.0.0.1:8080" help:"The server."`
	Token  string        `placeholder:"TOKEN" help:"An API token of somebody who may read the app; also the variable WAYMARK_TOKEN."`
	Wait   time.Duration `default:"10s" help:"How long to wait for what is missing."`
}

// errNotAsExpected makes the exit code say what the report has said.
var errNotAsExpected = errors.New("the test run is not as expected")

// notJudgedError is why nothing can be said of a run. The exit code tells it from a run that is not as expected.
type notJudgedError struct{ error }

func (n notJudgedError) Unwrap() error { return n.error }

// Run asks the server, prints what came of it, and fails where a run is not as expected.
func (v *verifyCommand) Run(c *command) error {
	report, err := v.judge(c)
	if err != nil {
		return notJudgedError{err}
	}
	if report.Failed() > 0 {
		return errNotAsExpected
	}
	return nil
}

// judge says what came of the run, where it was asked to.
func (v *verifyCommand) judge(c *command) (*verify.Report, error) {
	text, err := os.ReadFile(v.Expect)
	if err != nil {
		return nil, fmt.Errorf("read what is expected: %w", err)
	}
	expect, err := verify.ReadExpectations(text)
	if err != nil {
		return nil, inFile(v.Expect, err)
	}
	report, err := verify.Run(c.ctx, verify.Options{URL: v.URL, Token: v.token(c.Environ), Run: v.RunID, Expect: expect, Wait: v.Wait})
	if err != nil {
		return nil, err
	}
	if err := report.Print(c.Stdout); err != nil {
		return nil, err
	}
	if v.JUnit != "" {
		if err := writeJUnit(v.JUnit, report); err != nil {
			return nil, err
		}
	}
	return report, nil
}

func (v *verifyCommand) token(environ []string) string {
	for _, line := range environ {
		if value, ok := strings.CutPrefix(line, tokenVariable+"="); ok && v.Token == "" {
			return value
		}
	}
	return v.Token
}

// inFile names the file in what is wrong with it.
func inFile(file string, err error) error {
	if refused, ok := errors.AsType[*fault.Error](err); ok {
		for i := range refused.Fields {
			refused.Fields[i].Path = file + ": " + refused.Fields[i].Path
		}
		return refused
	}
	return fmt.Errorf("%s: %w", file, err)
}

func writeJUnit(file string, report *verify.Report) error {
	var out bytes.Buffer
	if err := report.WriteJUnit(&out); err != nil {
		return err
	}
	if err := os.WriteFile(file, out.Bytes(), 0o644); err != nil { //nolint:gosec // CI systems read it as whom they like
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}
