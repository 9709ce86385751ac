package catalog_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/batch"
	"github.com/waymarkhq/waymark/ent/eventproperty"
	"github.com/waymarkhq/waymark/ent/eventrevision"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

func TestPlans(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		set := w.newValueSet(nil, "channel", "1", "2")
		w.newValueSet(w.app, "unused", "x")
		price := w.newProperty(w.app, "price", catalog.PropertyTypeInput{Base: plan.TypeNumber, Constraints: &catalog.ConstraintsInput{Minimum: new("0")}})
		channel := w.newProperty(nil, "channel", catalog.PropertyTypeInput{
			Base: plan.TypeEnum, Constraints: &catalog.ConstraintsInput{ValueSetKey: new("channel")},
		})
		first, second := w.newBatch(w.app), w.newBatch(w.app)
		in := tracked(first, "order_paid")
		in.Terminals, in.Match = []string{"ios"}, []plan.Condition{{Property: "spm", Value: "a"}}
		in.Properties = []catalog.EventPropertyInput{use("channel"), use("price")}
		in.Properties[1].Narrowing = &catalog.ConstraintsInput{Maximum: new("9")}
		in.Properties[1].PresenceOn = []catalog.TerminalPresenceInput{{Terminal: "web", Presence: plan.PresenceAbsent}}
		paid, err := w.catalog.CreateEvent(w.ctx, in)
		require.NoError(t, err)
		other := w.newEvent(w.newBatch(w.newApp("other")), "strange")
		viewed, err := w.catalog.CreateEvent(w.ctx, tracked(first, "viewed"))
		require.NoError(t, err)
		viewed, err = w.catalog.UpdateEvent(w.ctx, catalog.UpdateEventInput{
			ID: viewed.ID, Batch: &second.Number, WireName: new("seen"), Properties: []catalog.EventPropertyInput{use("price")},
		})
		require.NoError(t, err)
		_, err = w.catalog.CreateWriteKey(w.ctx, catalog.CreateWriteKeyInput{
			App: "shop", Environment: "test", Terminal: new("ios"), Key: new("ios-test-key"),
		})
		require.NoError(t, err)
		old, err := w.catalog.CreateWriteKey(w.ctx, catalog.CreateWriteKeyInput{App: "shop", Environment: "test", Key: new("old-test-key")})
		require.NoError(t, err)
		_, err = w.catalog.RevokeWriteKey(w.ctx, catalog.RevokeWriteKeyInput{ID: old.ID})
		require.NoError(t, err)

		p, err := w.catalog.Plans(t.Context(), w.app.ID) // nobody asks: it is for the program itself
		require.NoError(t, err)
		require.Equal(t, []any{w.app.ID, "shop", w.version(w.app)}, []any{p.AppID, p.AppKey, p.Version})
		require.Len(t, p.Environments, 2)
		env := p.Environments[0]
		require.Equal(t, []any{"test", 7, 1_000_000}, []any{env.Key, env.RetentionDays, env.MaxSamples})
		terminalsOf := map[string]string{}
		for _, k := range env.WriteKeys {
			require.NotEmpty(t, k.ID)
			terminalsOf[k.Key] = k.TerminalKey
		}
		require.Len(t, terminalsOf, 2)
		require.Equal(t, "ios", terminalsOf["ios-test-key"])
		require.NotContains(t, terminalsOf, "old-test-key")
		require.Equal(t, env.ID, env.Plan.EnvironmentID)
		require.Equal(t, p.Environments[1].ID, p.Environments[1].Plan.EnvironmentID)
		require.Equal(t, []string{"ios", "android", "web"}, []string{env.Plan.Terminals[0].Key, env.Plan.Terminals[1].Key, env.Plan.Terminals[2].Key})
		require.Equal(t, []string{"iOS"}, env.Plan.Terminals[0].Systems)
		require.Equal(t, map[string]*plan.ValueSet{set.ID: {ID: set.ID, Key: "channel", Values: set.Values}}, env.Plan.ValueSets)
		require.Equal(t, []plan.Definition{
			{
				EventID: paid.ID, Key: "order_paid", RevisionID: paid.HeadID, Kind: plan.KindTrack, WireName: "order_paid",
				Match: []plan.Condition{{Property: "spm", Value: "a"}}, Terminals: []string{"ios"},
				Aliases: []plan.Alias{}, ExcludedCommon: []string{},
				Properties: []plan.PropertyRule{
					{PropertyID: channel.ID, Name: "channel", Type: channel.Type, Presence: plan.PresenceRequired},
					{
						PropertyID: price.ID, Name: "price", Type: price.Type, Presence: plan.PresenceRequired,
						PresenceOn: map[string]plan.Presence{"web": plan.PresenceAbsent}, Narrowing: &plan.Constraints{Maximum: "9"},
					},
				},
			},
			{
				EventID: viewed.ID, Key: "viewed", RevisionID: viewed.HeadID, Kind: plan.KindTrack, WireName: "seen",
				Match: []plan.Condition{}, Terminals: []string{}, Aliases: []plan.Alias{}, ExcludedCommon: []string{},
				Properties: []plan.PropertyRule{{PropertyID: price.ID, Name: "price", Type: price.Type, Presence: plan.PresenceRequired}},
			},
		}, env.Plan.Definitions)
		require.NotEqual(t, other.ID, env.Plan.Definitions[0].EventID)
		_, err = w.catalog.Plans(t.Context(), "app_none")
		requireFault(t, err, fault.NotFound, "not_found")
	})
}

