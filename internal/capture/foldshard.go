package capture

// foldShard is a hash table with linear probing. A slot is 0 when free, else it holds 56 bits of a key above the minute
// (8 bits, of which 0 is left out) in which the key last came. Keys that are too old stay until the next sweep and are
// taken for absent.
type foldShard struct {
	slots []uint64
	used  int // slots that are not free
}

const (
	minFoldSlots = 16
	stampBits    = 8
	stampMask    = 1<<stampBits - 1
)

// stamp returns the minute as it stands in a slot: 1 to 255. It repeats after 255 minutes, while the oldest key in a
// shard is at most maxFoldWindow + foldShards minutes old, because advance sweeps each shard in turn.
func stamp(minute int64) uint64 { return uint64(minute%stampMask) + 1 }

// age returns how many minutes ago the slot's key came.
func age(slot uint64, now int64) int64 {
	return (int64(stamp(now)) - int64(slot&stampMask) + stampMask) % stampMask
}

// seen marks the key and reports whether it came within the window.
func (s *foldShard) seen(key uint64, now, window int64) bool {
	if 4*(s.used+1) > 3*len(s.slots) {
		s.sweep(now, window)
	}
	entry, mask := key<<stampBits|stamp(now), uint64(len(s.slots)-1)
	for i := key & mask; ; i = (i + 1) & mask {
		switch slot := s.slots[i]; {
		case slot == 0:
			s.slots[i] = entry
			s.used++
			return false
		case (slot^entry)>>stampBits == 0:
			s.slots[i] = entry
			return age(slot, now) <= window
		}
	}
}

// sweep drops the keys that are too old and makes the table at most half full, so that the next sweep for want of room
// comes after at least half as many new keys again.
func (s *foldShard) sweep(now, window int64) {
	live := 0
	for _, slot := range s.slots {
		if slot != 0 && age(slot, now) <= window {
			live++
		}
	}
	size := minFoldSlots
	for size < 2*(live+1) {
		size *= 2
	}
	old, mask := s.slots, uint64(size-1)
	s.slots, s.used = make([]uint64, size), live
	for _, slot := range old {
		if slot == 0 || age(slot, now) > window {
			continue
		}
		i := slot >> stampBits & mask
		for s.slots[i] != 0 {
			i = (i + 1) & mask
		}
		s.slots[i] = slot
	}
}
