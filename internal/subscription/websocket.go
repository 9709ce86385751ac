package subscription

import (
	"bufio"
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
	"github.com/gorilla/websocket"
)

// Subprotocol is the WebSocket subprotocol that is served.
const Subprotocol = "graphql-transport-ws"

// readBufferBytes is the size of a socket's read buffer, which it keeps while it is idle.
const readBufferBytes = 512

// WebSocket returns the transport for WebSockets.
func (s *Server) WebSocket() graphql.Transport { return webSocket{s} }

type webSocket struct{ srv *Server }

// Supports implements graphql.Transport.
func (webSocket) Supports(r *http.Request) bool { return websocket.IsWebSocketUpgrade(r) }

// Do implements graphql.Transport. It returns when the connection is upgraded, so that the HTTP server's goroutine and
// buffers are freed.
func (t webSocket) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	s := &socket{srv: t.srv, exec: exec, addr: t.srv.opts.ClientAddress(r)}
	if !originAllowed(r, t.srv.opts.Origins) {
		t.srv.refuse(w, http.StatusForbidden)
		return
	}
	if status := t.srv.admit(s.addr); status != 0 {
		t.srv.refuse(w, status)
		return
	}
	if !s.upgrade(w, r) {
		t.srv.release(s, s.addr, "")
		return
	}
	t.srv.stats.webSockets.Add(1)
	t.srv.enter(s)
	go s.read() // counted in wg by admit
	if s.ws.Subprotocol() != Subprotocol {
		s.close(closing{closeSubprotocol, "Subprotocol not acceptable"})
	}
}

// refuse answers a connection that is not taken.
func (s *Server) refuse(w http.ResponseWriter, status int) {
	s.stats.refused.Add(1)
	if status != http.StatusForbidden {
		w.Header().Set("Retry-After", "5")
	}
	http.Error(w, http.StatusText(status), status)
}

// upgrade takes the connection over from the HTTP server. On failure gorilla has answered the request.
func (s *socket) upgrade(w http.ResponseWriter, r *http.Request) bool {
	upgrader := websocket.Upgrader{
		HandshakeTimeout: s.srv.opts.WriteTimeout,
		ReadBufferSize:   readBufferBytes,
		WriteBufferSize:  readBufferBytes, // unused: only the flusher writes
		WriteBufferPool:  noWriteBuffers{},
		Subprotocols:     []string{Subprotocol},
		CheckOrigin:      func(*http.Request) bool { return true }, // see originAllowed
	}
	hijacked := &hijacker{ResponseWriter: w}
	ws, err := upgrader.Upgrade(hijacked, r, nil)
	if err != nil {
		return false
	}
	hijacked.conn.mute.Store(true)
	now := s.srv.opts.Clock()
	s.ws, s.conn = ws, hijacked.conn.Conn
	s.ctx, s.cancel = context.WithoutCancel(r.Context()), func() {} // until connection_init
	s.request, s.since, s.pinged = r, now, now
	s.seen.Store(now.UnixNano())
	s.prepareConn()
	ws.SetPingHandler(func(data string) error {
		s.heard()
		s.send(frame(opPong, []byte(data)))
		return nil
	})
	ws.SetPongHandler(func(string) error { s.heard(); return nil })
	ws.SetCloseHandler(func(int, string) error { return nil })
	return true
}

// prepareConn bounds what the kernel holds back for a slow peer, and gets at the non-blocking write.
func (s *socket) prepareConn() {
	if tcp, ok := innermost(s.conn).(*net.TCPConn); ok {
		_ = tcp.SetWriteBuffer(s.srv.opts.SocketBuffer)
	}
	switch c := s.conn.(type) { // no other types: their Write may do more than a system call
	case *net.TCPConn:
		s.raw, _ = c.SyscallConn()
	case *net.UnixConn:
		s.raw, _ = c.SyscallConn()
	}
}

// innermost returns the connection under TLS.
func innermost(c net.Conn) net.Conn {
	if t, ok := c.(*tls.Conn); ok {
		return t.NetConn()
	}
	return c
}

// hijacker gives gorilla a connection that it can shake hands on and then only read from.
type hijacker struct {
	http.ResponseWriter
	conn *mutedConn
}

// Hijack implements http.Hijacker, also for response writers that middleware has wrapped.
func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	h.conn = &mutedConn{Conn: conn}
	return h.conn, rw, nil
}

// mutedConn keeps gorilla, which answers violations of the protocol by itself, from writing into the middle of our
// frames: all writes go the way of the flusher.
type mutedConn struct {
	net.Conn
	mute atomic.Bool
}

// Write implements net.Conn.
func (c *mutedConn) Write(p []byte) (int, error) {
	if c.mute.Load() {
		return len(p), nil
	}
	return c.Conn.Write(p)
}

// noWriteBuffers is a pool of buffers that gorilla never takes one from, because it never writes.
type noWriteBuffers struct{}

func (noWriteBuffers) Get() any { return nil }
func (noWriteBuffers) Put(any)  {}
