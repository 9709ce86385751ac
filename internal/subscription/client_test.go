package subscription_test

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/subscription"
	"github.com/waymarkhq/waymark/internal/subscription/internal/testschema"
)

// dial opens a WebSocket.
func (w *world) dial(header http.Header) *client {
	w.t.Helper()
	c, resp, err := w.tryDial(header, subscription.Subprotocol)
	require.NoError(w.t, err, "%v", resp)
	return c
}

func (w *world) tryDial(header http.Header, protocols ...string) (*client, *http.Response, error) {
	d := websocket.Dialer{Subprotocols: protocols, NetDialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return w.dialer(ctx)
	}}
	conn, resp, err := d.Dial("ws://"+w.host, header)
	if err != nil {
		return nil, resp, err
	}
	w.mu.Lock()
	w.clients = append(w.clients, conn)
	w.mu.Unlock()
	return &client{t: w.t, Conn: conn}, resp, nil
}

// connect opens a WebSocket and initialises it with a token.
func (w *world) connect(token string) *client {
	w.t.Helper()
	c := w.dial(nil)
	c.send(`{"type":"connection_init","payload":{"Authorization":"Bearer ` + token + `"}}`)
	c.expect(`{"type":"connection_ack"}`)
	return c
}

// client is the raw end of a WebSocket.
type client struct {
	*websocket.Conn
	t       testing.TB
	untimed bool
}

func (c *client) send(text string) {
	c.t.Helper()
	require.NoError(c.t, c.WriteMessage(websocket.TextMessage, []byte(text)))
}

func (c *client) subscribe(id, query string) {
	c.t.Helper()
	raw, err := json.Marshal(map[string]any{"id": id, "type": "subscribe", "payload": map[string]any{"query": query}})
	require.NoError(c.t, err)
	c.send(string(raw))
}

// read reads a message that should be there soon.
func (c *client) read() (int, []byte, error) {
	if !c.untimed {
		_ = c.SetReadDeadline(time.Now().Add(30 * time.Second))
	}
	return c.ReadMessage()
}

func (c *client) receive() string {
	c.t.Helper()
	kind, data, err := c.read()
	require.NoError(c.t, err)
	require.Equal(c.t, websocket.TextMessage, kind)
	require.True(c.t, json.Valid(data), "%s", data)
	return string(data)
}

func (c *client) expect(text string) {
	c.t.Helper()
	require.JSONEq(c.t, text, c.receive())
}

// expectClose reads on until the server closes.
func (c *client) expectClose(code int, reason string) {
	c.t.Helper()
	for {
		_, _, err := c.ReadMessage()
		if err == nil {
			continue
		}
		closed := &websocket.CloseError{}
		require.ErrorAs(c.t, err, &closed)
		require.Equal(c.t, code, closed.Code)
		require.Equal(c.t, reason, closed.Text)
		return
	}
}

// frame is a decoded message about an operation.
type frame struct {
	ID      string
	Type    string
	Payload struct {
		Data map[string]struct {
			Events  []struct{ Seq int }
			Dropped int
			Lost    int
			Scope   string
		}
		Errors []struct{ Message string }
	}
}

func (c *client) next() frame {
	c.t.Helper()
	_, data, err := c.read()
	require.NoError(c.t, err)
	var f frame
	require.NoError(c.t, json.Unmarshal(data, &f))
	require.Equal(c.t, "next", f.Type, "%s", data)
	return f
}

// expectPages reads pages of an unbroken run of n events.
func (c *client) expectPages(field, scope string, seq, n int) {
	c.t.Helper()
	for end := seq + n; seq < end; {
		page := c.next().Payload.Data[field]
		require.Zero(c.t, page.Lost)
		require.Equal(c.t, scope, page.Scope)
		for _, e := range page.Events {
			if e.Seq != seq { // require.Equal for each would take longer than all the rest
				require.Equal(c.t, seq, e.Seq)
			}
			seq++
		}
	}
}

// expectStream reads n pages: events follow each other, but for those that are told as lost.
func (c *client) expectStream(n int) {
	c.t.Helper()
	seq := 0
	for range n {
		page := c.next().Payload.Data["feed"]
		if seq > 0 {
			seq += page.Dropped
		}
		for _, e := range page.Events {
			if seq > 0 && e.Seq != seq {
				require.Equal(c.t, seq, e.Seq)
			}
			seq = e.Seq + 1
		}
	}
}

func faulty(seq int) *testschema.Faulty { return &testschema.Faulty{Seq: seq} }

func requireClosed(t testing.TB, err error, code int) {
	t.Helper()
	require.True(t, websocket.IsCloseError(err, code), "%v", err)
}
