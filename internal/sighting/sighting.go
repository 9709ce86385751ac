// Package sighting adds up what was seen of a property: what its values looked like, which came most, between which numbers
// they lay. It holds figures, not events: its size does not grow with what it has seen.
//
// The package is pure. Its values belong to one goroutine.
package sighting

import (
	"encoding/binary"
	"errors"

	"github.com/waymarkhq/waymark/internal/capture"
)

// Counts are how often a property came, by what its value looked like.
type Counts [shapes]int64

// Seen is how often the property came at all.
func (c *Counts) Seen() (n int64) {
	for _, of := range c {
		n += of
	}
	return n
}

// Empty is how often it came without saying anything: null, the empty string, or what a programming language prints for
// a value that is not there.
func (c *Counts) Empty() int64 { return c[Null] + c[Blank] }

// Filled is how often it came with a value.
func (c *Counts) Filled() int64 { return c.Seen() - c.Empty() }

// Add adds what others counted.
func (c *Counts) Add(o *Counts) {
	for i, n := range o {
		c[i] += n
	}
}

// Summary is what was seen of one property's values. The zero value has seen nothing.
type Summary struct {
	Counts
	// Least and Most bound the numbers among the values, also those in strings.
	Least, Most Bound
	Top         Top
	// Masked is how many of them were masked, as they looked personal or their property is.
	Masked int64
}

// Note counts a value: its node on a tape, followed by what is in it. Where it is nobody's business, only what it looks like
// is kept. Nowhere else does a value get into figures.
func (s *Summary) Note(value capture.Tape, secret bool) Shape {
	shape, n := ShapeOf(value), &value[0]
	s.Counts[shape]++
	if secret || shape == Null || shape == Blank || shape >= List {
		return shape
	}
	if shape.numeric() {
		b := boundOf(n.Text)
		s.Least.lower(b)
		s.Most.raise(b)
	}
	s.Top.note(shape, n.Text)
	return shape
}

// Add adds what others saw.
func (s *Summary) Add(o *Summary) {
	s.Counts.Add(&o.Counts)
	s.Least.lower(o.Least)
	s.Most.raise(o.Most)
	s.Top.add(&o.Top)
	s.Masked += o.Masked
}

// HasValues says whether any of the values is kept.
func (s *Summary) HasValues() bool { return s.Least.Text != "" || len(s.Top.values) > 0 }

// Forget forgets the values and leaves the counts.
func (s *Summary) Forget() { s.Least, s.Most, s.Top = Bound{}, Bound{}, Top{} }

// format begins what is stored; another one will have another number. Summaries with something masked are of maskedFormat, so that
// others can be read by an earlier program.
const format, maskedFormat = 1, 2

var errDamaged = errors.New("these figures of a property cannot be read")

// Append appends the form in which a summary is stored.
func (s *Summary) Append(to []byte) []byte {
	if s.Masked > 0 {
		to = binary.AppendVarint(append(to, maskedFormat), s.Masked)
	} else {
		to = append(to, format)
	}
	to = s.Counts.Append(to)
	to = appendText(to, s.Least.Text)
	to = appendText(to, s.Most.Text)
	return s.Top.append(to)
}

// ReadSummary reads what Append has written.
func ReadSummary(from []byte) (*Summary, error) {
	r := reader{from: from}
	s := &Summary{}
	switch r.byte() {
	case format:
	case maskedFormat:
		s.Masked = r.int()
	default:
		return nil, errDamaged
	}
	r.counts(&s.Counts)
	s.Least, s.Most = boundOf(r.text()), boundOf(r.text())
	r.top(&s.Top)
	return s, r.err()
}

// Append appends the form in which counts are stored.
func (c *Counts) Append(to []byte) []byte {
	which := uint64(0)
	for i, n := range c {
		if n != 0 {
			which |= 1 << i
		}
	}
	to = binary.AppendUvarint(to, which)
	for _, n := range c {
		if n != 0 {
			to = binary.AppendVarint(to, n)
		}
	}
	return to
}

// Fill is how often each property of an event came, by name.
type Fill map[string]*Counts

// Note counts a property.
func (f Fill) Note(name string, shape Shape) {
	c := f[name]
	if c == nil {
		c = &Counts{}
		f[name] = c
	}
	c[shape]++
}

// Add adds what others counted.
func (f Fill) Add(o Fill) {
	for name, n := range o {
		if c := f[name]; c != nil {
			c.Add(n)
		} else {
			copied := *n
			f[name] = &copied
		}
	}
}

// Append appends the form in which it is stored.
func (f Fill) Append(to []byte) []byte {
	to = append(to, format)
	for name, c := range f {
		to = c.Append(appendText(to, name))
	}
	return to
}

// ReadFill reads what Append has written.
func ReadFill(from []byte) (Fill, error) {
	r := reader{from: from}
	if r.byte() != format {
		return nil, errDamaged
	}
	f := Fill{}
	for len(r.from) > 0 && !r.damaged {
		c := &Counts{}
		f[r.text()] = c
		r.counts(c)
	}
	return f, r.err()
}
