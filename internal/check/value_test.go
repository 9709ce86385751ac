package check_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/check"
)

// value judges one value of a required property p, and returns the first violation.
func value(t *testing.T, typ, sent string) capture.Violation {
	t.Helper()
	d := definition(t, `{"wireName":"x","properties":[{"name":"p","presence":"REQUIRED","type":`+typ+`}]}`)
	r := judge(t, compile(t, d), "ios", track(t, "x", `{"p":`+sent+`}`))
	if len(r.Violations) == 0 {
		return capture.Violation{}
	}
	require.Len(t, r.Violations, 1, sent)
	return r.Violations[0]
}

func TestValues(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ typ, sent, code string }{
		{`{"base":"STRING"}`, `"苹果 🍎"`, ""},
		{`{"base":"STRING"}`, `5`, check.TypeMismatch},
		{`{"base":"STRING"}`, `" "`, ""},
		{`{"base":"STRING","nonEmpty":false}`, `""`, ""},
		{`{"base":"STRING","minLength":2}`, `""`, check.PropertyEmpty},
		{`{"base":"STRING","maxLength":1}`, `"🍎"`, ""},
		{`{"base":"STRING","pattern":"a|b"}`, `"ab"`, check.PatternMismatch},
		{`{"base":"STRING","pattern":"a"}`, `"a\n"`, check.PatternMismatch},
		{`{"base":"STRING"}`, `"null "`, ""},
		{`{"base":"STRING","valueSet":"vst_pay"}`, `"None"`, ""},
		{`{"base":"STRING","valueSet":"vst_pay"}`, `"undefined"`, check.PlaceholderValue},
		{`{"base":"STRING","minLength":20}`, `"undefined"`, check.PlaceholderValue},
		{`{"base":"STRING","minLength":20,"valueSet":"vst_pay"}`, `""`, check.PropertyEmpty},
		{`{"base":"STRING","valueSet":"vst_pay"}`, `"Wechat"`, check.EnumUnknown},
		{`{"base":"STRING","valueSet":"vst_level"}`, `"1e3"`, ""},
		{`{"base":"STRING","valueSet":"vst_level"}`, `"1000"`, check.EnumUnknown},
		{`{"base":"STRING","constant":"\"null\""}`, `"null"`, ""},

		{`{"base":"INTEGER"}`, `5.0`, ""},
		{`{"base":"INTEGER"}`, `5e-1`, check.TypeMismatch},
		{`{"base":"INTEGER"}`, `50e-1`, ""},
		{`{"base":"INTEGER"}`, `1e999999999`, ""},
		{`{"base":"INTEGER"}`, `1e-999999999`, check.TypeMismatch},
		{`{"base":"INTEGER"}`, `"5"`, check.TypeMismatch},
		{`{"base":"INTEGER"}`, `"NaN"`, check.PlaceholderValue},
		{`{"base":"INTEGER"}`, `""`, check.PlaceholderValue},
		{`{"base":"INTEGER","maximum":"9007199254740992"}`, `9007199254740993`, check.AboveMaximum},
		{`{"base":"INTEGER","maximum":"9007199254740993"}`, `9007199254740993`, ""},
		{`{"base":"INTEGER","maximum":"9223372036854775807"}`, `9223372036854775808`, check.AboveMaximum},
		{`{"base":"INTEGER","minimum":"-9223372036854775808"}`, `-9223372036854775809`, check.BelowMinimum},
		{`{"base":"NUMBER","maximum":"1e308"}`, `1e400`, check.AboveMaximum},
		{`{"base":"NUMBER","maximum":"1e308"}`, `1e999999999`, check.AboveMaximum},
		{`{"base":"NUMBER","minimum":"0"}`, `-1e-999999999`, check.BelowMinimum},
		{`{"base":"NUMBER","minimum":"0"}`, `-0`, ""},
		{`{"base":"NUMBER","minimum":"0.3"}`, `0.30000000000000000`, ""},
		{`{"base":"NUMBER","minimum":"0.3"}`, `0.29999999999999999`, check.BelowMinimum},
		{`{"base":"NUMBER","maximum":"0.1"}`, `0.10000000000000000000000001`, check.AboveMaximum},
		{`{"base":"INTEGER","valueSet":"vst_level"}`, `1000`, ""},
		{`{"base":"INTEGER","valueSet":"vst_level"}`, `2.0`, ""},
		{`{"base":"INTEGER","valueSet":"vst_level"}`, `3`, check.EnumUnknown},
		{`{"base":"NUMBER","valueSet":"vst_level"}`, `0.5`, check.EnumUnknown},
		{`{"base":"NUMBER","valueSet":"vst_level","minimum":"0"}`, `0.5`, check.EnumUnknown},
		{`{"base":"NUMBER","valueSet":"vst_level"}`, `"null"`, check.PlaceholderValue},
		{`{"base":"INTEGER","constant":"5"}`, `5.0`, ""},
		{`{"base":"INTEGER","constant":"5"}`, `6`, check.ConstantMismatch},

		{`{"base":"BOOLEAN"}`, `false`, ""},
		{`{"base":"BOOLEAN"}`, `0`, check.TypeMismatch},
		{`{"base":"BOOLEAN"}`, `"true"`, check.TypeMismatch},
		{`{"base":"BOOLEAN","constant":"true"}`, `false`, check.ConstantMismatch},

		{`{"base":"ENUM","values":[{"value":"1"},{"value":"a"}]}`, `"1"`, ""},
		{`{"base":"ENUM","values":[{"value":"1"},{"value":"a"}]}`, `1.0`, ""},
		{`{"base":"ENUM","values":[{"value":"1"},{"value":"a"}]}`, `"1.0"`, check.EnumUnknown},
		{`{"base":"ENUM","values":[{"value":"1"},{"value":"a"}]}`, `true`, check.TypeMismatch},
		{`{"base":"ENUM","values":[{"value":"1"},{"value":"a"}]}`, `""`, check.PlaceholderValue},

		{`{"base":"DATETIME"}`, `1767323045000`, check.TypeMismatch},
		{`{"base":"DATETIME"}`, `"undefined"`, check.PlaceholderValue},
		{`{"base":"DATETIME"}`, `"2026-01-02"`, check.BadDatetime},
		{`{"base":"DATE"}`, `"2026-01-02T00:00:00Z"`, check.BadDate},
		{`{"base":"DATE","constant":"\"2026-01-02\""}`, `"2026-01-03"`, check.ConstantMismatch},

		{`{"base":"LIST","items":{"base":"STRING"}}`, `[]`, check.PropertyEmpty},
		{`{"base":"LIST","items":{"base":"STRING"},"nonEmpty":false,"minItems":1}`, `[]`, check.TooFewItems},
		{`{"base":"LIST","items":{"base":"STRING"}}`, `[""]`, ""},
		{`{"base":"LIST","items":{"base":"STRING"}}`, `{}`, check.TypeMismatch},
		{`{"base":"OBJECT"}`, `{}`, check.PropertyEmpty},
		{`{"base":"OBJECT","fields":[{"name":"a","required":true,"type":{"base":"DATE"}}]}`, `{}`, check.PropertyEmpty},
		{`{"base":"OBJECT","nonEmpty":false,"fields":[{"name":"a","required":true,"type":{"base":"DATE"}}]}`, `{}`, check.PropertyMissing},
		{`{"base":"OBJECT"}`, `{"any":{"thing":[null]}}`, ""},
		{`{"base":"OBJECT"}`, `[]`, check.TypeMismatch},

		{`{"base":"OBJECT","encoding":"JSON"}`, `"{\"a\":1}"`, ""},
		{`{"base":"OBJECT","encoding":"JSON"}`, `{"a":1}`, check.TypeMismatch},
		{`{"base":"OBJECT","encoding":"JSON"}`, `"{}"`, check.PropertyEmpty},
		{`{"base":"OBJECT","encoding":"JSON"}`, `"[object Object]"`, check.PlaceholderValue},
		{`{"base":"OBJECT","encoding":"JSON"}`, `"{\"a\":1} trailing"`, check.BadEncoding},
		{`{"base":"OBJECT","encoding":"JSON"}`, `"null"`, check.PropertyNull},
		{`{"base":"OBJECT","encoding":"JSON","nullable":true}`, `"null"`, ""},
		{`{"base":"OBJECT","encoding":"JSON","nullable":true}`, `null`, ""},
		{`{"base":"INTEGER","encoding":"JSON","maximum":"5"}`, `"6"`, check.AboveMaximum},
		{`{"base":"STRING","encoding":"JSON"}`, `"\"undefined\""`, check.PlaceholderValue},
		{`{"base":"STRING","encoding":"URL","maxLength":2}`, `"%E8%8B%B9%E6%9E%9C"`, ""},
		{`{"base":"STRING","encoding":"URL","constant":"\"a b\""}`, `"a+b"`, ""},
		{`{"base":"STRING","encoding":"URL"}`, `"%E8%8B"`, check.BadEncoding},
		{`{"base":"STRING","encoding":"URL"}`, `"100%"`, check.BadEncoding},
		{`{"base":"DATETIME","encoding":"URL"}`, `"2026-01-02+03%3A04%3A05"`, ""},
		{`{"base":"LIST","items":{"base":"INTEGER"},"encoding":"URL"}`, `"%5B1%2C2%5D"`, ""},
		{`{"base":"LIST","items":{"base":"INTEGER"},"encoding":"URL"}`, `"%5B1%2C"`, check.BadEncoding},
	} {
		require.Equal(t, test.code, value(t, test.typ, test.sent).Code, "%+v", test)
	}
}

