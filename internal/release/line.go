package release

import (
	"cmp"
	"slices"

	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// entry is one approval of an event.
type entry struct {
	id, eventID string
	// position is the place on the event's line, from 1; 0 for a hotfix beside the line.
	position   int
	previousID string
	hash       string
	cause      plan.ApprovalCause
	// batchID is the batch that brought the change; when its item is moved to another, that one.
	batchID, itemID string
}

// isNothing reports whether the event was taken back altogether: nothing was there before what is taken back.
func (e *entry) isNothing() bool { return e.cause == plan.CauseRevert && e.previousID == "" }

// line holds all approvals of one event.
type line struct {
	// entries are on the line, in their order; byID holds those beside it too.
	entries []entry
	byID    map[string]*entry
	beside  []entry // oldest first
}

// newLine makes a line of entries that come in the order of their making.
func newLine(all []entry) *line {
	l := &line{byID: make(map[string]*entry, len(all))}
	for _, e := range all {
		if e.position == 0 {
			l.beside = append(l.beside, e)
		} else {
			l.entries = append(l.entries, e)
		}
	}
	slices.SortStableFunc(l.entries, func(a, b entry) int { return cmp.Compare(a.position, b.position) })
	for _, list := range [][]entry{l.entries, l.beside} {
		for i := range list {
			l.byID[list[i].id] = &list[i]
		}
	}
	return l
}

// standing is what an environment has of an event's line.
type standing struct {
	// position is the newest on the line among what is in force, 0 if nothing is.
	position int
	// batches have something of the event in force.
	batches map[string]bool
}

// standing returns where an environment stands that has the given slots of the line's event.
func (l *line) standing(slots []Slot) standing {
	st := standing{batches: map[string]bool{}}
	for i := range slots {
		for e := l.byID[slots[i].ApprovalID]; e != nil; e = l.byID[e.previousID] {
			if e.batchID != "" {
				st.batches[e.batchID] = true
			}
			if st.position = max(st.position, e.position); e.position > 0 {
				break
			}
		}
	}
	return st
}

// newestOf returns the newest entry in a list that an item brought.
func newestOf(list []entry, item string) *entry {
	for i := range slices.Backward(list) {
		if list[i].itemID == item {
			return &list[i]
		}
	}
	return nil
}

// newestOf returns the newest entry that an item brought: on the line, or else beside it.
func (l *line) newestOf(item string) *entry {
	if own := newestOf(l.entries, item); own != nil {
		return own
	}
	return newestOf(l.beside, item)
}

// choice is what an entry is chosen by, to publish what an item made of an event on a terminal from an app version on.
type choice struct {
	item     string
	own      *entry          // the newest on the line that the item brought, nil for none
	batches  map[string]bool // those that are published together
	standing standing        // of the environment, and of production
	// covering is what holds at that version, nil for nothing; later are the slots of later versions.
	covering *Slot
	later    []Slot
	here     standing // on the terminal at that version
}

// choose returns which entry is published: the oldest, from what the item brought itself on, that brings no change along
// that has been taken back or of which the batch is not published (see missing), and goes back on nothing that holds. Where
// none on the line is such an entry, it is the one that the item has beside it. The refusal says what stands in the way of
// the first. Both are nil where what holds is that entry, or has it in it.
func (l *line) choose(c *choice) (*entry, *fault.Error) {
	if c.covering != nil && !c.covering.Offline && l.isNewer(l.byID[c.covering.ApprovalID], l.newestOf(c.item)) {
		return nil, nil
	}
	var refusal *fault.Error
	if c.covering != nil {
		c.here = l.standing([]Slot{*c.covering})
	}
	c.own = newestOf(l.entries, c.item)
	for i := range l.entries {
		e := &l.entries[i]
		if c.own == nil || e.position < c.own.position || l.bringsTakenBack(i, c) {
			continue
		}
		why, in := plan.GuardAncestorUnpublished, l.missing(i, c)
		if in == nil {
			why, in = plan.GuardBehindProduction, l.behind(e, c)
		}
		if in == nil {
			return e, nil
		}
		if refusal == nil {
			refusal = refusedFor(why, in)
		}
	}
	if hotfix := newestOf(l.beside, c.item); hotfix != nil {
		if in := l.behind(hotfix, c); in != nil {
			return nil, refusedFor(plan.GuardBehindProduction, in)
		}
		if in := l.missing(l.onLine(hotfix)-1, c); in != nil {
			return nil, refusedFor(plan.GuardAncestorUnpublished, in)
		}
		return hotfix, nil
	}
	return nil, refusal
}

// behind returns what holds, and an entry does not have in it: at the version where the entry is to start, or later and
// beside it.
func (l *line) behind(e *entry, c *choice) *entry {
	if c.covering != nil {
		if other := l.byID[c.covering.ApprovalID]; other != nil && !l.holds(e, other) {
			return other
		}
	}
	for i := range c.later {
		if other := l.byID[c.later[i].ApprovalID]; other != nil && !l.holds(e, other) && !l.holds(other, e) {
			return other
		}
	}
	return nil
}

// missing returns the first change up to the i-th entry of which the batch is not published: neither now, nor on this
// terminal up to this version, nor, where it is not on this terminal at all, on others, or in production.
func (l *line) missing(i int, c *choice) *entry {
	for k := range l.entries[:i+1] {
		e := &l.entries[k]
		switch {
		case e.batchID == "", e == c.own, c.batches[e.batchID], c.here.has(e):
		case e.itemID == c.item && e.cause == plan.CauseLight: // took effect when it was made
		case e.cause == plan.CauseRevert: // takes back what is not there, or what was published
		case k > 0 && e.hash == l.entries[k-1].hash: // changed nothing
		case l.isReverted(k, i):
		case !l.startsIn(c.later, e) && c.standing.has(e):
		default:
			return e
		}
	}
	return nil
}

// bringsTakenBack reports whether the i-th entry would bring along what is taken back after it.
func (l *line) bringsTakenBack(i int, c *choice) bool {
	for k := range l.entries[:i+1] {
		e := &l.entries[k]
		if e.cause != plan.CauseRevert && !c.here.has(e) && !l.isReverted(k, i) && l.isReverted(k, len(l.entries)-1) {
			return true
		}
	}
	return false
}

// has reports whether an entry is published.
func (st standing) has(e *entry) bool { return e.position <= st.position || st.batches[e.batchID] }

// startsIn reports whether one of the slots has in it what an entry says.
func (l *line) startsIn(slots []Slot, e *entry) bool {
	return slices.ContainsFunc(slots, func(s Slot) bool { return l.isNewer(l.byID[s.ApprovalID], e) })
}

// isReverted reports whether what the k-th entry brought is taken back up to the i-th.
func (l *line) isReverted(k, i int) bool {
	item := l.entries[k].itemID
	return item != "" && slices.ContainsFunc(l.entries[k+1:i+1], func(later entry) bool {
		return later.cause == plan.CauseRevert && later.itemID == item
	})
}

// isForsaken reports whether an entry is a hotfix beside the line that was taken back. Where the line cannot take its place, what
// it was made from does.
func (l *line) isForsaken(e *entry) bool {
	own := newestOf(l.entries, e.itemID)
	return e.position == 0 && own != nil && own.cause == plan.CauseRevert
}

// isNewer reports whether e is, or has in it, what other says; either may be nil, for what is not known.
func (l *line) isNewer(e, other *entry) bool { return e != nil && other != nil && l.holds(e, other) }

// carries reports whether e has something in it that a batch brought.
func (l *line) carries(e *entry, batch string) bool {
	if e == nil {
		return false
	}
	own := func(list []entry) bool {
		return slices.ContainsFunc(list, func(o entry) bool { return o.batchID == batch && o.cause != plan.CauseRevert && l.holds(e, &o) })
	}
	return own(l.entries) || own(l.beside)
}

// repeats reports whether an item has something on the line that says the very same as e: since e nothing has changed there.
func (l *line) repeats(e *entry, item string) bool {
	if e == nil || e.position == 0 {
		return false
	}
	for i := range l.entries[e.position:] {
		o := &l.entries[e.position+i]
		if o.hash != e.hash {
			return false
		}
		if o.itemID == item && o.cause != plan.CauseRevert {
			return true
		}
	}
	return false
}

// holds reports whether what e says was made with what other says in view: other came before it, on the line or as what
// it was made from, was merged into the line before it, or is the same hotfix before it was changed.
func (l *line) holds(e, other *entry) bool {
	for a := e; a != nil; a = l.byID[a.previousID] {
		if a.id == other.id || a.position == 0 && l.goesOn(a, other) {
			return true
		}
	}
	position := l.onLine(e)
	if other.position > 0 {
		return other.position <= position
	}
	return other.batchID != "" && slices.ContainsFunc(l.entries, func(m entry) bool {
		return m.position <= position && m.cause == plan.CauseMerge && m.batchID == other.batchID
	})
}

// goesOn reports whether a hotfix beside the line is the newer of two that one item has there: each goes on from the last.
func (l *line) goesOn(e, other *entry) bool {
	if other.position > 0 || e.itemID != other.itemID {
		return false
	}
	at := func(id string) int { return slices.IndexFunc(l.beside, func(o entry) bool { return o.id == id }) }
	return at(other.id) < at(e.id)
}

// onLine returns the place on the line where an entry is, or where what it was made from is; 0 for none.
func (l *line) onLine(e *entry) int {
	for ; e != nil; e = l.byID[e.previousID] {
		if e.position > 0 {
			return e.position
		}
	}
	return 0
}
