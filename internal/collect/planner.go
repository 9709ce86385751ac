package collect

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"sync/atomic"
	"time"

	"github.com/waymarkhq/waymark/internal/check"
	"github.com/waymarkhq/waymark/internal/collect/forward"
	"github.com/waymarkhq/waymark/internal/masking"
	"github.com/waymarkhq/waymark/internal/plan"
)

// Catalog is where plans come from.
type Catalog interface {
	// Versions returns each app's plan version, by app id.
	Versions(ctx context.Context) (map[string]int64, error)
	// Accepted returns what an app's environments accept now, and with which keys.
	Accepted(ctx context.Context, appID string) (Accepted, error)
}

// Accepted is what one app's environments accept at one version.
type Accepted struct {
	Version int64
	Plans   []*plan.Plan
	Keys    []Key
	// Sampling is that of environments, by id, that do not keep everything.
	Sampling map[string]Sampling
	// Properties are those that the app's events may use, by name, and whether their values are not to be kept.
	Properties map[string]bool
	// Masking says what else is masked, by environment.
	Masking map[string]Masking
	// Targets are where its environments pass their payloads on to.
	Targets []*forward.Target
}

// Masking is what an environment masks by its looks, and whether it also keeps what stood there.
type Masking struct {
	Patterns      []masking.Pattern
	KeepOriginals bool
}

// Key is a write key that is good.
type Key struct {
	ID, Key, EnvironmentID string
	// EnvironmentKey is the environment's own key, for people.
	EnvironmentKey string
	// TerminalKey is the terminal that the key is for; empty where events are recognised by SDK and system.
	TerminalKey string
}

// Notices tells that an app's plan may have changed.
type Notices interface {
	Listen(subject string, fn func(subject string, data []byte)) (stop func(), err error)
}

// PlanSubject is the subject of notices that an app's plan changed; the app's id follows it.
const PlanSubject = "plan."

// pollEvery bounds how long a node can miss a change whose notice was lost: it is live within a second all the same.
const pollEvery = 500 * time.Millisecond

// target is where a write key leads.
type target struct {
	appID, environmentID, environmentKey, keyID, key, terminal string

	checker       *check.Checker
	masking       *masking.Rules
	keepOriginals bool
	forward       *forward.Target // nil where nothing is passed on
}

// Planner keeps the compiled plans of all environments, and the write keys that lead to them.
type Planner struct {
	catalog Catalog
	notices Notices
	log     *slog.Logger

	keys atomic.Pointer[map[string]*target]
	// properties are those of Accepted, by environment; onto is where payloads are passed on to.
	properties atomic.Pointer[map[string]map[string]bool]
	onto       atomic.Pointer[map[string]*forward.Target]
	kept       atomic.Pointer[map[string]Sampling] // by environment
	apps       map[string]appTargets               // Run's alone
	ready      atomic.Bool
}

type appTargets struct {
	version  int64
	keys     map[string]*target
	checkers map[string]*check.Checker // by environment
	targets  map[string]*forward.Target
	// properties are those of Accepted.
	properties map[string]bool
	sampling   map[string]Sampling
}

// NewPlanner makes a planner that knows nothing before it runs.
func NewPlanner(catalog Catalog, notices Notices, log *slog.Logger) *Planner {
	p := &Planner{catalog: catalog, notices: notices, log: log, apps: map[string]appTargets{}}
	p.keys.Store(&map[string]*target{})
	p.onto.Store(&map[string]*forward.Target{})
	p.properties.Store(&map[string]map[string]bool{})
	p.kept.Store(&map[string]Sampling{})
	return p
}

// Load reads every plan, so that no key is unknown when collecting begins. It must not be called while Run runs.
func (p *Planner) Load(ctx context.Context) error {
	versions, err := p.catalog.Versions(ctx)
	if err != nil {
		return fmt.Errorf("load plans: %w", err)
	}
	return p.refresh(ctx, versions)
}

