package release

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/approval"
	"github.com/waymarkhq/waymark/ent/batch"
	"github.com/waymarkhq/waymark/ent/batchitem"
	"github.com/waymarkhq/waymark/ent/predicate"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/store"
)

// PlanWith returns what an environment would go by with all of several batches published together, as far as they can be: what
// is not approved yet is left out, and so is a batch that builds on what is not published. It is false for one that goes by the
// drafts. It is for another service, which has judged whether who is asking may.
func (s *Service) PlanWith(ctx context.Context, environmentID string, batchIDs []string) (p *plan.Plan, ok bool, err error) {
	err = s.consistent(ctx, func(tx *ent.Tx) error {
		p, ok, err = s.planWith(ctx, tx.Client(), environmentID, batchIDs)
		return err
	})
	if err != nil {
		return nil, false, fmt.Errorf("build a plan of %s: %w", environmentID, err)
	}
	return p, ok, nil
}

func (s *Service) planWith(ctx context.Context, client *ent.Client, environmentID string, batchIDs []string) (*plan.Plan, bool, error) {
	env, err := client.Environment.Get(ctx, environmentID)
	if ent.IsNotFound(err) {
		return nil, false, fault.NotFoundf("Environment", environmentID)
	}
	if err != nil || env.LastRelease == 0 {
		return nil, false, err
	}
	events, err := s.withSome(ctx, client, env, batchIDs)
	if err != nil {
		return nil, false, err
	}
	if events == nil {
		return s.plan(ctx, client, environmentID)
	}
	return s.planOfEvents(ctx, client, env, &snapshot{events: events})
}

// withSome returns what an environment would have with as many of the batches as can be published together; nil with none.
func (s *Service) withSome(ctx context.Context, client *ent.Client, env *ent.Environment, batchIDs []string) (map[string][]Slot, error) {
	events, err := s.withItemsOf(ctx, client, env, batchIDs)
	if err == nil || !barred(err) {
		return events, err
	}
	var taken []string
	var found map[string][]Slot
	for _, id := range batchIDs {
		more, err := s.withItemsOf(ctx, client, env, append(slices.Clip(taken), id))
		switch {
		case err == nil:
			taken, found = append(taken, id), more
		case !barred(err):
			return nil, err
		}
	}
	return found, nil
}

// barred reports whether publishing was refused.
func barred(err error) bool {
	f, ok := errors.AsType[*fault.Error](err)
	return ok && (f.Code == fault.FailedPrecondition || f.Code == fault.Conflict)
}

// withItemsOf returns what an environment would have with the approved items of batches published.
func (s *Service) withItemsOf(ctx context.Context, client *ent.Client, env *ent.Environment, batchIDs []string) (map[string][]Slot, error) {
	items, err := client.BatchItem.Query().Where(
		batchitem.BatchIDIn(batchIDs...), batchitem.DroppedReason(""),
		batchitem.Or(approvedUnder(batchIDs), batchitem.And(
			batchitem.ActionEQ(plan.ActionRemove), batchitem.HasBatchWith(batch.ReviewEQ(plan.BatchApproved)))),
	).IDs(ctx)
	if err != nil {
		return nil, fmt.Errorf("read items: %w", err)
	}
	if len(items) == 0 {
		return nil, nil //nolint:nilnil // nothing of them can be published
	}
	return s.withItems(ctx, client, env, &Request{EnvironmentID: env.ID, ItemIDs: items, DryRun: true})
}

// approvedUnder is the condition of items of which something was approved under one of the batches.
func approvedUnder(batchIDs []string) predicate.BatchItem {
	return func(q *sql.Selector) {
		approved := sql.Dialect(q.Dialect()).Select(approval.FieldItemID).From(sql.Table(approval.Table)).
			Where(store.Among(approval.FieldBatchID, batchIDs))
		q.Where(sql.In(q.C(batchitem.FieldID), approved))
	}
}
