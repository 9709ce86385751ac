package plan

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// Canonical returns the one JSON text of what d says. Two definitions have the same text exactly when they say the same
// of the same event: the order of what is a set (match, aliases, terminals, excluded names, maps by terminal), time zones
// and empty narrowings make no difference; the order of properties, fields and values does, people chose it. The revision
// is not part of the text: two revisions may say the same.
func (d *Definition) Canonical() []byte {
	return canonical("definition "+d.Key, d.normal())
}

// canonical returns the JSON text of v, which is in its normal form.
func canonical(what string, v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		// Only a time beyond the year 9999 cannot be encoded, and Validate refuses it.
		panic("plan: encode " + what + ": " + err.Error())
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// Digest returns the SHA-256 of Canonical as 64 hexadecimal digits.
func (d *Definition) Digest() string { return hash(d.Canonical()) }

func hash(canonical []byte) string {
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:])
}

// ParseDefinition reads what Canonical wrote. The caller sets RevisionID.
func ParseDefinition(canonical []byte) (Definition, error) {
	return parse[Definition]("definition", canonical)
}

// parse reads one JSON value that holds nothing which T does not know.
func parse[T any](what string, text []byte) (T, error) {
	var v, none T
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&v); err != nil {
		return none, fmt.Errorf("read %s: %w", what, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return none, fmt.Errorf("read %s: more text after it", what)
	}
	return v, nil
}

// normal returns a copy of d in which everything that makes no difference is the same.
func (d *Definition) normal() Definition {
	c := *d
	c.RevisionID = ""
	c.Match = normalMatch(d.Match)
	c.Aliases = normalAliases(d.Aliases)
	c.Terminals = normalSet(d.Terminals)
	c.ExcludedCommon = normalSet(d.ExcludedCommon)
	c.Properties = slices.Clone(d.Properties)
	for i := range c.Properties {
		c.Properties[i] = c.Properties[i].normal()
	}
	return c
}

func normalSet(names []string) []string { return slices.Sorted(slices.Values(names)) }

func normalMatch(match []Condition) []Condition {
	return slices.SortedFunc(slices.Values(match), func(a, b Condition) int {
		return cmp.Or(cmp.Compare(a.Property, b.Property), cmp.Compare(a.Value, b.Value))
	})
}

func normalAliases(aliases []Alias) []Alias {
	sorted := slices.SortedFunc(slices.Values(aliases), func(a, b Alias) int { return cmp.Compare(a.Name, b.Name) })
	for i := range sorted {
		sorted[i].Until = normalTime(sorted[i].Until)
	}
	return sorted
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
	c.NarrowingOn = normalNarrowings(r.NarrowingOn)
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
