package release

import (
	"slices"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// placing is the work of publishing what items made of one event.
type placing struct {
	p       *publication
	req     *Request
	eventID string
	line    *line
	// held are the slots that hold as far as the work has come: those of before, and new ones without an id. In order.
	held []Slot
}

// event works out what becomes of one event: item by item in the order of its line, so that what an earlier one starts
// from an older app version stays there.
func (p *publication) event(req *Request, id string) {
	before := liveOf(p.history[id])
	w := &placing{p: p, req: req, eventID: id, line: p.lines[id], held: before}
	switch item := p.removed[id]; {
	case item != nil && req.InPlace:
		w.bringBack(item)
	case item != nil:
		w.takeOffline(item)
	default:
		for _, item := range p.itemsOf(id) {
			if refusal := w.place(item); refusal != nil {
				p.refuse(refusal)
				return
			}
		}
	}
	for i := range before {
		if !slices.ContainsFunc(w.held, func(s Slot) bool { return s.ID == before[i].ID }) {
			p.ended = append(p.ended, before[i])
		}
	}
	for i := range w.held {
		if w.held[i].ID == "" {
			p.entered = append(p.entered, w.held[i])
		}
	}
}

// itemsOf returns the items that brought something onto the line of an event, in its order.
func (p *publication) itemsOf(eventID string) []*ent.BatchItem {
	l := p.lines[eventID]
	list := slices.DeleteFunc(slices.Clone(p.itemsByEvent[eventID]), func(i *ent.BatchItem) bool { return l.newestOf(i.ID) == nil })
	slices.SortStableFunc(list, func(a, b *ent.BatchItem) int { return l.newestOf(a.ID).position - l.newestOf(b.ID).position })
	return list
}

// place puts what one item made of the event in force, or returns what stands in the way.
func (w *placing) place(item *ent.BatchItem) *fault.Error {
	for _, t := range w.p.env.terminals {
		if !w.isFor(item, t) {
			continue
		}
		if w.req.InPlace {
			w.renew(item, t)
			continue
		}
		if refusal := w.placeFrom(item, t, w.req.from(t, w.p.batches[item.BatchID], w.held)); refusal != nil {
			return refusal
		}
	}
	return nil
}

// isFor reports whether an item is published on a terminal.
func (w *placing) isFor(item *ent.BatchItem, terminal string) bool {
	return w.req.isFor(terminal, item.ID) && !w.p.dropped[[2]string{item.ID, terminal}]
}

// placeFrom puts what an item made of the event in force on a terminal, from an app version on. Of what holds from later
// versions on, what has it in it already stays, and so does that the event is offline.
func (w *placing) placeFrom(item *ent.BatchItem, terminal, from string) *fault.Error {
	held := on(w.held, terminal)
	c := &choice{item: item.ID, batches: w.p.batchIDs, standing: w.line.standing(slices.Concat(w.held, w.p.production[w.eventID])), covering: at(held, terminal, from)}
	c.later = slices.DeleteFunc(slices.Clone(held), func(s Slot) bool { return plan.CompareVersions(s.From, from) <= 0 })
	chosen, refusal := w.line.choose(c)
	if chosen != nil {
		w.define(chosen, terminal, from, func(later *Slot) bool {
			return later.Offline || w.line.isNewer(w.line.byID[later.ApprovalID], chosen)
		})
	}
	return refusal
}

// renew puts the newest that an item made of the event in the place of what its batch made before, wherever that, or what says
// the same, is in force on a terminal: a property or value set may have come there with the event of another item. Where a
// change would come along that was not published there it is left as it is, and this comes along with that.
func (w *placing) renew(item *ent.BatchItem, terminal string) {
	for _, s := range on(w.held, terminal) {
		held := w.line.byID[s.ApprovalID]
		if s.Offline || !w.line.carries(held, item.BatchID) && !w.line.repeats(held, item.ID) {
			continue
		}
		chosen, _ := w.line.choose(&choice{item: item.ID, covering: &s})
		if w.line.isForsaken(held) && (chosen == nil || chosen.position == 0) {
			chosen = w.line.byID[held.previousID]
			for chosen != nil && w.line.isForsaken(chosen) {
				chosen = w.line.byID[chosen.previousID]
			}
		}
		if chosen != nil {
			w.define(chosen, terminal, s.From, func(*Slot) bool { return true })
		}
	}
}

// define has a definition hold on a terminal from an app version on; where it leaves the terminal out, the event ends there.
func (w *placing) define(e *entry, terminal, from string, keep func(later *Slot) bool) {
	if e.isNothing() {
		w.held = slices.DeleteFunc(slices.Clone(w.held), func(s Slot) bool { return s.Terminal == terminal && s.From == from })
		return
	}
	next := Slot{EventID: w.eventID, Terminal: terminal, From: from, Hash: e.hash, ApprovalID: e.id}
	if def := w.p.definition(e.hash); def != nil {
		next.WireName, next.Aliases = def.WireName, aliasesOf(def)
		if len(def.Terminals) > 0 && !slices.Contains(def.Terminals, terminal) {
			w.offline(next)
			return
		}
	}
	w.put(next, keep)
}

// takeOffline ends the event from its versions on, leaving word that it is offline.
func (w *placing) takeOffline(item *ent.BatchItem) {
	approvalID := ""
	if own := w.line.newestOf(item.ID); own != nil {
		approvalID = own.id
	}
	for _, t := range w.p.env.terminals {
		if w.isFor(item, t) {
			from := w.req.from(t, w.p.batches[item.BatchID], w.held)
			w.offline(Slot{EventID: w.eventID, Terminal: t, From: from, ApprovalID: approvalID})
		}
	}
}

// bringBack has what an item took offline hold again as it did before, unless something has happened to it since.
func (w *placing) bringBack(item *ent.BatchItem) {
	for _, t := range w.p.env.terminals {
		held := on(w.held, t)
		if !w.isFor(item, t) || len(held) == 0 {
			continue
		}
		gone := held[len(held)-1]
		if !gone.Offline || !slices.Contains(w.p.batchesOf[gone.Entered], item.BatchID) {
			continue
		}
		w.held = slices.DeleteFunc(slices.Clone(w.held), func(s Slot) bool { return s.ID == gone.ID })
		for _, s := range on(w.p.history[w.eventID], t) {
			if s.Ended == gone.Entered {
				w.held = append(w.held, again(s))
			}
		}
		slices.SortFunc(w.held, bySlot)
	}
}

// offline ends what the event has on one terminal, from a version on, and leaves word that it is offline.
func (w *placing) offline(next Slot) {
	held := on(w.held, next.Terminal)
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
	next.Offline, next.Hash, next.WireName, next.Aliases = true, last.Hash, last.WireName, ""
	if next.ApprovalID == "" {
		next.ApprovalID = last.ApprovalID
	}
	w.put(next, func(*Slot) bool { return false })
}

// put has a slot take the place of what the event has on its terminal from its version on, but for later slots that are to
// be kept. Where what holds at that version says the same already, it stays.
func (w *placing) put(next Slot, keep func(later *Slot) bool) {
	covering := at(w.held, next.Terminal, next.From)
	stays := covering != nil && covering.says(&next)
	list, last := make([]Slot, 0, len(w.held)+1), &next
	for i := range w.held {
		s := &w.held[i]
		order := plan.CompareVersions(s.From, next.From)
		switch {
		case s.Terminal != next.Terminal, order < 0, stays && s == covering:
		case order > 0 && keep(s) && !s.says(last):
			last = s
		default:
			continue
		}
		list = append(list, *s)
	}
	if !stays {
		list = append(list, next)
		slices.SortFunc(list, bySlot)
	}
	w.held = list
}
