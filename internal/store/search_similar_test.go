package store_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/waymarkhq/waymark/internal/store"
	"github.com/waymarkhq/waymark/internal/testkit"
)

func TestAlike(t *testing.T) {
	t.Parallel()
	const none = store.Likeness(-1)
	for _, c := range []struct {
		a, b string
		want store.Likeness
	}{
		{"orderPay", "order_pay", store.LikeSpelling},
		{"Order Pay", "ＯＲＤＥＲ-PAY", store.LikeSpelling},
		{"orders_pay", "order_pay", store.LikeWords},
		{"PayOrder", "order_pay", store.LikeWords},
		{"product_viewed", "view_product", store.LikeWords},
		{"categories", "category", store.LikeWords},
		{"支付", "zhifu", store.LikeSound},
		{"支付成功", "支付城功", store.LikeSound},
		{"ordre_pay", "order_pay", store.LikeTyping},
		{"oder_pay", "order_pay", store.LikeTyping},
		{"banner1_click", "banner2_click", none},
		{"pay", "pal", none},
		{"支付", "支付成功", none},
		{"", "", none},
	} {
		for _, pair := range [][2]string{{c.a, c.b}, {c.b, c.a}} {
			like, ok := store.Alike(pair[0], pair[1])
			require.Equal(t, c.want != none, ok, "%q", pair)
			if ok {
				require.Equal(t, c.want, like, "%q", pair)
			}
		}
	}
}

// The index offers whatever is alike.
func TestSimilarAgreesWithPlainLook(t *testing.T) {
	t.Parallel()
	parts := rapid.SampledFrom([]string{"order", "Orders", "pay", "paid", "oder", "_", "-", " ", "1", "2", "支", "付", "zhi", "fu", "x"})
	names := rapid.Map(rapid.SliceOfN(parts, 0, 4), concatenated)
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		docs := make([]store.Document, 120)
		for i := range docs {
			docs[i] = store.Document{
				ID: fmt.Sprintf("evt_%03d", i), AppID: []string{"", "app_a", "app_b"}[i%3], Kind: "EVENT",
				Names: []store.Text{{Text: names.Example(i)}, {Text: names.Example(1000 + i)}},
			}
		}
		index(t, s, docs...)
		rapid.Check(t, func(t *rapid.T) {
			asked := rapid.SliceOfN(names, 1, 2).Draw(t, "names")
			except := rapid.SampledFrom([]string{"", "evt_000", "evt_017"}).Draw(t, "except")
			var byLikeness [4][]string
			for _, d := range docs {
				best := store.Likeness(len(byLikeness))
				for _, a := range asked {
					for _, b := range d.Names {
						if like, ok := store.Alike(a, b.Text); ok {
							best = min(best, like)
						}
					}
				}
				if int(best) < len(byLikeness) && d.ID != except && d.AppID != "app_b" {
					byLikeness[best] = append(byLikeness[best], d.ID)
				}
			}
			hits, err := s.Similar(t.Context(), store.Search{Kinds: []string{"EVENT"}, AppIDs: []string{"app_a"}}, asked, except, 500)
			require.NoError(t, err)
			var got []string
			for _, h := range hits {
				got = append(got, h.ID)
			}
			require.Equal(t, slices.Concat(byLikeness[:]...), got)
		})
	})
}
