package subscription_test

import (
	"context"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/subscription"
)

// pipes is a listener whose connections stay inside of the process, so that its clock can be a false one.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { close(p.done); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }

// inBubble runs a test against a server in a synctest bubble.
func inBubble(t *testing.T, test func(t *testing.T, w *world), options ...option) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := prepare(t, options)
		l := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
		w.serve(l)
		w.dialer = func(context.Context) (net.Conn, error) {
			ours, theirs := net.Pipe()
			l.conns <- theirs
			return ours, nil
		}
		defer w.close()
		test(t, w)
	})
}

// patient takes off the read deadline that clients have in real time.
func (c *client) patient() *client {
	c.untimed = true
	_ = c.SetReadDeadline(time.Time{})
	return c
}

// closedAfter reads on until the server closes, and returns how long that took.
func (c *client) closedAfter(code int, reason string) time.Duration {
	c.t.Helper()
	start := time.Now()
	c.patient().expectClose(code, reason)
	return time.Since(start)
}

func TestInitTimeout(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		took := w.dial(nil).closedAfter(4408, "Connection initialisation timeout")
		require.InDelta(t, 10, took.Seconds(), 1)
		c := w.connect("ann")
		time.Sleep(15 * time.Second)
		c.send(`{"type":"ping"}`)
		c.expect(`{"type":"pong"}`)
	})
}

func TestPingPong(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		c := w.dial(nil).patient()
		c.send(`{"type":"ping","payload":{"n":1}}`) // before connection_init too
		c.expect(`{"type":"pong","payload":{"n":1}}`)
		c.send(`{"type":"pong"}`)
		c.send(`{"type":"connection_init","payload":{"token":"ann"}}`)
		c.expect(`{"type":"connection_ack"}`)
		require.NoError(t, c.WriteControl(websocket.PingMessage, []byte("you?"), time.Now().Add(time.Second)))
		ponged, pinged := make(chan string, 1), make(chan time.Time, 100)
		c.SetPongHandler(func(data string) error { ponged <- data; return nil })
		answer := c.PingHandler()
		c.SetPingHandler(func(data string) error { pinged <- time.Now(); return answer(data) })
		go func() { _, _, _ = c.ReadMessage() }()
		require.Equal(t, "you?", <-ponged)
		last := time.Now()
		for range 5 { // longer than a silent peer would live
			at := <-pinged
			require.InDelta(t, 25, at.Sub(last).Seconds(), 1)
			last = at
		}
	})
}

func TestSilentPeerIsCut(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		c := w.connect("ann").patient()
		c.SetPingHandler(func(string) error { return nil })
		start := time.Now()
		_, _, err := c.ReadMessage()
		require.Error(t, err)
		require.InDelta(t, 50, time.Since(start).Seconds(), 2)
		synctest.Wait()
		require.Zero(t, w.srv.Stats().WebSockets)
	})
}

func TestIdleConnectionIsClosed(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		took := w.connect("ann").closedAfter(1001, "Idle")
		require.InDelta(t, 30, took.Minutes(), 0.1)

		busy := w.connect("ann").patient()
		busy.subscribe("1", `subscription{feed(topic:"a"){dropped}}`)
		go func() {
			time.Sleep(40 * time.Minute)
			w.res.publish("a", events(1, 1, 1))
		}()
		busy.next()
		busy.send(`{"type":"complete","id":"1"}`)
		require.InDelta(t, 30, busy.closedAfter(1001, "Idle").Minutes(), 0.1)
	})
}

func TestExpiryAndRevocationOfIdleConnections(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.person("brief").expires = time.Now().Add(time.Minute)
		brief, revoked := w.connect("brief"), w.connect("revoked")
		brief.subscribe("1", `subscription{feed(topic:"quiet"){dropped}}`)
		go func() {
			time.Sleep(10 * time.Second)
			w.person("revoked").revoked.Store(true)
		}()
		require.InDelta(t, 10, revoked.closedAfter(4403, "Forbidden").Seconds(), 1.1)
		require.InDelta(t, 50, brief.closedAfter(4403, "Forbidden").Seconds(), 1.1)
		require.EqualValues(t, 2, w.srv.Stats().RevokedEnds)
	})
}

// A peer that stops reading is cut when it has taken nothing for WriteTimeout.
func TestStuckPeerIsCut(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		c := w.connect("ann")
		c.subscribe("1", feedA)
		synctest.Wait()
		w.res.publish("a", events(1, 1, 1000))
		synctest.Wait() // its page is being written
		for i := range 1000 {
			w.res.publish("a", events(i, 1, 1000))
		}
		time.Sleep(9 * time.Second)
		synctest.Wait()
		require.Equal(t, 1, w.srv.Stats().WebSockets)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		st := w.srv.Stats()
		require.Zero(t, st.WebSockets+st.Operations)
		require.EqualValues(t, 1, st.SlowEnds)
		require.EqualValues(t, 1, st.Deliveries)
		require.EqualValues(t, 1000-256, st.DroppedEvents, "all but the queue")
	})
}

// A peer that sends but takes nothing cannot make the server hold its answers.
func TestPeerThatOnlySendsIsCut(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		c := w.connect("ann")
		var err error
		for i := 0; err == nil && i < 10_000; i++ {
			err = c.WriteMessage(websocket.TextMessage, []byte(`{"type":"ping","payload":{"a":"0123456789"}}`))
		}
		require.Error(t, err)
		c = w.connect("ann")
		err = nil
		for i := 0; err == nil && i < 10_000; i++ {
			err = c.WriteMessage(websocket.TextMessage, []byte(`{"id":"`+time.Duration(i).String()+`","type":"subscribe","payload":{"query":"{nothing}"}}`))
		}
		require.Error(t, err)
		synctest.Wait()
		require.Zero(t, w.srv.Stats().WebSockets)
	})
}

func TestShutdown(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		c := w.connect("ann")
		c.subscribe("1", feedA)
		c.subscribe("2", `{hang}`)
		w.connect("never answers the close frame")
		synctest.Wait()
		require.EqualValues(t, 1, w.res.hanging.Load())
		w.stop()
		c.expectClose(1001, "Going away")
		start := time.Now()
		<-w.stopped
		require.InDelta(t, 2, time.Since(start).Seconds(), 0.1)
		st := w.srv.Stats()
		require.Zero(t, st.WebSockets+st.Operations+st.SharedExecutions)
		_, resp, err := w.tryDial(nil, subscription.Subprotocol)
		require.Error(t, err)
		require.Equal(t, http.StatusServiceUnavailable, resp.StatusCode)
	})
}
