package catalog_test

import (
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

func TestCreateEvent(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.newProperty(nil, "price", catalog.PropertyTypeInput{Base: plan.TypeNumber})
		own := w.newProperty(w.app, "price", catalog.PropertyTypeInput{Base: plan.TypeInteger})
		size := w.newProperty(w.app, "size", text())
		w.newProperty(nil, "size", text())
		global := w.newProperty(nil, "channel", text())
		b := w.newBatch(w.app)
		in := tracked(b, "order_paid")
		in.Match = []plan.Condition{{Property: "spm", Value: "a1"}}
		in.Aliases = []plan.Alias{{Name: "orderPaid", Until: new(time.Date(2030, 1, 1, 8, 0, 0, 0, time.FixedZone("", 8*3600)))}}
		in.Terminals = []string{"web", "ios"}
		in.OwnerIDs = []string{w.user.ID}
		in.ExcludedCommonProperties = []string{"page"}
		in.Properties = []catalog.EventPropertyInput{use("price"), {
			PropertyID: &global.ID, Presence: plan.PresenceOptional, Example: "weixin", Note: "渠道",
			PresenceOn:  []catalog.TerminalPresenceInput{{Terminal: "ios", Presence: plan.PresenceAbsent}},
			Narrowing:   &catalog.ConstraintsInput{MaxLength: new(10)},
			NarrowingOn: []catalog.TerminalNarrowingInput{{Terminal: "web", Constraints: catalog.ConstraintsInput{MinLength: new(2)}}},
		}}
		var e *ent.Event
		w.raises(w.app, true, func() {
			var err error
			e, err = w.catalog.CreateEvent(w.ctx, in)
			require.NoError(t, err)
		})
		require.Equal(t, "order_paid", e.Key)
		require.Equal(t, []string{"ios", "web"}, e.Terminals)
		require.Equal(t, 1, e.RevisionNumber)

		revisions, err := w.catalog.EventRevisionsByID(w.ctx, []string{e.HeadID})
		require.NoError(t, err)
		head := revisions[e.HeadID]
		require.Equal(t, []any{b.ID, 1, "", plan.RevisionDraft}, []any{head.BatchID, head.Number, head.BaseID, head.State})
		require.Regexp(t, "^[0-9a-f]{64}$", head.Hash)
		require.JSONEq(t, `{"key":"order_paid","kind":"TRACK","name":"事件 order_paid","wireName":"order_paid",
			"match":[{"property":"spm","value":"a1"}],"aliases":[{"name":"orderPaid","until":"2030-01-01T00:00:00Z"}],
			"level":"P1","ownerIds":["`+w.user.ID+`"],"terminals":["ios","web"],"excludedCommonProperties":["page"],
			"properties":[{"propertyId":"`+own.ID+`","key":"price","presence":"REQUIRED"},{"propertyId":"`+global.ID+`",
			"key":"channel","presence":"OPTIONAL","presenceOn":{"ios":"ABSENT"},"narrowing":{"maxLength":10},
			"narrowingOn":{"web":{"minLength":2}},"example":"weixin","note":"渠道"}]}`, string(head.Definition))

		uses, err := w.catalog.PropertiesOfEvents().Pages(w.ctx, []string{e.ID}, catalog.PageArgs{})
		require.NoError(t, err)
		require.Len(t, uses[e.ID].Nodes, 2)
		require.Equal(t, own.ID, uses[e.ID].Nodes[0].PropertyID, "the app's own property goes before the global one")
		items, err := w.catalog.ItemsOfBatches().Pages(w.ctx, []string{b.ID}, catalog.PageArgs{})
		require.NoError(t, err)
		require.Equal(t, e.ID, items[b.ID].Nodes[0].EventID)

		found, err := w.catalog.Event(w.ctx, "shop", "order_paid")
		require.NoError(t, err)
		require.Equal(t, e.ID, found.ID)
		require.Equal(t, size.ID, w.uses(w.newEvent(b, "sized", "size"))[0].PropertyID, "whichever was there first")
	})
}

