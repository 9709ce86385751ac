package app_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/approval"
	"github.com/waymarkhq/waymark/ent/eventrevision"
	"github.com/waymarkhq/waymark/ent/propertyrevision"
	"github.com/waymarkhq/waymark/ent/valuesetrevision"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/diff"
	"github.com/waymarkhq/waymark/internal/plan"
)

// revision is one of an event, a property or a value set.
type revision struct {
	id, baseID, mergedID, batchID string
	approved                      bool
	definition                    []byte
}

func (m *model) revision(id string) *revision {
	read := m.store.Read()
	switch prefix, _, _ := strings.Cut(id, "_"); prefix {
	case "rev":
		r := read.EventRevision.GetX(m.ctx, id)
		return &revision{r.ID, r.BaseID, r.MergedID, r.BatchID, r.State == plan.RevisionApproved, r.Definition}
	case "prv":
		r := read.PropertyRevision.GetX(m.ctx, id)
		return &revision{r.ID, r.BaseID, r.MergedID, r.BatchID, r.State == plan.RevisionApproved, r.Definition}
	default:
		r := read.ValueSetRevision.GetX(m.ctx, id)
		return &revision{r.ID, r.BaseID, r.MergedID, r.BatchID, r.State == plan.RevisionApproved, r.Definition}
	}
}

// fields are what a definition says, as far as the model edits it, by the paths that conflicts have.
func fields(t *rapid.T, definition []byte) map[string]string {
	var d struct {
		Name, Description, Trigger string
		Properties                 []struct {
			Key, Presence string
			Narrowing     struct{ Constant string }
		}
		Type   struct{ Base, ValueSet string }
		Values []struct{ Value, Label string }
	}
	require.NoError(t, json.Unmarshal(definition, &d))
	said := map[string]string{"name": d.Name, "description": d.Description, "trigger": d.Trigger, "type.base": d.Type.Base, "type.constraints.valueSet": d.Type.ValueSet}
	for _, p := range d.Properties {
		said["properties["+p.Key+"].presence"], said["properties["+p.Key+"].narrowing.constant"] = p.Presence, p.Narrowing.Constant
	}
	for _, v := range d.Values {
		said["values["+v.Value+"].value"], said["values["+v.Value+"].label"] = v.Value, v.Label
	}
	return said
}

func (m *model) says(t *rapid.T, id string) map[string]string {
	r := m.revision(id)
	if r.approved {
		m.unchanged(t, r.id, func() []byte { return r.definition })
	}
	return fields(t, r.definition)
}

// basis is the revision that a batch began with, whose own revision is r.
func (m *model) basis(r *revision) *revision {
	for base := r; base.baseID != ""; {
		base = m.revision(base.baseID)
		if base.approved || base.batchID != r.batchID {
			return base
		}
	}
	return nil
}

// settle chooses a side in every conflict of a batch.
func (m *model) settle(t *rapid.T, number string) {
	for _, it := range m.itemsOf(number) {
		all, err := m.plans.ConflictsOfItems(m.ctx, []*ent.BatchItem{it})
		require.NoError(t, err)
		found := all[it.ID]
		if len(found) == 0 {
			continue
		}
		chosen := map[string]diff.Side{}
		in := catalog.ResolveConflictsInput{ID: it.ID}
		for i := range found {
			side := rapid.SampledFrom([]diff.Side{diff.Ours, diff.Theirs}).Draw(t, "side of "+found[i].Path)
			chosen[found[i].Path] = side
			in.Choices = append(in.Choices, catalog.ConflictChoiceInput{Path: found[i].Path, Side: &side})
		}
		own := m.ownRevision(it)
		if _, err = m.plans.ResolveConflicts(m.by(t, editors), in); allowed(t, err) {
			m.chosen[own] = chosen
		}
	}
}

// ownRevision is the newest revision of what an item is about that its batch has made.
func (m *model) ownRevision(it *ent.BatchItem) string {
	read := m.store.Read()
	switch it.Kind {
	case plan.ItemEvent:
		return read.EventRevision.Query().Where(eventrevision.EventID(it.EventID), eventrevision.BatchID(it.BatchID)).
			Order(ent.Desc(eventrevision.FieldNumber)).FirstIDX(m.ctx)
	case plan.ItemProperty:
		return read.PropertyRevision.Query().Where(propertyrevision.PropertyID(it.PropertyID), propertyrevision.BatchID(it.BatchID)).
			Order(ent.Desc(propertyrevision.FieldNumber)).FirstIDX(m.ctx)
	default:
		return read.ValueSetRevision.Query().Where(valuesetrevision.ValueSetID(it.ValueSetID), valuesetrevision.BatchID(it.BatchID)).
			Order(ent.Desc(valuesetrevision.FieldNumber)).FirstIDX(m.ctx)
	}
}

