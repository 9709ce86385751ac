package app_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/approval"
	"github.com/waymarkhq/waymark/ent/batch"
	"github.com/waymarkhq/waymark/ent/batchitem"
	"github.com/waymarkhq/waymark/ent/environment"
	"github.com/waymarkhq/waymark/ent/eventrevision"
	entrelease "github.com/waymarkhq/waymark/ent/release"
	"github.com/waymarkhq/waymark/ent/releaseslot"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/release"
)

// Check holds after each step.
func (m *model) Check(t *rapid.T) {
	for i := range m.envs {
		m.envs[i] = m.store.Read().Environment.Query().Where(environment.ID(m.envs[i].ID)).OnlyX(m.ctx)
		m.checkReleases(t, m.envs[i])
	}
	m.checkCompare(t)
	for _, e := range m.events {
		m.checkLine(t, e)
	}
	m.checkDeliveries(t)
}

// checkReleases: numbers have no gaps, no release says anything else than when it was made, and the plan of each can be
// read, by its number and by its time.
func (m *model) checkReleases(t *rapid.T, env *ent.Environment) {
	defer func() {
		if t.Failed() {
			t.Log(m.state())
		}
	}()
	made := m.store.Read().Release.Query().Where(entrelease.EnvironmentID(env.ID)).Order(entrelease.ByNumber()).AllX(m.ctx)
	require.Len(t, made, env.LastRelease)
	slots := m.store.Read().ReleaseSlot.Query().Where(releaseslot.EnvironmentID(env.ID)).AllX(m.ctx)
	for i, r := range made {
		require.Equal(t, i+1, r.Number)
		is := heldAt(t, slots, r.Number)
		if i == len(m.after[env.Key]) {
			m.after[env.Key] = append(m.after[env.Key], is)
			m.times[env.Key] = append(m.times[env.Key], r.CreatedAt)
		}
		require.Equal(t, m.after[env.Key][i], is, "release %d of %s", r.Number, env.Key)
	}
	for _, s := range slots {
		m.unchanged(t, s.Hash, func() []byte { return m.store.Read().Frozen.GetX(m.ctx, s.Hash).Body })
	}
	if len(made) == 0 {
		return
	}
	n := rapid.IntRange(1, len(made)).Draw(t, "plan at")
	m.checkPlanAt(t, env, n, &n, nil)
	m.checkPlanAt(t, env, n, nil, &m.times[env.Key][n-1])
}

func (m *model) checkPlanAt(t *rapid.T, env *ent.Environment, release int, number *int, at *time.Time) {
	children, err := m.plans.PlanAt(env, number, at)
	require.NoError(t, err)
	all := 200
	pages, err := children.Pages(m.ctx, []string{env.ID}, catalog.PageArgs{First: &all})
	require.NoError(t, err)
	require.Equal(t, m.after[env.Key][release-1], heldBy(t, pages[env.ID].Nodes), "plan at release %d of %s", release, env.Key)
}

// heldAt is what held after a release, of all the slots that an environment has and had.
func heldAt(t *rapid.T, slots []*ent.ReleaseSlot, number int) held {
	return heldBy(t, slices.DeleteFunc(slices.Clone(slots), func(s *ent.ReleaseSlot) bool {
		return s.Entered > number || s.Ended != nil && *s.Ended <= number
	}))
}

// unchanged requires that what is stored under an id says what it said, and where the id is its hash, that it is.
func (m *model) unchanged(t *rapid.T, id string, read func() []byte) {
	if m.seen[id] != "" && len(id) == 64 {
		return // it was held to its hash, and nothing is stored twice
	}
	body := read()
	if sum := sha256.Sum256(body); len(id) == 64 {
		require.Equal(t, id, hex.EncodeToString(sum[:]))
	}
	if was, there := m.seen[id]; there {
		require.Equal(t, was, string(body), "%s was changed", id)
	}
	m.seen[id] = string(body)
}

