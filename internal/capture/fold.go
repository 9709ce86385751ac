package capture

import (
	"math/bits"
	"time"

	"github.com/cespare/xxhash/v2"
)

// Fold recognises events that were reported before: the same environment carried the same id earlier in stream order, at
// most the window ago. Its answers follow from the sequence of its questions alone, so everybody who puts the events of a
// stream to a Fold in order, beginning at Since of the place where answers start to matter, gets the same ones.
//
// Time is counted in whole minutes: an id is remembered for at least the window and less than a minute more, counted from
// when it last came. Time that goes back by up to the window stands still; where it goes back by more (somebody set the
// clock), or forward by more than the window, the Fold starts over empty.
//
// A Fold takes about 20 bytes for an id in the window (see the benchmark) and nothing for older ones. It belongs to one
// goroutine.
type Fold struct {
	window int64 // in minutes
	now    int64 // the minute of the newest question; 0 before the first
	shards [foldShards]foldShard
}

// The table is cut into shards so that growing it never takes long: each grows by itself.
const foldShards = 64

// maxFoldWindow bounds the window; see stamp.
const maxFoldWindow = time.Hour

// NewFold returns an empty Fold that remembers ids for the window, which is rounded up to whole minutes; less than a
// minute counts as one, more than an hour as an hour.
func NewFold(window time.Duration) *Fold {
	window = min(max(window, time.Minute), maxFoldWindow)
	return &Fold{window: int64((window + time.Minute - 1) / time.Minute)}
}

// Since returns where a replay must begin for the Fold to answer rightly from the given time on.
func (f *Fold) Since(at time.Time) time.Time {
	return at.Truncate(time.Minute).Add(-time.Duration(f.window) * time.Minute)
}

// Seen marks an event, stored at the given time, as seen and tells whether it was a repeat. An event without id is never
// one.
func (f *Fold) Seen(environmentID, eventID string, at time.Time) bool {
	if eventID == "" {
		return false
	}
	f.advance(at.Unix() / 60)
	key := foldKey(environmentID, eventID)
	return f.shards[key%foldShards].seen(key/foldShards, f.now, f.window)
}

// Len returns how many ids the Fold holds in memory, and Bytes how much memory that takes.
func (f *Fold) Len() (n int) {
	for i := range f.shards {
		n += f.shards[i].used
	}
	return n
}

// Bytes returns how much memory the ids take.
func (f *Fold) Bytes() (n int) {
	for i := range f.shards {
		n += 8 * len(f.shards[i].slots)
	}
	return n
}

// foldKey mixes both ids into one number. The separator cannot be part of an environment's id.
func foldKey(environmentID, eventID string) uint64 {
	return bits.RotateLeft64(xxhash.Sum64String(environmentID), 31)*0x9e3779b185ebca87 ^ xxhash.Sum64String(eventID)
}

// advance moves time on, and clears one shard of old ids for each minute.
func (f *Fold) advance(minute int64) {
	switch {
	case minute == f.now:
		return
	case minute > f.now+f.window || minute < f.now-f.window:
		f.shards = [foldShards]foldShard{}
		f.now = minute
	default:
		for f.now < minute {
			f.now++
			f.shards[f.now%foldShards].sweep(f.now, f.window)
		}
	}
}
