package bus

import (
	"context"
	"errors"
	"sync"
)

// errDisconnected ends the sessions of readers, which then wait for the stream to be verified again.
var errDisconnected = errors.New("connection lost")

// streamState is what the bus knows of its stream. An era is a time in which it is known to be the stream that
// EnsureStream saw: from then, or from the check after a reconnect, until the connection breaks or the stream is lost.
type streamState struct {
	mu      sync.Mutex
	id      string                  // as EnsureStream saw it last; empty before
	broken  uint64                  // how many times the connection broke
	lost    bool                    // it is another stream now: only EnsureStream helps
	era     context.Context         //nolint:containedctx // a span of time in which others work; nil between eras
	endEra  context.CancelCauseFunc // of era
	changed chan struct{}           // closed at the next change; nil if nobody waits
}

// connection names the connection that exists now, for begin.
func (s *streamState) connection() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.broken
}

// begin starts an era for stream id as it was seen over the given connection, and calls open. It starts none if that
// connection has broken since: then the stream has to be looked at again.
func (s *streamState) begin(parent context.Context, id string, connection uint64, open func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.id != id {
		s.endLocked(ErrStreamLost)
	}
	s.id, s.lost = id, false
	if connection == s.broken {
		if s.era == nil {
			s.era, s.endEra = context.WithCancelCause(parent)
		}
		open()
	}
	s.notifyLocked()
}

// disconnect ends the era and calls shut.
func (s *streamState) disconnect(shut func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken++
	s.endLocked(errDisconnected)
	shut()
}

// doubt ends the era, so that the stream is looked at again.
func (s *streamState) doubt() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.endLocked(errDisconnected)
}

// lose ends the era for good, until EnsureStream, and calls shut.
func (s *streamState) lose(shut func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lost = true
	s.endLocked(ErrStreamLost)
	shut()
}

func (s *streamState) endLocked(cause error) {
	if s.era != nil {
		s.endEra(cause)
		s.era, s.endEra = nil, nil
	}
	s.notifyLocked()
}

func (s *streamState) notifyLocked() {
	if s.changed != nil {
		close(s.changed)
		s.changed = nil
	}
}

// needsCheck reports whether the stream has to be looked at before an era can begin.
func (s *streamState) needsCheck() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.id != "" && s.era == nil && !s.lost
}

// current is the identity of the stream that EnsureStream saw; empty before.
func (s *streamState) current() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.id
}

// wait returns the era, as soon as there is one. It ends with ErrStreamLost, with errNotReady if EnsureStream was never
// called, or with ctx.
func (s *streamState) wait(ctx context.Context) (era context.Context, id string, err error) {
	for {
		s.mu.Lock()
		era, id, lost := s.era, s.id, s.lost
		if s.changed == nil {
			s.changed = make(chan struct{})
		}
		changed := s.changed
		s.mu.Unlock()
		switch {
		case lost:
			return nil, "", ErrStreamLost
		case id == "":
			return nil, "", errNotReady
		case era != nil:
			return era, id, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, "", context.Cause(ctx)
		}
	}
}
