package audit

import (
	"cmp"
	"context"
	"slices"
)

// subject is an object that a command changed, with what happened to its revisions.
type subject struct {
	object
	whole     *change // nil where only revisions of it were changed
	revisions []*change
	// revision is the one that the command was about, and base the columns of the one that it was made from.
	revision *change
	base     map[string]any
}

// subjects joins parts to their wholes, in the order in which they were first touched.
func (r *Recorder) subjects(ctx context.Context) ([]*subject, error) {
	var list []*subject
	index := map[object]*subject{}
	at := func(o object) *subject {
		s := index[o]
		if s == nil {
			s = &subject{object: o}
			index[o] = s
			list = append(list, s)
		}
		return s
	}
	for _, c := range r.order {
		k := kinds[c.typ]
		if k.part == "" {
			at(c.object).whole = c
			continue
		}
		s := at(object{k.part, text(c.said(), k.column)})
		s.revisions = append(s.revisions, c)
	}
	bases := map[string][]string{}
	for _, s := range list {
		s.choose()
		if s.revision != nil && s.revision.created {
			if id := text(s.revision.after, "base_id"); id != "" {
				bases[s.revision.typ] = append(bases[s.revision.typ], id)
			}
		}
	}
	for typ, ids := range bases {
		if err := r.learn(ctx, typ, ids); err != nil {
			return nil, err
		}
	}
	for _, s := range list {
		if s.revision != nil && s.revision.created {
			s.base = r.first(object{s.revision.typ, text(s.revision.after, "base_id")})
		}
	}
	return slices.DeleteFunc(list, func(s *subject) bool { return s.nothing() }), nil
}

// choose finds the revision that the command was about: the newest that it made, else the last that it changed, else the
// newest that it deleted.
func (s *subject) choose() {
	for _, c := range s.revisions {
		if s.revision == nil || cmp.Or(cmp.Compare(rank(c), rank(s.revision)), cmp.Compare(number(c), number(s.revision))) >= 0 {
			s.revision = c
		}
	}
}

func rank(c *change) int {
	switch {
	case c.after == nil:
		return 0
	case c.created:
		return 2
	default:
		return 1
	}
}

func number(c *change) int {
	n, _ := c.said()["number"].(int)
	return n
}

// said returns what a row says now, or said last.
func (c *change) said() map[string]any {
	if c.after != nil {
		return c.after
	}
	return c.before
}

// nothing reports whether all is as it was: what was made and deleted again within one command, too.
func (s *subject) nothing() bool {
	c := s.whole
	return c != nil && c.after == nil && c.before == nil
}

// first returns what a row said before the command; nil for an unknown one.
func (r *Recorder) first(o object) map[string]any {
	if c := r.changes[o]; c != nil && c.before != nil {
		return c.before
	}
	return r.columns(o)
}

// learn reads rows beside, as far as they are not known.
func (r *Recorder) learn(ctx context.Context, typ string, ids []string) error {
	var unknown []string
	for _, id := range ids {
		if r.columns(object{typ, id}) == nil && !slices.Contains(unknown, id) {
			unknown = append(unknown, id)
		}
	}
	rows, err := r.read(ctx, typ, unknown)
	for id, columns := range rows {
		r.known[object{typ, id}] = columns
	}
	return err
}

// text returns a text or a reference of a row, "" where it has none.
func text(columns map[string]any, name string) string {
	switch v := columns[name].(type) {
	case string:
		return v
	case *string:
		if v != nil {
			return *v
		}
	}
	return ""
}
