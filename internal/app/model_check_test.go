package app_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/environment"
	"github.com/waymarkhq/waymark/ent/releaseslot"
	"github.com/waymarkhq/waymark/internal/catalog"
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
	m.checkShared(t)
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
	made := m.made(t, env)
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
	m.checkTold(t, made)
	n := rapid.IntRange(1, len(made)).Draw(t, "plan at")
	m.checkPlanAt(t, env, n, &n, nil)
	m.checkPlanAt(t, env, n, nil, &m.times[env.Key][n-1])
}

// made are the releases of an environment, the oldest first.
func (m *model) made(t *rapid.T, env *ent.Environment) []*ent.Release {
	pages, err := m.plans.ReleasesOfEnvironments().Pages(m.ctx, []string{env.ID}, catalog.PageArgs{First: &all})
	require.NoError(t, err)
	list := slices.Clone(pages[env.ID].Nodes)
	slices.Reverse(list)
	return list
}

// all is a page that has room for everything.
var all = 200

// checkTold: releases are told as they were when they were made: the number, the kind, the reason, who made it and when, of
// which batches, what entered, by whose approval, and what ended.
func (m *model) checkTold(t *rapid.T, made []*ent.Release) {
	numbers := make([]string, len(made))
	for i, r := range made {
		numbers[i] = catalog.ReleaseNumber{EnvironmentID: r.EnvironmentID, Number: r.Number}.String()
	}
	entered, err := m.plans.EnteredIn().Pages(m.ctx, numbers, catalog.PageArgs{First: &all})
	require.NoError(t, err)
	ended, err := m.plans.EndedIn().Pages(m.ctx, numbers, catalog.PageArgs{First: &all})
	require.NoError(t, err)
	approvals := map[string]string{}
	for _, page := range entered {
		for _, s := range page.Nodes {
			approvals[s.ID] = s.ApprovalID
		}
	}
	by, err := m.plans.ApprovalsByID(m.ctx, slices.Sorted(maps.Values(approvals)))
	require.NoError(t, err)
	for i, r := range made {
		var slots []ent.ReleaseSlot
		var approved []ent.Approval
		for _, s := range entered[numbers[i]].Nodes {
			slot, a := *s, *by[s.ApprovalID]
			slot.Ended = nil // that is told by the release that ended it
			a.BatchID = ""   // an item that moves takes its approvals along
			slots, approved = append(slots, slot), append(approved, a)
		}
		told, err := json.Marshal([]any{r, slots, approved, ended[numbers[i]].Nodes})
		require.NoError(t, err)
		m.unchanged(t, r.ID, func() []byte { return told })
	}
}

func (m *model) checkPlanAt(t *rapid.T, env *ent.Environment, release int, number *int, at *time.Time) {
	children, err := m.plans.PlanAt(env, number, at)
	require.NoError(t, err)
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
	page, err := c.Page(m.ctx, &all, nil)
	require.NoError(t, err)
	require.Equal(t, after, apply(before, page.Nodes))
	require.Equal(t, len(page.Nodes), c.Added+c.Changed+c.Removed)
}
