package wire

import (
	"fmt"
	"slices"
	"strings"
)

// Limits of a flat record.
const (
	maxFlatPairs = 1000
	maxFlatDepth = 8
)

// FlatJSON turns a query like event=a&properties.price=1 into a JSON object with a member for each parameter, in order,
// where a dot means a member of a member. All values are strings, as a query knows nothing else. The parameters in skip
// are left out.
func FlatJSON(query string, skip ...string) (string, error) {
	root, pairs := &branch{}, 0
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		name = unescape(name)
		if name == "" || slices.Contains(skip, name) {
			continue
		}
		if pairs++; pairs > maxFlatPairs {
			return "", NewTooLarge(fmt.Sprintf("more than %d parameters", maxFlatPairs))
		}
		root.put(name, unescape(value), maxFlatDepth)
	}
	return string(root.append(nil)), nil
}

// branch is an object in the making, or one of its values.
type branch struct {
	name, value string
	members     []*branch // nil for a value
}

// put adds a member under a dotted name. A name that cannot be followed further (the member before the dot is a value,
// or the way is too deep) is taken whole.
func (b *branch) put(name, value string, depth int) {
	first, rest, dotted := strings.Cut(name, ".")
	if dotted && first != "" && rest != "" && depth > 0 {
		if o := b.object(first); o != nil {
			o.put(rest, value, depth-1)
			return
		}
	}
	b.members = append(b.members, &branch{name: name, value: value})
}

// object returns the member that is an object, made if it is not there; nil where a value has the name.
func (b *branch) object(name string) *branch {
	for _, m := range b.members {
		if m.name == name {
			if m.members == nil {
				return nil
			}
			return m
		}
	}
	o := &branch{name: name, members: []*branch{}}
	b.members = append(b.members, o)
	return o
}

func (b *branch) append(dst []byte) []byte {
	dst = append(dst, '{')
	for i, m := range b.members {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendQuoted(dst, m.name), ':')
		if m.members != nil {
			dst = m.append(dst)
		} else {
			dst = appendQuoted(dst, m.value)
		}
	}
	return append(dst, '}')
}

func appendQuoted(dst []byte, s string) []byte { return append(dst, Quote(s)...) }
