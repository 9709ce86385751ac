package release

import (
	"context"
	stdsql "database/sql"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/batch"
	"github.com/waymarkhq/waymark/ent/environment"
	"github.com/waymarkhq/waymark/ent/event"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/store"
)

// How many changes a page holds.
const (
	defaultPage = 20
	maxPage     = 200
)

// Drafts are what environments without a release go by.
type Drafts interface {
	// FrozenDrafts returns the newest definitions of an app's events as approval would freeze them now, and the value sets
	// that they draw on, by hash.
	FrozenDrafts(ctx context.Context, tx *ent.Tx, appID string) ([]plan.Frozen, map[string]*plan.FrozenValueSet, error)
}

// Side is one side of a comparison: the drafts of the app, or an environment as it is now, as it was after a release, as it
// was at a moment, or as it would be with all of a batch published.
type Side struct {
	Drafts      bool
	Environment *string
	Release     *int
	At          *time.Time
	// Batch is a batch's number.
	Batch *string
}

// Seen is what a side was when it was read.
type Seen struct {
	// Environment is nil for the drafts.
	Environment *ent.Environment
	// Release is the number of the release that it is as of; 0 for drafts and an environment that goes by them.
	Release int
}

// Comparison says what one side has that the other does not. It keeps what it read; nothing of it changes any more.
type Comparison struct {
	Before, After Seen
	// Added, Changed and Removed count events.
	Added, Changed, Removed int

	s       *Service
	changes []*EventChange // in the order of the events' keys

	mu sync.Mutex // guards the rest, and the fields of changes
	// texts hold from the start those that no table holds: of drafts.
	texts *texts
}

// Compare compares two sides of an app.
func (s *Service) Compare(ctx context.Context, appKey string, before, after Side) (*Comparison, error) {
	a, err := s.app(ctx, "Query.compare", appKey)
	if err != nil {
		return nil, err
	}
	var f fault.Fields
	before.check("before", &f)
	after.check("after", &f)
	if err := f.Err(); err != nil {
		return nil, err
	}
	c := &Comparison{s: s, texts: newTexts()}
	err = s.consistent(ctx, func(tx *ent.Tx) error {
		x, err := c.side(ctx, tx, a, &before, &c.Before)
		if err != nil {
			return fmt.Errorf("read the side before: %w", err)
		}
		y, err := c.side(ctx, tx, a, &after, &c.After)
		if err != nil {
			return fmt.Errorf("read the side after: %w", err)
		}
		return c.compare(ctx, s.reader(tx.Client()), x, y)
	})
	if err != nil {
		return nil, fmt.Errorf("compare: %w", err)
	}
	return c, nil
}

// check refuses a side that says too much, or too little.
func (d *Side) check(path string, f *fault.Fields) {
	if d.Drafts == (d.Environment != nil) {
		f.Add(path, "one_of", "say either the drafts or an environment")
	}
	n := 0
	for _, said := range []bool{d.Release != nil, d.At != nil, d.Batch != nil} {
		if said {
			n++
		}
	}
	if n > 1 || n > 0 && d.Drafts {
		f.Add(path, "one_of", "say at most one of release, at and batch, of an environment")
	}
}

