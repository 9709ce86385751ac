package release

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// publication works out what one publication does, in one transaction, and writes nothing but the environment's lock.
type publication struct {
	reader
	client *ent.Client
	now    time.Time
	dryRun bool
	env    target

	items        []*ent.BatchItem
	itemsByEvent map[string][]*ent.BatchItem
	removed      map[string]*ent.BatchItem // items that take an event offline, by the event's id
	dropped      map[[2]string]bool        // items on terminals where they were dropped
	batches      map[string]*ent.Batch
	batchIDs     map[string]bool

	events  []string          // ids
	lines   map[string]*line  // by event
	history map[string][]Slot // all slots that the environment has or had of the events
	// production is what production has of the events, where something else is published into.
	production map[string][]Slot
	// batchesOf are those that releases were made of by which events are offline, by the releases' numbers; in place only.
	batchesOf map[int][]string
	texts     *texts
	wanted    []string // hashes of definitions that have to be read

	ended   []Slot
	entered []Slot
	changes []*EventChange

	refusals []*fault.Error
}

func (s *Service) publication(client *ent.Client, dryRun bool) *publication {
	return &publication{
		reader: s.reader(client), client: client, now: s.now(), dryRun: dryRun, itemsByEvent: map[string][]*ent.BatchItem{},
		removed: map[string]*ent.BatchItem{}, dropped: map[[2]string]bool{}, batches: map[string]*ent.Batch{}, batchIDs: map[string]bool{},
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
	if req.InPlace {
		if err := p.readTakers(ctx); err != nil {
			return err
		}
	}
	if err := p.place(ctx, req); err != nil {
		return err
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
			"nothing would change in the environment "+p.env.Key+": it has all of it, or none of it is meant for these terminals").With("environment", p.env.Key))
	}
	return p.refusal()
}

// place works out what becomes of each event. Which definitions that takes is only found out on the way, so it is done
// again once they are read.
func (p *publication) place(ctx context.Context, req *Request) error {
	refused := len(p.refusals)
	for {
		p.ended, p.entered, p.wanted, p.refusals = nil, nil, nil, p.refusals[:refused]
		for _, id := range p.events {
			p.event(req, id)
		}
		if len(p.wanted) == 0 {
			return nil
		}
		if err := p.texts.load(ctx, p.reader, p.wanted); err != nil {
			return err
		}
	}
}

// definition returns the definition with a hash, or nil and notes that it has to be read.
func (p *publication) definition(hash string) *plan.Frozen {
	def := p.texts.definitions[hash]
	if def == nil {
		p.wanted = append(p.wanted, hash)
	}
	return def
}

// refusedFor refuses because of an entry; the batch's number comes later (see nameBatches).
func refusedFor(reason string, e *entry) *fault.Error {
	return fault.New(fault.FailedPrecondition, reason, "").With("batchId", e.batchID).With("eventId", e.eventID)
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
