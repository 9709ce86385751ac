package catalog_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/store"
)

// report has devices report something that nobody planned: properties and one value of each.
func (w *world) report(key store.SightingKey, properties map[string]string) {
	w.t.Helper()
	at := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	from, err := w.store.CapturePosition(w.t.Context())
	require.NoError(w.t, err)
	b := &store.CaptureBatch{From: from, To: from, Properties: map[store.PropertyKey]*store.PropertySeen{}}
	b.To.StreamID, b.To.Seq, b.To.Figures = "s", from.Seq+1, from.Seq+1
	event := &store.PropertySeen{Count: 1, First: at, Last: at, LastSeq: 5}
	if key.EventID == "" {
		event.Unplanned, event.LastUnplanned = 1, at
	}
	b.Properties[store.PropertyKey{SightingKey: key}] = event
	for name, value := range properties {
		tape, err := capture.Parse(nil, value)
		require.NoError(w.t, err)
		p := &store.PropertySeen{Count: 1, First: at, Last: at, Unplanned: 1, LastUnplanned: at}
		if masked := strings.Contains(value, "**"); masked {
			p.Values.Masked++
			p.Values.Note(tape, true)
		} else {
			p.Values.Note(tape, false)
		}
		b.Properties[store.PropertyKey{SightingKey: key, Property: name}] = p
	}
	require.NoError(w.t, w.store.CommitCapture(w.t.Context(), b))
}

func (w *world) testEnvironment() string {
	w.t.Helper()
	env, err := w.catalog.EnvironmentByKey(w.ctx, "Query.unplanned", "shop", "test")
	require.NoError(w.t, err)
	return env.ID
}

// inbox is what is in the inbox of test, in some states, by name or property.
func (w *world) unplanned(states ...plan.InboxState) map[string]*catalog.Unplanned {
	w.t.Helper()
	page, err := w.catalog.Unplanned(w.ctx, "shop", "test", catalog.UnplannedFilter{States: states}, nil, nil)
	require.NoError(w.t, err)
	require.Len(w.t, page.Nodes, page.Total)
	found := map[string]*catalog.Unplanned{}
	for _, u := range page.Nodes {
		if u.Property != nil {
			found["."+*u.Property] = u
		} else {
			found[u.Name] = u
		}
	}
	return found
}

