package release

import (
	"context"
	stdsql "database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent/batch"
	"github.com/waymarkhq/waymark/ent/event"
	"github.com/waymarkhq/waymark/ent/release"
	"github.com/waymarkhq/waymark/ent/releaseslot"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/store"
)

// maxListed bounds how many releases, or changes, a refusal lists.
const maxListed = 50

// Since is a release that came between.
type Since struct {
	Number  int              `json:"number"`
	Kind    plan.ReleaseKind `json:"kind"`
	Batches []string         `json:"batches"` // their numbers
}

// refuseMoved refuses when the environment's newest release is not the one that somebody had before them.
func (p *publication) refuseMoved(ctx context.Context, base *int) error {
	if base == nil || *base == p.env.LastRelease {
		return nil
	}
	rows, err := p.client.Release.Query().Where(release.EnvironmentID(p.env.ID), release.NumberGT(*base)).
		Order(release.ByNumber()).Limit(maxListed).All(ctx)
	if err != nil {
		return fmt.Errorf("read what was released since: %w", err)
	}
	var ids []string
	for _, r := range rows {
		ids = append(ids, r.BatchIds...)
	}
	numbers, err := p.batchNumbers(ctx, ids)
	if err != nil {
		return err
	}
	since := make([]Since, len(rows))
	for i, r := range rows {
		since[i] = Since{Number: r.Number, Kind: r.Kind, Batches: []string{}}
		for _, id := range r.BatchIds {
			since[i].Batches = append(since[i].Batches, numbers[id])
		}
	}
	p.refuse(fault.New(fault.Conflict, plan.GuardTargetMoved, fmt.Sprintf(
		"the environment %s is at release %d by now, not %d: compare again", p.env.Key, p.env.LastRelease, *base)).
		With("environment", p.env.Key).With("baseRelease", *base).With("newestRelease", p.env.LastRelease).With("since", since))
	return p.refusal()
}

// batchNumbers returns what messages call batches, by their ids: the number, or plan.HiddenBatch where who is asking may not see
// the app.
func (p *publication) batchNumbers(ctx context.Context, ids []string) (map[string]string, error) {
	numbers := map[string]string{}
	if len(ids) == 0 {
		return numbers, nil
	}
	asking, err := auth.From(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := p.client.Batch.Query().
		Where(func(s *sql.Selector) { s.Where(store.Among(s.C(batch.FieldID), ids)) }).
		Select(batch.FieldNumber, batch.FieldAppID).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the numbers of batches: %w", err)
	}
	for _, b := range rows {
		if numbers[b.ID] = plan.HiddenBatch; asking.CanSee(b.AppID) {
			numbers[b.ID] = b.Number
		}
	}
	return numbers, nil
}

// nameBatches completes the refusals that are because of a batch, with the words that people know it and the event by.
func (p *publication) nameBatches(ctx context.Context) error {
	var batchIDs, eventIDs []string
	for _, r := range p.refusals {
		if r.Message == "" {
			batchIDs = append(batchIDs, paramText(r, "batchId"))
			eventIDs = append(eventIDs, paramText(r, "eventId"))
		}
	}
	if len(eventIDs) == 0 {
		return nil
	}
	numbers, err := p.batchNumbers(ctx, batchIDs)
	if err != nil {
		return err
	}
	events, err := p.client.Event.Query().
		Where(func(s *sql.Selector) { s.Where(store.Among(s.C(event.FieldID), eventIDs)) }).Select(event.FieldKey).All(ctx)
	if err != nil {
		return fmt.Errorf("read the keys of events: %w", err)
	}
	keys := map[string]string{}
	for _, e := range events {
		keys[e.ID] = e.Key
	}
	for i, r := range p.refusals {
		if r.Message != "" {
			continue
		}
		number, key := numbers[paramText(r, "batchId")], keys[paramText(r, "eventId")]
		c := *r.With("batch", number).With("eventKey", key)
		called := "batch " + number
		if number == plan.HiddenBatch {
			called = number
			delete(c.Params, "batch")
			delete(c.Params, "batchId")
		}
		c.Message = fmt.Sprintf("the event %q carries a change of %s, which is not published here: publish that first, or along", key, called)
		if r.Reason == "behind_production" {
			c.Message = fmt.Sprintf("the event %q is here as %s made it, and what would be published does not have that change", key, called)
		}
		p.refusals[i] = &c
	}
	return nil
}

func paramText(e *fault.Error, key string) string {
	text, _ := e.Params[key].(string)
	return text
}

// breakingChange is a change that needs a reason, as the refusal lists it.
type breakingChange struct {
	Event string `json:"event"`
	Path  string `json:"path"`
	Rule  string `json:"rule"`
}

// refuseBreaking wants a reason for breaking changes in production.
func (p *publication) refuseBreaking(reason string) {
	if p.env.Key != plan.EnvironmentProduction || strings.TrimSpace(reason) != "" {
		return
	}
	list := []breakingChange{}
	n := 0
	for _, c := range p.changes {
		for _, f := range c.Breaking() {
			n++
			if len(list) < maxListed {
				list = append(list, breakingChange{Event: c.Key, Path: f.Path, Rule: f.Rule})
			}
		}
	}
	if n == 0 {
		return
	}
	p.refuse(fault.New(fault.FailedPrecondition, plan.GuardBreakingUnexplained,
		fmt.Sprintf("%d of the changes could break what apps in the field send or others read: say why", n)).
		With("changes", list).With("total", n))
}

