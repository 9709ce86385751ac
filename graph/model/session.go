package model

import (
	"context"
	"strings"
	"time"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/graph/sibling"
	"github.com/waymarkhq/waymark/internal/acceptance"
	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/session"
)

// SessionEvent is the public face of an event of a session.
type SessionEvent struct{ *acceptance.Event }

// NodeID tells it from others.
func (e SessionEvent) NodeID() string { return e.Captured().ID() }

// Captured returns what was captured.
func (e SessionEvent) Captured() CapturedEvent { return CapturedEvent{e.Event.Captured} }

// Verdict returns the session's verdict.
func (e SessionEvent) Verdict() capture.Verdict { return e.Judged.Verdict }

// Violations returns what is wrong with it.
func (e SessionEvent) Violations() []Violation { return CapturedEvent{e.Judged}.Violations() }

// EventKey returns the plan key of the event that judged it.
func (e SessionEvent) EventKey() *string { return given(e.Event.EventKey) }

// SessionEvents wraps events.
func SessionEvents(all []*acceptance.Event) []SessionEvent {
	out := make([]SessionEvent, len(all))
	for i, e := range all {
		out[i] = SessionEvent{e}
	}
	return out
}

// RegisterSessionEvents has the relations of events be loaded together.
func RegisterSessionEvents(ctx context.Context, events []SessionEvent) {
	captured := make([]CapturedEvent, len(events))
	for i, e := range events {
		captured[i] = e.Captured()
	}
	sibling.Register(ctx, events...)
	sibling.Register(ctx, captured...)
}

// SessionPage is what a viewer of a session gets in one frame.
type SessionPage struct{ *acceptance.Page }

// Events returns the events.
func (p SessionPage) Events(ctx context.Context) []SessionEvent {
	events := SessionEvents(p.Page.Events)
	RegisterSessionEvents(ctx, events)
	return events
}

// Session returns the session where something of it has changed.
func (p SessionPage) Session(ctx context.Context) *ent.CaptureSession {
	if p.Page.Session != nil {
		sibling.Register(ctx, p.Page.Session)
	}
	return p.Page.Session
}

// SessionDevice is the public face of a device of a session.
type SessionDevice struct{ *session.SeenDevice }

// DeviceIds returns the ids that it bore.
func (d SessionDevice) DeviceIds() []string { return notNil(d.DeviceIDs) }

// UserIds returns who was signed in on it.
func (d SessionDevice) UserIds() []string { return notNil(d.UserIDs) }

// Terminal returns the key of its terminal.
func (d SessionDevice) Terminal() *string { return given(d.SeenDevice.Terminal) }

// Os returns the operating system.
func (d SessionDevice) Os() string { return d.OS }

// AppBuild returns the app's build.
func (d SessionDevice) AppBuild() string { return d.Build }

// FirstSeenAt returns when it was first seen.
func (d SessionDevice) FirstSeenAt() time.Time { return d.FirstSeen }

// LastSeenAt returns when it was last seen.
func (d SessionDevice) LastSeenAt() time.Time { return d.LastSeen }

// ValidCount returns how many of its events are valid.
func (d SessionDevice) ValidCount() int { return d.Valid }

// InvalidCount returns how many are invalid.
func (d SessionDevice) InvalidCount() int { return d.Invalid }

// UnplannedCount returns how many are unplanned.
func (d SessionDevice) UnplannedCount() int { return d.Unplanned }

func notNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// RecentDevice is the public face of a device that reported a moment ago.
type RecentDevice struct{ *acceptance.RecentDevice }

// NodeID tells it from others.
func (d RecentDevice) NodeID() string { return d.DeviceID }

// Terminal returns the key of its terminal.
func (d RecentDevice) Terminal() *string { return given(d.Last.TerminalKey) }

// Model returns its model.
func (d RecentDevice) Model() string { return d.Last.Device.Model }

// Os returns its operating system with the version.
func (d RecentDevice) Os() string { return strings.TrimSpace(d.Last.OS.Name + " " + d.Last.OS.Version) }

// AppVersion returns the app's version.
func (d RecentDevice) AppVersion() string { return d.Last.App.Version }

// IP returns the address that it sent from.
func (d RecentDevice) IP() string { return d.Last.IP }

// LastName returns the name of its last event.
func (d RecentDevice) LastName() string { return d.Last.Name }

// LastSeenAt returns when that came.
func (d RecentDevice) LastSeenAt() time.Time { return d.Last.ReceivedAt }
