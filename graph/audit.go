package graph

import (
	"context"
	"maps"
	"strings"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/graph/model"
	"github.com/waymarkhq/waymark/graph/sibling"
	"github.com/waymarkhq/waymark/internal/auth"
)

// forAdministrators returns what an entry says to administrators of its app (or of the organisation), null to others.
func forAdministrators(ctx context.Context, e *ent.AuditEntry, text string) *string {
	if text == "" || auth.AllowOn(ctx, "AuditEntry.request", auth.Object{App: e.AppID}) != nil {
		return nil
	}
	return &text
}

// objectOf returns the object of an entry as it is now. The objects of all entries beside it are read together, one
// statement for each type.
func (r *Resolver) objectOf(ctx context.Context, e *ent.AuditEntry) (model.Node, error) {
	return sibling.Load(ctx, e, func(ctx context.Context, entries []*ent.AuditEntry) (map[string]model.Node, error) {
		byType := map[string][]string{}
		for _, id := range distinct(entries, func(e *ent.AuditEntry) string { return e.ObjectID }) {
			prefix, _, _ := strings.Cut(id, "_")
			byType[prefix] = append(byType[prefix], id)
		}
		objects := map[string]model.Node{}
		for prefix, find := range r.finders() {
			if len(byType[prefix]) == 0 {
				continue
			}
			some, err := find(ctx, byType[prefix])
			if err != nil {
				return nil, err
			}
			maps.Copy(objects, some)
		}
		found := make(map[string]model.Node, len(entries))
		for _, e := range entries {
			if o := objects[e.ObjectID]; o != nil {
				found[e.ID] = o
			}
		}
		return found, nil
	})
}
