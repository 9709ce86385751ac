package subscription_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/subscription"
)

func TestConnectionInit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	t.Run("twice", func(t *testing.T) {
		c := w.connect("ann")
		c.send(`{"type":"connection_init"}`)
		c.expectClose(4429, "Too many initialisation requests")
	})
	t.Run("before anything else", func(t *testing.T) {
		c := w.dial(nil)
		c.subscribe("1", "{hello}")
		c.expectClose(4401, "Unauthorized")
	})
	t.Run("by cookie", func(t *testing.T) {
		c := w.dial(http.Header{"Cookie": {"session=ann"}})
		c.send(`{"type":"connection_init"}`)
		c.expect(`{"type":"connection_ack"}`)
	})
	t.Run("by token field, payload with more", func(t *testing.T) {
		c := w.dial(nil)
		c.send(`{"type":"connection_init","payload":{"token":"ann","n":1.5}}`)
		c.expect(`{"type":"connection_ack"}`)
	})
	for token, want := range map[string]struct {
		code   int
		reason string
	}{
		"":       {4403, "Forbidden"},
		"odd":    {4403, "Forbidden"},
		"down":   {1013, "Try again later"},
		"broken": {4500, "Internal server error"},
		"panic":  {4500, "Internal server error"},
	} {
		t.Run("refused "+token, func(t *testing.T) {
			c := w.dial(nil)
			c.send(`{"type":"connection_init","payload":{"token":"` + token + `"}}`)
			c.expectClose(want.code, want.reason)
		})
	}
	t.Run("revoked and expired", func(t *testing.T) {
		w.person("old").expires = time.Now().Add(-time.Second)
		w.person("gone").revoked.Store(true)
		for _, token := range []string{"old", "gone"} {
			c := w.dial(nil)
			c.send(`{"type":"connection_init","payload":{"token":"` + token + `"}}`)
			c.expectClose(4403, "Forbidden")
		}
	})
}

func TestSubprotocol(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, offered := range [][]string{nil, {"graphql-ws"}, {"soap", "graphql-ws"}} {
		c, resp, err := w.tryDial(nil, offered...)
		require.NoError(t, err)
		require.Empty(t, resp.Header.Get("Sec-Websocket-Protocol"))
		c.expectClose(4406, "Subprotocol not acceptable")
	}
	c, resp, err := w.tryDial(nil, "graphql-ws", "graphql-transport-ws")
	require.NoError(t, err)
	require.Equal(t, "graphql-transport-ws", resp.Header.Get("Sec-Websocket-Protocol"))
	c.send(`{"type":"ping"}`)
	c.expect(`{"type":"pong"}`)
}

func TestOrigin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, origin := range []string{w.url(), "https://plan.example.com", "HTTPS://Plan.Example.com"} {
		w.dial(http.Header{"Origin": {origin}})
	}
	for _, origin := range []string{"https://evil.example", "null", "https://plan.example.com.evil.example", "https://plan.example.com:444", "http://plan.example.com"} {
		_, resp, err := w.tryDial(http.Header{"Origin": {origin}}, subscription.Subprotocol)
		require.ErrorIs(t, err, websocket.ErrBadHandshake)
		require.Equal(t, http.StatusForbidden, resp.StatusCode, origin)
	}
	require.EqualValues(t, 5, w.srv.Stats().Refused)
}

