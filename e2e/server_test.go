// Package e2e_test runs the real binary as a user would and talks to it over the network: HTTP, WebSocket, real SDKs and
// a real browser. `make test` builds the binary and names it in WAYMARK_BINARY.
package e2e_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// server is one running `waymark serve`.
type server struct {
	URL     string
	process *exec.Cmd
	ended   chan struct{} // closed when the process has ended

	mu     sync.Mutex
	output []string // the lines that it has printed
}

// start runs `waymark serve` with args on a free port of this machine, in dataDir, and waits until it is ready. It is
// told to stop, and has to, when the test ends.
func start(t *testing.T, dataDir string, args ...string) *server {
	t.Helper()
	address := freeAddress(t)
	s := &server{URL: "http://" + address, ended: make(chan struct{})}
	s.process = exec.Command(binary(t), append([]string{"serve", "--addr", address, "--data-dir", dataDir}, args...)...)
	read, write := io.Pipe()
	s.process.Stdout, s.process.Stderr = write, write
	require.NoError(t, s.process.Start())
	go func() {
		defer close(s.ended)
		_ = s.process.Wait() // How it ended is in its exit state.
		_ = write.Close()
	}()
	go s.collect(read)
	t.Cleanup(func() { s.stop(t) })
	s.waitUntilReady(t)
	return s
}

// binary is the program under test.
func binary(t *testing.T) string {
	t.Helper()
	file, err := filepath.Abs(os.Getenv("WAYMARK_BINARY"))
	require.NoError(t, err)
	info, err := os.Stat(file)
	require.True(t, err == nil && info.Mode().IsRegular(), "WAYMARK_BINARY names no program: run make test")
	return file
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()
	require.NoError(t, listener.Close())
	return address
}

// waitUntilReady fails the test, with what the server printed, when it ends first or takes too long.
func (s *server) waitUntilReady(t *testing.T) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	late := time.After(30 * time.Second)
	for {
		select {
		case <-s.ended:
			require.FailNow(t, "the server ended", s.printed())
		case <-late:
			require.FailNow(t, "the server is not ready after 30 seconds", s.printed())
		case <-tick.C:
			if s.ready(t) {
				return
			}
		}
	}
}

func (s *server) ready(t *testing.T) bool {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/readyz", nil)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	return response.StatusCode == http.StatusOK
}

func (s *server) collect(output io.Reader) {
	lines := bufio.NewScanner(output)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		s.mu.Lock()
		s.output = append(s.output, lines.Text())
		s.mu.Unlock()
	}
}

// printed is everything that the server has printed so far.
func (s *server) printed() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.output, "\n")
}

// stop ends the server as an operator would, and fails the test when it does not obey.
func (s *server) stop(t *testing.T) {
	t.Helper()
	_ = s.process.Process.Signal(syscall.SIGTERM) // It may have ended already.
	select {
	case <-s.ended:
	case <-time.After(20 * time.Second):
		_ = s.process.Process.Kill()
		<-s.ended
		t.Error("the server did not stop within 20 seconds of SIGTERM")
	}
	if t.Failed() {
		t.Log(s.printed())
	}
}

// node runs a script of this folder to its end and fails the test with what it printed.
func node(t *testing.T, script string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	output, err := exec.CommandContext(ctx, "node", append([]string{script}, args...)...).CombinedOutput()
	require.NoError(t, err, "%s: %s", script, output)
	t.Logf("%s", output)
}