func TestWhatViolationsSay(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ typ, sent, expected, actual string }{
		{`{"base":"NUMBER"}`, `"五千"`, `number`, `"五千"`},
		{`{"base":"STRING"}`, `{"a":[1,null,true,"x\"y\n"]}`, `string`, `{"a":[1,null,true,"x\"y\u000a"]}`},
		{`{"base":"STRING","constant":"\"h5\""}`, `"web"`, `"h5"`, `"web"`},
		{`{"base":"STRING","valueSet":"vst_pay"}`, `"cash"`, `one of wechat, alipay, None`, `"cash"`},
		{`{"base":"STRING","pattern":"[a-z]+"}`, `"A"`, `text that as a whole matches [a-z]+`, `"A"`},
		{`{"base":"INTEGER","minimum":"1"}`, `0`, `at least 1`, `0`},
		{`{"base":"INTEGER","maximum":"1"}`, `2`, `at most 1`, `2`},
		{`{"base":"STRING","minLength":2}`, `"a"`, `at least 2 characters`, `"a"`},
		{`{"base":"STRING","maxLength":1}`, `"ab"`, `at most 1 characters`, `"ab"`},
		{`{"base":"LIST","items":{"base":"DATE"},"minItems":2}`, `["2026-01-02"]`, `at least 2 items`, `["2026-01-02"]`},
		{`{"base":"LIST","items":{"base":"DATE"}}`, `1`, `list of date (2006-01-02)`, `1`},
		{`{"base":"OBJECT","encoding":"JSON"}`, `1`, `string holding as JSON: object`, `1`},
		{`{"base":"STRING"}`, `null`, `string`, `null`},
		{`{"base":"STRING"}`, `""`, `non-empty string`, `""`},
	} {
		v := value(t, test.typ, test.sent)
		require.Equal(t, []string{"p", test.expected, test.actual}, []string{v.Property, v.Expected, v.Actual}, "%+v", test)
	}
}

