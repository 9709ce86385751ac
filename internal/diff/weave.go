package diff

import "slices"

// weave joins two orders: the names of first in its order, and each further name of second behind the one that it follows
// there. Names that keep refuses are left out; second has none twice.
func weave(first, second []string, keep func(string) bool) []string {
	placed := make(map[string]bool, len(first))
	var leading []string
	for _, name := range first {
		if keep(name) && !placed[name] {
			placed[name] = true
			leading = append(leading, name)
		}
	}
	var joined []string                // those before the first leading one
	following := map[string][]string{} // the others, by the leading one before them
	begun, last := false, ""
	for _, name := range second { // which has no name twice
		switch {
		case placed[name]:
			begun, last = true, name
		case keep(name) && begun:
			following[last] = append(following[last], name)
		case keep(name):
			joined = append(joined, name)
		}
	}
	for _, name := range leading {
		joined = append(append(joined, name), following[name]...)
	}
	return joined
}

// mergeOrder joins the orders of two sides, of elements that base, ours and theirs may have; keep says which are there in
// the end. It reports a conflict where both sides moved what all three have, differently; ours goes first then.
func mergeOrder(base, ours, theirs *view, keep func(string) bool) (names []string, conflict bool) {
	shared := func(v *view) []string {
		return slices.DeleteFunc(slices.Clone(v.names), func(name string) bool {
			return !base.has(name) || !ours.has(name) || !theirs.has(name)
		})
	}
	b, o, t := shared(base), shared(ours), shared(theirs)
	switch {
	case slices.Equal(o, t):
		if slices.Compare(theirs.names, ours.names) < 0 { // whose are ours must make no difference
			ours, theirs = theirs, ours
		}
	case slices.Equal(b, o):
		ours, theirs = theirs, ours
	case !slices.Equal(b, t):
		conflict = true
	}
	return weave(ours.names, theirs.names, keep), conflict
}
