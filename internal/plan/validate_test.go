package plan_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// reasons lists what was refused as "path reason".
func reasons(f fault.Fields) []string {
	list := []string{}
	for _, r := range f {
		list = append(list, r.Path+" "+r.Reason)
	}
	return list
}

func refuseType(t *testing.T, text string) []string {
	t.Helper()
	var typ plan.Type
	require.NoError(t, json.Unmarshal([]byte(text), &typ), text)
	var f fault.Fields
	typ.Validate("type", &f)
	return reasons(f)
}

func TestTypesThatAreFine(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{"base":"STRING","pattern":"[A-Z]+","minLength":1,"maxLength":1,"nonEmpty":false}`,
		`{"base":"STRING","valueSet":"vst_1"}`,
		`{"base":"STRING","constant":"\"h5\"","pattern":"h\\d"}`,
		`{"base":"INTEGER","minimum":"-5","maximum":"1e3","encoding":"URL"}`,
		`{"base":"INTEGER","constant":"5.0"}`,
		`{"base":"NUMBER","minimum":"0.1","maximum":"0.10"}`,
		`{"base":"NUMBER","minimum":"9007199254740992","maximum":"9007199254740993"}`,
		`{"base":"BOOLEAN","constant":"true","nullable":true}`,
		`{"base":"DATE","constant":"\"2028-02-29\""}`,
		`{"base":"DATETIME","constant":"\"2026-01-02 03:04:05\""}`,
		`{"base":"ENUM","values":[{"value":"1","label":"图文"},{"value":"视频"}],"constant":"1.0"}`,
		`{"base":"ENUM","valueSet":"vst_1"}`,
		`{"base":"LIST","items":{"base":"OBJECT","fields":[{"name":"价格","type":{"base":"NUMBER"}}]},"minItems":0,"maxItems":0}`,
		`{"base":"OBJECT"}`,
		nested(plan.MaxDepth, `{"base":"LIST","items":{"base":"STRING"}}`),
		`{"base":"OBJECT","encoding":"JSON","nonEmpty":true}`,
	} {
		require.Empty(t, refuseType(t, text), text)
	}
}

// nested wraps a type in objects, n deep.
func nested(n int, inner string) string {
	for range n {
		inner = `{"base":"OBJECT","fields":[{"name":"a","type":` + inner + `}]}`
	}
	return inner
}

func TestTypesThatAreRefused(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{}`:                "type.base unknown_type",
		`{"base":"string"}`: "type.base unknown_type",
		`{"base":"LIST"}`:   "type.items required",
		`{"base":"STRING","items":{"base":"STRING"}}`:                                                          "type.items not_allowed",
		`{"base":"LIST","items":{"base":"LIST","items":{"base":"STRING"}}}`:                                    "type.items list_of_lists",
		`{"base":"LIST","items":{"base":"NOPE"}}`:                                                              "type.items.base unknown_type",
		`{"base":"STRING","fields":[{"name":"a","type":{"base":"STRING"}}]}`:                                   "type.fields not_allowed",
		`{"base":"OBJECT","fields":[{"name":"a","type":{"base":"DATE"}},{"name":"a","type":{"base":"DATE"}}]}`: "type.fields[1].name duplicate",
		`{"base":"OBJECT","fields":[{"name":"","type":{"base":"DATE"}}]}`:                                      "type.fields[0].name required",
		nested(plan.MaxDepth+1, `{"base":"DATE"}`):                                                             "type.fields[0].type.fields[0].type.fields[0].type too_deep",
		`{"base":"ENUM"}`: "type.values required",
		`{"base":"ENUM","values":[{"value":"a"}],"valueSet":"v"}`:                      "type.values not_allowed",
		`{"base":"ENUM","values":[{"value":"a"},{"value":"a"}]}`:                       "type.values[1].value duplicate",
		`{"base":"ENUM","values":[{"value":""}]}`:                                      "type.values[0].value required",
		`{"base":"ENUM","values":[{"value":"a","label":" b"}]}`:                        "type.values[0].label outer_blank",
		`{"base":"STRING","values":[{"value":"a"}]}`:                                   "type.values not_allowed",
		`{"base":"INTEGER","pattern":"a"}`:                                             "type.constraints.pattern not_allowed",
		`{"base":"STRING","minimum":"1"}`:                                              "type.constraints.minimum not_allowed",
		`{"base":"STRING","minItems":1}`:                                               "type.constraints.minItems not_allowed",
		`{"base":"LIST","items":{"base":"STRING"},"minLength":1}`:                      "type.constraints.minLength not_allowed",
		`{"base":"BOOLEAN","valueSet":"v"}`:                                            "type.constraints.valueSet not_allowed",
		`{"base":"OBJECT","constant":"1"}`:                                             "type.constraints.constant not_allowed",
		`{"base":"DATE","nonEmpty":true}`:                                              "type.constraints.nonEmpty not_allowed",
		`{"base":"STRING","pattern":"("}`:                                              "type.constraints.pattern bad_pattern",
		`{"base":"STRING","pattern":"a)(b"}`:                                           "type.constraints.pattern bad_pattern",
		`{"base":"STRING","pattern":"(?=a)"}`:                                          "type.constraints.pattern bad_pattern",
		`{"base":"STRING","pattern":"(ab){600}"}`:                                      "type.constraints.pattern pattern_too_complex",
		`{"base":"STRING","pattern":"` + strings.Repeat("a", 501) + `"}`:               "type.constraints.pattern too_long",
		`{"base":"STRING","minLength":-1}`:                                             "type.constraints.minLength out_of_range",
		`{"base":"STRING","maxLength":1000001}`:                                        "type.constraints.maxLength out_of_range",
		`{"base":"STRING","minLength":2,"maxLength":1}`:                                "type.constraints.minLength contradiction",
		`{"base":"LIST","items":{"base":"DATE"},"minItems":2,"maxItems":1}`:            "type.constraints.minItems contradiction",
		`{"base":"NUMBER","minimum":"x"}`:                                              "type.constraints.minimum bad_number",
		`{"base":"NUMBER","minimum":"0x10"}`:                                           "type.constraints.minimum bad_number",
		`{"base":"NUMBER","maximum":"1e999999999"}`:                                    "type.constraints.maximum bad_number",
		`{"base":"NUMBER","maximum":"` + strings.Repeat("1", 65) + `"}`:                "type.constraints.maximum bad_number",
		`{"base":"INTEGER","maximum":"1.5"}`:                                           "type.constraints.maximum not_integer",
		`{"base":"NUMBER","minimum":"0.3","maximum":"0.29999999999999999999"}`:         "type.constraints.minimum contradiction",
		`{"base":"INTEGER","minimum":"9007199254740993","maximum":"9007199254740992"}`: "type.constraints.minimum contradiction",
		`{"base":"STRING","constant":"h5"}`:                                            "type.constraints.constant bad_constant",
		`{"base":"STRING","constant":"null"}`:                                          "type.constraints.constant bad_constant",
		`{"base":"STRING","constant":"1"}`:                                             "type.constraints.constant type_mismatch",
		`{"base":"INTEGER","constant":"1.5"}`:                                          "type.constraints.constant type_mismatch",
		`{"base":"DATE","constant":"\"2026-02-29\""}`:                                  "type.constraints.constant type_mismatch",
		`{"base":"INTEGER","constant":"5","maximum":"4"}`:                              "type.constraints.constant contradiction",
		`{"base":"STRING","constant":"\"ab\"","maxLength":1}`:                          "type.constraints.constant contradiction",
		`{"base":"STRING","constant":"\"ab\"","pattern":"a"}`:                          "type.constraints.constant contradiction",
		`{"base":"STRING","constant":"\"\"","nonEmpty":true}`:                          "type.constraints.constant contradiction",
		`{"base":"ENUM","values":[{"value":"a"}],"constant":"\"b\""}`:                  "type.constraints.constant contradiction",
		`{"base":"STRING","encoding":"BASE64"}`:                                        "type.constraints.encoding unknown_encoding",
	} {
		require.Equal(t, []string{want}, refuseType(t, text), text)
	}
}

