package graph

import (
	"context"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/graph/model"
	"github.com/waymarkhq/waymark/graph/sibling"
	"github.com/waymarkhq/waymark/internal/acceptance"
	"github.com/waymarkhq/waymark/internal/masking"
	"github.com/waymarkhq/waymark/internal/subscription"
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

// devicesOfSession resolves the devices that a session has seen.
func (r *Resolver) devicesOfSession(ctx context.Context, of *ent.CaptureSession) ([]*model.SessionDevice, error) {
	found, err := r.Acceptance.Devices(ctx, of.ID)
	out := make([]*model.SessionDevice, len(found))
	for i, d := range found {
		out[i] = &model.SessionDevice{SeenDevice: d}
	}
	return out, err
}

// eventsCapturedIn resolves what a session's devices reported.
func (r *Resolver) eventsCapturedIn(ctx context.Context, of *ent.CaptureSession, q acceptance.EventQuery) (*model.Connection[model.SessionEvent], error) {
	page, err := r.Acceptance.Captured(ctx, of.ID, q)
	if err != nil {
		return nil, err
	}
	events := model.SessionEvents(page.Events)
	model.RegisterSessionEvents(ctx, events)
	return &model.Connection[model.SessionEvent]{
		Nodes: events, Cursor: page.Cursor,
		PageInfo: model.PageInfo{HasNextPage: page.HasNext, HasPreviousPage: page.HasPrevious, Size: len(events), Cursor: page.Cursor},
	}, nil
}

// repeated resolves the event that another one repeats.
func (r *Resolver) repeated(ctx context.Context, e model.SessionEvent) (*model.CapturedEvent, error) {
	if e.Repeats == 0 {
		return nil, nil //nolint:nilnil // null is GraphQL's word for "none"
	}
	return sibling.Load(ctx, e, func(ctx context.Context, all []model.SessionEvent) (map[string]*model.CapturedEvent, error) {
		var seqs []int64
		for _, one := range all {
			if one.Repeats != 0 {
				seqs = append(seqs, one.Repeats)
			}
		}
		rows, err := r.Samples.BySeq(ctx, seqs)
		found := make(map[string]*model.CapturedEvent, len(rows))
		for _, one := range all {
			if c := rows[one.Repeats]; c != nil {
				found[one.NodeID()] = &model.CapturedEvent{Captured: c}
				sibling.Register(ctx, *found[one.NodeID()])
			}
		}
		return found, err
	})
}

// recentDevices resolves the root field.
func (r *Resolver) recentDevices(ctx context.Context, app, environment string, first int) ([]*model.RecentDevice, error) {
	found, err := r.Acceptance.Recent(ctx, app, environment, first)
	out := make([]*model.RecentDevice, len(found))
	for i, d := range found {
		out[i] = &model.RecentDevice{RecentDevice: d}
		sibling.Register(ctx, *out[i])
	}
	return out, err
}

// watchSession streams what becomes of a session.
func (r *Resolver) watchSession(ctx context.Context, code string, after *int64) (<-chan *model.SessionPage, error) {
	from, err := r.Acceptance.Watch(ctx, code, after)
	if err != nil {
		return nil, err
	}
	pages := make(chan *model.SessionPage)
	go func() {
		defer close(pages)
		for p := range from {
			select {
			case pages <- &model.SessionPage{Page: p}:
			case <-ctx.Done():
				return
			}
		}
	}()
	return subscription.Offer(ctx, subscription.Source[*model.SessionPage]{
		Items:  pages,
		Weight: func(p *model.SessionPage) int { return p.Weight() },
		Loss:   func(n int) *model.SessionPage { return &model.SessionPage{Page: &acceptance.Page{Dropped: n}} },
	}), nil
}
