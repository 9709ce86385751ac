// Package archtest_test holds the house to its plan: which package may import which, and that every package
// says what it is for. It reads what `go list` reports, so it costs no build and sees test imports too.
package archtest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/waymarkhq/waymark"

// pkg is what the rules need of one package; imports of our own packages and all paths are relative to the module.
type pkg struct {
	Path        string
	Doc         string
	GoFiles     []string
	Imports     []string // of the package itself
	TestImports []string // of its tests, internal and external
	Generated   bool
}

// packages lists every package of the module, also those that do not compile at the moment.
func packages(t *testing.T) []pkg {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", "list", "-e",
		"-json=ImportPath,Doc,GoFiles,Imports,TestImports,XTestImports", module+"/...")
	var complaint bytes.Buffer
	command.Stderr = &complaint
	out, err := command.Output()
	require.NoError(t, err, complaint.String())

	var found []pkg
	decoder := json.NewDecoder(bytes.NewReader(out))
	for {
		var listed struct {
			ImportPath   string   `json:"ImportPath"`
			Doc          string   `json:"Doc"`
			GoFiles      []string `json:"GoFiles"`
			Imports      []string `json:"Imports"`
			TestImports  []string `json:"TestImports"`
			XTestImports []string `json:"XTestImports"`
		}
		err := decoder.Decode(&listed)
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		p := pkg{
			Path:        relative(listed.ImportPath),
			Doc:         listed.Doc,
			GoFiles:     listed.GoFiles,
			Imports:     relativeAll(listed.Imports),
			TestImports: relativeAll(append(listed.TestImports, listed.XTestImports...)),
		}
		p.Generated = generated(p.Path)
		found = append(found, p)
	}
	require.NotEmpty(t, found, "go list found no package")
	return found
}

func relative(importPath string) string {
	if importPath == module {
		return "."
	}
	if inside, ours := strings.CutPrefix(importPath, module+"/"); ours {
		return "./" + inside
	}
	return importPath
}

func relativeAll(importPaths []string) []string {
	out := make([]string, len(importPaths))
	for i, p := range importPaths {
		out[i] = relative(p)
	}
	return out
}

// within says whether p is one of the trees or lies below one.
func within(p string, trees ...string) bool {
	return slices.ContainsFunc(trees, func(tree string) bool {
		return p == tree || strings.HasPrefix(p, tree+"/")
	})
}

// generated packages are written by ent and gqlgen. graph/model has files of ours beside the generated one.
func generated(p string) bool {
	return within(p, "./graph/generated") || (within(p, "./ent") && !within(p, "./ent/schema"))
}

func TestRestrictedImports(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		for _, r := range restrictions {
			if within(p.Path, r.onlyIn...) {
				continue
			}
			imports := p.Imports
			if r.testsToo {
				imports = slices.Concat(p.Imports, p.TestImports)
			}
			for _, imported := range imports {
				if within(imported, r.imports...) {
					t.Errorf("%s imports %s: %s", p.Path, imported, r.reason)
				}
			}
		}
	}
}

func TestForbiddenImports(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		for _, f := range prohibitions {
			if !within(p.Path, f.in...) || within(p.Path, f.except...) {
				continue
			}
			for _, imported := range p.Imports {
				if slices.Contains(f.imports, imported) {
					t.Errorf("%s imports %s: %s", p.Path, imported, f.reason)
				}
			}
		}
	}
}

func TestImportsGoDown(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		own, known := floorOf(p.Path)
		if !known {
			t.Errorf("%s stands on no floor: add it to the table in rules_test.go, on the lowest floor that it needs", p.Path)
			continue
		}
		for _, imported := range p.Imports {
			if !within(imported, ".") || sameRoom(p.Path, imported) {
				continue
			}
			below, known := floorOf(imported)
			switch {
			case !known, below < own:
			case below > own:
				t.Errorf("%s (%s) imports %s (%s): imports go down only; let the upper one pass in what this one needs",
					p.Path, floors[own].name, imported, floors[below].name)
			case floors[own].apart:
				t.Errorf("%s imports %s: %s", p.Path, imported, floors[own].reason)
			}
		}
	}
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		if len(p.GoFiles) > 0 && !p.Generated && strings.TrimSpace(p.Doc) == "" {
			t.Errorf("%s has no package comment: write its job and its concurrency contract above the package clause", p.Path)
		}
	}
}

func TestPackagesAreNamedForWhatTheyProvide(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		if !p.Generated && slices.Contains(emptyNames, path.Base(p.Path)) {
			t.Errorf("%s: the name says nothing; name the package for what it provides", p.Path)
		}
	}
}
