package testkit_test

import (
	"bufio"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/store"
	"github.com/waymarkhq/waymark/internal/testkit"
)

// orphanVariable makes the test below the process that is killed.
const orphanVariable = "WAYMARK_TESTKIT_ORPHAN"

// The cluster goes with the process that started it, also when that is killed.
func TestPostgresEndsWithItsProcess(t *testing.T) {
	if os.Getenv(orphanVariable) != "" {
		_, err := fmt.Fprintln(os.Stdout, testkit.Postgres(t))
		require.NoError(t, err)
		select {}
	}
	if os.Getenv(testkit.PostgresURLVariable) != "" {
		t.Skip("an external server is used")
	}
	t.Parallel()
	cmd := exec.Command(os.Args[0], "-test.run=^TestPostgresEndsWithItsProcess$")
	cmd.Env = append(os.Environ(), orphanVariable+"=1")
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	u, err := url.Parse(line[:len(line)-1])
	require.NoError(t, err)
	dir := u.Query().Get("host")
	require.DirExists(t, dir)
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())
	requireGone(t, dir)
}

// requireGone waits for another process to remove a directory.
func requireGone(t *testing.T, dir string) {
	t.Helper()
	require.Eventually(t, func() bool {
		_, err := os.Stat(dir)
		return os.IsNotExist(err)
	}, 30*time.Second, 20*time.Millisecond)
}

// Each test has a database of its own.
func TestDatabasesAreFresh(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for range 3 {
		testkit.Stores(t, func(t *testing.T, s *store.Store) {
			require.Zero(t, s.Read().App.Query().CountX(t.Context()))
		})
		url := testkit.Postgres(t)
		require.False(t, seen[url])
		seen[url] = true
	}
}