func TestWhatIsIgnoredComesBackWithALaterVersion(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		env := w.testEnvironment()
		seen := func(name, version string) {
			w.report(store.SightingKey{EnvironmentID: env, Name: name, Terminal: "ios", AppVersion: version}, nil)
		}
		seen("debug", "8.9")
		seen("old", "8.9")
		require.Equal(t, plan.InboxOpen, w.unplanned()["debug"].State)
		ignore := func(name, upTo string) {
			_, notSeen, err := w.catalog.IgnoreUnplanned(w.ctx, catalog.IgnoreUnplannedInput{
				App: "shop", Items: []catalog.UnplannedInput{{Name: &name}}, Reason: "旧版本", UpToVersion: upTo,
			})
			require.NoError(t, err)
			require.Empty(t, notSeen)
		}
		ignore("debug", "8.9")
		ignore("old", "")
		require.Empty(t, w.unplanned(plan.InboxOpen))
		require.Equal(t, []string{"旧版本", "8.9", w.user.ID},
			[]string{w.unplanned()["debug"].Reason, w.unplanned()["debug"].UpToVersion, w.unplanned()["debug"].DecidedByID})
		seen("debug", "8.8")
		require.Empty(t, w.unplanned(plan.InboxOpen), "an earlier one is covered")
		seen("debug", "8.10")
		seen("old", "9")
		require.Equal(t, []string{"8.8", "8.9", "8.10"}, w.unplanned(plan.InboxOpen)["debug"].Versions)
		require.Len(t, w.unplanned(plan.InboxOpen), 1)
		ignore("debug", "8.10")
		require.Empty(t, w.unplanned(plan.InboxOpen))
		_, err := w.catalog.ReopenUnplanned(w.ctx, catalog.ReopenUnplannedInput{
			App: "shop", Items: []catalog.UnplannedInput{{Name: new("old")}, {Name: new("never decided")}},
		})
		require.NoError(t, err)
		require.Contains(t, w.unplanned(plan.InboxOpen), "old")

		for path, in := range map[string]catalog.IgnoreUnplannedInput{
			"input.reason":            {Items: []catalog.UnplannedInput{{Name: new("a")}}, Reason: " "},
			"input.upToVersion":       {Items: []catalog.UnplannedInput{{Name: new("a")}}, Reason: "x", UpToVersion: "new"},
			"input.items":             {Reason: "x"},
			"input.items[0]":          {Items: []catalog.UnplannedInput{{Name: new("a"), Property: new("b")}}, Reason: "x"},
			"input.items[1]":          {Items: []catalog.UnplannedInput{{Name: new("a")}, {Name: new("a")}}, Reason: "x"},
			"input.items[0].name":     {Items: []catalog.UnplannedInput{{Name: new(strings.Repeat("支", 201))}}, Reason: "x"},
			"input.items[0].property": {Items: []catalog.UnplannedInput{{EventID: new("evt_none"), Property: new("a\x00b")}}, Reason: "x"},
			"input.items[0].eventId":  {Items: []catalog.UnplannedInput{{EventID: new("evt_none"), Property: new("b")}}, Reason: "x"},
		} {
			in.App = "shop"
			_, _, err := w.catalog.IgnoreUnplanned(w.ctx, in)
			require.Contains(t, fields(t, err), path)
		}
		_, _, err = w.catalog.IgnoreUnplanned(w.ctx, catalog.IgnoreUnplannedInput{
			App: "shop", Items: []catalog.UnplannedInput{{Name: new(store.OtherLabel)}}, Reason: "x",
		})
		require.Equal(t, []string{"input.items[0]"}, fields(t, err), "it is many")
		_, _, err = w.catalog.IgnoreUnplanned(w.in(w.app, auth.Viewer), catalog.IgnoreUnplannedInput{App: "shop"})
		require.True(t, fault.Is(err, fault.Forbidden))

		_, planned := w.approved("order_paid")
		_, _, err = w.catalog.IgnoreUnplanned(w.ctx, catalog.IgnoreUnplannedInput{
			App: "shop", Items: []catalog.UnplannedInput{{Name: new("x")}, {Name: new("order_paid")}}, Reason: "x",
		})
		require.Equal(t, []string{"input.items[1]"}, fields(t, err), "it is planned")
		w.report(store.SightingKey{EnvironmentID: env, EventID: planned.ID, Name: "order_paid"}, map[string]string{"coupon": `"x"`})
		_, notSeen, err := w.catalog.IgnoreUnplanned(w.ctx, catalog.IgnoreUnplannedInput{App: "shop", Reason: "x", Items: []catalog.UnplannedInput{
			{Name: new("debug")}, {Name: new("debgu")}, {EventID: &planned.ID, Property: new("coupon")}, {EventID: &planned.ID, Property: new("cuopon")},
		}})
		require.NoError(t, err)
		require.Equal(t, []int{1, 3}, notSeen)
	})
}

