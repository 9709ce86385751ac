package store_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/app"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/store"
	"github.com/waymarkhq/waymark/internal/testkit"
)

// named is a document with names: its key, what people call it, and what devices send.
func named(id, app, kind, key, name string, prose ...string) store.Document {
	d := store.Document{ID: id, AppID: app, Kind: kind, Names: []store.Text{{Text: key}, {Text: name}}}
	for _, p := range prose {
		d.Prose = append(d.Prose, store.Text{Text: p})
	}
	return d
}

func index(t testing.TB, s *store.Store, docs ...store.Document) {
	t.Helper()
	require.NoError(t, s.Tx(t.Context(), func(ctx context.Context, tx *ent.Tx) error { return s.Index(ctx, tx, docs...) }))
}

// find returns the ids of all hits in order, read in pages of three.
func find(ctx context.Context, t require.TestingT, s *store.Store, q store.Search) []string {
	var ids []string
	q.Limit = 3
	for {
		hits, more, err := s.Search(ctx, q)
		require.NoError(t, err)
		for _, h := range hits {
			ids = append(ids, h.ID)
		}
		if !more {
			return ids
		}
		require.Len(t, hits, q.Limit)
		q.After = &hits[len(hits)-1].Cursor
	}
}

func TestSearchFindsAndRanks(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		index(t, s,
			named("evt_1", "app_a", "EVENT", "order_pay_success", "订单支付成功", "OrderPaySuccess", "用户完成支付后上报"),
			named("evt_2", "app_a", "EVENT", "pay", "支付", "Pay", "点击支付按钮 100%_ok"),
			named("evt_3", "app_b", "EVENT", "pay_fail", "支付失败", "Pay\"Fail' OR 1=1 --"),
			named("prp_1", "", "PROPERTY", "pay_type", "支付方式", "微信😀支付宝"),
			named("bat_1", "app_a", "BATCH", "SHOP-0042", "ＰＡＹ v2 Straße"),
		)
		for _, c := range []struct {
			text string
			want string
		}{
			{"支付", "evt_2 evt_3 prp_1 evt_1"},
			{"付", "evt_1 evt_2 evt_3 prp_1"},
			{"PAY", "evt_2 evt_3 prp_1 bat_1 evt_1"},
			{"  pay \t v2 ", "bat_1"},
			{"支付 成功", "evt_1"},
			{"成功 支付", "evt_1"},
			{"shop-0042", "bat_1"},
			{"0042", "bat_1"},
			{"STRASSE", "bat_1"},
			{"pay v2 strasse", "bat_1"},
			{"pay_", "evt_2 evt_3 prp_1 bat_1 evt_1"},
			{"y_t", "prp_1"},
			{"order-pay.success", "evt_1"},
			{"orderpay", "evt_1"},
			{"OrderPay", "evt_1"},
			{"order/pay", "evt_1"},
			{"shop0042", "bat_1"},
			{"ordre_pay", "evt_1"},
			{"succes_order", ""},
			{"sucecss", "evt_1"},
			{"pay ordre", "evt_1"},
			{"zf", "evt_1 evt_2 evt_3 prp_1"},
			{"zhifu", "evt_1 evt_2 evt_3 prp_1"},
			{"zhif", "evt_1 evt_2 evt_3 prp_1"},
			{"dingdan", "evt_1"},
			{"ddzfcg", "evt_1"},
			{"zfcg order", "evt_1"},
			{"zfcg ordre", "evt_1"},
			{"hifu", ""},
			{"z", ""},
			{"_", ""},
			{"😀", "prp_1"},
			{"信😀支", "prp_1"},
			{"100%_", "evt_2"},
			{"%", "evt_2"},
			{`"fail'`, "evt_3"},
			{"' or 1=1 --", "evt_3"},
			{"付成上", ""},
			{"宝支", ""},
			{"功o", ""},
			{"", ""},
			{" \t\n\u3000", ""},
			{`" OR *`, ""},
			{"evt_1", ""},
			{"\x00", ""},
			{"\xff\xfe", ""},
		} {
			require.Equal(t, c.want, strings.Join(find(t.Context(), t, s, store.Search{Text: c.text}), " "), "%q", c.text)
		}
		for _, c := range []struct {
			q    store.Search
			want string
		}{
			{store.Search{AppIDs: []string{"app_a"}}, "evt_2 prp_1 evt_1"},
			{store.Search{AppIDs: []string{"app_a", "app_b", "app_c"}}, "evt_2 evt_3 prp_1 evt_1"},
			{store.Search{AppIDs: []string{}}, "prp_1"},
			{store.Search{Kinds: []string{"EVENT"}}, "evt_2 evt_3 evt_1"},
			{store.Search{Kinds: []string{"PROPERTY", "BATCH"}}, "prp_1"},
			{store.Search{Kinds: []string{"EVENT"}, AppIDs: []string{"app_b"}}, "evt_3"},
			{store.Search{Kinds: []string{"a\" OR \"b"}, AppIDs: []string{"app_b'"}}, ""},
		} {
			c.q.Text = "支付"
			require.Equal(t, c.want, strings.Join(find(t.Context(), t, s, c.q), " "), "%+v", c.q)
		}
		hits, more, err := s.Search(t.Context(), store.Search{Text: "支付", Limit: 4})
		require.NoError(t, err)
		require.False(t, more)
		require.Equal(t, store.SearchHit{ID: "evt_2", AppID: "app_a", Kind: "EVENT", Cursor: store.SearchCursor{Rank: store.RankExact, Seq: hits[0].Cursor.Seq}}, hits[0])
		require.Equal(t, store.RankText, hits[3].Cursor.Rank)
		hits, _, err = s.Search(t.Context(), store.Search{Text: "zhifu order", Limit: 4})
		require.NoError(t, err)
		require.Equal(t, store.RankPinyin, hits[0].Cursor.Rank)
		hits, _, err = s.Search(t.Context(), store.Search{Text: "pay", Limit: 5})
		require.NoError(t, err)
		require.Equal(t, store.RankWord, hits[len(hits)-1].Cursor.Rank)
	})
}

