package diff

import (
	"bytes"
	"cmp"
	"slices"
)

// view is a value opened up: the members of an object, or the elements of a list by their ids, in their order.
type view struct {
	names  []string
	values map[string]text
}

func (v *view) set(name string, value text) {
	if _, ok := v.values[name]; !ok {
		v.names = append(v.names, name)
	}
	v.values[name] = value
}

func (v *view) remove(name string) {
	if _, ok := v.values[name]; ok {
		delete(v.values, name)
		v.names = slices.DeleteFunc(v.names, func(n string) bool { return n == name })
	}
}

func (v *view) has(name string) bool { _, ok := v.values[name]; return ok }

func newView() *view { return &view{values: map[string]text{}} }

// open opens a value of the form; ok is false where it is one field, or not what the form says.
func (f *form) open(t text) (v *view, ok bool) {
	if t == nil {
		return newView(), f != nil && f.optional
	}
	var list []member
	switch {
	case f == nil || f.kind == objectForm:
		list, ok = t.members()
	case f.kind == elementsForm:
		list, ok = f.identify(t)
	case f.kind == setForm:
		list, ok = texts(t)
	}
	if !ok {
		return nil, false
	}
	v = &view{names: make([]string, 0, len(list)), values: make(map[string]text, len(list))}
	for _, m := range list {
		if v.has(m.name) {
			return nil, false
		}
		v.set(m.name, m.value)
	}
	return v, true
}

// openAll opens values that are compared with each other; ok is false where they have to be taken as a whole.
func (f *form) openAll(values ...text) (views []*view, ok bool) {
	for _, t := range values {
		v, ok := f.open(t)
		if !ok || len(views) > 0 && !f.comparable(views[0], v) {
			return nil, false
		}
		views = append(views, v)
	}
	return views, true
}

// comparable reports whether parts of two values of a form mean the same.
func (f *form) comparable(a, b *view) bool {
	if f == nil {
		return true
	}
	if f.tag != "" && !a.values[f.tag].equal(b.values[f.tag]) {
		return false
	}
	return !f.emptyAll || (len(a.names) == 0) == (len(b.names) == 0)
}

// identify returns the elements of a list with their ids; ok is false where one has none.
func (f *form) identify(t text) (list []member, ok bool) {
	items, ok := t.items()
	if !ok {
		return nil, false
	}
	for _, item := range items {
		id, ok := item.member(f.id).str()
		if !ok {
			return nil, false
		}
		list = append(list, member{id, item})
	}
	return list, true
}

// texts returns the members of a set of strings.
func texts(t text) (list []member, ok bool) {
	items, ok := t.items()
	for _, item := range items {
		s, is := item.str()
		if ok = ok && is; !ok {
			return nil, false
		}
		list = append(list, member{s, item})
	}
	return list, ok
}

// write returns the text of an opened value, nil for one that is empty where that says the same.
func (f *form) write(v *view) text {
	if len(v.names) == 0 && f != nil && f.optional {
		return nil
	}
	var b bytes.Buffer
	if f == nil || f.kind == objectForm {
		b.WriteByte('{')
		for i, name := range f.sorted(v.names) {
			if i > 0 {
				b.WriteByte(',')
			}
			b.Write(quote(name))
			b.WriteByte(':')
			b.Write(v.values[name])
		}
		b.WriteByte('}')
		return b.Bytes()
	}
	b.WriteByte('[')
	for i, name := range f.sorted(v.names) {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(v.values[name])
	}
	b.WriteByte(']')
	return b.Bytes()
}

// sorted returns names in the order in which the canonical text has them.
func (f *form) sorted(names []string) []string {
	if f != nil && f.ordered {
		return names
	}
	at := func(name string) int {
		if f == nil {
			return 0
		}
		if i, ok := f.order[name]; ok {
			return i
		}
		return len(f.order)
	}
	return slices.SortedFunc(slices.Values(names), func(a, b string) int {
		return cmp.Or(cmp.Compare(at(a), at(b)), cmp.Compare(a, b))
	})
}

// part returns the form of a member or an element.
func (f *form) part(name string) *form {
	if f == nil {
		return nil
	}
	if p, ok := f.parts[name]; ok {
		return p
	}
	return f.each
}

// isList reports whether values of the form consist of elements.
func (f *form) isList() bool { return f != nil && (f.kind == elementsForm || f.kind == setForm) }

// union returns the names of views, those of the first ones first.
func union(views ...*view) []string {
	var names []string
	seen := map[string]bool{}
	for _, v := range views {
		for _, name := range v.names {
			if !seen[name] {
				seen[name] = true
				names = append(names, name)
			}
		}
	}
	return names
}
