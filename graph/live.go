package graph

import (
	"context"

	"github.com/waymarkhq/waymark/graph/model"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/live"
	"github.com/waymarkhq/waymark/internal/monitor"
	"github.com/waymarkhq/waymark/internal/subscription"
)

// liveCapture streams what an environment captures.
func (r *Resolver) liveCapture(
	ctx context.Context, app, environment string, filter *model.CaptureFilter,
) (<-chan *model.CapturePage, error) {
	env, err := r.Catalog.EnvironmentByKey(ctx, "Subscription.liveCapture", app, environment)
	if err != nil {
		return nil, err
	}
	wanted, err := liveFilter(filter)
	if err != nil {
		return nil, err
	}
	sub, err := r.Hub.Subscribe(env.AppID, env.ID, wanted)
	if err != nil {
		return nil, err
	}
	pages := make(chan *model.CapturePage)
	go func() {
		defer close(pages)
		defer sub.Close()
		forward(ctx, sub.C(), pages)
	}()
	return subscription.Offer(ctx, subscription.Source[*model.CapturePage]{
		Items:  pages,
		Weight: func(p *model.CapturePage) int { return len(p.Captured) + p.Dropped },
		Loss:   func(n int) *model.CapturePage { return &model.CapturePage{Dropped: n} },
	}), nil
}

// forward turns the hub's pages into those of the API until either side ends.
func forward(ctx context.Context, from <-chan *live.Page, to chan<- *model.CapturePage) {
	for {
		select {
		case <-ctx.Done():
			return
		case p, open := <-from:
			if !open {
				return
			}
			select {
			case to <- &model.CapturePage{Captured: p.Events, Dropped: p.Dropped}:
			case <-ctx.Done():
				return
			}
		}
	}
}

func liveFilter(f *model.CaptureFilter) (live.Filter, error) {
	if f == nil {
		return live.Filter{}, nil
	}
	if f.ReceivedBefore != nil {
		var fields fault.Fields
		fields.Add("filter.receivedBefore", "not_live", "what is live has no end; leave it out")
		return live.Filter{}, fields.Err()
	}
	out := live.Filter{
		EventKeys: f.EventKeys, Verdicts: f.Verdicts, Codes: f.ViolationCodes, Terminals: f.Terminals,
		DeviceIDs: f.DeviceIds, UserIDs: f.UserIds, AppVersions: f.AppVersions,
	}
	if f.Text != nil {
		out.Text = *f.Text
	}
	out.ReceivedFrom = receivedBound(f.ReceivedFrom)
	return out, nil
}

// watchMonitor streams figures, of which the newest is always worth more than those before.
func (r *Resolver) watchMonitor(ctx context.Context, app *string) (<-chan *monitor.Figures, error) {
	apps, err := r.monitored(ctx, "Subscription.monitor", app)
	if err != nil {
		return nil, err
	}
	figures, err := r.Monitor.Watch(ctx, apps)
	if err != nil {
		return nil, err
	}
	return subscription.Offer(ctx, subscription.Source[*monitor.Figures]{Items: figures}), nil
}

func (r *Resolver) monitorNow(ctx context.Context, app *string) (*monitor.Figures, error) {
	apps, err := r.monitored(ctx, "Query.monitor", app)
	if err != nil {
		return nil, err
	}
	return r.Monitor.Figures(ctx, apps)
}

// monitored returns the app that is asked about, or all that the viewer may see.
func (r *Resolver) monitored(ctx context.Context, action auth.Action, app *string) (monitor.Apps, error) {
	if app == nil {
		if err := auth.Allow(ctx, action, ""); err != nil {
			return monitor.Apps{}, err
		}
		all, ids, err := auth.Visible(ctx)
		return monitor.Apps{All: all, IDs: ids}, err
	}
	a, err := r.Catalog.App(ctx, *app)
	if err != nil {
		return monitor.Apps{}, err
	}
	return monitor.Apps{IDs: []string{a.ID}}, auth.Allow(ctx, action, a.ID)
}
