package diff

// Merge brings the changes of two sides to a text together, field by field: what one side changed is in the merged text,
// and where both changed the same field differently there is a conflict, for which the merged text has ours. So is a
// field that one side took out and the other changed. Elements that both added are merged by their fields too.
//
// The merged text is canonical where the three are. It may say what no definition may, such as a minimum above the
// maximum: whoever stores it validates it. An empty text is one that is not there. The error is of a text that is not
// JSON.
func Merge(base, ours, theirs []byte, s Shape) (merged []byte, conflicts []Conflict, err error) {
	var m merger
	var three [3]text
	for i, side := range []struct {
		name     string
		document []byte
	}{{"the base", base}, {"our text", ours}, {"their text", theirs}} {
		if three[i], err = read(side.name, side.document); err != nil {
			return nil, nil, err
		}
	}
	return m.merge(s.form, place{}, three[0], three[1], three[2]), m.conflicts, nil
}

type merger struct{ conflicts []Conflict }

func (m *merger) merge(f *form, p place, base, ours, theirs text) text {
	switch {
	case ours.equal(theirs), base.equal(theirs):
		return ours
	case base.equal(ours):
		return theirs
	}
	if merged, ok := m.parts(f, p, base, ours, theirs); ok {
		return merged
	}
	m.note(p, base, ours, theirs)
	return ours
}

// parts merges what the values consist of; ok is false where they are one field.
func (m *merger) parts(f *form, p place, base, ours, theirs text) (merged text, ok bool) {
	var views []*view
	if base == nil && ours != nil && theirs != nil { // both added it
		if views, ok = f.openAll(ours, theirs); ok {
			views = append([]*view{newView()}, views...)
		}
	} else {
		views, ok = f.openAll(base, ours, theirs)
	}
	if !ok {
		return nil, false
	}
	b, o, t := views[0], views[1], views[2]
	before := len(m.conflicts)
	v := newView()
	names := union(b, o, t)
	if !f.isList() {
		names = f.sorted(names)
	}
	in := inside{place: p, form: f, views: []*view{t, o, b}}
	for _, name := range names {
		if part := m.merge(f.part(name), in.of(name), b.values[name], o.values[name], t.values[name]); part != nil {
			v.set(name, part)
		}
	}
	if f != nil && f.emptyAll && len(v.names) == 0 { // each side took out what the other left
		m.conflicts = m.conflicts[:before]
		return nil, false
	}
	if f != nil && f.ordered {
		m.order(p, v, b, o, t)
	}
	return f.write(v), true
}

// order brings the merged elements into order.
func (m *merger) order(p place, v, base, ours, theirs *view) {
	names, conflict := mergeOrder(base, ours, theirs, v.has)
	if conflict {
		m.note(p.order(), quoteAll(base.names), quoteAll(ours.names), quoteAll(theirs.names))
	}
	v.names = names
}

func (m *merger) note(p place, base, ours, theirs text) {
	m.conflicts = append(m.conflicts, Conflict{
		Path: p.path, At: p.at, Base: base.raw(), Ours: ours.raw(), Theirs: theirs.raw(),
	})
}
