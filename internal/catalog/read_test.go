package catalog_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/store"
	"github.com/waymarkhq/waymark/internal/testkit"
)

// TestOnlyWhatMayBeSeen: whoever has a role in one app sees that app and what is global, however it is asked for.
func TestOnlyWhatMayBeSeen(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		other := w.newApp("other")
		set := w.newValueSet(nil, "words", "a")
		drawing := catalog.PropertyTypeInput{Base: plan.TypeEnum, Constraints: &catalog.ConstraintsInput{ValueSetKey: new("words")}}
		global := w.newProperty(nil, "global", drawing)
		var own, hidden []string // ids of everything in the one app and in the other
		for _, side := range []struct {
			app *ent.App
			ids *[]string
		}{{w.app, &own}, {other, &hidden}} {
			b := w.newBatch(side.app)
			p := w.newProperty(side.app, "own", drawing)
			v := w.newValueSet(side.app, "set", "a")
			e := w.newEvent(b, "e", "own", "global")
			uses := w.uses(e)
			items, err := w.catalog.ItemsOfBatches().Pages(w.ctx, []string{b.ID}, catalog.PageArgs{})
			require.NoError(t, err)
			envs, err := w.catalog.EnvironmentsOf(w.ctx, []string{side.app.ID})
			require.NoError(t, err)
			keys, err := w.catalog.WriteKeysOf(w.ctx, []string{envs[side.app.ID][0].ID})
			require.NoError(t, err)
			terminals, err := w.catalog.TerminalsOf(w.ctx, []string{side.app.ID})
			require.NoError(t, err)
			*side.ids = append(*side.ids, side.app.ID, b.ID, p.ID, v.ID, e.ID, e.HeadID, p.HeadID, v.HeadID, uses[0].ID, uses[1].ID,
				items[b.ID].Nodes[0].ID, envs[side.app.ID][0].ID, keys[envs[side.app.ID][0].ID][0].ID, terminals[side.app.ID][0].ID)
		}
		shared := []string{global.ID, global.HeadID, set.ID, set.HeadID}
		ctx := w.in(w.app, auth.Viewer)
		everything := slices.Concat(own, hidden, shared)
		require.ElementsMatch(t, slices.Concat(own, shared), w.seen(ctx, everything))
		require.ElementsMatch(t, everything, w.seen(w.ctx, everything))

		apps, err := w.catalog.Apps(nil, nil).Page(ctx, catalog.PageArgs{})
		require.NoError(t, err)
		require.Equal(t, []string{w.app.ID}, ids(apps.Nodes))
		n, err := w.catalog.Apps(nil, nil).Count(ctx)
		require.NoError(t, err)
		require.Equal(t, 1, n)
		props, err := w.catalog.Properties(nil, nil, nil).Page(ctx, catalog.PageArgs{})
		require.NoError(t, err)
		require.ElementsMatch(t, []string{global.ID, own[2]}, ids(props.Nodes))
		uses, err := w.catalog.UsesOfProperties().Pages(ctx, []string{global.ID}, catalog.PageArgs{})
		require.NoError(t, err)
		require.Equal(t, []string{own[9]}, ids(uses[global.ID].Nodes), "uses of a global property in apps that may be seen")
		counts, err := w.catalog.UsesOfProperties().Counts(ctx, []string{global.ID})
		require.NoError(t, err)
		require.Equal(t, 1, counts[global.ID])
		drawers, err := w.catalog.PropertiesOfValueSets().Pages(ctx, []string{set.ID}, catalog.PageArgs{})
		require.NoError(t, err)
		require.ElementsMatch(t, []string{global.ID, own[2]}, ids(drawers[set.ID].Nodes))
		events, err := w.catalog.EventsOfApps(nil, nil).Pages(ctx, []string{w.app.ID, other.ID}, catalog.PageArgs{})
		require.NoError(t, err)
		require.Len(t, events[w.app.ID].Nodes, 1)
		require.Empty(t, events[other.ID].Nodes)
		hits, err := w.catalog.Search(ctx, catalog.SearchQuery{Text: "e"})
		require.NoError(t, err)
		for _, row := range hits.Rows {
			require.NotContains(t, hidden, row.NodeID())
		}

		_, err = w.catalog.App(ctx, "other")
		requireFault(t, err, fault.NotFound, "not_found")
		_, err = w.catalog.Batch(ctx, "OTHER-0001")
		requireFault(t, err, fault.NotFound, "not_found")
		_, err = w.catalog.Event(ctx, "other", "e")
		requireFault(t, err, fault.NotFound, "not_found")
		_, err = w.catalog.Events(new("other"), nil, nil).Page(ctx, catalog.PageArgs{})
		requireFault(t, err, fault.NotFound, "not_found")
		_, err = w.catalog.Search(ctx, catalog.SearchQuery{Text: "e", App: new("other")})
		requireFault(t, err, fault.NotFound, "not_found")

		nobody := t.Context()
		_, err = w.catalog.Apps(nil, nil).Page(nobody, catalog.PageArgs{})
		requireFault(t, err, fault.Unauthenticated, "sign_in_required")
		_, err = w.catalog.Properties(nil, nil, nil).Count(nobody)
		requireFault(t, err, fault.Unauthenticated, "sign_in_required")
		_, err = w.catalog.EventsOfApps(nil, nil).Pages(nobody, []string{w.app.ID}, catalog.PageArgs{})
		requireFault(t, err, fault.Unauthenticated, "sign_in_required")
		_, err = w.catalog.PropertiesByID(nobody, []string{global.ID})
		requireFault(t, err, fault.Unauthenticated, "sign_in_required")
		_, err = w.catalog.Search(nobody, catalog.SearchQuery{Text: "e"})
		requireFault(t, err, fault.Unauthenticated, "sign_in_required")
		_, err = w.catalog.App(nobody, "nothing")
		requireFault(t, err, fault.Unauthenticated, "sign_in_required")
	})
}