// However many documents are looked at in a row, or by the index, none is left out and none comes twice.
func TestSearchGoesOnThroughMany(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		var docs []store.Document
		var want []string
		for i := range 3000 {
			d := named(fmt.Sprintf("evt_%04d", i), "", "EVENT", fmt.Sprintf("e%d", i), fmt.Sprint("浏览", i))
			if i < 2300 && i%2 == 0 || i > 2900 {
				d.Names[1].Text = fmt.Sprint("支付", i)
				want = append(want, d.ID)
			}
			docs = append(docs, d)
		}
		index(t, s, docs...)
		for _, text := range []string{"付", "支付", "zf"} {
			for _, limit := range []int{len(want), 999, 100} {
				var got []string
				var after *store.SearchCursor
				for more := true; more; {
					var hits []store.SearchHit
					var err error
					hits, more, err = s.Search(t.Context(), store.Search{Text: text, Limit: limit, After: after})
					require.NoError(t, err)
					for _, h := range hits {
						got = append(got, h.ID)
					}
					after = &hits[len(hits)-1].Cursor
				}
				require.Equal(t, want, got, "%s, %d at once", text, limit)
			}
		}
	})
}

// The word that is found worst decides, wherever it stands; a syllable that is only begun may be cut like two.
func TestSearchRanksByTheWorstWord(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		index(t, s, named("evt_1", "", "EVENT", "order_pay", "西安支付", "每年一次"), named("evt_2", "", "EVENT", "x", "支年"))
		for text, want := range map[string]store.SearchHit{
			"xian":         {ID: "evt_1", Cursor: store.SearchCursor{Rank: store.RankPinyin}},
			"xianzhif":     {ID: "evt_1", Cursor: store.SearchCursor{Rank: store.RankPinyin}},
			"zhinia":       {ID: "evt_2", Cursor: store.SearchCursor{Rank: store.RankPinyin}},
			"zf ordre":     {ID: "evt_1", Cursor: store.SearchCursor{Rank: store.RankFuzzy}},
			"ordre zf":     {ID: "evt_1", Cursor: store.SearchCursor{Rank: store.RankFuzzy}},
			"ordre zf pay": {ID: "evt_1", Cursor: store.SearchCursor{Rank: store.RankFuzzy}},
			"zf 一次":        {ID: "evt_1", Cursor: store.SearchCursor{Rank: store.RankPinyin}},
			"order pay 一次": {ID: "evt_1", Cursor: store.SearchCursor{Rank: store.RankText}},
			"pay order":    {ID: "evt_1", Cursor: store.SearchCursor{Rank: store.RankWord}},
			"orderp":       {ID: "evt_1", Cursor: store.SearchCursor{Rank: store.RankPrefix}},
		} {
			hits, _, err := s.Search(t.Context(), store.Search{Text: text, Limit: 5})
			require.NoError(t, err)
			require.Len(t, hits, 1, text)
			require.Equal(t, want.ID, hits[0].ID, text)
			require.Equal(t, want.Cursor.Rank, hits[0].Cursor.Rank, text)
		}
	})
}

