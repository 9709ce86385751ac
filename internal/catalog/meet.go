package catalog

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/diff"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// meeting is what a batch made of a definition beside what was approved of it meanwhile.
type meeting struct {
	own, head *revision
	// apart: something was approved, or taken back, that own does not come from. baseID is what both come from, "" for
	// nothing; or what own began with, where that was taken back.
	apart  bool
	baseID string
	// merged is nil where the batch's revision comes from the approved one as it is, or nothing is approved yet.
	merged    []byte
	conflicts []diff.Conflict
	// unapproved is the id of another batch whose draft the revision comes from; "" for none.
	unapproved string
}

// meet brings a batch's revision and the approved one together: a three-way merge by field, with the newest revision that
// both come from as base. Where the one that the batch began with has been taken back, that is the base: its changes go, and
// the batch's stay.
func (c *change) meet(ctx context.Context, l *line, own *revision) (*meeting, error) {
	met, err := c.meetAll(ctx, l, []*revision{own})
	return met[own.id], err
}

// meetAll is meet for revisions of several definitions, by the revisions' ids.
func (c *change) meetAll(ctx context.Context, l *line, list []*revision) (map[string]*meeting, error) {
	found := make(map[string]*meeting, len(list))
	if len(list) == 0 {
		return found, nil
	}
	owners := make([]string, len(list))
	for i, own := range list {
		owners[i] = own.ownerID
	}
	known, err := c.ancestriesOf(ctx, l, owners)
	if err != nil {
		return nil, err
	}
	headIDs, err := c.headsOf(ctx, l, owners)
	if err != nil {
		return nil, err
	}
	heads, err := l.readAll(ctx, c, slices.Collect(maps.Values(headIDs)))
	if err != nil {
		return nil, err
	}
	var bases []string
	for _, own := range list {
		m := &meeting{own: own, head: heads[headIDs[own.ownerID]]}
		m.trace(known[own.ownerID])
		found[own.id] = m
		if m.baseID != "" {
			bases = append(bases, m.baseID)
		}
	}
	read, err := l.readAll(ctx, c, bases)
	if err != nil {
		return nil, err
	}
	for _, m := range found {
		if err := m.merge(l, read[m.baseID]); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// trace finds out what the batch's revision comes from.
func (m *meeting) trace(known ancestry) {
	from, settled := known.of(m.own.id), map[string]bool{}
	if m.head.isApproved() {
		settled = known.of(m.head.id)
	}
	for id := range from {
		d := known[id]
		if !settled[id] && !d.approved && d.batchID != "" && d.batchID != m.own.batchID {
			m.unapproved = d.batchID
		}
	}
	if !m.head.isApproved() {
		return
	}
	if begun := known.begun(m.own.id); begun != "" && !settled[begun] {
		m.apart, m.baseID = true, begun // taken back since: what it brought is not to come back with this
	} else if !from[m.head.id] {
		m.apart, m.baseID = true, known.shared(m.own.id, m.head.id)
	}
}

// merge brings both together, where they went apart, from the revision that both come from; nil for none.
func (m *meeting) merge(l *line, from *revision) (err error) {
	if !m.apart {
		return nil
	}
	base := []byte("{}")
	if from != nil {
		base = from.definition
	}
	if m.merged, m.conflicts, err = diff.Merge(base, m.own.definition, m.head.definition, l.shape); err != nil {
		return fmt.Errorf("merge revisions %s and %s: %w", m.own.id, m.head.id, err)
	}
	return nil
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