func TestCreateEventRefusals(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		b := w.newBatch(w.app)
		in := catalog.CreateEventInput{
			Batch: b.Number, Kind: plan.KindTrack, Level: "P9", Description: "\x01",
			Match:   []plan.Condition{{Property: "a", Value: ""}},
			Aliases: []plan.Alias{{Name: ""}}, ExcludedCommonProperties: []string{"a", "a"},
		}
		_, err := w.catalog.CreateEvent(w.ctx, in)
		requireFields(t, err, "input.key required", "input.wireName required", "input.name required",
			"input.level unknown_level", "input.description control_character", "input.match[0].value required",
			"input.aliases[0].name duplicate", "input.aliases[0].name required",
			"input.excludedCommonProperties[1] duplicate")

		wire := tracked(b, "Order Paid")
		_, err = w.catalog.CreateEvent(w.ctx, wire)
		requireFields(t, err, "input.key bad_key")
		wire.Key = new("order_paid")
		_, err = w.catalog.CreateEvent(w.ctx, wire)
		require.NoError(t, err)
		wire.WireName = new("other")
		_, err = w.catalog.CreateEvent(w.ctx, wire)
		requireFault(t, err, fault.Conflict, "already_exists")

		_, err = w.catalog.CreateEvent(w.ctx, tracked(&ent.Batch{Number: "SHOP-0099"}, "x"))
		requireFault(t, err, fault.NotFound, "not_found")
		_, err = w.catalog.CreateEvent(w.in(w.app, auth.Requester), tracked(b, "x"))
		requireFault(t, err, fault.Forbidden, "role_missing")
	})
}

func TestEventPropertiesAreChecked(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		b := w.newBatch(w.app)
		title := w.newProperty(w.app, "title", catalog.PropertyTypeInput{
			Base: plan.TypeString, Constraints: &catalog.ConstraintsInput{MaxLength: new(5)},
		})
		w.newProperty(w.app, "count", catalog.PropertyTypeInput{Base: plan.TypeInteger})
		strange := w.newProperty(w.newApp("other"), "strange", text())
		words := w.newValueSet(nil, "words", "one", "two")

		in := tracked(b, "e")
		in.Terminals = []string{"tv"}
		in.OwnerIDs = []string{"usr_none", w.user.ID, w.user.ID}
		in.Properties = []catalog.EventPropertyInput{
			{Key: new("title"), PropertyID: &title.ID, Presence: plan.PresenceRequired},
			{Presence: plan.PresenceRequired},
			use("none"),
			{PropertyID: &strange.ID, Presence: plan.PresenceRequired},
			{
				Key: new("title"), Presence: "MAYBE", Example: "a\nb",
				PresenceOn: []catalog.TerminalPresenceInput{
					{Terminal: "tv", Presence: "X"},
					{Terminal: "ios", Presence: plan.PresenceAbsent},
					{Terminal: "ios", Presence: plan.PresenceAbsent},
				},
				Narrowing: &catalog.ConstraintsInput{Pattern: new("("), Minimum: new("1"), Encoding: plan.EncodingJSON},
				NarrowingOn: []catalog.TerminalNarrowingInput{
					{Terminal: "tv", Constraints: catalog.ConstraintsInput{Nullable: new(true), MinLength: new(6)}},
					{Terminal: "ios", Constraints: catalog.ConstraintsInput{MinLength: new(6), ValueSetKey: new("nothing")}},
				},
			},
			use("title"),
			{
				Key: new("count"), Presence: plan.PresenceRequired,
				Narrowing: &catalog.ConstraintsInput{ValueSetID: &words.ID},
				NarrowingOn: []catalog.TerminalNarrowingInput{
					{Terminal: "ios", Constraints: catalog.ConstraintsInput{ValueSetID: &words.ID, ValueSetKey: new("words")}},
				},
			},
		}
		_, err := w.catalog.CreateEvent(w.ctx, in)
		requireFields(t, err,
			"input.terminals[0] unknown_terminal",
			"input.ownerIds[0] unknown_user", "input.ownerIds[2] duplicate",
			"input.properties[0].propertyId exactly_one", "input.properties[1].propertyId exactly_one",
			"input.properties[2].key unknown_property", "input.properties[3].propertyId unknown_property",
			"input.properties[4].presence unknown_presence", "input.properties[4].example control_character",
			"input.properties[4].presenceOn[0].terminal unknown_terminal",
			"input.properties[4].presenceOn[0].presence unknown_presence",
			"input.properties[4].presenceOn[2].terminal duplicate",
			"input.properties[4].narrowing.pattern bad_pattern", "input.properties[4].narrowing.minimum not_allowed",
			"input.properties[4].narrowing.encoding not_allowed",
			"input.properties[4].narrowingOn[0].terminal unknown_terminal",
			"input.properties[4].narrowingOn[0].constraints.nullable not_allowed",
			"input.properties[4].narrowingOn[1].constraints.minLength contradiction",
			"input.properties[4].narrowingOn[1].constraints.valueSetKey unknown_value_set",
			"input.properties[5].key duplicate",
			"input.properties[6].narrowing.valueSetId value_set_mismatch",
			"input.properties[6].narrowingOn[0].constraints.valueSetKey both_given",
		)
	})
}

