package diff

import (
	"encoding/json"
	"fmt"
)

// Patch makes changes to a text, as Fields told them: Patch(a, Fields(a, b)) is b. Elements that are new stand behind
// those that were there until a change of order moves them. The error is of a text that is not JSON, or of a change that
// has no place in it.
func Patch(a []byte, changes []Change, s Shape) ([]byte, error) {
	t, err := read("the text", a)
	if err != nil {
		return nil, err
	}
	for i := range changes {
		c := &changes[i]
		to, err := read("what "+c.Path+" becomes", c.To)
		if err != nil {
			return nil, err
		}
		if c.Kind == Removed {
			to = nil
		}
		if t, err = s.form.put(t, c.At, to); err != nil {
			return nil, fmt.Errorf("change %s: %w", c.Path, err)
		}
	}
	return t, nil
}

// put returns t with the value at a place replaced, or taken out where it is nil.
func (f *form) put(t text, at []string, value text) (text, error) {
	if len(at) == 0 {
		return value, nil
	}
	v, ok := f.open(t)
	if !ok {
		return nil, fmt.Errorf("there is nothing that holds %q", at[0])
	}
	name := at[0]
	if f.isList() {
		id, ok := inner(at[0])
		switch {
		case !ok && f.ordered && at[0] == order && len(at) == 1:
			return f.arrange(v, value)
		case !ok:
			return nil, fmt.Errorf("%q is no element", at[0])
		}
		name = id
	}
	part, err := f.part(name).put(v.values[name], at[1:], value)
	if err != nil {
		return nil, err
	}
	if part == nil {
		v.remove(name)
		return f.write(v), nil
	}
	if f.isList() && f.idOf(part) != name {
		return nil, fmt.Errorf("the element %q is called otherwise", name)
	}
	v.set(name, part)
	return f.write(v), nil
}

// idOf returns the id of an element, or "".
func (f *form) idOf(element text) string {
	if f.kind == elementsForm {
		element = element.member(f.id)
	}
	id, _ := element.str()
	return id
}

// arrange puts the elements into the order of the given ids; those that are not among them stay behind what they follow.
func (f *form) arrange(v *view, ids text) (text, error) {
	var names []string
	if err := json.Unmarshal(ids, &names); err != nil {
		return nil, fmt.Errorf("an order is a list of ids: %w", err)
	}
	v.names = weave(names, v.names, v.has)
	return f.write(v), nil
}
