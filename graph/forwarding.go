package graph

import (
	"context"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/graph/model"
	"github.com/waymarkhq/waymark/graph/sibling"
)

// forwarding is how passing on goes in an environment, read for all environments beside it at once.
func (r *Resolver) forwarding(ctx context.Context, e *ent.Environment) (*model.Forwarding, error) {
	if e.ForwardTo == "" {
		return nil, nil //nolint:nilnil // null is GraphQL's word for "none"
	}
	return sibling.Load(ctx, e, func(ctx context.Context, list []*ent.Environment) (map[string]*model.Forwarding, error) {
		backlogs := map[string]string{}
		for _, e := range list {
			if e.ForwardTo != "" {
				backlogs[e.ID] = e.ForwardBacklog
			}
		}
		states, err := r.Forwarder.States(ctx, backlogs)
		if err != nil {
			return nil, err
		}
		found := make(map[string]*model.Forwarding, len(states))
		for _, e := range list {
			if state := states[e.ID]; state != nil {
				found[e.ID] = &model.Forwarding{Environment: e, State: state}
			}
		}
		return found, nil
	})
}
