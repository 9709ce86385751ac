package audit

import (
	"context"
	"errors"
	"fmt"

	entgo "entgo.io/ent"

	"github.com/waymarkhq/waymark/ent"
)

// mutation is what ent's mutations of all types have in common.
type mutation interface {
	entgo.Mutation
	ID() (string, bool)
	IDs(ctx context.Context) ([]string, error)
}

var errOutside = errors.New("rows are changed in transactions of package store only, so that the audit log sees it")

// Hook has everything that is changed through ent noted in the recorder of its transaction.
func Hook() entgo.Hook {
	return func(next entgo.Mutator) entgo.Mutator {
		return entgo.MutateFunc(func(ctx context.Context, m entgo.Mutation) (entgo.Value, error) {
			r, _ := ctx.Value(recorderKey{}).(*Recorder)
			if r == nil {
				return nil, fmt.Errorf("change %s: %w", m.Type(), errOutside)
			}
			if m.Type() == ent.TypeAuditEntry && !r.writing {
				return nil, errors.New("entries of the audit log are written by package audit alone")
			}
			if kinds[m.Type()].copied || quiet(ctx) {
				return next.Mutate(ctx, m)
			}
			typed, ok := m.(mutation)
			if !ok {
				return nil, fmt.Errorf("change %s: the audit log cannot tell which rows are meant", m.Type())
			}
			return r.observe(ctx, next, typed)
		})
	}
}

// observe runs a mutation and notes what it does to which rows.
func (r *Recorder) observe(ctx context.Context, next entgo.Mutator, m mutation) (entgo.Value, error) {
	touched, err := r.lookBefore(ctx, m)
	if err != nil {
		return nil, fmt.Errorf("look at %s before its change: %w", m.Type(), err)
	}
	value, err := next.Mutate(ctx, m)
	if err != nil {
		return nil, err
	}
	if m.Op().Is(entgo.OpDelete | entgo.OpDeleteOne) {
		for _, c := range touched {
			c.after, c.stale = nil, false
		}
		return value, nil
	}
	row, single := value.(ent.Row)
	if m.Op().Is(entgo.OpCreate) {
		if !single {
			return nil, fmt.Errorf("create %s: the audit log is not told what was made", m.Type())
		}
		c := r.change(m.Type(), row.NodeID())
		c.created, c.after, c.stale = true, row.Columns(), false
		return value, nil
	}
	secrets := secretsIn(m)
	for _, c := range touched {
		c.secrets = append(c.secrets, secrets...)
		if c.stale = !single; single {
			c.after = row.Columns()
		}
	}
	return value, nil
}

// lookBefore notes what the rows that are about to be changed say now, unless that is known already.
func (r *Recorder) lookBefore(ctx context.Context, m mutation) ([]*change, error) {
	if m.Op().Is(entgo.OpCreate) {
		if id, given := m.ID(); given { // keeps its place: of many at once ent tells the last one first
			r.change(m.Type(), id)
		}
		return nil, nil
	}
	if m.Op().Is(entgo.OpUpdateOne) {
		return r.lookBeforeOne(ctx, m)
	}
	ids, err := m.IDs(ctx)
	if err != nil {
		return nil, err
	}
	var unknown []string
	touched := make([]*change, len(ids))
	for i, id := range ids {
		if r.changes[object{m.Type(), id}] == nil {
			unknown = append(unknown, id)
		}
		touched[i] = r.change(m.Type(), id)
	}
	rows, err := r.read(ctx, m.Type(), unknown)
	for id, columns := range rows {
		r.change(m.Type(), id).before = columns
	}
	return touched, err
}

// lookBeforeOne asks the mutation, which mostly holds the row that is changed.
func (r *Recorder) lookBeforeOne(ctx context.Context, m mutation) ([]*change, error) {
	id, ok := m.ID()
	if !ok {
		return nil, errors.New("an update of one row names no row")
	}
	if c := r.changes[object{m.Type(), id}]; c != nil {
		return []*change{c}, nil
	}
	before := map[string]any{}
	for _, name := range ent.ColumnsOf(m.Type()) {
		value, err := m.OldField(ctx, name)
		if err != nil {
			return nil, err
		}
		before[name] = value
	}
	c := r.change(m.Type(), id)
	c.before = before
	return []*change{c}, nil
}

// secretsIn returns the columns that a mutation sets and no one is shown.
func secretsIn(m mutation) (set []string) {
	for _, name := range ent.SecretColumns(m.Type()) {
		if _, is := m.Field(name); is {
			set = append(set, name)
		}
	}
	return set
}
