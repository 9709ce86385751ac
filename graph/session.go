package graph

import (
	"context"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/graph/model"
	"github.com/waymarkhq/waymark/graph/sibling"
	"github.com/waymarkhq/waymark/internal/masking"
)

func sessionPayload(row *ent.CaptureSession) *model.CaptureSessionPayload {
	return &model.CaptureSessionPayload{CaptureSession: row}
}

// eventsOfSession resolves what a session tests.
func (r *Resolver) eventsOfSession(ctx context.Context, of *ent.CaptureSession) ([]*ent.Event, error) {
	return sibling.Load(ctx, of, func(ctx context.Context, all []*ent.CaptureSession) (map[string][]*ent.Event, error) {
		found, err := r.Catalog.EventsOfSessions(ctx, all)
		for _, list := range found {
			sibling.Register(ctx, list...)
		}
		return found, err
	})
}

// testersOf resolves who takes part in a session.
func (r *Resolver) testersOf(ctx context.Context, of *ent.CaptureSession) ([]*ent.User, error) {
	return sibling.Load(ctx, of, func(ctx context.Context, all []*ent.CaptureSession) (map[string][]*ent.User, error) {
		var ids []string
		for _, s := range all {
			ids = append(ids, s.TesterIds...)
		}
		users, err := r.Catalog.UsersByID(ctx, distinct(ids, func(id string) string { return id }))
		found := make(map[string][]*ent.User, len(all))
		for _, s := range all {
			for _, id := range s.TesterIds {
				if u := users[id]; u != nil {
					found[s.ID] = append(found[s.ID], u)
					sibling.Register(ctx, u)
				}
			}
		}
		return found, err
	})
}

// joinURL is where colleagues look at a session.
func (r *Resolver) joinURL(ctx context.Context, of *ent.CaptureSession) (string, error) {
	app, err := one(ctx, of, func(s *ent.CaptureSession) string { return s.AppID }, r.Catalog.AppsByID)
	if err != nil || app == nil {
		return "", err
	}
	return r.PublicURL() + "/apps/" + app.Key + "/capture/" + of.Code, nil
}

// looks mask what is shown of ids.
var looks = masking.New(masking.Patterns(), nil)
