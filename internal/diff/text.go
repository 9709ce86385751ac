package diff

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// text is the compact JSON text of one value, or nil for one that is not there.
type text []byte

// read returns the text of a document; nothing but blanks is none.
func read(what string, document []byte) (text, error) {
	if len(bytes.TrimSpace(document)) == 0 {
		return nil, nil
	}
	var b bytes.Buffer
	b.Grow(len(document))
	if err := json.Compact(&b, document); err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	return b.Bytes(), nil
}

func (t text) equal(o text) bool { return bytes.Equal(t, o) && (t == nil) == (o == nil) }

// raw returns t for those outside.
func (t text) raw() json.RawMessage { return json.RawMessage(bytes.Clone(t)) }

// member is a member of an object, or an element with its id.
type member struct {
	name  string
	value text
}

// members returns what an object consists of; ok is false for what is none.
func (t text) members() (list []member, ok bool) {
	if len(t) == 0 || t[0] != '{' {
		return nil, false
	}
	list = make([]member, 0, 8)
	for rest := t[1:]; rest[0] != '}'; {
		var m member
		m, rest = cutMember(rest)
		list = append(list, m)
	}
	return list, true
}

// cutMember returns the member at the front of what an object consists of, and what follows the comma after it.
func cutMember(t text) (m member, rest text) {
	name, rest := cutValue(t)
	m.name = unquote(name)
	if m.value, rest = cutValue(rest[1:]); rest[0] == ',' {
		rest = rest[1:]
	}
	return m, rest
}

// items returns what a list consists of; ok is false for what is none.
func (t text) items() (list []text, ok bool) {
	if len(t) == 0 || t[0] != '[' {
		return nil, false
	}
	list = make([]text, 0, 8)
	for rest := t[1:]; rest[0] != ']'; {
		var item text
		item, rest = cutValue(rest)
		list = append(list, item)
		if rest[0] == ',' {
			rest = rest[1:]
		}
	}
	return list, true
}

// member returns the first member of an object with a name, or nil.
func (t text) member(name string) text {
	if len(t) == 0 || t[0] != '{' {
		return nil
	}
	for rest := t[1:]; rest[0] != '}'; {
		var m member
		if m, rest = cutMember(rest); m.name == name {
			return m.value
		}
	}
	return nil
}

// str returns a string's text; ok is false for what is none.
func (t text) str() (s string, ok bool) {
	if len(t) == 0 || t[0] != '"' {
		return "", false
	}
	return unquote(t), true
}

// cutValue returns the value at the front of valid, compact JSON, and what follows it.
func cutValue(t text) (value, rest text) {
	depth := 0
	for i := 0; i < len(t); i++ {
		switch t[i] {
		case '"':
			i = endOfString(t, i)
		case '{', '[':
			depth++
			continue
		case '}', ']':
			depth--
		default:
			if depth > 0 || i+1 < len(t) && !isEnd(t[i+1]) {
				continue
			}
		}
		if depth == 0 {
			return t[:i+1], t[i+1:]
		}
	}
	return t, nil
}

func isEnd(c byte) bool { return c == ',' || c == ':' || c == '}' || c == ']' }

// endOfString returns where the string ends that begins at i.
func endOfString(t text, i int) int {
	for i++; t[i] != '"'; i++ {
		if t[i] == '\\' {
			i++
		}
	}
	return i
}

func unquote(t text) string {
	if bytes.IndexByte(t, '\\') < 0 {
		return string(t[1 : len(t)-1])
	}
	var s string
	_ = json.Unmarshal(t, &s) // it is valid
	return s
}

// quote returns the text of a string, as package plan writes it.
func quote(s string) text {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string can always be encoded
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// quoteAll returns the text of a list of strings.
func quoteAll(list []string) text {
	t := text{'['}
	for i, s := range list {
		if i > 0 {
			t = append(t, ',')
		}
		t = append(t, quote(s)...)
	}
	return append(t, ']')
}