func TestIndexReplacesAndForgets(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		index(t, s, named("evt_1", "", "EVENT", "one", "First"), named("evt_2", "", "EVENT", "two", "Second"))
		before, _, err := s.Search(ctx, store.Search{Text: "first", Limit: 1})
		require.NoError(t, err)
		index(t, s, named("evt_1", "app_a", "EVENT", "uno", "Primo"))
		require.Empty(t, find(ctx, t, s, store.Search{Text: "first"}))
		after, _, err := s.Search(ctx, store.Search{Text: "primo", Limit: 1, AppIDs: []string{"app_a"}})
		require.NoError(t, err)
		require.Equal(t, before[0].Cursor.Seq, after[0].Cursor.Seq, "it keeps its place")

		boom := fmt.Errorf("boom")
		err = s.Tx(ctx, func(ctx context.Context, tx *ent.Tx) error {
			require.NoError(t, s.Unindex(ctx, tx, "evt_1", "evt_2", "evt_none"))
			return boom
		})
		require.ErrorIs(t, err, boom)
		require.Equal(t, []string{"evt_2"}, find(ctx, t, s, store.Search{Text: "two"}))
		require.NoError(t, s.Tx(ctx, func(ctx context.Context, tx *ent.Tx) error { return s.Unindex(ctx, tx, "evt_1", "evt_2", "evt_none") }))
		require.Empty(t, find(ctx, t, s, store.Search{Text: "two"}))
		require.Empty(t, find(ctx, t, s, store.Search{Text: "primo"}))
	})
}

func TestSearchBoundsItsInput(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		index(t, s, named("evt_1", "", "EVENT", strings.Repeat("长", 5000), strings.Repeat("ab\x00 ", 100_000)))
		require.Equal(t, []string{"evt_1"}, find(ctx, t, s, store.Search{Text: strings.Repeat("长", 256)}))
		require.Equal(t, []string{"evt_1"}, find(ctx, t, s, store.Search{Text: "ab"}))
		for _, text := range []string{strings.Repeat("长", 257), strings.Repeat("x ", 5000), strings.Repeat("ﷺ", 200)} {
			_, _, err := s.Search(ctx, store.Search{Text: text, Limit: 1})
			requireFault(t, err, fault.InvalidInput, "invalid_input")
			_, err = s.Matches("EVENT", text)
			requireFault(t, err, fault.InvalidInput, "invalid_input")
		}
		hits, more, err := s.Search(ctx, store.Search{Text: "ab"})
		require.NoError(t, err)
		require.False(t, more)
		require.Empty(t, hits)
	})
}

// A list query finds by text, with few hits and with many, and beside other conditions.
func TestMatches(t *testing.T) {
	t.Parallel()
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		require.NoError(t, s.Tx(ctx, func(ctx context.Context, tx *ent.Tx) error {
			var builders []*ent.AppCreate
			for i := range 1500 {
				builders = append(builders, tx.App.Create().SetKey(fmt.Sprintf("app-%04d", i)).SetName(fmt.Sprint("应用 ", i%3)))
			}
			apps, err := tx.App.CreateBulk(builders...).Save(ctx)
			if err != nil {
				return err
			}
			for i, a := range apps {
				more := "odd"
				if i < 1200 {
					more = "common"
				}
				if err := s.Index(ctx, tx, named(a.ID, "", "APP", a.Key, a.Name, more)); err != nil {
					return err
				}
				// An object of another kind with the same text, which must not matter.
				other := named("bat"+a.ID, "", "BATCH", a.Key, a.Name, more)
				if err := s.Index(ctx, tx, other); err != nil {
					return err
				}
			}
			return nil
		}))
		for text, want := range map[string]int{
			"": 1500, "common": 1200, "odd": 300, "app-0007": 1, "应用 common": 1200, "应用 odd": 300, "none": 0, "%": 0,
		} {
			matches, err := s.Matches("APP", text)
			require.NoError(t, err)
			require.Equal(t, want, s.Read().App.Query().Where(matches).CountX(ctx), "%q", text)
			all := s.Read().App.Query().Where(matches, app.NameEQ("应用 1")).Order(app.ByKey()).AllX(ctx)
			if want > 1 {
				require.Len(t, all, want/3, "%q", text)
			}
		}
		matches, err := s.Matches("APP", "common")
		require.NoError(t, err)
		stopped, cancel := context.WithCancel(ctx)
		cancel()
		_, err = s.Read().App.Query().Where(matches).All(stopped)
		require.ErrorIs(t, err, context.Canceled)
	})
}

// No query text makes the databases fail.
func FuzzSearch(f *testing.F) {
	s := testkit.SQLite(f)
	pg := testkit.OpenStore(f, store.Options{DatabaseURL: testkit.Postgres(f)})
	doc := named("evt_1", "", "EVENT", "pay", "支付 \"a\" OR b*")
	index(f, s, doc)
	index(f, pg, doc)
	for _, text := range []string{"", "支付", `" OR "`, "a*", "NEAR(a b)", "%_", "\x00", "\xff", "a^b:c{d}", "😀", "(", "-x", strings.Repeat("é", 300)} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var found [2]int
		for i, s := range []*store.Store{s, pg} {
			hits, _, err := s.Search(t.Context(), store.Search{Text: text, Limit: 5})
			if err != nil {
				require.True(t, fault.Is(err, fault.InvalidInput), "%v", err)
				require.Greater(t, utf8.RuneCountInString(norm.NFKC.String(text)), 100)
			}
			found[i] = len(hits)
		}
		require.Equal(t, found[0], found[1])
	})
}
