package graph

import (
	"context"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/graph/model"
	"github.com/waymarkhq/waymark/graph/sibling"
)

// sampling resolves which captured events environments keep, and how many they did not.
func (r *Resolver) sampling(ctx context.Context, env *ent.Environment) (*model.Sampling, error) {
	notKept, err := sibling.Load(ctx, env, func(ctx context.Context, all []*ent.Environment) (map[string]int64, error) {
		return r.Samples.NotKept(ctx, distinct(all, (*ent.Environment).NodeID))
	})
	return &model.Sampling{
		ValidShare: env.ValidShare, InvalidPerMinute: env.InvalidPerMinute, NotKeptCount: notKept,
	}, err
}
