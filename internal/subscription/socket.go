package subscription

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/gorilla/websocket"
)

// closeWait is how long a peer may take to answer a close frame.
const closeWait = 2 * time.Second

// socket is one WebSocket. Its read goroutine takes one message after the other; writes are done by the flusher, and by
// a goroutine of its own while the peer is slow.
type socket struct {
	srv  *Server
	exec graphql.GraphExecutor
	ws   *websocket.Conn // for reading only
	conn net.Conn        // for writing
	raw  syscall.RawConn // of conn; nil where it has no non-blocking write
	addr string
	seen atomic.Int64 // Unix nanoseconds when the peer was last heard

	ctx    context.Context //nolint:containedctx // parent of its operations; of the read goroutine, like cancel
	cancel context.CancelFunc

	mu       sync.Mutex
	request  *http.Request // until connection_init
	identity Identity      // nil until it is acknowledged
	subject  string        // as counted
	control  []byte        // frames that go before all pages
	ops      []*viewer
	since    time.Time // opened, or without operations since
	pinged   time.Time
	queued   bool // on the flusher's list
	blocked  bool // a goroutine is writing
	closing  bool // a close frame is queued or sent: no operations any more
	hangUp   bool // close the connection when all is written
	finished bool // the read goroutine is ending
}

// read is the read goroutine.
func (s *socket) read() {
	defer s.finish()
	for {
		kind, r, err := s.ws.NextReader()
		if err != nil {
			s.readFailed(err)
			return
		}
		s.heard()
		if kind != websocket.TextMessage {
			s.close(closing{closeBadRequest, "Binary messages are not supported"})
			continue
		}
		s.take(r)
	}
}

// take handles one message on a goroutine of its own and waits for it: decoding and executing need a deep stack, which
// the read goroutine would keep for as long as the connection is idle.
func (s *socket) take(r io.Reader) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.srv.guard("connection", func() { s.handle(r) }, func() {
			s.close(closing{closeInternal, "Internal server error"})
		})
	}()
	<-done
}

var messageBuffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// handle reads a message and does what it says.
func (s *socket) handle(r io.Reader) {
	buf := messageBuffers.Get().(*bytes.Buffer) //nolint:forcetypeassert // the pool holds nothing else
	defer messageBuffers.Put(buf)
	buf.Reset()
	n, err := buf.ReadFrom(io.LimitReader(r, s.srv.opts.MaxMessageBytes+1))
	if err != nil || s.isClosing() {
		return // NextReader returns the error again
	}
	if n > s.srv.opts.MaxMessageBytes {
		s.close(closing{closeBadRequest, "Message too large"})
		return
	}
	m, err := decodeMessage(buf.Bytes())
	if err != nil {
		s.close(closing{closeBadRequest, "Invalid message: " + err.Error()})
		return
	}
	switch m.kind {
	case typeInit:
		s.initialise(m.init)
	case typePing:
		s.send(pongMessage(m.ping))
	case typePong:
	case typeComplete:
		s.complete(m.id)
	case typeSubscribe:
		s.subscribe(m.id, m.params)
	}
}

// readFailed handles the end of what can be read.
func (s *socket) readFailed(err error) {
	var closed *websocket.CloseError
	switch {
	case errors.As(err, &closed) && closed.Code == websocket.CloseAbnormalClosure:
	case errors.As(err, &closed):
		s.hangUpWith(closing{code: closed.Code})
	case strings.HasPrefix(err.Error(), "websocket: "): // gorilla's prefix for violations of RFC 6455
		s.hangUpWith(closing{closeProtocolError, strings.TrimPrefix(err.Error(), "websocket: ")})
	}
}

// hangUpWith closes the connection as soon as the close frame is written, and waits for that. When a close frame was sent
// before, the connection is just left: the peer has answered, or never will.
func (s *socket) hangUpWith(c closing) {
	if s.shut(c, true) {
		_, _ = io.Copy(io.Discard, s.conn)
	}
}

// finish frees everything when nothing can be read any more.
func (s *socket) finish() {
	_ = s.conn.Close()
	s.mu.Lock()
	s.closing, s.finished = true, true
	ops := s.retireAll()
	subject := s.subject
	s.mu.Unlock()
	s.endAll(ops)
	s.cancel()
	s.srv.stats.webSockets.Add(-1)
	s.srv.release(s, s.addr, subject)
}

func (s *socket) retireAll() []*viewer {
	ops := s.ops
	s.ops = nil
	for _, v := range ops {
		v.retire()
	}
	return ops
}

func (s *socket) endAll(ops []*viewer) {
	for _, v := range ops {
		s.srv.end(v)
	}
}

// close ends all operations and sends a close frame; the read goroutine ends when the peer has answered it or closeWait
// is over. Only the first close counts.
func (s *socket) close(c closing) { s.shut(c, false) }

func (s *socket) shut(c closing, hangUp bool) (first bool) {
	s.mu.Lock()
	if s.closing {
		s.mu.Unlock()
		return false
	}
	s.closing, s.hangUp = true, hangUp
	ops := s.retireAll()
	s.control = append(s.control, c.frame()...)
	s.queue()
	_ = s.conn.SetReadDeadline(time.Now().Add(closeWait))
	s.mu.Unlock()
	s.endAll(ops)
	return true
}

func (s *socket) isClosing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closing
}

func (s *socket) heard() { s.seen.Store(s.srv.opts.Clock().UnixNano()) }

// tick implements connection.
func (s *socket) tick(now time.Time) {
	s.mu.Lock()
	id, since, idle := s.identity, s.since, len(s.ops) == 0
	waiting, closed := s.request != nil, s.closing
	ping := !closed && now.Sub(s.pinged) >= s.srv.opts.PingInterval
	if ping {
		s.pinged = now
	}
	s.mu.Unlock()
	switch {
	case closed:
	case waiting && now.Sub(since) >= s.srv.opts.InitTimeout:
		s.close(closing{closeInitTimeout, "Connection initialisation timeout"})
	case id != nil && s.srv.valid(id, now) != nil:
		s.cut()
	case now.Sub(time.Unix(0, s.seen.Load())) >= 2*s.srv.opts.PingInterval:
		s.abort()
	case id != nil && idle && now.Sub(since) >= s.srv.opts.IdleTimeout:
		s.close(closing{closeGoingAway, "Idle"})
	case ping:
		s.send(frame(opPing, nil))
	}
}

// cut implements outlet.
func (s *socket) cut() {
	if !s.isClosing() {
		s.srv.stats.revokedEnds.Add(1)
	}
	s.close(closing{closeForbidden, "Forbidden"})
}

// goAway implements connection.
func (s *socket) goAway() { s.close(closing{closeGoingAway, "Going away"}) }

// abort implements connection. What the peer has not taken is thrown away, in the kernel too.
func (s *socket) abort() {
	if tcp, ok := innermost(s.conn).(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = s.conn.Close()
}

// offer implements outlet.
func (s *socket) offer(v *viewer, p *page) (do todo) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return do
	}
	if s.identity.Err() != nil {
		do.cut = true
		return do
	}
	v.push(p)
	do.pressed = !s.blocked && !v.asked && v.pressed()
	if v.waiting() && s.mark() {
		do.flush = s
	}
	return do
}

// takeLoss implements outlet.
func (s *socket) takeLoss(v *viewer) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return v.takeLoss()
}

// tell implements outlet.
func (s *socket) tell(v *viewer, p *page) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v.tell(p)
	if !s.closing {
		s.queue()
	}
}