// Run keeps the plans up with the catalog until ctx ends: at once when a notice comes, and by looking from time to time. While
// the database is down the plans stay as they are.
func (p *Planner) Run(ctx context.Context) error {
	wake := make(chan struct{}, 1)
	stop, err := p.notices.Listen(PlanSubject+">", func(string, []byte) {
		select {
		case wake <- struct{}{}:
		default:
		}
	})
	if err != nil {
		return fmt.Errorf("listen for plan notices: %w", err)
	}
	defer stop()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for down := false; ; {
		err := p.Load(ctx)
		if (err != nil) != down && ctx.Err() == nil {
			down = err != nil
			p.tell(ctx, err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-wake:
		case <-tick.C:
		}
	}
}

// tell logs that the catalog cannot be read, or that it can be read again.
func (p *Planner) tell(ctx context.Context, err error) {
	if err != nil {
		p.log.WarnContext(ctx, "plans cannot be kept up with the catalog", "error", err)
		return
	}
	p.log.InfoContext(ctx, "plans are kept up with the catalog again")
}

// refresh compiles what moved and swaps the table of keys, if anything did. One app that cannot be read or compiled keeps
// what it had and does not hold up the others.
func (p *Planner) refresh(ctx context.Context, versions map[string]int64) error {
	var failed []error
	moved := !p.ready.Load()
	for id := range p.apps {
		if _, there := versions[id]; !there {
			delete(p.apps, id)
			moved = true
		}
	}
	for id, version := range versions {
		if have, known := p.apps[id]; known && have.version == version {
			continue
		}
		next, err := p.compile(ctx, id)
		if err != nil {
			failed = append(failed, fmt.Errorf("plan of %s: %w", id, err))
			continue
		}
		p.apps[id], moved = next, true
	}
	if moved {
		p.swap()
		p.ready.Store(len(failed) == 0 || p.ready.Load())
	}
	return errors.Join(failed...)
}

func (p *Planner) compile(ctx context.Context, appID string) (appTargets, error) {
	accepted, err := p.catalog.Accepted(ctx, appID)
	if err != nil {
		return appTargets{}, err
	}
	checkers := make(map[string]*check.Checker, len(accepted.Plans))
	for _, one := range accepted.Plans { // on top of what it was before: hardly anything of a large plan changes at a time
		before := p.apps[appID].checkers[one.EnvironmentID]
		if checkers[one.EnvironmentID], err = check.Recompile(before, one); err != nil {
			return appTargets{}, fmt.Errorf("environment %s: %w", one.EnvironmentID, err)
		}
	}
	out := appTargets{
		version: accepted.Version, checkers: checkers, properties: accepted.Properties, keys: make(map[string]*target, len(accepted.Keys)),
		targets: make(map[string]*forward.Target, len(accepted.Targets)), sampling: accepted.Sampling,
	}
	for _, t := range accepted.Targets {
		out.targets[t.EnvironmentID] = t
	}
	var sensitive []string
	for name, is := range accepted.Properties {
		if is {
			sensitive = append(sensitive, name)
		}
	}
	for _, k := range accepted.Keys {
		m := accepted.Masking[k.EnvironmentID]
		out.keys[k.Key] = &target{
			appID: appID, environmentID: k.EnvironmentID, environmentKey: k.EnvironmentKey, keyID: k.ID, key: k.Key, terminal: k.TerminalKey,
			checker: checkers[k.EnvironmentID], masking: masking.New(m.Patterns, sensitive), keepOriginals: m.KeepOriginals,
			forward: out.targets[k.EnvironmentID],
		}
	}
	return out, nil
}

func (p *Planner) swap() {
	kept := map[string]Sampling{}
	all, onto, properties := map[string]*target{}, map[string]*forward.Target{}, map[string]map[string]bool{}
	for _, app := range p.apps {
		maps.Copy(all, app.keys)
		maps.Copy(onto, app.targets)
		maps.Copy(kept, app.sampling)
		for environmentID := range app.checkers {
			properties[environmentID] = app.properties
		}
	}
	p.keys.Store(&all)
	p.onto.Store(&onto)
	p.properties.Store(&properties)
	p.kept.Store(&kept)
}

// Sampling says which of an environment's captured events are kept, as of the plans; false where all are.
func (p *Planner) Sampling(environmentID string) (Sampling, bool) {
	s, ok := (*p.kept.Load())[environmentID]
	return s, ok
}

// Properties returns the properties that the events of an environment's app may use, by name, and whether their values are
// not to be kept. It is safe for concurrent use; nobody may change what it returns.
func (p *Planner) Properties(environmentID string) map[string]bool {
	return (*p.properties.Load())[environmentID]
}

// Targets are where the environments of all apps pass their payloads on to, by environment. The map is never changed.
func (p *Planner) Targets() map[string]*forward.Target { return *p.onto.Load() }

// Ready returns nil once plans were loaded.
func (p *Planner) Ready() error {
	if !p.ready.Load() {
		return errors.New("plans are not loaded yet")
	}
	return nil
}

func (p *Planner) lookup(key string) *target { return (*p.keys.Load())[key] }