func TestTwoListsOfValuesHoldTogether(t *testing.T) {
	t.Parallel()
	c := compile(t, definition(t, `{"wireName":"x","properties":[{"name":"p","presence":"REQUIRED",
		"type":{"base":"ENUM","values":[{"value":"wechat"},{"value":"alipay"},{"value":"cash"}]},
		"narrowing":{"valueSet":"vst_pay"},"narrowingOn":{"web":{"constant":"\"alipay\""}}}]}`))
	for _, test := range []struct{ terminal, sent, code, expected string }{
		{"ios", `"wechat"`, "", ""},
		{"ios", `"cash"`, check.EnumUnknown, "one of wechat, alipay"},
		{"ios", `"None"`, check.PlaceholderValue, "one of wechat, alipay"},
		{"web", `"alipay"`, "", ""},
		{"web", `"wechat"`, check.ConstantMismatch, `"alipay"`},
	} {
		r := judge(t, c, test.terminal, track(t, "x", `{"p":`+test.sent+`}`))
		if test.code == "" {
			require.Empty(t, r.Violations)
			continue
		}
		require.Equal(t, []string{test.code}, codes(r))
		require.Equal(t, test.expected, r.Violations[0].Expected)
	}
}

func TestPathsOfViolations(t *testing.T) {
	t.Parallel()
	c := compile(t, definition(t, `{"wireName":"x","properties":[
		{"name":"items","presence":"REQUIRED","type":{"base":"LIST","items":{"base":"OBJECT","fields":[
			{"name":"price","required":true,"type":{"base":"NUMBER"}},
			{"name":"tags","type":{"base":"LIST","items":{"base":"STRING"},"encoding":"JSON"}},
			{"name":"sku","type":{"base":"OBJECT","fields":[{"name":"id","required":true,"type":{"base":"STRING"}}]}}]}}},
		{"name":"a.b","presence":"OPTIONAL","type":{"base":"DATE"}}]}`))
	r := judge(t, c, "ios", track(t, "x", `{"items":[{"price":1},{"price":"1"},{"Price":1,"":0,"tags":"[\"a\",1]","sku":{}},7],"a.b":1}`))
	var got []string
	for _, v := range r.Violations {
		got = append(got, v.Property+" "+v.Code)
	}
	require.Equal(t, []string{
		"items[1].price type_mismatch",
		"items[2].Price property_case",
		`items[2]."" extra_property`,
		"items[2].tags[1] type_mismatch",
		"items[2].sku.id property_missing",
		"items[2].price property_missing",
		"items[3] type_mismatch",
		"a.b type_mismatch",
	}, got)
	require.Equal(t, "price", r.Violations[1].Expected)
	require.Equal(t, "Price", r.Violations[1].Actual)
}

