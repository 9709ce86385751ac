package release

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// publication works out what one publication does, in one transaction, and writes nothing but the environment's lock.
type publication struct {
	reader
	client *ent.Client
	dryRun bool
	env    target

	items     []*ent.BatchItem
	itemsByID map[string]*ent.BatchItem
	itemIDs   map[string]bool
	removed   map[string]*ent.BatchItem // items that take an event offline, by the event's id
	batches   map[string]*ent.Batch
	batchIDs  map[string]bool

	events  []string          // ids
	lines   map[string]*line  // by event
	history map[string][]Slot // all slots that the environment has or had of the events
	texts   *texts

	ended   []Slot
	entered []Slot
	changes []*EventChange

	refusals []*fault.Error
}

func (s *Service) publication(client *ent.Client, dryRun bool) *publication {
	return &publication{
		reader: s.reader(client), client: client, dryRun: dryRun, itemsByID: map[string]*ent.BatchItem{}, itemIDs: map[string]bool{},
		removed: map[string]*ent.BatchItem{}, batches: map[string]*ent.Batch{}, batchIDs: map[string]bool{},
		lines: map[string]*line{}, texts: newTexts(),
	}
}

// refuse notes why it cannot be done.
func (p *publication) refuse(e *fault.Error) { p.refusals = append(p.refusals, e) }

// refusal is the first reason why it cannot be done; in a dry run that is no error.
func (p *publication) refusal() error {
	if p.dryRun || len(p.refusals) == 0 {
		return nil
	}
	return p.refusals[0]
}

// prepare works out what a request does.
func (p *publication) prepare(ctx context.Context, req *Request) error {
	if err := p.target(ctx, req.EnvironmentID); err != nil {
		return err
	}
	if err := req.check(&p.env); err != nil {
		return err
	}
	if err := p.refuseMoved(ctx, req.BaseRelease); err != nil {
		return err
	}
	if err := p.readItems(ctx, req); err != nil {
		return err
	}
	if err := p.readLines(ctx); err != nil {
		return err
	}
	if err := p.refusal(); err != nil {
		return err
	}
	if err := p.loadTexts(ctx); err != nil {
		return err
	}
	for _, id := range p.events {
		p.event(req, id)
	}
	return p.judge(ctx, req.Reason)
}

// judge compares what was with what will be, and refuses what may not be.
func (p *publication) judge(ctx context.Context, reason string) error {
	if err := p.nameBatches(ctx); err != nil {
		return err
	}
	if err := p.refusal(); err != nil {
		return err
	}
	if err := p.compare(ctx); err != nil {
		return fmt.Errorf("compare: %w", err)
	}
	if err := p.refuseSameMatch(ctx); err != nil {
		return fmt.Errorf("look for events of the same name: %w", err)
	}
	p.refuseBreaking(reason)
	if len(p.changes) == 0 && len(p.refusals) == 0 {
		p.refuse(fault.New(fault.FailedPrecondition, "nothing_to_publish",
			"the environment "+p.env.Key+" already has all of it").With("environment", p.env.Key))
	}
	return p.refusal()
}

// loadTexts reads the definitions that are to be published.
func (p *publication) loadTexts(ctx context.Context) error {
	var hashes []string
	for _, id := range p.events {
		l := p.lines[id]
		if chosen, _ := p.choose(l, id); chosen != nil {
			hashes = append(hashes, chosen.hash)
		}
	}
	return p.texts.load(ctx, p.reader, hashes)
}

// choose returns what is published of an event, or what stands in the way; neither where the items brought nothing.
func (p *publication) choose(l *line, eventID string) (chosen, missing *entry) {
	return l.choose(p.itemIDs, l.standing(p.history[eventID]), p.batchIDs)
}

// event works out what becomes of one event.
func (p *publication) event(req *Request, id string) {
	l := p.lines[id]
	if item := p.removed[id]; item != nil {
		p.takeOffline(req, id, item)
		return
	}
	chosen, missing := p.choose(l, id)
	if missing != nil {
		p.refuse(refusedFor(plan.GuardAncestorUnpublished, missing))
		return
	}
	if chosen == nil {
		return
	}
	b := p.batches[p.itemsByID[l.newestOf(p.itemIDs).itemID].BatchID]
	def := p.texts.definitions[chosen.hash]
	held := liveOf(p.history[id])
	for _, t := range p.env.terminals {
		if !req.isFor(t, p.itemsOn(l)) {
			continue
		}
		next := Slot{
			EventID: id, Terminal: t, From: req.from(t, b, held), Hash: chosen.hash, ApprovalID: chosen.id, WireName: def.WireName,
		}
		if len(def.Terminals) > 0 && !slices.Contains(def.Terminals, t) {
			p.offline(next, on(held, t))
			continue
		}
		if behind := l.behind(chosen, on(held, t), next.From); behind != nil {
			p.refuse(refusedFor("behind_production", behind))
			return
		}
		p.put(next, on(held, t))
	}
}

