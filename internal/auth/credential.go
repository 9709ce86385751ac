package auth

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/waymarkhq/waymark/internal/fault"
)

// What the holder of a credential is told when it ended. The reasons are part of the API, and travel in notices.
var (
	errSessionEnded       = fault.New(fault.Unauthenticated, "session_ended", "this session was ended; sign in again")
	errSessionExpired     = fault.New(fault.Unauthenticated, "session_expired", "this session is over; sign in again")
	errTokenUnknown       = fault.New(fault.Unauthenticated, "token_unknown", "this is not a valid API token")
	errTokenRevoked       = fault.New(fault.Unauthenticated, "token_revoked", "this API token was revoked")
	errTokenExpired       = fault.New(fault.Unauthenticated, "token_expired", "this API token has expired")
	errUserDeactivated    = fault.New(fault.Unauthenticated, "user_deactivated", "this account was deactivated")
	errPermissionsChanged = fault.New(fault.Unauthenticated, "permissions_changed", "your permissions changed; connect again")
)

// credential is the live state of one session or API token that somebody in this process holds a principal of.
type credential struct {
	id      string // of the session or token
	isToken bool
	userID  string
	rights  string // the scope when it was loaded; any change ends the credential
	now     func() time.Time

	// expires is in Unix microseconds, as times are stored: nanoseconds end in the year 2262. 0 is never; it moves on while a
	// session is used.
	expires atomic.Int64
	reason  atomic.Pointer[fault.Error]
	once    sync.Once
	ended   chan struct{}
}

// newCredential returns the live state of the credential behind an identity.
func newCredential(of Identity, now func() time.Time) *credential {
	c := &credential{
		id: of.TokenID, isToken: of.TokenID != "", userID: of.UserID, rights: scopeOf(of),
		now: now, ended: make(chan struct{}),
	}
	if !c.isToken {
		c.id = of.SessionID
	}
	c.extend(of.Expires)
	return c
}

// extend moves the expiry; zero is never.
func (c *credential) extend(to time.Time) {
	if to.IsZero() {
		c.expires.Store(0)
		return
	}
	c.expires.Store(to.UnixMicro())
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
	if at := c.expires.Load(); at != 0 && c.now().UnixMicro() >= at {
		return expiredFault(c.isToken)
	}
	return nil
}

func expiredFault(isToken bool) *fault.Error {
	if isToken {
		return errTokenExpired
	}
	return errSessionExpired
}
