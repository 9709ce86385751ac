package graph_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
)

// firstEvent subscribes over server-sent events, while devices report, and returns the first response.
func (w *world) firstEvent(token, document string) answer {
	w.t.Helper()
	body, err := json.Marshal(map[string]any{"query": document})
	require.NoError(w.t, err)
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.url, bytes.NewReader(body))
	require.NoError(w.t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "text/event-stream")
	identify(req, token)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(w.t, err)
	defer func() { _ = resp.Body.Close() }()
	a := answer{Status: resp.StatusCode}
	if !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		require.NoError(w.t, json.NewDecoder(resp.Body).Decode(&a))
		return a
	}
	done := make(chan struct{})
	defer close(done)
	go w.keepReporting(done)
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok && data != "" {
			require.NoError(w.t, json.Unmarshal([]byte(data), &a), data)
			return a
		}
	}
	return a
}

// keepReporting has every environment capture something, again and again.
func (w *world) keepReporting(done <-chan struct{}) {
	rooms, err := w.store.Read().Environment.Query().All(w.t.Context())
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for err == nil {
		select {
		case <-done:
			return
		case <-tick.C:
		}
		for _, e := range rooms {
			w.hub.Publish([]*capture.Captured{{
				Event: capture.Event{Name: "app_open", Type: capture.Track, Raw: "{}"},
				Seq:   1, AppID: e.AppID, EnvironmentID: e.ID, Verdict: capture.Valid,
			}})
		}
	}
}