// TestRowsFollowRevisions: whatever is done, an event's row and its newest event properties say what its newest revision
// says, refused changes leave nothing behind, and the plan builds of valid definitions.
func TestRowsFollowRevisions(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		batches := []*ent.Batch{w.newBatch(w.app), w.newBatch(w.app), w.newBatch(w.app)}
		names := []string{"a", "b", "c", "d"}
		var shared []*ent.Property
		for _, name := range names {
			shared = append(shared, w.newProperty(w.app, name, text()))
		}
		rapid.Check(t, func(rt *rapid.T) {
			w.clear(rt)
			for range rapid.IntRange(1, 8).Draw(rt, "steps") {
				before := w.version(w.app)
				err := w.step(rt, batches, shared)
				if err != nil {
					require.NotEqual(rt, fault.Internal, fault.CodeOf(err), "%v", err)
					require.Equal(rt, before, w.version(w.app), "a refused change changes nothing")
				}
			}
			w.checkRows(rt)
		})
	})
}

// clear deletes all events of the app.
func (w *world) clear(rt *rapid.T) {
	all, err := w.store.Read().Event.Query().IDs(w.ctx)
	require.NoError(rt, err)
	batches, err := w.store.Read().Batch.Query().Select(batch.FieldNumber).Strings(w.ctx)
	require.NoError(rt, err)
	for _, id := range all {
		require.NoError(rt, w.catalog.DeleteEvent(w.ctx, catalog.DeleteDefinitionInput{ID: id, WithItemsOf: batches}))
	}
}

// step does something at random to the events of the app.
func (w *world) step(rt *rapid.T, batches []*ent.Batch, shared []*ent.Property) error {
	events, err := w.store.Read().Event.Query().Order(ent.Asc("key")).All(w.ctx)
	require.NoError(rt, err)
	batch := batches[rapid.IntRange(0, len(batches)-1).Draw(rt, "batch")]
	if len(events) == 0 || (len(events) < 12 && rapid.IntRange(0, 3).Draw(rt, "do") == 0) {
		in := tracked(batch, rapid.SampledFrom([]string{"e1", "e2", "e3", "e4", "e5", "e6"}).Draw(rt, "key"))
		in.Match, in.Terminals, in.Properties = drawMatch(rt), drawTerminals(rt), drawUses(rt)
		_, err := w.catalog.CreateEvent(w.ctx, in)
		return err
	}
	e := events[rapid.IntRange(0, len(events)-1).Draw(rt, "event")]
	if rapid.IntRange(0, 9).Draw(rt, "do") == 0 {
		return w.catalog.DeleteEvent(w.ctx, catalog.DeleteDefinitionInput{ID: e.ID})
	}
	if rapid.IntRange(0, 9).Draw(rt, "do") == 0 {
		of := text()
		if rapid.Bool().Draw(rt, "short") {
			of.Constraints = &catalog.ConstraintsInput{MaxLength: new(2)}
		}
		_, err := w.catalog.UpdateProperty(w.ctx, catalog.UpdatePropertyInput{
			ID: shared[rapid.IntRange(0, len(shared)-1).Draw(rt, "property")].ID, Type: &of,
		})
		return err
	}
	in := catalog.UpdateEventInput{ID: e.ID}
	if rapid.Bool().Draw(rt, "under a batch") {
		in.Batch = &batch.Number
	}
	if rapid.Bool().Draw(rt, "match") {
		in.Match, in.Terminals = drawMatch(rt), drawTerminals(rt)
	}
	if rapid.Bool().Draw(rt, "properties") {
		in.Properties = drawUses(rt)
	}
	if rapid.Bool().Draw(rt, "texts") {
		in.Name, in.Level = new(rapid.StringN(1, 5, 20).Draw(rt, "name")), new(plan.LevelP2)
		in.Aliases = []plan.Alias{{Name: "x-" + e.Key, Until: new(time.Now())}, {Name: "a-" + e.Key}}
		in.ExcludedCommonProperties = []string{"z", "y"}
	}
	_, err = w.catalog.UpdateEvent(w.ctx, in)
	return err
}

