package subscription

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// busySockets is how many sockets one cycle has to flush for the next one to wait for FlushDelay.
	busySockets = 32
	// socketsPerWorker is how many sockets are worth a worker of their own.
	socketsPerWorker = 32
	// maxBatchBytes is about how much is copied together for one write.
	maxBatchBytes = 256 << 10
)

// flusher writes what waits in sockets, in cycles: all sockets with something to write, several frames in one write, no
// goroutine per socket. It never waits for a peer: what the kernel does not take at once is written by a goroutine that
// the socket gets for that time. Under load a cycle starts FlushDelay after the one before, so that pages gather;
// otherwise at once.
type flusher struct {
	delay time.Duration
	wake  chan struct{} // of capacity 1: there is something to do
	rush  chan struct{} // of capacity 1: end the pause

	mu    sync.Mutex
	dirty []*socket
	spare []*socket     // the list of the cycle before, to be reused
	next  chan struct{} // closed at the end of the next cycle; nil when nobody waits for it

	workers []*flushWorker
}

func newFlusher(delay time.Duration) *flusher {
	f := &flusher{delay: delay, wake: make(chan struct{}, 1), rush: make(chan struct{}, 1)}
	for range runtime.GOMAXPROCS(0) {
		f.workers = append(f.workers, newFlushWorker(f))
	}
	return f
}

// add puts sockets on the list. They must not be on it; socket.queued says so.
func (f *flusher) add(sockets ...*socket) {
	if len(sockets) == 0 {
		return
	}
	f.mu.Lock()
	first := len(f.dirty) == 0
	f.dirty = append(f.dirty, sockets...)
	f.mu.Unlock()
	if first {
		signal(f.wake)
	}
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// catchUp waits until what was on the list has been flushed, or ctx ends.
func (f *flusher) catchUp(ctx context.Context) {
	f.mu.Lock()
	if f.next == nil {
		f.next = make(chan struct{})
	}
	flushed := f.next
	f.mu.Unlock()
	signal(f.rush)
	signal(f.wake)
	select {
	case <-ctx.Done():
	case <-flushed:
	}
}

// take begins a cycle: it returns the list, and what to close when it is flushed, if anybody waits.
func (f *flusher) take() (list []*socket, flushed chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	list, flushed = f.dirty, f.next
	f.dirty, f.spare, f.next = f.spare[:0], nil, nil
	return list, flushed
}

func (f *flusher) giveBack(list []*socket) {
	clear(list)
	f.mu.Lock()
	f.spare = list[:0]
	f.mu.Unlock()
}

// run flushes until ctx ends.
func (f *flusher) run(ctx context.Context) {
	pause := time.NewTimer(f.delay)
	defer pause.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-f.wake:
		}
		start := time.Now()
		list, flushed := f.take()
		f.flush(list)
		if flushed != nil {
			close(flushed)
		}
		busy := len(list) >= busySockets
		f.giveBack(list)
		if !busy {
			continue
		}
		pause.Reset(f.delay - time.Since(start))
		select {
		case <-ctx.Done():
			return
		case <-f.rush:
		case <-pause.C:
		}
	}
}

// flush flushes the sockets, on several processors when they are many.
func (f *flusher) flush(list []*socket) {
	var taken atomic.Int64
	work := func(w *flushWorker) {
		for i := int(taken.Add(1)) - 1; i < len(list); i = int(taken.Add(1)) - 1 {
			w.flush(list[i])
		}
	}
	var wg sync.WaitGroup
	for _, w := range f.workers[1:min(len(f.workers), 1+len(list)/socketsPerWorker)] {
		wg.Go(func() { work(w) })
	}
	work(f.workers[0])
	wg.Wait()
}

// flushWorker is one of the goroutines of a cycle with what it reuses.
type flushWorker struct {
	flusher *flusher
	buf     []byte
	left    []*viewer
	writer  rawWriter
}

func newFlushWorker(f *flusher) *flushWorker {
	w := &flushWorker{flusher: f}
	w.writer.init()
	return w
}

// flush writes one batch of s and puts s on the list again if more waits.
func (w *flushWorker) flush(s *socket) {
	if cap(w.buf) > 4*maxBatchBytes {
		w.buf = nil
	}
	again := s.flush(w)
	for i, v := range w.left {
		s.srv.end(v)
		w.left[i] = nil
	}
	w.left = w.left[:0]
	if again {
		w.flusher.add(s)
	}
}
