package wire

import (
	"time"

	"github.com/waymarkhq/waymark/internal/capture"
)

// other is one more event of a record.
type other struct {
	at   int32
	name string
}

// Also has the record become one more event, for formats that put several operations on a profile into one record. It is
// as the record's event, but with the object at an index that Fields found as its properties. Its name is the path of that
// object, for people, and becomes part of the event's id, so that neither is taken for a repeat of the other. What is no
// object is no event.
func (r *Record) Also(at int32, name string) {
	if at != 0 && r.Tape[at].Kind == capture.ObjectKind {
		r.others = append(r.others, other{at, name})
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
		r.Properties(o.at, o.name)
		if first.ID != "" {
			r.Event.ID = ID(first.ID+" "+o.name, time.Time{}, "")
		}
	}
}
