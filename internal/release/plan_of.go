package release

import (
	"context"
	"fmt"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// PlanOf returns what an environment goes by: now, after a release, or as it would with all of a batch (by number) published.
// It is false for one that goes by the drafts. It is for another service, which has judged whether who is asking may.
func (s *Service) PlanOf(ctx context.Context, environmentID string, release *int, batch *string) (p *plan.Plan, ok bool, err error) {
	err = s.consistent(ctx, func(tx *ent.Tx) error {
		p, ok, err = s.planOf(ctx, tx.Client(), environmentID, release, batch)
		return err
	})
	if err != nil {
		return nil, false, fmt.Errorf("build a plan of %s: %w", environmentID, err)
	}
	return p, ok, nil
}

func (s *Service) planOf(
	ctx context.Context, client *ent.Client, environmentID string, release *int, batch *string,
) (*plan.Plan, bool, error) {
	if release == nil && batch == nil {
		return s.plan(ctx, client, environmentID)
	}
	env, err := client.Environment.Get(ctx, environmentID)
	if ent.IsNotFound(err) {
		return nil, false, fault.NotFoundf("Environment", environmentID)
	}
	if err != nil {
		return nil, false, err
	}
	if release != nil && (*release < 1 || *release > env.LastRelease) {
		return nil, false, fault.NotFoundf("Release", fmt.Sprintf("%s %d", env.Key, *release))
	}
	if env.LastRelease == 0 {
		return nil, false, nil
	}
	if release != nil {
		snap, err := s.reader(client).snapshot(ctx, env.ID, *release, asOf(*release))
		if err != nil {
			return nil, false, err
		}
		return s.planOfEvents(ctx, client, env, snap)
	}
	a, err := client.App.Get(ctx, env.AppID)
	if err != nil {
		return nil, false, err
	}
	events, err := s.withBatch(ctx, client, a, env, *batch)
	if err != nil {
		return nil, false, err
	}
	return s.planOfEvents(ctx, client, env, &snapshot{events: events})
}

// planOfEvents builds the plan of an environment that has what a snapshot says.
func (s *Service) planOfEvents(ctx context.Context, client *ent.Client, env *ent.Environment, snap *snapshot) (*plan.Plan, bool, error) {
	a, err := client.App.Get(ctx, env.AppID)
	if err != nil {
		return nil, false, err
	}
	p := &plan.Plan{AppID: a.ID, EnvironmentID: env.ID, Version: a.PlanVersion}
	if p.Terminals, err = terminals(ctx, client, a.ID); err != nil {
		return nil, false, fmt.Errorf("read terminals: %w", err)
	}
	_, err = s.plans.build(ctx, s.reader(client), p, snap)
	return p, true, err
}
