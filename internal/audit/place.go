package audit

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/waymarkhq/waymark/ent"
)

// depth is how many steps lead at most from a row to the app that it belongs to.
const depth = 4

// lookAround reads what the objects refer to, as far as that says in which app they are and what they are called. It takes
// one statement for each type on each step, however many objects there are.
func (r *Recorder) lookAround(ctx context.Context, subjects []*subject) error {
	round := make([]object, 0, len(subjects))
	for _, s := range subjects {
		if s.whole == nil {
			if err := r.learn(ctx, s.typ, []string{s.id}); err != nil {
				return err
			}
		}
		round = append(round, s.object)
	}
	for range depth {
		var next []object
		wanted := map[string][]string{}
		for _, o := range round {
			for _, ref := range r.asks(o) {
				if r.columns(ref) == nil && !slices.Contains(next, ref) {
					wanted[ref.typ] = append(wanted[ref.typ], ref.id)
				}
				next = append(next, ref)
			}
		}
		for typ, ids := range wanted {
			if err := r.learn(ctx, typ, ids); err != nil {
				return err
			}
		}
		if round = next; len(round) == 0 {
			return nil
		}
	}
	return nil
}

// asks returns what has to be known to place and name an object.
func (r *Recorder) asks(o object) []object {
	columns := r.columns(o)
	_, placed := columns["app_id"]
	if (placed || o.typ == ent.TypeApp || o.typ == ent.TypeUser) && !kinds[o.typ].byOwner {
		return nil
	}
	return references(columns)
}

// references returns the rows that a row refers to by its columns, but for authors and the app, by column name.
func references(columns map[string]any) (refs []object) {
	for name := range columns {
		id := text(columns, name)
		typ := typeOf(name)
		if id != "" && typ != "" && typ != ent.TypeApp && !slices.Contains(everywhere, name) {
			refs = append(refs, object{typ, id})
		}
	}
	slices.SortFunc(refs, func(a, b object) int { return strings.Compare(a.typ, b.typ) })
	return refs
}

// typeOf returns the type that a column refers to, e.g. BatchItem for batch_item_id; "" where it refers to none.
func typeOf(column string) string {
	name, is := strings.CutSuffix(column, "_id")
	if !is {
		return ""
	}
	var b strings.Builder
	for part := range strings.SplitSeq(name, "_") {
		if part != "" {
			b.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
	}
	typ := b.String()
	switch typ { // as people say
	case "Item":
		typ = ent.TypeBatchItem
	case "Session":
		typ = ent.TypeCaptureSession
	}
	if !ent.IsType(typ) {
		return ""
	}
	return typ
}

// hasParts reports whether a type has revisions.
func hasParts(typ string) bool {
	for _, k := range kinds {
		if k.part == typ {
			return true
		}
	}
	return false
}

// place is where an object belongs.
type place struct{ app, batch string }

// place follows the references of an object up to its app.
func (r *Recorder) place(o object, steps int) (p place) {
	columns := r.columns(o)
	switch {
	case o.typ == ent.TypeApp:
		return place{app: o.id}
	case o.typ == ent.TypeBatch:
		p.batch = o.id
	case !hasParts(o.typ): // an event's own batch is the one that introduced it
		p.batch = text(columns, "batch_id")
	}
	app, placed := columns["app_id"]
	if placed {
		p.app, _ = app.(string)
	}
	if placed || steps == 0 {
		return p
	}
	for _, ref := range references(columns) {
		above := r.place(ref, steps-1)
		if p.app == "" {
			p.app = above.app
		}
		if p.batch == "" && ref.typ != ent.TypeBatch {
			p.batch = above.batch
		}
	}
	return p
}

// name is what people call an object.
func (r *Recorder) name(o object, steps int) string {
	columns := r.columns(o)
	for _, column := range []string{"number", "key", "name", "title"} {
		if name := text(columns, column); name != "" && (o.typ != ent.TypeUser || column == "name") {
			return name
		}
	}
	if steps == 0 {
		return ""
	}
	var names []string
	for _, ref := range references(columns) {
		if name := r.name(ref, steps-1); name != "" {
			names = append(names, name)
		}
	}
	if number, is := columns["number"]; is { // of a release, in its environment
		names = append(names, fmt.Sprint(number))
	}
	if role := text(columns, "role"); role != "" {
		names = append(names, role)
	}
	return strings.Join(names, " ")
}
