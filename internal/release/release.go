// Package release is the service of what is in force: it publishes what reviews have approved into environments, brings
// earlier releases back, compares, and tells what held when.
//
// An approval puts a complete definition, frozen under its hash, on the line of its event. A release says which hash
// entered an environment and which left it, for an event on a terminal from an app version on: a slot. Slots are
// intervals over the numbers of releases, so that the plan of any release can be read back, and none is ever changed. An
// environment that never had a release goes by the drafts.
//
// What an item made of an event is published as the line has it, from an app version on: it never goes back on what holds
// there, leaves newer changes their later versions, and brings no change along whose batch is not published (see choose).
// Publishing is serial per environment: whoever publishes holds the environment's row, which also gives the numbers,
// without gaps.
//
// Every exported method begins with who may do it (package auth), but for those that say otherwise: they are for the
// program itself, or for a command that runs in a transaction of another service.
//
// Concurrency: a Service is safe for concurrent use. What it keeps in memory are immutable values (see snapshots).
package release

import (
	"log/slog"
	"time"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/store"
)

// Notifier carries notices to all nodes. Delivery is best effort: nodes also look for themselves.
type Notifier interface {
	Notify(subject string, data []byte) error
}

// Options are what a Service works with. All but Logger are required.
type Options struct {
	Store    *store.Store
	Notifier Notifier
	Drafts   Drafts
	// Deliveries follow what is published.
	Deliveries Deliveries
	// Now is the clock, time.Now but in tests.
	Now func() time.Time
	// Logger hears what went wrong after a commit. Nil means silence.
	Logger *slog.Logger
}

// Service publishes, compares and tells. See the package comment for its rules.
type Service struct {
	store    *store.Store
	read     *ent.Client // for everything outside of transactions
	notifier Notifier
	drafts   Drafts
	clock    func() time.Time
	log      *slog.Logger

	deliveries Deliveries

	snapshots snapshots
	plans     plans
}

// New returns the service.
func New(o Options) *Service {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Service{
		store: o.Store, read: o.Store.Read(), notifier: o.Notifier, drafts: o.Drafts, clock: o.Now, log: o.Logger, deliveries: o.Deliveries,
		snapshots: snapshots{newest: map[string]*snapshot{}}, plans: plans{built: map[string]*builtPlan{}},
	}
}

// now is the time to store: UTC, cut to the microsecond that both databases keep.
func (s *Service) now() time.Time { return s.clock().UTC().Truncate(time.Microsecond) }