// seen returns those of the ids, of any type, that are found in the context.
func (w *world) seen(ctx context.Context, all []string) (found []string) {
	w.t.Helper()
	c := w.catalog
	found = append(found, byIDs(ctx, w, all, c.AppsByID)...)
	found = append(found, byIDs(ctx, w, all, c.TerminalsByID)...)
	found = append(found, byIDs(ctx, w, all, c.EnvironmentsByID)...)
	found = append(found, byIDs(ctx, w, all, c.WriteKeysByID)...)
	found = append(found, byIDs(ctx, w, all, c.BatchesByID)...)
	found = append(found, byIDs(ctx, w, all, c.ItemsByID)...)
	found = append(found, byIDs(ctx, w, all, c.EventsByID)...)
	found = append(found, byIDs(ctx, w, all, c.EventRevisionsByID)...)
	found = append(found, byIDs(ctx, w, all, c.EventPropertiesByID)...)
	found = append(found, byIDs(ctx, w, all, c.PropertiesByID)...)
	found = append(found, byIDs(ctx, w, all, c.PropertyRevisionsByID)...)
	found = append(found, byIDs(ctx, w, all, c.ValueSetsByID)...)
	return append(found, byIDs(ctx, w, all, c.ValueSetRevisionsByID)...)
}

func byIDs[T any](ctx context.Context, w *world, ids []string, read func(context.Context, []string) (map[string]*T, error)) (found []string) {
	w.t.Helper()
	rows, err := read(ctx, ids)
	require.NoError(w.t, err)
	for id := range rows {
		found = append(found, id)
	}
	return found
}

