package release

import (
	"cmp"
	"slices"

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

// standing is what an environment knows of an event's line.
type standing struct {
	// position is the newest on the line among what is in force, 0 if nothing is.
	position int
	// batches have had something of the event in force here.
	batches map[string]bool
}

// standing returns where an environment stands that has, and had, the given slots of the line's event.
func (l *line) standing(slots []Slot) standing {
	st := standing{batches: map[string]bool{}}
	for i := range slots {
		e := l.byID[slots[i].ApprovalID]
		if e == nil {
			continue
		}
		if e.batchID != "" {
			st.batches[e.batchID] = true
		}
		if slots[i].Ended == 0 {
			st.position = max(st.position, e.position)
		}
	}
	return st
}

// newestOf returns the newest entry in a list that items brought.
func newestOf(list []entry, items map[string]bool) *entry {
	for i := range slices.Backward(list) {
		if items[list[i].itemID] {
			return &list[i]
		}
	}
	return nil
}

// newestOf returns the newest entry that items brought: on the line, or else beside it.
func (l *line) newestOf(items map[string]bool) *entry {
	if own := newestOf(l.entries, items); own != nil {
		return own
	}
	return newestOf(l.beside, items)
}

// choose returns which entry is published where items are to be, in an environment that stands at st, together with
// batches: the newest that brings along no change of a batch that is neither published there nor among them. Where there
// is no such entry, it is the one that the items have beside the line, as it is; else missing is the first change that
// stands in the way. Both are nil where the items brought nothing.
func (l *line) choose(items map[string]bool, st standing, batches map[string]bool) (chosen, missing *entry) {
	own := newestOf(l.entries, items)
	for i := range slices.Backward(l.entries) {
		e := &l.entries[i]
		if own == nil || e.position < own.position {
			break
		}
		if missing = l.missing(i, st, batches); missing == nil {
			return e, nil
		}
	}
	if hotfix := newestOf(l.beside, items); hotfix != nil {
		return hotfix, nil
	}
	return nil, missing
}

// missing returns the first change up to the i-th entry whose batch is neither published nor among the given ones.
func (l *line) missing(i int, st standing, batches map[string]bool) *entry {
	for k := range l.entries[:i+1] {
		e := &l.entries[k]
		switch {
		case e.position <= st.position, e.batchID == "", batches[e.batchID], st.batches[e.batchID]:
		case e.cause == plan.CauseRevert: // takes back what is not there, or what was published
		case k > 0 && e.hash == l.entries[k-1].hash: // changed nothing
		case l.isReverted(k, i):
		default:
			return e
		}
	}
	return nil
}

// isReverted reports whether what the k-th entry brought is taken back up to the i-th.
func (l *line) isReverted(k, i int) bool {
	item := l.entries[k].itemID
	return item != "" && slices.ContainsFunc(l.entries[k+1:i+1], func(later entry) bool {
		return later.cause == plan.CauseRevert && later.itemID == item
	})
}

// holds reports whether what e says was made with what other says in view: other came before it, on the line or as what
// it was made from, or was merged into the line before it.
func (l *line) holds(e, other *entry) bool {
	position := 0
	for a := e; a != nil; a = l.byID[a.previousID] {
		if a.id == other.id {
			return true
		}
		if position == 0 {
			position = a.position
		}
	}
	if other.position > 0 {
		return other.position <= position
	}
	return other.batchID != "" && slices.ContainsFunc(l.entries, func(m entry) bool {
		return m.position <= position && m.cause == plan.CauseMerge && m.batchID == other.batchID
	})
}
