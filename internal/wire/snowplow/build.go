package snowplow

import (
	"errors"
	"strings"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
)

// payload makes the list of a posted payload's records.
func payload(b *wire.Builder) error {
	tape, err := b.Request.JSON()
	if err != nil {
		return err
	}
	at, err := listOf(capture.Object(tape))
	if err != nil {
		return err
	}
	w := writer{Builder: b, tape: capture.Object(tape)}
	b.Array("")
	if write := w.record; tape[at].Kind != capture.Array {
		b.Record(at, write)
	} else {
		for j := range w.tape.Inside(at).Members {
			b.Record(at+1+j, write)
		}
	}
	b.Close()
	return w.err
}

// listOf returns the index of the list of records, or of what stands there as the only one.
func listOf(tape capture.Object) (int, error) {
	root := &tape[0]
	switch {
	case root.Kind == capture.Array:
		return 0, nil
	case root.Kind != capture.ObjectKind:
		return 0, wire.NewMalformed("the body must be an object, not " + wire.A(root.Kind))
	}
	o := tape.Inside(0)
	data := o.Find("data")
	switch {
	case data >= 0 && (o[data].Kind == capture.Array || o[data].Kind == capture.ObjectKind):
		return 1 + data, nil
	case data >= 0:
		return 0, wire.NewMalformed("data must be a list, not " + wire.A(o[data].Kind))
	case o.Find("e") >= 0:
		return 0, nil
	default:
		return 0, wire.NewMalformed("the body has no data")
	}
}

// writer writes records with their JSON unwrapped, so that an event's properties are an object of the record.
type writer struct {
	*wire.Builder
	tape capture.Object
	err  error // that of a function that admits large payloads
}

func (w *writer) record(i int) {
	o := w.tape.Inside(i)
	kind := ""
	if e := o.Find("e"); e >= 0 {
		kind = o[e].Text
	}
	w.Object("")
	moved := false
	for j, n := range o.Members {
		switch {
		case isWrapped(n.Name) && n.Kind == capture.String:
			w.unwrap(n.Name, n.Text)
		case isProperty(kind, n.Name):
			moved = true
		default:
			w.Copy(n.Name, i+1+j)
		}
	}
	if moved {
		w.Object("properties")
		for j, n := range o.Members {
			switch {
			case !isProperty(kind, n.Name):
			case n.Kind == capture.String:
				w.property(n.Name, n.Text)
			default:
				w.Copy(n.Name, i+1+j)
			}
		}
		w.Close()
	}
	w.Close()
}

// query makes the list with the one record of a query.
func query(b *wire.Builder) error {
	w, count := writer{Builder: b}, 0
	for range wire.Pairs(b.Request.Query) {
		count++
	}
	switch {
	case count == 0:
		return wire.NewMalformed("the query is empty")
	case count > wire.MaxPairs:
		return wire.NewTooLarge("too many parameters")
	}
	b.Array("")
	b.New(w.parameters)
	b.Close()
	return w.err
}

// parameters writes the parameters of the query as a record.
func (w *writer) parameters() {
	query := w.Request.Query
	kind, _ := wire.QueryValue(query, "e")
	w.Object("")
	moved := false
	for name, value := range wire.Pairs(query) {
		switch {
		case isWrapped(name):
			w.unwrap(name, value)
		case isProperty(kind, name):
			moved = true
		default:
			w.String(name, value)
		}
	}
	if moved {
		w.Object("properties")
		for name, value := range wire.Pairs(query) {
			if isProperty(kind, name) {
				w.property(name, value)
			}
		}
		w.Close()
	}
	w.Close()
}

// isWrapped reports whether a member is a string that holds JSON.
func isWrapped(name string) bool {
	return name == "ue_px" || name == "ue_pr" || name == "cx" || name == "co"
}

// unwrap writes the JSON inside of a value, or the value as it is where there is none.
func (w *writer) unwrap(name, value string) {
	text, err := w.Request.Packed(value)
	if _, own := errors.AsType[*wire.Error](err); err != nil && !own {
		w.err = err
	}
	if err != nil || w.JSON(name, text) != nil {
		w.String(name, value)
	}
}

// isProperty reports whether a member of a record of the kind is about what happened: se_ca, pp_mix, tr_id, ti_sk.
func isProperty(kind, name string) bool {
	switch kind {
	case "se", "pp", "tr", "ti":
		return len(name) > 3 && name[2] == '_' && strings.HasPrefix(name, kind)
	}
	return false
}

// property writes a property, as a number where the protocol says that it is one.
func (w *writer) property(name, value string) {
	switch name {
	case "se_va", "pp_mix", "pp_max", "pp_miy", "pp_may", "tr_tt", "tr_tx", "tr_sh", "ti_pr", "ti_qu":
		w.Number(name, value)
	default:
		w.String(name, value)
	}
}
