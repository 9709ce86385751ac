package catalog_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/store"
	"github.com/waymarkhq/waymark/internal/testkit"
)

// benchStores runs f on each kind of database.
func benchStores(b *testing.B, f func(b *testing.B, w *world)) {
	b.Helper()
	b.Run("sqlite", func(b *testing.B) { f(b, newWorld(b, testkit.SQLite(b))) })
	b.Run("postgres", func(b *testing.B) {
		f(b, newWorld(b, testkit.OpenStore(b, store.Options{DatabaseURL: testkit.Postgres(b)})))
	})
}

func BenchmarkPlans(b *testing.B) {
	benchStores(b, func(b *testing.B, w *world) {
		w.large(5000, 12)
		for b.Loop() {
			p, err := w.catalog.Plans(b.Context(), w.app.ID)
			require.NoError(b, err)
			require.Len(b, p.Environments[0].Plan.Definitions, 5000)
		}
	})
}

// BenchmarkPages reads a page of 20 somewhere in the middle of 50,000 events, and what 500 of 5,000 events have of 12
// properties each.
func BenchmarkPages(b *testing.B) {
	benchStores(b, func(b *testing.B, w *world) {
		w.fill(w.app, w.newBatch(w.app), 50_000)
		for name, order := range map[string]*catalog.EventOrder{
			"created": nil, "key": {Field: catalog.EventsByKey}, "name": {Field: catalog.EventsByName, Direction: catalog.Descending},
		} {
			list := w.catalog.Events(new("shop"), nil, order)
			middle, err := list.Page(w.ctx, catalog.PageArgs{First: new(200)})
			require.NoError(b, err)
			for range 50 {
				middle, err = list.Page(w.ctx, catalog.PageArgs{First: new(200), After: middle.End()})
				require.NoError(b, err)
			}
			b.Run(name, func(b *testing.B) {
				for b.Loop() {
					_, err := list.Page(w.ctx, catalog.PageArgs{After: middle.End()})
					require.NoError(b, err)
				}
			})
		}
		b.Run("terminal", func(b *testing.B) {
			list := w.catalog.Events(new("shop"), &catalog.EventFilter{Terminal: new("web"), Levels: []plan.Level{plan.LevelP0}}, nil)
			for b.Loop() {
				_, err := list.Page(w.ctx, catalog.PageArgs{})
				require.NoError(b, err)
			}
		})
	})
	benchStores(b, func(b *testing.B, w *world) {
		w.large(5000, 12)
		var parents []string
		for _, e := range walkSome(b, w, 500) {
			parents = append(parents, e.ID)
		}
		b.Run("children", func(b *testing.B) {
			for b.Loop() {
				pages, err := w.catalog.PropertiesOfEvents().Pages(w.ctx, parents, catalog.PageArgs{})
				require.NoError(b, err)
				require.Len(b, pages[parents[0]].Nodes, 12)
			}
		})
	})
}

func walkSome(b *testing.B, w *world, n int) []*ent.Event {
	b.Helper()
	var all []*ent.Event
	args := catalog.PageArgs{First: new(100)}
	for len(all) < n {
		p, err := w.catalog.Events(nil, nil, nil).Page(w.ctx, args)
		require.NoError(b, err)
		all, args.After = append(all, p.Nodes...), p.End()
	}
	return all
}
