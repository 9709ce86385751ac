package check_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/check"
	"github.com/waymarkhq/waymark/internal/plan"
)

// verdict sums a judgement up: the key of the definition, the verdict and the codes.
func verdict(r *check.Result) string {
	return fmt.Sprintf("%s %v %v", r.EventKey, r.Verdict, codes(r))
}

func TestTellingEventsOfOneNameApart(t *testing.T) {
	t.Parallel()
	c := compile(t,
		definition(t, `{"key":"any","wireName":"element_click"}`),
		definition(t, `{"key":"banner","wireName":"element_click","match":[{"property":"spm","value":"a1.b2"}]}`),
		definition(t, `{"key":"banner3","wireName":"element_click","match":[{"property":"spm","value":"a1.b2"},{"property":"index","value":"3"}]}`),
		definition(t, `{"key":"vip","wireName":"element_click","match":[{"property":"is_vip","value":"true"}]}`),
		definition(t, `{"key":"only","wireName":"page_view","match":[{"property":"page","value":"home"}]}`),
		definition(t, `{"key":"other","wireName":"page_view","match":[{"property":"page","value":"cart"},{"property":"tab","value":"1"}]}`),
	)
	for _, test := range []struct{ name, properties, want string }{
		{"element_click", `{}`, "any VALID []"},
		{"element_click", `{"spm":"a1.b3"}`, "any VALID [extra_property]"},
		{"element_click", `{"spm":"a1.b2"}`, "banner VALID []"},
		{"element_click", `{"index":3,"spm":"a1.b2"}`, "banner3 VALID []"},
		{"element_click", `{"index":"3","spm":"a1.b2"}`, "banner3 VALID []"},
		{"element_click", `{"index":3.0,"spm":"a1.b2"}`, "banner VALID [extra_property]"},
		{"element_click", `{"spm":"a1.b2","spm":"x"}`, "any VALID [extra_property extra_property]"},
		{"element_click", `{"spm":"x","spm":"a1.b2"}`, "banner INVALID [duplicate_property]"},
		{"element_click", `{"spm":["a1.b2"]}`, "any VALID [extra_property]"},
		{"element_click", `{"is_vip":true}`, "vip VALID []"},
		{"element_click", `{"is_vip":true,"spm":"a1.b2"}`, "banner VALID [extra_property]"},
		{"page_view", `{"page":"home"}`, "only VALID []"},
		{"page_view", `{"page":"cart","tab":1}`, "other VALID []"},
		{"page_view", `{"page":"cart"}`, " UNPLANNED [event_unmatched]"},
		{"page_view", `{}`, " UNPLANNED [event_unmatched]"},
	} {
		require.Equal(t, test.want, verdict(judge(t, c, "ios", track(t, test.name, test.properties))), "%+v", test)
	}
	v := judge(t, c, "ios", track(t, "page_view", `{"page":"cart"}`)).Violations[0]
	require.Equal(t, "page = home or page = cart and tab = 1", v.Expected)
	require.Equal(t, "page = cart, tab absent", v.Actual)
}

func TestManyVariantsOfOneName(t *testing.T) {
	t.Parallel()
	var definitions []plan.Definition
	for i := range 50 {
		definitions = append(definitions, definition(t, fmt.Sprintf(
			`{"key":"k%d","wireName":"click","match":[{"property":"p%d","value":"x"},{"property":"spm","value":"s%d"}]}`, i, i, i)))
	}
	c := compile(t, definitions...)
	require.Equal(t, "k7 VALID []",
		verdict(judge(t, c, "ios", track(t, "click", `{"spm":"s7","p7":"x"}`))))
	require.Equal(t, " UNPLANNED [event_unmatched]", verdict(judge(t, c, "ios", track(t, "click", `{"spm":"s8","p7":"x"}`))))
}

func TestTheSameMatchTwiceIsDecidedByKey(t *testing.T) {
	t.Parallel()
	b := definition(t, `{"key":"b","wireName":"x"}`)
	a := definition(t, `{"key":"a","wireName":"x"}`)
	byAlias := definition(t, `{"key":"0","wireName":"y","aliases":[{"name":"x"}]}`)
	require.Equal(t, "a VALID []", verdict(judge(t, compile(t, byAlias, b, a), "ios", track(t, "x", `{}`))))
	require.Equal(t, "0 VALID []", verdict(judge(t, compile(t, byAlias), "ios", track(t, "x", `{}`))))
}

