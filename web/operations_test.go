package web_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// The operations of GraphiQL's page are not compiled against the schema, as the console's are, so this holds each of them to it: the
// document, and the variables that an example comes with.
func TestOperationsOfGraphiQLFitTheSchema(t *testing.T) {
	t.Parallel()
	schema := loadSchema(t)
	count := 0
	err := filepath.WalkDir("src/graphiql", func(file string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(file) != ".graphql" {
			return err
		}
		count++
		t.Run(filepath.ToSlash(file), func(t *testing.T) {
			t.Parallel()
			source, err := os.ReadFile(file)
			require.NoError(t, err)
			document, faults := gqlparser.LoadQueryWithRules(schema, string(source), rules.NewDefaultRules())
			require.Empty(t, faults)
			require.Len(t, document.Operations, 1)
			requireVariablesFit(t, schema, document.Operations[0], strings.TrimSuffix(file, ".graphql")+".json")
		})
		return nil
	})
	require.NoError(t, err)
	require.NotZero(t, count)
}

func loadSchema(t *testing.T) *ast.Schema {
	t.Helper()
	files, err := filepath.Glob("../graph/schema/*.graphqls")
	require.NoError(t, err)
	sources := make([]*ast.Source, len(files))
	for i, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		sources[i] = &ast.Source{Name: file, Input: string(content)}
	}
	schema, err := gqlparser.LoadSchema(sources...)
	require.NoError(t, err)
	return schema
}

// requireVariablesFit does nothing where the operation comes without variables: the page fills them in itself.
func requireVariablesFit(t *testing.T, schema *ast.Schema, operation *ast.OperationDefinition, file string) {
	t.Helper()
	content, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	require.NoError(t, err)
	var variables map[string]any
	require.NoError(t, json.Unmarshal(content, &variables))
	for name := range variables {
		require.NotNil(t, operation.VariableDefinitions.ForName(name), "%s: the operation has no $%s", file, name)
	}
	_, err = validator.VariableValues(schema, operation, variables)
	require.NoError(t, err)
}
