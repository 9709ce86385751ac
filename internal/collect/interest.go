package collect

import (
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"sync"
	"sync/atomic"
	"time"
)

// interestSubject is the subject of notices that somebody asks why a sender brings no data.
const interestSubject = "interest"

const (
	// interestLasts is for how long a question is in mind.
	interestLasts = 10 * time.Minute
	// maxInterests bounds the addresses that are asked for at a time.
	maxInterests = 1000
)

// interest is that somebody waits for what an address reports to an environment.
type interest struct {
	AppID         string `json:"app"`
	EnvironmentID string `json:"environment"`
	Address       string `json:"address"`

	until time.Time
}

// Interests knows from which addresses people wait for data, on every node: a sender whose requests are taken, but into another
// environment than the one that is looked at, has to be told of too. It is safe for concurrent use.
type Interests struct {
	bus interface {
		Notices
		Notifier
	}
	now func() time.Time
	log *slog.Logger

	mu    sync.Mutex
	known atomic.Pointer[map[string]interest] // by address; replaced, never changed
}

// NewInterests makes Interests that know of nobody.
func NewInterests(bus interface {
	Notices
	Notifier
}, now func() time.Time, log *slog.Logger,
) *Interests {
	return &Interests{bus: bus, now: now, log: log}
}

// Run hears of all nodes' questions until ctx ends.
func (i *Interests) Run(ctx context.Context) error {
	stop, err := i.bus.Listen(interestSubject, func(_ string, data []byte) {
		var asked interest
		if json.Unmarshal(data, &asked) == nil && asked.Address != "" {
			i.add(asked)
		}
	})
	if err != nil {
		return err
	}
	defer stop()
	<-ctx.Done()
	return nil
}

// ask tells all nodes that somebody asks.
func (i *Interests) ask(ctx context.Context, q RefusedQuery) {
	if i == nil || q.Address == "" || q.EnvironmentID == "" {
		return
	}
	data, err := json.Marshal(interest{AppID: q.AppID, EnvironmentID: q.EnvironmentID, Address: q.Address})
	if err == nil {
		err = i.bus.Notify(interestSubject, data)
	}
	if err != nil {
		i.log.DebugContext(ctx, "nobody hears who is asked for", "error", err)
	}
}

func (i *Interests) add(asked interest) {
	i.mu.Lock()
	defer i.mu.Unlock()
	now := i.now()
	next := map[string]interest{}
	if known := i.known.Load(); known != nil {
		maps.Copy(next, *known)
	}
	maps.DeleteFunc(next, func(_ string, one interest) bool { return one.until.Before(now) })
	asked.until = now.Add(interestLasts)
	if _, known := next[asked.Address]; known || len(next) < maxInterests {
		next[asked.Address] = asked
	}
	i.known.Store(&next)
}

// elsewhere returns who waits for an address, where that is not the environment that it reports to.
func (i *Interests) elsewhere(address string, to *target) (interest, bool) {
	if i == nil {
		return interest{}, false
	}
	known := i.known.Load()
	if known == nil {
		return interest{}, false
	}
	asked, ok := (*known)[address]
	return asked, ok && asked.EnvironmentID != to.environmentID && i.now().Before(asked.until)
}