func TestUpdateEventInPlace(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		for _, key := range []string{"a", "b", "c"} {
			w.newProperty(w.app, key, text())
		}
		b := w.newBatch(w.app)
		e := w.newEvent(b, "e", "a", "b")
		before := w.uses(e)

		changed := use("b")
		changed.Presence = plan.PresenceOptional
		updated, err := w.catalog.UpdateEvent(w.ctx, catalog.UpdateEventInput{
			ID: e.ID, Name: new("新名"), Terminals: []string{"ios"}, Properties: []catalog.EventPropertyInput{use("c"), changed},
		})
		require.NoError(t, err)
		require.Equal(t, []any{e.HeadID, 1, "新名"}, []any{updated.HeadID, updated.RevisionNumber, updated.Name})
		after := w.uses(e)
		require.Len(t, after, 2)
		require.Equal(t, before[1].ID, after[1].ID, "a property that stays keeps its row")
		require.Equal(t, plan.PresenceOptional, after[1].Presence)
		require.NotEqual(t, before[0].ID, after[0].ID)

		w.raises(w.app, false, func() {
			same, err := w.catalog.UpdateEvent(w.ctx, catalog.UpdateEventInput{ID: e.ID, Name: new("新名"), Batch: &b.Number})
			require.NoError(t, err)
			require.True(t, same.UpdatedAt.Equal(updated.UpdatedAt), "what says the same is no change")
		})
		_, err = w.catalog.UpdateEvent(w.ctx, catalog.UpdateEventInput{ID: e.ID, Name: new(""), WireName: new(" ")})
		requireFields(t, err, "input.name required", "input.wireName outer_blank")
		none, err := w.catalog.UpdateEvent(w.ctx, catalog.UpdateEventInput{
			ID: e.ID, Properties: []catalog.EventPropertyInput{}, Terminals: []string{},
		})
		require.NoError(t, err)
		require.Empty(t, none.Terminals)
		require.Empty(t, w.uses(e))
	})
}

func TestUpdateEventUnderAnotherBatch(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.newProperty(w.app, "a", text())
		w.newProperty(w.app, "b", text())
		first, second := w.newBatch(w.app), w.newBatch(w.app)
		e := w.newEvent(first, "e", "a")
		old := w.uses(e)

		updated, err := w.catalog.UpdateEvent(w.ctx, catalog.UpdateEventInput{
			ID: e.ID, Batch: &second.Number, Properties: []catalog.EventPropertyInput{use("a"), use("b")},
		})
		require.NoError(t, err)
		require.Equal(t, 2, updated.RevisionNumber)
		require.Equal(t, first.ID, updated.BatchID, "the batch that introduced it stays")
		revisions, err := w.catalog.RevisionsOfEvents().Pages(w.ctx, []string{e.ID}, catalog.PageArgs{})
		require.NoError(t, err)
		require.Len(t, revisions[e.ID].Nodes, 2)
		head := revisions[e.ID].Nodes[0]
		require.Equal(t, []any{updated.HeadID, 2, e.HeadID, second.ID}, []any{head.ID, head.Number, head.BaseID, head.BatchID})
		require.Len(t, w.uses(e), 2)
		pages, err := w.catalog.PropertiesOfRevisions().Pages(w.ctx, []string{e.HeadID, head.ID}, catalog.PageArgs{})
		require.NoError(t, err)
		require.Len(t, pages[head.ID].Nodes, 2)
		require.Equal(t, old[0].ID, pages[e.HeadID].Nodes[0].ID, "the older revision keeps its properties")
		require.False(t, pages[e.HeadID].Nodes[0].Newest)
		items, err := w.catalog.ItemsOfBatches().Counts(w.ctx, []string{first.ID, second.ID})
		require.NoError(t, err)
		require.Equal(t, map[string]int{first.ID: 1, second.ID: 1}, items)

		// Without a batch the newest revision is edited.
		updated, err = w.catalog.UpdateEvent(w.ctx, catalog.UpdateEventInput{ID: e.ID, Name: new("x")})
		require.NoError(t, err)
		require.Equal(t, head.ID, updated.HeadID)
		strange := catalog.UpdateEventInput{ID: e.ID, Batch: &w.newBatch(w.newApp("other")).Number}
		_, err = w.catalog.UpdateEvent(w.ctx, strange)
		requireFields(t, err, "input.batch other_app")
		_, err = w.catalog.UpdateEvent(w.in(w.app, auth.Editor), strange)
		requireFault(t, err, fault.NotFound, "not_found")
		_, err = w.catalog.UpdateEvent(w.ctx, catalog.UpdateEventInput{ID: e.ID, Batch: new("SHOP-0404")})
		requireFault(t, err, fault.NotFound, "not_found")
	})
}

