package app

import (
	"context"
	"time"

	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/httpserver"
)

// maxLag is how far the database may be behind the stream before the node calls itself not ready: what people see is too
// old then.
const maxLag = 5 * time.Minute

// checks are what readiness depends on. Collecting needs the bus and the plans, which are in memory; the API needs the
// database too.
func (a *App) checks() []httpserver.Check {
	return []httpserver.Check{
		{Name: "bus", Collect: true, Probe: func(context.Context) error { return a.bus.Healthy() }},
		{Name: "plans", Collect: true, Probe: func(context.Context) error { return a.planner.Ready() }},
		{Name: "database", Probe: a.store.Ping},
		{Name: "writer", Probe: func(context.Context) error { return a.writerHealth() }},
	}
}

func (a *App) writerHealth() error {
	if err := a.writer.Ready(); err != nil {
		return err
	}
	if lag := a.writer.Lag(); lag.Leading && lag.Age > maxLag {
		return fault.New(fault.Unavailable, "writer_behind", "captured events are written with delay").
			With("seconds", int(lag.Age.Seconds()))
	}
	return nil
}
