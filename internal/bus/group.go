package bus

import (
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/klauspost/compress/s2"
)

// Limits of a group and of the records in it.
const (
	// MaxGroupEvents is how many events a group and therefore a record may carry: the low 12 bits of a captured event's
	// number are its index in the group.
	MaxGroupEvents = 4096
	// MaxGroupBytes is where a group is closed. A single record may be larger (up to MaxRecordBytes) and goes alone.
	MaxGroupBytes = 512 << 10
	// MaxRecordBytes is the largest record that the embedded bus takes; an external server may take less. With its
	// headers it fits into 8 MiB, above which NATS advises against messages.
	MaxRecordBytes = 8<<20 - 1<<10
)

// A group is one JetStream message: 0x57 (“W”), a byte that says how the rest is packed, and the rest, which is
//
//	{ uvarint events, uvarint length, bytes }  for each record, to the end
//
// as it is (packing 1) or as one S2 block (packing 2). Packing saves disk and time: a byte is copied about ten times
// between Publish, the disk and a reader, which costs more than to pack and unpack it (BenchmarkPacking). A group without
// records is a filler: it only moves the sequence numbers on (see Bus.advance).
const (
	groupMagic  = 0x57
	packPlain   = 1
	packS2      = 2
	groupHeader = 2
	// packFrom is from which size on a group is packed; less has too little repetition in it.
	packFrom = 2 << 10
	// maxUnpacked bounds the memory that a message of others can make a reader take.
	maxUnpacked = MaxRecordBytes + MaxGroupBytes
	// maxRecordHeader bounds the two uvarints in front of a record.
	maxRecordHeader = binary.MaxVarintLen16 + binary.MaxVarintLen32
)

// Group is what one message of the stream carries.
type Group struct {
	// Seq is the group's sequence number in the stream.
	Seq uint64
	// Gap is how many sequence numbers before Seq are missing although the reader asked for them: they were trimmed, or
	// the stream lost them.
	Gap uint64
	// Time is when the server stored the group, by the server's clock.
	Time time.Time
	// Pending is how many groups are in the stream behind this one; 0 means the reader has caught up.
	Pending uint64
	// Events is how many events the records carry together.
	Events int
	// Damaged says why the message could not be read as a group (it was not written by this program); such a group has
	// no records, and reading goes on behind it.
	Damaged error

	body []byte
}

// Records yields each record with its number of events, in the order in which they were accepted. The bytes are valid
// only until the function that got the group returns.
func (g *Group) Records() iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
		for rest := g.body; len(rest) > 0; {
			events, record, tail, err := cutRecord(rest)
			if err != nil || !yield(events, record) { // err cannot be: count has walked the body
				return
			}
			rest = tail
		}
	}
}

var (
	errGroupHeader  = errors.New("no group header")
	errGroupPacking = errors.New("broken or oversized S2 block")
	errGroupRecord  = errors.New("truncated or oversized record")
	errGroupEvents  = fmt.Errorf("more than %d events", MaxGroupEvents)
)

// decode checks data, counts the events in it and returns scratch for the next call. g keeps a view of data or scratch.
func (g *Group) decode(data, scratch []byte) ([]byte, error) {
	if len(data) < groupHeader || data[0] != groupMagic {
		return scratch, errGroupHeader
	}
	body := data[groupHeader:]
	switch data[1] {
	case packPlain:
	case packS2:
		var err error
		if scratch, err = unpack(scratch, body); err != nil {
			return scratch, err
		}
		body = scratch
	default:
		return scratch, errGroupHeader
	}
	return scratch, g.count(body)
}

// unpack decodes an S2 block into scratch, which grows as needed.
func unpack(scratch, block []byte) ([]byte, error) {
	size, err := s2.DecodedLen(block)
	if err != nil || size > maxUnpacked {
		return scratch, errGroupPacking
	}
	out, err := s2.Decode(slices.Grow(scratch[:0], size)[:size], block)
	if err != nil {
		return scratch, errGroupPacking
	}
	return out, nil
}

// count walks the records of body and takes it if all is well.
func (g *Group) count(body []byte) error {
	total := 0
	for rest := body; len(rest) > 0; {
		events, _, tail, err := cutRecord(rest)
		if err != nil {
			return err
		}
		if total += events; total > MaxGroupEvents {
			return errGroupEvents
		}
		rest = tail
	}
	g.body, g.Events = body, total
	return nil
}

// cutRecord splits the first record off a group's body.
func cutRecord(body []byte) (events int, record, rest []byte, err error) {
	count, n := binary.Uvarint(body)
	if n <= 0 || count == 0 || count > MaxGroupEvents {
		return 0, nil, nil, errGroupRecord
	}
	size, m := binary.Uvarint(body[n:])
	if m <= 0 || size > uint64(len(body)-n-m) {
		return 0, nil, nil, errGroupRecord
	}
	body = body[n+m:]
	return int(count), body[:size:size], body[size:], nil
}

func appendGroupHeader(dst []byte) []byte { return append(dst, groupMagic, packPlain) }

// pack returns group as it is sent: packed into scratch, or as it is if that is not smaller. It also returns scratch.
func pack(scratch, group []byte) (message, newScratch []byte) {
	if len(group) < packFrom {
		return group, scratch
	}
	body := group[groupHeader:]
	scratch = slices.Grow(scratch[:0], groupHeader+s2.MaxEncodedLen(len(body)))
	block := s2.Encode(scratch[groupHeader:cap(scratch)], body)
	if len(block) >= len(body) {
		return group, scratch
	}
	message = scratch[:groupHeader+len(block)]
	message[0], message[1] = groupMagic, packS2
	return message, scratch
}

func appendRecord(dst []byte, events int, record []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(events))
	dst = binary.AppendUvarint(dst, uint64(len(record)))
	return append(dst, record...)
}
