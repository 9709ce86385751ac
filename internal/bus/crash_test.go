package bus_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/bus"
)

// childRole and the others say in the environment what a child process of this test has to do.
const (
	childRole = "BUS_TEST_ROLE"
	childDir  = "BUS_TEST_DIR"
	childMode = "BUS_TEST_MODE"
)

// tell prints a line for the parent process.
func tell(v any) { _, _ = fmt.Fprintln(os.Stdout, v) }

func child(role string) int {
	opts := bus.Options{Dir: os.Getenv(childDir), Ack: bus.AckMode(os.Getenv(childMode))}
	b, err := bus.Open(context.Background(), opts)
	if err != nil {
		tell(err)
		return 1
	}
	if _, err := b.EnsureStream(context.Background(), bus.Position{}); err != nil {
		tell(err)
		return 1
	}
	switch role {
	case "publish":
		return publishForEver(b)
	case "limit":
		return publishAgainstALimit(b)
	}
	return 2
}

// publishForEver prints the name of each record once it is acknowledged.
func publishForEver(b *bus.Bus) int {
	var n atomic.Int64
	for range 8 {
		go func() {
			for {
				name := fmt.Sprintf("%d-%d", os.Getpid(), n.Add(1))
				if err := b.Publish(context.Background(), 1, []byte(name)); err != nil {
					tell("error: " + err.Error())
					os.Exit(1)
				}
				tell(name)
			}
		}()
	}
	select {}
}

// publishAgainstALimit makes the store's writes fail with an error that it takes for final, and then work again.
func publishAgainstALimit(b *bus.Bus) int {
	ctx := context.Background()
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		tell(err)
		return 1
	}
	limit := syscall.Rlimit{Cur: 1 << 20, Max: old.Max}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		tell(err)
		return 1
	}
	stored, refused := 0, 0
	for refused == 0 {
		if err := b.Publish(ctx, 1, noise(100_000)); err != nil {
			refused++
		} else {
			stored++
		}
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		tell(err)
		return 1
	}
	deadline := time.Now().Add(30 * time.Second)
	for b.Publish(ctx, 1, []byte("again")) != nil {
		if time.Now().After(deadline) {
			tell("never works again")
			return 1
		}
		time.Sleep(50 * time.Millisecond) //nolint:forbidigo // real time: the child polls while its server is restarted
	}
	tell(stored)
	if err := b.Close(ctx); err != nil {
		tell(err)
		return 1
	}
	return 0
}

func childCommand(t *testing.T, role, dir string, mode bus.AckMode) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childRole+"="+role, childDir+"="+dir, childMode+"="+string(mode))
	cmd.Stderr = os.Stderr
	return cmd
}

// TestKill kills a publishing process three times over the same directory and then misses nothing.
func TestKill(t *testing.T) {
	t.Parallel()
	for _, mode := range []bus.AckMode{bus.AckFsync, bus.AckProcess} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			var acknowledged []string
			for round := range 3 {
				acknowledged = append(acknowledged, killAfter(t, dir, mode, 200+300*round)...)
			}
			b := opened(t, bus.Options{Dir: dir, Ack: mode})
			items, groups := readAll(t, b, 1)
			seen := map[string]int{}
			for _, it := range items {
				seen[it.text]++
				require.Equal(t, 1, seen[it.text], it.text)
			}
			for _, name := range acknowledged {
				require.Equal(t, 1, seen[name], name)
			}
			for i, g := range groups {
				require.EqualValues(t, i+1, g.Seq)
			}
		})
	}
}

// killAfter runs a publishing child, kills it after so many acknowledgements, and returns all that it had printed.
func killAfter(t *testing.T, dir string, mode bus.AckMode, lines int) (names []string) {
	t.Helper()
	cmd := childCommand(t, "publish", dir, mode)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	var kill sync.Once
	scanner := bufio.NewScanner(out)
	for scanner.Scan() {
		require.NotContains(t, scanner.Text(), "error")
		names = append(names, scanner.Text())
		if len(names) >= lines {
			kill.Do(func() { _ = cmd.Process.Kill() })
		}
	}
	require.Error(t, cmd.Wait())
	require.GreaterOrEqual(t, len(names), lines)
	return names
}

// TestStoreThatFailedIsRestarted: a write error is final for a running JetStream server, so the bus starts a new one.
func TestStoreThatFailedIsRestarted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	out, err := childCommand(t, "limit", dir, bus.AckFsync).Output()
	require.NoError(t, err, string(out))
	stored, err := strconv.Atoi(string(out[:len(out)-1]))
	require.NoError(t, err)
	b := opened(t, bus.Options{Dir: dir})
	items, _ := readAll(t, b, 1)
	require.Equal(t, "again", items[len(items)-1].text)
	require.GreaterOrEqual(t, len(items), stored+1)
}

func TestDirectoryIsForOneProcess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	opened(t, bus.Options{Dir: dir})
	out, err := childCommand(t, "publish", dir, bus.AckFsync).Output()
	require.Error(t, err)
	require.Contains(t, string(out), "in use by another process")
}
