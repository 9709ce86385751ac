package release_test

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/releaseslot"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/release"
)

// state is what an environment goes by: what is said, by event, terminal and starting version.
type state map[[3]string]string

// stateOf reads what an environment went by after a release.
func (w *world) stateOf(env *ent.Environment, number int) state {
	w.t.Helper()
	rows, err := w.store.Read().ReleaseSlot.Query().Where(releaseslot.EnvironmentID(env.ID)).All(context.WithoutCancel(w.t.Context()))
	require.NoError(w.t, err)
	return stateIn(w.t, rows, number)
}

// stateIn returns what held after a release, of all the slots that an environment has and had.
func stateIn(t require.TestingT, rows []*ent.ReleaseSlot, number int) state {
	s := state{}
	for _, r := range rows {
		if r.Entered <= number && (r.Ended == nil || *r.Ended > number) {
			at := [3]string{r.EventID, r.Terminal, r.FromVersion}
			require.NotContains(t, s, at, "one thing holds at a time")
			s[at] = fmt.Sprint(r.Hash, r.Offline)
		}
	}
	return s
}

// apply does to a state what a comparison says.
func apply(s state, changes []*release.EventChange) state {
	out := maps.Clone(s)
	for _, c := range changes {
		for _, slot := range c.Slots {
			at := [3]string{c.EventID, slot.Terminal, slot.From}
			delete(out, at)
			if slot.After != nil {
				out[at] = fmt.Sprint(slot.After.Hash, slot.After.Offline)
			}
		}
	}
	return out
}

// model plays random approvals, publications and rollbacks.
type model struct {
	*world
	rt     *rapid.T
	events []*ent.Event
	// open are batches that could be published, after is what each release of an environment left.
	open  []*ent.Batch
	after map[string][]state
	times map[string][]time.Time
}

var versions = []string{"", "8.0", "8.1", "8.1.0-beta", "9"}

func (m *model) Approve(t *rapid.T) {
	b := m.newBatch()
	for _, e := range m.events {
		if !rapid.Bool().Draw(t, "touch "+e.Key) {
			continue
		}
		off := rapid.IntRange(0, 5).Draw(t, "remove") == 0
		i := m.newItem(b, e, func(c *ent.BatchItemCreate) {
			if off {
				c.SetAction(plan.ActionRemove)
			}
		})
		if off {
			continue
		}
		f := carries(e, rapid.SliceOfDistinct(rapid.SampledFrom([]string{"a", "b", "c"}), rapid.ID).Draw(t, "properties")...)
		f.Terminals = rapid.SampledFrom([][]string{nil, nil, {"ios"}, {"ios", "web"}}).Draw(t, "terminals")
		m.approve(i, f)
	}
	m.open = append(m.open, b)
}

func (m *model) Publish(t *rapid.T) {
	if len(m.open) == 0 {
		return
	}
	env := rapid.SampledFrom([]*ent.Environment{m.test, m.prod}).Draw(t, "environment")
	b := rapid.SampledFrom(m.open).Draw(t, "batch")
	in := release.PublishInput{App: m.app.Key, Environment: env.Key, Batch: &b.Number, Reason: "so it is"}
	in.Terminals = rapid.SampledFrom([][]string{nil, {"ios"}, {"android", "web"}}).Draw(t, "on")
	if rapid.Bool().Draw(t, "starts") {
		v := rapid.SampledFrom(versions).Draw(t, "from")
		in.FromVersion = &v
	}
	in.DryRun = true
	preview, err := m.releases.Publish(m.ctx, in)
	require.NoError(t, err)
	in.DryRun = false
	out, err := m.releases.Publish(m.ctx, in)
	if len(preview.Refusals) > 0 {
		requireFault(t, err, preview.Refusals[0].Code, preview.Refusals[0].Reason)
		return
	}
	m.released(t, env, out, err, preview)
}

func (m *model) RollBack(t *rapid.T) {
	env := rapid.SampledFrom([]*ent.Environment{m.test, m.prod}).Draw(t, "environment")
	n := len(m.after[env.ID])
	if n == 0 {
		return
	}
	to := rapid.IntRange(1, n).Draw(t, "to")
	in := release.RollbackInput{App: m.app.Key, Environment: env.Key, Reason: "back", Release: &to}
	if rapid.Bool().Draw(t, "by time") {
		in.Release, in.At = nil, &m.times[env.ID][to-1]
	}
	out, err := m.releases.Rollback(m.ctx, in)
	want := m.after[env.ID][to-1]
	if err != nil {
		requireFault(t, err, fault.FailedPrecondition, "nothing_to_publish")
		require.Equal(t, want, m.after[env.ID][n-1])
		return
	}
	require.Equal(t, plan.ReleaseRollback, out.Release.Kind)
	require.Equal(t, to, out.Release.Restores)
	m.released(t, env, out, err, nil)
	require.Equal(t, want, m.stateOf(env, n+1), "the very same hashes")
}

