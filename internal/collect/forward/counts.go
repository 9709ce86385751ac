package forward

import (
	"context"
	"sync"
	"time"

	"github.com/waymarkhq/waymark/internal/store"
)

// Counts are what became of an environment's payloads, since they were written last.
type Counts struct{ store.Forwarded }

func (c *Counts) refuse(now time.Time, status int, said string) {
	c.Refused++
	c.LastRefusal, c.RefusalStatus, c.RefusalText = now, status, said
}

func (c *Counts) fail(now time.Time, what string) { c.LastFailure, c.FailureText = now, what }

// tally holds what is not written yet, by environment.
type tally struct {
	mu    sync.Mutex
	fresh map[string]*Counts
}

func (t *tally) add(environmentID string, change func(*Counts)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.fresh[environmentID]
	if c == nil {
		c = &Counts{store.Forwarded{EnvironmentID: environmentID}}
		t.fresh[environmentID] = c
	}
	change(c)
}

// flush writes what is new; what the database does not take now is written the next time.
func (t *tally) flush(ctx context.Context, ledger Ledger) error {
	t.mu.Lock()
	fresh := t.fresh
	t.fresh = map[string]*Counts{}
	t.mu.Unlock()
	if len(fresh) == 0 {
		return nil
	}
	list := make([]store.Forwarded, 0, len(fresh))
	for _, c := range fresh {
		list = append(list, c.Forwarded)
	}
	err := ledger.AddForwarded(ctx, list)
	if err != nil {
		for _, old := range list {
			t.add(old.EnvironmentID, func(c *Counts) { c.Forwarded = old.Plus(c.Forwarded) })
		}
	}
	return err
}
