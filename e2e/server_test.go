// Package e2e_test runs the real binary as a user would and talks to it over the network: HTTP, WebSocket, real SDKs and
// a real browser. `make test` builds the binary and names it in WAYMARK_BINARY; `make soak` runs the tests whose names
// begin with TestSoak, which do for minutes what the others do for seconds; they stand behind the build tag soak.
//
// Each test has servers of its own and runs beside the others.
package e2e_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The administrator whom start makes where there is nobody yet.
const (
	adminEmail    = "admin@example.com"
	adminPassword = "correct-horse-battery"
)

// server is `waymark serve` with its data. The process behind it may end and be started again.
type server struct {
	URL  string
	Dir  string // its data directory; empty: the one that it chooses by itself
	home string // the directory in which it runs; empty: this one
	args []string
	env  []string

	process *exec.Cmd
	ended   chan struct{} // closed when the process has ended

	mu     sync.Mutex
	output []string      // the lines that all its processes have printed
	at     chan struct{} // closed when the process has said where it is
}

// start runs `waymark serve` in a new data directory, on a free port of this machine, and waits until it is ready. Words
// with a = are variables, others arguments. It is told to stop, and has to, when the test ends.
func start(t *testing.T, words ...string) *server {
	t.Helper()
	s := prepare(t, words...)
	s.start(t)
	return s
}

// prepare is start without running anything yet.
func prepare(t *testing.T, words ...string) *server {
	t.Helper()
	s := &server{Dir: t.TempDir(), env: []string{"WAYMARK_ADMIN_EMAIL=" + adminEmail, "WAYMARK_ADMIN_PASSWORD=" + adminPassword}}
	s.obey(t, words)
	return s
}

// startAlone runs `waymark serve` with nothing but itself: in an empty directory, without configuration.
func startAlone(t *testing.T, words ...string) *server {
	t.Helper()
	s := &server{home: t.TempDir()}
	s.obey(t, words)
	s.start(t)
	return s
}

// obey takes arguments and variables, and sees to the server's end.
func (s *server) obey(t *testing.T, words []string) {
	t.Helper()
	for _, w := range words {
		if strings.Contains(w, "=") && !strings.HasPrefix(w, "-") {
			s.env = append(s.env, w)
		} else {
			s.args = append(s.args, w)
		}
	}
	t.Cleanup(func() {
		s.stop(t)
		if t.Failed() {
			t.Log(s.printed())
		}
	})
}

// start runs the process, at the address that an earlier one had.
func (s *server) start(t *testing.T) {
	t.Helper()
	s.run(t)
	s.waitUntilReady(t)
}

// run starts the process and waits until it has said where it is.
func (s *server) run(t *testing.T) {
	t.Helper()
	address := "127.0.0.1:0"
	if s.URL != "" {
		address = strings.TrimPrefix(s.URL, "http://")
	}
	args := append([]string{"serve", "--addr", address}, s.args...)
	if s.Dir != "" {
		args = append(args, "--data-dir", s.Dir)
	}
	s.process = command(t, s.env, args...)
	s.process.Dir = s.home
	read, write := io.Pipe()
	s.process.Stdout, s.process.Stderr = write, write
	ended, at := make(chan struct{}), make(chan struct{})
	s.mu.Lock()
	s.ended, s.at = ended, at
	s.mu.Unlock()
	require.NoError(t, s.process.Start())
	go func() {
		_ = s.process.Wait() // How it ended is in its exit state.
		_ = write.Close()
	}()
	go s.collect(read, at, ended)
	select {
	case <-at:
	case <-ended:
		require.FailNow(t, "the server ended", s.printed())
	case <-time.After(60 * time.Second):
		require.FailNow(t, "the server does not say where it is", s.printed())
	}
}

// command is the program under test with arguments; of this process's environment it gets what it needs to live.
func command(t *testing.T, env []string, args ...string) *exec.Cmd {
	t.Helper()
	c := exec.Command(binary(t), args...)
	c.Env = env
	for _, name := range []string{"PATH", "HOME", "TMPDIR"} {
		c.Env = append(c.Env, name+"="+os.Getenv(name))
	}
	return c
}

// waymark runs a command of the program to its end and returns what it printed.
func waymark(t *testing.T, env []string, args ...string) (output string, err error) {
	t.Helper()
	text, err := command(t, env, args...).CombinedOutput()
	return string(text), err
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

// waitUntilReady fails the test, with what the server printed, when it ends first or takes too long.
func (s *server) waitUntilReady(t *testing.T) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	late := time.After(60 * time.Second)
	for {
		select {
		case <-s.ended:
			require.FailNow(t, "the server ended", s.printed())
		case <-late:
			require.FailNow(t, "the server is not ready after 60 seconds", s.printed())
		case <-tick.C:
			if s.ready(t.Context()) {
				return
			}
		}
	}
}

func (s *server) ready(ctx context.Context) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/readyz", nil)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// collect reads what a process prints until it has ended.
func (s *server) collect(output io.Reader, at, ended chan struct{}) {
	defer close(ended)
	lines := bufio.NewScanner(output)
	lines.Buffer(nil, 1<<20)
	said := false
	for lines.Scan() {
		s.mu.Lock()
		s.output = append(s.output, lines.Text())
		if url, ok := strings.CutPrefix(lines.Text(), "Waymark is at "); ok && !said {
			said = true
			s.URL = url
			close(at)
		}
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
	if s.process == nil || s.process.Process == nil {
		return
	}
	_ = s.process.Process.Signal(syscall.SIGTERM) // It may have ended already.
	select {
	case <-s.ended:
	case <-time.After(45 * time.Second):
		_ = s.process.Process.Kill()
		<-s.ended
		t.Error("the server did not stop within 45 seconds of SIGTERM")
	}
}

// kill ends the server as a power cut of the process would: kill -9.
func (s *server) kill() {
	_ = s.process.Process.Kill()
	<-s.ended
}

// resident is the memory of the process in bytes: now, and the most that it ever had. Only Linux tells.
func (s *server) resident(t *testing.T) (now, peak int64) {
	t.Helper()
	if runtime.GOOS != "linux" {
		return 0, 0
	}
	text, err := os.ReadFile("/proc/" + strconv.Itoa(s.process.Process.Pid) + "/status")
	require.NoError(t, err)
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		kilobytes, _ := strconv.ParseInt(fields[1], 10, 64)
		switch fields[0] {
		case "VmRSS:":
			now = kilobytes << 10
		case "VmHWM:":
			peak = kilobytes << 10
		}
	}
	return now, peak
}

// metric is a figure of /metrics, summed over the label sets that hold each of the given texts; 0 where there is none.
func (s *server) metric(t *testing.T, name string, labels ...string) float64 {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/metrics", nil)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return sumMetric(string(text), name, labels)
}

func sumMetric(page, name string, labels []string) (sum float64) {
lines:
	for line := range strings.Lines(page) {
		rest, ok := strings.CutPrefix(line, name)
		if !ok || rest == "" || (rest[0] != ' ' && rest[0] != '{') {
			continue
		}
		for _, l := range labels {
			if !strings.Contains(rest, l) {
				continue lines
			}
		}
		value, err := strconv.ParseFloat(strings.TrimSpace(rest[strings.LastIndexByte(rest, ' '):]), 64)
		if err == nil {
			sum += value
		}
	}
	return sum
}

// eventually waits for something that happens in another process.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(60 * time.Second); !ok(); {
		select {
		case <-tick.C:
		case <-late:
			require.FailNow(t, "it never came to this: "+what)
		}
	}
}
