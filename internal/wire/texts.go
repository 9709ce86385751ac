package wire

import "github.com/waymarkhq/waymark/internal/capture"

// TextField is where a member of an object goes.
type TextField struct {
	name string
	to   *string
}

// Into says that the member with the name goes to a text.
func Into(name string, to *string) TextField { return TextField{name, to} }

// Texts reads members of the object at index i of the tape; path is that of the object, for people. What the object does
// not mention stays, and so does everything where it is no object.
func (p *Payload) Texts(i int, notes *Notes, path string, fields ...TextField) {
	if p.Tape[i].Kind != capture.ObjectKind {
		return
	}
	for _, n := range p.Tape.Inside(i).Members {
		for _, f := range fields {
			if n.Name == f.name {
				notes.Set(f.to, n, path)
			}
		}
	}
}
