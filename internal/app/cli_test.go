package app_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/waymarkhq/waymark/internal/app"
	"github.com/waymarkhq/waymark/internal/testkit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// shell runs command lines with one environment.
type shell struct {
	t       *testing.T
	environ []string
	stdin   string
}

// run returns the exit code and what was printed.
func (s shell) run(args ...string) (code int, stdout, stderr string) {
	s.t.Helper()
	var out, errs bytes.Buffer
	code = app.Main(s.t.Context(), app.Process{
		Args: args, Environ: s.environ, Stdin: strings.NewReader(s.stdin), Stdout: &out, Stderr: &errs,
	})
	return code, out.String(), errs.String()
}

// must is run for what has to succeed.
func (s shell) must(args ...string) string {
	s.t.Helper()
	code, out, errs := s.run(args...)
	require.Equal(s.t, 0, code, errs)
	return out
}

func TestHelp(t *testing.T) {
	t.Parallel()
	s := shell{t: t}
	all := s.must("help")
	require.Equal(t, all, s.must())
	require.Equal(t, all, s.must("--help"))
	for _, command := range []string{
		"serve", "migrate", "user create", "user list", "user password", "user deactivate", "token create", "token list", "token revoke",
		"verify", "doctor", "version", "help", "--addr", "DATABASE_URL", "WAYMARK_DATA_DIR",
	} {
		require.Contains(t, all, command)
	}
	require.Contains(t, s.must("help", "serve"), "--demo")
	require.Contains(t, s.must("version"), "waymark ")
}

func TestUsageErrors(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"fly"}, {"serve", "--nonsense"}, {"user", "create"}, {"token", "create", "CI", "--user=a"}} {
		code, out, errs := shell{t: t}.run(args...)
		require.Equal(t, 2, code, args)
		require.Empty(t, out)
		require.True(t, strings.HasPrefix(errs, "waymark: "), errs)
	}
	code, _, errs := shell{t: t, environ: []string{"WAYMARK_ACK=never", "WAYMARK_LOG_LEVEL=loud"}}.run("serve", "--addr", "8080")
	require.Equal(t, 2, code)
	for _, line := range []string{"waymark: --addr: ", "waymark: WAYMARK_ACK: ", "waymark: WAYMARK_LOG_LEVEL: "} {
		require.Contains(t, errs, line)
	}
	code, _, errs = shell{t: t}.run("serve", "--demo", "--addr", "0.0.0.0:8080")
	require.Equal(t, 2, code)
	require.Contains(t, errs, "demo")
}

// TestPeopleCommands: the operator's way with people and tokens, on both databases.
func TestPeopleCommands(t *testing.T) {
	t.Parallel()
	for name, environ := range map[string][]string{
		"sqlite":   {"WAYMARK_DATA_DIR=" + filepath.Join(t.TempDir(), "new")},
		"postgres": {"DATABASE_URL=" + testkit.Postgres(t), "WAYMARK_DATA_DIR=" + t.TempDir()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := shell{t: t, environ: environ}
			out := s.must("user", "create", "ann@example.com", "--name", "安", "--role", "admin", "--role", "editor")
			require.Contains(t, out, "created ann@example.com (usr_")
			password := regexp.MustCompile(`password: (\S+)`).FindStringSubmatch(out)
			require.Len(t, password, 2)
			require.GreaterOrEqual(t, len(password[1]), 20)
			s.stdin = "correct horse\n"
			require.NotContains(t, s.must("user", "create", "bob@example.com", "--password-stdin"), "password:")
			require.Regexp(t, `ann@example.com\s+安\s+admin,editor`, s.must("user", "list"))

			out = s.must("token", "create", "CI", "--user", "ann@example.com", "--role", "editor", "--expires", "720h")
			require.Regexp(t, `created tok_\w+; .*\nwm_\w{36}\n`, out)
			id := regexp.MustCompile(`tok_\w+`).FindString(out)
			require.Contains(t, s.must("token", "list", "--user", "ann@example.com"), id)
			require.NotContains(t, s.must("token", "list"), "wm_")
			require.Contains(t, s.must("token", "revoke", id), id)
			require.Contains(t, s.must("user", "password", "BOB@example.com"), "password: ")
			require.Contains(t, s.must("user", "deactivate", "bob@example.com"), "refused from now on")
			require.Contains(t, s.must("user", "list"), "deactivated 2")

			_, _, errs := s.run("user", "create", "c@example.com", "--role", "nowhere:editor")
			require.Equal(t, "waymark: --role: there is no such app\n", errs)
			_, _, errs = s.run("token", "create", "CI", "--user", "ann@example.com", "--role", "editor", "--expires=-1h")
			require.Contains(t, errs, "--expires: must be in the future")
			for _, refused := range [][]string{
				{"user", "create", "ann@example.com"},
				{"user", "create", "c@example.com", "--role", "king"},
				{"user", "create", "c@example.com", "--role", "nowhere:editor"},
				{"user", "deactivate", "ann@example.com"},
				{"token", "create", "CI", "--user", "bob@example.com", "--role", "editor"},
				{"token", "revoke", "tok_none"},
				{"token", "create", "CI", "--user", "ann@example.com", "--role", "editor", "--expires=-1h"},
			} {
				code, out, errs := s.run(refused...)
				require.Equal(t, 1, code, refused)
				require.Empty(t, out)
				require.True(t, strings.HasPrefix(errs, "waymark: "), errs)
			}
		})
	}
}

