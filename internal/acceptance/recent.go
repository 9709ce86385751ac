package acceptance

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/capturesession"
	"github.com/waymarkhq/waymark/ent/sessionbinding"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/session"
	"github.com/waymarkhq/waymark/internal/store"
)

const (
	// recently is how long ago a device may have reported that somebody picks.
	recently = 10 * time.Minute
	// recentLook is how many of the newest captured events are looked through for devices.
	recentLook = 3000
	// maxRecent is how many devices are told.
	maxRecent = 100
)

// RecentDevice is a device that reported a moment ago.
type RecentDevice struct {
	// DeviceID is the visitor's id where it sends no device id.
	DeviceID, UserID string
	// Last is its last event.
	Last *capture.Captured
	// SessionID is the open session that it is bound to; empty for none.
	SessionID string
}

// Recent returns the devices that reported to an environment a moment ago, the one that was touched last first.
func (s *Service) Recent(ctx context.Context, app, key string, first int) ([]*RecentDevice, error) {
	env, err := s.room(ctx, "Query.recentDevices", app, key)
	if err != nil {
		return nil, err
	}
	if first < 1 || first > maxRecent {
		var f fault.Fields
		f.Add("first", "out_of_range", fmt.Sprintf("1 to %d devices", maxRecent))
		return nil, f.Err()
	}
	pages, err := s.store.CapturedPages(ctx, store.CapturedQuery{
		By: store.ByEnvironment, Parents: []string{env.ID}, ReceivedFrom: s.clock().Add(-recently), Limit: recentLook,
	})
	if err != nil {
		return nil, err
	}
	p, err := auth.From(ctx)
	if err != nil {
		return nil, err
	}
	original := p.Can("CapturedEvent.original", auth.Object{App: env.AppID})
	list := devicesOf(pages[env.ID], original, first)
	return list, s.placeBound(ctx, env, list)
}

// devicesOf picks the first devices of events, newest first: as reported, for who may see that.
func devicesOf(events []*capture.Captured, original bool, first int) []*RecentDevice {
	list, seen := []*RecentDevice{}, map[string]bool{}
	for _, c := range events {
		of := c
		if original {
			of = c.Unmasked()
		}
		id := of.DeviceID
		if session.IsPlaceholder(id) {
			id = of.AnonymousID
		}
		if session.IsPlaceholder(id) || seen[id] {
			continue
		}
		seen[id] = true
		list = append(list, &RecentDevice{DeviceID: strings.Clone(id), UserID: of.UserID, Last: c})
		if len(list) == first {
			break
		}
	}
	return list
}

// placeBound tells which devices are bound to open sessions of the environment.
func (s *Service) placeBound(ctx context.Context, env *ent.Environment, list []*RecentDevice) error {
	ids := make([]string, len(list))
	for i, d := range list {
		ids[i] = d.DeviceID
	}
	rows, err := s.read.SessionBinding.Query().Where(
		sessionbinding.EnvironmentID(env.ID), sessionbinding.ValueIn(ids...), sessionbinding.UnboundAtIsNil(),
		sessionbinding.HasSessionWith(capturesession.EndedAtIsNil()),
	).All(ctx)
	if err != nil {
		return fmt.Errorf("read what is bound: %w", store.Fault(err))
	}
	for _, b := range rows {
		for _, d := range list {
			if d.DeviceID == b.Value {
				d.SessionID = b.SessionID
			}
		}
	}
	return nil
}
