package app_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/approval"
	"github.com/waymarkhq/waymark/ent/environment"
	"github.com/waymarkhq/waymark/ent/eventrevision"
	entrelease "github.com/waymarkhq/waymark/ent/release"
	"github.com/waymarkhq/waymark/ent/releaseslot"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/release"
)

// crowd is thirty people on one app. Each changes one and the same event under a batch of their own, has it approved,
// hands it over and puts it online; and each writes their mark into one and the same draft.
type crowd struct {
	*house
	shared, draft *ent.Event
	common        *ent.Batch // of the draft
	batches       []*ent.Batch
	numbers       map[string]int     // the people, by the number of their batch
	stop          context.CancelFunc // for everybody, when somebody fails
	through       [2][]chan struct{} // closed once somebody's batch is in test, and in production
}

// Everything at once: no change is lost, every conflict says what has changed meanwhile, nobody is stuck, and releases have
// numbers without gaps.
func TestThirtyPeopleEditAndPublishTogether(t *testing.T) {
	t.Parallel()
	eachHouse(t, plan.TemplateLight, func(t *testing.T, h *house) {
		const people = 30
		c := newCrowd(h, people)
		var work sync.WaitGroup
		for i := range people {
			work.Go(func() { c.stopOn(c.work(i)) })
			work.Go(func() { c.stopOn(c.mark(i)) })
		}
		work.Wait()
		require.False(t, t.Failed())
		c.requireEverything(people)
	})
}

func newCrowd(h *house, people int) *crowd {
	c := &crowd{house: h, numbers: map[string]int{}}
	h.ctx, c.stop = context.WithCancel(h.ctx)
	h.t.Cleanup(c.stop)
	first, e := h.planned("order_paid")
	h.online(first)
	c.shared = h.store.Read().Event.GetX(h.t.Context(), e.ID)
	_, c.draft = h.planned("order_shown")
	c.common = h.batch()
	h.edit(c.common, c.draft, describing("|"))
	for i := range people {
		_, err := h.plans.CreateProperty(h.ctx, catalog.CreatePropertyInput{
			App: &h.app.Key, Key: fmt.Sprintf("p%02d", i), Name: "p", Type: catalog.PropertyTypeInput{Base: plan.TypeString}, Sensitivity: plan.SensitivityNone,
		})
		require.NoError(h.t, err)
		c.batches = append(c.batches, h.batch())
		c.numbers[c.batches[i].Number] = i
		for k := range c.through {
			c.through[k] = append(c.through[k], make(chan struct{}))
		}
	}
	return c
}

// stopOn has everybody stop when somebody failed.
func (c *crowd) stopOn(err error) {
	if err != nil {
		c.t.Errorf("%v", err)
		c.stop()
	}
}

// work takes one person's change from the first edit to production.
func (c *crowd) work(i int) error {
	if err := c.change(i); err != nil {
		return err
	}
	err := insist(func() error {
		_, err := c.move(c.ctx, c.batches[i], "APPROVED")
		return err
	})
	if err == nil {
		err = c.pass(i, 0, plan.EnvironmentTest)
	}
	if err == nil {
		err = c.pass(i, 1, plan.EnvironmentProduction)
	}
	return err
}

// change adds a property of somebody's own to those that the shared event has by now.
func (c *crowd) change(i int) error {
	return c.onNewest(func() (*ent.EventRevision, error) {
		row, err := c.store.Read().Event.Get(c.ctx, c.shared.ID)
		if err != nil {
			return nil, err
		}
		return c.store.Read().EventRevision.Get(c.ctx, row.HeadID)
	}, func(r *ent.EventRevision) catalog.UpdateEventInput {
		in := catalog.UpdateEventInput{ID: c.shared.ID, Batch: &c.batches[i].Number}
		for _, key := range append(read(r).keys(), fmt.Sprintf("p%02d", i)) {
			in.Properties = append(in.Properties, catalog.EventPropertyInput{Key: &key, Presence: plan.PresenceOptional})
		}
		return in
	})
}

// mark adds somebody's mark to what the common draft says by now.
func (c *crowd) mark(i int) error {
	return c.onNewest(func() (*ent.EventRevision, error) { return c.drafted(c.ctx) }, func(r *ent.EventRevision) catalog.UpdateEventInput {
		text := read(r).Description + fmt.Sprintf("%02d|", i)
		return catalog.UpdateEventInput{ID: c.draft.ID, Batch: &c.common.Number, Description: &text}
	})
}

