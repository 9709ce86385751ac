package release

import (
	"context"
	"fmt"
	"slices"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/batch"
	"github.com/waymarkhq/waymark/ent/batchitem"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/store"
)

// Deliveries are how far the items of batches have come on terminals, which is kept in step with what is in force. Every
// method works in the transaction of the publication.
type Deliveries interface {
	// Admit returns what bars items from being published: the rules of the moves that this makes.
	Admit(ctx context.Context, tx *ent.Tx, p *Passage) ([]*fault.Error, error)
	// Published makes these moves, once the release is written.
	Published(ctx context.Context, tx *ent.Tx, p *Passage, releaseID string) error
	// RolledBack is told which items hold no longer, or again, after a rollback of an environment.
	RolledBack(ctx context.Context, tx *ent.Tx, environmentKey, releaseID string, changed []Standing) error
}

// Passage is items on their way into an environment.
type Passage struct {
	// Environment is its key.
	Environment string
	// Items are ids, Terminals the keys of those that they are published on; none means all.
	Items, Terminals []string
	// From, FromOn and Reason are those of the request.
	From   *string
	FromOn map[string]string
	Reason string
}

// Standing says whether what an item brought is in force on a terminal.
type Standing struct {
	ItemID, Terminal string
	InForce          bool
}

func (p *publication) passage(req *Request) *Passage {
	return &Passage{
		Environment: p.env.Key, Items: p.itemIDs(), Terminals: req.Terminals, From: req.From, FromOn: req.FromOn,
		Reason: req.Reason,
	}
}

func (p *publication) itemIDs() []string {
	ids := make([]string, len(p.items))
	for i, it := range p.items {
		ids[i] = it.ID
	}
	return ids
}

// publishAndMove publishes as a command of its own, which moves the items on as their moves would.
func (s *Service) publishAndMove(ctx context.Context, tx *ent.Tx, by Actor, req *Request) (*Outcome, error) {
	p := s.publication(tx.Client(), req.DryRun)
	if err := p.prepare(ctx, req); err != nil {
		return nil, fmt.Errorf("publish: %w", err)
	}
	pass := p.passage(req)
	bars, err := s.deliveries.Admit(ctx, tx, pass)
	if err != nil {
		return nil, fmt.Errorf("look how far the items are: %w", err)
	}
	p.refusals = append(p.refusals, bars...)
	if err := p.refusal(); err != nil {
		return nil, fmt.Errorf("publish: %w", err)
	}
	out, err := s.finishPublishing(ctx, p, by, req)
	if err != nil || req.DryRun {
		return out, err
	}
	if err := s.deliveries.Published(ctx, tx, pass, out.Release.ID); err != nil {
		return nil, fmt.Errorf("move the items on: %w", err)
	}
	return out, nil
}

// standings tells of which items what they brought is in force no longer, or again, by what the publication ends and
// enters.
func (p *publication) standings(ctx context.Context) ([]Standing, error) {
	ids := map[string]bool{}
	for _, list := range [][]Slot{p.ended, p.entered} {
		for i := range list {
			ids[list[i].EventID] = true
		}
	}
	events := sortedKeys(ids)
	entries, err := p.entries(ctx, events)
	if err != nil {
		return nil, fmt.Errorf("read approvals: %w", err)
	}
	removing, err := p.removing(ctx, events)
	if err != nil {
		return nil, err
	}
	was, is, whole := map[Standing]bool{}, map[Standing]bool{}, map[Standing]bool{}
	for _, id := range events {
		l := newLine(entries[id])
		before := p.history[id]
		for _, side := range []struct {
			slots []Slot
			found map[Standing]bool
			holds func(e *entry, item string) bool
		}{{before, was, l.carries}, {p.afterwards(id, before), is, l.carries}, {p.afterwards(id, before), whole, l.carriesWhole}} {
			for _, t := range p.env.terminals {
				l.note(on(side.slots, t), t, removing[id], side.found, side.holds)
			}
		}
	}
	var changed []Standing
	for s := range was {
		if !is[s] {
			changed = append(changed, s)
		}
	}
	for s := range whole {
		if !was[s] {
			s.InForce = true
			changed = append(changed, s)
		}
	}
	return changed, nil
}

// afterwards returns the slots of an event once the publication is done.
func (p *publication) afterwards(eventID string, before []Slot) []Slot {
	after := slices.DeleteFunc(slices.Clone(before), func(s Slot) bool {
		return slices.ContainsFunc(p.ended, func(e Slot) bool { return e.ID == s.ID })
	})
	for i := range p.entered {
		if p.entered[i].EventID == eventID {
			after = append(after, p.entered[i])
		}
	}
	slices.SortFunc(after, bySlot)
	return after
}

// note adds the items of which something is in force by the slots of a terminal, and the one that took the event offline.
func (l *line) note(
	slots []Slot, terminal, removing string, found map[Standing]bool, holds func(e *entry, item string) bool,
) {
	for i := range slots {
		at := l.byID[slots[i].ApprovalID]
		for id := range l.items() {
			if holds(at, id) {
				found[Standing{ItemID: id, Terminal: terminal}] = true
			}
		}
	}
	if len(slots) > 0 && slots[len(slots)-1].Offline && removing != "" {
		found[Standing{ItemID: removing, Terminal: terminal}] = true
	}
}

// carriesWhole reports whether e has the newest in it that an item brought, words apart.
func (l *line) carriesWhole(e *entry, item string) bool {
	var newest *entry
	for _, list := range [][]entry{l.beside, l.entries} {
		for i := range list {
			if o := &list[i]; o.itemID == item && o.cause != plan.CauseLight {
				newest = o
			}
		}
	}
	return newest != nil && newest.cause != plan.CauseRevert && l.isNewer(e, newest)
}

// items are the ids of the items that brought something.
func (l *line) items() map[string]bool {
	ids := map[string]bool{}
	for _, e := range l.byID {
		if e.itemID != "" {
			ids[e.itemID] = true
		}
	}
	return ids
}

// removing returns the newest items that take events offline, by the events' ids.
func (p *publication) removing(ctx context.Context, events []string) (map[string]string, error) {
	items, err := p.client.BatchItem.Query().Where(
		batchitem.ActionEQ(plan.ActionRemove), batchitem.DroppedReason(""), batchitem.HasBatchWith(batch.ReviewEQ(plan.BatchApproved)),
		func(s *sql.Selector) { s.Where(store.Among(s.C(batchitem.FieldEventID), events)) },
	).Order(batchitem.ByID()).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read what takes events offline: %w", err)
	}
	found := make(map[string]string, len(items))
	for _, it := range items {
		found[it.EventID] = it.ID
	}
	return found, nil
}