// released notes a release, and that what it said it would do is what it did.
func (m *model) released(t *rapid.T, env *ent.Environment, out *release.Outcome, err error, preview *release.Outcome) {
	require.NoError(t, err)
	n := len(m.after[env.ID])
	require.Equal(t, n+1, out.Release.Number)
	before := state{}
	if n > 0 {
		before = m.after[env.ID][n-1]
	}
	now := m.stateOf(env, n+1)
	require.Equal(t, now, apply(before, out.Changes))
	if preview != nil {
		require.Equal(t, now, apply(before, preview.Changes))
	}
	m.after[env.ID] = append(m.after[env.ID], now)
	m.times[env.ID] = append(m.times[env.ID], out.Release.CreatedAt)
}

// Check holds after each step: no release has changed, comparisons lead from any to any, and plans say what holds.
func (m *model) Check(t *rapid.T) {
	for _, env := range []*ent.Environment{m.test, m.prod} {
		rows, err := m.store.Read().ReleaseSlot.Query().Where(releaseslot.EnvironmentID(env.ID)).All(m.ctx)
		require.NoError(t, err)
		for i, want := range m.after[env.ID] {
			require.Equal(t, want, stateIn(t, rows, i+1), "release %d of %s", i+1, env.Key)
		}
		m.checkPlan(t, env)
	}
	m.checkCompare(t)
}

func (m *model) checkCompare(t *rapid.T) {
	side := func(env *ent.Environment) (release.Side, state) {
		s := release.Side{Environment: &env.Key}
		n := len(m.after[env.ID])
		if n == 0 {
			return s, nil
		}
		to := rapid.IntRange(1, n).Draw(t, "compare release")
		switch rapid.IntRange(0, 2).Draw(t, "how") {
		case 0:
			s.Release = &to
		case 1:
			s.At = &m.times[env.ID][to-1]
		default:
			to = n
		}
		return s, m.after[env.ID][to-1]
	}
	x, before := side(m.test)
	y, after := side(m.prod)
	if before == nil || after == nil {
		return
	}
	c, err := m.releases.Compare(m.ctx, m.app.Key, x, y)
	require.NoError(t, err)
	size := rapid.IntRange(1, 3).Draw(t, "page size")
	var changes []*release.EventChange
	for cursor := (*string)(nil); ; {
		p, err := c.Page(m.ctx, &size, cursor)
		require.NoError(t, err)
		changes = append(changes, p.Nodes...)
		if !p.HasNext {
			break
		}
		last := p.Cursor(len(p.Nodes) - 1)
		cursor = &last
	}
	require.Equal(t, after, apply(before, changes))
	require.Len(t, changes, c.Total())
	require.Equal(t, c.Total(), c.Added+c.Changed+c.Removed)
	require.True(t, slices.IsSortedFunc(changes, func(a, b *release.EventChange) int { return cmp.Compare(a.Key, b.Key) }))
}

func (m *model) checkPlan(t *rapid.T, env *ent.Environment) {
	for _, s := range []*release.Service{m.releases, release.New(release.Options{Store: m.store, Now: m.clock.tick})} {
		p, ok, err := s.Plan(m.ctx, env.ID)
		require.NoError(t, err)
		n := len(m.after[env.ID])
		require.Equal(t, n > 0, ok)
		if n == 0 {
			continue
		}
		got := state{}
		for _, slot := range p.Slots {
			d := p.Definitions[slot.Definition]
			got[[3]string{d.EventID, slot.Terminal, slot.From}] = fmt.Sprint(d.Hash, slot.Offline)
		}
		require.Equal(t, m.after[env.ID][n-1], got)
		require.True(t, slices.IsSortedFunc(p.Definitions, func(a, b plan.Definition) int { return cmp.Compare(a.Key, b.Key) }))
	}
}

// TestMain has rapid make fewer checks than it would: each of them makes some hundred transactions. -rapid.checks says
// another number.
func TestMain(m *testing.M) {
	if err := flag.Set("rapid.checks", "10"); err != nil {
		panic(err)
	}
	m.Run()
}

func TestReleasesNeverChange(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) { rapid.Check(t, w.playReleases) })
}

// playReleases plays the model in an app of its own.
func (w *world) playReleases(rt *rapid.T) {
	m := &model{world: w, rt: rt, after: map[string][]state{}, times: map[string][]time.Time{}}
	w.app, w.test, w.prod = w.newApp(fmt.Sprintf("shop%d", w.batches))
	w.newBatch()
	for i := range 3 {
		m.events = append(m.events, w.newEvent(fmt.Sprintf("e%d", i)))
	}
	rt.Repeat(map[string]func(*rapid.T){"": m.Check, "approve": m.Approve, "publish": m.Publish, "roll back": m.RollBack})
}