func drawMatch(rt *rapid.T) []plan.Condition {
	list := []plan.Condition{}
	for _, p := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"p", "q", "r"}), 0, 3, rapid.ID).Draw(rt, "conditions") {
		list = append(list, plan.Condition{Property: p, Value: rapid.SampledFrom([]string{"1", "2"}).Draw(rt, "value")})
	}
	return list
}

func drawTerminals(rt *rapid.T) []string {
	list := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"web", "ios", "android", "tv"}), 0, 3, rapid.ID).Draw(rt, "terminals")
	return append([]string{}, list...)
}

func drawUses(rt *rapid.T) []catalog.EventPropertyInput {
	list := []catalog.EventPropertyInput{}
	for _, key := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c", "d"}), 0, 4, rapid.ID).Draw(rt, "keys") {
		u := use(key)
		u.Presence = rapid.SampledFrom([]plan.Presence{plan.PresenceRequired, plan.PresenceOptional}).Draw(rt, "presence")
		u.Note = rapid.SampledFrom([]string{"", "备注"}).Draw(rt, "note")
		if rapid.Bool().Draw(rt, "on") {
			u.PresenceOn = []catalog.TerminalPresenceInput{{Terminal: "ios", Presence: plan.PresenceAbsent}}
		}
		if rapid.Bool().Draw(rt, "narrowed") {
			u.Narrowing = &catalog.ConstraintsInput{MinLength: new(rapid.IntRange(0, 4).Draw(rt, "minLength"))}
			u.NarrowingOn = []catalog.TerminalNarrowingInput{{Terminal: "web", Constraints: catalog.ConstraintsInput{}}}
		}
		list = append(list, u)
	}
	return list
}

// definition is what a revision of an event stores, as a reader of the API would decode it.
type definition struct {
	Key, Name, WireName, Description, Trigger, Module string
	Kind                                              plan.EventKind
	Level                                             plan.Level
	Match                                             []plan.Condition
	Aliases                                           []plan.Alias
	OwnerIDs, Terminals, ExcludedCommonProperties     []string
	Properties                                        []struct {
		PropertyID, Key, Example, Note string
		Presence                       plan.Presence
		PresenceOn                     map[string]plan.Presence
		Narrowing                      *plan.Constraints
		NarrowingOn                    map[string]*plan.Constraints
	}
}