// refuseSameMatch refuses what would leave two events that nothing tells from each other, on one terminal for one app
// version.
func (p *publication) refuseSameMatch(ctx context.Context) error {
	names := map[string]bool{}
	entered := map[string]bool{}
	for i := range p.entered {
		s := &p.entered[i]
		d := p.texts.definitions[s.Hash]
		if s.Offline || d == nil || d.Kind == plan.KindCommon {
			continue
		}
		entered[s.EventID] = true
		for _, n := range answersTo(d, p.now) {
			names[n] = true
		}
	}
	if len(entered) == 0 {
		return nil
	}
	slots, err := p.after(ctx, names, entered)
	if err != nil {
		return err
	}
	p.findSameMatch(slots, entered)
	return nil
}

// after returns what holds after the publication of the given events, and of those that have one of the names.
func (p *publication) after(ctx context.Context, names, events map[string]bool) (map[string][]Slot, error) {
	others, err := p.named(ctx, names)
	if err != nil {
		return nil, err
	}
	ids := sortedKeys(events)
	seen := maps.Clone(events) // the statement says one event several times: made distinct, it would read by another index
	for _, id := range others {
		if !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	slots, err := p.slots(ctx, p.env.ID, stillLive(), ofEvents(ids))
	if err != nil {
		return nil, err
	}
	gone := map[string]bool{}
	for i := range p.ended {
		gone[p.ended[i].ID] = true
	}
	slots = slices.DeleteFunc(slots, func(s Slot) bool { return gone[s.ID] })
	slots = append(slots, p.entered...)
	slices.SortFunc(slots, bySlot)
	hashes := make([]string, len(slots))
	for i := range slots {
		hashes[i] = slots[i].Hash
	}
	return byEvent(slots), p.texts.loadDefinitions(ctx, p.reader, hashes)
}

// named returns the ids of events that have one of the names, by wire name or alias; one may come several times.
func (p *publication) named(ctx context.Context, names map[string]bool) ([]string, error) {
	here := sql.EQ(releaseslot.FieldEnvironmentID, p.env.ID)
	q := p.sql().Select(releaseslot.FieldEventID).From(sql.Table(releaseslot.Table)).Where(sql.And(
		here, stillLive(), store.Among(releaseslot.FieldWireName, sortedKeys(names))))
	ids, err := p.column(ctx, q)
	if err != nil {
		return nil, err
	}
	q = p.sql().Select(releaseslot.FieldEventID, releaseslot.FieldAliases).From(sql.Table(releaseslot.Table)).Where(sql.And(
		here, stillLive(), sql.ExprP(releaseslot.FieldAliases+" <> ''")))
	err = p.each(ctx, q, func(rows *stdsql.Rows) error {
		var id, aliases string
		if err := rows.Scan(&id, &aliases); err != nil {
			return err
		}
		if slices.ContainsFunc(strings.Split(aliases, "\n"), func(n string) bool { return names[n] }) {
			ids = append(ids, id)
		}
		return nil
	})
	return ids, err
}

// stretch is a part of the app versions of a terminal in which an event goes by one definition.
type stretch struct {
	slot     *Slot
	to       string // the version where it ends
	isOpen   bool   // there is none
	d        *plan.Frozen
	terminal string
}

// findSameMatch refuses the first pair of events, one of them entered, that answer to one name with the same match at once.
func (p *publication) findSameMatch(slots map[string][]Slot, entered map[string]bool) {
	byName := map[string][]stretch{}
	for _, id := range sortedKeys(slots) {
		for _, s := range p.stretches(slots[id]) {
			for _, n := range answersTo(s.d, p.now) {
				told := fmt.Sprintf("%s\x00%s\x00%s\x00%q", s.terminal, s.d.Kind, n, s.d.Match)
				for _, o := range byName[told] {
					if o.slot.EventID != id && (entered[id] || entered[o.slot.EventID]) && overlap(&o, &s) {
						p.refuse(sameMatch(&o, &s))
						return
					}
				}
				byName[told] = append(byName[told], s)
			}
		}
	}
}

// stretches returns the versions in which an event is told by name, terminal by terminal.
func (p *publication) stretches(slots []Slot) []stretch {
	var list []stretch
	for i := range slots {
		s := &slots[i]
		d := p.texts.definitions[s.Hash]
		if s.Offline || d == nil || d.Kind == plan.KindCommon {
			continue
		}
		st := stretch{slot: s, d: d, terminal: s.Terminal, isOpen: true}
		if i+1 < len(slots) && slots[i+1].Terminal == s.Terminal {
			st.isOpen, st.to = false, slots[i+1].From
		}
		list = append(list, st)
	}
	return list
}

func overlap(a, b *stretch) bool {
	return (a.isOpen || plan.CompareVersions(b.slot.From, a.to) < 0) && (b.isOpen || plan.CompareVersions(a.slot.From, b.to) < 0)
}

func sameMatch(a, b *stretch) *fault.Error {
	return fault.New(fault.Conflict, "same_match", fmt.Sprintf(
		"nothing would tell the events %q and %q from each other on %s: give one of them a match", a.d.Key, b.d.Key, a.terminal)).
		With("eventIds", []string{a.slot.EventID, b.slot.EventID}).With("eventKeys", []string{a.d.Key, b.d.Key}).
		With("wireName", b.d.WireName).With("terminal", a.terminal)
}

// answersTo returns the names that a definition is known by from now on.
func answersTo(d *plan.Frozen, now time.Time) []string {
	names := []string{d.WireName}
	for _, a := range d.Aliases {
		if !slices.Contains(names, a.Name) && (a.Until == nil || a.Until.After(now)) {
			names = append(names, a.Name)
		}
	}
	return names
}

// aliasesOf returns what a slot says of a definition's aliases. No name holds a line's end.
func aliasesOf(d *plan.Frozen) string {
	names := make([]string, len(d.Aliases))
	for i, a := range d.Aliases {
		names[i] = a.Name
	}
	return strings.Join(names, "\n")
}
