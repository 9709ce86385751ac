package graph

import (
	"context"

	"github.com/waymarkhq/waymark/graph/model"
	"github.com/waymarkhq/waymark/graph/sibling"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/collect"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/subscription"
)

// refusedOf reads whose refused requests are asked for.
func (r *Resolver) refusedOf(
	ctx context.Context, action auth.Action, app, environment, key, address *string, kinds []model.RefusalKind,
) (q collect.RefusedQuery, err error) {
	q.Key, q.Address = text(key), text(address)
	for _, k := range kinds {
		q.Kinds = append(q.Kinds, string(k))
	}
	switch {
	case app != nil && environment != nil:
		env, err := r.Catalog.EnvironmentByKey(ctx, action, *app, *environment)
		if err != nil {
			return q, err
		}
		q.AppID, q.EnvironmentID = env.AppID, env.ID
		return q, nil
	case app != nil:
		a, err := r.Catalog.App(ctx, *app)
		if err != nil {
			return q, err
		}
		q.AppID = a.ID
	case environment != nil:
		return q, fault.Invalid(fault.Field{Path: "app", Reason: "required", Message: "an environment is one of an app"})
	}
	return q, auth.Allow(ctx, action, q.AppID)
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func (r *Resolver) refusedPage(ctx context.Context, q collect.RefusedQuery) (*model.Connection[model.RefusedRequest], error) {
	page, err := r.Refused.Page(ctx, q)
	if err != nil {
		return nil, err
	}
	nodes := model.RefusedRequests(page.Requests)
	sibling.Register(ctx, nodes...)
	return &model.Connection[model.RefusedRequest]{
		Nodes: nodes, Cursor: page.Cursor,
		PageInfo: model.PageInfo{HasNextPage: page.HasNext, HasPreviousPage: q.After != nil, Size: len(nodes), Cursor: page.Cursor},
	}, nil
}

// watchRefused streams refused requests.
func (r *Resolver) watchRefused(ctx context.Context, q collect.RefusedQuery) (<-chan []*model.RefusedRequest, error) {
	found, err := r.Refused.Watch(ctx, q)
	if err != nil {
		return nil, err
	}
	pages := make(chan []*model.RefusedRequest)
	go func() {
		defer close(pages)
		for list := range found {
			page := make([]*model.RefusedRequest, len(list))
			for i, one := range list {
				page[i] = &model.RefusedRequest{Refusal: one}
			}
			select {
			case pages <- page:
			case <-ctx.Done():
				return
			}
		}
	}()
	return subscription.Offer(ctx, subscription.Source[[]*model.RefusedRequest]{Items: pages}), nil
}