func TestUpdateEventExpectedHash(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		e := w.newEvent(w.newBatch(w.app), "e")
		hash := w.head(e).Hash
		const n = 8
		var wg sync.WaitGroup
		errs := make([]error, n)
		for i := range n {
			wg.Go(func() {
				_, errs[i] = w.catalog.UpdateEvent(w.ctx, catalog.UpdateEventInput{
					ID: e.ID, Name: new(string(rune('a' + i))), ExpectedHash: &hash,
				})
			})
		}
		wg.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
				continue
			}
			f := requireFault(t, err, fault.Conflict, "revision_changed")
			require.Equal(t, hash, f.Params["expected"])
			require.Equal(t, w.head(e).Hash, f.Params["actual"])
			require.Equal(t, "Ann", f.Params["changedBy"])
			require.Equal(t, w.user.ID, f.Params["changedById"])
		}
		require.Equal(t, 1, won)
	})
}

func TestSameMatch(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		b := w.newBatch(w.app)
		click := func(key string, change func(*catalog.CreateEventInput)) error {
			in := tracked(b, "element_click")
			in.Key = &key
			in.Match = []plan.Condition{{Property: "spm", Value: "a1"}, {Property: "page", Value: "home"}}
			change(&in)
			_, err := w.catalog.CreateEvent(w.ctx, in)
			return err
		}
		same := func(*catalog.CreateEventInput) {}
		require.NoError(t, click("first", same))
		f := requireFault(t, click("second", same), fault.Conflict, "same_match")
		require.Equal(t, "first", f.Params["eventKey"])
		requireFault(t, click("swapped", func(in *catalog.CreateEventInput) {
			in.Match[0], in.Match[1] = in.Match[1], in.Match[0]
		}), fault.Conflict, "same_match")
		requireFault(t, click("alias", func(in *catalog.CreateEventInput) {
			in.WireName, in.Aliases = new("tap"), []plan.Alias{{Name: "element_click"}}
		}), fault.Conflict, "same_match")
		require.NoError(t, click("other-match", func(in *catalog.CreateEventInput) { in.Match[0].Value = "a2" }))
		require.NoError(t, click("other-name", func(in *catalog.CreateEventInput) { in.WireName = new("click") }))
		require.NoError(t, click("other-kind", func(in *catalog.CreateEventInput) { in.Kind = plan.KindItem }))
		require.NoError(t, click("expired", func(in *catalog.CreateEventInput) {
			in.WireName, in.Aliases = new("press"), []plan.Alias{{Name: "element_click", Until: new(time.Unix(0, 0))}}
		}))

		// Terminals tell events apart.
		on := func(terminals ...string) func(*catalog.CreateEventInput) {
			return func(in *catalog.CreateEventInput) { in.WireName, in.Terminals = new("swipe"), terminals }
		}
		require.NoError(t, click("swipe-ios", on("ios")))
		require.NoError(t, click("swipe-others", on("android", "web")))
		requireFault(t, click("swipe-web", on("web")), fault.Conflict, "same_match")
		requireFault(t, click("swipe-all", on()), fault.Conflict, "same_match")

		// A change is held to the same.
		e, err := w.catalog.Event(w.ctx, "shop", "other-match")
		require.NoError(t, err)
		_, err = w.catalog.UpdateEvent(w.ctx, catalog.UpdateEventInput{
			ID: e.ID, Match: []plan.Condition{{Property: "page", Value: "home"}, {Property: "spm", Value: "a1"}},
		})
		requireFault(t, err, fault.Conflict, "same_match")
		_, err = w.catalog.UpdateEvent(w.ctx, catalog.UpdateEventInput{ID: e.ID, Level: new(plan.LevelP0)})
		require.NoError(t, err, "an event does not stand in its own way")
	})
}

