package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/event"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/store"
	"github.com/waymarkhq/waymark/internal/testkit"
)

// seedEvents saves n events of one app, with documents. Every third is about 支付.
func seedEvents(tb testing.TB, s *store.Store, n int) {
	tb.Helper()
	topics := []string{"支付", "搜索", "浏览"}
	places := []string{"首页", "商品详情页", "购物车", "订单列表", "我的", "活动会场", "直播间"}
	acts := []string{"点击", "曝光", "提交", "成功", "失败"}
	var appID, batchID string
	require.NoError(tb, s.Tx(tb.Context(), func(ctx context.Context, tx *ent.Tx) error {
		a := tx.App.Create().SetKey("shop").SetName("商城").SaveX(ctx)
		b := tx.Batch.Create().SetAppID(a.ID).SetSeq(1).SetNumber("SHOP-0001").SetTitle("首批").SaveX(ctx)
		appID, batchID = a.ID, b.ID
		return nil
	}))
	const chunk = 1000
	for from := 0; from < n; from += chunk {
		require.NoError(tb, s.Tx(tb.Context(), func(ctx context.Context, tx *ent.Tx) error {
			var builders []*ent.EventCreate
			for i := from; i < min(n, from+chunk); i++ {
				name := places[i/3%7] + topics[i%3] + acts[i/21%5]
				builders = append(builders, tx.Event.Create().SetAppID(appID).SetBatchID(batchID).
					SetKey(fmt.Sprintf("event_%05d", i)).SetKind(plan.EventKind("TRACK")).SetName(name).
					SetWireName(fmt.Sprintf("ElementClick%d", i)).
					SetModule(places[i/3%7]).
					SetDescription("用户在"+places[i/3%7]+"进行"+acts[i/21%5]+"时上报，用于分析转化漏斗；由客户端在交互完成后触发，失败时附带错误码。"))
			}
			events, err := tx.Event.CreateBulk(builders...).Save(ctx)
			if err != nil {
				return err
			}
			for _, e := range events {
				if err := s.Index(ctx, tx, documentOf(e)); err != nil {
					return err
				}
			}
			return nil
		}))
	}
}

func documentOf(e *ent.Event) store.Document {
	return store.Document{
		ID: e.ID, AppID: e.AppID, Kind: "EVENT", EventKind: string(e.Kind), Level: string(e.Level), Module: e.Module,
		Names: []store.Text{{Text: e.Key}, {Text: e.Name}, {Text: e.WireName}}, Prose: []store.Text{{Text: e.Description}},
	}
}

// The budget of similar names is 20 ms on 50,000 events.
func BenchmarkSimilar(b *testing.B) {
	for name, open := range map[string]func() *store.Store{
		"sqlite":   func() *store.Store { return testkit.SQLite(b) },
		"postgres": func() *store.Store { return testkit.OpenStore(b, store.Options{DatabaseURL: testkit.Postgres(b)}) },
	} {
		b.Run(name, func(b *testing.B) {
			s := open()
			seedEvents(b, s, 50_000)
			for _, text := range []string{"Event-04999", "evnet_04999", "elementclcik49999", "首页支付点击", "shouyezhifudianji", "something_else"} {
				b.Run(text, func(b *testing.B) {
					for b.Loop() {
						_, err := s.Similar(b.Context(), store.Search{Kinds: []string{"EVENT"}}, []string{text, "新事件"}, "", 10)
						require.NoError(b, err)
					}
				})
			}
		})
	}
}

// The budget of the search is 50 ms for any of these on 50,000 events.
func BenchmarkSearch(b *testing.B) {
	for name, open := range map[string]func() *store.Store{
		"sqlite":   func() *store.Store { return testkit.SQLite(b) },
		"postgres": func() *store.Store { return testkit.OpenStore(b, store.Options{DatabaseURL: testkit.Postgres(b)}) },
	} {
		b.Run(name, func(b *testing.B) {
			s := open()
			started := time.Now()
			seedEvents(b, s, 50_000)
			b.Logf("seeded in %s", time.Since(started))
			appID := s.Read().App.Query().OnlyIDX(b.Context())
			for _, text := range []string{
				"支付", "付", "点击", "直播间支付失败", "支付 首页 成功", "event_0", "event_04999", "e", "ElementClick49999", "没有的",
				"zf", "zhifu", "shouyezhifudianji", "zhibojianzhifushibai", "elementclcik49999", "evnet_04999", "evnet", "clcik zhifu", "nosuchword",
			} {
				b.Run("search/"+text, func(b *testing.B) {
					for b.Loop() {
						_, _, err := s.Search(b.Context(), store.Search{Text: text, Limit: 20})
						require.NoError(b, err)
					}
				})
				b.Run("with facets/"+text, func(b *testing.B) { // package catalog counts the 500 best, and shows the first of them
					for b.Loop() {
						_, _, err := s.Search(b.Context(), store.Search{Text: text, Limit: 500})
						require.NoError(b, err)
					}
				})
				b.Run("list/"+text, func(b *testing.B) {
					for b.Loop() {
						matches, err := s.Matches("EVENT", text)
						require.NoError(b, err)
						_, err = s.Read().Event.Query().Where(event.AppID(appID), matches).Order(event.ByCreatedAt(), event.ByID()).Limit(21).All(b.Context())
						require.NoError(b, err)
					}
				})
			}
		})
	}
}
