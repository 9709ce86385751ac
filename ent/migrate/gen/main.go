// Command gen writes the migrations that bring the databases from where the committed migrations leave them to what
// ent/schema says:
//
//	go run ./ent/migrate/gen NAME
//
// It is run at the top of the repository, after `go generate ./ent`. Each dialect's migrations are replayed on an empty
// database: a temporary SQLite file, and a scratch PostgreSQL (a throw-away cluster, or WAYMARK_TEST_POSTGRES_URL).
// What ent does not know of, the search index and the capture data, is written by hand in the same folders.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"text/template"
	"time"

	atlas "ariga.io/atlas/sql/migrate"
	"ariga.io/atlas/sql/sqltool"
	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/schema"
	"entgo.io/ent/schema/field"

	"github.com/waymarkhq/waymark/ent/migrate"
	"github.com/waymarkhq/waymark/internal/store"
	"github.com/waymarkhq/waymark/internal/testkit"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go run ./ent/migrate/gen NAME")
		os.Exit(2)
	}
	if err := run(ctx, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, name string) error {
	tmp, err := os.MkdirTemp("", "waymark-gen-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	postgres, drop, err := testkit.Scratch(ctx)
	if err != nil {
		return err
	}
	defer drop()
	number := time.Now().UTC().Format("20060102150405")
	for folder, opts := range map[string]store.Options{"postgres": {DatabaseURL: postgres}, "sqlite": {Dir: tmp}} {
		dir := filepath.Join("ent", "migrate", folder)
		migration, err := diff(ctx, opts, dir)
		if err != nil {
			return fmt.Errorf("%s: %w", folder, err)
		}
		if migration == "" {
			fmt.Println(folder + ": nothing to do")
			continue
		}
		path := filepath.Join(dir, number+"_"+name+".sql")
		if err := os.WriteFile(path, []byte(migration), 0o644); err != nil {
			return err
		}
		fmt.Println("written:", path)
	}
	return nil
}

// format is goose's form of a migration. There is no way back: going back is restoring a backup.
const format = `-- +goose Up
{{ range .Changes }}{{ with .Comment }}-- {{ println . }}{{ end }}{{ printf "%s;\n" .Cmd }}{{ end -}}
`

// diff replays the migrations of dir on the empty database of opts, which is empty again afterwards, and returns the
// migration that is missing, "" when none is.
func diff(ctx context.Context, opts store.Options, dir string) (migration string, err error) {
	db, kind, err := store.OpenRaw(ctx, opts)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	tables, err := wanted(kind)
	if err != nil {
		return "", err
	}
	folder, done, err := replayed(dir)
	if err != nil {
		return "", err
	}
	defer done()
	formatter, err := atlas.NewTemplateFormatter(template.Must(template.New("").Parse("next.sql")),
		template.Must(template.New("").Parse(format)))
	if err != nil {
		return "", err
	}
	m, err := schema.NewMigrate(entsql.OpenDB(kind, db), schema.WithDir(folder), schema.WithFormatter(formatter),
		schema.WithMigrationMode(schema.ModeReplay), schema.WithErrNoPlan(true), schema.WithDropColumn(true),
		schema.WithDropIndex(true))
	if err != nil {
		return "", err
	}
	if err := m.NamedDiff(ctx, "next", tables...); err != nil {
		if errors.Is(err, atlas.ErrNoPlan) {
			err = nil
		}
		return "", err
	}
	text, err := os.ReadFile(filepath.Join(folder.Path(), "next.sql"))
	return string(text), err
}

// replayed copies the migrations of dir to a temporary folder, with the file of checksums that atlas insists on.
func replayed(dir string) (folder *sqltool.GooseDir, done func(), err error) {
	tmp, err := os.MkdirTemp("", "waymark-gen-")
	if err != nil {
		return nil, nil, err
	}
	done = func() { os.RemoveAll(tmp) }
	if err := os.CopyFS(tmp, os.DirFS(dir)); err != nil {
		done()
		return nil, nil, err
	}
	if folder, err = sqltool.NewGooseDir(tmp); err != nil {
		done()
		return nil, nil, err
	}
	sum, err := folder.Checksum()
	if err == nil {
		err = atlas.WriteSumFile(folder, sum)
	}
	if err != nil {
		done()
		return nil, nil, err
	}
	return folder, done, nil
}

// wanted returns ent's tables as they should be in a dialect. On PostgreSQL text is compared byte by byte, as on SQLite:
// lists then have the same order everywhere, and no upgrade of a system's locales breaks an index.
func wanted(kind string) ([]*schema.Table, error) {
	tables, err := schema.CopyTables(migrate.Tables)
	if err != nil || kind != dialect.Postgres {
		return tables, err
	}
	for _, t := range tables {
		for _, c := range t.Columns {
			if c.Type == field.TypeString {
				c.Collation = "C"
			}
		}
	}
	return tables, nil
}