// onNewest makes a change to a revision as it is; whoever was too late looks at it again.
func (c *crowd) onNewest(look func() (*ent.EventRevision, error), change func(r *ent.EventRevision) catalog.UpdateEventInput) error {
	for {
		var r *ent.EventRevision
		err := insist(func() (err error) {
			r, err = look()
			return err
		})
		if err != nil {
			return err
		}
		in := change(r)
		in.ExpectedHash = &r.Hash
		err = insist(func() error {
			_, err := c.plans.UpdateEvent(c.ctx, in)
			return err
		})
		f, ok := errors.AsType[*fault.Error](err)
		if !ok || f.Reason != "revision_changed" {
			return err
		}
		if f.Code != fault.Conflict || f.Params["expected"] != r.Hash || f.Params["actual"] == r.Hash || f.Params["changedById"] != "usr_ann" {
			return fmt.Errorf("the conflict does not say what has changed: %v", f.Params)
		}
	}
}

// pass publishes somebody's batch onto the newest release of an environment, as often as somebody else is faster; what it
// is built on goes first.
func (c *crowd) pass(i, station int, key string) error {
	for {
		env, err := c.store.Read().Environment.Query().Where(environment.AppID(c.app.ID), environment.Key(key)).Only(c.ctx)
		if err != nil {
			return err
		}
		err = insist(func() error {
			_, err := c.publish(c.ctx, key, c.batches[i], func(in *release.PublishInput) { in.BaseRelease = &env.LastRelease })
			return err
		})
		f, ok := errors.AsType[*fault.Error](err)
		switch {
		case err == nil:
			close(c.through[station][i])
			return nil
		case !ok:
			return err
		case f.Reason == plan.GuardTargetMoved:
			since, _ := f.Params["since"].([]release.Since)
			if len(since) == 0 || since[0].Number != env.LastRelease+1 || f.Params["newestRelease"] != since[len(since)-1].Number {
				return fmt.Errorf("the conflict does not say what came between: %v", f.Params)
			}
		case f.Reason == plan.GuardAncestorUnpublished:
			number, _ := f.Params["batch"].(string)
			before, known := c.numbers[number]
			if !known {
				return fmt.Errorf("the refusal does not say whose change it is: %v", f.Params)
			}
			select {
			case <-c.through[station][before]:
			case <-c.ctx.Done():
				return c.ctx.Err()
			}
		default:
			return err
		}
	}
}

// drafted is what the common draft says now.
func (c *crowd) drafted(ctx context.Context) (*ent.EventRevision, error) {
	return c.store.Read().EventRevision.Query().Where(eventrevision.EventID(c.draft.ID), eventrevision.BatchID(c.common.ID)).
		Order(ent.Desc(eventrevision.FieldNumber)).First(ctx)
}

// definition is what a revision says, as far as it matters here.
type definition struct {
	Description string
	Properties  []struct{ Key string }
}

func read(r *ent.EventRevision) (d definition) {
	_ = json.Unmarshal(r.Definition, &d) // what is no definition says nothing
	return d
}

func (d definition) keys() (keys []string) {
	for _, p := range d.Properties {
		keys = append(keys, p.Key)
	}
	return keys
}

// insist tries again what the database was too busy for.
func insist(f func() error) error {
	for {
		if err := f(); !fault.Is(err, fault.Unavailable) {
			return err
		}
	}
}

func (c *crowd) requireEverything(people int) {
	t, ctx := c.t, c.ctx
	line := c.store.Read().Approval.Query().Where(approval.EventID(c.shared.ID)).Order(approval.ByPosition()).AllX(ctx)
	require.Len(t, line, people+1)
	for i, a := range line {
		require.Equal(t, i+1, *a.Position, "the line has no gaps")
	}
	newest := line[people]
	f, err := plan.ParseFrozen(c.store.Read().Frozen.GetX(ctx, newest.Hash).Body)
	require.NoError(t, err)
	require.Len(t, f.Properties, people, "nobody's change is lost")
	for _, env := range c.store.Read().Environment.Query().Where(environment.AppID(c.app.ID)).AllX(ctx) {
		releases := c.store.Read().Release.Query().Where(entrelease.EnvironmentID(env.ID)).Order(entrelease.ByNumber()).AllX(ctx)
		require.Len(t, releases, people+1)
		require.Equal(t, people+1, env.LastRelease)
		for i, r := range releases {
			require.Equal(t, i+1, r.Number, "numbers have no gaps")
		}
		for _, s := range c.store.Read().ReleaseSlot.Query().Where(releaseslot.EnvironmentID(env.ID), releaseslot.EndedIsNil()).AllX(ctx) {
			require.Equal(t, newest.Hash, s.Hash, "all of it is in force")
		}
	}
	for _, b := range c.batches {
		require.Equal(t, plan.BatchOnline, c.store.Read().Batch.GetX(ctx, b.ID).State)
	}
	r, err := c.drafted(ctx)
	require.NoError(t, err)
	marks := read(r).Description
	for i := range people {
		require.Equal(t, 1, strings.Count(marks, fmt.Sprintf("|%02d|", i)), marks)
	}
}