func TestHugeTypesAreRefusedWithoutBeingWalked(t *testing.T) {
	t.Parallel()
	wide := plan.Type{Base: plan.TypeObject}
	for i := range plan.MaxFields {
		wide.Fields = append(wide.Fields, plan.Field{Name: fmt.Sprint("f", i), Type: plan.Type{Base: plan.TypeDate}})
	}
	huge := plan.Type{Base: plan.TypeObject, Fields: make([]plan.Field, plan.MaxFields)}
	for i := range huge.Fields {
		huge.Fields[i] = plan.Field{Name: fmt.Sprint("f", i), Type: wide}
	}
	var f fault.Fields
	huge.Validate("type", &f)
	require.Equal(t, []string{"type too_many"}, reasons(f))

	wide.Fields = append(wide.Fields, plan.Field{Name: "one more", Type: plan.Type{Base: plan.TypeDate}})
	f = nil
	wide.Validate("type", &f)
	require.Equal(t, []string{"type.fields too_many"}, reasons(f))

	enum := plan.Type{Base: plan.TypeEnum, Values: make([]plan.Value, plan.MaxEnumValues+1)}
	f = nil
	enum.Validate("type", &f)
	require.Equal(t, []string{"type.values too_many"}, reasons(f))
}

func TestLimitsThemselvesAreAllowed(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		fmt.Sprintf(`{"base":"STRING","minLength":0,"maxLength":%d}`, plan.MaxCount),
		`{"base":"STRING","pattern":"` + strings.Repeat("a", plan.MaxPattern) + `"}`,
		`{"base":"NUMBER","minimum":"` + strings.Repeat("1", plan.MaxNumber) + `"}`,
		`{"base":"NUMBER","minimum":"1e-1001","maximum":"1e999"}`,
		`{"base":"NUMBER","minimum":"1","maximum":"1.0","constant":"1"}`,
		`{"base":"STRING","minLength":1,"maxLength":2,"constant":"\"a\""}`,
		`{"base":"STRING","minLength":0,"maxLength":1,"constant":"\"a\""}`,
		`{"base":"STRING","constant":"\"` + strings.Repeat("a", plan.MaxConstant-2) + `\""}`,
	} {
		require.Empty(t, refuseType(t, text), text)
	}
	for text, want := range map[string]string{
		`{"base":"NUMBER","minimum":"1e-1002"}`:                                              "type.constraints.minimum bad_number",
		`{"base":"NUMBER","maximum":"1e1000"}`:                                               "type.constraints.maximum bad_number",
		`{"base":"STRING","constant":"\"` + strings.Repeat("a", plan.MaxConstant-1) + `\""}`: "type.constraints.constant too_long",
	} {
		require.Equal(t, []string{want}, refuseType(t, text), text)
	}
	full := plan.Definition{Key: "key", Kind: plan.KindTrack, WireName: "x"}
	for i := range plan.MaxProperties {
		if i < plan.MaxConditions {
			full.Match = append(full.Match, plan.Condition{Property: fmt.Sprint("p", i), Value: strings.Repeat("支", plan.MaxConditionValue)})
		}
		if i < plan.MaxAliases {
			full.Aliases = append(full.Aliases, plan.Alias{Name: fmt.Sprint("a", i)})
		}
		if i < plan.MaxTerminals {
			full.Terminals = append(full.Terminals, fmt.Sprint("t", i))
		}
		if i < plan.MaxExcluded {
			full.ExcludedCommon = append(full.ExcludedCommon, fmt.Sprint("e", i))
		}
		full.Properties = append(full.Properties, plan.PropertyRule{
			Name: fmt.Sprint("p", i), Type: plan.Type{Base: plan.TypeDate}, Presence: plan.PresenceOptional,
		})
	}
	values := make([]plan.Value, plan.MaxSetValues)
	for i := range values {
		values[i] = plan.Value{Value: fmt.Sprint(i), Label: strings.Repeat("值", plan.MaxLabel)}
	}
	enum := plan.Type{Base: plan.TypeEnum, Values: values[:plan.MaxEnumValues]}
	var f fault.Fields
	full.Validate("input", &f)
	enum.Validate("type", &f)
	(&plan.ValueSet{Key: "a", Values: values}).Validate("set", &f)
	require.Empty(t, f)

	f = nil
	(&plan.ValueSet{Key: "a", Values: append(slices.Clone(values), plan.Value{Value: "one more"})}).Validate("set", &f)
	plan.ValidateMatch("match", []plan.Condition{{Property: "p", Value: strings.Repeat("支", plan.MaxConditionValue+1)}}, &f)
	enum.Values[0].Label += "值"
	enum.Validate("type", &f)
	require.Equal(t, []string{"set.values too_many", "match[0].value too_long", "type.values[0].label too_long"}, reasons(f))
}

func TestNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"order_paid":             "",
		"支付成功":                   "",
		"$AppClick":              "",
		"Order Paid 🛒":           "",
		"👨\u200d👩\u200d👧":        "",
		strings.Repeat("支", 200): "",
		strings.Repeat("支", 201): "too_long",
		"":                       "required",
		" a":                     "outer_blank",
		"a\u3000":                "outer_blank",
		"a\nb":                   "control_character",
		"a\u202eb":               "control_character",
		"a\ufeff":                "control_character",
		"a\x00":                  "control_character",
		"a\xff":                  "bad_text",
		"a\ufffd":                "bad_text",
	} {
		var f fault.Fields
		plan.ValidateName("name", name, &f)
		if want == "" {
			require.Empty(t, f, name)
		} else {
			require.Equal(t, []string{"name " + want}, reasons(f), name)
		}
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]string{
		"shop": "", "demo-shop": "", "a": "", "a_1": "", strings.Repeat("a", 40): "",
		"": "required", "Shop": "bad_key", "1a": "bad_key", "商城": "bad_key", "a b": "bad_key", "shop\n": "bad_key",
		strings.Repeat("a", 41): "bad_key",
	} {
		var f fault.Fields
		plan.ValidateKey("key", key, &f)
		require.Equal(t, want == "", len(f) == 0, key)
		if want != "" {
			require.Equal(t, []string{"key " + want}, reasons(f))
		}
	}
	require.Equal(t, "SHOP-0042", plan.BatchNumber("shop", 42))
	require.Equal(t, "DEMO-SHOP-12345", plan.BatchNumber("demo-shop", 12345))
}

