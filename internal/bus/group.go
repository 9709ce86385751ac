package bus

import (
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"time"
)

// Limits of a group and of the records in it.
const (
	// MaxGroupEvents is how many events a group and therefore a record may carry: the low 12 bits of a captured event's
	// number are its index in the group.
	MaxGroupEvents = 4096
	// MaxGroupBytes is where a group is closed. A single record may be larger (up to MaxRecordBytes) and goes alone.
	MaxGroupBytes = 512 << 10
	// MaxRecordBytes is the largest record that the embedded bus takes; an external server may take less.
	MaxRecordBytes = 8 << 20
)

// A group is one JetStream message:
//
//	0x57 0x01                                  magic “W”, version of this layout
//	{ uvarint events, uvarint length, bytes }  one per record, until the end of the message
//
// A group without records is a filler: it only moves the sequence numbers on (see Bus.advance).
const (
	groupMagic   = 0x57
	groupVersion = 1
	groupHeader  = 2
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
			if err != nil || !yield(events, record) { // err cannot be: decode has walked the body
				return
			}
			rest = tail
		}
	}
}

var (
	errGroupHeader = errors.New("no group header")
	errGroupRecord = errors.New("truncated or oversized record")
	errGroupEvents = fmt.Errorf("more than %d events", MaxGroupEvents)
)

// decode checks data, which g keeps a view of, and counts its events.
func (g *Group) decode(data []byte) error {
	if len(data) < groupHeader || data[0] != groupMagic || data[1] != groupVersion {
		return errGroupHeader
	}
	total := 0
	for rest := data[groupHeader:]; len(rest) > 0; {
		events, _, tail, err := cutRecord(rest)
		if err != nil {
			return err
		}
		if total += events; total > MaxGroupEvents {
			return errGroupEvents
		}
		rest = tail
	}
	g.body, g.Events = data[groupHeader:], total
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

func appendGroupHeader(dst []byte) []byte { return append(dst, groupMagic, groupVersion) }

func appendRecord(dst []byte, events int, record []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(events))
	dst = binary.AppendUvarint(dst, uint64(len(record)))
	return append(dst, record...)
}
