package catalog_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// crowd is apps with events, many of which are equal in what lists are ordered by.
func (w *world) crowd(sizes ...int) []*ent.App {
	w.t.Helper()
	apps := []*ent.App{w.app}
	for i := range len(sizes) - 1 {
		apps = append(apps, w.newApp(fmt.Sprintf("app%d", i)))
	}
	for i, app := range apps {
		w.fill(app, w.newBatch(app), sizes[i])
	}
	return apps
}

// fill stores n bare events of an app; what does not matter for lists is missing in them.
func (w *world) fill(app *ent.App, b *ent.Batch, n int) {
	w.t.Helper()
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	require.NoError(w.t, w.store.Tx(w.t.Context(), func(ctx context.Context, tx *ent.Tx) error {
		for chunk := range slices.Chunk(numbers(n), 500) {
			var rows []*ent.EventCreate
			for _, i := range chunk {
				rows = append(rows, tx.Event.Create().SetAppID(app.ID).SetBatchID(b.ID).SetKey(fmt.Sprintf("e%d", i)).
					SetKind(plan.KindTrack).SetName(fmt.Sprintf("事件 %d", i%7)).SetWireName(fmt.Sprintf("w%d", i)).
					SetTerminals([][]string{{}, {"ios"}, {"web", "ios"}}[i%3]).SetAliases([]plan.Alias{}).
					SetLevel([]plan.Level{plan.LevelP0, plan.LevelP1}[i%2]).
					SetCreatedAt(at.Add(time.Duration(i%5)*time.Microsecond)).SetUpdatedAt(at.Add(time.Duration(i%3)*time.Second)))
			}
			if err := tx.Event.CreateBulk(rows...).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	}))
}

func numbers(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

var eventOrders = []catalog.EventOrderField{
	catalog.EventsByCreated, catalog.EventsByUpdated, catalog.EventsByKey, catalog.EventsByName,
}

func drawOrder(rt *rapid.T) *catalog.EventOrder {
	return &catalog.EventOrder{
		Field:     rapid.SampledFrom(eventOrders).Draw(rt, "field"),
		Direction: rapid.SampledFrom([]catalog.OrderDirection{catalog.Ascending, catalog.Descending}).Draw(rt, "direction"),
	}
}

// walk goes through a list page by page, and requires each page to know what is on both sides of it.
func walk[T any](rt require.TestingT, size int, backward bool, page func(catalog.PageArgs) *catalog.Page[T]) []*T {
	var walked []*T
	args := catalog.PageArgs{First: &size}
	if backward {
		args = catalog.PageArgs{Last: &size}
	}
	for n := 0; ; n++ {
		p := page(args)
		ahead, behind, edge := p.HasNext, p.HasPrevious, p.End()
		if backward {
			ahead, behind, edge = p.HasPrevious, p.HasNext, p.Start()
			walked = append(slices.Clone(p.Nodes), walked...)
			args.Before = edge
		} else {
			walked = append(walked, p.Nodes...)
			args.After = edge
		}
		require.Equal(rt, n > 0, behind)
		require.LessOrEqual(rt, len(p.Nodes), size)
		if !ahead {
			return walked
		}
		require.Len(rt, p.Nodes, size)
	}
}

func ids[T any, R interface {
	*T
	NodeID() string
}](rows []*T) []string {
	list := make([]string, len(rows))
	for i, r := range rows {
		list[i] = R(r).NodeID()
	}
	return list
}

// TestPagesMakeUpTheList: whatever the order, the page size and the direction, and for one parent as for many, the pages
// together are the list.
func TestPagesMakeUpTheList(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		apps := w.crowd(47, 0, 9, 21)
		parents := ids(apps)
		rapid.Check(t, func(rt *rapid.T) {
			order := drawOrder(rt)
			var filter *catalog.EventFilter
			if rapid.Bool().Draw(rt, "filtered") {
				filter = &catalog.EventFilter{Levels: []plan.Level{plan.LevelP0}}
			}
			size := rapid.IntRange(1, 60).Draw(rt, "size")
			backward := rapid.Bool().Draw(rt, "backward")
			list := w.catalog.Events(nil, filter, order)
			whole, err := list.Page(w.ctx, catalog.PageArgs{First: new(200)})
			require.NoError(rt, err)
			n, err := list.Count(w.ctx)
			require.NoError(rt, err)
			require.Len(rt, whole.Nodes, n)
			require.Equal(rt, ids(whole.Nodes), ids(walk(rt, size, backward, func(args catalog.PageArgs) *catalog.Page[ent.Event] {
				p, err := list.Page(w.ctx, args)
				require.NoError(rt, err)
				return p
			})))

			children := w.catalog.EventsOfApps(filter, order)
			counts, err := children.Counts(w.ctx, parents)
			require.NoError(rt, err)
			for _, app := range apps {
				own := slices.DeleteFunc(slices.Clone(whole.Nodes), func(e *ent.Event) bool { return e.AppID != app.ID })
				require.Equal(rt, len(own), counts[app.ID])
				require.Equal(rt, ids(own), ids(walk(rt, size, backward, func(args catalog.PageArgs) *catalog.Page[ent.Event] {
					pages, err := children.Pages(w.ctx, parents, args)
					require.NoError(rt, err)
					require.Len(rt, pages, len(parents))
					return pages[app.ID]
				})))
			}
		})
	})
}

