package catalog

import (
	"context"
	"fmt"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/diff"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// meeting is what a batch made of a definition beside what was approved of it meanwhile.
type meeting struct {
	own, head *revision
	// merged is nil where the batch's revision comes from the approved one as it is, or nothing is approved yet.
	merged    []byte
	conflicts []diff.Conflict
	// unapproved is the id of another batch whose draft the revision comes from; "" for none.
	unapproved string
}

// meet brings a batch's revision and the approved one together: a three-way merge by field, with the newest revision that
// both come from as base.
func (c *change) meet(ctx context.Context, l *line, own *revision) (*meeting, error) {
	m := &meeting{own: own}
	known, err := c.ancestryOf(ctx, l, own.ownerID)
	if err != nil {
		return nil, err
	}
	headID, err := c.headOf(ctx, l, own.ownerID)
	if err != nil {
		return nil, err
	}
	if m.head, err = l.read(ctx, c, headID); err != nil {
		return nil, err
	}
	from := known.of(own.id)
	settled := map[string]bool{}
	if m.head.isApproved() {
		settled = known.of(m.head.id)
	}
	for id := range from {
		d := known[id]
		if !settled[id] && !d.approved && d.batchID != "" && d.batchID != own.batchID {
			m.unapproved = d.batchID
		}
	}
	if !m.head.isApproved() || from[m.head.id] {
		return m, nil
	}
	return m, c.merge(ctx, l, m, known.shared(own.id, m.head.id))
}

func (c *change) merge(ctx context.Context, l *line, m *meeting, baseID string) error {
	base := []byte("{}")
	if baseID != "" {
		r, err := l.read(ctx, c, baseID)
		if err != nil {
			return err
		}
		base = r.definition
	}
	var err error
	if m.merged, m.conflicts, err = diff.Merge(base, m.own.definition, m.head.definition, l.shape); err != nil {
		return fmt.Errorf("merge revisions %s and %s: %w", m.own.id, m.head.id, err)
	}
	return nil
}

// headOf returns the id of the revision that the row of a definition copies.
func (c *change) headOf(ctx context.Context, l *line, ownerID string) (string, error) {
	switch l.kind {
	case plan.ItemEvent:
		row, err := c.Event.Get(ctx, ownerID)
		if err != nil {
			return "", lost(err, "Event", ownerID)
		}
		return row.HeadID, nil
	case plan.ItemProperty:
		row, err := c.Property.Get(ctx, ownerID)
		if err != nil {
			return "", lost(err, "Property", ownerID)
		}
		return row.HeadID, nil
	default:
		row, err := c.ValueSet.Get(ctx, ownerID)
		if err != nil {
			return "", lost(err, "ValueSet", ownerID)
		}
		return row.HeadID, nil
	}
}

// openConflict is the refusal to approve what conflicts with what was approved meanwhile.
func openConflict(b *ent.Batch, ownerID string, conflicts []diff.Conflict) error {
	paths := make([]string, len(conflicts))
	for i := range conflicts {
		paths[i] = conflicts[i].Path
	}
	return fault.New(fault.Conflict, plan.GuardOpenConflict, fmt.Sprintf(
		"%s and what was approved meanwhile both change %s: resolve the conflict", b.Number, paths[0])).
		With("batch", b.Number).With("id", ownerID).With("paths", paths)
}

// lineOf returns the line of what an item is about, and the id of that.
func lineOf(it *ent.BatchItem) (*line, string) {
	switch it.Kind {
	case plan.ItemEvent:
		return eventLine, it.EventID
	case plan.ItemProperty:
		return propertyLine, it.PropertyID
	default:
		return valueSetLine, it.ValueSetID
	}
}
