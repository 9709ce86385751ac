package subscription_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/subscription"
)

// stream is an open event stream.
type stream struct {
	t    testing.TB
	resp *http.Response
	*bufio.Reader
}

func (w *world) client() *http.Client {
	transport := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return w.dialer(ctx)
	}}
	return &http.Client{Transport: transport}
}

func (w *world) sse(method, token, query string, change ...func(*http.Request)) *stream {
	w.t.Helper()
	target, body := w.url()+"?"+url.Values{"query": {query}}.Encode(), io.Reader(nil)
	if method == http.MethodPost {
		raw, err := json.Marshal(map[string]string{"query": query})
		require.NoError(w.t, err)
		target, body = w.url(), strings.NewReader(string(raw))
	}
	r, err := http.NewRequestWithContext(context.Background(), method, target, body)
	require.NoError(w.t, err)
	r.Header.Set("Accept", "text/event-stream")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/json; charset=utf-8")
	}
	for _, f := range change {
		f(r)
	}
	resp, err := w.client().Do(r)
	require.NoError(w.t, err)
	w.t.Cleanup(func() { _ = resp.Body.Close() })
	return &stream{t: w.t, resp: resp, Reader: bufio.NewReader(resp.Body)}
}

// event returns the next event, comments left out.
func (s *stream) event() (name, data string) {
	s.t.Helper()
	require.Equal(s.t, "text/event-stream", s.resp.Header.Get("Content-Type"))
	for {
		line, err := s.ReadString('\n')
		require.NoError(s.t, err)
		switch field, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ":"); {
		case field == "event":
			name = strings.TrimSpace(value)
		case field == "data":
			data = strings.TrimSpace(value)
		case line == "\n" && name != "":
			return name, data
		}
	}
}

func (s *stream) expect(name, data string) {
	s.t.Helper()
	gotName, gotData := s.event()
	require.Equal(s.t, name, gotName)
	if data == "" {
		require.Empty(s.t, gotData)
		return
	}
	require.JSONEq(s.t, data, gotData)
}

func TestEventStreams(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		s := w.sse(method, "ann", "{hello}")
		s.expect("next", `{"data":{"hello":"hello"}}`)
		s.expect("complete", "")
		_, err := s.ReadByte()
		require.ErrorIs(t, err, io.EOF)

		s = w.sse(method, "ann", "{nothing}")
		name, data := s.event()
		require.Equal(t, "next", name)
		require.Contains(t, data, `{"errors":[{"message":"Cannot query field`)
		s.expect("complete", "")

		s = w.sse(method, "ann", "subscription{refused{version}}")
		_, data = s.event()
		require.Contains(t, data, "you may not see this")
		s.expect("complete", "")
	}
	s := w.sse(http.MethodPost, "ann", "mutation{add(n:3)}")
	s.expect("next", `{"data":{"add":3}}`)
	s.expect("complete", "")
}

func TestEventStreamSharesWithWebSocket(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.connect("ann@r")
	c.subscribe("1", feedA)
	w.started(1)
	s := w.sse(http.MethodPost, "bob@r", feedA)
	other := w.sse(http.MethodGet, "cid@r", feedA)
	w.operations(3)
	w.res.publish("a", events(1, 2, 1))
	require.Len(t, c.next().Payload.Data["feed"].Events, 2)
	s.expect("next", `{"data":{"feed":{"events":[{"seq":1},{"seq":2}],"dropped":0,"scope":"scope r"}}}`)
	require.Equal(t, 2, w.srv.Stats().EventStreams)
	require.NoError(t, other.resp.Body.Close())
	w.operations(2)
	w.res.close("a")
	s.expect("complete", "")
	require.EqualValues(t, 1, w.res.started.Load())
}

func TestEventStreamRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *subscription.Options) { o.MaxMessageBytes = 200 })
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	for name, c := range map[string]struct {
		s      *stream
		status int
	}{
		"no token":       {w.sse(http.MethodPost, "", "{hello}"), 401},
		"down":           {w.sse(http.MethodPost, "down", "{hello}"), 503},
		"broken":         {w.sse(http.MethodPost, "broken", "{hello}"), 500},
		"odd":            {w.sse(http.MethodPost, "odd", "{hello}"), 403},
		"foreign origin": {w.sse(http.MethodPost, "ann", "{hello}", header("Origin", "https://evil.example")), 403},
		"form":           {w.sse(http.MethodPost, "ann", "{hello}", header("Content-Type", "application/x-www-form-urlencoded")), 415},
		"too large":      {w.sse(http.MethodPost, "ann", "{hello}"+strings.Repeat(" ", 200)), 413},
		"mutation":       {w.sse(http.MethodGet, "ann", "mutation{add(n:3)}"), 405},
		"no query": {w.sse(http.MethodGet, "ann", "", func(r *http.Request) {
			r.URL.RawQuery = ""
		}), 400},
		"bad variables": {w.sse(http.MethodGet, "ann", "{hello}", func(r *http.Request) {
			r.URL.RawQuery += "&variables=%7B"
		}), 400},
	} {
		require.Equal(t, c.status, c.s.resp.StatusCode, name)
	}
	require.Zero(t, w.res.sum.Load())
	for token, want := range map[string]string{
		"":       `{"errors":[{"message":"sign in first","extensions":{"code":"UNAUTHENTICATED","reason":"no_token"}}]}`,
		"broken": `{"errors":[{"message":"internal error","extensions":{"code":"INTERNAL","reason":"internal"}}]}`,
	} {
		body, err := io.ReadAll(w.sse(http.MethodPost, token, "{hello}"))
		require.NoError(t, err)
		require.JSONEq(t, want, string(body))
	}
}

// Who would take JSON too gets it: clients that accept everything for every request mean that.
func TestEventStreamIsAskedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for accept, want := range map[string]bool{
		"text/event-stream": true, "text/event-stream;q=0.9, text/html": true, "*/*": false, "": false,
		"application/graphql-response+json, application/json, text/event-stream, multipart/mixed": false,
	} {
		r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, w.url(), nil)
		require.NoError(t, err)
		r.Header.Set("Accept", accept)
		require.Equal(t, want, w.srv.EventStream().Supports(r), accept)
	}
}

func TestEventStreamTiming(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		s := w.sse(http.MethodGet, "ann@r", feedA)
		synctest.Wait()
		start, comments := time.Now(), 0
		go func() {
			time.Sleep(110 * time.Second)
			w.res.publish("a", events(1, 1, 1))
		}()
		for comments < 4 {
			line, err := s.ReadString('\n')
			require.NoError(t, err)
			if line == ":\n" {
				comments++
			}
		}
		require.InDelta(t, 75, time.Since(start).Seconds(), 4)
		s.event()
		w.person("ann@r").revoked.Store(true)
		start = time.Now()
		_, err := io.ReadAll(s)
		require.NoError(t, err, "the stream ends without complete")
		require.LessOrEqual(t, time.Since(start), time.Second)

		s = w.sse(http.MethodGet, "bob@r", feedA)
		synctest.Wait()
		w.stop()
		rest, err := io.ReadAll(s)
		require.NoError(t, err)
		require.Equal(t, ":\n\n", string(rest))
		<-w.stopped
	})
}

// A slow event stream loses pages, is told exactly how many events, and is cut when it takes nothing.
func TestSlowEventStream(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		s := w.sse(http.MethodGet, "ann@r", feedA)
		synctest.Wait()
		const n = 3000
		for i := range n {
			w.res.publish("a", events(i+1, 1, 1000))
		}
		synctest.Wait()
		seen, lost := 0, 0
		for seen+lost < n {
			_, data := s.event()
			var f frame
			require.NoError(t, json.Unmarshal([]byte(data), &f.Payload))
			lost += f.Payload.Data["feed"].Dropped
			for _, e := range f.Payload.Data["feed"].Events {
				seen++
				require.Equal(t, seen+lost, e.Seq)
			}
		}
		require.Equal(t, n, seen+lost)
		require.EqualValues(t, lost, w.srv.Stats().DroppedEvents)
		require.Positive(t, lost)
		for i := range n {
			w.res.publish("a", events(i+1, 1, 1000))
		}
		time.Sleep(11 * time.Second)
		synctest.Wait()
		st := w.srv.Stats()
		require.Zero(t, st.EventStreams+st.Operations)
		require.EqualValues(t, 1, st.SlowEnds)
	})
}

// The deadline of the last write does not stay with the connection, which other requests use after.
func TestEventStreamLeavesTheConnectionUsable(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		dials := 0
		transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			dials++
			return w.dialer(ctx)
		}}
		defer transport.CloseIdleConnections()
		for range 2 {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.url()+"?query={hello}", nil)
			require.NoError(t, err)
			r.Header.Set("Accept", "text/event-stream")
			r.Header.Set("Authorization", "Bearer ann")
			resp, err := (&http.Client{Transport: transport}).Do(r)
			require.NoError(t, err)
			body, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			require.Contains(t, string(body), "event: complete")
			require.NoError(t, resp.Body.Close())
			time.Sleep(time.Minute)
		}
		require.Equal(t, 1, dials)
	})
}
