package catalog_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/store"
)

// found returns the keys and titles of what a search finds.
func (w *world) found(q catalog.SearchQuery) (found []string) {
	w.t.Helper()
	p, err := w.catalog.Search(w.ctx, q)
	require.NoError(w.t, err)
	for _, row := range p.Rows {
		switch row := row.(type) {
		case *ent.App:
			found = append(found, row.Key)
		case *ent.Batch:
			found = append(found, row.Number)
		case *ent.Event:
			found = append(found, row.Key)
		case *ent.Property:
			found = append(found, row.Key)
		case *ent.ValueSet:
			found = append(found, row.Key)
		}
	}
	return found
}

func TestSearchCountsAndNarrows(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		b := w.newBatch(w.app)
		for key, level := range map[string]plan.Level{"pay_a": plan.LevelP0, "pay_b": plan.LevelP1, "pay_c": plan.LevelP1} {
			in := tracked(b, key)
			in.Level, in.Module = level, map[string]string{"pay_c": "支付"}[key]
			_, err := w.catalog.CreateEvent(w.ctx, in)
			require.NoError(t, err)
		}
		w.newProperty(w.app, "pay_type", text())
		w.newProperty(nil, "pay_global", text())
		facets := func(q catalog.SearchQuery) *catalog.SearchFacets {
			p, err := w.catalog.Search(w.ctx, q)
			require.NoError(t, err)
			f, err := w.catalog.Facets(w.ctx, p)
			require.NoError(t, err)
			return f
		}
		require.Equal(t, &catalog.SearchFacets{
			TotalCount: 5, Complete: true,
			Types:   []catalog.FacetCount{{Value: "EVENT", Count: 3}, {Value: "PROPERTY", Count: 2}},
			Apps:    []catalog.FacetCount{{Value: w.app.ID, Count: 4}},
			Kinds:   []catalog.FacetCount{{Value: "TRACK", Count: 3}},
			Levels:  []catalog.FacetCount{{Value: "P1", Count: 2}, {Value: "P0", Count: 1}},
			Modules: []catalog.FacetCount{{Value: "支付", Count: 1}},
		}, facets(catalog.SearchQuery{Text: "pay", First: new(1)}))
		require.Equal(t, 2, facets(catalog.SearchQuery{Text: "PAY", Levels: []string{"P1"}}).TotalCount)
		require.Equal(t, []string{"pay_c"}, w.found(catalog.SearchQuery{Text: "pay", Modules: []string{"支付"}}))
		require.Equal(t, []string{"pay_a"}, w.found(catalog.SearchQuery{Text: "pay", Levels: []string{"P0"}, EventKinds: []string{"TRACK"}}))
		require.Empty(t, w.found(catalog.SearchQuery{Text: "pay", EventKinds: []string{"COMMON"}}))

		p, err := w.catalog.Search(w.ctx, catalog.SearchQuery{Text: "pay", First: new(2)})
		require.NoError(t, err)
		last := p.Cursor(1)
		require.Equal(t, 5, facets(catalog.SearchQuery{Text: "pay", First: new(2), After: &last}).TotalCount, "of all pages")

		// Counts say nothing of apps that one may not see.
		other := w.newApp("other")
		in := tracked(w.newBatch(other), "pay_elsewhere")
		_, err = w.catalog.CreateEvent(w.ctx, in)
		require.NoError(t, err)
		p, err = w.catalog.Search(w.in(w.app, auth.Viewer), catalog.SearchQuery{Text: "pay"})
		require.NoError(t, err)
		f, err := w.catalog.Facets(w.in(w.app, auth.Viewer), p)
		require.NoError(t, err)
		require.Equal(t, 5, f.TotalCount)
		require.Len(t, f.Apps, 1)
	})
}

