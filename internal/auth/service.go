package auth

import (
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/waymarkhq/waymark/internal/store"
)

// Service manages people, their roles, sessions and API tokens. Safe for concurrent use. Its methods authorize by the
// context themselves; their errors are those of the fault vocabulary.
type Service struct {
	*Authenticator
	notifier  Notifier
	passwords *Passwords
	throttle  *throttle
	metrics   *metrics
	setUp     atomic.Pointer[string] // hash of the one-time token for the first administrator
}

// Options are what a Service works with. Only Store is needed.
type Options struct {
	Store *store.Store
	// Notifier tells the other nodes; nil when there are none.
	Notifier Notifier
	// Logger hears who signs in and what is refused, never a secret. Nil means silence.
	Logger *slog.Logger
	// Clock is the wall clock; default time.Now.
	Clock func() time.Time
	// Cost of hashing passwords; default DefaultCost.
	Cost Cost
	// Registerer gets the metrics; nil for none.
	Registerer prometheus.Registerer
}

// New returns a service. It starts nothing: see Run.
func New(o Options) (*Service, error) {
	if o.Store == nil {
		return nil, errors.New("auth: no store given")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	// The databases keep microseconds in UTC.
	now := func() time.Time { return o.Clock().UTC().Truncate(time.Microsecond) }
	s := &Service{
		Authenticator: newAuthenticator(o.Store, o.Logger, now),
		notifier:      o.Notifier,
		passwords:     NewPasswords(o.Cost),
		throttle:      newThrottle(now),
	}
	s.metrics = newMetrics(o.Registerer, s.live)
	return s, nil
}
