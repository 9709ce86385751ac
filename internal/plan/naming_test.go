package plan_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

func TestWordsOfNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"order_paid": "order paid", "orderPaid": "order Paid", "OrderPaid": "Order Paid", "order-paid": "order paid",
		"HTTPServerError": "HTTP Server Error", "userID": "user ID", "page2View": "page2 View", "支付_成功": "支付 成功",
		"支付成功": "支付成功", "__a__": "a", "$AppClick": "App Click", "": "", "_": "", "A": "A", "aB": "a B", "é́tat": "é́tat",
	} {
		require.Equal(t, want, strings.Join(plan.Words(name), " "), name)
	}
}

func TestCasings(t *testing.T) {
	t.Parallel()
	for name, fits := range map[string]string{
		"order_paid": "snake_case", "orderPaid": "camelCase", "OrderPaid": "PascalCase", "order-paid": "kebab-case",
		"order": "snake_case kebab-case camelCase", "Order": "PascalCase", "支付": "snake_case kebab-case camelCase PascalCase",
		"支付_ok": "snake_case", "order_2": "snake_case", "order__paid": "", "_order": "", "order_": "", "2order": "",
		"Order_paid": "", "order paid": "", "$order": "", "": "", "支付成功2": "snake_case kebab-case camelCase PascalCase",
	} {
		var got []string
		for _, c := range []plan.Casing{plan.CasingSnake, plan.CasingKebab, plan.CasingCamel, plan.CasingPascal} {
			if c.Fits(name) {
				got = append(got, c.Example())
			}
		}
		require.Equal(t, fits, strings.Join(got, " "), name)
		require.True(t, plan.CasingFree.Fits(name))
	}
}

// TestConvertedNamesFit turns words into each casing, and one casing into the other.
func TestConvertedNamesFit(t *testing.T) {
	t.Parallel()
	casing := rapid.SampledFrom([]plan.Casing{plan.CasingSnake, plan.CasingKebab, plan.CasingCamel, plan.CasingPascal})
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.StringMatching(`[a-z][a-z]+[0-9]?|支付`), 1, 4).Draw(t, "words")
		a, b := casing.Draw(t, "a"), casing.Draw(t, "b")
		name := a.Convert(strings.Join(words, "_"))
		require.True(t, a.Fits(name), name)
		require.True(t, b.Fits(b.Convert(name)), name)
		if !strings.Contains(name, "支付") { // where nothing joins them, scripts without case run together
			require.Equal(t, strings.Join(words, "_"), plan.CasingSnake.Convert(b.Convert(name)))
		}
	})
}

func TestNaming(t *testing.T) {
	t.Parallel()
	var n plan.Naming
	require.NoError(t, json.Unmarshal([]byte(`{
		"events": {"casing":"SNAKE_CASE","firstWords":["view","Click","支付"],"maxLength":20},
		"eventKeys": {"pattern":"[a-z]+_[a-z]+"},
		"properties": {"words":["order","ID","price"],"reserved":["time","user_group*","Date"],"minLength":3}
	}`), &n))
	var f fault.Fields
	n.Validate("naming", &f)
	require.NoError(t, f.Err())
	for _, c := range []struct {
		kind       plan.NameKind
		name, want string
	}{
		{plan.NameEvent, "view_item", ""},
		{plan.NameEvent, "支付_成功", ""},
		{plan.NameEvent, "click_" + strings.Repeat("a", 14), ""},
		{plan.NameEvent, "viewItem", "wireName naming_casing"},
		{plan.NameEvent, "paid_order", "wireName naming_words"},
		{plan.NameEvent, "PayItem" + strings.Repeat("a", 14), "wireName naming_casing, wireName naming_words, wireName naming_length"},
		{plan.NameEventKey, "order_paid", ""},
		{plan.NameEventKey, "order_paid_twice", "key naming_pattern"},
		{plan.NameProperty, "orderId", ""},
		{plan.NameProperty, "order_price", ""},
		{plan.NameProperty, "order_cost", "key naming_words"},
		{plan.NameProperty, "id", "key naming_length"},
		{plan.NameProperty, "time", "key naming_words, key naming_reserved"},
		{plan.NameProperty, "DATE", "key naming_words, key naming_reserved"},
		{plan.NameProperty, "User_Group_Order", "key naming_words, key naming_reserved"},
		{"OTHER", "anything goes", ""},
	} {
		var got []string
		for _, f := range n.Check(c.kind, c.name) {
			require.NotNil(t, plan.Guard(f.Rule))
			require.NotEmpty(t, f.Message)
			require.Equal(t, c.name, f.Params["name"])
			got = append(got, f.Path+" "+f.Rule)
		}
		require.Equal(t, c.want, strings.Join(got, ", "), c.name)
	}
	require.Equal(t, "view_item", n.Check(plan.NameEvent, "ViewItem")[0].Params["suggestion"])
	require.Equal(t, "user_group*", n.Check(plan.NameProperty, "user_group_x")[1].Params["reserved"])
	require.Empty(t, (&plan.Naming{}).Check(plan.NameEvent, "What ever"))
	require.NotContains(t, n.Check(plan.NameEvent, "$")[0].Params, "suggestion")
}

