package release

import (
	"cmp"
	"context"
	stdsql "database/sql"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/terminal"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/store"
)

// plans keep the newest plan of each environment. Frozen definitions never change, so those that a plan has in common
// with the one before, or with another environment's, are shared. It is safe for concurrent use.
type plans struct {
	mu    sync.Mutex
	built map[string]*builtPlan // by environment
}

// builtPlan is a plan with where its definitions are.
type builtPlan struct {
	plan *plan.Plan
	at   map[string]int // index into the plan's definitions, by hash
}

// Plan returns what an environment goes by, and whether it goes by releases at all: until its first one it goes by the
// drafts. Reading it costs what has changed since it was read last. The plan is shared and immutable. It is for the
// program itself, which asks often, and so asks nobody for permission.
func (s *Service) Plan(ctx context.Context, environmentID string) (p *plan.Plan, ok bool, err error) {
	err = s.consistent(ctx, func(tx *ent.Tx) error {
		p, ok, err = s.plan(ctx, tx.Client(), environmentID)
		return err
	})
	if err != nil {
		return nil, false, fmt.Errorf("build the plan of %s: %w", environmentID, err)
	}
	return p, ok, nil
}

// consistent has fn read one state of the database in several statements.
func (s *Service) consistent(ctx context.Context, fn func(tx *ent.Tx) error) error {
	tx, err := s.read.BeginTx(ctx, &stdsql.TxOptions{Isolation: stdsql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return store.Fault(err)
	}
	defer func() { _ = tx.Rollback() }() // nothing was written
	return store.Fault(fn(tx))
}

func (s *Service) plan(ctx context.Context, client *ent.Client, environmentID string) (*plan.Plan, bool, error) {
	env, err := client.Environment.Get(ctx, environmentID)
	if ent.IsNotFound(err) {
		return nil, false, fault.NotFoundf("Environment", environmentID)
	}
	if err != nil || env.LastRelease == 0 {
		return nil, false, err
	}
	a, err := client.App.Get(ctx, env.AppID)
	if err != nil {
		return nil, false, err
	}
	p := &plan.Plan{AppID: a.ID, EnvironmentID: env.ID, Version: a.PlanVersion}
	if p.Terminals, err = terminals(ctx, client, a.ID); err != nil {
		return nil, false, fmt.Errorf("read terminals: %w", err)
	}
	r := s.reader(client)
	snap, err := s.snapshots.of(ctx, r, env.ID, env.LastRelease)
	if err != nil {
		return nil, false, fmt.Errorf("read what is in force: %w", err)
	}
	return p, true, s.plans.fill(ctx, r, p, snap)
}

func terminals(ctx context.Context, client *ent.Client, appID string) ([]plan.Terminal, error) {
	rows, err := client.Terminal.Query().Where(terminal.AppID(appID)).Order(terminal.ByPosition(), terminal.ByID()).All(ctx)
	list := make([]plan.Terminal, len(rows))
	for i, t := range rows {
		list[i] = plan.Terminal{ID: t.ID, Key: t.Key, Kind: t.Kind, Libraries: t.Libraries, Systems: t.Systems}
	}
	return list, err
}

// fill gives a plan what a snapshot says is in force, and keeps it.
func (k *plans) fill(ctx context.Context, r reader, p *plan.Plan, snap *snapshot) error {
	b, err := k.build(ctx, r, p, snap)
	if err == nil {
		k.keep(b)
	}
	return err
}

// build gives a plan what a snapshot says is in force.
func (k *plans) build(ctx context.Context, r reader, p *plan.Plan, snap *snapshot) (*builtPlan, error) {
	have := k.known()
	known := func(hash string) *plan.Definition {
		for _, b := range have {
			if i, there := b.at[hash]; there {
				return &b.plan.Definitions[i]
			}
		}
		return nil
	}
	b := &builtPlan{plan: p, at: make(map[string]int, len(snap.events))}
	found := make([]*plan.Definition, 0, len(snap.events))
	var missing []string
	for _, slots := range snap.events {
		for i := range slots {
			hash := slots[i].Hash
			if _, there := b.at[hash]; there {
				continue
			}
			b.at[hash] = -1
			if d := known(hash); d != nil {
				found = append(found, d)
			} else {
				missing = append(missing, hash)
			}
		}
	}
	read, err := r.definitions(ctx, missing)
	if err != nil {
		return nil, err
	}
	found = append(found, read...)
	slices.SortFunc(found, func(a, b *plan.Definition) int {
		return cmp.Or(strings.Compare(a.Key, b.Key), strings.Compare(a.EventID, b.EventID), strings.Compare(a.Hash, b.Hash))
	})
	p.Definitions = make([]plan.Definition, len(found))
	for i, d := range found {
		p.Definitions[i] = *d
	}
	if err := b.valueSets(ctx, r, have); err != nil {
		return nil, err
	}
	b.slots(snap)
	return b, nil
}

// definitions reads definitions by their hashes, without the words that only people need.
func (r reader) definitions(ctx context.Context, hashes []string) ([]*plan.Definition, error) {
	reader := plan.NewFrozenReader()
	return parsed(ctx, r, hashes, func(hash string, body []byte) (*plan.Definition, error) {
		f, err := reader.Read(body)
		d := f.Definition()
		d.Hash = hash
		return &d, err
	})
}

// slots says where the definitions hold, in their order.
func (b *builtPlan) slots(snap *snapshot) {
	for i := range b.plan.Definitions {
		b.at[b.plan.Definitions[i].Hash] = i
	}
	b.plan.Slots = make([]plan.Slot, 0, 3*len(b.plan.Definitions))
	last := ""
	for i := range b.plan.Definitions {
		id := b.plan.Definitions[i].EventID
		if id == last { // several definitions of one event stand together
			continue
		}
		last = id
		for _, s := range snap.events[id] {
			b.plan.Slots = append(b.plan.Slots, plan.Slot{
				Terminal: s.Terminal, From: s.From, Definition: b.at[s.Hash], Release: s.Entered, Offline: s.Offline,
			})
		}
	}
}

// valueSets gives the plan the value sets that its definitions draw on, by hash.
func (b *builtPlan) valueSets(ctx context.Context, r reader, have []*builtPlan) error {
	sets := map[string]*plan.ValueSet{}
	missing := map[string]bool{}
	for i := range b.plan.Definitions {
		for _, hash := range b.plan.Definitions[i].ValueSets {
			if _, there := sets[hash]; there {
				continue
			}
			sets[hash] = nil
			for _, o := range have {
				if set := o.plan.ValueSets[hash]; set != nil {
					sets[hash] = set
				}
			}
			if sets[hash] == nil {
				missing[hash] = true
			}
		}
	}
	t := newTexts()
	if err := t.loadSetsOf(ctx, r, missing); err != nil {
		return err
	}
	for hash := range missing {
		sets[hash] = t.sets[hash].ValueSet()
	}
	b.plan.ValueSets = sets
	return nil
}

func (k *plans) known() []*builtPlan {
	k.mu.Lock()
	defer k.mu.Unlock()
	list := make([]*builtPlan, 0, len(k.built))
	for _, b := range k.built {
		list = append(list, b)
	}
	return list
}

func (k *plans) keep(b *builtPlan) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.built[b.plan.EnvironmentID] = b
}
