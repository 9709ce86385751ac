//go:build fixture

package e2e_test

import (
	"database/sql"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/bus"
	"github.com/waymarkhq/waymark/internal/store"
)

// TestMakeUpgradeFixture makes a fixture of the binary under test, in the folder that WAYMARK_UPGRADE_FIXTURE names. It makes
// files of the repository, so it stands behind a build tag; testdata/upgrade/make.sh runs it.
func TestMakeUpgradeFixture(t *testing.T) {
	t.Parallel()
	folder := os.Getenv("WAYMARK_UPGRADE_FIXTURE")
	require.NotEmpty(t, folder)
	for _, database := range []string{"sqlite", "postgres"} {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			f := &fixture{Folder: folder, Database: database, Sources: sources, Records: records, Reported: map[string][]string{}}
			f.fill(t)
			f.answer(t)
			f.write(t)
		})
	}
}

// The stream keeps the last 11 minutes, and is cut off every 30 seconds.
const (
	window = 12 * time.Minute
	trim   = 40 * time.Second
)

// fill makes the data, and takes the files away after a kill -9.
func (f *fixture) fill(t *testing.T) {
	t.Helper()
	var words []string
	if f.Database == "postgres" {
		words = []string{migrated(t)}
	}
	s := start(t, words...)
	w := &filler{server: s, people: map[string]*client{adminEmail: s.admin(t)}, ids: map[string]string{}}
	w.apps(t)
	w.restart(t)
	w.invite(t)
	f.Tokens = w.tokens(t)
	w.batches(t)
	w.valueSets(t)
	w.properties(t)
	w.events(t)
	w.restart(t) // It knows the plan when it is ready.
	f.report(t, s, firstVersion)
	pause(t, window)
	f.report(t, s, midVersion)
	f.inquirer(s).awaitCaptured(t, f)
	pause(t, trim)
	w.items(t) // SQLite has this in its WAL yet.
	stored := 0
	for _, ids := range f.Reported {
		stored += len(ids)
	}
	hold := s.holdWriter(t)
	f.report(t, s, lateVersion)
	s.kill()
	var samples int
	require.NoError(t, hold.QueryRowContext(t.Context(), "SELECT count(*) FROM capture_sample").Scan(&samples))
	require.Equal(t, stored, samples, "what was reported last is in the stream alone")
	f.snapshot(t, s)
	require.NoError(t, hold.Close())
}

// report sends everything from everywhere.
func (f *fixture) report(t *testing.T, s *server, version string) {
	t.Helper()
	f.eachSource(func(name string, from source) {
		at := from.App + " " + from.Environment
		ids := f.send(t, s, name, version)
		f.Reported[at] = append(f.Reported[at], ids...)
	})
	f.Late = f.Reported["mall test"][len(f.Reported["mall test"])-1]
}

// restart starts the server again, with captured events kept for longer than the API allows: the fixture is to be good
// for years.
func (f *filler) restart(t *testing.T) {
	t.Helper()
	f.stop(t)
	db, _, err := store.OpenRaw(t.Context(), f.options())
	require.NoError(t, err)
	_, err = db.ExecContext(t.Context(), "UPDATE environments SET retention_days = 36500")
	require.NoError(t, err)
	require.NoError(t, db.Close())
	f.server.start(t)
}

// holdWriter keeps the server from writing captured events into the database until the transaction that it returns ends, so
// that what is reported stays in the stream.
func (s *server) holdWriter(t *testing.T) *sql.Conn {
	t.Helper()
	options := s.options()
	driver, address, hold := "postgres", options.DatabaseURL, "BEGIN; LOCK TABLE capture_position IN EXCLUSIVE MODE"
	if options.Dir != "" {
		driver, address, hold = "sqlite", filepath.Join(options.Dir, "capture.db")+"?_pragma=busy_timeout(10000)", "BEGIN IMMEDIATE"
	}
	db, err := sql.Open(driver, address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	conn, err := db.Conn(t.Context())
	require.NoError(t, err)
	_, err = conn.ExecContext(t.Context(), hold)
	require.NoError(t, err)
	return conn
}

// snapshot takes the files of a server that was killed, before anybody else tidies them up.
func (f *fixture) snapshot(t *testing.T, s *server) {
	t.Helper()
	zip(t, f.file(".tar.gz"), archive(t, s.Dir))
	if f.Database == "sqlite" {
		return
	}
	output, err := exec.CommandContext(t.Context(), "pg_dump", "--no-owner", "--no-privileges", "--rows-per-insert=100", "--dbname",
		s.options().DatabaseURL).Output()
	require.NoError(t, err)
	lines := slices.DeleteFunc(strings.Split(string(output), "\n"), func(line string) bool {
		// What only psql understands, and what older servers do not know.
		return strings.HasPrefix(line, `\`) || strings.HasPrefix(line, "SET transaction_timeout")
	})
	zip(t, f.file(".sql.gz"), []byte(strings.Join(lines, "\n")))
}

// answer asks the same binary, on a copy of what it left behind, everything that it can say.
func (f *fixture) answer(t *testing.T) {
	t.Helper()
	requireTrimmed(t, f.revive(t))
	s := f.revive(t)
	s.start(t)
	i := f.inquirer(s)
	i.awaitCaptured(t, f)
	for _, q := range f.questions() {
		f.Answers = append(f.Answers, answered{q, i.ask(t, q)})
	}
	for _, q := range aboutIDs(f.Answers) {
		f.Answers = append(f.Answers, answered{q, i.ask(t, q)})
	}
	requireReported(t, f, i)
	environments := environmentIDs(t, i.as(t, adminEmail))
	s.stop(t)
	f.Counters = s.counters(t, environments)
}

// requireTrimmed: what was reported first has left the stream.
func requireTrimmed(t *testing.T, s *server) {
	t.Helper()
	b, err := bus.Open(t.Context(), bus.Options{Dir: filepath.Join(s.Dir, "bus")})
	require.NoError(t, err)
	defer func() { require.NoError(t, b.Close(t.Context())) }()
	first, err := b.FirstSeqSince(t.Context(), time.Unix(0, 0))
	require.NoError(t, err)
	require.Greater(t, first, uint64(1))
}