// side returns what one side has, by event.
func (c *Comparison) side(
	ctx context.Context, tx *ent.Tx, a *ent.App, d *Side, seen *Seen,
) (map[string][]Slot, error) {
	if d.Drafts {
		return c.drafts(ctx, tx, a)
	}
	client := tx.Client()
	env, err := client.Environment.Query().Where(environment.AppID(a.ID), environment.Key(*d.Environment)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, fault.NotFoundf("Environment", *d.Environment)
	}
	if err != nil {
		return nil, err
	}
	seen.Environment, seen.Release = env, env.LastRelease
	r := c.s.reader(client)
	switch {
	case d.Release != nil:
		if *d.Release < 0 || *d.Release > env.LastRelease {
			return nil, fault.NotFoundf("Release", fmt.Sprintf("%s %d", env.Key, *d.Release))
		}
		seen.Release = *d.Release
	case d.At != nil:
		if seen.Release, err = releaseAt(ctx, client, env.ID, *d.At); err != nil {
			return nil, err
		}
	case d.Batch != nil:
		return c.s.withBatch(ctx, client, a, env, *d.Batch)
	}
	if seen.Release == 0 {
		if env.LastRelease == 0 {
			return c.drafts(ctx, tx, a)
		}
		return map[string][]Slot{}, nil
	}
	if seen.Release < env.LastRelease {
		snap, err := r.snapshot(ctx, env.ID, seen.Release, asOf(seen.Release))
		if err != nil {
			return nil, err
		}
		return snap.events, nil
	}
	snap, err := c.s.snapshots.of(ctx, r, env.ID, env.LastRelease)
	if err != nil {
		return nil, err
	}
	return snap.events, nil
}

// withBatch returns what an environment would have if all of a batch were published.
func (s *Service) withBatch(
	ctx context.Context, client *ent.Client, a *ent.App, env *ent.Environment, number string,
) (map[string][]Slot, error) {
	b, err := client.Batch.Query().Where(batch.AppID(a.ID), batch.Number(strings.ToUpper(number))).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, fault.NotFoundf("Batch", number)
	}
	if err != nil {
		return nil, err
	}
	return s.withItems(ctx, client, env, &Request{EnvironmentID: env.ID, BatchID: b.ID, DryRun: true})
}

// withItems returns what an environment would have after a publication.
func (s *Service) withItems(ctx context.Context, client *ent.Client, env *ent.Environment, req *Request) (map[string][]Slot, error) {
	p := s.publication(client, true)
	if err := p.prepare(ctx, req); err != nil {
		return nil, err
	}
	for _, refusal := range p.refusals {
		if refusal.Reason != plan.GuardBreakingUnexplained && refusal.Reason != "nothing_to_publish" {
			return nil, refusal
		}
	}
	snap, err := s.snapshots.of(ctx, s.reader(client), env.ID, env.LastRelease)
	if err != nil {
		return nil, err
	}
	next := &snapshot{events: maps.Clone(snap.events)}
	gone := map[string]bool{}
	for i := range p.ended {
		gone[p.ended[i].ID] = true
	}
	slices.SortFunc(p.entered, bySlot)
	came := byEvent(p.entered)
	for i := range p.ended {
		if id := p.ended[i].EventID; came[id] == nil {
			came[id] = []Slot{}
		}
	}
	for id, slots := range came {
		next.replace(id, gone, slots)
	}
	return next.events, nil
}

// drafts returns what the drafts of an app say: one definition on each terminal, from the first version on.
func (c *Comparison) drafts(ctx context.Context, tx *ent.Tx, a *ent.App) (map[string][]Slot, error) {
	list, sets, err := c.s.drafts.FrozenDrafts(ctx, tx, a.ID)
	if err != nil {
		return nil, fmt.Errorf("read drafts: %w", err)
	}
	all, err := terminals(ctx, tx.Client(), a.ID)
	if err != nil {
		return nil, fmt.Errorf("read terminals: %w", err)
	}
	maps.Copy(c.texts.sets, sets)
	var slots []Slot
	for i := range list {
		d := &list[i]
		hash := d.Hash()
		c.texts.definitions[hash] = d
		for _, t := range all {
			if len(d.Terminals) == 0 || slices.Contains(d.Terminals, t.Key) {
				slots = append(slots, Slot{EventID: d.EventID, Terminal: t.Key, Hash: hash, WireName: d.WireName})
			}
		}
	}
	slices.SortFunc(slots, bySlot)
	return byEvent(slots), nil
}