func TestMatchesWithAsManyConditions(t *testing.T) {
	t.Parallel()
	c := compile(t,
		definition(t, `{"key":"c","wireName":"x","match":[{"property":"p","value":"1"}]}`),
		definition(t, `{"key":"b","wireName":"x","match":[{"property":"q","value":"1"}]}`),
		definition(t, `{"key":"a","wireName":"y","aliases":[{"name":"x"}],"match":[{"property":"r","value":"1"}]}`),
	)
	for sent, want := range map[string]string{
		`{"p":1,"q":1}`: "b", `{"p":1}`: "c", `{"r":1}`: "a", `{"p":1,"r":1}`: "c", `{"p":1,"q":1,"r":1}`: "b",
	} {
		require.Equal(t, want, judge(t, c, "ios", track(t, "x", sent)).EventKey, sent)
	}
}

func TestAliases(t *testing.T) {
	t.Parallel()
	until := now.Add(time.Minute)
	d := definition(t, `{"key":"paid","wireName":"order_paid","aliases":[{"name":"Paid"},{"name":"pay_success"}]}`)
	d.Aliases[1].Until = &until
	c := compile(t, d)
	require.Equal(t, "paid VALID []", verdict(judge(t, c, "ios", track(t, "Paid", `{}`))))
	require.Equal(t, "paid VALID []", verdict(judge(t, c, "ios", track(t, "pay_success", `{}`))))

	late := track(t, "pay_success", `{}`)
	late.ReceivedAt = until
	r := judge(t, c, "ios", late)
	require.Equal(t, " UNPLANNED [event_alias_ended]", verdict(r))
	require.Equal(t, "order_paid", r.Violations[0].Expected)
	require.Equal(t, "pay_success", r.Violations[0].Actual)
}

func TestWhyAnEventIsUnplanned(t *testing.T) {
	t.Parallel()
	c := compile(t,
		definition(t, `{"key":"a","wireName":"order_paid","terminals":["ios"]}`),
		definition(t, `{"key":"b","wireName":"ÄRGER","terminals":["ios","web"]}`),
	)
	for _, test := range []struct{ terminal, name, code, expected, actual string }{
		{"ios", "order_payed", check.EventUnplanned, "a planned event", "order_payed"},
		{"ios", "Order_Paid", check.EventCase, "order_paid", "Order_Paid"},
		{"web", "Order_Paid", check.EventCase, "order_paid", "Order_Paid"},
		{"web", "order_paid", check.TerminalUnplanned, "on ios", "web"},
		{"server", "ÄRGER", check.TerminalUnplanned, "on ios, web", "server"},
		{"ios", "ärger", check.EventCase, "ÄRGER", "ärger"},
		{"ios", "", check.EventUnplanned, "a planned event", `""`},
		{"", "nope", check.EventUnplanned, "a planned event", "nope"},
	} {
		r := judge(t, c, test.terminal, track(t, test.name, `{"any":1}`))
		require.Equal(t, capture.Unplanned, r.Verdict)
		require.Equal(t, []capture.Violation{{
			Code: test.code, Severity: capture.Error, Expected: test.expected, Actual: test.actual,
		}}, r.Violations)
		require.Empty(t, r.EventID+r.EventKey+r.RevisionID)
	}
}

func TestAnAppWithoutTerminals(t *testing.T) {
	t.Parallel()
	c, err := check.Compile(&plan.Plan{Definitions: []plan.Definition{
		definition(t, `{"key":"a","wireName":"order_paid","properties":[{"name":"p","type":{"base":"STRING"},"presence":"REQUIRED"}]}`),
	}})
	require.NoError(t, err)
	require.Empty(t, c.Terminal(&capture.Event{}))
	require.Equal(t, "a INVALID [property_missing]", verdict(judge(t, c, "", track(t, "order_paid", `{}`))))
	require.Equal(t, " UNPLANNED [event_case]", verdict(judge(t, c, "", track(t, "Order_Paid", `{}`))))
	require.Equal(t, " UNPLANNED [event_unplanned]", verdict(judge(t, c, "", track(t, "x", `{}`))))
}

func TestTheDefinitionIsNamed(t *testing.T) {
	t.Parallel()
	r := judge(t, compile(t, definition(t, `{"key":"a","wireName":"x"}`)), "ios", track(t, "x", `{}`))
	require.Equal(t, []string{"evt_a", "a", "evr_a"}, []string{r.EventID, r.EventKey, r.RevisionID})
}