// Of very many hits the best are counted, whatever page is asked for.
func TestSearchCountsTheBest(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		docs := make([]store.Document, catalog.MaxCounted+100)
		for i := range docs {
			docs[i] = store.Document{
				ID: fmt.Sprintf("bat_%03d", i), AppID: w.app.ID, Kind: catalog.IndexedBatch, Module: "later",
				Names: []store.Text{{Text: "SHOP"}, {Text: fmt.Sprintf("支付 %d", i)}},
			}
			if i < catalog.MaxCounted {
				docs[i].Module = fmt.Sprint(i % 2)
			}
		}
		docs[catalog.MaxCounted].Names[1].Text = "支付" // the best hit
		require.NoError(t, w.store.Tx(w.ctx, func(ctx context.Context, tx *ent.Tx) error { return w.store.Index(ctx, tx, docs...) }))
		hits, _, err := w.store.Search(w.ctx, store.Search{Text: "支付", Limit: 20})
		require.NoError(t, err)
		want := &catalog.SearchFacets{
			TotalCount: catalog.MaxCounted, Types: []catalog.FacetCount{{Value: "BATCH", Count: catalog.MaxCounted}},
			Apps:   []catalog.FacetCount{{Value: w.app.ID, Count: catalog.MaxCounted}},
			Kinds:  []catalog.FacetCount{},
			Levels: []catalog.FacetCount{},
			Modules: []catalog.FacetCount{
				{Value: "0", Count: catalog.MaxCounted / 2}, {Value: "1", Count: catalog.MaxCounted/2 - 1}, {Value: "later", Count: 1},
			},
		}
		after := base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"o":"search","r":%d,"s":%d}`, hits[19].Cursor.Rank, hits[19].Cursor.Seq))
		for _, q := range []catalog.SearchQuery{{}, {Counted: true}, {After: &after}, {After: &after, Counted: true}} {
			q.Text = "支付"
			p, err := w.catalog.Search(w.ctx, q)
			require.NoError(t, err)
			require.True(t, p.HasNext)
			f, err := w.catalog.Facets(w.ctx, p)
			require.NoError(t, err)
			require.Equal(t, want, f)
		}
	})
}

func TestSearchSaysWhatItFound(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		in := tracked(w.newBatch(w.app), "order_pay")
		in.Name, in.Description = "订单支付", "用户点击支付"
		_, err := w.catalog.CreateEvent(w.ctx, in)
		require.NoError(t, err)
		p, err := w.catalog.Search(w.ctx, catalog.SearchQuery{Text: "dingdan 支付", Types: []string{"EVENT"}})
		require.NoError(t, err)
		require.Len(t, p.Rows, 1)
		require.Equal(t, store.RankPinyin, p.Rank(0))
		matches, err := p.Matches(0)
		require.NoError(t, err)
		require.Equal(t, []store.SearchMatch{
			{Field: "NAME", Fragments: []store.SearchFragment{{Text: "订单支付", Found: true}}},
			{Field: "DESCRIPTION", Fragments: []store.SearchFragment{{Text: "用户点击"}, {Text: "支付", Found: true}}},
		}, matches)
	})
}

// What an earlier program indexed is indexed again, and what is gone is forgotten.
func TestReindex(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		b := w.newBatch(w.app)
		for i := range 120 {
			_, err := w.catalog.CreateEvent(w.ctx, tracked(b, "order_pay_"+string(rune('a'+i%26))+string(rune('a'+i/26))))
			require.NoError(t, err)
		}
		w.newProperty(nil, "order_type", text())
		w.newValueSet(w.app, "order_kind", "a")
		done, err := w.catalog.Reindex(w.ctx)
		require.NoError(t, err)
		require.Zero(t, done)
		require.NoError(t, w.store.Tx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
			_, err := tx.ExecContext(ctx, "UPDATE search_document SET version = 0, names = '', event_kind = ''")
			require.NoError(t, err)
			_, err = tx.ExecContext(ctx, "UPDATE search_document SET id = 'evt_gone' WHERE id = '"+w.app.ID+"'")
			require.NoError(t, err)
			return w.store.Index(ctx, tx, store.Document{ID: w.app.ID, AppID: w.app.ID, Kind: "APP", Names: []store.Text{{Text: "shop"}}})
		}))
		require.Empty(t, w.found(catalog.SearchQuery{Text: "orderpayaa", EventKinds: []string{"TRACK"}, First: new(1)}))
		done, err = w.catalog.Reindex(w.ctx)
		require.NoError(t, err)
		require.Equal(t, 124, done)
		require.Equal(t, []string{"order_pay_aa"}, w.found(catalog.SearchQuery{Text: "orderpayaa", EventKinds: []string{"TRACK"}, First: new(1)}))
		require.Equal(t, []string{"order_type"}, w.found(catalog.SearchQuery{Text: "ordertype"}))
		require.Equal(t, []string{"order_kind"}, w.found(catalog.SearchQuery{Text: "orderkind"}))
		require.Equal(t, []string{"shop", "SHOP-0001"}, w.found(catalog.SearchQuery{Text: "shop"}))
		done, err = w.catalog.Reindex(w.ctx)
		require.NoError(t, err)
		require.Zero(t, done)
	})
}
