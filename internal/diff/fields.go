package diff

import "slices"

// Fields returns the fields in which two texts of a shape differ, in the order of the text; none where they say the same.
// An empty text is one that is not there. The error is of a text that is not JSON.
func Fields(a, b []byte, s Shape) ([]Change, error) {
	from, err := read("the text before", a)
	if err != nil {
		return nil, err
	}
	to, err := read("the text after", b)
	if err != nil {
		return nil, err
	}
	return fields(from, to, s), nil
}

func fields(from, to text, s Shape) []Change {
	var d differ
	d.compare(s.form, place{}, from, to)
	return d.found
}

type differ struct{ found []Change }

func (d *differ) compare(f *form, p place, from, to text) {
	if from.equal(to) {
		return
	}
	views, ok := f.openAll(from, to)
	if !ok {
		d.note(p, from, to)
		return
	}
	a, b := views[0], views[1]
	names := union(a, b)
	if !f.isList() {
		names = f.sorted(names)
	}
	in := inside{place: p, form: f, views: views}
	for _, name := range names {
		if !a.values[name].equal(b.values[name]) {
			d.compare(f.part(name), in.of(name), a.values[name], b.values[name])
		}
	}
	if f != nil && f.ordered && !slices.Equal(appended(a, b), b.names) {
		d.note(p.order(), quoteAll(a.names), quoteAll(b.names))
	}
}

// appended returns the order of the elements of b where those that are new stand behind those that were there.
func appended(a, b *view) []string {
	return slices.DeleteFunc(union(a, b), func(name string) bool { return !b.has(name) })
}

func (d *differ) note(p place, from, to text) {
	c := Change{Path: p.path, At: p.at, Kind: Changed, From: from.raw(), To: to.raw()}
	switch {
	case from == nil:
		c.Kind = Added
	case to == nil:
		c.Kind = Removed
	}
	d.found = append(d.found, c)
}
