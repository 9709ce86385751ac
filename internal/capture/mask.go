package capture

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
)

// Mask is a part of an event's Raw that was replaced by a masked text of the same length, so that nothing behind it moved.
type Mask struct {
	At Span
	// Text is what stood there; empty where the environment does not keep originals.
	Text string
	// Was tells of what kind that was.
	Was MaskedKind
}

// MaskedKind is what kind of value a mask hides: what is no string becomes one.
type MaskedKind uint8

// The kinds. Their numbers are in records.
const (
	MaskedText    MaskedKind = iota // in a string
	MaskedInteger                   // a number without a fraction and an exponent
	MaskedNumber                    // any other number
	MaskedBool
)

const (
	maskTextBit   = 1
	maskKindShift = 1
	maskKinds     = 3 // the bits of a kind
	maskSizeShift = 3
)

// Masked replaces parts of the event's Raw: raw is the new text, of the old length, and masks are the parts that differ. The
// event's strings that stand in Raw follow, but for the ids by which repeats and test runs are told (ID, RunID). One that was
// a number, as an id may be, is the text that became of it, without the quotes.
func (c *Captured) Masked(raw string, masks []Mask) {
	id, run := c.ID, c.RunID
	c.rebase(raw, func(at Span) Span {
		if m := maskFrom(masks, at.Start); m != nil && m.At == at && m.Was != MaskedText && at.End-at.Start > 2 {
			return m.inside()
		}
		return at
	})
	c.ID, c.RunID, c.Masks = id, run, masks
}

// inside is where the text of a value stands that was no string and became one.
func (m *Mask) inside() Span { return Span{m.At.Start + 1, m.At.End - 1} }

// maskFrom returns the mask that starts at a place, of masks in their order, or nil.
func maskFrom(masks []Mask, start uint32) *Mask {
	i, found := slices.BinarySearchFunc(masks, start, func(m Mask, at uint32) int { return cmp.Compare(m.At.Start, at) })
	if !found {
		return nil
	}
	return &masks[i]
}

// HasOriginal reports whether what is masked is kept.
func (c *Captured) HasOriginal() bool {
	return slices.ContainsFunc(c.Masks, func(m Mask) bool { return m.Text != "" })
}

// Unmasked returns the event as it was reported, as far as originals are kept; the event itself where none are. It shares
// what it can with c.
func (c *Captured) Unmasked() *Captured {
	if !c.HasOriginal() {
		return c
	}
	var raw strings.Builder
	raw.Grow(len(c.Raw))
	end := uint32(0)
	var left []Mask
	for _, m := range c.Masks {
		raw.WriteString(c.Raw[end:m.At.Start])
		if end = m.At.End; m.Text == "" {
			left = append(left, m)
			raw.WriteString(c.Raw[m.At.Start:end])
			continue
		}
		raw.WriteString(m.Text)
	}
	raw.WriteString(c.Raw[end:])
	out := *c
	out.Violations, out.Notes = slices.Clone(c.Violations), slices.Clone(c.Notes)
	out.rebase(raw.String(), func(at Span) Span {
		if m := maskFrom(c.Masks, at.Start-1); m != nil && m.Was != MaskedText && m.inside() == at && m.Text != "" {
			return m.At
		}
		return at
	})
	out.Masks = left
	return &out
}

// InRaw reports whether one of the event's strings is a part of Raw, in the same memory.
func (c *Captured) InRaw(s string) bool {
	_, in := placeIn(c.Raw, s)
	return in
}

// rebase replaces Raw by a text of its length, and the strings that stand in the one by those at the same places in the
// other; the event's own by those at the places that moved says.
func (c *Captured) rebase(raw string, moved func(Span) Span) {
	old := c.Raw
	move := func(s *string) {
		if at, ok := placeIn(old, *s); ok {
			*s = raw[at : at+len(*s)]
		}
	}
	for _, s := range stringFields(c) {
		if at, ok := placeIn(old, *s); ok {
			to := moved(Span{uint32(at), uint32(at + len(*s))})
			*s = raw[to.Start:to.End]
		}
	}
	move(&c.RunID)
	for i := range c.Notes {
		move(&c.Notes[i])
	}
	for i := range c.Violations {
		v := &c.Violations[i]
		move(&v.Property)
		move(&v.Expected)
		move(&v.Actual)
	}
	c.Raw = raw
}

// The masks of a record are their number, and then for each: how far behind the one before it starts, its length × 8 + its
// kind × 2 + 1 where its text follows, and the text.
func appendMasks(dst []byte, masks []Mask) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(masks)))
	end := uint32(0)
	for _, m := range masks {
		dst = binary.AppendUvarint(dst, uint64(m.At.Start-end))
		size := uint64(m.At.End-m.At.Start)<<maskSizeShift | uint64(m.Was)<<maskKindShift
		if end = m.At.End; m.Text != "" {
			size |= maskTextBit
		}
		dst = binary.AppendUvarint(dst, size)
		dst = append(dst, m.Text...)
	}
	return dst
}

func (r *recordReader) masks(raw int) []Mask {
	list := make([]Mask, r.count(2))
	end := uint64(0)
	for i := range list {
		start := end + r.uvarint()
		flags := r.uvarint()
		size := flags >> maskSizeShift
		end = start + size
		if start < end-size || end <= start || end > uint64(raw) {
			r.fail()
			return nil
		}
		list[i].At, list[i].Was = Span{uint32(start), uint32(end)}, MaskedKind(flags>>maskKindShift&maskKinds)
		if flags&maskTextBit == 0 {
			continue
		}
		if size > uint64(len(r.rest)) {
			r.fail()
			return nil
		}
		list[i].Text, r.rest = r.rest[:size], r.rest[size:]
	}
	return list
}
