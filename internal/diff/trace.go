package diff

import "encoding/json"

// Traced is one field of a text, down to where it has no parts, and which other texts say the same there.
type Traced struct {
	// Path and At are those of Change.
	Path  string
	At    []string
	Value json.RawMessage
	// Same tells of each of the other texts whether the field has the same value there.
	Same []bool
}

// Unbroken returns how many of the other texts, from one on and before another, have the field's value without a gap.
func (t *Traced) Unbroken(from, to int) int {
	n := 0
	for from+n < to && t.Same[from+n] {
		n++
	}
	return n
}

// Trace follows each field of a text of a shape through other texts, in the order of the text. What blames a field, or tells
// since when it holds, is a question of the order in which the others are given. The error is of a text that is not JSON.
func Trace(document []byte, others [][]byte, s Shape) ([]Traced, error) {
	t, err := read("the text", document)
	if err != nil {
		return nil, err
	}
	olds := make([]text, len(others))
	for i, o := range others {
		if olds[i], err = read("another text", o); err != nil {
			return nil, err
		}
	}
	var tr tracer
	tr.trace(s.form, place{}, t, olds)
	return tr.found, nil
}

type tracer struct{ found []Traced }

func (tr *tracer) trace(f *form, p place, t text, olds []text) {
	v, ok := f.open(t)
	if !ok || len(v.names) == 0 {
		if t != nil {
			tr.note(p, t, olds)
		}
		return
	}
	views := f.openEach(olds)
	in := inside{place: p, form: f, views: []*view{v}}
	for _, name := range f.sorted(v.names) {
		parts := make([]text, len(olds))
		for i, old := range views {
			if old != nil {
				parts[i] = old.values[name]
			}
		}
		tr.trace(f.part(name), in.of(name), v.values[name], parts)
	}
}

// openEach opens values for themselves; nil stands for one that cannot be opened.
func (f *form) openEach(values []text) []*view {
	views := make([]*view, len(values))
	for i, t := range values {
		if i > 0 && t.equal(values[i-1]) {
			views[i] = views[i-1]
			continue
		}
		if v, ok := f.open(t); ok {
			views[i] = v
		}
	}
	return views
}

func (tr *tracer) note(p place, t text, olds []text) {
	same := make([]bool, len(olds))
	for i, old := range olds {
		same[i] = t.equal(old)
	}
	tr.found = append(tr.found, Traced{Path: p.path, At: p.at, Value: t.raw(), Same: same})
}
