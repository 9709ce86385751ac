package collect

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/wire"
)

// Pairing binds devices to capture sessions.
type Pairing interface {
	// HandShake binds an app that tells its id to the session with a code. A fault says that there is no such session.
	HandShake(ctx context.Context, code, id string) error
	// Opened takes note that a device has opened a page whose address carries a code. It never waits.
	Opened(l Link)
}

// Link is a page that was opened by an address that carries the code of a session.
type Link struct {
	Code, EnvironmentID string
	// DeviceID is the visitor's id where the SDK sends no device id.
	DeviceID string
	At       time.Time // when the server took it in
}

// LinkParameter is the parameter of a page's address that carries the code of a session.
const LinkParameter = "waymark_session"

// pair binds an app to a session. Who is told of a failure is the tester, on the phone and among the refused requests.
func (c *Collector) pair(ctx context.Context, route *wire.Route, q *wire.Request) wire.Outcome {
	code, id := route.Pairing(q)
	if code == "" || id == "" {
		return wire.Outcome{Kind: wire.Malformed, Reason: "the hand-shake says no code or no distinct_id"}
	}
	err := c.Pairing.HandShake(ctx, code, id)
	f, ok := errors.AsType[*fault.Error](err)
	switch {
	case err == nil:
		return wire.Outcome{Kind: wire.Accepted}
	case ok && f.Code != fault.Unavailable && f.Code != fault.Internal:
		return wire.Outcome{Kind: wire.Malformed, Reason: "hand-shake: " + f.Message}
	}
	c.Logger.ErrorContext(ctx, "hand-shake", "error", err)
	return wire.Outcome{Kind: wire.Unavailable, Reason: "the session cannot be looked for right now"}
}

// findLinks finds what was opened by the link of a session, before anything is masked.
func (p *payload) findLinks() {
	for i := range p.events {
		ev := &p.events[i]
		if !strings.Contains(ev.Page.URL, LinkParameter+"=") {
			continue
		}
		u, err := url.Parse(ev.Page.URL)
		if err != nil {
			continue
		}
		l := Link{Code: u.Query().Get(LinkParameter), EnvironmentID: ev.EnvironmentID, DeviceID: ev.DeviceID, At: ev.ReceivedAt}
		if l.DeviceID == "" {
			l.DeviceID = ev.AnonymousID
		}
		if l.Code != "" && l.DeviceID != "" && !slices.Contains(p.links, l) {
			p.links = append(p.links, l)
		}
	}
}

// pairLinked tells of what was opened by links, now that it is durable.
func (c *Collector) pairLinked(p *payload) {
	for _, l := range p.links {
		l.Code, l.EnvironmentID, l.DeviceID = strings.Clone(l.Code), strings.Clone(l.EnvironmentID), strings.Clone(l.DeviceID)
		c.Pairing.Opened(l)
	}
}
