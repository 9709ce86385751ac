package capture

import (
	"encoding/binary"
	"math"
	"time"
)

// DecodeRecord calls yield for each event of a record, numbering them from first on, until yield returns false. The event
// is valid until yield returns: it is overwritten by the next one, so whoever keeps it copies the struct. Its strings
// alias src.
//
// The error is ErrRecordVersion or ErrRecordDamaged; events before the damage were yielded then. Whatever src holds,
// nothing panics and the memory used is bounded by a small multiple of its size.
func DecodeRecord(src string, first int64, yield func(*Captured) bool) error {
	if len(src) == 0 || !isVersion(src[0]) {
		return ErrRecordVersion
	}
	r := recordReader{rest: src[1:], bits: [...]int{firstVersion: violationsBit, releaseVersion: releaseBit, runVersion: runBit, maskVersion: partialBit}[src[0]] + 1}
	var c Captured
	fields := stringFields(&c)
	count := r.uvarint()
	if count > MaxGroupEvents {
		return ErrRecordDamaged
	}
	for i := range int64(count) {
		r.event(&c, &fields)
		if r.bad {
			return ErrRecordDamaged
		}
		c.Seq = first + i
		if !yield(&c) {
			return nil
		}
	}
	if r.bad || r.rest != "" {
		return ErrRecordDamaged
	}
	return nil
}

func isVersion(b byte) bool { return b >= firstVersion && b <= lastVersion }

// recordReader reads a record; bad is set for good once something is not as it should be.
type recordReader struct {
	rest string
	bad  bool
	bits int // of a mask, in the record's version
}

func (r *recordReader) event(c *Captured, fields *[stringCount]*string) {
	mask := r.uvarint()
	c.Raw = r.text("")
	for i := 0; i < stringCount && mask>>i != 0; i++ {
		if mask&(1<<i) != 0 {
			*fields[i] = r.text(c.Raw)
		}
	}
	for i, t := range timeFields(c) {
		if mask&(1<<(timeBit+i)) != 0 {
			*t = r.time()
		}
	}
	if mask&(1<<typeBit) != 0 {
		c.Type = Type(r.byte())
	}
	if mask&(1<<verdictBit) != 0 {
		c.Verdict = Verdict(r.byte())
	}
	if mask&(1<<propertiesBit) != 0 {
		start := r.uvarint()
		c.PropertiesAt = Span{uint32(start), uint32(start + r.uvarint())}
	}
	if c.PropertiesAt.Start > c.PropertiesAt.End || int(c.PropertiesAt.End) > len(c.Raw) {
		r.bad = true
	}
	if c.Notes = nil; mask&(1<<notesBit) != 0 {
		c.Notes = r.notes(c.Raw)
	}
	if c.Violations = nil; mask&(1<<violationsBit) != 0 {
		c.Violations = r.violations(c.Raw)
	}
	if mask&(1<<releaseBit) != 0 {
		c.Release = r.number()
		c.Hash = r.text(c.Raw)
	}
	if mask&(1<<runBit) != 0 {
		c.RunID = r.text(c.Raw)
	}
	if c.Masks = nil; mask&(1<<maskBit) != 0 {
		c.Masks = r.masks(len(c.Raw))
	}
	c.Partial = c.Partial != (mask&(1<<partialBit) != 0)
	r.bad = r.bad || mask>>r.bits != 0
}

// uvarint reads a number. It is read from a string, for which package binary has no function.
func (r *recordReader) uvarint() uint64 {
	var v uint64
	for i := 0; i < len(r.rest) && i < binary.MaxVarintLen64; i++ {
		b := r.rest[i]
		v |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			r.rest = r.rest[i+1:]
			return v
		}
	}
	r.fail()
	return 0
}

// number reads a number that is not larger than those of people.
func (r *recordReader) number() int {
	n := r.uvarint()
	if n > math.MaxInt32 {
		r.fail()
		return 0
	}
	return int(n)
}

func (r *recordReader) fail() { r.rest, r.bad = "", true }

func (r *recordReader) byte() byte {
	if r.rest == "" {
		r.fail()
		return 0
	}
	b := r.rest[0]
	r.rest = r.rest[1:]
	return b
}

// text reads a string, which may stand in raw.
func (r *recordReader) text(raw string) string {
	head := r.uvarint()
	size := head >> 1
	if head&1 != 0 {
		at := r.uvarint()
		if size > uint64(len(raw)) || at > uint64(len(raw))-size {
			r.fail()
			return ""
		}
		return raw[at : at+size]
	}
	if size > uint64(len(r.rest)) {
		r.fail()
		return ""
	}
	s := r.rest[:size]
	r.rest = r.rest[size:]
	return s
}

func (r *recordReader) time() time.Time {
	zigzag := r.uvarint()
	sec, nano := int64(zigzag>>1)^-int64(zigzag&1), r.uvarint()
	if nano > 999_999_999 {
		r.fail()
	}
	return time.Unix(sec, int64(nano)).UTC()
}

// count reads how many things of at least size bytes follow.
func (r *recordReader) count(size int) int {
	n := r.uvarint()
	if n > uint64(len(r.rest)/size) {
		r.fail()
		return 0
	}
	return int(n)
}

func (r *recordReader) notes(raw string) []string {
	notes := make([]string, r.count(1))
	for i := range notes {
		notes[i] = r.text(raw)
	}
	return notes
}

func (r *recordReader) violations(raw string) []Violation {
	list := make([]Violation, r.count(5))
	for i := range list {
		v := &list[i]
		v.Severity = Severity(r.byte())
		for _, s := range [...]*string{&v.Code, &v.Property, &v.Expected, &v.Actual} {
			*s = r.text(raw)
		}
	}
	return list
}
