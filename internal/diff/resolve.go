package diff

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Side is one of two sides of a merge.
type Side string

// The sides.
const (
	Ours   Side = "OURS"
	Theirs Side = "THEIRS"
)

// Choice settles a conflict: by one of the sides, or by a value of its own.
type Choice struct {
	Side Side `json:"side,omitempty"`
	// Value is JSON; it holds where no side is named.
	Value json.RawMessage `json:"value,omitempty"`
}

// Resolve settles conflicts of a merged text by choices, which are found by the conflicts' paths, and returns those that
// are still open, for which the text has ours. An element that comes back by a choice stands behind the others. The error
// is of a choice that is none, or that belongs to no conflict.
func Resolve(merged []byte, conflicts []Conflict, choices map[string]Choice, s Shape) (resolved []byte, open []Conflict, err error) {
	t, err := read("the merged text", merged)
	if err != nil {
		return nil, nil, err
	}
	left := maps.Clone(choices)
	for i := range conflicts {
		c := &conflicts[i]
		choice, ok := choices[c.Path]
		if !ok {
			open = append(open, *c)
			continue
		}
		delete(left, c.Path)
		value, err := choice.value(c)
		if err != nil {
			return nil, nil, err
		}
		if t, err = s.form.put(t, c.At, value); err != nil {
			return nil, nil, fmt.Errorf("resolve %s: %w", c.Path, err)
		}
	}
	for _, path := range slices.Sorted(maps.Keys(left)) {
		return nil, nil, fmt.Errorf("resolve %s: there is no conflict", path)
	}
	return t, open, nil
}

func (c *Choice) value(of *Conflict) (text, error) {
	switch {
	case c.Side == Ours:
		return text(bytes.Clone(of.Ours)), nil
	case c.Side == Theirs:
		return text(bytes.Clone(of.Theirs)), nil
	case c.Side != "":
		return nil, fmt.Errorf("resolve %s: %q is no side", of.Path, c.Side)
	case len(c.Value) == 0:
		return nil, fmt.Errorf("resolve %s: a side or a value is needed", of.Path)
	default:
		return read("the value of "+of.Path, c.Value)
	}
}