// TestAnotherParentsCursor: with one cursor for many parents, each knows whether it has something before it.
func TestAnotherParentsCursor(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		apps := w.crowd(20, 20, 1)
		children := w.catalog.EventsOfApps(nil, &catalog.EventOrder{Field: catalog.EventsByKey})
		pages, err := children.Pages(w.ctx, ids(apps), catalog.PageArgs{First: new(5)})
		require.NoError(t, err)
		pages, err = children.Pages(w.ctx, ids(apps), catalog.PageArgs{First: new(30), After: pages[apps[0].ID].End()})
		require.NoError(t, err)
		require.Len(t, pages[apps[0].ID].Nodes, 15)
		require.Greater(t, len(pages[apps[1].ID].Nodes), 10)
		require.Empty(t, pages[apps[2].ID].Nodes)
		for _, app := range apps {
			require.True(t, pages[app.ID].HasPrevious)
			require.False(t, pages[app.ID].HasNext)
		}
	})
}

func TestPagesWhileTheListChanges(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		b := w.newBatch(w.app)
		for _, key := range []string{"b", "d", "f", "h"} {
			w.newEvent(b, key)
		}
		list := w.catalog.Events(new("shop"), nil, &catalog.EventOrder{Field: catalog.EventsByKey})
		page := func(args catalog.PageArgs) *catalog.Page[ent.Event] {
			p, err := list.Page(w.ctx, args)
			require.NoError(t, err)
			return p
		}
		keys := func(p *catalog.Page[ent.Event]) (list []string) {
			for _, e := range p.Nodes {
				list = append(list, e.Key)
			}
			return list
		}
		first := page(catalog.PageArgs{First: new(2)})
		require.Equal(t, []string{"b", "d"}, keys(first))

		w.newEvent(b, "a")
		w.newEvent(b, "e")
		require.NoError(t, w.catalog.DeleteEvent(w.ctx, catalog.DeleteDefinitionInput{ID: first.Nodes[1].ID}))
		next := page(catalog.PageArgs{First: new(2), After: first.End()})
		require.Equal(t, []string{"e", "f"}, keys(next), "no row twice, none left out, although the cursor's row is gone")
		require.True(t, next.HasPrevious)
		require.True(t, next.HasNext)

		for _, key := range []string{"a", "b"} {
			e, err := w.catalog.Event(w.ctx, "shop", key)
			require.NoError(t, err)
			require.NoError(t, w.catalog.DeleteEvent(w.ctx, catalog.DeleteDefinitionInput{ID: e.ID}))
		}
		next = page(catalog.PageArgs{First: new(9), After: first.End()})
		require.Equal(t, []string{"e", "f", "h"}, keys(next))
		require.False(t, next.HasPrevious, "all that was before is gone")
		back := page(catalog.PageArgs{Last: new(9), Before: first.Start()})
		require.Empty(t, back.Nodes)
		require.True(t, back.HasNext)
		require.Nil(t, back.Start())
		require.Nil(t, back.End())
	})
}

