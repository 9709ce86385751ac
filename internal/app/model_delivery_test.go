package app_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/approval"
	"github.com/waymarkhq/waymark/ent/batch"
	"github.com/waymarkhq/waymark/ent/batchitem"
	entrelease "github.com/waymarkhq/waymark/ent/release"
	"github.com/waymarkhq/waymark/ent/releaseslot"
	"github.com/waymarkhq/waymark/ent/transition"
	"github.com/waymarkhq/waymark/internal/plan"
)

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
				if m.app.Template == plan.TemplateStrict && it.Edges.Batch.Type == plan.BatchNormal {
					m.checkSignOff(t, d)
				}
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

// brought reports whether an item has something on the line of its event, which is different from what was there. A light
// change does not count: where it would bring along what is not published it waits for that.
func (m *model) brought(it *ent.BatchItem) bool {
	for _, e := range m.events {
		for i, a := range m.lines[e.ID] {
			if a.ItemID == it.ID && a.Cause != plan.CauseLight && (i == 0 || a.Hash != m.lines[e.ID][i-1].Hash) {
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

// editedBy are the people who edited the items of a batch last that a review would approve now.
func (m *model) editedBy(number string) (people []string) {
	b := m.batchBy(number)
	for _, it := range m.itemsOf(number) {
		if b.Review == plan.BatchInReview || it.Review == plan.BatchInReview {
			people = append(people, it.EditedByID)
		}
	}
	return people
}

// checkReviewer: who edited last has not approved, but under LIGHT, and where a hotfix goes ahead.
func (m *model) checkReviewer(t *rapid.T, number string, edited []string) {
	b := m.batchBy(number)
	if m.app.Template == plan.TemplateLight || b.Type == plan.BatchHotfix {
		return
	}
	move := m.store.Read().Transition.Query().Where(transition.BatchID(b.ID), transition.ToState("APPROVED")).
		Order(ent.Desc(transition.FieldCreatedAt)).FirstX(m.ctx)
	require.NotContains(t, edited, move.CreatedByID)
}

// checkSignOff: under STRICT, what is online was accepted by somebody else than who had handed it over.
func (m *model) checkSignOff(t *rapid.T, d *ent.ItemDelivery) {
	moves := m.store.Read().Transition.Query().Where(transition.ItemID(d.ItemID), transition.Terminal(d.Terminal),
		transition.FromStateNEQ(string(plan.DeliveryOnline))).Order(transition.ByCreatedAt(), transition.ByID()).AllX(m.ctx)
	by := map[string]string{}
	for _, move := range moves {
		by[move.ToState] = move.CreatedByID
	}
	require.NotEmpty(t, by["ACCEPTED"], "nobody accepted %s on %s\n%s", d.ItemID, d.Terminal, m.state())
	require.NotEqual(t, by["IN_TESTING"], by["ACCEPTED"])
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