func TestInvalidMessages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *subscription.Options) { o.MaxMessageBytes = 1000 })
	for name, text := range map[string]string{
		"not JSON": `{`, "not an object": `[]`, "null": `null`, "empty": ``, "two": `{"type":"ping"}{"type":"ping"}`,
		"no type": `{"id":"1"}`, "type not a string": `{"type":1}`, "unknown type": `{"type":"start","id":"1","payload":{"query":"{hello}"}}`,
		"server's type": `{"type":"next","id":"1"}`, "type in capitals": `{"TYPE":"ping"}`,
		"no id": `{"type":"subscribe","payload":{"query":"{hello}"}}`, "empty id": `{"type":"subscribe","id":"","payload":{"query":"{hello}"}}`,
		"id not a string": `{"type":"subscribe","id":1,"payload":{"query":"{hello}"}}`,
		"no payload":      `{"type":"subscribe","id":"1"}`, "null payload": `{"type":"subscribe","id":"1","payload":null}`,
		"no query":        `{"type":"subscribe","id":"1","payload":{}}`,
		"query a number":  `{"type":"subscribe","id":"1","payload":{"query":1}}`,
		"variables":       `{"type":"subscribe","id":"1","payload":{"query":"{hello}","variables":[]}}`,
		"operation name":  `{"type":"subscribe","id":"1","payload":{"query":"{hello}","operationName":{}}}`,
		"complete, no id": `{"type":"complete"}`, "ping payload": `{"type":"ping","payload":[1]}`,
		"init payload": `{"type":"connection_init","payload":"x"}`,
		"not UTF-8":    "{\"type\":\"ping\",\"payload\":{\"a\":\"\xff\"}}",
		"long id":      `{"type":"complete","id":"` + strings.Repeat("x", 300) + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			c := w.connect("ann")
			c.t = t
			c.send(text)
			_, _, err := c.ReadMessage()
			require.True(t, websocket.IsCloseError(err, 4400), "%v", err)
		})
	}
	t.Run("binary", func(t *testing.T) {
		c := w.connect("ann")
		require.NoError(t, c.WriteMessage(websocket.BinaryMessage, []byte(`{"type":"ping"}`)))
		c.expectClose(4400, "Binary messages are not supported")
	})
	t.Run("huge", func(t *testing.T) {
		c := w.connect("ann")
		c.send(`{"type":"ping","payload":{"a":"` + strings.Repeat("x", 1000) + `"}}`)
		c.expectClose(4400, "Message too large")
	})
	t.Run("of the largest size", func(t *testing.T) {
		c := w.connect("ann")
		text := `{"type":"ping","payload":{"a":""}}`
		text = strings.Replace(text, `""`, `"`+strings.Repeat("x", 1000-len(text))+`"`, 1)
		c.send(text)
		c.expect(strings.Replace(text, "ping", "pong", 1))
	})
}

func TestViolationOfRFC6455(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.connect("ann")
	_, err := c.NetConn().Write([]byte{0x83, 0x80, 0, 0, 0, 0}) // reserved opcode
	require.NoError(t, err)
	_, _, err = c.ReadMessage()
	require.True(t, websocket.IsCloseError(err, 1002), "%v", err)
}

func TestQueriesAndMutations(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.connect("ann")
	c.send(`{"id":"q","type":"subscribe","payload":{"query":"query A {hello} query B($n: String) {hi: hello(name:$n)}","operationName":"B","variables":{"n":"\u652f <&>"},"extensions":{}}}`)
	c.expect(`{"id":"q","type":"next","payload":{"data":{"hi":"hello 支 <&>"}}}`)
	c.expect(`{"id":"q","type":"complete"}`)
	c.send(`{"id":"q","type":"subscribe","payload":{"query":"mutation {add(n: 20)}","operationName":null,"variables":null}}`)
	c.expect(`{"id":"q","type":"next","payload":{"data":{"add":20}}}`)
	c.expect(`{"id":"q","type":"complete"}`)
	c.subscribe("x\"\n", "{hello}")
	c.expect(`{"id":"x\"\n","type":"next","payload":{"data":{"hello":"hello"}}}`)
	c.expect(`{"id":"x\"\n","type":"complete"}`)
}