// compare finds the events that differ, and puts them in order.
func (c *Comparison) compare(ctx context.Context, r reader, x, y map[string][]Slot) error {
	var ids []string
	note := func(change *EventChange) {
		if change == nil {
			return
		}
		c.changes = append(c.changes, change)
		ids = append(ids, change.EventID)
		switch change.Kind {
		case EventAdded:
			c.Added++
		case EventRemoved:
			c.Removed++
		case EventChanged:
			c.Changed++
		}
	}
	for id, before := range x {
		note(changeOf(id, before, y[id]))
	}
	for id, after := range y {
		if _, there := x[id]; !there {
			note(changeOf(id, nil, after))
		}
	}
	keys, err := r.keys(ctx, ids)
	if err != nil {
		return fmt.Errorf("read the keys of events: %w", err)
	}
	for _, change := range c.changes {
		change.Key = keys[change.EventID]
	}
	slices.SortFunc(c.changes, func(a, b *EventChange) int { return strings.Compare(a.Key, b.Key) })
	return nil
}

// keys returns the keys of events, by id.
func (r reader) keys(ctx context.Context, ids []string) (map[string]string, error) {
	keys := make(map[string]string, len(ids))
	if len(ids) == 0 {
		return keys, nil
	}
	q := r.sql().Select(event.FieldID, event.FieldKey).From(sql.Table(event.Table)).Where(store.Among(event.FieldID, ids))
	err := r.each(ctx, q, func(rows *stdsql.Rows) error {
		var id, key string
		err := rows.Scan(&id, &key)
		keys[id] = key
		return err
	})
	return keys, err
}

// ChangePage is one page of a comparison.
type ChangePage struct {
	Nodes                []*EventChange
	HasNext, HasPrevious bool
}

// Cursor returns the position of the i-th change.
func (p *ChangePage) Cursor(i int) string {
	return base64.RawURLEncoding.EncodeToString([]byte(p.Nodes[i].Key))
}

// Total is how many events differ.
func (c *Comparison) Total() int { return len(c.changes) }

// Page returns the changes after a cursor, down to their fields.
func (c *Comparison) Page(ctx context.Context, first *int, after *string) (*ChangePage, error) {
	size := defaultPage
	if first != nil {
		size = *first
	}
	var f fault.Fields
	if size < 1 || size > maxPage {
		f.Add("first", "out_of_range", fmt.Sprintf("a page holds 1 to %d nodes", maxPage))
	}
	from := 0
	if after != nil {
		key, err := base64.RawURLEncoding.DecodeString(*after)
		if err != nil {
			f.Add("after", "bad_cursor", "this is not a cursor of a page")
		}
		from, _ = slices.BinarySearchFunc(c.changes, string(key)+"\x00", func(e *EventChange, key string) int {
			return strings.Compare(e.Key, key)
		})
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	to := min(len(c.changes), from+size)
	page := &ChangePage{Nodes: c.changes[from:to], HasPrevious: from > 0, HasNext: to < len(c.changes)}
	if err := c.fill(ctx, page.Nodes); err != nil {
		return nil, fmt.Errorf("compare fields: %w", err)
	}
	return page, nil
}

// fill compares the fields of changes, unless that was done before.
func (c *Comparison) fill(ctx context.Context, changes []*EventChange) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var open []*EventChange
	for _, change := range changes {
		if !change.filled {
			open = append(open, change)
		}
	}
	err := c.texts.compareFields(ctx, c.s.reader(c.s.read), open)
	for _, change := range open {
		change.filled = err == nil
	}
	return err
}

// Impact counts the events whose change is breaking, and all others. It has to compare all of them down to their fields.
func (c *Comparison) Impact(ctx context.Context) (breaking, compatible int, err error) {
	if err := c.fill(ctx, c.changes); err != nil {
		return 0, 0, fmt.Errorf("compare fields: %w", err)
	}
	for _, change := range c.changes {
		if len(change.Breaking()) > 0 {
			breaking++
		}
	}
	return breaking, len(c.changes) - breaking, nil
}
