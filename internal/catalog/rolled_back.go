package catalog

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/batch"
	"github.com/waymarkhq/waymark/ent/itemdelivery"
	"github.com/waymarkhq/waymark/ent/release"
	"github.com/waymarkhq/waymark/ent/transition"
	"github.com/waymarkhq/waymark/internal/plan"
)

// RolledBack brings deliveries in step with a rollback of an environment to what held after the restored release, which the
// history tells, and not what is in force: a property or value set that no event uses is in force nowhere, and what took
// an event offline may have been overtaken since. In production, each item is where it was before it went online since, or is
// online again; in test, what was handed over since has to be handed over again. It works in the transaction of the
// rollback, which made the release with releaseID.
func (s *Service) RolledBack(ctx context.Context, tx *ent.Tx, environmentID string, restored int, releaseID string) error {
	env, err := tx.Environment.Get(ctx, environmentID)
	if err != nil {
		return lost(err, "Environment", environmentID)
	}
	if _, ok := stations[env.Key]; !ok {
		return nil
	}
	u, err := readUndone(ctx, tx, env, restored)
	if err != nil {
		return err
	}
	return s.eachStage(ctx, tx, u.items(), func(ctx context.Context, g *stage) error {
		if g.batch.Review != plan.BatchApproved {
			return nil
		}
		g.in.Note = "rolled back"
		for _, d := range g.deliveries {
			if err := g.follow(ctx, d, u.stateOf(d), releaseID); err != nil {
				return err
			}
		}
		if err := g.noteStarts(ctx); err != nil {
			return err
		}
		return g.setState(ctx)
	})
}

// follow brings one delivery to where a rollback has it.
func (g *stage) follow(ctx context.Context, d *ent.ItemDelivery, to plan.DeliveryState, releaseID string) error {
	if to == d.State {
		return nil
	}
	from := string(d.State)
	if err := g.deliver(ctx, d, to); err != nil {
		return err
	}
	return g.log(ctx, &step{item: g.item(d.ItemID), delivery: d}, from, string(to), releaseID, &Transitioned{})
}

// undone are the moves since a release that was restored, oldest first, as far as they have to do with its environment.
type undone struct {
	environment string // its key
	moves       []*ent.Transition
	// approved says when items, or batches, were approved last, by their ids: what was before says nothing of them as they are.
	approved map[string]time.Time
	// again are the ids of items that were published into production since, in which they may have been already.
	again []string
	// ofBatches are the ids of the items of batches that were moved as a whole.
	ofBatches map[string][]string
}

func readUndone(ctx context.Context, tx *ent.Tx, env *ent.Environment, restored int) (*undone, error) {
	r, err := tx.Release.Query().Where(release.EnvironmentID(env.ID), release.Number(restored)).Only(ctx)
	if err != nil {
		return nil, lost(err, "Release", fmt.Sprintf("%s %d", env.Key, restored))
	}
	u := &undone{environment: env.Key, approved: map[string]time.Time{}, ofBatches: map[string][]string{}}
	later := func(dialect string) *sql.Selector {
		return sql.Dialect(dialect).Select(release.FieldID).From(sql.Table(release.Table)).
			Where(sql.And(sql.EQ(release.FieldEnvironmentID, env.ID), sql.GT(release.FieldNumber, restored)))
	}
	u.moves, err = tx.Transition.Query().Where(transition.HasBatchWith(batch.AppID(env.AppID)), func(q *sql.Selector) {
		// By the number where there is one: within one transaction a move is timed before the release that it made.
		q.Where(sql.Or(sql.In(q.C(transition.FieldReleaseID), later(q.Dialect())),
			sql.And(sql.IsNull(q.C(transition.FieldReleaseID)), sql.GT(q.C(transition.FieldCreatedAt), r.CreatedAt))))
	}).Order(transition.ByCreatedAt(), transition.ByID()).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read what was done since: %w", err)
	}
	err = tx.ItemDelivery.Query().Where(func(q *sql.Selector) {
		q.Where(sql.In(q.C(itemdelivery.FieldProductionReleaseID), later(q.Dialect())))
	}).Select(itemdelivery.FieldItemID).Scan(ctx, &u.again)
	if err != nil {
		return nil, fmt.Errorf("read what was published since: %w", err)
	}
	for _, t := range u.moves {
		if t.ToState == string(plan.BatchApproved) && t.FromState != t.ToState {
			u.approved[subjectOf(t)] = t.CreatedAt
		}
	}
	return u, u.readBatches(ctx, tx)
}

