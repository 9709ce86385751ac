package matomo

import (
	"iter"
	"strings"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
)

// build makes the list of a payload's requests, each an object with its parameters; those that say what happened stand in
// its properties.
func build(b *wire.Builder) error {
	w := writer{Builder: b}
	if isBulk(b.Request) {
		return w.bulk()
	}
	parameters := query(b.Request)
	switch {
	case parameters == "":
		return wire.NewMalformed("the query is empty")
	case strings.Count(parameters, "&") >= wire.MaxPairs:
		return wire.NewTooLarge("too many parameters")
	}
	b.Array("")
	b.New(func() { w.record(wire.Pairs(parameters)) })
	b.Close()
	return nil
}

type writer struct {
	*wire.Builder
	tape       capture.Object
	scratch    capture.Tape
	properties []parameter // of the current record
}

type parameter struct{ name, value string }

func (w *writer) bulk() error {
	tape, err := w.Request.JSON()
	if err != nil {
		return err
	}
	w.tape = capture.Object(tape)
	list := 0
	if tape[0].Kind == capture.ObjectKind {
		if list = 1 + w.tape.Inside(0).Find("requests"); list == 0 {
			return wire.NewMalformed("the body has no requests")
		}
	}
	if tape[list].Kind != capture.Array {
		return wire.NewMalformed("requests must be a list, not " + wire.A(tape[list].Kind))
	}
	text, object := w.text, w.object
	w.Array("")
	for j, n := range w.tape.Inside(list).Members {
		if n.Kind == capture.String {
			w.TextRecord(list+1+j, text)
		} else {
			w.Record(list+1+j, object)
		}
	}
	w.Close()
	return nil
}

// text writes the request that a string is the query of. One with too many parameters stays what it is: no object.
func (w *writer) text(i int) {
	if text := w.tape[i].Text; strings.Count(text, "&") < wire.MaxPairs {
		w.record(wire.Pairs(afterMark(text)))
		return
	}
	w.Copy("", i)
}

// object writes a request whose parameters are members.
func (w *writer) object(i int) { w.record(w.members(i)) }

// afterMark returns the query of an address, or the query that it is already.
func afterMark(s string) string {
	if before, after, ok := strings.Cut(s, "?"); ok && !strings.ContainsAny(before, "=&") {
		return after
	}
	return s
}

// members yields the members of the object at index i as parameters: what is no text, by its JSON.
func (w *writer) members(i int) iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for _, n := range w.tape.Inside(i).Members {
			value := n.Text
			if n.Kind == capture.Array || n.Kind == capture.ObjectKind {
				value = w.Request.Sent()[n.At.Start:n.At.End]
			}
			if !yield(n.Name, value) {
				return
			}
		}
	}
}

func (w *writer) record(parameters iter.Seq2[string, string]) {
	w.Object("")
	w.properties = w.properties[:0]
	for name, value := range parameters {
		switch {
		case isProperty(name):
			w.properties = append(w.properties, parameter{name, value})
		case name != "token_auth": // a secret, which nobody may see in a sample
			w.String(name, value)
		}
	}
	if len(w.properties) > 0 {
		w.Object("properties")
		for _, p := range w.properties {
			w.property(p.name, p.value)
		}
		w.Close()
	}
	w.Close()
}

// isProperty reports whether a parameter says what happened, rather than where and by whom.
func isProperty(name string) bool {
	switch name {
	case "cvar", "_cvar", "search", "search_cat", "search_count", "link", "download", "idgoal", "revenue":
		return true
	}
	return strings.HasPrefix(name, "e_") || strings.HasPrefix(name, "c_") || strings.HasPrefix(name, "ec_") ||
		strings.HasPrefix(name, "dimension")
}

// property writes a property: as a number where the API says that it is one, and a custom variable by its name.
func (w *writer) property(name, value string) {
	switch name {
	case "e_v", "search_count", "revenue", "ec_st", "ec_tx", "ec_sh", "ec_dt":
		w.Number(name, value)
	case "ec_items":
		if w.JSON(name, value) != nil {
			w.String(name, value)
		}
	case "cvar", "_cvar":
		w.variables(name, value)
	default:
		w.String(name, value)
	}
}

// variables writes custom variables, {"1":["name","value"]}.
func (w *writer) variables(name, value string) {
	var err error
	if w.scratch, err = capture.Parse(w.scratch[:0], value); err != nil || w.scratch[0].Kind != capture.ObjectKind {
		w.String(name, value)
		return
	}
	list := capture.Object(w.scratch).Inside(0)
	for i, n := range list.Members {
		if pair := list.Inside(i); n.Kind == capture.Array && len(pair) == 2 && pair[0].Kind == capture.String && pair[1].Kind <= capture.String {
			w.String(pair[0].Text, pair[1].Text)
		}
	}
}
