package diff

// Canonical returns a text of a shape with everything that a merge or a patch writes anew written anew.
func Canonical(document []byte, s Shape) ([]byte, error) {
	t, err := read("the text", document)
	if err != nil {
		return nil, err
	}
	return s.form.canonical(t), nil
}

func (f *form) canonical(t text) text {
	v, ok := f.open(t)
	if !ok || t == nil {
		return t
	}
	for _, name := range append([]string(nil), v.names...) {
		if part := f.part(name).canonical(v.values[name]); part == nil {
			v.remove(name)
		} else {
			v.set(name, part)
		}
	}
	return f.write(v)
}

// Weave is weave.
func Weave(first, second []string, keep func(string) bool) []string {
	return weave(first, second, keep)
}
