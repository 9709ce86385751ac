package graph

import (
	"context"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/graph/model"
	"github.com/waymarkhq/waymark/graph/sibling"
	"github.com/waymarkhq/waymark/internal/catalog"
)

// mentionedIn returns the people whom a comment names.
func (r *Resolver) mentionedIn(ctx context.Context, c *ent.Comment) ([]*ent.User, error) {
	return sibling.Load(ctx, c, func(ctx context.Context, comments []*ent.Comment) (map[string][]*ent.User, error) {
		of, err := r.Catalog.MentionsOf(ctx, distinct(comments, (*ent.Comment).NodeID))
		if err != nil {
			return nil, err
		}
		var ids []string
		for _, list := range of {
			ids = append(ids, distinct(list, func(m *ent.Mention) string { return m.UserID })...)
		}
		people, err := r.Catalog.UsersByID(ctx, distinct(ids, func(id string) string { return id }))
		found := make(map[string][]*ent.User, len(of))
		for id, list := range of {
			for _, m := range list {
				if u := people[m.UserID]; u != nil {
					found[id] = append(found[id], u)
					sibling.Register(ctx, u)
				}
			}
		}
		return found, err
	})
}

// mentionsOfViewer lists where comments name who is asking.
func (r *Resolver) mentionsOfViewer(
	ctx context.Context, v *model.Viewer, filter *catalog.MentionFilter, args catalog.PageArgs,
) (*model.Connection[*ent.Mention], error) {
	return children(ctx, v.User, r.Catalog.MentionsOfUsers(filter), args)
}
