package plan

import (
	"bytes"
	"sync"
)

// FrozenReader reads definitions as ParseFrozen does. Those that it has read share the properties of which they say the
// same to the letter, as events do that use one shared property alike: each of these is parsed, and held, once. What it
// returns must not be changed. It is safe for concurrent use.
type FrozenReader struct {
	mu         sync.RWMutex
	properties map[string]FrozenProperty // by their texts
}

// NewFrozenReader returns a reader that has read nothing.
func NewFrozenReader() *FrozenReader { return &FrozenReader{properties: map[string]FrozenProperty{}} }

// Read reads what Frozen.Canonical wrote, and nothing that holds more.
func (r *FrozenReader) Read(canonical []byte) (Frozen, error) {
	from, to, ok := elementsOf(canonical, `"properties":[`)
	if !ok {
		return ParseFrozen(canonical)
	}
	f, err := ParseFrozen(bytes.Join([][]byte{canonical[:from], canonical[to:]}, nil))
	if err != nil {
		return Frozen{}, err
	}
	f.Properties = make([]FrozenProperty, 0, 16)
	for rest := canonical[from:to]; len(rest) > 0; {
		end := endOfValue(rest)
		if end < 0 {
			return ParseFrozen(canonical) // which tells what is wrong
		}
		p, err := r.property(rest[:end])
		if err != nil {
			return Frozen{}, err
		}
		f.Properties = append(f.Properties, p)
		if rest = rest[end:]; len(rest) > 1 && rest[0] == ',' {
			rest = rest[1:]
		}
	}
	return f, nil
}

func (r *FrozenReader) property(text []byte) (FrozenProperty, error) {
	r.mu.RLock()
	p, known := r.properties[string(text)]
	r.mu.RUnlock()
	if known {
		return p, nil
	}
	p, err := parse[FrozenProperty]("frozen property", text)
	if err == nil {
		r.mu.Lock()
		r.properties[string(text)] = p
		r.mu.Unlock()
	}
	return p, err
}

// elementsOf returns where in the text of an object the elements of a list are whose member begins with the words; ok is
// false where there is no such member. Text is JSON without blanks.
func elementsOf(text []byte, words string) (from, to int, ok bool) {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case '"':
			if depth == 1 && bytes.HasPrefix(text[i:], []byte(words)) {
				from = i + len(words)
				end := endOfValue(text[from-1:])
				return from, from + end - 2, end > 0
			}
			if i = endOfString(text, i); i < 0 {
				return 0, 0, false
			}
		}
	}
	return 0, 0, false
}

// endOfValue returns how long the object or list is that a text begins with, negative where it does not end.
func endOfValue(text []byte) int {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		case '"':
			if i = endOfString(text, i); i < 0 {
				return -1
			}
		}
		if depth == 0 {
			return -1
		}
	}
	return -1
}

// endOfString returns where the string ends that begins at i, negative where it does not.
func endOfString(text []byte, i int) int {
	for i++; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}
