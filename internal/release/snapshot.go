package release

import (
	"context"
	"maps"
	"slices"
	"sync"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent/releaseslot"
)

// snapshot is what an environment goes by after one release. It is immutable.
type snapshot struct {
	number int
	events map[string][]Slot // what holds, in order
}

// snapshots keep the newest known snapshot of each environment, so that only what changed since has to be read. It is
// safe for concurrent use.
type snapshots struct {
	mu     sync.Mutex
	newest map[string]*snapshot // by environment
}

// of returns what an environment goes by after the release with a number, which is its newest as r sees it. The reader
// must see one state in all its statements, and none that is not committed yet.
func (k *snapshots) of(ctx context.Context, r reader, environmentID string, number int) (*snapshot, error) {
	k.mu.Lock()
	have := k.newest[environmentID]
	k.mu.Unlock()
	if have != nil && have.number == number {
		return have, nil
	}
	var next *snapshot
	var err error
	if have == nil || have.number > number {
		next, err = r.snapshot(ctx, environmentID, number, live())
	} else {
		next, err = have.advance(ctx, r, environmentID, number)
	}
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if there := k.newest[environmentID]; there == nil || there.number < number {
		k.newest[environmentID] = next
	}
	return next, nil
}

// snapshot reads all of what an environment went by after the release with a number: the slots that the predicate says.
func (r reader) snapshot(ctx context.Context, environmentID string, number int, held *sql.Predicate) (*snapshot, error) {
	events, err := r.slotsByEvent(ctx, environmentID, held)
	return &snapshot{number: number, events: events}, err
}

// advance reads what changed since.
func (s *snapshot) advance(ctx context.Context, r reader, environmentID string, number int) (*snapshot, error) {
	came, err := r.slotsByEvent(ctx, environmentID, sql.GT(releaseslot.FieldEntered, s.number))
	if err != nil {
		return nil, err
	}
	ended, err := r.slotsByEvent(ctx, environmentID, sql.GT(releaseslot.FieldEnded, s.number))
	if err != nil {
		return nil, err
	}
	next := &snapshot{number: number, events: maps.Clone(s.events)}
	gone := map[string]bool{}
	for _, list := range ended {
		for i := range list {
			gone[list[i].ID] = true
		}
	}
	for id := range came {
		next.replace(id, gone, came[id])
	}
	for id := range ended {
		if came[id] == nil {
			next.replace(id, gone, nil)
		}
	}
	return next, nil
}

// replace takes what is gone out of what an event has, and adds what came.
func (s *snapshot) replace(eventID string, gone map[string]bool, came []Slot) {
	list := slices.Concat(s.events[eventID], came)
	list = slices.DeleteFunc(list, func(o Slot) bool { return gone[o.ID] })
	slices.SortFunc(list, bySlot)
	if len(list) == 0 {
		delete(s.events, eventID)
		return
	}
	s.events[eventID] = list
}
