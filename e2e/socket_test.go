package e2e_test

import (
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
)

// socket is a raw WebSocket: it sends what it is told and understands nothing by itself.
type socket struct {
	*websocket.Conn
}

// connect opens a WebSocket for graphql-transport-ws.
func (s *server) connect(t *testing.T) *socket {
	t.Helper()
	ws, response, err := s.dial(websocket.Dialer{Subprotocols: []string{"graphql-transport-ws"}}, nil)
	require.NoError(t, err, "%v", response)
	t.Cleanup(func() { _ = ws.Close() })
	return ws
}

func (s *server) dial(d websocket.Dialer, header http.Header) (*socket, *http.Response, error) {
	d.HandshakeTimeout = 30 * time.Second
	ws, response, err := d.Dial(strings.Replace(s.URL, "http", "ws", 1)+"/graphql", header)
	if err != nil {
		return nil, response, err
	}
	return &socket{ws}, response, nil
}

// hardlyBuffered makes a dialer whose connections take little that nobody reads.
func hardlyBuffered() websocket.Dialer {
	d := net.Dialer{Control: func(_, _ string, c syscall.RawConn) error {
		var failed error
		err := c.Control(func(fd uintptr) {
			failed = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 8<<10)
		})
		return errors.Join(err, failed)
	}}
	return websocket.Dialer{Subprotocols: []string{"graphql-transport-ws"}, NetDialContext: d.DialContext, ReadBufferSize: 4 << 10}
}

// say sends messages.
func (s *socket) say(t *testing.T, messages ...string) {
	t.Helper()
	for _, m := range messages {
		require.NoError(t, s.WriteMessage(websocket.TextMessage, []byte(m)))
	}
}

// hear returns the next message.
func (s *socket) hear(t *testing.T) value {
	t.Helper()
	require.NoError(t, s.SetReadDeadline(time.Now().Add(60*time.Second)))
	_, text, err := s.ReadMessage()
	require.NoError(t, err)
	var v value
	require.NoError(t, json.Unmarshal(text, &v))
	return v
}

// hearType returns the next message, which has to be of that type; pages of a subscription that come before are skipped.
func (s *socket) hearType(t *testing.T, typ string) value {
	t.Helper()
	for {
		v := s.hear(t)
		if v.text("type") == "next" && typ != "next" {
			continue
		}
		require.Equal(t, typ, v.text("type"), "%v", v)
		return v
	}
}

// hearClose reads on until the server closes the connection, and returns how.
func (s *socket) hearClose(t *testing.T) *websocket.CloseError {
	t.Helper()
	require.NoError(t, s.SetReadDeadline(time.Now().Add(60*time.Second)))
	for {
		if _, _, err := s.ReadMessage(); err != nil {
			var closed *websocket.CloseError
			require.ErrorAs(t, err, &closed)
			return closed
		}
	}
}

// initAs is the first message of a connection that belongs to a token.
func initAs(token string) string {
	return `{"type":"connection_init","payload":{"authorization":"Bearer ` + token + `"}}`
}

// subscribeTo is the message that starts an operation.
func subscribeTo(id, query string) string {
	text, _ := json.Marshal(map[string]any{"type": "subscribe", "id": id, "payload": map[string]any{"query": query}})
	return string(text)
}

// join opens a WebSocket as a token and waits until it is taken.
func (s *server) join(t *testing.T, token string) *socket {
	t.Helper()
	ws := s.connect(t)
	ws.say(t, initAs(token))
	ws.hearType(t, "connection_ack")
	return ws
}
