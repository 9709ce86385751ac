package forward

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/waymarkhq/waymark/internal/bus"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/store"
)

// Defaults of Options.
const (
	defaultRetryFirst = 500 * time.Millisecond
	defaultRetryMost  = 30 * time.Second
)

const (
	// watchEvery is how often Run looks for changed targets, lookEvery at the backlogs, writeEvery the counts are written.
	watchEvery = 200 * time.Millisecond
	lookEvery  = 2 * time.Second
	writeEvery = time.Second
	// tidyEvery is how often backlogs are looked for that belong to nobody, beside when forwarding ends somewhere.
	tidyEvery = 5 * time.Minute
)

// Bus keeps the backlogs.
type Bus interface {
	EnsureBacklog(ctx context.Context, id string, maxBytes int64) error
	RemoveBacklog(ctx context.Context, id string) (bus.BacklogInfo, error)
	Backlogs(ctx context.Context) ([]bus.BacklogInfo, error)
	AddParcel(ctx context.Context, id string, data []byte) error
	WorkBacklog(ctx context.Context, id string, atOnce int, ready func(), fn func(*bus.Parcel))
}

// Catalog knows, straight from the database, in which backlog the payloads of each environment wait, by the environment's
// id; empty where nothing is passed on.
type Catalog interface {
	Backlogs(ctx context.Context) (map[string]string, error)
}

// Ledger keeps the counts.
type Ledger interface {
	AddForwarded(ctx context.Context, list []store.Forwarded) error
	Forwarded(ctx context.Context, environmentIDs []string) (map[string]store.Forwarded, error)
}

// Client makes requests.
type Client interface {
	Do(r *http.Request) (*http.Response, error)
}

// Options configure a Forwarder; all but the pauses are needed.
type Options struct {
	Bus     Bus
	Catalog Catalog
	Ledger  Ledger
	Client  Client
	// Targets are the targets of all environments that pass on, by environment. The map is never changed.
	Targets func() map[string]*Target
	Now     func() time.Time
	Logger  *slog.Logger
	Metrics *Metrics
	// MaxBytes is the cap of one backlog, TotalBytes that of all together, which is looked at every few seconds.
	MaxBytes, TotalBytes int64
	// MaxAge is how long a payload may wait.
	MaxAge time.Duration
	// RetryFirst and RetryMost are the first and the longest pause after a failure.
	RetryFirst, RetryMost time.Duration
}

// Forwarder passes payloads on.
type Forwarder struct {
	Options

	counts tally
	total  atomic.Int64 // bytes in all backlogs

	mu      sync.Mutex
	waiting map[string]Waiting // by backlog, as of the newest look
}

// New makes a forwarder. It takes payloads at once, and sends them while it runs.
func New(o Options) *Forwarder {
	if o.RetryFirst == 0 {
		o.RetryFirst = defaultRetryFirst
	}
	if o.RetryMost == 0 {
		o.RetryMost = defaultRetryMost
	}
	return &Forwarder{Options: o, counts: tally{fresh: map[string]*Counts{}}, waiting: map[string]Waiting{}}
}

var errTotal = errors.New("the backlogs of all environments together are full")

// Pass puts a payload into its environment's backlog. It returns when it is durable there, or counted as lost.
func (f *Forwarder) Pass(ctx context.Context, t *Target, p *Payload) {
	ctx = context.WithoutCancel(ctx) // the sender may go away
	parcel := p.parcel()
	err := errTotal
	if size := int64(len(parcel)); f.total.Add(size) <= f.TotalBytes {
		if err = f.add(ctx, t, parcel); err == nil {
			return
		}
		f.total.Add(-size)
	} else {
		f.total.Add(-size)
	}
	f.counts.add(t.EnvironmentID, func(c *Counts) {
		before := *c
		c.Lost++
		c.fail(f.Now(), "not put into the backlog: "+reason(err))
		f.Metrics.settled(t.EnvironmentID, &before, c)
	})
}

func (f *Forwarder) add(ctx context.Context, t *Target, parcel []byte) error {
	err := f.Bus.AddParcel(ctx, t.Backlog, parcel)
	if e, ok := errors.AsType[*fault.Error](err); ok && e.Code == fault.NotFound { // this node is the first to need it
		if err = f.Bus.EnsureBacklog(ctx, t.Backlog, f.MaxBytes); err == nil {
			err = f.Bus.AddParcel(ctx, t.Backlog, parcel)
		}
	}
	return err
}

// reason is an error without what only operators should read.
func reason(err error) string {
	if e, ok := errors.AsType[*fault.Error](err); ok {
		return e.Message
	}
	return err.Error()
}