// checkCompare: what differs between two sides, applied to the one, gives the other.
func (m *model) checkCompare(t *rapid.T) {
	side := func(env *ent.Environment) (release.Side, held) {
		s := release.Side{Environment: &env.Key}
		n := len(m.after[env.Key])
		if n == 0 {
			return s, nil
		}
		to := rapid.IntRange(1, n).Draw(t, "compare release")
		switch rapid.IntRange(0, 2).Draw(t, "how") {
		case 0:
			s.Release = &to
		case 1:
			s.At = &m.times[env.Key][to-1]
		default:
			to = n
		}
		return s, m.after[env.Key][to-1]
	}
	x, before := side(m.anyEnvironment(t, "compare"))
	y, after := side(m.anyEnvironment(t, "with"))
	if before == nil || after == nil {
		return
	}
	c, err := m.releases.Compare(m.ctx, m.app.Key, x, y)
	require.NoError(t, err)
	all := 200
	page, err := c.Page(m.ctx, &all, nil)
	require.NoError(t, err)
	require.Equal(t, after, apply(before, page.Nodes))
	require.Equal(t, len(page.Nodes), c.Added+c.Changed+c.Removed)
}

// fields are what a definition of an event says, as far as the model edits it.
func fields(t *rapid.T, definition []byte) map[string]string {
	var d struct {
		Name, Description, Trigger string
		Properties                 []struct{ Key, Presence string }
	}
	require.NoError(t, json.Unmarshal(definition, &d))
	said := map[string]string{"name": d.Name, "description": d.Description, "trigger": d.Trigger}
	for _, p := range d.Properties {
		said["properties["+p.Key+"]"] = p.Presence
	}
	return said
}

func (m *model) revision(id string) *ent.EventRevision {
	return m.store.Read().EventRevision.GetX(m.ctx, id)
}

func (m *model) says(t *rapid.T, id string) map[string]string {
	r := m.revision(id)
	if r.State == plan.RevisionApproved {
		m.unchanged(t, r.ID, func() []byte { return r.Definition })
	}
	return fields(t, r.Definition)
}

// basis is the revision that a batch began with, whose own revision is r.
func (m *model) basis(r *ent.EventRevision) *ent.EventRevision {
	for base := r; base.BaseID != ""; {
		base = m.revision(base.BaseID)
		if base.State == plan.RevisionApproved || base.BatchID != r.BatchID {
			return base
		}
	}
	return nil
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
		require.Equal(t, plan.RevisionApproved, r.State)
		require.NotEmpty(t, r.BaseID, "entry %d has no base", i+1)
		require.Equal(t, before, m.says(t, r.BaseID), "entry %d is not made of the one before it", i+1)
		m.checkMerge(t, r)
	}
}

// checkMerge: a merge has what either side changed, and where both changed one field, what was chosen.
func (m *model) checkMerge(t *rapid.T, r *ent.EventRevision) {
	if r.MergedID == "" {
		return
	}
	own := m.revision(r.MergedID)
	ours, theirs, is := m.says(t, own.ID), m.says(t, r.BaseID), m.says(t, r.ID)
	base := map[string]string{}
	if b := m.basis(own); b != nil {
		base = m.says(t, b.ID)
	}
	for _, field := range []string{"name", "description", "trigger", "properties[a]", "properties[b]"} {
		b, o, th := base[field], ours[field], theirs[field]
		want := o
		if o == b {
			want = th
		}
		if o != b && th != b && o != th {
			for path, side := range m.chosen[own.ID] {
				if strings.HasPrefix(path, field) && side == "THEIRS" {
					want = th
				}
			}
		}
		require.Equal(t, want, is[field], "%s of %q, ours %q, theirs %q", field, b, o, th)
	}
}