// A request that cannot be executed is answered with one error message and no complete.
func TestRequestErrors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.connect("ann")
	for _, query := range []string{
		`{`, `{nothing}`, ``, `query($a: Int!) {hello}`, `subscription {a:state{version} b:state{version}}`,
		`subscription {feed(topic: 1) {dropped}}`, `subscription {refused {version}}`, `subscription {unknown}`,
	} {
		c.subscribe("1", query)
		var m struct {
			ID, Type string
			Payload  []struct {
				Message    string
				Extensions map[string]any
			}
		}
		require.NoError(t, json.Unmarshal([]byte(c.receive()), &m), query)
		require.Equal(t, "error", m.Type, query)
		require.Equal(t, "1", m.ID)
		require.NotEmpty(t, m.Payload)
		require.NotEmpty(t, m.Payload[0].Message)
	}
	c.subscribe("1", "{hello}") // nothing came after the errors, and the id is free
	c.expect(`{"id":"1","type":"next","payload":{"data":{"hello":"hello"}}}`)
}

func TestPanicsStayInside(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.connect("ann")
	c.subscribe("1", "{panics}")
	c.expect(`{"id":"1","type":"next","payload":{"errors":[{"message":"internal system error","path":["panics"]}],"data":null}}`)
	c.expect(`{"id":"1","type":"complete"}`)
}

func TestIDs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	t.Run("in use", func(t *testing.T) {
		c := w.connect("ann")
		c.subscribe("a", `subscription{feed(topic:"ids"){dropped}}`)
		c.subscribe("a", "{hello}")
		c.expectClose(4409, "Subscriber for a already exists")
		w.eventually(func() bool { return w.res.running.Load() == 0 }, "its operations are cancelled")
	})
	t.Run("used again after complete", func(t *testing.T) {
		c := w.connect("ann")
		for range 50 {
			c.subscribe("a", `subscription{feed(topic:"ids"){dropped}}`)
			c.send(`{"type":"complete","id":"a"}`)
		}
		c.send(`{"type":"complete","id":"never there"}`)
		c.subscribe("a", "{hello}")
		c.expect(`{"id":"a","type":"next","payload":{"data":{"hello":"hello"}}}`)
		c.expect(`{"id":"a","type":"complete"}`)
	})
	t.Run("hanging query is cancelled by complete", func(t *testing.T) {
		c := w.connect("ann")
		c.subscribe("a", "{hang}")
		w.eventually(func() bool { return w.res.hanging.Load() == 1 }, "hangs")
		c.send(`{"type":"complete","id":"a"}`)
		w.eventually(func() bool { return w.res.hanging.Load() == 0 }, "cancelled")
		c.send(`{"type":"ping"}`)
		c.expect(`{"type":"pong"}`) // no complete in answer to a complete
	})
}

func TestOperationLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *subscription.Options) { o.MaxOperations = 2 })
	c := w.connect("ann")
	c.subscribe("1", "{hang}")
	c.subscribe("2", "{hang}")
	c.subscribe("3", "{hello}")
	require.Contains(t, c.receive(), "too many operations")
	c.send(`{"type":"complete","id":"1"}`)
	c.subscribe("3", "{hello}")
	require.Contains(t, c.receive(), `"next"`)
}

func TestConnectionLimits(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *subscription.Options) { o.MaxConnectionsPerAddress, o.MaxConnectionsPerSubject = 3, 2 })
	first, second := w.connect("ann"), w.connect("ann")
	third := w.dial(nil)
	_, resp, err := w.tryDial(nil, subscription.Subprotocol)
	require.Error(t, err)
	require.Equal(t, http.StatusTooManyRequests, resp.StatusCode)
	third.send(`{"type":"connection_init","payload":{"token":"ann"}}`)
	third.expectClose(1013, "Try again later")
	require.NoError(t, first.Close())
	w.eventually(func() bool { return w.srv.Stats().WebSockets == 1 }, "first has gone")
	w.connect("ann")
	_ = second
}

func TestCloseHandshake(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.connect("ann")
	require.NoError(t, c.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1000, "bye"), time.Now().Add(time.Second)))
	c.expectClose(1000, "")
	w.eventually(func() bool { return w.srv.Stats().WebSockets == 0 }, "closed")
}