func TestWhatWasSeenBecomesADraft(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		env := w.testEnvironment()
		b := w.newBatch(w.app)
		w.newProperty(w.app, "price", catalog.PropertyTypeInput{Base: plan.TypeNumber})
		planned := w.newEvent(b, "order_paid", "price")
		w.report(store.SightingKey{EnvironmentID: env, Name: "cart_viewed", Terminal: "ios", AppVersion: "8.6"},
			map[string]string{"price": `1.5`, "items": `3`, "支付": `"x"`, "vip": `true`, "(other)": `1`})
		w.report(store.SightingKey{EnvironmentID: env, EventID: planned.ID, Name: "order_paid", Terminal: "ios"}, map[string]string{"coupon": `null`})
		w.report(store.SightingKey{EnvironmentID: env, Name: "paid", Terminal: "ios"}, nil)
		require.Len(t, w.unplanned(plan.InboxOpen), 3)
		coupon := w.unplanned()[".coupon"]
		drafts, err := w.catalog.UnplannedDrafts(w.ctx, []*catalog.Unplanned{coupon, w.unplanned()["cart_viewed"]})
		require.NoError(t, err)
		require.Equal(t, plan.TypeString, drafts[coupon.NodeID()].Type.Base)
		viewed := drafts[w.unplanned()["cart_viewed"].NodeID()]
		require.Nil(t, viewed.Type)
		require.Len(t, viewed.Properties, 4, "and none that stands for others")
		require.Equal(t, "items", viewed.Properties[0].Name)

		made, err := w.catalog.AddUnplanned(w.ctx, catalog.AddUnplannedInput{
			Batch: b.Number, Environment: "test", Enums: true,
			Items: []catalog.UnplannedInput{{Name: new("cart_viewed")}, {EventID: &planned.ID, Property: new("coupon")}},
		})
		require.NoError(t, err)
		require.Len(t, made, 2)
		_, err = w.catalog.MapUnplanned(w.ctx, catalog.MapUnplannedInput{App: "shop", Name: "paid", EventID: planned.ID})
		require.NoError(t, err)
		inbox := w.unplanned()
		require.Equal(t, plan.InboxAdded, inbox["cart_viewed"].State)
		require.Equal(t, made[0].ID, inbox["cart_viewed"].EventID)
		require.Equal(t, plan.InboxAdded, inbox[".coupon"].State)
		require.Equal(t, plan.InboxMapped, inbox["paid"].State)
		_, err = w.catalog.ReopenUnplanned(w.ctx, catalog.ReopenUnplannedInput{App: "shop", Items: []catalog.UnplannedInput{{Name: new("paid")}}})
		requireFault(t, err, fault.FailedPrecondition, "still_mapped")
		require.Equal(t, plan.InboxMapped, w.unplanned()["paid"].State)

		types := map[string]plan.BaseType{}
		for name, of := range w.plannedTypes() {
			types[name] = of.Base
		}
		p, err := w.catalog.Plans(t.Context(), w.app.ID)
		require.NoError(t, err)
		for _, d := range p.Environments[0].Plan.Definitions {
			if d.Key == "order_paid" {
				require.Equal(t, []plan.Alias{{Name: "paid"}}, d.Aliases)
			}
		}
		require.Equal(t, map[string]plan.BaseType{
			"cart_viewed.price": plan.TypeNumber, "cart_viewed.items": plan.TypeInteger, "cart_viewed.支付": plan.TypeString,
			"cart_viewed.vip": plan.TypeBoolean, "order_paid.price": plan.TypeNumber, "order_paid.coupon": plan.TypeString,
		}, types)

		for _, name := range []string{"fine", " bad ", "支付成功", "Order Paid", "$9", "ORDER-PAID!", "🎉"} {
			w.report(store.SightingKey{EnvironmentID: env, Name: name}, nil)
		}
		_, err = w.catalog.AddUnplanned(w.ctx, catalog.AddUnplannedInput{
			Batch: b.Number, Environment: "test", Items: []catalog.UnplannedInput{{Name: new("fine")}, {Name: new(" bad ")}},
		})
		require.Contains(t, fields(t, err), "input.items[1].wireName")
		_, err = w.catalog.AddUnplanned(w.ctx, catalog.AddUnplannedInput{
			Batch: b.Number, Environment: "test", Items: []catalog.UnplannedInput{{Name: new("fine")}, {Name: new("never seen")}},
		})
		require.Equal(t, []string{"input.items[1]"}, fields(t, err))
		require.Equal(t, plan.InboxOpen, w.unplanned()["fine"].State)
		made, err = w.catalog.AddUnplanned(w.ctx, catalog.AddUnplannedInput{Batch: b.Number, Environment: "test", Items: []catalog.UnplannedInput{
			{Name: new("支付成功")}, {Name: new("Order Paid")}, {Name: new("$9")}, {Name: new("ORDER-PAID!")}, {Name: new("🎉")},
		}})
		require.NoError(t, err)
		var keys []string
		for _, e := range made {
			keys = append(keys, e.Key)
		}
		require.Equal(t, []string{"zhi_fu_cheng_gong", "order_paid_2", "event_9", "order-paid", "event"}, keys, "order_paid is there")
		_, err = w.catalog.AddUnplanned(w.in(w.app, auth.Tester), catalog.AddUnplannedInput{Batch: b.Number})
		require.True(t, fault.Is(err, fault.Forbidden))
	})
}

