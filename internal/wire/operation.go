package wire

import (
	"time"

	"github.com/waymarkhq/waymark/internal/capture"
)

// Operation is a change of a profile: the object at an index that Fields found, with the values that it sets, and the path
// of it, for people.
type Operation struct {
	At   int32
	Name string
	// Partial says that it changes a part of the profile only.
	Partial bool
}

// Operations has the event carry what a record changes of a profile as its properties: the first of the operations that
// says anything. For each other one the record becomes one more event, which has the name of the operation in its id, so
// that neither is taken for a repeat of the other. What is not there, or no object, is no operation.
func (r *Record) Operations(list ...Operation) {
	r.Event.Properties, r.Event.PropertiesAt = nil, capture.Span{}
	first := -1
	for i, o := range list {
		switch n := r.Node(o.At); {
		case n == nil:
		case n.Kind != capture.ObjectKind:
			r.Properties(o.At, o.Name) // which notes it
		case n.Size == 0:
		case first < 0:
			first = i
			r.Properties(o.At, o.Name)
			r.Event.Partial = o.Partial
		default:
			r.others = append(r.others, o)
		}
	}
	if first < 0 {
		r.emptyOperation(list)
	}
}

// emptyOperation has the event carry the first of the operations that is an object: none of them says anything.
func (r *Record) emptyOperation(list []Operation) {
	for _, o := range list {
		if n := r.Node(o.At); n != nil && n.Kind == capture.ObjectKind {
			r.Properties(o.At, o.Name)
			return
		}
	}
}

// appendOthers appends the further events of a record that is complete.
func (r *Record) appendOthers() {
	if len(r.others) == 0 {
		return
	}
	first := *r.Event
	for _, o := range r.others {
		r.out.Events = append(r.out.Events, first)
		r.Event = &r.out.Events[len(r.out.Events)-1]
		r.Properties(o.At, o.Name)
		r.Event.Partial = o.Partial
		if first.ID != "" {
			r.Event.ID = ID(first.ID+" "+o.Name, time.Time{}, "")
		}
	}
}
