package e2e_test

import (
	"bytes"
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
)

// viewer is a WebSocket that watches the shop's test environment, and notes what it sees.
type viewer struct {
	ws     *socket
	paused chan struct{} // reading waits until it is closed; nil for a viewer who keeps reading
	ended  chan struct{} // closed when the connection has ended

	mu    sync.Mutex
	pages []viewed
	last  int64 // the newest event
	err   error // how the connection ended
}

// viewed is a page: how many events were lost just before it, and those that came.
type viewed struct {
	dropped int64
	seqs    []int64
}

// The selections of viewers: what they ask for besides the sequence number, and what they call the loss.
const (
	plainPage  = `events { at: seq name verdict } dropped`
	nestedPage = `lost: dropped events { at: seq verdict violations { code property } event { key batch { number app { key } }
		properties(first: 10) { nodes { presence property { key type { base } } } } } }`
	largePage = `gone: dropped events { at: seq raw properties }`
)

// look opens a viewer as a token.
func look(t *testing.T, s *server, dialer websocket.Dialer, token, page string) *viewer {
	t.Helper()
	ws, _, err := s.dial(dialer, nil)
	require.NoError(t, err)
	ws.say(t, initAs(token))
	ws.hearType(t, "connection_ack")
	ws.say(t, subscribeTo("1", `subscription { liveCapture(app: "shop", environment: "test") { `+page+` } }`))
	require.NoError(t, ws.SetReadDeadline(time.Time{}))
	v := &viewer{ws: ws, ended: make(chan struct{})}
	t.Cleanup(func() { _ = ws.Close() })
	return v
}

// watch reads until the connection ends.
func (v *viewer) watch() {
	defer close(v.ended)
	for {
		if v.paused != nil {
			<-v.paused
		}
		_, text, err := v.ws.ReadMessage()
		v.mu.Lock()
		if err == nil && !bytes.Contains(text, []byte(`"type":"next"`)) {
			err = errors.New(string(text))
		}
		if err != nil {
			v.err = err
			v.mu.Unlock()
			return
		}
		page := viewed{dropped: numbers(text, `"dropped":`, `"lost":`, `"gone":`)[0], seqs: numbers(text, `"at":`)}
		v.pages = append(v.pages, page)
		if len(page.seqs) > 0 {
			v.last = page.seqs[len(page.seqs)-1]
		}
		v.mu.Unlock()
	}
}

// numbers are those that follow any of the given texts. Parsing the whole page would cost more than the server's work.
func numbers(text []byte, after ...string) (found []int64) {
	for _, a := range after {
		for rest := text; ; {
			at := bytes.Index(rest, []byte(a))
			if at < 0 {
				break
			}
			rest = rest[at+len(a):]
			end := bytes.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
			n, err := strconv.ParseInt(string(rest[:max(end, 0)]), 10, 64)
			if err == nil {
				found = append(found, n)
			}
		}
	}
	return found
}

// newest is the last event that the viewer has seen.
func (v *viewer) newest() int64 {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.last
}

// requireAll holds what the viewer saw against all events that there were: each once and in order, from the first one on
// that it saw, with as many missing as it was told, where it was told. It returns how many it was told that it lost.
func (v *viewer) requireAll(t *testing.T, all []int64) (dropped int64) {
	t.Helper()
	v.mu.Lock()
	defer v.mu.Unlock()
	at := 0
	for _, p := range v.pages {
		dropped += p.dropped
		at += int(p.dropped)
		require.LessOrEqual(t, at+len(p.seqs), len(all))
		if len(p.seqs) > 0 {
			require.Equal(t, all[at:at+len(p.seqs)], p.seqs)
		}
		at += len(p.seqs)
	}
	require.Positive(t, at, "it saw something")
	return dropped
}