func TestRecordsThatSDKsMake(t *testing.T) {
	t.Parallel()
	home := definition(t, `{"key":"home","wireName":"Home","properties":[{"name":"tab","type":{"base":"STRING"},"presence":"REQUIRED"}]}`)
	profile := definition(t, `{"key":"profile","kind":"USER_PROFILE","properties":[{"name":"level","type":{"base":"INTEGER"},"presence":"OPTIONAL"}]}`)
	set := definition(t, `{"key":"set","kind":"USER_PROFILE","wireName":"profile_set","properties":[{"name":"age","type":{"base":"INTEGER"},"presence":"REQUIRED"}]}`)
	item := definition(t, `{"key":"item","kind":"ITEM","wireName":"goods","properties":[{"name":"sku","type":{"base":"STRING"},"presence":"REQUIRED"}]}`)
	group := definition(t, `{"key":"group","wireName":"group","properties":[{"name":"x","type":{"base":"STRING"},"presence":"REQUIRED"}]}`)
	planned := compile(t, home, profile, set, item, group)
	empty := compile(t)
	for _, test := range []struct {
		checker    *check.Checker
		typ        capture.Type
		name       string
		properties string
		want       string
	}{
		{empty, capture.Page, "Home", `{"url":1}`, " VALID []"},
		{empty, capture.Screen, "screen", `{}`, " VALID []"},
		{empty, capture.Identify, "identify", `{"x":1}`, " VALID []"},
		{empty, capture.Group, "group", `{"x":1}`, " VALID []"},
		{empty, capture.Alias, "alias", `{}`, " VALID []"},
		{empty, capture.Item, "item", `{}`, " VALID []"},
		{empty, capture.Track, "Home", `{}`, " UNPLANNED [event_unplanned]"},

		{planned, capture.Page, "Home", `{"tab":"a","url":"u","title":"t","path":"p","referrer":"","search":"","name":"Home","category":"c","keywords":[]}`, "home VALID []"},
		{planned, capture.Screen, "Home", `{"name":"Home"}`, "home INVALID [property_missing]"},
		{planned, capture.Track, "Home", `{"tab":"a","url":"u"}`, "home VALID [extra_property]"},
		{planned, capture.Page, "Cart", `{}`, " VALID []"},
		{planned, capture.Group, "group", `{}`, " VALID []"},
		{planned, capture.Identify, "identify", `{"level":3,"nickname":"张三"}`, "profile VALID [extra_property]"},
		{planned, capture.Identify, "identify", `{"level":"3"}`, "profile INVALID [type_mismatch]"},
		{planned, capture.Identify, "profile_set", `{"y":1}`, "set INVALID [extra_property property_missing]"},
		{planned, capture.Identify, "profile_set", `{}`, "set VALID []"}, // says nothing of the profile
		{planned, capture.Item, "item_set", `{"sku":"a"}`, "item VALID []"},
		{planned, capture.Track, "profile_set", `{}`, " UNPLANNED [event_unplanned]"},
	} {
		require.Equal(t, test.want, verdict(judge(t, test.checker, "ios", event(t, test.typ, test.name, test.properties))), "%+v", test)
	}
	part := event(t, capture.Identify, "profile_set", `{"y":1}`)
	part.Partial = true
	require.Equal(t, "set VALID [extra_property]", verdict(judge(t, planned, "ios", part)), "it changes a part of the profile")
}

func TestRecognisingTerminals(t *testing.T) {
	t.Parallel()
	c := compile(t)
	for _, test := range []struct{ library, os, want string }{
		{"analytics.js", "", "web"},
		{"Analytics.JS", "iOS", "ios"},
		{"anything", "ipados", "ios"},
		{"analytics-go", "", ""},
		{"", "", ""},
	} {
		ev := &capture.Event{Library: capture.Library{Name: test.library}, OS: capture.OS{Name: test.os}}
		require.Equal(t, test.want, c.Terminal(ev), "%+v", test)
	}

	both, err := check.Compile(&plan.Plan{Terminals: []plan.Terminal{
		{Key: "h5", Libraries: []string{"js"}, Systems: []string{"Android", "iOS"}}, {Key: "rest", Libraries: []string{"js"}},
	}})
	require.NoError(t, err)
	require.Equal(t, "h5", both.Terminal(&capture.Event{Library: capture.Library{Name: "js"}, OS: capture.OS{Name: "android"}}))
	require.Equal(t, "rest", both.Terminal(&capture.Event{Library: capture.Library{Name: "js"}}))

	one, err := check.Compile(&plan.Plan{Terminals: []plan.Terminal{{Key: "web"}}})
	require.NoError(t, err)
	require.Equal(t, "web", one.Terminal(&capture.Event{}), "an app with one terminal never sees that choice")
}