func TestPageArguments(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.crowd(201)
		byKey := w.catalog.Events(nil, nil, &catalog.EventOrder{Field: catalog.EventsByKey})
		p, err := byKey.Page(w.ctx, catalog.PageArgs{})
		require.NoError(t, err)
		require.Len(t, p.Nodes, catalog.DefaultPage)
		p, err = byKey.Page(w.ctx, catalog.PageArgs{First: new(200)})
		require.NoError(t, err)
		require.Len(t, p.Nodes, 200)
		require.True(t, p.HasNext)
		p, err = byKey.Page(w.ctx, catalog.PageArgs{Before: p.End()})
		require.NoError(t, err)
		require.Len(t, p.Nodes, catalog.DefaultPage, "backward with only a cursor")

		for want, args := range map[string]catalog.PageArgs{
			"last both_directions":  {First: new(1), Last: new(1)},
			"last both_directions ": {First: new(1), Before: p.End()},
			"first out_of_range":    {First: new(0)},
			"first out_of_range ":   {First: new(201)},
			"first out_of_range  ":  {First: new(-1)},
			"last out_of_range":     {Last: new(-1)},
			"after bad_cursor":      {After: new("")},
			"after bad_cursor ":     {After: new("nonsense!")},
			"before bad_cursor":     {Before: new("e30")},
		} {
			_, err := byKey.Page(w.ctx, args)
			requireFields(t, err, trimmed(want))
			_, err = w.catalog.EventsOfApps(nil, nil).Pages(w.ctx, []string{w.app.ID}, args)
			requireFields(t, err, trimmed(want))
		}
		for _, other := range []*catalog.EventOrder{
			nil, {Field: catalog.EventsByName}, {Field: catalog.EventsByKey, Direction: catalog.Descending},
		} {
			_, err := w.catalog.Events(nil, nil, other).Page(w.ctx, catalog.PageArgs{After: p.End()})
			requireFields(t, err, "after wrong_order")
		}
		_, err = w.catalog.Properties(nil, nil, nil).Page(w.ctx, catalog.PageArgs{After: p.End()})
		requireFields(t, err, "after wrong_order")
		for _, forged := range []string{
			`{"o":"events.created_at","v":[-9223372036854775808],"i":"x"}`, `{"o":"events.created_at","v":[9223372036854775807],"i":"x"}`,
			`{"o":"events.created_at","v":[1e3],"i":"x"}`, `{"o":"events.created_at","v":[1],"i":"x\u0000"}`,
		} {
			after := base64.RawURLEncoding.EncodeToString([]byte(forged))
			_, err := w.catalog.Events(nil, nil, nil).Page(w.ctx, catalog.PageArgs{After: &after})
			requireFields(t, err, "after bad_cursor")
		}
		forged := base64.RawURLEncoding.EncodeToString([]byte(`{"o":"events.key","v":["a\u0000"],"i":"x"}`))
		_, err = byKey.Page(w.ctx, catalog.PageArgs{After: &forged})
		requireFields(t, err, "after bad_cursor")
		none, err := w.catalog.EventsOfApps(nil, nil).Pages(w.ctx, nil, catalog.PageArgs{})
		require.NoError(t, err)
		require.Empty(t, none)
	})
}

func trimmed(s string) string {
	for s[len(s)-1] == ' ' {
		s = s[:len(s)-1]
	}
	return s
}

// TestBatchesByNumber: 10000 comes after 9999.
func TestBatchesByNumber(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		require.NoError(t, w.store.Tx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
			return tx.App.UpdateOneID(w.app.ID).SetLastBatch(9997).Exec(ctx)
		}))
		other := w.newApp("other")
		var want []string
		for range 4 {
			want = append(want, w.newBatch(w.app).Number)
		}
		want = append([]string{w.newBatch(other).Number}, want...)
		require.Equal(t, "SHOP-10000", want[3])
		for _, backward := range []bool{false, true} {
			list := w.catalog.Batches(nil, nil, &catalog.BatchOrder{Field: catalog.BatchesByNumber})
			var got []string
			for _, b := range walk(t, 2, backward, func(args catalog.PageArgs) *catalog.Page[ent.Batch] {
				p, err := list.Page(w.ctx, args)
				require.NoError(t, err)
				return p
			}) {
				got = append(got, b.Number)
			}
			require.Equal(t, want, got)
		}
	})
}

func FuzzCursor(f *testing.F) {
	f.Add("eyJvIjoiZXZlbnRzLmtleSIsInYiOlsiYSJdLCJpIjoiZXZ0XzEifQ")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		err := catalog.CheckCursor(text)
		if err != nil {
			require.True(t, fault.Is(err, fault.InvalidInput))
		}
	})
}