func TestEventFilters(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		bare, err := w.catalog.CreateApp(w.ctx, catalog.CreateAppInput{Key: "bare", Name: "no terminals"})
		require.NoError(t, err)
		b, second := w.newBatch(w.app), w.newBatch(w.app)
		price := w.newProperty(w.app, "price", text())
		w.newEvent(b, "everywhere", "price")
		w.newEvent(w.newBatch(bare), "nowhere")
		in := tracked(second, "phones")
		in.Terminals, in.Level, in.Module, in.Description = []string{"ios", "android"}, plan.LevelP0, "支付", "微信支付成功"
		_, err = w.catalog.CreateEvent(w.ctx, in)
		require.NoError(t, err)
		dropped := w.newEvent(b, "dropped", "price")
		_, err = w.catalog.UpdateEvent(w.ctx, catalog.UpdateEventInput{
			ID: dropped.ID, Batch: &second.Number, Properties: []catalog.EventPropertyInput{}, Terminals: []string{"web"},
		})
		require.NoError(t, err)
		_, err = w.catalog.CreateEvent(w.ctx, catalog.CreateEventInput{
			Batch: b.Number, Key: new("profile"), Kind: plan.KindUserProfile, Name: "用户", Level: plan.LevelP1, Terminals: []string{"web"},
		})
		require.NoError(t, err)

		for name, c := range map[string]struct {
			filter catalog.EventFilter
			want   []string
		}{
			"nothing":       {catalog.EventFilter{}, []string{"everywhere", "nowhere", "phones", "dropped", "profile"}},
			"terminal":      {catalog.EventFilter{Terminal: new("ios")}, []string{"everywhere", "phones"}},
			"no terminal":   {catalog.EventFilter{Terminal: new("tv")}, nil},
			"two words":     {catalog.EventFilter{Text: new("支付 微信")}, []string{"phones"}},
			"no words":      {catalog.EventFilter{Text: new(" ")}, []string{"everywhere", "nowhere", "phones", "dropped", "profile"}},
			"level":         {catalog.EventFilter{Levels: []plan.Level{plan.LevelP0}}, []string{"phones"}},
			"empty list":    {catalog.EventFilter{Levels: []plan.Level{}}, []string{"everywhere", "nowhere", "phones", "dropped", "profile"}},
			"kind":          {catalog.EventFilter{Kinds: []plan.EventKind{plan.KindUserProfile, plan.KindItem}}, []string{"profile"}},
			"wire name":     {catalog.EventFilter{WireNames: []string{"phones", "x"}}, []string{"phones"}},
			"key":           {catalog.EventFilter{Keys: []string{"profile", "phones"}}, []string{"phones", "profile"}},
			"hostile key":   {catalog.EventFilter{Keys: []string{`x"},{`, `\`, `'`, "phones"}}, []string{"phones"}},
			"module":        {catalog.EventFilter{Module: new("支付")}, []string{"phones"}},
			"batch":         {catalog.EventFilter{Batch: new("shop-0002")}, []string{"phones"}},
			"property":      {catalog.EventFilter{PropertyID: &price.ID}, []string{"everywhere"}},
			"both together": {catalog.EventFilter{Terminal: new("web"), Batch: new("SHOP-0001")}, []string{"everywhere", "dropped", "profile"}},
			"made later":    {catalog.EventFilter{CreatedFrom: new(dropped.CreatedAt)}, []string{"dropped", "profile"}},
			"made earlier": {
				catalog.EventFilter{CreatedBefore: new(dropped.CreatedAt.In(time.FixedZone("", 3600)))},
				[]string{"everywhere", "nowhere", "phones"},
			},
		} {
			page, err := w.catalog.Events(nil, &c.filter, nil).Page(w.ctx, catalog.PageArgs{})
			require.NoError(t, err, name)
			var keys []string
			for _, e := range page.Nodes {
				keys = append(keys, e.Key)
			}
			require.Equal(t, c.want, keys, name)
			n, err := w.catalog.Events(nil, &c.filter, nil).Count(w.ctx)
			require.NoError(t, err, name)
			require.Equal(t, len(c.want), n, name)
			pages, err := w.catalog.EventsOfApps(&c.filter, nil).Pages(w.ctx, []string{w.app.ID, bare.ID}, catalog.PageArgs{})
			require.NoError(t, err, name)
			require.Equal(t, len(c.want), len(pages[w.app.ID].Nodes)+len(pages[bare.ID].Nodes), name)
		}
		long := make([]rune, 300)
		for i := range long {
			long[i] = '长'
		}
		_, err = w.catalog.Events(nil, &catalog.EventFilter{Text: new(string(long))}, nil).Page(w.ctx, catalog.PageArgs{})
		requireFields(t, err, "filter.text too_long")
	})
}

func TestOtherFilters(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		first := w.newBatch(w.app)
		_, err := w.catalog.CreateBatch(w.in(w.app, auth.Requester), catalog.CreateBatchInput{App: "shop", Title: "搜索", ExternalReference: "JIRA-7"})
		require.NoError(t, err)
		batches := func(f catalog.BatchFilter) int {
			n, err := w.catalog.Batches(nil, &f, nil).Count(w.ctx)
			require.NoError(t, err)
			return n
		}
		require.Equal(t, 2, batches(catalog.BatchFilter{States: []plan.BatchState{plan.BatchDraft}}))
		require.Equal(t, 1, batches(catalog.BatchFilter{Text: new("jira-7")}))
		require.Equal(t, 1, batches(catalog.BatchFilter{CreatedBefore: new(first.CreatedAt.Add(time.Microsecond))}))
		require.Equal(t, 2, batches(catalog.BatchFilter{OwnerID: &w.user.ID, CreatedByID: &w.user.ID}))
		require.Zero(t, batches(catalog.BatchFilter{OwnerID: new("usr_none")}))

		w.newProperty(nil, "global", text())
		w.newProperty(w.app, "own", catalog.PropertyTypeInput{Base: plan.TypeInteger})
		w.newProperty(w.newApp("other"), "strange", text())
		properties := func(app *string, f catalog.PropertyFilter) int {
			n, err := w.catalog.Properties(app, &f, nil).Count(w.ctx)
			require.NoError(t, err)
			return n
		}
		require.Equal(t, 3, properties(nil, catalog.PropertyFilter{}))
		require.Equal(t, 2, properties(new("shop"), catalog.PropertyFilter{}))
		require.Equal(t, 1, properties(new("shop"), catalog.PropertyFilter{Global: new(true)}))
		require.Equal(t, 2, properties(nil, catalog.PropertyFilter{Global: new(false)}))
		require.Equal(t, 1, properties(nil, catalog.PropertyFilter{BaseTypes: []plan.BaseType{plan.TypeInteger}}))
		require.Equal(t, 1, properties(nil, catalog.PropertyFilter{Keys: []string{"own"}, Sensitivities: []plan.Sensitivity{plan.SensitivityNone}}))
		require.Equal(t, 1, properties(nil, catalog.PropertyFilter{Text: new("GLOB")}))

		w.newValueSet(w.app, "channel", "1")
		w.newValueSet(nil, "color", "red")
		sets := func(app *string, f catalog.ValueSetFilter) int {
			n, err := w.catalog.ValueSets(app, &f, nil).Count(w.ctx)
			require.NoError(t, err)
			return n
		}
		require.Equal(t, 2, sets(new("shop"), catalog.ValueSetFilter{}))
		require.Equal(t, 1, sets(new("other"), catalog.ValueSetFilter{}))
		require.Equal(t, 1, sets(nil, catalog.ValueSetFilter{Text: new("值 red")}), "by a value's label")
		require.Equal(t, 1, sets(nil, catalog.ValueSetFilter{Global: new(true)}))
		for _, o := range []*catalog.ValueSetOrder{nil, {Field: catalog.ValueSetsByCreated, Direction: catalog.Descending}} {
			p, err := w.catalog.ValueSetsOfApps(nil, o).Pages(w.ctx, []string{w.app.ID}, catalog.PageArgs{})
			require.NoError(t, err)
			require.Len(t, p[w.app.ID].Nodes, 1)
		}
		for _, field := range []catalog.PropertyOrderField{"KEY", "NAME", "CREATED_AT", "UPDATED_AT"} {
			p, err := w.catalog.PropertiesOfApps(nil, &catalog.PropertyOrder{Field: field}).Pages(w.ctx, []string{w.app.ID}, catalog.PageArgs{})
			require.NoError(t, err)
			require.Len(t, p[w.app.ID].Nodes, 1)
		}
		apps, err := w.catalog.Apps(&catalog.AppFilter{Text: new("oth")}, &catalog.AppOrder{Field: catalog.AppsByCreated}).Page(w.ctx, catalog.PageArgs{})
		require.NoError(t, err)
		require.Len(t, apps.Nodes, 1)
	})
}

