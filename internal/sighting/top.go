package sighting

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
)

const (
	// MaxValues is how many values of a property are counted each by itself.
	MaxValues = 32
	// MaxValue is the longest value that is, in bytes.
	MaxValue = 64
)

// Value is a value that came often.
type Value struct {
	Shape Shape
	Text  string
	// Count is at least how often it came, and at most Error more than that.
	Count, Error int64
}

// Top counts the values that come most, in a fixed number of places (space saving: Metwally et al., 2005; put together as in
// Agarwal et al., Mergeable Summaries, 2012). Up to MaxValues different values are counted exactly.
type Top struct {
	values []Value
}

// Values returns the values, those that came most first. Among them are none of which nothing is known for certain.
func (t *Top) Values() []Value {
	list := slices.DeleteFunc(slices.Clone(t.values), func(v Value) bool { return v.Count <= v.Error })
	slices.SortFunc(list, func(a, b Value) int {
		return cmp.Or(cmp.Compare(b.Count-b.Error, a.Count-a.Error), compareValues(a, b))
	})
	return list
}

func compareValues(a, b Value) int {
	return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Text, b.Text), cmp.Compare(a.Shape, b.Shape))
}

// Exact says whether every value that came, but for those that are too long, is among them with its exact count.
func (t *Top) Exact() bool {
	return !slices.ContainsFunc(t.values, func(v Value) bool { return v.Error > 0 })
}

func (t *Top) note(shape Shape, text string) {
	if len(text) > MaxValue {
		return
	}
	least := 0
	for i := range t.values {
		v := &t.values[i]
		if v.Text == text && v.Shape == shape {
			v.Count++
			return
		}
		if v.Count < t.values[least].Count {
			least = i
		}
	}
	v := Value{Shape: shape, Text: strings.Clone(text), Count: 1}
	if len(t.values) < MaxValues {
		t.values = append(t.values, v)
		return
	}
	v.Error = t.values[least].Count
	v.Count += v.Error
	t.values[least] = v
}

// missed is at most how often a value came that is not there.
func (t *Top) missed() int64 {
	if len(t.values) < MaxValues {
		return 0
	}
	return slices.MinFunc(t.values, func(a, b Value) int { return cmp.Compare(a.Count, b.Count) }).Count
}

func (t *Top) find(v *Value) int {
	return slices.IndexFunc(t.values, func(o Value) bool { return o.Text == v.Text && o.Shape == v.Shape })
}

func (t *Top) add(o *Top) {
	mine, theirs := t.missed(), o.missed()
	known := len(t.values)
	for _, v := range o.values {
		if i := t.find(&v); i >= 0 {
			t.values[i].Count += v.Count
			t.values[i].Error += v.Error
		} else {
			v.Count, v.Error = v.Count+mine, v.Error+mine
			t.values = append(t.values, v)
		}
	}
	for i := range t.values[:known] {
		if v := &t.values[i]; theirs > 0 && o.find(v) < 0 {
			v.Count, v.Error = v.Count+theirs, v.Error+theirs
		}
	}
	if len(t.values) > MaxValues {
		slices.SortFunc(t.values, compareValues)
		t.values = slices.Clone(t.values[:MaxValues])
	}
}

func (t *Top) append(to []byte) []byte {
	to = binary.AppendUvarint(to, uint64(len(t.values)))
	for _, v := range t.values {
		to = appendText(append(to, byte(v.Shape)), v.Text)
		to = binary.AppendVarint(binary.AppendVarint(to, v.Count), v.Error)
	}
	return to
}
