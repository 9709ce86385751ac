package graph

import (
	"context"
	"maps"
	"slices"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/graph/model"
	"github.com/waymarkhq/waymark/graph/sibling"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/diff"
	"github.com/waymarkhq/waymark/internal/plan"
)

// assignees returns who does which step of a batch.
func (r *Resolver) assignees(ctx context.Context, b *ent.Batch) ([]*model.Assignee, error) {
	return sibling.Load(ctx, b, func(ctx context.Context, batches []*ent.Batch) (map[string][]*model.Assignee, error) {
		ids := map[string]bool{}
		for _, b := range batches {
			for _, a := range b.Assignees {
				ids[a.UserID] = true
			}
		}
		people, err := r.Catalog.UsersByID(ctx, slices.Sorted(maps.Keys(ids)))
		found := make(map[string][]*model.Assignee, len(batches))
		for _, b := range batches {
			for _, a := range b.Assignees {
				u := people[a.UserID]
				if u != nil {
					sibling.Register(ctx, u)
				}
				found[b.ID] = append(found[b.ID], &model.Assignee{Step: a.Step, Terminal: stated(a.Terminal), User: u})
			}
		}
		return found, err
	})
}

// progress counts the items of a batch by terminal and state.
func (r *Resolver) progress(ctx context.Context, b *ent.Batch) ([]*catalog.DeliveryCount, error) {
	return sibling.Load(ctx, b, func(ctx context.Context, batches []*ent.Batch) (map[string][]*catalog.DeliveryCount, error) {
		return r.Catalog.ProgressOfBatches(ctx, distinct(batches, (*ent.Batch).NodeID))
	})
}

// revisionOfItem returns what a batch made of what an item is about, or nil.
func (r *Resolver) revisionOfItem(ctx context.Context, it *ent.BatchItem) (*catalog.ItemRevision, error) {
	return sibling.Load(ctx, it, func(ctx context.Context, items []*ent.BatchItem) (map[string]*catalog.ItemRevision, error) {
		found, err := r.Catalog.RevisionsOfItems(ctx, items)
		for _, one := range found {
			switch {
			case one.Event != nil:
				sibling.Register(ctx, one.Event)
			case one.Property != nil:
				sibling.Register(ctx, one.Property)
			case one.ValueSet != nil:
				sibling.Register(ctx, one.ValueSet)
			}
		}
		return found, err
	})
}

// nodeOf is the revision itself.
func nodeOf(one *catalog.ItemRevision) model.Node {
	switch {
	case one == nil:
		return nil
	case one.Event != nil:
		return one.Event
	case one.Property != nil:
		return one.Property
	case one.ValueSet != nil:
		return one.ValueSet
	default:
		return nil
	}
}

func fieldChanges(list []diff.Change) []*diff.Change {
	out := make([]*diff.Change, len(list))
	for i := range list {
		out[i] = &list[i]
	}
	return out
}

func transitionOptions(options []*catalog.Option, err error) ([]*model.TransitionOption, error) {
	list := make([]*model.TransitionOption, len(options))
	for i, o := range options {
		list[i] = &model.TransitionOption{
			Move: o.Move.ID, To: o.Move.To, Text: o.Move.Text, TextZh: o.Move.TextZH, Terminal: stated(o.Terminal),
			Allowed: o.Allowed(), Needs: inputs(o.Move.Needs), Takes: inputs(o.Move.Takes), Bars: transitionBars(o.Bars),
		}
	}
	return list, err
}

func inputs(list []plan.Input) []string {
	out := make([]string, len(list))
	for i, in := range list {
		out[i] = string(in)
	}
	return out
}

func transitionBars(bars []catalog.Bar) []*model.TransitionBar {
	list := make([]*model.TransitionBar, len(bars))
	for i, b := range bars {
		rule := plan.Guard(b.Rule)
		list[i] = &model.TransitionBar{
			Rule: b.Rule, Severity: b.Severity, Message: b.Message, TextZh: rule.TextZH, Lift: rule.Lift, LiftZh: rule.LiftZH,
			Path: b.Path, ItemID: stated(b.ItemID), Terminal: stated(b.Terminal),
		}
	}
	return list
}
