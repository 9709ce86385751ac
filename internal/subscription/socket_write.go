package subscription

import (
	"bytes"
	"errors"
	"log/slog"
	"net"
	"slices"
	"time"
)

// The write side of a socket: what waits is queued under mu, the flusher copies and writes it, and for a slow peer a
// goroutine of the socket's own.

// maxControlBytes bounds what waits for a peer that sends pings but takes no pongs.
const maxControlBytes = 64 << 10

// send queues a frame that belongs to no operation.
func (s *socket) send(frame []byte) {
	s.mu.Lock()
	if !s.closing {
		s.control = append(s.control, frame...)
		s.queue()
	}
	tooMuch := len(s.control) > maxControlBytes
	s.mu.Unlock()
	if tooMuch {
		s.srv.stats.slowEnds.Add(1)
		s.abort()
	}
}

// queue puts s on the flusher's list if it can be written to and is not on it.
func (s *socket) queue() {
	if s.mark() {
		s.srv.flusher.add(s)
	}
}

// mark reports whether s has to be put on the flusher's list now.
func (s *socket) mark() bool {
	if s.queued || s.blocked {
		return false
	}
	s.queued = true
	return true
}

// flush copies what waits into one batch and writes it; it reports whether s has to be flushed again. It is called by
// one flushWorker at a time.
func (s *socket) flush(w *flushWorker) (again bool) {
	s.mu.Lock()
	s.queued = false
	if s.blocked {
		s.mu.Unlock()
		return false
	}
	s.drain(w)
	hangUp := s.hangUp
	s.mu.Unlock()
	if len(w.buf) == 0 {
		return false
	}
	s.srv.stats.writes.Add(1)
	n, err := 0, error(nil)
	if s.raw != nil {
		n, err = w.writer.write(s.raw, w.buf)
	}
	if err != nil {
		s.abort()
		return false
	}
	if n == len(w.buf) {
		if hangUp {
			_ = s.conn.Close()
		}
		return s.more()
	}
	s.leaveRest(bytes.Clone(w.buf[n:]))
	return false
}

// leaveRest gives s a writer of its own for what the kernel did not take.
func (s *socket) leaveRest(rest []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.finished { // so that its count in wg is still there
		s.blocked = true
		s.srv.wg.Go(func() { s.writeSlowly(rest) })
	}
}

// drain moves frames into w.buf, up to about maxBatchBytes; operations that end with it go to w.left.
func (s *socket) drain(w *flushWorker) {
	w.buf = append(w.buf[:0], s.control...)
	s.control = nil
	delivered := 0
	for i := 0; i < len(s.ops); i++ {
		v := s.ops[i]
		for len(w.buf) < maxBatchBytes {
			p := v.next()
			if p == nil {
				break
			}
			w.buf = appendPage(w.buf, v.prefix, p)
			if p.kind == pageNext {
				delivered++
			}
			if p.ends() {
				w.left = append(w.left, v)
				s.removeOp(i) // its id is free from here on
				i--
				break
			}
		}
	}
	s.srv.stats.deliveries.Add(uint64(delivered))
}

func (s *socket) removeOp(i int) {
	s.ops = slices.Delete(s.ops, i, i+1)
	if len(s.ops) == 0 {
		s.ops = nil
		s.since = s.srv.opts.Clock()
	}
}

// more reports whether s has to be put on the flusher's list because more waits.
func (s *socket) more() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.control) == 0 && !slices.ContainsFunc(s.ops, (*viewer).waiting) {
		return false
	}
	return s.mark()
}

// slowChunkBytes is how much a slow peer has to take within WriteTimeout.
const slowChunkBytes = 16 << 10

// writeSlowly writes what the kernel did not take at once, at the pace of the peer, and hands the socket back to the
// flusher. A peer that takes nothing is cut.
func (s *socket) writeSlowly(rest []byte) {
	for len(rest) > 0 {
		_ = s.conn.SetWriteDeadline(time.Now().Add(s.srv.opts.WriteTimeout))
		n, err := s.conn.Write(rest[:min(len(rest), slowChunkBytes)])
		if err != nil {
			if isTimeout(err) {
				s.srv.stats.slowEnds.Add(1)
				s.srv.opts.Logger.Info("cut a peer that takes no bytes", slog.String("peer", s.addr))
			}
			s.abort()
			return
		}
		rest = rest[n:]
	}
	_ = s.conn.SetWriteDeadline(time.Time{})
	s.mu.Lock()
	s.blocked = false
	hangUp := s.hangUp
	s.mu.Unlock()
	if hangUp {
		_ = s.conn.Close()
	} else if s.more() {
		s.srv.flusher.add(s)
	}
}

func isTimeout(err error) bool {
	ne, ok := errors.AsType[net.Error](err)
	return ok && ne.Timeout()
}
