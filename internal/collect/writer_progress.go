package collect

import (
	"sync"
	"time"
)

// Lag is how far the database is behind the stream.
type Lag struct {
	// Leading says whether this process is the writer; the others know nothing of the lag.
	Leading bool
	// Groups are in the stream and not in the database.
	Groups uint64
	// Age is how long ago the oldest of them was stored in the stream; zero when there is none.
	Age time.Duration
}

// progress is how far a writer has come. It is safe for concurrent use.
type progress struct {
	mu            sync.Mutex
	leading, once bool
	done          uint64    // the last group in the database
	read          uint64    // the last group that was read
	readAt        time.Time // when that one was stored
	pending       uint64    // groups behind it
	oldest        time.Time // when the oldest group was stored that was read and is not in the database; zero for none
}

func (p *progress) lead(done uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.leading, p.once = true, true
	p.done, p.read, p.pending, p.oldest = done, done, 0, time.Time{}
}

func (p *progress) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.leading = false
}

// led reports whether the writer has ever led.
func (p *progress) led() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.once
}

func (p *progress) noteRead(seq, pending uint64, at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.read, p.readAt, p.pending = seq, at, pending
	if p.oldest.IsZero() {
		p.oldest = at
	}
}

func (p *progress) noteDone(seq uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done, p.oldest = seq, time.Time{}
	if p.read > seq { // by one group: the reader is that far ahead
		p.oldest = p.readAt
	}
}

func (p *progress) lag(now time.Time) Lag {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := Lag{Leading: p.leading}
	if !p.leading {
		return l
	}
	l.Groups = p.read - p.done + p.pending
	if !p.oldest.IsZero() {
		l.Age = max(0, now.Sub(p.oldest))
	}
	return l
}
