package amplitude

import (
	"strings"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
)

// profile has the event carry what the object at an index changes of a profile. Its members are operations by name, each an
// object of values, or where none of them is, it is what is set.
func (e *event) profile(at int32, path string) {
	n := e.Node(at)
	if n == nil || n.Kind != capture.ObjectKind {
		e.Properties(at, path)
		return
	}
	var list []wire.Operation
	operations, others := 0, 0
	for j, m := range e.Tape.Inside(int(at)).Members {
		switch o := (wire.Operation{At: at + 1 + int32(j), Name: path + "." + m.Name, Partial: m.Name != "$set"}); m.Name {
		case "$set", "$setOnce", "$add":
			operations++
			if !e.isAttribution(o.At) {
				list = append(list, o)
			}
		case "$append", "$prepend", "$preInsert", "$postInsert", "$remove":
			operations++
			e.Notes.Addf("%s changes lists; its values are not checked", m.Name)
		case "$unset", "$clearAll":
			operations++
		default:
			others++
		}
	}
	if operations == 0 {
		e.Properties(at, path)
		return
	}
	if others > 0 {
		e.Notes.Addf("%s has members that are no operations; they are not checked", path)
	}
	e.Operations(list...)
}

// isAttribution reports whether an operation has nothing but where somebody came from first, which the browser SDK sets by
// itself.
func (e *event) isAttribution(at int32) bool {
	if e.Tape[at].Kind != capture.ObjectKind || e.Tape[at].Size == 0 {
		return false
	}
	for _, n := range e.Tape.Inside(int(at)).Members {
		if !strings.HasPrefix(n.Name, "initial_") {
			return false
		}
	}
	return true
}
