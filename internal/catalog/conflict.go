package catalog

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/diff"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// ResolveConflictsInput settles what an item and what was approved meanwhile both changed.
type ResolveConflictsInput struct {
	// ID is the item's.
	ID string
	// Choices say what is to stand, one for each conflict.
	Choices []ConflictChoiceInput
}

// ConflictChoiceInput is what is to stand in one field: that of a side, or another value.
type ConflictChoiceInput struct {
	Path  string
	Side  *diff.Side
	Value json.RawMessage
}

// ResolveConflicts makes a new revision of what an item changes: what was approved meanwhile, with the item's changes
// brought onto it, and in each field that both changed what was chosen. CONFLICT, reason open_conflict, where a choice
// is missing; FAILED_PRECONDITION, reason nothing_to_merge, where there is nothing to bring together.
func (s *Service) ResolveConflicts(ctx context.Context, in ResolveConflictsInput) (*ent.BatchItem, error) {
	const action = "Mutation.resolveConflicts"
	it, err := s.reachItem(ctx, action, in.ID)
	if err != nil {
		return nil, err
	}
	if err := s.reachEdited(ctx, action, it); err != nil {
		return nil, err
	}
	return changed(ctx, s, "resolve conflicts", func(ctx context.Context, c *change) (*ent.BatchItem, error) {
		it, err := c.BatchItem.Get(ctx, in.ID)
		if err != nil {
			return nil, lost(err, "BatchItem", in.ID)
		}
		b, err := c.Batch.Get(ctx, it.BatchID)
		if err != nil {
			return nil, lost(err, "Batch", it.BatchID)
		}
		if err := refuseClosed(b); err != nil {
			return nil, err
		}
		if err := c.resolveConflicts(ctx, b, it, in.Choices); err != nil {
			return nil, err
		}
		row, err := c.BatchItem.Get(ctx, in.ID)
		return found(row, err, "BatchItem", in.ID)
	})
}

func (c *change) resolveConflicts(ctx context.Context, b *ent.Batch, it *ent.BatchItem, in []ConflictChoiceInput) error {
	l, id := lineOf(it)
	own, err := c.newestUnder(ctx, l, id, b.ID)
	if err != nil {
		return err
	}
	nothing := fault.New(fault.FailedPrecondition, "nothing_to_merge", "there is nothing to bring together")
	if own == nil || own.isApproved() {
		return nothing
	}
	m, err := c.meet(ctx, l, own)
	if err != nil {
		return err
	}
	if m.merged == nil {
		return nothing
	}
	choices, err := readChoices(m.conflicts, in)
	if err != nil {
		return err
	}
	resolved, open, err := diff.Resolve(m.merged, m.conflicts, choices, l.shape)
	if err != nil {
		return fault.Invalid(fault.Field{Path: "input.choices", Reason: "unfit", Message: "the value does not fit the field"}).Because(err)
	}
	if len(open) > 0 {
		return openConflict(b, id, open)
	}
	m.merged = resolved
	if err := c.checkMerged(ctx, l, m); err != nil {
		return err
	}
	r, err := c.addMerged(ctx, l, m, false)
	if err != nil {
		return err
	}
	return c.noteItem(ctx, r, l)
}

// readChoices returns the choices by path; those that settle no conflict are refused.
func readChoices(conflicts []diff.Conflict, in []ConflictChoiceInput) (map[string]diff.Choice, error) {
	paths := map[string]bool{}
	for i := range conflicts {
		paths[conflicts[i].Path] = true
	}
	var f fault.Fields
	choices := make(map[string]diff.Choice, len(in))
	for i, one := range in {
		at := fmt.Sprintf("input.choices[%d]", i)
		if !paths[one.Path] {
			f.Add(at+".path", "unknown_conflict", fmt.Sprintf("there is no conflict in %q", one.Path))
		}
		if (one.Side == nil) == (one.Value == nil) {
			f.Add(at, "exactly_one", "choose a side, or give a value")
		}
		if _, twice := choices[one.Path]; twice {
			f.Add(at+".path", "duplicate", fmt.Sprintf("there is a choice for %q already", one.Path))
		}
		choice := diff.Choice{Value: one.Value}
		if one.Side != nil {
			choice.Side = *one.Side
		}
		choices[one.Path] = choice
	}
	return choices, f.Err()
}

// checkMerged refuses what a merge made, or somebody chose, and nobody could have written.
func (c *change) checkMerged(ctx context.Context, l *line, m *meeting) error {
	r := &revision{id: m.own.id, definition: m.merged}
	switch l {
	case eventLine:
		doc, err := eventDocumentOf(r)
		if err != nil {
			return unfitMerge(err)
		}
		row, err := c.Event.Get(ctx, m.own.ownerID)
		if err != nil {
			return lost(err, "Event", m.own.ownerID)
		}
		if err := c.checkEvent(ctx, row, doc, nil); err != nil {
			return err
		}
		m.merged = mustJSON(doc)
	case propertyLine:
		doc := &propertyDocument{}
		if err := json.Unmarshal(m.merged, doc); err != nil {
			return unfitMerge(err)
		}
		var f fault.Fields
		validateProperty(&doc.Name, &doc.Description, &doc.Sensitivity, &doc.Example, &f)
		doc.Type.Validate("input.type", &f)
		if err := f.Err(); err != nil {
			return err
		}
		if err := c.checkReplacement(ctx, "input.choices", m.own.ownerID, doc.ReplacedBy); err != nil {
			return err
		}
		m.merged = mustJSON(doc)
	default:
		doc := &valueSetDocument{}
		if err := json.Unmarshal(m.merged, doc); err != nil {
			return unfitMerge(err)
		}
		var f fault.Fields
		(&plan.ValueSet{Key: doc.Key, Values: doc.Values}).Validate("input", &f)
		if err := f.Err(); err != nil {
			return err
		}
		m.merged = mustJSON(doc)
	}
	return nil
}

func unfitMerge(err error) error {
	return fault.Invalid(fault.Field{
		Path: "input.choices", Reason: "unfit", Message: "a chosen value does not fit its field",
	}).Because(err)
}