func TestSearch(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		b := w.newBatch(w.app) // 支付改版
		w.newProperty(nil, "支付方式", text())
		w.newValueSet(w.app, "pay", "a")
		in := tracked(b, "pay")
		in.Description = "用户支付成功"
		e, err := w.catalog.CreateEvent(w.ctx, in)
		require.NoError(t, err)
		kinds := func(q catalog.SearchQuery) (found []string) {
			p, err := w.catalog.Search(w.ctx, q)
			require.NoError(t, err)
			for _, row := range p.Rows {
				switch row := row.(type) {
				case *ent.App:
					found = append(found, "app "+row.Key)
				case *ent.Batch:
					found = append(found, "batch "+row.Number)
				case *ent.Event:
					found = append(found, "event "+row.Key)
				case *ent.Property:
					found = append(found, "property "+row.Key)
				case *ent.ValueSet:
					found = append(found, "value set "+row.Key)
				}
			}
			return found
		}
		require.Equal(t, []string{"batch SHOP-0001", "property 支付方式", "event pay"}, kinds(catalog.SearchQuery{Text: "支付"}))
		require.Equal(t, []string{"event pay"}, kinds(catalog.SearchQuery{Text: "支付", Types: []string{catalog.IndexedEvent}}))
		require.Equal(t, []string{"value set pay", "event pay"}, kinds(catalog.SearchQuery{Text: "PAY", App: new("shop")}))
		require.Equal(t, []string{"app shop", "batch SHOP-0001"}, kinds(catalog.SearchQuery{Text: "shop"}))
		require.Equal(t, []string{"property 支付方式"}, kinds(catalog.SearchQuery{Text: "支付", App: &w.newApp("other").Key}))
		require.Empty(t, kinds(catalog.SearchQuery{Text: " "}))

		var walked []string
		q := catalog.SearchQuery{Text: "支付", First: new(1)}
		for n := 0; ; n++ {
			p, err := w.catalog.Search(w.ctx, q)
			require.NoError(t, err)
			require.Equal(t, n > 0, p.HasPrevious)
			walked = append(walked, kinds(q)...)
			if !p.HasNext {
				break
			}
			q.After = new(p.Cursor(0))
		}
		require.Equal(t, kinds(catalog.SearchQuery{Text: "支付"}), walked)

		// The index follows what changes.
		_, err = w.catalog.UpdateEvent(w.ctx, catalog.UpdateEventInput{ID: e.ID, Description: new("退款"), Aliases: []plan.Alias{{Name: "refund"}}})
		require.NoError(t, err)
		require.Equal(t, []string{"event pay"}, kinds(catalog.SearchQuery{Text: "退款"}))
		require.Equal(t, []string{"event pay"}, kinds(catalog.SearchQuery{Text: "refund"}))
		require.NotContains(t, kinds(catalog.SearchQuery{Text: "支付"}), "event pay")

		_, err = w.catalog.Search(w.ctx, catalog.SearchQuery{Text: "x", First: new(0), After: new("x")})
		requireFields(t, err, "first out_of_range", "after bad_cursor")
		long := make([]byte, 300)
		for i := range long {
			long[i] = 'a'
		}
		_, err = w.catalog.Search(w.ctx, catalog.SearchQuery{Text: string(long)})
		requireFields(t, err, "query too_long")
	})
}

