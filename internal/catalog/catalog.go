// Package catalog is the service of the tracking plan: apps with their terminals, environments and write keys; batches
// and their items; events, properties and value sets with their revisions. It changes them, lists them, finds them, and
// builds the plans that environments go by.
//
// Every exported method begins with who may do it (package auth). Commands collect everything that is wrong with their
// input, with the path of each field as the API names it, before anything is changed; each is one transaction, and what
// has to follow it (notices to other nodes) is done after its commit only. A transaction that changes what environments
// accept makes the version of each app concerned grow; after the commit the notice "plan.<app id>" goes out.
//
// A definition is edited under a batch. Its newest revision is a draft: edited under the same batch it changes in place,
// edited under another batch a new revision is made from it. The rows of events, properties and value sets hold a copy
// of their newest revision, which is what lists read.
//
// Lists are read page by page by keyset (see List), and for many parents at once (see Children), so that the number of
// statements never depends on the number of rows.
//
// Concurrency: a Service has no state of its own and is safe for concurrent use. Commands are serializable: each decides
// as if it were alone.
package catalog

import (
	"context"
	"log/slog"
	"time"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/store"
)

// Notifier carries notices to all nodes. Delivery is best effort: nodes also poll Versions.
type Notifier interface {
	Notify(subject string, data []byte) error
}

// Captured is what the catalog asks of what devices reported.
type Captured interface {
	// Reported says whether devices have reported the event with that id.
	Reported(ctx context.Context, eventID string) (bool, error)
	// CapturedIn says whether devices have reported anything to any of the environments with those ids.
	CapturedIn(ctx context.Context, environmentIDs []string) (bool, error)
	// ForgetEnvironment removes what devices reported to an environment that is gone.
	ForgetEnvironment(ctx context.Context, environmentID string) error
	// Unplanned returns all that came to an environment and no plan knew.
	Unplanned(ctx context.Context, environmentID string) ([]store.UnplannedSeen, error)
	// Sightings returns what was seen of properties.
	Sightings(ctx context.Context, q store.SightingQuery) ([]store.Sighting, error)
	// CountPerson returns how much is stored of a person, and DeletePerson removes it.
	CountPerson(ctx context.Context, p *store.Person) (store.PersonRows, error)
	DeletePerson(ctx context.Context, p *store.Person) (store.PersonRows, error)
	// NewestKept returns the number of the newest sample of each thing that came unplanned, 0 where none is kept.
	NewestKept(ctx context.Context, things []store.UnplannedThing) ([]int64, error)
	// CapturedEventsBySeq reads what devices reported by sequence numbers.
	CapturedEventsBySeq(ctx context.Context, seqs []int64) (map[int64]*capture.Captured, error)
}

// Options are what a Service works with. All but Logger are required.
type Options struct {
	Store    *store.Store
	Notifier Notifier
	Captured Captured
	// Publisher is what the moves of batches publish with.
	Publisher Publisher
	// Released is whose plans regression cases are run against.
	Released Released
	// Now is the clock, time.Now but in tests.
	Now func() time.Time
	// Logger hears what went wrong after a commit. Nil means silence.
	Logger *slog.Logger
}

// Service is the catalog. See the package comment for its rules.
type Service struct {
	store     *store.Store
	read      *ent.Client // for everything outside of transactions
	notifier  Notifier
	captured  Captured
	publisher Publisher
	released  Released
	clock     func() time.Time
	log       *slog.Logger
	ownHosts  []string
}

// New returns the service.
func New(o Options) *Service {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Service{
		store: o.Store, read: o.Store.Read(), notifier: o.Notifier, captured: o.Captured, publisher: o.Publisher,
		released: o.Released, clock: o.Now, log: o.Logger,
	}
}

// now is the time to store: UTC, cut to the microsecond that both databases keep.
func (s *Service) now() time.Time { return s.clock().UTC().Truncate(time.Microsecond) }
