package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/plan"
)

// contents are what batches have made of what their items are about, with everything that this is judged by.
type contents struct {
	*facts
	made map[string]*revision // by item
	met  map[string]*meeting  // by revision, of those that are not approved
	// numbers are those of the batches whose drafts something comes from, by id.
	numbers map[string]string
	docs    map[string]*eventDocument // of the events that met, by revision
	freezer *freezer
	// replacing are the properties that are merged, and those that they are merged into.
	replacing fact[map[string]*ent.Property]
}

// judgeContents judges what all batches say, once.
func (f *facts) judgeContents(ctx context.Context) error {
	if f.judged {
		return nil
	}
	k := &contents{
		facts: f, made: map[string]*revision{}, met: map[string]*meeting{}, docs: map[string]*eventDocument{}, freezer: f.c.newFreezer(),
	}
	if err := k.load(ctx); err != nil {
		return err
	}
	for _, g := range f.stages {
		if err := k.judge(ctx, g); err != nil {
			return err
		}
	}
	f.judged = true
	return nil
}

// load reads everything that is needed, whatever the number of batches and items.
func (k *contents) load(ctx context.Context) error {
	var changes []*ent.BatchItem
	for _, g := range k.stages {
		changes = append(changes, g.changes()...)
	}
	unapproved := map[string]bool{}
	for _, l := range []*line{eventLine, propertyLine, valueSetLine} {
		made, err := k.c.madeOf(ctx, l, changes)
		if err != nil {
			return err
		}
		maps.Copy(k.made, made)
		met, err := k.c.meetAll(ctx, l, drafts(made))
		if err != nil {
			return err
		}
		for id, m := range met {
			k.met[id] = m
			if m.unapproved != "" {
				unapproved[m.unapproved] = true
			}
		}
	}
	var err error
	if k.numbers, err = k.c.numbersOf(ctx, slices.Collect(maps.Keys(unapproved))); err != nil {
		return err
	}
	return k.loadEvents(ctx)
}

// changes are the open items that change something.
func (g *stage) changes() []*ent.BatchItem {
	return slices.DeleteFunc(g.open(), func(it *ent.BatchItem) bool { return it.Action == plan.ActionRemove })
}

// drafts are the revisions that are not approved.
func drafts(made map[string]*revision) (list []*revision) {
	for _, r := range made {
		if !r.isApproved() {
			list = append(list, r)
		}
	}
	return list
}

// loadEvents reads the definitions of events, and what those refer to that are asked to be complete, or narrow something.
func (k *contents) loadEvents(ctx context.Context) error {
	var resolved []*eventDocument
	for _, g := range k.stages {
		for _, it := range g.changes() {
			r := k.made[it.ID]
			if it.EventID == "" || r == nil || r.isApproved() {
				continue
			}
			for _, of := range []*revision{r, k.met[r.id].head} {
				if of != r && !of.isApproved() {
					continue
				}
				doc, err := eventDocumentOf(of)
				if err != nil {
					return err
				}
				k.docs[of.id] = doc
				if g.app.Completeness != nil || doc.narrows() {
					resolved = append(resolved, doc)
				}
			}
		}
	}
	return k.freezer.load(ctx, resolved...)
}

func (k *contents) judge(ctx context.Context, g *stage) error {
	if len(g.open()) == 0 {
		g.contents = append(g.contents, *bar(plan.GuardEmptyBatch, g.batch.Number+" has no items", nil))
	}
	for _, it := range g.changes() {
		if err := k.judgeItem(ctx, g, it); err != nil {
			return err
		}
	}
	return nil
}