func refuseDefinition(t *testing.T, text string) []string {
	t.Helper()
	d := plan.Definition{Key: "key", Kind: plan.KindTrack, WireName: "order_paid"}
	require.NoError(t, json.Unmarshal([]byte(text), &d), text)
	var f fault.Fields
	d.Validate("input", &f)
	return reasons(f)
}

func TestDefinitions(t *testing.T) {
	t.Parallel()
	rule := func(rest string) string {
		return `{"properties":[{"name":"p","type":{"base":"INTEGER","minimum":"0","nullable":true},"presence":"REQUIRED"` + rest + `}]}`
	}
	for text, want := range map[string][]string{
		`{}`:                              {},
		`{"kind":"COMMON","wireName":""}`: {},
		`{"match":[{"property":"spm","value":"a1.b2"}],"aliases":[{"name":"pay","until":"2026-01-01T00:00:00+08:00"}],` +
			`"terminals":["ios"],"excludedCommon":["os"]}`: {},
		rule(`,"presenceOn":{"ios":"ABSENT"},"narrowing":{"maximum":"9"},"narrowingOn":{"ios":{"minimum":"9","nullable":false}}`): {},

		`{"kind":"PAGE","key":""}`: {"input.kind unknown_kind", "input.key required"},
		`{"wireName":""}`:          {"input.wireName required"},
		`{"match":[{"property":"a","value":""},{"property":"a","value":"x\ny"}]}`: {
			"input.match[0].value required", "input.match[1].property duplicate", "input.match[1].value control_character",
		},
		`{"aliases":[{"name":"order_paid"},{"name":"x"},{"name":"x"},{"name":""}]}`: {
			"input.aliases[0].name duplicate", "input.aliases[2].name duplicate", "input.aliases[3].name required",
		},
		`{"kind":"COMMON","match":[{"property":"a","value":"b"}],"aliases":[{"name":"x"}],"excludedCommon":["y"]}`: {
			"input.match not_allowed", "input.aliases not_allowed", "input.excludedCommon not_allowed",
		},
		`{"terminals":["ios","iOS","ios"]}`: {"input.terminals[1] bad_key", "input.terminals[2] duplicate"},
		`{"excludedCommon":["a","a"]}`:      {"input.excludedCommon[1] duplicate"},
		`{"properties":[{"name":"p","type":{"base":"DATE"},"presence":"REQUIRED"},{"name":"p","type":{"base":"DATE"}}]}`: {
			"input.properties[1].presence unknown_presence", "input.properties[1].name duplicate",
		},
		rule(`,"presenceOn":{"web":"MAYBE","X":"ABSENT"}`): {
			"input.properties[0].presenceOn.X bad_key", "input.properties[0].presenceOn.web unknown_presence",
		},
		rule(`,"narrowing":{"maximum":"-1"}`):                                                                 {"input.properties[0].narrowing.minimum contradiction"},
		rule(`,"narrowing":{"pattern":"a"}`):                                                                  {"input.properties[0].narrowing.pattern not_allowed"},
		rule(`,"narrowing":{"nullable":true,"encoding":"URL"}`):                                               {"input.properties[0].narrowing.encoding not_allowed", "input.properties[0].narrowing.nullable not_allowed"},
		rule(`,"narrowing":{"constant":"5"},"narrowingOn":{"ios":{"constant":"5.0"},"web":{"constant":"6"}}`): {"input.properties[0].narrowingOn.web.constant contradiction"},
		rule(`,"narrowing":{"maximum":"9"},"narrowingOn":{"ios":{"minimum":"10"},"X":null}`): {
			"input.properties[0].narrowingOn.X bad_key", "input.properties[0].narrowingOn.ios.minimum contradiction",
		},
	} {
		require.Equal(t, want, refuseDefinition(t, text), text)
	}
}