// itemsOn returns the ids of the items that brought something onto a line.
func (p *publication) itemsOn(l *line) []string {
	found := map[string]bool{}
	for _, e := range l.byID {
		if p.itemIDs[e.itemID] {
			found[e.itemID] = true
		}
	}
	return sortedKeys(found)
}

// behind returns what is in force from a version on, on one terminal, and not in e.
func (l *line) behind(e *entry, held []Slot, from string) *entry {
	if len(held) == 0 {
		return nil
	}
	covering := at(held, held[0].Terminal, from)
	for i := range held {
		other := l.byID[held[i].ApprovalID]
		if other != nil && (&held[i] == covering || plan.CompareVersions(held[i].From, from) >= 0) && !l.holds(e, other) {
			return other
		}
	}
	return nil
}

// refusedFor refuses because of an entry; the batch's number comes later (see nameBatches).
func refusedFor(reason string, e *entry) *fault.Error {
	return fault.New(fault.FailedPrecondition, reason, "").With("batchId", e.batchID).With("eventId", e.eventID)
}

// takeOffline ends an event from its versions on, leaving word that it is offline.
func (p *publication) takeOffline(req *Request, id string, item *ent.BatchItem) {
	held := liveOf(p.history[id])
	approvalID := ""
	if own := p.lines[id].newestOf(map[string]bool{item.ID: true}); own != nil {
		approvalID = own.id
	}
	for _, t := range p.env.terminals {
		if req.isFor(t, []string{item.ID}) {
			from := req.from(t, p.batches[item.BatchID], held)
			p.offline(Slot{EventID: id, Terminal: t, From: from, ApprovalID: approvalID}, on(held, t))
		}
	}
}

// offline ends what one event has on one terminal, from a version on, and leaves word that it is offline.
func (p *publication) offline(next Slot, held []Slot) {
	covering := at(held, next.Terminal, next.From)
	var last *Slot
	for i := range held {
		if !held[i].Offline && (&held[i] == covering || plan.CompareVersions(held[i].From, next.From) >= 0) {
			last = &held[i]
		}
	}
	if last == nil {
		return // nothing is there to end
	}
	next.Offline, next.Hash, next.WireName = true, last.Hash, last.WireName
	if next.ApprovalID == "" {
		next.ApprovalID = last.ApprovalID
	}
	p.put(next, held)
}

// put has a slot take the place of what its event has on its terminal from its version on. Where that says the same
// already, it stays.
func (p *publication) put(next Slot, held []Slot) {
	covering := at(held, next.Terminal, next.From)
	stays := covering != nil && covering.says(&next)
	for i := range held {
		if plan.CompareVersions(held[i].From, next.From) >= 0 && (!stays || &held[i] != covering) {
			p.ended = append(p.ended, held[i])
		}
	}
	if !stays {
		p.entered = append(p.entered, next)
	}
}

// liveOf returns the slots that hold now.
func liveOf(history []Slot) []Slot {
	return slices.DeleteFunc(slices.Clone(history), func(s Slot) bool { return s.Ended != 0 })
}

// compare tells what becomes of each event.
func (p *publication) compare(ctx context.Context) error {
	gone := map[string]bool{}
	touched := map[string][]Slot{} // what entered, by event
	for i := range p.ended {
		gone[p.ended[i].ID] = true
		touched[p.ended[i].EventID] = nil
	}
	for i := range p.entered {
		touched[p.entered[i].EventID] = append(touched[p.entered[i].EventID], p.entered[i])
	}
	for _, id := range slices.Sorted(maps.Keys(touched)) {
		before := liveOf(p.history[id])
		after := slices.DeleteFunc(slices.Clone(before), func(s Slot) bool { return gone[s.ID] })
		after = append(after, touched[id]...)
		slices.SortFunc(after, bySlot)
		if c := changeOf(id, before, after); c != nil {
			p.changes = append(p.changes, c)
		}
	}
	err := p.texts.compareFields(ctx, p.reader, p.changes)
	slices.SortFunc(p.changes, func(a, b *EventChange) int { return strings.Compare(a.Key+"\x00"+a.EventID, b.Key+"\x00"+b.EventID) })
	return err
}
