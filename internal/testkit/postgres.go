package testkit

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/ent/migrate"
	"github.com/waymarkhq/waymark/internal/store"
)

// PostgresURLVariable names the environment variable with the URL of a PostgreSQL server to test on, whose user may
// create databases. Without it a throw-away cluster is started.
const PostgresURLVariable = "WAYMARK_TEST_POSTGRES_URL"

// Postgres returns the URL of a fresh, migrated PostgreSQL database, which is dropped when the test ends. A machine
// without PostgreSQL fails the test: the two databases are worth the same.
func Postgres(tb testing.TB) string {
	tb.Helper()
	server, err := postgresServer()
	require.NoError(tb, err)
	template, err := server.template(tb.Context())
	require.NoError(tb, err)
	name := randomName("waymark_test_")
	require.NoError(tb, server.exec(tb.Context(), "CREATE DATABASE "+name+" TEMPLATE "+template))
	tb.Cleanup(func() {
		_ = server.exec(context.WithoutCancel(tb.Context()), "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)")
	})
	return server.url(name)
}

// EmptyPostgres returns the URL of a fresh PostgreSQL database with nothing in it, which is dropped when the test ends.
func EmptyPostgres(tb testing.TB) string {
	tb.Helper()
	url, drop, err := Scratch(tb.Context())
	require.NoError(tb, err)
	tb.Cleanup(drop)
	return url
}

// Scratch is [EmptyPostgres] for programs; the caller drops the database.
func Scratch(ctx context.Context) (url string, drop func(), err error) {
	server, err := postgresServer()
	if err != nil {
		return "", nil, err
	}
	name := randomName("waymark_scratch_")
	if err := server.exec(ctx, "CREATE DATABASE "+name+" TEMPLATE template0 ENCODING 'UTF8'"); err != nil {
		return "", nil, err
	}
	drop = func() { _ = server.exec(context.WithoutCancel(ctx), "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)") }
	return server.url(name), drop, nil
}

// server is a PostgreSQL server to test on. It keeps no connection, and so no goroutine, while nobody asks.
type server struct {
	base     *url.URL // of its maintenance database
	lifeline *os.File // held open, and never written to, for as long as this process lives; nil for somebody else's server

	mu       sync.Mutex
	migrated string // the template, once it is there
}

// postgresServer returns the process's server, which is found or started when it is first asked for.
var postgresServer = sync.OnceValues(func() (*server, error) {
	address, lifeline := os.Getenv(PostgresURLVariable), (*os.File)(nil)
	if address == "" {
		var err error
		if address, lifeline, err = startPostgres(); err != nil {
			return nil, err
		}
	}
	base, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("%s is not a URL", PostgresURLVariable)
	}
	return &server{base: base, lifeline: lifeline}, nil
})

func (s *server) url(database string) string {
	u := *s.base
	u.Path = "/" + database
	return u.String()
}

func (s *server) exec(ctx context.Context, query string) error {
	return s.connect(ctx, func(conn *sql.Conn) error {
		_, err := conn.ExecContext(ctx, query)
		return err
	})
}

// connect calls f with a connection to the maintenance database.
func (s *server) connect(ctx context.Context, f func(*sql.Conn) error) error {
	db, _, err := store.OpenRaw(ctx, store.Options{DatabaseURL: s.base.String()})
	if err != nil {
		return fmt.Errorf("connect to the test server: %w", err)
	}
	conn, err := db.Conn(ctx)
	if err == nil {
		err = errors.Join(f(conn), conn.Close())
	}
	return errors.Join(err, db.Close())
}

// template returns the name of a migrated database to copy. It is named after the migrations, so that processes which
// share a server share it; an advisory lock, which ends with the connection, keeps them from making it twice.
func (s *server) template(ctx context.Context) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.migrated != "" {
		return s.migrated, nil
	}
	sum, err := migrationsHash()
	if err != nil {
		return "", err
	}
	name := "waymark_template_" + sum
	err = s.connect(ctx, func(conn *sql.Conn) error {
		if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock(hashtext($1))", name); err != nil {
			return err
		}
		var there bool
		err := conn.QueryRowContext(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name).Scan(&there)
		if err != nil || there {
			return err
		}
		return s.makeTemplate(ctx, name)
	})
	if err != nil {
		return "", err
	}
	s.migrated = name
	return name, nil
}

// makeTemplate migrates a database under another name first, so that one half done is never taken for the template.
func (s *server) makeTemplate(ctx context.Context, name string) error {
	draft := randomName("waymark_draft_")
	if err := s.exec(ctx, "CREATE DATABASE "+draft+" TEMPLATE template0 ENCODING 'UTF8'"); err != nil {
		return err
	}
	if _, err := store.Migrate(ctx, store.Options{DatabaseURL: s.url(draft)}); err != nil {
		return errors.Join(err, s.exec(ctx, "DROP DATABASE "+draft+" WITH (FORCE)"))
	}
	return s.exec(ctx, "ALTER DATABASE "+draft+" RENAME TO "+name)
}

func migrationsHash() (string, error) {
	h := sha256.New()
	err := fs.WalkDir(migrate.Files, "postgres", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(migrate.Files, path)
		_, _ = fmt.Fprintf(h, "%s\x00%d\x00%s", path, len(text), text)
		return err
	})
	return hex.EncodeToString(h.Sum(nil))[:16], err
}

func randomName(prefix string) string {
	return prefix + strings.ToLower(fmt.Sprintf("%016x", rand.Uint64()))
}
