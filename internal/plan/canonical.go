package plan

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Canonical returns the one JSON text of what d says. Two definitions have the same text exactly when they say the same
// of the same event: the order of what is a set (match, aliases, terminals, excluded names, maps by terminal), time zones
// and empty narrowings make no difference; the order of properties, fields and values does, people chose it. The revision
// is not part of the text: two revisions may say the same.
func (d *Definition) Canonical() []byte {
	c := d.normal()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(&c); err != nil {
		// Only a time beyond the year 9999 cannot be encoded, and Validate refuses it.
		panic("plan: encode definition " + d.Key + ": " + err.Error())
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// Hash returns the SHA-256 of Canonical as 64 hexadecimal digits.
func (d *Definition) Hash() string {
	sum := sha256.Sum256(d.Canonical())
	return hex.EncodeToString(sum[:])
}

// ParseDefinition reads what Canonical wrote. The caller sets RevisionID.
func ParseDefinition(canonical []byte) (Definition, error) {
	var d Definition
	decoder := json.NewDecoder(bytes.NewReader(canonical))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&d); err != nil {
		return Definition{}, fmt.Errorf("read definition: %w", err)
	}
	if decoder.More() {
		return Definition{}, errors.New("read definition: more text after it")
	}
	return d, nil
}

// normal returns a copy of d in which everything that makes no difference is the same.
func (d *Definition) normal() Definition {
	c := *d
	c.RevisionID = ""
	c.Match = slices.SortedFunc(slices.Values(d.Match), func(a, b Condition) int {
		return cmp.Or(cmp.Compare(a.Property, b.Property), cmp.Compare(a.Value, b.Value))
	})
	c.Aliases = slices.SortedFunc(slices.Values(d.Aliases), func(a, b Alias) int { return cmp.Compare(a.Name, b.Name) })
	for i := range c.Aliases {
		c.Aliases[i].Until = normalTime(c.Aliases[i].Until)
	}
	c.Terminals = slices.Sorted(slices.Values(d.Terminals))
	c.ExcludedCommon = slices.Sorted(slices.Values(d.ExcludedCommon))
	c.Properties = slices.Clone(d.Properties)
	for i := range c.Properties {
		c.Properties[i] = c.Properties[i].normal()
	}
	return c
}

// normalTime drops the zone, and what is finer than any database keeps.
func normalTime(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	u := t.UTC().Truncate(time.Microsecond)
	return &u
}

func (r *PropertyRule) normal() PropertyRule {
	c := *r
	c.Type = r.Type.normal()
	c.Narrowing = normalNarrowing(r.Narrowing)
	on := make(map[string]*Constraints, len(r.NarrowingOn))
	for terminal, n := range r.NarrowingOn {
		if n = normalNarrowing(n); n != nil {
			on[terminal] = n
		}
	}
	c.NarrowingOn = on
	return c
}

// normalNarrowing returns nil for a narrowing that says nothing.
func normalNarrowing(c *Constraints) *Constraints {
	if c == nil || *c == (Constraints{}) {
		return nil
	}
	return c
}

// normal drops nullable where it states the default; in a narrowing the same false would mean something.
func (t *Type) normal() Type {
	c := *t
	if t.Nullable != nil && !*t.Nullable {
		c.Nullable = nil
	}
	if t.Items != nil {
		items := t.Items.normal()
		c.Items = &items
	}
	c.Fields = slices.Clone(t.Fields)
	for i := range c.Fields {
		c.Fields[i].Type = t.Fields[i].Type.normal()
	}
	return c
}
