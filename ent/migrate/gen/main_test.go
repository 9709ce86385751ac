package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/store"
	"github.com/waymarkhq/waymark/internal/testkit"
)

// The committed migrations lead exactly to what ent/schema says; whoever changes the schema runs this command.
func TestMigrationsMatchSchema(t *testing.T) {
	t.Parallel()
	for folder, open := range map[string]func(*testing.T) store.Options{
		"postgres": func(t *testing.T) store.Options { return store.Options{DatabaseURL: testkit.EmptyPostgres(t)} },
		"sqlite":   func(t *testing.T) store.Options { return store.Options{Dir: t.TempDir()} },
	} {
		t.Run(folder, func(t *testing.T) {
			t.Parallel()
			missing, err := diff(t.Context(), open(t), filepath.Join("..", folder))
			require.NoError(t, err)
			require.Empty(t, missing, "ent/schema and the migrations differ: run go run ./ent/migrate/gen NAME")
		})
	}
}

// A schema that the migrations do not know of is noticed: with none at all, everything is missing.
func TestMissingMigrationIsNoticed(t *testing.T) {
	t.Parallel()
	empty := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(empty, "1_other.sql"), []byte("-- +goose Up\nCREATE TABLE other (a int);\n"), 0o600))
	missing, err := diff(t.Context(), store.Options{Dir: t.TempDir()}, empty)
	require.NoError(t, err)
	require.Contains(t, missing, "CREATE TABLE `apps`")
	require.NotContains(t, missing, "other", "tables that ent does not know of are left alone")
}
