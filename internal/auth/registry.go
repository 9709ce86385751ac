package auth

import (
	"sync"
	"time"
	"weak"
)

// registry finds every credential that somebody in this process still holds a principal of, so that none is forgotten
// when it is revoked, however long its holder streams. It refers to them weakly: what nobody holds any more disappears by
// itself, and nobody can forget to give anything back. Safe for concurrent use.
type registry struct {
	now func() time.Time

	mu   sync.Mutex
	live map[string]weak.Pointer[credential] // by id of session or token
}

func newRegistry(now func() time.Time) *registry {
	return &registry{now: now, live: make(map[string]weak.Pointer[credential])}
}

// hold returns the live state of the credential behind an identity that was just loaded. All holders of one credential
// share it as long as its rights stay the same; when they have changed, the earlier holders are ended.
func (r *registry) hold(of Identity) *credential {
	fresh := newCredential(of, r.now)
	r.mu.Lock()
	defer r.mu.Unlock()
	if c := r.live[fresh.id].Value(); c != nil && c.reason.Load() == nil {
		if c.rights == fresh.rights {
			c.extend(of.Expires)
			return c
		}
		c.end(errPermissionsChanged)
	}
	r.live[fresh.id] = weak.Make(fresh)
	return fresh
}

// held returns the credentials that are held and have not ended, and forgets the others.
func (r *registry) held() []*credential {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := make([]*credential, 0, len(r.live))
	for id, pointer := range r.live {
		if c := pointer.Value(); c != nil && c.reason.Load() == nil {
			list = append(list, c)
			continue
		}
		delete(r.live, id)
	}
	return list
}
