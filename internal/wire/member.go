package wire

import "github.com/waymarkhq/waymark/internal/capture"

// Member returns the text of a string member of the object at index i of a tape: of the first of the names that stands for
// one that is not empty, "" where none does or where there is no object.
func Member(tape capture.Tape, i int, names ...string) string {
	if i < 0 || i >= len(tape) || tape[i].Kind != capture.ObjectKind {
		return ""
	}
	o := capture.Object(tape).Inside(i)
	for _, name := range names {
		if at := o.Find(name); at >= 0 && o[at].Kind == capture.String && o[at].Text != "" {
			return o[at].Text
		}
	}
	return ""
}

// Count returns how many elements or members the value at index i of a tape has.
func Count(tape capture.Tape, i int) (n int) {
	for range capture.Object(tape).Inside(i).Members {
		n++
	}
	return n
}

// Scalar sets a field to the text of a member that SDKs send as a string or as a number, unless it is empty. What is
// neither is passed over.
func (n *Notes) Scalar(to *string, m *capture.Node) {
	switch {
	case m.Kind != capture.String && m.Kind != capture.Number || m.Text == "":
	case len(m.Text) > MaxField:
		*to = n.Text(m, m.Name)
	default:
		*to = m.Text
	}
}
