package audit

import (
	"context"
	"fmt"
	"slices"

	"github.com/waymarkhq/waymark/ent"
)

// most is how many rows go into one statement, so that their parameters stay below what both databases take.
const most = 500

type recorderKey struct{}

// object is a row of any table.
type object struct{ typ, id string }

// change is what a command did to one row.
type change struct {
	object
	created bool
	// before and after are its columns; nil where it was not there.
	before, after map[string]any
	// stale: after has to be read.
	stale bool
	// facts are what the command did beside.
	facts map[string]any
	// secrets are columns that were set and no one is shown.
	secrets []string
}

// Recorder notes what one attempt at a transaction changes. It belongs to one goroutine, as the transaction does.
type Recorder struct {
	tx      *ent.Tx
	changes map[object]*change
	order   []*change
	// known are rows that were read beside, to say where an object belongs and what it is called.
	known   map[object]map[string]any
	writing bool
}

// Record returns a recorder for a transaction, and a context in which changes are noted there.
func Record(ctx context.Context, tx *ent.Tx) (context.Context, *Recorder) {
	r := &Recorder{tx: tx, changes: map[object]*change{}, known: map[object]map[string]any{}}
	return context.WithValue(ctx, recorderKey{}, r), r
}

// change returns the note on a row, a new one where there is none.
func (r *Recorder) change(typ, id string) *change {
	o := object{typ, id}
	c := r.changes[o]
	if c == nil {
		c = &change{object: o}
		r.changes[o] = c
		r.order = append(r.order, c)
	}
	return c
}

// Write adds the entries for all that was noted to the transaction; ctx is that of [Record].
func (r *Recorder) Write(ctx context.Context) error {
	if len(r.order) == 0 {
		return nil
	}
	if err := r.write(ctx); err != nil {
		return fmt.Errorf("write the audit log: %w", err)
	}
	return nil
}

func (r *Recorder) write(ctx context.Context) error {
	if err := r.refresh(ctx); err != nil {
		return err
	}
	subjects, err := r.subjects(ctx)
	if err != nil || len(subjects) == 0 {
		return err
	}
	if err := r.lookAround(ctx, subjects); err != nil {
		return err
	}
	r.writing = true
	defer func() { r.writing = false }()
	actor := actorOf(ctx)
	for chunk := range slices.Chunk(subjects, most) {
		rows := make([]*ent.AuditEntryCreate, 0, len(chunk))
		for _, s := range chunk {
			d, err := r.describe(s)
			if err != nil {
				return err
			}
			if d == nil {
				continue
			}
			row, err := r.entry(ctx, actor, s, d)
			if err != nil {
				return err
			}
			rows = append(rows, row)
		}
		if len(rows) == 0 {
			continue
		}
		if err := r.tx.AuditEntry.CreateBulk(rows...).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// refresh reads what rows say after changes in bulk.
func (r *Recorder) refresh(ctx context.Context) error {
	stale := map[string][]string{}
	for _, c := range r.order {
		if c.stale {
			stale[c.typ] = append(stale[c.typ], c.id)
		}
	}
	for typ, ids := range stale {
		rows, err := r.read(ctx, typ, ids)
		if err != nil {
			return err
		}
		for _, id := range ids {
			c := r.changes[object{typ, id}]
			c.after, c.stale = rows[id], false
		}
	}
	return nil
}

// read reads rows by their ids, most at a time.
func (r *Recorder) read(ctx context.Context, typ string, ids []string) (map[string]map[string]any, error) {
	found := make(map[string]map[string]any, len(ids))
	for chunk := range slices.Chunk(ids, most) {
		rows, err := r.tx.RowsByID(ctx, typ, chunk)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			found[row.NodeID()] = row.Columns()
		}
	}
	return found, nil
}

// columns returns what is known of a row: what it says now, or said last; nil where nothing is known.
func (r *Recorder) columns(o object) map[string]any {
	if c := r.changes[o]; c != nil {
		if c.after != nil {
			return c.after
		}
		return c.before
	}
	return r.known[o]
}
