package auth

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/waymarkhq/waymark/internal/fault"
)

// credential is the live state of one session or API token that somebody in this process holds a principal of.
type credential struct {
	id     string // of the session or token
	userID string
	rights string // scope at the time it was loaded; any change ends the credential's principals
	now    func() time.Time

	expires atomic.Int64 // Unix nanoseconds, 0 for never; moves on while a session is used
	reason  atomic.Pointer[fault.Error]
	once    sync.Once
	ended   chan struct{}
}

func newCredential(id, userID, rights string, expires time.Time, now func() time.Time) *credential {
	c := &credential{id: id, userID: userID, rights: rights, now: now, ended: make(chan struct{})}
	c.extend(expires)
	return c
}

// extend moves the expiry; zero is never.
func (c *credential) extend(to time.Time) {
	if to.IsZero() {
		c.expires.Store(0)
		return
	}
	c.expires.Store(to.UnixNano())
}

// end ends the credential for everyone who holds it; the first reason stays.
func (c *credential) end(reason *fault.Error) {
	c.once.Do(func() {
		c.reason.Store(reason)
		close(c.ended)
	})
}

func (c *credential) err() error {
	if reason := c.reason.Load(); reason != nil {
		return reason
	}
	if at := c.expires.Load(); at != 0 && c.now().UnixNano() >= at {
		return expiredFault(c.id)
	}
	return nil
}

// expiredFault is what the holder of the session or token with that id is told after its time.
func expiredFault(id string) *fault.Error {
	if isToken(id) {
		return endings["token_expired"]
	}
	return endings["session_expired"]
}