// TestSeenTypesBecomePlannedOnes: of lists what they hold, and of texts that look like a list of allowed values these, where
// that is asked for.
func TestSeenTypesBecomePlannedOnes(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		b := w.newBatch(w.app)
		phone := w.newProperty(w.app, "phone", catalog.PropertyTypeInput{Base: plan.TypeString})
		environment := w.testEnvironment()
		for i := range 60 {
			channel := []string{`"wechat"`, `"alipay"`}[i%2]
			w.report(store.SightingKey{EnvironmentID: environment, Name: "paid"}, map[string]string{
				"prices": []string{`[1, 2.5]`, `[3]`, `[]`}[i%3], "tags": `["a"]`, "counts": `[1]`, "channel": channel, "phone": channel,
			})
			w.report(store.SightingKey{EnvironmentID: environment, Name: "bought"}, map[string]string{"medium": channel})
		}
		draft := func() map[string]catalog.UnplannedProperty {
			u := w.unplanned()["paid"]
			drafts, err := w.catalog.UnplannedDrafts(w.ctx, []*catalog.Unplanned{u})
			require.NoError(t, err)
			found := map[string]catalog.UnplannedProperty{}
			for _, p := range drafts[u.NodeID()].Properties {
				found[p.Name] = p
			}
			return found
		}
		require.EqualValues(t, 60, draft()["channel"].Count)
		require.ElementsMatch(t, []string{"alipay", "wechat"}, draft()["channel"].Values)
		require.NotEmpty(t, draft()["phone"].Values)
		_, err := w.catalog.UpdateProperty(w.ctx, catalog.UpdatePropertyInput{ID: phone.ID, Sensitivity: new(plan.SensitivityPersonal)})
		require.NoError(t, err)
		require.Empty(t, draft()["phone"].Values, "it is personal by now")
		w.report(store.SightingKey{EnvironmentID: environment, Name: "paid"}, map[string]string{"mobile": `"137****0078"`, "amount": `5`})
		w.report(store.SightingKey{EnvironmentID: environment, Name: "paid"}, map[string]string{"amount": `"5 元"`})
		require.Equal(t, plan.SensitivityPersonal, draft()["mobile"].Sensitivity)
		require.Equal(t, plan.SensitivityNone, draft()["amount"].Sensitivity)
		require.True(t, draft()["amount"].Mixed)
		require.False(t, draft()["mobile"].Mixed)

		for name, enums := range map[string]bool{"paid": false, "bought": true} {
			_, err := w.catalog.AddUnplanned(w.ctx, catalog.AddUnplannedInput{
				Batch: b.Number, Environment: "test", Items: []catalog.UnplannedInput{{Name: &name}}, Enums: enums,
			})
			require.NoError(t, err)
		}
		page, err := w.catalog.Properties(&w.app.Key, nil, nil).Page(w.ctx, catalog.PageArgs{First: new(200)})
		require.NoError(t, err)
		for _, p := range page.Nodes {
			switch p.Key {
			case "mobile":
				require.Equal(t, plan.SensitivityPersonal, p.Sensitivity)
			case "amount":
				require.Equal(t, "Values of different kinds came: INTEGER × 1, TEXT × 1", p.Description)
				require.Equal(t, plan.SensitivityNone, p.Sensitivity)
			}
		}
		types := w.plannedTypes()
		require.Equal(t, plan.TypeString, types["paid.amount"].Base)
		require.Equal(t, plan.TypeNumber, types["paid.prices"].Items.Base)
		require.Equal(t, plan.TypeString, types["paid.tags"].Items.Base)
		require.Equal(t, plan.TypeInteger, types["paid.counts"].Items.Base)
		require.Equal(t, plan.TypeString, types["paid.channel"].Base)
		require.Equal(t, plan.TypeEnum, types["bought.medium"].Base)
		require.ElementsMatch(t, []plan.Value{{Value: "alipay"}, {Value: "wechat"}}, types["bought.medium"].Values)
	})
}

// plannedTypes are the types of the shop's properties, by event and name.
func (w *world) plannedTypes() map[string]plan.Type {
	w.t.Helper()
	p, err := w.catalog.Plans(w.t.Context(), w.app.ID)
	require.NoError(w.t, err)
	types := map[string]plan.Type{}
	for _, d := range p.Environments[0].Plan.Definitions {
		for _, r := range d.Properties {
			types[d.Key+"."+r.Name] = r.Type
		}
	}
	return types
}

