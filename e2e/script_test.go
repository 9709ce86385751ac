package e2e_test

import (
	"bufio"
	"context"
	"encoding/json"
	"os/exec"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// node runs a script of this folder to its end and fails the test with what it printed.
func node(t *testing.T, script string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	output, err := exec.CommandContext(ctx, "node", append([]string{script}, args...)...).CombinedOutput()
	require.NoError(t, err, "%s: %s", script, output)
	t.Logf("%s", output)
}

// watcher is a script that prints the results of a subscription, line by line.
type watcher struct {
	mu    sync.Mutex
	lines []value
}

// watch runs a subscription through an npm client ("ws" or "sse") until the test ends.
func watch(t *testing.T, c *client, transport, query string) *watcher {
	t.Helper()
	w := &watcher{}
	process := exec.Command("node", "watch.mjs", "--transport", transport, "--url", c.server.URL, "--token", c.token, "--query", query)
	output, err := process.StdoutPipe()
	require.NoError(t, err)
	process.Stderr = process.Stdout
	require.NoError(t, process.Start())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		lines := bufio.NewScanner(output)
		lines.Buffer(nil, 16<<20)
		for lines.Scan() {
			var v value
			if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
				v.v = lines.Text()
			}
			w.mu.Lock()
			w.lines = append(w.lines, v)
			w.mu.Unlock()
		}
	}()
	t.Cleanup(func() {
		_ = process.Process.Signal(syscall.SIGTERM)
		<-ended
		_ = process.Wait() // How it ended does not matter any more.
	})
	return w
}

// seen is what the watcher has printed so far.
func (w *watcher) seen() []value {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clip(w.lines)
}

// captured are the events of all pages of a liveCapture that have come so far.
func (w *watcher) captured(t *testing.T) (events []value) {
	t.Helper()
	for _, line := range w.seen() {
		require.Nil(t, line.at("errors").v, "%v", line)
		require.NotNil(t, line.at("data", "liveCapture").v, "%v", line)
		require.Zero(t, line.number("data", "liveCapture", "dropped"))
		events = append(events, line.list("data", "liveCapture", "events")...)
	}
	return events
}