// checkDeliveries: what is online is in force, and what is in force was put online; nothing of what was given up holds.
func (m *model) checkDeliveries(t *rapid.T) {
	items := m.store.Read().BatchItem.Query().Where(batchitem.HasBatchWith(batch.AppID(m.app.ID))).WithBatch().WithDeliveries().AllX(m.ctx)
	byID, online, batchOnline := map[string]*ent.BatchItem{}, map[string][]string{}, map[string]bool{}
	for _, it := range items {
		byID[it.ID] = it
		for _, d := range it.Edges.Deliveries {
			if d.State == plan.DeliveryOnline {
				online[it.ID] = append(online[it.ID], d.Terminal)
				batchOnline[it.BatchID] = true
			}
		}
	}
	inForce := map[string][]string{} // the terminals on which something that an item brought is in production
	for _, env := range m.envs {
		for _, s := range m.slotsOf(env) {
			back := m.store.Read().Release.Query().Where(entrelease.EnvironmentID(env.ID), entrelease.Number(s.Entered),
				entrelease.KindEQ(plan.ReleaseRollback)).ExistX(m.ctx)
			if !back {
				require.False(t, m.gone(s.EventID, s.position), "%s has an event that was taken back altogether: %s\n%s", env.Key, s, m.state())
			}
			for _, id := range s.items {
				it := byID[id]
				if env.Key == plan.EnvironmentProduction {
					inForce[id] = append(inForce[id], s.Terminal)
				}
				if back || s.Offline {
					continue // whoever brought it back wanted all of it
				}
				require.NotEqual(t, plan.BatchCancelled, it.Edges.Batch.Review, "%s has what %s brought, which is cancelled: %s\n%s", env.Key, it.Edges.Batch.Number, s, m.state())
				require.Empty(t, it.DroppedReason, "%s has what %s brought, which was dropped: %s\n%s", env.Key, it.Edges.Batch.Number, s, m.state())
				if env.Key == plan.EnvironmentProduction {
					require.True(t, batchOnline[it.BatchID], "production has what %s brought, which nobody put online: %s\n%s", it.Edges.Batch.Number, s, m.state())
				}
			}
			if !s.Offline {
				m.checkStart(t, env, s)
			}
		}
	}
	for id, terminals := range online {
		for _, terminal := range terminals {
			if it := byID[id]; it.Action == plan.ActionChange && m.brought(it) && !m.leavesOut(it, terminal) {
				require.Contains(t, inForce[id], terminal, "%s is online on %s, and not in force\n%s", it.Edges.Batch.Number, terminal, m.state())
			}
		}
	}
}

// brought reports whether an item has something on the line of its event, which is different from what was there.
func (m *model) brought(it *ent.BatchItem) bool {
	for _, e := range m.events {
		for i, a := range m.lines[e.ID] {
			if a.ItemID == it.ID && (i == 0 || a.Hash != m.lines[e.ID][i-1].Hash) {
				return true
			}
		}
	}
	return false
}

// leavesOut reports whether the event of an item is not planned on a terminal.
func (m *model) leavesOut(it *ent.BatchItem, terminal string) bool {
	for _, a := range m.lines[it.EventID] {
		f, err := plan.ParseFrozen(m.store.Read().Frozen.GetX(m.ctx, a.Hash).Body)
		if err == nil && len(f.Terminals) > 0 && !slices.Contains(f.Terminals, terminal) {
			return true
		}
	}
	return it.EventID == ""
}

// slot is one that holds, with the items of which it has something in it.
type slot struct {
	*ent.ReleaseSlot
	position int
	items    []string
}

func (s *slot) String() string {
	return fmt.Sprintf("%s from %q by release %d, entry %d", s.Terminal, s.FromVersion, s.Entered, s.position)
}

// slotsOf are what an environment goes by.
func (m *model) slotsOf(env *ent.Environment) (list []*slot) {
	rows := m.store.Read().ReleaseSlot.Query().Where(releaseslot.EnvironmentID(env.ID), releaseslot.EndedIsNil()).AllX(m.ctx)
	for _, row := range rows {
		s := &slot{ReleaseSlot: row}
		for a := m.approval(row.ApprovalID); a != nil; a = m.approval(a.PreviousID) {
			if a.Position != nil {
				s.position = *a.Position
				break
			}
			s.items = append(s.items, a.ItemID) // beside the line
		}
		s.items = append(s.items, m.itemsUpTo(row.EventID, s.position)...)
		list = append(list, s)
	}
	return list
}

func (m *model) approval(id string) *ent.Approval {
	if id == "" {
		return nil
	}
	return m.store.Read().Approval.GetX(m.ctx, id)
}

// itemsUpTo are the items that changed something on a line up to a position, and were not taken back until there.
func (m *model) itemsUpTo(eventID string, position int) (items []string) {
	line := m.lines[eventID][:position]
	for i, a := range line {
		reverted := slices.ContainsFunc(line[i+1:], func(o *ent.Approval) bool { return o.Cause == plan.CauseRevert && o.ItemID == a.ItemID })
		changed := i == 0 || a.Hash != line[i-1].Hash
		if a.Cause != plan.CauseRevert && !reverted && changed && !slices.Contains(items, a.ItemID) {
			items = append(items, a.ItemID)
		}
	}
	return items
}

