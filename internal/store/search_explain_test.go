package store_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/waymarkhq/waymark/internal/store"
)

func TestExplainShowsWhatWasFound(t *testing.T) {
	t.Parallel()
	d := store.Document{
		Names: []store.Text{{Field: "key", Text: "order_pay"}, {Field: "name", Text: "订单支付成功"}, {Field: "wire", Text: "ＯrderPay"}},
		Prose: []store.Text{{Field: "description", Text: "After an order, pay\n 支付 " + strings.Repeat("很", 200)}},
	}
	for query, want := range map[string]string{
		"orderpay":  "key [order_pay] wire [ＯrderPay]",
		"pay":       "key order_[pay] wire Ｏrder[Pay] description After an order, [pay]\n 支付 " + strings.Repeat("很", 96) + "…",
		"支付":        "name 订单[支付]成功 description After an order, pay\n [支付] " + strings.Repeat("很", 96) + "…",
		"zf":        "name 订单[支付]成功",
		"zhifuche":  "name 订单[支付成]功",
		"ordre_pay": "key [order_pay] wire [ＯrderPay]",
		"ordr 成功":   "name 订单支付[成功]",
		"ordre 成功":  "key [order]_pay name 订单支付[成功] wire [Ｏrder]Pay",
		"none":      "",
		"_":         "",
	} {
		require.Equal(t, want, shown(store.Explain(d, query)), query)
	}
	long := store.Document{Prose: []store.Text{{Field: "description", Text: strings.Repeat("前", 100) + "支付" + strings.Repeat("后", 200)}}}
	require.Equal(t, "description …"+strings.Repeat("前", 30)+"[支付]"+strings.Repeat("后", 88)+"…", shown(store.Explain(long, "支付")))
}

// Whatever is written and asked, what is shown is what is written.
func TestExplainKeepsTheText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.StringN(0, 50, -1), rapid.StringOfN(rapid.SampledFrom([]rune("aAbＢß付支 _%\"'-İé😀́")), 0, 20, -1)).Draw(t, "text")
		query := rapid.OneOf(rapid.StringN(0, 5, -1), rapid.SampledFrom([]string{"a", "ab", "zf", "fz", text})).Draw(t, "query")
		d := store.Document{Names: []store.Text{{Text: text}}, Prose: []store.Text{{Text: text}}}
		for _, m := range store.Explain(d, query) {
			whole, found := "", false
			for _, f := range m.Fragments {
				whole, found = whole+f.Text, found || f.Found
			}
			require.Equal(t, strings.ToValidUTF8(text, "\uFFFD"), whole)
			require.True(t, found)
		}
	})
}

func shown(matches []store.SearchMatch) string {
	var parts []string
	for _, m := range matches {
		text := m.Field + " "
		for _, f := range m.Fragments {
			if f.Found {
				f.Text = "[" + f.Text + "]"
			}
			text += f.Text
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, " ")
}