func TestLongTextsAreCutBetweenCharacters(t *testing.T) {
	t.Parallel()
	for n := range 6 {
		long := strings.Repeat("a", n) + strings.Repeat("苹", 100)
		for _, sent := range []string{quote(long), `[` + quote(long) + `,1]`, `{` + quote(long) + `:{"b":1}}`, `[[` + strings.Repeat(`"x",`, 500) + `1]]`} {
			v := value(t, `{"base":"BOOLEAN"}`, sent)
			require.LessOrEqual(t, len(v.Actual), check.MaxText)
			require.Equal(t, strings.ToValidUTF8(v.Actual, "?"), v.Actual)
			require.True(t, strings.HasSuffix(v.Actual, "…"), v.Actual)
		}
	}
	exact := strings.Repeat("a", check.MaxText-2)
	require.Equal(t, quote(exact), value(t, `{"base":"BOOLEAN"}`, quote(exact)).Actual)
}

func TestPlaceholders(t *testing.T) {
	t.Parallel()
	for _, p := range placeholders {
		for _, base := range []string{"STRING", "INTEGER", "NUMBER", "BOOLEAN", "DATETIME", "DATE"} {
			v := value(t, `{"base":"`+base+`"}`, quote(p.(string)))
			require.Equal(t, check.PlaceholderValue, v.Code, p)
			require.Equal(t, fmt.Sprintf("%q", p), v.Actual)
		}
	}
}

func TestNestingDeeperThanAnyPlan(t *testing.T) {
	t.Parallel()
	c := compile(t, definition(t, `{"wireName":"x","properties":[
		{"name":"free","presence":"OPTIONAL","type":{"base":"OBJECT","fields":[{"name":"in","type":{"base":"OBJECT"}}]}}]}`))
	for sent, want := range map[string][]string{
		`{"y":{"a":{"b":{"c":1}}}}`:                         {check.ExtraProperty},
		`{"y":{"a":{"b":{"c":{}}}}}`:                        {check.TooDeep, check.ExtraProperty},
		`{"y":[[[[[[{"a":1}]]]]]]}`:                         {check.ExtraProperty},
		`{"y":[{},{},{},{},{"a":{}},{"a":{}}]}`:             {check.ExtraProperty},
		`{"free":{"in":{"a":{"b":1}}}}`:                     {},
		`{"free":{"in":{"a":{"b":{}}}}}`:                    {check.TooDeep},
		`{"free":{"in":{"a":{"b":{}},"c":[{"d":{}}]}}}`:     {check.TooDeep, check.TooDeep},
		`{"free":{"in":{"a":1}},"z":` + deep(60, "1") + `}`: {check.TooDeep, check.ExtraProperty},
	} {
		r := judge(t, c, "ios", track(t, "x", sent))
		require.Equal(t, want, codes(r), sent)
		require.Equal(t, capture.Valid, r.Verdict)
	}
}

func deep(n int, inner string) string {
	return strings.Repeat(`{"a":`, n) + inner + strings.Repeat(`}`, n)
}
