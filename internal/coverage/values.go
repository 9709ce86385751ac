package coverage

import (
	"net/url"
	"strings"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/plan"
)

// value is one value of a property.
type value struct {
	text   string
	number bool
}

// is reports whether it is the planned value: its text, or the same number.
func (v value) is(planned string) bool {
	if v.text == planned {
		return true
	}
	if !v.number {
		return false
	}
	a, ok := plan.ParseDecimal(v.text)
	b, okToo := plan.ParseDecimal(planned)
	return ok && okToo && a.Compare(b) == 0
}

// values are the properties of an event, as they were sent.
type values struct{ properties capture.Object }

// valuesOf reads the properties of an event, as they were reported where that is kept beside what is masked.
func valuesOf(c *capture.Captured) values {
	text := c.Unmasked().PropertiesJSON()
	if text == "" {
		return values{}
	}
	tape, err := capture.Parse(nil, text)
	if err != nil || len(tape) == 0 {
		return values{} // such a record is invalid, without properties
	}
	return values{properties: capture.Object(tape).Inside(0)}
}

// at returns what stands at a path. A name that holds a point or a bracket is found as it is at the top only.
func (v values) at(path string) []value {
	if i := v.properties.Find(path); i >= 0 {
		return found(nil, v.properties[i:i+1+int(v.properties[i].Size)], "")
	}
	for end := range len(path) {
		if path[end] != '.' && path[end] != '[' {
			continue
		}
		if i := v.properties.Find(path[:end]); i >= 0 {
			return found(nil, v.properties[i:i+1+int(v.properties[i].Size)], path[end:])
		}
	}
	return nil
}

// found appends what stands below a node at the rest of a path: "", "[]…" or ".name…".
func found(list []value, node capture.Object, rest string) []value {
	n := &node[0]
	if rest == "" {
		return append(list, value{text: n.Text, number: n.Kind == capture.Number})
	}
	if n.Kind == capture.String {
		return decoded(list, n.Text, rest)
	}
	inside := node.Inside(0)
	if after, ok := strings.CutPrefix(rest, "[]"); ok {
		if n.Kind != capture.Array {
			return list
		}
		for i := 0; i < len(inside); i += 1 + int(inside[i].Size) {
			list = found(list, inside[i:i+1+int(inside[i].Size)], after)
		}
		return list
	}
	if n.Kind != capture.ObjectKind {
		return list
	}
	return foundMember(list, inside, rest[1:])
}

// foundMember appends what stands in the member with which a path begins; names may hold points themselves.
func foundMember(list []value, inside capture.Object, path string) []value {
	for end := range len(path) + 1 {
		if end < len(path) && path[end] != '.' && path[end] != '[' {
			continue
		}
		if i := inside.Find(path[:end]); i >= 0 {
			return found(list, inside[i:i+1+int(inside[i].Size)], path[end:])
		}
	}
	return list
}

// decoded appends what stands in a text that holds a value: JSON, percent-encoded or not.
func decoded(list []value, text, rest string) []value {
	if !strings.HasPrefix(text, "{") && !strings.HasPrefix(text, "[") {
		plain, err := url.QueryUnescape(text)
		if err != nil {
			return list
		}
		text = plain
	}
	tape, err := capture.Parse(nil, text)
	if err != nil || len(tape) == 0 || tape[0].Kind == capture.String {
		return list
	}
	return found(list, capture.Object(tape), rest)
}