// TestStatements: how many statements a read takes does not depend on how much there is.
func TestStatements(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(t *testing.T) store.Options{
		"sqlite":   func(t *testing.T) store.Options { return store.Options{Dir: t.TempDir()} },
		"postgres": func(t *testing.T) store.Options { return store.Options{DatabaseURL: testkit.Postgres(t)} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			opts := open(t)
			w := newWorld(t, testkit.OpenStore(t, opts))
			apps := w.crowd(30, 30, 30)
			db, _, err := store.OpenRaw(t.Context(), opts)
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, db.Close()) })
			n := w.catalog.CountReads(db)
			takes := func(what string, want int64, f func() error) {
				t.Helper()
				n.Store(0)
				require.NoError(t, f())
				require.Equal(t, want, n.Load(), what)
			}
			list := w.catalog.Events(nil, &catalog.EventFilter{Terminal: new("ios"), Batch: new("SHOP-0001")}, nil)
			children := w.catalog.EventsOfApps(nil, nil)
			var after *string
			takes("a page", 1, func() error {
				p, err := list.Page(w.ctx, catalog.PageArgs{First: new(5)})
				after = p.End()
				return err
			})
			takes("the page after", 1, func() error { _, err := list.Page(w.ctx, catalog.PageArgs{After: after}); return err })
			takes("a count", 1, func() error { _, err := list.Count(w.ctx); return err })
			for many := range apps {
				some := ids(apps[:many+1])
				takes("pages", 1, func() error { _, err := children.Pages(w.ctx, some, catalog.PageArgs{}); return err })
				takes("counts", 1, func() error { _, err := children.Counts(w.ctx, some); return err })
				takes("terminals", 1, func() error { _, err := w.catalog.TerminalsOf(w.ctx, some); return err })
				takes("by id", 1, func() error { _, err := w.catalog.AppsByID(w.ctx, some); return err })
				takes("a cursor", map[bool]int64{true: 1, false: 2}[many == 0], func() error {
					_, err := children.Pages(w.ctx, some, catalog.PageArgs{After: after})
					return err
				})
			}
			takes("versions", 1, func() error { _, err := w.catalog.Versions(w.ctx); return err })
		})
	}
}
