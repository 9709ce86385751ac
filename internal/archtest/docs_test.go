package archtest_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// root is the module's folder as seen from this package.
const root = "../.."

// files yields the text of every file of ours with that suffix, by its path from the root.
func files(t *testing.T, suffix string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && file != root && strings.HasPrefix(entry.Name(), "."):
			return filepath.SkipDir
		case entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == "testdata" || entry.Name() == "dist"):
			return filepath.SkipDir
		case entry.IsDir() || !strings.HasSuffix(file, suffix):
			return nil
		}
		text, err := os.ReadFile(file)
		found[strings.TrimPrefix(filepath.ToSlash(file), root+"/")] = string(text)
		return err
	})
	require.NoError(t, err)
	require.NotEmpty(t, found)
	return found
}

var (
	link     = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading  = regexp.MustCompile(`(?m)^#{1,6} +(.+)$`)
	fence    = regexp.MustCompile("(?ms)^( *)```.*?^ *```")
	operated = regexp.MustCompile("(?ms)^```graphql\n(.*?)^```")
)

// TestLinksOfTheDocumentsResolve: a relative link leads to a file that is there, and its fragment to a heading.
func TestLinksOfTheDocumentsResolve(t *testing.T) {
	t.Parallel()
	documents := files(t, ".md")
	for name, text := range documents {
		for _, m := range link.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
			target, fragment, _ := strings.Cut(m[1], "#")
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			to := name
			if target != "" {
				to = filepath.ToSlash(filepath.Join(filepath.Dir(name), target))
				if _, err := os.Stat(filepath.Join(root, to)); err != nil {
					t.Errorf("%s: the link %s leads nowhere", name, m[1])
					continue
				}
			}
			if fragment != "" && !anchors(documents[to])[fragment] {
				t.Errorf("%s: the link %s leads to no heading of %s", name, m[1], to)
			}
		}
	}
}

// anchors are the fragments that GitHub gives to the headings of a document.
func anchors(text string) map[string]bool {
	known := map[string]bool{}
	for _, m := range heading.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		known[strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, m[1])] = true
	}
	return known
}

// TestOperationsOfTheDocumentsFitTheSchema holds each block of GraphQL in a document to the schema.
func TestOperationsOfTheDocumentsFitTheSchema(t *testing.T) {
	t.Parallel()
	var sources []*ast.Source
	for name, text := range files(t, ".graphqls") {
		if strings.HasPrefix(name, "graph/schema/") {
			sources = append(sources, &ast.Source{Name: name, Input: text})
		}
	}
	schema, err := gqlparser.LoadSchema(sources...)
	require.NoError(t, err)
	count := 0
	for name, text := range files(t, ".md") {
		for _, block := range operated.FindAllStringSubmatch(text, -1) {
			count++
			if _, faults := gqlparser.LoadQueryWithRules(schema, block[1], rules.NewDefaultRules()); len(faults) > 0 {
				t.Errorf("%s: %v\n%s", name, faults, block[1])
			}
		}
	}
	require.NotZero(t, count)
}

var (
	testName   = regexp.MustCompile(`\b(?:Test|Fuzz|Benchmark)[A-Z]\w+`)
	metricName = regexp.MustCompile("`(waymark_[a-z_]+)")
)

// TestDocumentsNameWhatIsThere: the tests and metrics that documents speak of exist under these names.
func TestDocumentsNameWhatIsThere(t *testing.T) {
	t.Parallel()
	var all strings.Builder
	for _, text := range files(t, ".go") {
		all.WriteString(text)
	}
	code := all.String()
	for name, text := range files(t, ".md") {
		for _, test := range testName.FindAllString(text, -1) {
			if !strings.Contains(code, "\nfunc "+test+"(") {
				t.Errorf("%s speaks of %s, which does not exist", name, test)
			}
		}
		for _, m := range metricName.FindAllStringSubmatch(text, -1) {
			if !written(code, m[1]) {
				t.Errorf("%s speaks of the metric %s, which does not exist", name, m[1])
			}
		}
	}
}

// written reports whether a name stands in the code, whole or as a prefix and the rest.
func written(code, name string) bool {
	if strings.Contains(code, `"`+name+`"`) {
		return true
	}
	for i := range name {
		if name[i] == '_' && strings.Contains(code, `"`+name[:i+1]+`"`) && strings.Contains(code, `"`+name[i+1:]+`"`) {
			return true
		}
	}
	return false
}
