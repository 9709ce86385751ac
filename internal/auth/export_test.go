package auth

import (
	"context"
	"sync"
	"time"
)

// What the tests of this package may see of its inside.
var (
	NewToken   = newToken
	CheckToken = checkToken
	ParsePHC   = func(s string) (string, error) { e, err := parsePHC(s); return e.String(), err }
)

// Recheck looks at all held credentials, as Run does every 10 seconds.
func (s *Service) Recheck(ctx context.Context) error { return s.recheck(ctx, s.live.held()) }

// Clean deletes expired sessions, as Run does every hour.
func (s *Service) Clean(ctx context.Context) error { return s.clean(ctx) }

// Held returns how many credentials are held.
func (s *Service) Held() int { return len(s.live.held()) }

// DropTrust empties the memory of looked-up credentials.
func (s *Service) DropTrust() { s.trusted.Purge() }

// Throttle is the throttle with its clock.
type Throttle struct{ t *throttle }

// NewThrottle returns a throttle.
func NewThrottle(now func() time.Time) Throttle { return Throttle{newThrottle(now)} }

// Guess takes one guess.
func (t Throttle) Guess(account, address string) (func(), error) { return t.t.guess(account, address) }

// Buckets returns how many accounts and addresses are remembered.
func (t Throttle) Buckets() (accounts, addresses int) {
	return t.t.accounts.Len(), t.t.addresses.Len()
}

// BearerDuring looks a token up and calls during once, between the question to the database and the use of its answer.
func (s *Service) BearerDuring(ctx context.Context, token string, during func()) (*Principal, error) {
	var once sync.Once
	t, err := s.lookUp(ctx, hashSecret(token), func(ctx context.Context, hash string) (loaded, error) {
		l, err := s.loadToken(ctx, hash)
		once.Do(during)
		return l, err
	})
	return t.principal, err
}