func TestListsOfDefinitionsAreBounded(t *testing.T) {
	t.Parallel()
	d := plan.Definition{
		Key: "key", Kind: plan.KindTrack, WireName: "x",
		Match:          make([]plan.Condition, plan.MaxConditions+1),
		Aliases:        make([]plan.Alias, plan.MaxAliases+1),
		Terminals:      make([]string, plan.MaxTerminals+1),
		ExcludedCommon: make([]string, plan.MaxExcluded+1),
		Properties:     make([]plan.PropertyRule, plan.MaxProperties+1),
	}
	var f fault.Fields
	d.Validate("input", &f)
	require.Equal(t, []string{
		"input.match too_many", "input.aliases too_many", "input.terminals too_many", "input.excludedCommon too_many",
		"input.properties too_many",
	}, reasons(f))
}

func TestTimesThatNoDatabaseKeepsAreRefused(t *testing.T) {
	t.Parallel()
	late := time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
	var f fault.Fields
	plan.ValidateAliases("aliases", "x", []plan.Alias{{Name: "y", Until: &late}}, &f)
	require.Equal(t, []string{"aliases[0].until out_of_range"}, reasons(f))
}

func TestTerminalsAndValueSets(t *testing.T) {
	t.Parallel()
	var f fault.Fields
	(&plan.Terminal{Key: "ios", Kind: plan.TerminalIOS, Systems: []string{"iOS"}}).Validate("t", &f)
	(&plan.ValueSet{Key: "pay", Values: []plan.Value{{Value: "1", Label: "图文"}}}).Validate("v", &f)
	require.Empty(t, f)
	(&plan.Terminal{Key: "iOS", Kind: "PHONE", Systems: []string{""}, Libraries: make([]string, 51)}).Validate("t", &f)
	(&plan.ValueSet{Key: "pay"}).Validate("v", &f)
	require.Equal(t, []string{
		"t.key bad_key", "t.kind unknown_kind", "t.libraries too_many", "t.systems[0] required", "v.values required",
	}, reasons(f))
}