func TestNamingsThatAreRefused(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{}`:                            "",
		`{"events":{"casing":"snake"}}`: "n.events.casing unknown_casing",
		`{"eventKeys":{"pattern":"("}}`: "n.eventKeys.pattern bad_pattern",
		`{"properties":{"words":["a","A",""," b"]}}`:       "n.properties.words[1] duplicate, n.properties.words[2] required, n.properties.words[3] outer_blank",
		`{"events":{"minLength":0,"maxLength":201}}`:       "n.events.minLength out_of_range, n.events.maxLength out_of_range",
		`{"events":{"minLength":5,"maxLength":4}}`:         "n.events.minLength contradiction",
		`{"events":{"minLength":4,"maxLength":4}}`:         "",
		`{"events":{"reserved":["` + long(101) + `"]}}`:    "n.events.reserved[0] too_long",
		`{"events":{"firstWords":["a","b","c","b"]}}`:      "n.events.firstWords[3] duplicate",
		`{"events":{"pattern":"` + long(501) + `"}}`:       "n.events.pattern too_long",
		`{"events":{"words":[` + list(2001, `"a"`) + `]}}`: "n.events.words too_many",
	} {
		var n plan.Naming
		require.NoError(t, json.Unmarshal([]byte(text), &n), text)
		var f fault.Fields
		n.Validate("n", &f)
		require.Equal(t, want, strings.Join(reasons(f), ", "), text)
	}
}

func long(n int) string              { return strings.Repeat("a", n) }
func list(n int, item string) string { return strings.Repeat(item+",", n-1) + item }

func TestCompleteness(t *testing.T) {
	t.Parallel()
	all := plan.Completeness{
		Description: true, Trigger: true, Owner: true, Level: true, Module: true, PropertyDescription: true, Example: true,
	}
	event := plan.Frozen{
		Kind: plan.KindTrack, Description: "d", Trigger: "t", OwnerIDs: []string{"usr_1"}, Level: plan.LevelP1, Module: "m",
		Properties: []plan.FrozenProperty{
			{Key: "a", Description: "d", Example: "e"}, {Key: "b", Description: "d", PropertyExample: "e"},
		},
	}
	require.Empty(t, all.Check(&event))
	for _, c := range []struct {
		change func(c *plan.Completeness, f *plan.Frozen)
		want   string
	}{
		{func(_ *plan.Completeness, f *plan.Frozen) { f.Description = " \n" }, "description"},
		{func(_ *plan.Completeness, f *plan.Frozen) { f.Trigger = "" }, "trigger"},
		{func(_ *plan.Completeness, f *plan.Frozen) { f.Trigger, f.Kind = "", plan.KindItem }, ""},
		{func(_ *plan.Completeness, f *plan.Frozen) { f.OwnerIDs = nil }, "ownerIds"},
		{func(_ *plan.Completeness, f *plan.Frozen) { f.Level, f.Module = "", "" }, "level module"},
		{func(_ *plan.Completeness, f *plan.Frozen) { f.Properties[1] = plan.FrozenProperty{Key: "支付"} }, "properties[支付].description properties[支付].example"},
		{func(c *plan.Completeness, f *plan.Frozen) { c.Description, f.Description = false, "" }, ""},
		{func(c *plan.Completeness, f *plan.Frozen) { c.Levels, f.Trigger = []plan.Level{plan.LevelP0}, "" }, ""},
		{func(c *plan.Completeness, f *plan.Frozen) { c.Levels, f.Trigger = []plan.Level{plan.LevelP1}, "" }, "trigger"},
	} {
		rules, changed := all, event
		changed.Properties = append([]plan.FrozenProperty{}, event.Properties...)
		c.change(&rules, &changed)
		var got []string
		for _, f := range rules.Check(&changed) {
			require.Equal(t, plan.GuardIncomplete, f.Rule)
			got = append(got, f.Path)
		}
		require.Equal(t, c.want, strings.Join(got, " "))
	}
	require.Len(t, all.CheckProperty(&plan.FrozenProperty{}), 2)
	require.Equal(t, "example", all.CheckProperty(&plan.FrozenProperty{Description: "d"})[0].Path)
	require.Empty(t, (&plan.Completeness{}).Check(&plan.Frozen{}))

	var f fault.Fields
	(&plan.Completeness{Levels: []plan.Level{"P0", "P3", "P0"}}).Validate("c", &f)
	require.Equal(t, []string{"c.levels[1] unknown_level", "c.levels[2] duplicate"}, reasons(f))
}