// gone reports whether an event was taken back altogether, and not planned again, up to an entry of its line.
func (m *model) gone(eventID string, position int) bool {
	gone := false
	for _, a := range m.lines[eventID][:position] {
		switch a.Cause {
		case plan.CauseRevert:
			gone = a.PreviousID == ""
		case plan.CauseEvent, plan.CauseMerge, plan.CauseLight:
			gone = false
		}
	}
	return gone
}

// checkStart: on its terminal a slot has nothing in it of a batch that was published there from later versions only, as the
// release before had it.
func (m *model) checkStart(t *rapid.T, env *ent.Environment, s *slot) {
	history := m.store.Read().ReleaseSlot.Query().Where(releaseslot.EnvironmentID(env.ID), releaseslot.EventID(s.EventID),
		releaseslot.Terminal(s.Terminal), releaseslot.Offline(false)).AllX(m.ctx)
	for _, id := range s.items {
		var starts []string
		for _, h := range history {
			if h.Entered > s.Entered || h.Ended != nil && *h.Ended < s.Entered {
				continue
			}
			if a := m.approval(h.ApprovalID); a != nil && a.Cause != plan.CauseRevert && a.BatchID == m.batchOf(id) {
				starts = append(starts, h.FromVersion)
			}
		}
		if len(starts) == 0 {
			continue
		}
		first := slices.MinFunc(starts, plan.CompareVersions)
		require.LessOrEqual(t, plan.CompareVersions(first, s.FromVersion), 0, "%s has what starts from %s only: %s\n%s", env.Key, first, s, m.state())
	}
}

func (m *model) batchOf(item string) string {
	return m.store.Read().BatchItem.GetX(m.ctx, item).BatchID
}

// itemsOf are the items of a batch, by its number.
func (m *model) itemsOf(number string) []*ent.BatchItem {
	return m.store.Read().BatchItem.Query().Where(batchitem.HasBatchWith(batch.Number(number))).Order(batchitem.ByID()).AllX(m.ctx)
}

// ownRevision is the newest revision of what an item is about that its batch has made.
func (m *model) ownRevision(it *ent.BatchItem) string {
	r := m.store.Read().EventRevision.Query().Where(eventrevision.EventID(it.EventID), eventrevision.BatchID(it.BatchID)).
		Order(ent.Desc(eventrevision.FieldNumber)).FirstX(m.ctx)
	return r.ID
}

// state is how far everything is, for whoever looks for why something failed.
func (m *model) state() string {
	var text strings.Builder
	for _, e := range m.events {
		fmt.Fprintf(&text, "event %s:\n", e.Key)
		for _, a := range m.store.Read().Approval.Query().Where(approval.EventID(e.ID)).Order(approval.ByCreatedAt()).AllX(m.ctx) {
			position := 0
			if a.Position != nil {
				position = *a.Position
			}
			fmt.Fprintf(&text, "  entry %d %s %s, item %s, revision %s\n", position, a.Cause, a.Hash[:6], a.ItemID[len(a.ItemID)-6:], a.RevisionID[len(a.RevisionID)-6:])
		}
	}
	for _, it := range m.store.Read().BatchItem.Query().Where(batchitem.HasBatchWith(batch.AppID(m.app.ID))).WithBatch().WithDeliveries().AllX(m.ctx) {
		fmt.Fprintf(&text, "%s %s item %s %s %s review %q dropped %q:", it.Edges.Batch.Number, it.Edges.Batch.Review, it.ID[len(it.ID)-6:], it.Kind, it.Action, it.Review, it.DroppedReason)
		for _, d := range it.Edges.Deliveries {
			fmt.Fprintf(&text, " %s %s", d.Terminal, d.State)
		}
		text.WriteString("\n")
	}
	for _, env := range m.envs {
		for _, s := range m.store.Read().ReleaseSlot.Query().Where(releaseslot.EnvironmentID(env.ID), releaseslot.EndedIsNil()).AllX(m.ctx) {
			a := m.approval(s.ApprovalID)
			if a == nil {
				a = &ent.Approval{ItemID: "      "}
			}
			fmt.Fprintf(&text, "%s %s %s from %q %s offline %v, release %d, item %s\n", env.Key, s.EventID[len(s.EventID)-4:], s.Terminal, s.FromVersion, s.Hash[:6], s.Offline, s.Entered, a.ItemID[len(a.ItemID)-6:])
		}
	}
	return text.String()
}
