package diff_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/diff"
)

var update = flag.Bool("update", false, "write docs/changes.md")

func TestChangesPageIsUpToDate(t *testing.T) {
	t.Parallel()
	path := filepath.Join("..", "..", "docs", "changes.md")
	page := changesPage()
	if *update {
		require.NoError(t, os.WriteFile(path, page, 0o644))
	}
	written, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(page), string(written), "run: go test ./internal/diff -run ChangesPage -update")
}

func changesPage() []byte {
	var b bytes.Buffer
	b.WriteString("# Changes, breaking or compatible 变更的兼容性\n\n" +
		"<!-- Made from internal/diff by: go test ./internal/diff -run ChangesPage -update -->\n\n" +
		"How each difference between two definitions is classed: of events, of shared properties and of value sets. *Breaking*\n" +
		"means that an app which obeyed the definition before may be judged invalid or unplanned by the one after, or that a reader\n" +
		"of the data meets other columns, types or meanings. What is compared is what holds in the end on each terminal: a\n" +
		"constraint that moves from an event to the shared property changes nothing. Two patterns count as different where their\n" +
		"texts do.\n\n" +
		"*At once* are changes that take effect at once after approval; any other sends its item back to review.\n" +
		"What an example leaves out is that of a tracked event order_paid with an optional number price.\n\n" +
		"| rule | impact | what changed | 中文 |\n|---|---|---|---|\n")
	for i := range diff.Rules {
		r := &diff.Rules[i]
		fmt.Fprintf(&b, "| [`%s`](#%s) | %s | %s | %s |\n", r.ID, r.ID, impact(r), r.Text, r.TextZH)
	}
	for i := range diff.Rules {
		r := &diff.Rules[i]
		fmt.Fprintf(&b, "\n## %s\n\n%s · %s（%s）\n\n%s %s\n", r.ID, impact(r), r.Text, r.TextZH, r.Reason, r.ReasonZH)
		if r.Example == (diff.Example{}) {
			continue
		}
		fmt.Fprintf(&b, "\n| | |\n|---|---|\n| before | %s |\n| after | %s |\n", shown(r.Example.Before), shown(r.Example.After))
	}
	return b.Bytes()
}

func impact(r *diff.Rule) string {
	text := strings.ToLower(string(r.Impact))
	if r.AtOnce {
		text += ", at once"
	}
	return text
}

// shown is a definition of an example as people read it: without what examples repeat.
func shown(definition string) string {
	if definition == "" {
		return "none"
	}
	return "`" + strings.ReplaceAll(definition, "|", "\\|") + "`"
}
