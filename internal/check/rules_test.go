package check_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/check"
	"github.com/waymarkhq/waymark/internal/fault"
)

var update = flag.Bool("update", false, "write docs/rules.md")

func TestEachRuleIsDocumentedAndItsExampleTriggersExactlyIt(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, rule := range check.Rules {
		t.Run(rule.Code, func(t *testing.T) {
			require.False(t, seen[rule.Code], "the code is there twice")
			seen[rule.Code] = true
			require.NotEmpty(t, rule.Title)
			require.NotEmpty(t, rule.TitleZH)
			require.Greater(t, len(rule.Doc), 20)
			require.NotZero(t, rule.Severity)

			d := definition(t, rule.Example.Planned)
			var refused fault.Fields
			d.Validate("definition", &refused)
			require.NoError(t, refused.Err())
			c := compileSlots(t, slots(t, rule.Example.Slots), d)

			good := judgeRecord(t, c, rule.Example.Valid)
			require.Equal(t, capture.Valid, good.Verdict)
			require.Empty(t, good.Violations)

			bad := judgeRecord(t, c, rule.Example.Invalid)
			require.Equal(t, []string{rule.Code}, codes(bad))
			v := bad.Violations[0]
			require.Equal(t, rule.Severity, v.Severity)
			require.NotEmpty(t, v.Expected)
			require.NotEmpty(t, v.Actual)
			require.Equal(t, rule.Severity == capture.Error, bad.Verdict != capture.Valid)
		})
	}
}

// judgeRecord judges a record in the form of check.Example.
func judgeRecord(t *testing.T, c *check.Checker, record string) *check.Result {
	t.Helper()
	if record[0] != '{' { // what a decoder refuses, before there is an event to judge
		return &check.Result{
			Verdict: capture.Invalid, Violations: []capture.Violation{check.Unreadable("an object", record)},
		}
	}
	var r struct {
		Event, Terminal, Version string
		Properties               json.RawMessage
	}
	require.NoError(t, json.Unmarshal([]byte(record), &r))
	if r.Terminal == "" {
		r.Terminal = "ios"
	}
	if r.Properties == nil {
		r.Properties = json.RawMessage("{}")
	}
	ev := track(t, r.Event, string(r.Properties))
	ev.App.Version = r.Version
	return judge(t, c, r.Terminal, ev)
}

func TestRulesPageIsUpToDate(t *testing.T) {
	t.Parallel()
	path := filepath.Join("..", "..", "docs", "rules.md")
	page := rulesPage()
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, page, 0o644))
	}
	written, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(page), string(written), "run: go test ./internal/check -run RulesPage -update")
}

func rulesPage() []byte {
	var b bytes.Buffer
	b.WriteString("# Rules 校验规则\n\n" +
		"<!-- Made from internal/check by: go test ./internal/check -run RulesPage -update -->\n\n" +
		"What the checker looks for in each reported event. An *error* makes the event invalid, a *warning* does not; an\n" +
		"event that no definition judges is unplanned, and one `event_…`, `terminal_…` or `version_…` rule says why.\n\n" +
		"What bars a move of a batch, such as its naming: [states, moves and guards](states.md). What a change to a definition\n" +
		"breaks: [changes](changes.md).\n\n" +
		"| code | severity | what is wrong | 中文 |\n|---|---|---|---|\n")
	for _, r := range check.Rules {
		fmt.Fprintf(&b, "| [`%s`](#%s) | %s | %s | %s |\n", r.Code, r.Code, severity(r), r.Title, r.TitleZH)
	}
	for _, r := range check.Rules {
		fmt.Fprintf(&b, "\n## %s\n\n%s · %s（%s）\n\n%s\n\n", r.Code, severity(r), r.Title, r.TitleZH, r.Doc)
		fmt.Fprintf(&b, "| | |\n|---|---|\n| planned | `%s` |\n", r.Example.Planned)
		if r.Example.Slots != "" {
			fmt.Fprintf(&b, "| where | `%s` |\n", r.Example.Slots)
		}
		fmt.Fprintf(&b, "| fine | `%s` |\n| broken | `%s` |\n", r.Example.Valid, r.Example.Invalid)
	}
	return b.Bytes()
}

func severity(r check.Rule) string {
	if r.Severity == capture.Error {
		return "error"
	}
	return "warning"
}
