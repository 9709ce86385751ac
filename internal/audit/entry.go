package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/waymarkhq/waymark/ent"
)

// Operation is what happened to an object. Its values are those of the API and the database.
type Operation string

// The operations.
const (
	Created Operation = "CREATED"
	Changed Operation = "CHANGED"
	Deleted Operation = "DELETED"
)

// draft is an entry in the making.
type draft struct {
	operation     Operation
	before, after json.RawMessage // nil where the object was not there
}

// describe says what happened to a subject; nil where nothing that anybody decided.
func (r *Recorder) describe(s *subject) (*draft, error) {
	before, after := r.sides(s)
	d := &draft{operation: Changed}
	var err error
	if before != nil {
		if d.before, err = json.Marshal(before); err != nil {
			return nil, err
		}
	}
	if after != nil {
		if d.after, err = json.Marshal(after); err != nil {
			return nil, err
		}
	}
	switch {
	case before == nil:
		d.operation = Created
	case after == nil:
		d.operation = Deleted
	case bytes.Equal(d.before, d.after):
		return nil, nil //nolint:nilnil // nothing to tell
	}
	return d, nil
}

// sides returns what a subject said before and says after; nil where it was not there.
func (r *Recorder) sides(s *subject) (before, after map[string]any) {
	c := s.whole
	if c == nil { // as it was, but for its revisions
		known := r.known[s.object]
		c = &change{object: s.object, before: known, after: known}
	}
	if c.before != nil {
		before = said(c.typ, c.before)
	}
	if c.after != nil {
		after = said(c.typ, c.after)
	}
	if rev := s.revision; rev != nil {
		old := rev.before
		if rev.created {
			old = s.base
		}
		if before != nil {
			define(before, old)
		}
		if after != nil {
			define(after, rev.after)
		}
	}
	if after != nil {
		maps.Copy(after, c.facts)
	}
	for _, name := range c.secrets {
		if before != nil && after != nil {
			after[camel(strings.TrimSuffix(name, "_hash"))+"Changed"] = true
		}
	}
	return before, after
}

// said returns what a row says, by names as the API has them; what is empty is left out.
func said(typ string, columns map[string]any) map[string]any {
	out := make(map[string]any, len(columns))
	for name, value := range columns {
		if slices.Contains(everywhere, name) || slices.Contains(kinds[typ].copies, name) || empty(value) {
			continue
		}
		out[camel(name)] = value
	}
	return out
}

// define adds what a revision says: its definition, member by member, with its number and state.
func define(to, revision map[string]any) {
	if revision == nil {
		return
	}
	definition, _ := revision["definition"].(json.RawMessage)
	var members map[string]json.RawMessage
	if json.Unmarshal(definition, &members) == nil {
		for name, value := range members {
			to[name] = value
		}
	}
	to["revision"] = revision["number"]
	to["state"] = revision["state"]
}

// empty reports whether a value says nothing: no text, no time, an empty list. A zero and a “no” say something.
func empty(value any) bool {
	v := reflect.ValueOf(value)
	switch v.Kind() {
	case reflect.Invalid:
		return true
	case reflect.String, reflect.Slice, reflect.Map:
		return v.Len() == 0
	case reflect.Pointer, reflect.Interface:
		return v.IsNil()
	default:
		return false
	}
}

// camel turns the name of a column into that of a field: wire_name is wireName.
func camel(name string) string {
	var b strings.Builder
	for i, part := range strings.Split(name, "_") {
		if i > 0 && part != "" {
			part = strings.ToUpper(part[:1]) + part[1:]
		}
		b.WriteString(part)
	}
	return b.String()
}

// action is the command's name, or else what it did to the object.
func action(ctx context.Context, typ string, o Operation) string {
	if name := textOf(ctx, actionKey{}); name != "" {
		return name
	}
	return map[Operation]string{Created: "create", Changed: "update", Deleted: "delete"}[o] + typ
}

// entry makes the row of an entry.
func (r *Recorder) entry(ctx context.Context, a Actor, s *subject, d *draft) (*ent.AuditEntryCreate, error) {
	p := r.place(s.object, depth)
	if s.revision != nil {
		p.batch = text(s.revision.said(), "batch_id")
	}
	name := r.name(s.object, depth)
	if name == "" {
		name = s.id
	}
	if s.id == "" {
		return nil, fmt.Errorf("an entry on a %s without an id", s.typ)
	}
	row := r.tx.AuditEntry.Create().SetActorKind(string(a.Kind)).SetActorName(a.Name).
		SetAction(action(ctx, s.typ, d.operation)).SetOperation(string(d.operation)).
		SetObjectType(s.typ).SetObjectID(s.id).SetObjectName(name).SetRequestID(textOf(ctx, requestKey{}))
	row.SetNillableAppID(optional(p.app)).SetNillableBatchID(optional(p.batch)).
		SetNillableActorID(optional(a.UserID)).SetNillableTokenID(optional(a.TokenID)).
		SetNillableTokenName(optional(a.TokenName))
	if d.before != nil {
		row.SetBefore(d.before)
	}
	if d.after != nil {
		row.SetAfter(d.after)
	}
	return row, nil
}

// optional is nil for an empty id, so that its column stays null.
func optional(id string) *string {
	if id == "" {
		return nil
	}
	return &id
}