// Run sends what waits, until ctx ends.
func (f *Forwarder) Run(ctx context.Context) error {
	r := &run{Forwarder: f, workers: map[string]*worker{}, ended: map[string]string{}}
	defer func() {
		for _, w := range r.workers {
			w.stop()
		}
		for _, w := range r.workers {
			<-w.done
		}
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		r.write(last)
	}()
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		r.step(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// run is what one call of Run knows.
type run struct {
	*Forwarder
	workers               map[string]*worker // by backlog
	ended                 map[string]string  // environments by the backlogs that they have left
	looked, wrote, tidied time.Time
	untidy                bool
	down                  bool // the last write did not work
}

// step does what is due.
func (r *run) step(ctx context.Context) {
	r.follow(ctx)
	now := r.Now()
	if now.Sub(r.wrote) >= writeEvery {
		r.wrote = now
		r.write(ctx)
	}
	if now.Sub(r.looked) >= lookEvery || r.untidy {
		r.looked = now
		r.look(ctx, now)
	}
}

// follow starts, changes and ends workers as the targets say.
func (r *run) follow(ctx context.Context) {
	wanted := map[string]*Target{}
	for _, t := range r.Targets() {
		wanted[t.Backlog] = t
		if w := r.workers[t.Backlog]; w != nil {
			if w.to.Swap(t) != t {
				r.Logger.InfoContext(ctx, "forwarding goes to another place, or with other headers", "environment", t.EnvironmentID)
			}
			continue
		}
		if err := r.Bus.EnsureBacklog(ctx, t.Backlog, r.MaxBytes); err != nil {
			r.Logger.DebugContext(ctx, "forwarding cannot begin yet", "environment", t.EnvironmentID, "error", err)
			continue
		}
		r.workers[t.Backlog] = r.startWorker(ctx, t)
		r.Logger.InfoContext(ctx, "forwarding begins", "environment", t.EnvironmentID, "host", t.URL.Host)
	}
	for backlog, w := range r.workers {
		if wanted[backlog] != nil {
			continue
		}
		w.stop()
		<-w.done
		delete(r.workers, backlog)
		r.Metrics.stopped(w.to.Load().EnvironmentID)
		r.ended[backlog], r.untidy = w.to.Load().EnvironmentID, true
		r.Logger.InfoContext(ctx, "forwarding ends", "environment", w.to.Load().EnvironmentID)
	}
}

func (r *run) write(ctx context.Context) {
	err := r.counts.flush(ctx, r.Ledger)
	if err != nil && !r.down {
		r.Logger.WarnContext(ctx, "forwarding: counts are written later", "error", err)
	}
	r.down = err != nil
}

// look sees what waits, and tidies up when that is due.
func (r *run) look(ctx context.Context, now time.Time) {
	list, err := r.Bus.Backlogs(ctx)
	if err != nil {
		return // the figures stay as they were
	}
	environments := map[string]string{}
	for _, t := range r.Targets() {
		environments[t.Backlog] = t.EnvironmentID
	}
	waiting, total := map[string]Waiting{}, int64(0)
	for _, b := range list {
		w := Waiting{Payloads: b.Parcels, Bytes: b.Bytes, Oldest: b.Oldest}
		waiting[b.ID] = w
		total += b.Bytes
		if id := environments[b.ID]; id != "" {
			seconds := 0.0
			if !w.Oldest.IsZero() {
				seconds = max(0, now.Sub(w.Oldest).Seconds())
			}
			r.Metrics.waits(id, w, seconds)
		}
	}
	r.total.Store(total)
	r.mu.Lock()
	r.waiting = waiting
	r.mu.Unlock()
	if r.untidy || now.Sub(r.tidied) >= tidyEvery {
		r.tidied = now
		r.untidy = r.tidy(ctx, list) != nil
	}
}

// tidy removes the backlogs that are nobody's any more. The list was made before the database is asked, and the database knew
// each backlog before any node made it: what it does not know now will never be used again.
func (r *run) tidy(ctx context.Context, list []bus.BacklogInfo) error {
	known, err := r.Catalog.Backlogs(ctx)
	if err != nil {
		return fmt.Errorf("ask which backlogs are in use: %w", err)
	}
	used := map[string]bool{}
	for backlog := range maps.Values(known) {
		used[backlog] = true
	}
	for _, b := range list {
		if used[b.ID] {
			continue
		}
		gone, err := r.Bus.RemoveBacklog(ctx, b.ID)
		if err != nil {
			return err
		}
		r.Logger.InfoContext(ctx, "forwarding: a backlog was removed", "backlog", b.ID, "payloads", gone.Parcels)
		if id := r.ended[b.ID]; gone.Parcels > 0 {
			if _, exists := known[id]; exists {
				r.abandoned(id, gone.Parcels)
			}
		}
		delete(r.ended, b.ID)
	}
	return nil
}

// abandoned counts what waited when forwarding ended.
func (r *run) abandoned(environmentID string, payloads int64) {
	r.counts.add(environmentID, func(c *Counts) {
		before := *c
		c.Lost += payloads
		c.fail(r.Now(), fmt.Sprintf("%d payloads waited when forwarding ended", payloads))
		r.Metrics.settled(environmentID, &before, c)
	})
}

// Waiting is what waits in a backlog.
type Waiting struct {
	Payloads, Bytes int64
	Oldest          time.Time // zero where nothing waits
}

// State is how passing on goes in one environment.
type State struct {
	store.Forwarded
	Waiting
}

// States returns how passing on goes, by environment; backlogs are those of the environments. What waits is a few seconds old.
func (f *Forwarder) States(ctx context.Context, backlogs map[string]string) (map[string]*State, error) {
	ids := make([]string, 0, len(backlogs))
	for id := range backlogs {
		ids = append(ids, id)
	}
	counts, err := f.Ledger.Forwarded(ctx, ids)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	states := make(map[string]*State, len(backlogs))
	for id, backlog := range backlogs {
		states[id] = &State{Forwarded: counts[id], Waiting: f.waiting[backlog]}
	}
	return states, nil
}