func TestCommonProperties(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		b := w.newBatch(w.app)
		global := w.newProperty(nil, "page", text())
		own := w.newProperty(w.app, "page", catalog.PropertyTypeInput{Base: plan.TypeInteger})
		common := func(key, property string, terminals ...string) error {
			_, err := w.catalog.CreateEvent(w.ctx, catalog.CreateEventInput{
				Batch: b.Number, Key: &key, Kind: plan.KindCommon, Name: key, Level: plan.LevelP1, Terminals: terminals,
				Properties: []catalog.EventPropertyInput{{PropertyID: &property, Presence: plan.PresenceRequired}},
			})
			return err
		}
		require.NoError(t, common("phones", global.ID, "ios", "android"))
		require.NoError(t, common("web", own.ID, "web"), "different types on different terminals")
		f := requireFault(t, common("all", own.ID), fault.Conflict, "common_contradiction")
		require.Equal(t, "page", f.Params["property"])
		require.NoError(t, common("ios", global.ID, "ios"), "the same twice")

		// A new type is held to the same.
		_, err := w.catalog.UpdateProperty(w.ctx, catalog.UpdatePropertyInput{ID: own.ID, Type: new(text())})
		require.NoError(t, err)
		require.NoError(t, common("all", own.ID))
		_, err = w.catalog.UpdateProperty(w.ctx, catalog.UpdatePropertyInput{
			ID: own.ID, Type: &catalog.PropertyTypeInput{Base: plan.TypeBoolean},
		})
		requireFault(t, err, fault.Conflict, "common_contradiction")
	})
}

func TestDeleteEvent(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.newProperty(w.app, "a", text())
		b := w.newBatch(w.app)
		e := w.newEvent(b, "e", "a")
		_, err := w.catalog.UpdateEvent(w.ctx, catalog.UpdateEventInput{ID: e.ID, Description: new("改")})
		require.NoError(t, err)
		w.captured.reported[e.ID] = true
		requireUses(t, w.catalog.DeleteEvent(w.ctx, catalog.DeleteDefinitionInput{ID: e.ID}), "CapturedEvent e")
		delete(w.captured.reported, e.ID)
		w.raises(w.app, true, func() {
			require.NoError(t, w.catalog.DeleteEvent(w.ctx, catalog.DeleteDefinitionInput{ID: e.ID}))
		})
		requireFault(t, w.catalog.DeleteEvent(w.ctx, catalog.DeleteDefinitionInput{ID: e.ID}), fault.NotFound, "not_found")
		require.NoError(t, w.catalog.DeleteBatch(w.ctx, catalog.DeleteInput{ID: b.ID}), "its items are gone too")
		hits, err := w.catalog.Search(w.ctx, catalog.SearchQuery{Text: "事件"})
		require.NoError(t, err)
		require.Empty(t, hits.Rows)
	})
}

// uses returns the event properties of an event's newest revision.
func (w *world) uses(e *ent.Event) []*ent.EventProperty {
	w.t.Helper()
	pages, err := w.catalog.PropertiesOfEvents().Pages(w.ctx, []string{e.ID}, catalog.PageArgs{First: new(catalog.MaxPage)})
	require.NoError(w.t, err)
	return pages[e.ID].Nodes
}

// head returns an event's newest revision.
func (w *world) head(e *ent.Event) *ent.EventRevision {
	w.t.Helper()
	row, err := w.store.Read().Event.Get(w.t.Context(), e.ID)
	require.NoError(w.t, err)
	r, err := w.store.Read().EventRevision.Get(w.t.Context(), row.HeadID)
	require.NoError(w.t, err)
	require.True(w.t, json.Valid(r.Definition))
	return r
}