// TestDecisionsLapse: what a batch was to plan is open again when that is cancelled, and so is an alias when its time has passed;
// what became common is planned.
func TestDecisionsLapse(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		_, planned := w.approved("order_paid")
		environment := w.testEnvironment()
		for _, name := range []string{"cart_viewed", "paid", "bought"} {
			w.report(store.SightingKey{EnvironmentID: environment, Name: name}, nil)
		}
		w.report(store.SightingKey{EnvironmentID: environment, EventID: planned.ID, Name: "order_paid"}, map[string]string{"coupon": `"x"`, "vip": `true`})
		b := w.newBatch(w.app)
		add := func(items ...catalog.UnplannedInput) {
			_, err := w.catalog.AddUnplanned(w.ctx, catalog.AddUnplannedInput{Batch: b.Number, Environment: "test", Items: items})
			require.NoError(t, err)
		}
		mapped := func(name string, until *time.Time) {
			_, err := w.catalog.MapUnplanned(w.ctx, catalog.MapUnplannedInput{
				App: "shop", Name: name, EventID: planned.ID, Batch: &b.Number, Until: until,
			})
			require.NoError(t, err)
		}
		add(catalog.UnplannedInput{Name: new("cart_viewed")}, catalog.UnplannedInput{EventID: &planned.ID, Property: new("coupon")})
		mapped("paid", nil)
		require.Len(t, w.unplanned(plan.InboxAdded), 2)
		require.Len(t, w.unplanned(plan.InboxMapped), 1)
		w.moved(w.ctx, b, "CANCELLED", func(in *catalog.TransitionInput) { in.Note = "doch nicht" })
		require.Len(t, w.unplanned(plan.InboxOpen), 5)

		b = w.newBatch(w.app)
		_, err := w.catalog.MapUnplanned(w.ctx, catalog.MapUnplannedInput{
			App: "shop", Name: "bought", EventID: planned.ID, Batch: &b.Number, Until: new(w.clock.tick()),
		})
		require.Equal(t, []string{"input.until"}, fields(t, err), "it is over")
		mapped("bought", new(w.clock.tick().Add(time.Hour)))
		w.moved(w.ctx, b, "APPROVED")
		require.Contains(t, w.unplanned(plan.InboxMapped), "bought")
		w.clock.pass(time.Hour)
		require.Contains(t, w.unplanned(plan.InboxOpen), "bought")

		b = w.newBatch(w.app)
		w.newProperty(w.app, "vip", catalog.PropertyTypeInput{Base: plan.TypeBoolean})
		_, err = w.catalog.CreateEvent(w.ctx, catalog.CreateEventInput{
			Batch: b.Number, Key: new("common"), Kind: plan.KindCommon, Name: "common", Level: plan.LevelP1, Properties: []catalog.EventPropertyInput{{Key: new("vip"), Presence: plan.PresenceOptional}},
		})
		require.NoError(t, err)
		require.Equal(t, plan.InboxAdded, w.unplanned()[".vip"].State)
		require.Equal(t, planned.ID, w.unplanned()[".vip"].EventID)
	})
}

func TestTheInboxIsReadInPages(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		env := w.testEnvironment()
		for _, name := range []string{"a", "b", "c"} {
			w.report(store.SightingKey{EnvironmentID: env, Name: name, AppVersion: "1"}, nil)
		}
		var names []string
		var after *string
		for {
			page, err := w.catalog.Unplanned(w.ctx, "shop", "test", catalog.UnplannedFilter{}, new(2), after)
			require.NoError(t, err)
			require.Equal(t, 3, page.Total)
			for _, u := range page.Nodes {
				names = append(names, u.Name)
			}
			if !page.HasNext {
				break
			}
			after = new(page.Cursor(len(page.Nodes) - 1))
		}
		require.Equal(t, []string{"a", "b", "c"}, names)
		_, err := w.catalog.Unplanned(w.ctx, "shop", "test", catalog.UnplannedFilter{}, new(0), new("nonsense"))
		require.Subset(t, fields(t, err), []string{"first", "after"})
	})
}

// fields are the places of an input that an error is about.
func fields(t *testing.T, err error) (paths []string) {
	t.Helper()
	var e *fault.Error
	require.ErrorAs(t, err, &e)
	for _, f := range e.Fields {
		paths = append(paths, f.Path)
	}
	return paths
}
