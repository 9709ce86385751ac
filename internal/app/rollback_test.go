package app_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/plan"
)

// valued is a new event whose property draws its values from a set, online.
func (h *house) valued() (*ent.Event, *ent.Property, *ent.ValueSet) {
	h.t.Helper()
	b, set, p, e := h.valuing()
	h.online(b)
	return e, p, set
}

// valuing is a batch with a new event whose property draws its values from a set, approved.
func (h *house) valuing() (*ent.Batch, *ent.ValueSet, *ent.Property, *ent.Event) {
	h.t.Helper()
	b := h.batch()
	set, err := h.plans.CreateValueSet(h.ctx, catalog.CreateValueSetInput{
		App: &h.app.Key, Batch: &b.Number, Key: "ways", Name: "ways", Values: values("a", "b"),
	})
	require.NoError(h.t, err)
	p, err := h.plans.CreateProperty(h.ctx, catalog.CreatePropertyInput{
		App: &h.app.Key, Batch: &b.Number, Key: "way", Name: "way", Sensitivity: plan.SensitivityNone,
		Type: catalog.PropertyTypeInput{Base: plan.TypeEnum, Constraints: &catalog.ConstraintsInput{ValueSetKey: &set.Key}},
	})
	require.NoError(h.t, err)
	key := "order_paid"
	e, err := h.plans.CreateEvent(h.ctx, catalog.CreateEventInput{
		Batch: b.Number, Kind: plan.KindTrack, Name: key, WireName: &key, Level: plan.LevelP1,
		Properties: []catalog.EventPropertyInput{{PropertyID: &p.ID, Presence: plan.PresenceRequired}},
	})
	require.NoError(h.t, err)
	h.approve(b)
	return b, set, p, e
}

func values(list ...string) (in []catalog.EnumValueInput) {
	for _, v := range list {
		in = append(in, catalog.EnumValueInput{Value: v})
	}
	return in
}

// shared is a batch that gives a property another description and a value set another value, approved.
func (h *house) shared(p *ent.Property, set *ent.ValueSet) *ent.Batch {
	h.t.Helper()
	b, text := h.batch(), "how it was paid"
	_, err := h.plans.UpdateProperty(h.ctx, catalog.UpdatePropertyInput{ID: p.ID, Batch: &b.Number, Description: &text})
	require.NoError(h.t, err)
	_, err = h.plans.UpdateValueSet(h.ctx, catalog.UpdateValueSetInput{ID: set.ID, Batch: &b.Number, Values: values("a", "b", "c")})
	require.NoError(h.t, err)
	h.approve(b)
	return b
}

// every is a state on each terminal, for each of n items, with the state of the batch before.
func every(n int, state plan.DeliveryState) []string {
	list := []string{string(state)}
	for _, terminal := range []string{"android ", "ios "} {
		for range n {
			list = append(list, terminal+string(state))
		}
	}
	return list
}

// All items of a batch go back with it: of the definitions that events share, those too that no line names, or no event uses.
func TestARollbackTakesSharedItemsBack(t *testing.T) {
	t.Parallel()
	eachHouse(t, plan.TemplateStandard, func(t *testing.T, h *house) {
		_, p, set := h.valued()
		b := h.shared(p, set)
		h.online(b)
		require.Equal(t, every(2, plan.DeliveryOnline), h.states(b))
		h.rollback("production", 1)
		require.Equal(t, every(2, plan.DeliveryAccepted), h.states(b))
		h.rollback("production", 2)
		require.Equal(t, every(2, plan.DeliveryOnline), h.states(b), "there again")
		h.rollback("production", 1)
		h.rollback("test", 1)
		require.Equal(t, every(2, plan.DeliveryInDevelopment), h.states(b))
		h.moved(h.ctx, b, "CANCELLED")

		fresh := h.batch()
		var made []*ent.Property
		for _, key := range []string{"used", "unused"} {
			p, err := h.plans.CreateProperty(h.ctx, catalog.CreatePropertyInput{
				App: &h.app.Key, Batch: &fresh.Number, Key: key, Name: key, Sensitivity: plan.SensitivityNone,
				Type: catalog.PropertyTypeInput{Base: plan.TypeString},
			})
			require.NoError(t, err)
			made = append(made, p)
		}
		key := "order_shown"
		_, err := h.plans.CreateEvent(h.ctx, catalog.CreateEventInput{
			Batch: fresh.Number, Kind: plan.KindTrack, Name: key, WireName: &key, Level: plan.LevelP1,
			Properties: []catalog.EventPropertyInput{{PropertyID: &made[0].ID, Presence: plan.PresenceRequired}},
		})
		require.NoError(t, err)
		h.approve(fresh)
		h.online(fresh)
		h.rollback("production", 1)
		require.Equal(t, every(3, plan.DeliveryAccepted), h.states(fresh))
		h.moved(h.ctx, fresh, "CANCELLED")
	})
}

// What a release did not know is where it was before, even where something else has overtaken it since.
func TestARollbackTakesBackWhatWasOvertaken(t *testing.T) {
	t.Parallel()
	eachHouse(t, plan.TemplateStandard, func(t *testing.T, h *house) {
		first, e := h.planned("order_paid")
		h.online(first)
		offline := h.batch(ofType(plan.BatchOffline))
		_, err := h.plans.AddBatchItem(h.ctx, catalog.AddBatchItemInput{Batch: offline.Number, EventID: &e.ID})
		require.NoError(t, err)
		h.approve(offline)
		h.moved(h.dev, offline, "ONLINE")
		again := h.changing(e, "again")
		h.online(again)
		require.Equal(t, every(1, plan.DeliveryOnline), h.states(offline))
		h.rollback("production", 1)
		require.Equal(t, every(1, plan.DeliveryInDevelopment), h.states(offline), "nothing is offline")
		require.Equal(t, every(1, plan.DeliveryAccepted), h.states(again))
		require.Equal(t, every(1, plan.DeliveryOnline), h.states(first))
		h.rollback("production", 2)
		require.Equal(t, every(1, plan.DeliveryOnline), h.states(offline))
		require.Equal(t, []string{"android -", "ios -"}, h.held("production"))
		h.rollback("production", 3)
		require.Equal(t, every(1, plan.DeliveryOnline), h.states(again))
	})
}
