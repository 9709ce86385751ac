package release

import (
	"cmp"
	"context"
	stdsql "database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent/releaseslot"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/store"
)

// Slot says what holds for an event on a terminal from an app version on.
type Slot struct {
	// ID is the row's; empty for what is not written yet.
	ID       string
	EventID  string
	Terminal string
	// From is the app version from which on it holds; empty means from the first on.
	From string
	// Hash names the frozen definition; for what is offline, the last one that was not.
	Hash string
	// Offline: from that version on the event is not planned any more.
	Offline bool
	// ApprovalID is the approval that the definition was published by.
	ApprovalID string
	// WireName is that of the definition, Aliases its aliases, one on a line, whether they have ended or not; none where it is
	// offline.
	WireName, Aliases string
	// Entered is the number of the release that put it in force, Ended of the one that ended it; 0 while it holds.
	Entered, Ended int
}

// says reports whether two slots say the same of their terminal and version.
func (s *Slot) says(o *Slot) bool { return s.Hash == o.Hash && s.Offline == o.Offline }

// bySlot orders the slots of one environment: by event, terminal and starting version.
func bySlot(a, b Slot) int {
	return cmp.Or(strings.Compare(a.EventID, b.EventID), strings.Compare(a.Terminal, b.Terminal),
		plan.CompareVersions(a.From, b.From), strings.Compare(a.From, b.From))
}

// at returns the slot that an app version of a terminal goes by: the one with the highest starting version not above it.
// Slots are those of one event, in order. Nil where there is none.
func at(slots []Slot, terminal, version string) *Slot {
	var found *Slot
	for i := range slots {
		if slots[i].Terminal == terminal && plan.CompareVersions(slots[i].From, version) <= 0 {
			found = &slots[i]
		}
	}
	return found
}

// on returns the part of an event's slots, in order, that is of a terminal.
func on(slots []Slot, terminal string) []Slot {
	from := slices.IndexFunc(slots, func(s Slot) bool { return s.Terminal == terminal })
	if from < 0 {
		return nil
	}
	to := from
	for to < len(slots) && slots[to].Terminal == terminal {
		to++
	}
	return slots[from:to:to]
}

// slotColumns are read by scanSlot. What cannot hold a space comes in one: a database has most of its work with columns,
// and an environment of thousands of events has tens of thousands of slots.
var slotColumns = []string{
	fmt.Sprintf("concat_ws(' ', %s, %s, %s, %s, %s, %s, %s, %s)", releaseslot.FieldID, releaseslot.FieldEventID,
		releaseslot.FieldTerminal, releaseslot.FieldHash, releaseslot.FieldApprovalID, releaseslot.FieldEntered,
		releaseslot.FieldOffline, releaseslot.FieldEnded),
	releaseslot.FieldFromVersion, releaseslot.FieldWireName, releaseslot.FieldAliases,
}

func scanSlot(rows *stdsql.Rows) (s Slot, err error) {
	var text string
	if err := rows.Scan(&text, &s.From, &s.WireName, &s.Aliases); err != nil {
		return s, err
	}
	next := func() (word string) {
		word, text, _ = strings.Cut(text, " ")
		return word
	}
	s.ID, s.EventID, s.Terminal, s.Hash, s.ApprovalID = next(), next(), next(), next(), next()
	if s.Entered, err = strconv.Atoi(next()); err != nil {
		return s, fmt.Errorf("number of the slot %s: %w", s.ID, err)
	}
	offline := next()
	s.Offline = offline == "1" || offline == "t" // SQLite's and PostgreSQL's word
	if text != "" {                              // else it holds: what is null is left out
		s.Ended, err = strconv.Atoi(text)
	}
	return s, err
}

// slots reads slots of an environment, in order.
func (r reader) slots(ctx context.Context, environmentID string, where ...*sql.Predicate) ([]Slot, error) {
	events, err := r.slotsByEvent(ctx, environmentID, where...)
	if err != nil {
		return nil, err
	}
	var list []Slot
	for _, id := range sortedKeys(events) {
		list = append(list, events[id]...)
	}
	return list, nil
}

// slotsByEvent reads slots of an environment by event, those of each in order.
func (r reader) slotsByEvent(ctx context.Context, environmentID string, where ...*sql.Predicate) (map[string][]Slot, error) {
	q := r.sql().Select(slotColumns...).From(sql.Table(releaseslot.Table)).
		Where(sql.And(append(where, sql.EQ(releaseslot.FieldEnvironmentID, environmentID))...))
	events := map[string][]Slot{}
	err := r.each(ctx, q, func(rows *stdsql.Rows) error {
		s, err := scanSlot(rows)
		list, there := events[s.EventID]
		if !there {
			list = make([]Slot, 0, 3) // most apps have no more terminals
		}
		events[s.EventID] = append(list, s)
		return err
	})
	for _, list := range events {
		if !slices.IsSortedFunc(list, bySlot) {
			slices.SortFunc(list, bySlot)
		}
	}
	return events, err
}

// live are the slots that hold now.
func live() *sql.Predicate { return sql.IsNull(releaseslot.FieldEnded) }

// stillLive is live for statements that are about a few slots: as an expression, it keeps the database from reading all
// that hold now by the index that there is for them.
func stillLive() *sql.Predicate {
	return sql.P(func(b *sql.Builder) { b.WriteString("+").Ident(releaseslot.FieldEnded).WriteString(" IS NULL") })
}

// asOf are the slots that held after the release with a number.
func asOf(number int) *sql.Predicate {
	return sql.And(sql.LTE(releaseslot.FieldEntered, number),
		sql.Or(sql.IsNull(releaseslot.FieldEnded), sql.GT(releaseslot.FieldEnded, number)))
}

// ofEvents are the slots of events.
func ofEvents(ids []string) *sql.Predicate { return store.Among(releaseslot.FieldEventID, ids) }

// byEvent deals slots, which are in order, to their events.
func byEvent(slots []Slot) map[string][]Slot {
	events := map[string][]Slot{}
	for from := 0; from < len(slots); {
		to := from + 1
		for to < len(slots) && slots[to].EventID == slots[from].EventID {
			to++
		}
		events[slots[from].EventID] = slots[from:to:to]
		from = to
	}
	return events
}