// checkLine looks at what has come onto the line of an event: positions have no gaps, what was there is still there, and
// each entry is made of the one before it, so that nobody's change is lost.
func (m *model) checkLine(t *rapid.T, e *ent.Event) {
	all := m.store.Read().Approval.Query().Where(approval.EventID(e.ID), approval.PositionNotNil()).Order(approval.ByPosition()).AllX(m.ctx)
	known := m.lines[e.ID]
	require.GreaterOrEqual(t, len(all), len(known))
	for i, a := range all {
		require.Equal(t, i+1, *a.Position)
		if i < len(known) {
			require.Equal(t, known[i].Hash+known[i].RevisionID+string(known[i].Cause), a.Hash+a.RevisionID+string(a.Cause))
			continue
		}
		f, err := plan.ParseFrozen(m.store.Read().Frozen.GetX(m.ctx, a.Hash).Body)
		require.NoError(t, err)
		require.Equal(t, m.says(t, a.RevisionID)["name"], f.Name)
		m.checkEntry(t, all, i)
	}
	m.lines[e.ID] = all
	row := m.store.Read().Event.GetX(m.ctx, e.ID)
	require.Equal(t, len(all), row.LastApproval)
	if len(all) > 0 {
		newest := all[len(all)-1]
		require.Equal(t, newest.ID, row.ApprovalID)
		require.Equal(t, newest.RevisionID, row.HeadID, "the row copies what is approved")
	}
}

func (m *model) checkEntry(t *rapid.T, line []*ent.Approval, i int) {
	a := line[i]
	if i == 0 {
		return
	}
	before := m.says(t, line[i-1].RevisionID)
	r := m.revision(a.RevisionID)
	switch a.Cause {
	case plan.CauseProperty, plan.CauseValueSet:
		require.Equal(t, line[i-1].RevisionID, a.RevisionID)
	case plan.CauseRevert:
		first := slices.IndexFunc(line, func(o *ent.Approval) bool { return o.ItemID == a.ItemID })
		require.Equal(t, line[max(0, first-1)].RevisionID, a.RevisionID, "what was there before the item")
	default:
		require.True(t, r.approved)
		require.NotEmpty(t, r.baseID, "entry %d has no base", i+1)
		require.Equal(t, before, m.says(t, r.baseID), "entry %d is not made of the one before it", i+1)
		m.checkMerge(t, r)
	}
}

// checkShared: what is approved of properties and value sets does not change, and merges of them lose no side.
func (m *model) checkShared(t *rapid.T) {
	read, ids := m.store.Read(), []string{}
	for _, p := range m.properties {
		ids = append(ids, read.PropertyRevision.Query().Where(propertyrevision.PropertyID(p.ID), propertyrevision.StateEQ(plan.RevisionApproved)).IDsX(m.ctx)...)
	}
	ids = append(ids, read.ValueSetRevision.Query().Where(valuesetrevision.ValueSetID(m.values.ID), valuesetrevision.StateEQ(plan.RevisionApproved)).IDsX(m.ctx)...)
	for _, id := range ids {
		if _, known := m.seen[id]; !known {
			m.checkMerge(t, m.revision(id))
		}
		m.says(t, id)
	}
}

// checkMerge: a merge has what either side changed, and where both changed one field, what was chosen.
func (m *model) checkMerge(t *rapid.T, r *revision) {
	if r.mergedID == "" {
		return
	}
	own := m.revision(r.mergedID)
	ours, theirs, is := m.says(t, own.id), m.says(t, r.baseID), m.says(t, r.id)
	base := map[string]string{}
	if b := m.basis(own); b != nil {
		base = m.says(t, b.id)
	}
	every := maps.Clone(base)
	maps.Copy(every, ours)
	maps.Copy(every, theirs)
	for field := range every {
		b, o, th := base[field], ours[field], theirs[field]
		want := o
		switch m.side(own.id, field) {
		case diff.Ours:
		case diff.Theirs:
			want = th
		default:
			require.True(t, o == b || th == b || o == th, "%s of %q, ours %q, theirs %q: nobody chose", field, b, o, th)
			if o == b {
				want = th
			}
		}
		require.Equal(t, want, is[field], "%s of %q, ours %q, theirs %q\n%s", field, b, o, th, m.state())
	}
}

// side is what was chosen in a conflict about a field, or something that it is part of; "" where there was none.
func (m *model) side(own, field string) diff.Side {
	for path, side := range m.chosen[own] {
		if strings.HasPrefix(field, path) {
			return side
		}
	}
	return ""
}
