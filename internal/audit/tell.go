package audit

import (
	"context"
	"fmt"
)

// Tell has the entry on an object say what a command did beside its columns; ctx is that of the transaction. The object itself
// need not be changed.
func Tell(ctx context.Context, typ, id string, facts map[string]any) error {
	r, _ := ctx.Value(recorderKey{}).(*Recorder)
	if r == nil {
		return fmt.Errorf("tell of %s: %w", typ, errOutside)
	}
	o := object{typ, id}
	if r.changes[o] == nil {
		rows, err := r.read(ctx, typ, []string{id})
		if err != nil {
			return err
		}
		c := r.change(typ, id)
		c.before, c.after = rows[id], rows[id]
	}
	r.changes[o].facts = facts
	return nil
}