// subjectOf is the id of what a move is of: an item, or a batch as a whole.
func subjectOf(t *ent.Transition) string {
	if t.ItemID != "" {
		return t.ItemID
	}
	return t.BatchID
}

// readBatches reads the items of the batches that were put online as a whole.
func (u *undone) readBatches(ctx context.Context, tx *ent.Tx) error {
	ids := map[string]bool{}
	for _, t := range u.moves {
		if t.ItemID == "" && u.enters(t) {
			ids[t.BatchID] = true
		}
	}
	if len(ids) == 0 {
		return nil
	}
	batches, err := tx.Batch.Query().Where(isAmong(batch.FieldID, slices.Sorted(maps.Keys(ids)))).WithItems().All(ctx)
	for _, b := range batches {
		for _, it := range b.Edges.Items {
			u.ofBatches[b.ID] = append(u.ofBatches[b.ID], it.ID)
		}
	}
	if err != nil {
		return fmt.Errorf("read what was put online as a whole: %w", err)
	}
	return nil
}

// items are the ids of those that were moved.
func (u *undone) items() []string {
	ids := map[string]bool{}
	for _, id := range u.again {
		ids[id] = true
	}
	for _, t := range u.moves {
		if !u.enters(t) && !u.leaves(t) {
			continue
		}
		if t.ItemID != "" {
			ids[t.ItemID] = true
		}
		for _, id := range u.ofBatches[t.BatchID] {
			ids[id] = true
		}
	}
	return slices.Sorted(maps.Keys(ids))
}

// enters reports whether a move brought something into the environment.
func (u *undone) enters(t *ent.Transition) bool {
	if u.environment == plan.EnvironmentProduction {
		return t.ToState == string(plan.DeliveryOnline)
	}
	return t.FromState == string(plan.DeliveryInDevelopment) && t.ToState == string(plan.DeliveryInTesting)
}

// leaves reports whether a move took something out of the environment, or said that it is not fit for it.
func (u *undone) leaves(t *ent.Transition) bool {
	if u.environment == plan.EnvironmentProduction {
		return t.FromState == string(plan.DeliveryOnline)
	}
	return t.ToState == string(plan.DeliveryInDevelopment) && t.FromState != string(plan.DeliveryOnline)
}

// stateOf returns how far an item has come on a terminal once the moves are undone: the first of them says where it was. What
// was dropped or moved to another batch since stays so.
func (u *undone) stateOf(d *ent.ItemDelivery) plan.DeliveryState {
	first := u.first(d)
	isOnItsWay := d.State == plan.DeliveryInDevelopment || d.State == plan.DeliveryInTesting || d.State == plan.DeliveryAccepted
	isProduction := u.environment == plan.EnvironmentProduction
	switch {
	case first == nil:
		return d.State
	case isProduction && u.leaves(first) && isOnItsWay:
		return plan.DeliveryOnline
	case isProduction && u.enters(first) && d.State == plan.DeliveryOnline:
		if first.ItemID == "" { // what was imported as online had been nowhere before
			return plan.DeliveryAccepted
		}
		return plan.DeliveryState(first.FromState)
	case !isProduction && u.enters(first) && isOnItsWay:
		return plan.DeliveryInDevelopment
	default:
		return d.State
	}
}

// first returns the first of the moves by which a delivery, with what it brings as it was approved last, came into the
// environment or left it; nil where there is none.
func (u *undone) first(d *ent.ItemDelivery) *ent.Transition {
	since := u.approved[d.ItemID]
	if at := u.approved[d.BatchID]; at.After(since) {
		since = at
	}
	for _, t := range u.moves {
		of := t.ItemID == d.ItemID && t.Terminal == d.Terminal || t.ItemID == "" && slices.Contains(u.ofBatches[t.BatchID], d.ItemID)
		if of && (u.enters(t) || u.leaves(t)) && !t.CreatedAt.Before(since) {
			return t
		}
	}
	return nil
}