func (w *world) checkRows(rt *rapid.T) {
	events, err := w.store.Read().Event.Query().All(w.ctx)
	require.NoError(rt, err)
	for _, e := range events {
		head := w.store.Read().EventRevision.GetX(w.ctx, e.HeadID)
		require.Equal(rt, e.RevisionNumber, head.Number)
		newest := w.store.Read().EventRevision.Query().Where(eventrevision.EventID(e.ID)).Order(ent.Desc(eventrevision.FieldNumber)).AllX(w.ctx)
		require.Equal(rt, head.ID, newest[0].ID)
		require.Len(rt, newest, head.Number, "numbers have no gaps")
		numbers := map[string]int{}
		for _, r := range newest {
			numbers[r.ID] = r.Number
		}
		for _, r := range newest[:len(newest)-1] {
			require.Less(rt, numbers[r.BaseID], r.Number, "what it is based on is older")
			require.NotZero(rt, numbers[r.BaseID])
		}
		var d definition
		require.NoError(rt, json.Unmarshal(head.Definition, &d))
		require.Equal(rt, []any{d.Key, d.Name, d.WireName, d.Kind, d.Level}, []any{e.Key, e.Name, e.WireName, e.Kind, e.Level})
		requireSame(rt, d.Match, e.Match)
		requireSame(rt, d.Terminals, e.Terminals)
		require.Equal(rt, e.Hash, head.Hash, "the row has the hash of its newest revision")
		requireSame(rt, d.ExcludedCommonProperties, e.ExcludedCommon)
		requireSame(rt, d.OwnerIDs, e.OwnerIds)
		requireSame(rt, d.Aliases, e.Aliases)
		require.True(rt, slices.IsSorted(e.Terminals))
		rows := w.store.Read().EventProperty.Query().Where(eventproperty.EventID(e.ID), eventproperty.Newest(true)).
			Order(ent.Asc(eventproperty.FieldPosition)).WithProperty().AllX(w.ctx)
		require.Len(rt, rows, len(d.Properties))
		for i, u := range d.Properties {
			require.Equal(rt, []any{head.ID, i, u.PropertyID, u.Key, u.Example, u.Note, u.Presence, u.Narrowing}, []any{
				rows[i].RevisionID, rows[i].Position, rows[i].PropertyID, rows[i].Edges.Property.Key, rows[i].Example, rows[i].Note,
				rows[i].Presence, rows[i].Narrowing,
			})
			require.Len(rt, rows[i].PresenceOn, len(u.PresenceOn))
			require.Len(rt, rows[i].NarrowingOn, len(u.NarrowingOn))
		}
	}
	p, err := w.catalog.Plans(w.ctx, w.app.ID)
	require.NoError(rt, err)
	require.Len(rt, p.Environments[0].Plan.Definitions, len(events))
	for _, d := range p.Environments[0].Plan.Definitions {
		var f fault.Fields
		d.Validate("plan", &f)
		require.Empty(rt, f)
	}
}

// requireSame is require.Equal but for nil and empty, and for the zones of times.
func requireSame[T any](rt *rapid.T, want, got []T) {
	require.Len(rt, got, len(want))
	a, err := json.Marshal(want)
	require.NoError(rt, err)
	b, err := json.Marshal(got)
	require.NoError(rt, err)
	if len(want) > 0 && !reflect.DeepEqual(a, b) {
		require.Equal(rt, string(a), string(b))
	}
}

// large stores many events with properties.
func (w *world) large(events, properties int) {
	w.t.Helper()
	batch := w.newBatch(w.app)
	var shared []*ent.Property
	for i := range 300 {
		of := text()
		of.Constraints = &catalog.ConstraintsInput{MaxLength: new(100)}
		shared = append(shared, w.newProperty(w.app, fmt.Sprintf("p%d", i), of))
	}
	w.fill(w.app, batch, events)
	require.NoError(w.t, w.store.Tx(w.t.Context(), func(ctx context.Context, tx *ent.Tx) error {
		ids := tx.Event.Query().IDsX(ctx)
		for chunk := range slices.Chunk(ids, 100) {
			var revisions []*ent.EventRevisionCreate
			var uses []*ent.EventPropertyCreate
			for _, id := range chunk {
				rev := "rev_" + id
				revisions = append(revisions, tx.EventRevision.Create().SetID(rev).SetEventID(id).SetBatchID(batch.ID).SetNumber(1).
					SetDefinition(json.RawMessage("{}")).SetHash("-"))
				for i, p := range rand.Perm(len(shared))[:properties] {
					u := tx.EventProperty.Create().SetEventID(id).SetRevisionID(rev).SetPropertyID(shared[p].ID).SetNewest(true).
						SetPosition(i).SetPresence(plan.PresenceRequired)
					if i == 0 {
						u.SetNarrowing(&plan.Constraints{MaxLength: new(9)})
					}
					uses = append(uses, u)
				}
			}
			if err := tx.EventRevision.CreateBulk(revisions...).Exec(ctx); err != nil {
				return err
			}
			if err := tx.EventProperty.CreateBulk(uses...).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	}))
}
