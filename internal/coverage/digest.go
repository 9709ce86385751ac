package coverage

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"github.com/waymarkhq/waymark/internal/plan"
)

// digestBytes is how much of a hash tells definitions of one event apart.
const digestBytes = 12

// digestOf names values that JSON can write.
func digestOf(parts ...any) string {
	text, err := json.Marshal(parts)
	if err != nil {
		panic(err) // definitions are plain values
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:digestBytes])
}

// propertyDigest names what the plan says of a property. What only people read, such as labels, is left out; so is whether
// it has to be there, as that says nothing of a value that came.
func (b *targetBuilder) propertyDigest(t *plan.Type, e *plan.Effective) string {
	parts := []any{b.bare(t)}
	for _, c := range e.Constraints[1:] {
		parts = append(parts, b.resolved(c))
	}
	return digestOf(append(parts, e.NonEmpty())...)
}

// eventDigest names what the plan says of the event on the terminal.
func (b *targetBuilder) eventDigest() string {
	d := b.definition
	parts := []any{d.WireName, d.Kind, d.Match, d.ExcludedCommon}
	for i := range b.properties {
		p := &b.properties[i]
		parts = append(parts, p.Name, p.Required, p.Hash)
	}
	return digestOf(parts...)
}

// bare is a type without labels, its value sets in full.
func (b *targetBuilder) bare(t *plan.Type) any {
	type field struct {
		Name     string
		Required bool
		Type     any
	}
	var fields []field
	for i := range t.Fields {
		fields = append(fields, field{Name: t.Fields[i].Name, Required: t.Fields[i].Required, Type: b.bare(&t.Fields[i].Type)})
	}
	var items any
	if t.Items != nil {
		items = b.bare(t.Items)
	}
	return []any{t.Base, items, fields, texts(t.Values), b.resolved(&t.Constraints)}
}

// resolved is constraints with the values of their value set.
func (b *targetBuilder) resolved(c *plan.Constraints) any {
	if set := b.plan.ValueSets[b.definition.ValueSetKey(c.ValueSetID)]; c.ValueSetID != "" && set != nil {
		return []any{c, texts(set.Values)}
	}
	return c
}

func texts(values []plan.Value) []string {
	list := make([]string, len(values))
	for i := range values {
		list[i] = values[i].Value
	}
	slices.Sort(list)
	return list
}
