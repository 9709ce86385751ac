package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/graph/model"
	"github.com/waymarkhq/waymark/graph/sibling"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/release"
)

// planAt resolves what environments went by.
func (r *Resolver) planAt(
	ctx context.Context, env *ent.Environment, at *time.Time, number *int, args catalog.PageArgs,
) (*model.Connection[*ent.ReleaseSlot], error) {
	list, err := r.Catalog.PlanAt(env, number, at)
	if err != nil {
		return nil, err
	}
	return children(ctx, env, list, args)
}

// numbered resolves a relation to the release with a number in an environment.
func numbered[P sibling.Row](
	ctx context.Context, plans *catalog.Service, parent P, number func(P) catalog.ReleaseNumber,
) (*ent.Release, error) {
	return sibling.Load(ctx, parent, func(ctx context.Context, parents []P) (map[string]*ent.Release, error) {
		seen := map[catalog.ReleaseNumber]bool{}
		var numbers []catalog.ReleaseNumber
		for _, p := range parents {
			if n := number(p); n.Number > 0 && !seen[n] {
				seen[n] = true
				numbers = append(numbers, n)
			}
		}
		rows, err := plans.ReleasesByNumber(ctx, numbers)
		found := make(map[string]*ent.Release, len(parents))
		for _, p := range parents {
			if row := rows[number(p)]; row != nil {
				found[p.NodeID()] = row
				sibling.Register(ctx, row)
			}
		}
		return found, err
	})
}

// endedBy is the release that ended a slot; its number is 0 where none did.
func endedBy(s *ent.ReleaseSlot) catalog.ReleaseNumber {
	n := catalog.ReleaseNumber{EnvironmentID: s.EnvironmentID}
	if s.Ended != nil {
		n.Number = *s.Ended
	}
	return n
}

// slotsOf resolves what releases put in force, or ended.
func slotsOf(
	ctx context.Context, obj *ent.Release, list catalog.Children[ent.ReleaseSlot], args catalog.PageArgs,
) (*model.Connection[*ent.ReleaseSlot], error) {
	number := func(r *ent.Release) string {
		return catalog.ReleaseNumber{EnvironmentID: r.EnvironmentID, Number: r.Number}.String()
	}
	page, err := sibling.Load(ctx, obj, func(ctx context.Context, parents []*ent.Release) (map[string]*catalog.Page[ent.ReleaseSlot], error) {
		pages, err := list.Pages(ctx, distinct(parents, number), args)
		found := make(map[string]*catalog.Page[ent.ReleaseSlot], len(parents))
		for _, p := range parents {
			if page := pages[number(p)]; page != nil {
				found[p.ID] = page
				sibling.Register(ctx, page.Nodes...)
			}
		}
		return found, err
	})
	if err != nil {
		return nil, err
	}
	return connection(page, func(ctx context.Context) (int, error) {
		return sibling.Load(ctx, obj, func(ctx context.Context, parents []*ent.Release) (map[string]int, error) {
			counts, err := list.Counts(ctx, distinct(parents, number))
			found := make(map[string]int, len(parents))
			for _, p := range parents {
				found[p.ID] = counts[number(p)]
			}
			return found, err
		})
	}), nil
}

// batchesOf resolves the batches that releases are of.
func (r *Resolver) batchesOf(ctx context.Context, obj *ent.Release) ([]*ent.Batch, error) {
	return sibling.Load(ctx, obj, func(ctx context.Context, parents []*ent.Release) (map[string][]*ent.Batch, error) {
		var ids []string
		for _, p := range parents {
			ids = append(ids, p.BatchIds...)
		}
		rows, err := r.Catalog.BatchesByID(ctx, distinct(ids, func(id string) string { return id }))
		found := make(map[string][]*ent.Batch, len(parents))
		for _, p := range parents {
			for _, id := range p.BatchIds {
				if b := rows[id]; b != nil {
					found[p.ID] = append(found[p.ID], b)
					sibling.Register(ctx, b)
				}
			}
		}
		return found, err
	})
}

func (r *Resolver) batchesByID(ctx context.Context, ids []string) ([]*ent.Batch, error) {
	rows, err := r.Catalog.BatchesByID(ctx, ids)
	list := make([]*ent.Batch, 0, len(ids))
	for _, id := range ids {
		if b := rows[id]; b != nil {
			list = append(list, b)
			sibling.Register(ctx, b)
		}
	}
	return list, err
}

// judgedBy resolves what judged captured events.
func (r *Resolver) judgedBy(ctx context.Context, obj model.CapturedEvent) (*ent.ReleaseSlot, error) {
	return sibling.Load(ctx, obj, func(ctx context.Context, all []model.CapturedEvent) (map[string]*ent.ReleaseSlot, error) {
		judged := make([]catalog.Judgement, len(all))
		for i, c := range all {
			judged[i] = catalog.Judgement{
				EnvironmentID: c.EnvironmentID, EventID: c.EventID, Hash: c.Hash, Release: c.Captured.Release, Terminal: c.TerminalKey,
			}
		}
		slots, err := r.Catalog.SlotsThatJudged(ctx, judged)
		found := make(map[string]*ent.ReleaseSlot, len(all))
		for i, s := range slots {
			if s != nil {
				found[all[i].NodeID()] = s
				sibling.Register(ctx, s)
			}
		}
		return found, err
	})
}

// frozen resolves the definition that rows name by its hash.
func frozen[P sibling.Row](ctx context.Context, plans *catalog.Service, obj P, hash func(P) string) (json.RawMessage, error) {
	row, err := one(ctx, obj, hash, plans.FrozenByHash)
	if err == nil && row == nil {
		err = fmt.Errorf("the frozen definition %s is gone", hash(obj))
	}
	if err != nil {
		return nil, err
	}
	return row.Body, nil
}

// changesOf resolves a page of a comparison.
func changesOf(ctx context.Context, c *release.Comparison, first *int, after *string) (*model.Connection[*release.EventChange], error) {
	page, err := c.Page(ctx, first, after)
	if err != nil {
		return nil, err
	}
	sibling.Register(ctx, page.Nodes...)
	return &model.Connection[*release.EventChange]{
		Nodes: page.Nodes, Cursor: page.Cursor, Count: func(context.Context) (int, error) { return c.Total(), nil },
		PageInfo: model.PageInfo{
			HasNextPage: page.HasNext, HasPreviousPage: page.HasPrevious, Size: len(page.Nodes), Cursor: page.Cursor,
		},
	}, nil
}

// published registers what a publication did, for the relations of it.
func published(ctx context.Context) func(*release.Outcome, error) (*release.Outcome, error) {
	return func(out *release.Outcome, err error) (*release.Outcome, error) {
		if err != nil {
			return nil, err
		}
		sibling.Register(ctx, out.Changes...)
		if out.Release != nil {
			sibling.Register(ctx, out.Release)
		}
		return out, nil
	}
}

func paramsOf(e *fault.Error) (json.RawMessage, error) {
	if len(e.Params) == 0 {
		return nil, nil
	}
	text, err := json.Marshal(e.Params)
	if err != nil {
		return nil, fmt.Errorf("write the parameters of a refusal: %w", err)
	}
	return text, nil
}
