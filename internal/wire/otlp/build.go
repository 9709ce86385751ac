package otlp

import (
	"strings"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
)

// writer writes the log records of a payload as one list, their attributes as objects.
type writer struct {
	*wire.Builder
	tape   capture.Object // of what was sent
	groups []group
}

// group is the records of one resource.
type group struct {
	first    int // the index on the new tape that the first of them has
	resource int // the index of the resource's attributes on the tape of what was sent, 0 where it has none
}

func (w *writer) payload(b *wire.Builder) error {
	tape, err := b.Request.JSON()
	if err != nil {
		if isProtobuf(b.Request) {
			return wire.NewMalformed("protobuf is not read here: have the exporter send JSON (OTEL_EXPORTER_OTLP_LOGS_PROTOCOL=http/json)")
		}
		return err
	}
	w.Builder, w.tape = b, capture.Object(tape)
	if tape[0].Kind != capture.ObjectKind {
		return wire.NewMalformed("the body must be an object, not " + wire.A(tape[0].Kind))
	}
	list := w.member(0, "resourceLogs")
	if list == 0 && tape[0].Size > 0 {
		return wire.NewMalformed("the body has no resourceLogs")
	}
	b.Array("")
	if list > 0 {
		w.each(list, w.resource)
	}
	b.Close()
	return nil
}

// isProtobuf tells a body in the protocol's other encoding, by its type or by what it begins with.
func isProtobuf(r *wire.Request) bool {
	return strings.Contains(r.Header.Get("Content-Type"), "protobuf") || strings.HasPrefix(r.Body, "\n")
}

// member returns the index on the tape of a member of the object at index i, 0 where there is none.
func (w *writer) member(i int, name string) int {
	if w.tape[i].Kind != capture.ObjectKind {
		return 0
	}
	if at := w.tape.Inside(i).Find(name); at >= 0 {
		return i + 1 + at
	}
	return 0
}

// each calls do for the objects in the list at index i. What is none becomes a record, so that it is told of.
func (w *writer) each(i int, do func(i int)) {
	if w.tape[i].Kind != capture.Array {
		w.one(i, do)
		return
	}
	for j := range w.tape.Inside(i).Members {
		w.one(i+1+j, do)
	}
}

func (w *writer) one(i int, do func(i int)) {
	if w.tape[i].Kind == capture.ObjectKind {
		do(i)
	} else if w.tape[i].Kind != capture.Null {
		w.Record(i, nil)
	}
}

func (w *writer) resource(i int) {
	g := group{first: w.Next()}
	if resource := w.member(i, "resource"); resource > 0 {
		g.resource = w.member(resource, "attributes")
	}
	w.groups = append(w.groups, g)
	if scopes := w.member(i, "scopeLogs"); scopes > 0 {
		w.each(scopes, w.scope)
	}
}

func (w *writer) scope(i int) {
	records := w.member(i, "logRecords")
	if records == 0 {
		return
	}
	write := w.record
	w.each(records, func(i int) { w.Record(i, write) })
}

// record writes a log record, with its attributes as an object and its values as JSON has them.
func (w *writer) record(i int) {
	w.Object("")
	for j, n := range w.tape.Inside(i).Members {
		at := i + 1 + j
		switch {
		case n.Name == "attributes" && n.Kind == capture.Array:
			w.attributes(n.Name, at)
		case n.Name == "body" && n.Kind == capture.ObjectKind:
			w.value(n.Name, at)
		default:
			w.Copy(n.Name, at)
		}
	}
	w.Close()
}

// attributes writes a list of keys and values as an object. What has no key is left out: it is no attribute.
func (w *writer) attributes(name string, i int) {
	w.Object(name)
	for j := range w.tape.Inside(i).Members {
		if key, value := w.attribute(i + 1 + j); key > 0 {
			if value > 0 {
				w.value(w.tape[key].Text, value)
			} else {
				w.Null(w.tape[key].Text)
			}
		}
	}
	w.Close()
}

// attribute returns the indexes of the key and the value of the attribute at index i, 0 where there is none.
func (w *writer) attribute(i int) (key, value int) {
	if w.tape[i].Kind != capture.ObjectKind {
		return 0, 0
	}
	for j, n := range w.tape.Inside(i).Members {
		switch {
		case n.Name == "key" && n.Kind == capture.String:
			key = i + 1 + j
		case n.Name == "value":
			value = i + 1 + j
		}
	}
	return key, value
}

// value writes an AnyValue, an object whose one member's name is its type.
func (w *writer) value(name string, i int) {
	if w.tape[i].Kind != capture.ObjectKind {
		w.Copy(name, i) // hand-made, and clear enough
		return
	}
	if w.tape[i].Size == 0 {
		w.Null(name)
		return
	}
	at, n := i+1, &w.tape[i+1]
	switch {
	case (n.Name == "intValue" || n.Name == "doubleValue") && n.Kind == capture.String:
		w.Number(name, n.Text)
	case n.Name == "arrayValue":
		w.Array(name)
		if values := w.member(at, "values"); values > 0 && w.tape[values].Kind == capture.Array {
			for j := range w.tape.Inside(values).Members {
				w.value("", values+1+j)
			}
		}
		w.Close()
	case n.Name == "kvlistValue":
		if values := w.member(at, "values"); values > 0 && w.tape[values].Kind == capture.Array {
			w.attributes(name, values)
		} else {
			w.Object(name)
			w.Close()
		}
	default: // stringValue, boolValue, bytesValue, and numbers that are numbers
		w.Copy(name, at)
	}
}