// TestMistypedDataDir: a command that needs what is there makes no new installation.
func TestMistypedDataDir(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "typo")
	for _, args := range [][]string{
		{"user", "list"},
		{"user", "password", "a@example.com"},
		{"user", "deactivate", "a@example.com"},
		{"token", "create", "CI", "--user", "a@example.com", "--role", "editor"},
		{"token", "list"},
		{"token", "revoke", "tok_x"},
	} {
		code, out, errs := shell{t: t}.run(append(args, "--data-dir", dir)...)
		require.Equal(t, 1, code, args)
		require.Empty(t, out)
		require.Equal(t, "waymark: there is no Waymark database in "+dir+": name its directory with --data-dir, or set DATABASE_URL\n", errs)
		require.NoDirExists(t, dir)
	}
}

func TestMigrateCommand(t *testing.T) {
	t.Parallel()
	for name, environ := range map[string][]string{
		"sqlite": {"WAYMARK_DATA_DIR=" + t.TempDir()}, "postgres": {"DATABASE_URL=" + testkit.EmptyPostgres(t)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := shell{t: t, environ: append(environ, "WAYMARK_LOG_LEVEL=error")}
			if name == "postgres" {
				code, _, errs := s.run("user", "list")
				require.Equal(t, 1, code)
				require.Contains(t, errs, "waymark migrate")
			}
			require.Contains(t, s.must("migrate"), "applied ")
			require.Equal(t, "the database is up to date\n", s.must("migrate"))
		})
	}
}

func TestDoctor(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	out := shell{t: t}.must("doctor", "--data-dir", filepath.Join(dir, "not", "there", "yet"))
	for _, line := range []string{"data directory", "does not exist yet", "GB free", "fsync", "ms for 4 KiB", "SQLite", "embedded", "clock"} {
		require.Contains(t, out, line)
	}
	require.NoFileExists(t, filepath.Join(dir, "not"), "it only looks")
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, entries, "and leaves nothing behind")

	out = shell{t: t, environ: []string{"DATABASE_URL=" + testkit.Postgres(t)}}.must("doctor", "--data-dir", dir)
	require.Contains(t, out, "PostgreSQL, up to date")

	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	for _, args := range [][]string{
		{"--data-dir", file}, {"--database-url", "postgres://u:sEcret@127.0.0.1:1/x"}, {"--nats-url", "nats://127.0.0.1:1", "--data-dir", dir},
	} {
		code, out, errs := shell{t: t}.run(append([]string{"doctor"}, args...)...)
		require.Equal(t, 1, code, out)
		require.Contains(t, out, "FAIL", args)
		require.NotContains(t, out+errs, "sEcret")
	}
}

// TestStop: a command that is told to stop stops.
func TestStop(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var errs bytes.Buffer
	code := app.Main(ctx, app.Process{
		Args: []string{"user", "list", "--data-dir", t.TempDir()}, Stdin: strings.NewReader(""), Stdout: &bytes.Buffer{}, Stderr: &errs,
	})
	require.Equal(t, 1, code, errs.String())
}