func (k *contents) judgeItem(ctx context.Context, g *stage, it *ent.BatchItem) error {
	own := k.made[it.ID]
	if own == nil {
		approved, err := k.approvals(ctx)
		if err != nil || len(approved[it.ID]) > 0 { // it was approved in the batch that it was moved out of
			return err
		}
		found := bar(plan.GuardIncomplete, "nothing is designed for it yet", map[string]any{"field": "definition"})
		g.contents = append(g.contents, *found.on(it))
		return nil
	}
	if own.isApproved() {
		return nil
	}
	m := k.met[own.id]
	k.judgeMeeting(g, it, m)
	if err := k.judgeFit(ctx, g, it, m); err != nil {
		return err
	}
	switch it.Kind {
	case plan.ItemEvent:
		return k.judgeEvent(g, it, m)
	case plan.ItemProperty:
		return g.judgeProperty(it, m)
	default:
		return nil
	}
}

// judgeMeeting tells how an item stands to what was approved meanwhile.
func (k *contents) judgeMeeting(g *stage, it *ent.BatchItem, m *meeting) {
	if m.unapproved != "" {
		number := k.numbers[m.unapproved]
		found := bar(plan.GuardBaseUnapproved, onUnapproved(number), becauseOf(number))
		g.contents = append(g.contents, *found.on(it))
	}
	for _, c := range m.conflicts {
		found := bar(plan.GuardOpenConflict, c.Path+" was changed by another batch too", map[string]any{"path": c.Path})
		found.Path = c.Path
		g.contents = append(g.contents, *found.on(it))
	}
	if m.merged != nil && len(m.conflicts) == 0 {
		found := bar(plan.GuardBaseOutdated, "a newer revision was approved meanwhile: approving merges both", nil)
		g.contents = append(g.contents, *found.on(it))
	}
}

// judgeEvent holds an event against the app's naming and completeness. What was approved with the same name before is
// old stock, of which the rules only warn.
func (k *contents) judgeEvent(g *stage, it *ent.BatchItem, m *meeting) error {
	doc, before := k.docs[m.own.id], &eventDocument{}
	if m.head.isApproved() {
		before = k.docs[m.head.id]
	}
	if n := g.app.Naming; n != nil {
		if doc.WireName != "" {
			g.note(it, n.Check(plan.NameEvent, doc.WireName), before.WireName == doc.WireName)
		}
		g.note(it, n.Check(plan.NameEventKey, doc.Key), before.Key == doc.Key)
	}
	if g.app.Completeness == nil {
		return nil
	}
	now, err := k.freezer.freeze(it.EventID, doc)
	if err != nil {
		return err
	}
	then, err := k.freezer.freeze(it.EventID, before)
	if err != nil {
		return err
	}
	old := g.app.Completeness.Check(then)
	for _, f := range g.app.Completeness.Check(now) {
		stock := before.Key != "" && slices.ContainsFunc(old, func(o plan.Finding) bool { return o.Path == f.Path })
		g.note(it, []plan.Finding{f}, stock)
	}
	return nil
}

func (g *stage) judgeProperty(it *ent.BatchItem, m *meeting) error {
	doc := &propertyDocument{}
	if err := json.Unmarshal(m.own.definition, doc); err != nil {
		return fmt.Errorf("read revision %s: %w", m.own.id, err)
	}
	if doc.ReplacedBy != "" {
		return nil // what goes need not be beautiful
	}
	stock := m.head.isApproved()
	if n := g.app.Naming; n != nil {
		g.note(it, n.Check(plan.NameProperty, doc.Key), stock)
	}
	if c := g.app.Completeness; c != nil {
		g.note(it, c.CheckProperty(&plan.FrozenProperty{
			Key: doc.Key, Name: doc.Name, Description: doc.Description, PropertyExample: doc.Example,
		}), stock)
	}
	return nil
}

// note keeps findings about an item; of old stock they only warn.
func (g *stage) note(it *ent.BatchItem, found []plan.Finding, oldStock bool) {
	for _, f := range found {
		rule := plan.Guard(f.Rule)
		b := Bar{Finding: f, Severity: rule.Severity, ItemID: it.ID}
		if oldStock && rule.OldStock {
			b.Severity = plan.SeverityWarning
		}
		g.contents = append(g.contents, b)
	}
}
