package bus

import "time"

// maxHold bounds how long a group is kept back.
const maxHold = 2 * time.Millisecond

// hold keeps the next group back until those callers are in it who were answered a moment ago.
//
// A collector's callers come in rounds: who gets an answer sends its next payload. Without a hold the first one back
// would leave in a group of its own and the others in the next one, so that n callers pay two fsyncs a round. With it
// they pay one, and as the round gets shorter by an fsync everybody is served sooner (BenchmarkRounds). It cannot cost
// much: it ends with the last expected caller, and after as long as the group before it took, at most maxHold. A caller
// who is alone, now and in the round before, never waits.
//
// It is for groups that cost an fsync. One that is only written is cheaper than a timer, which is no finer than about a
// millisecond in a process that has nothing else to do.
//
// Its fields belong to the committer's lock.
type hold struct {
	enabled bool
	want    int // the records that the open group shall have; 0 when nothing is held
	number  uint64
	timer   *time.Timer
	expired func(number uint64) // called from the timer, without the lock
}

// begin starts a hold: done has just become durable, which took as long, and open (or nil) is the group behind it.
func (h *hold) begin(done, open *outgoing, took time.Duration) {
	h.end()
	if !h.enabled {
		return
	}
	h.want = done.records
	if open != nil {
		h.want += open.records
	}
	if h.want == 1 {
		h.want = 0
		return
	}
	number := h.number
	h.timer = time.AfterFunc(min(took, maxHold), func() { h.expired(number) })
}

// keeps reports whether open has to wait for more records.
func (h *hold) keeps(open *outgoing) bool {
	return h.want > 0 && (open == nil || open.records < h.want)
}

// end stops the hold, if there is one.
func (h *hold) end() {
	if h.want == 0 {
		return
	}
	h.want = 0
	h.number++
	h.timer.Stop()
}
