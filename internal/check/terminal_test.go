package check_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/check"
	"github.com/waymarkhq/waymark/internal/plan"
)

func TestRulesPerTerminal(t *testing.T) {
	t.Parallel()
	c := compile(t, definition(t, `{"key":"a","wireName":"x","properties":[
		{"name":"p","type":{"base":"STRING","nullable":true},"presence":"REQUIRED",
		 "presenceOn":{"web":"OPTIONAL","server":"ABSENT"},
		 "narrowing":{"maxLength":3},"narrowingOn":{"web":{"pattern":"w.*","nullable":false}}}]}`))
	for _, test := range []struct{ terminal, properties, want string }{
		{"ios", `{}`, "a INVALID [property_missing]"},
		{"web", `{}`, "a VALID []"},
		{"server", `{}`, "a VALID []"},
		{"", `{}`, "a VALID []"}, // it may come from the web
		{"never heard of", `{}`, "a VALID []"},
		{"server", `{"p":"abc"}`, "a VALID [extra_property]"},
		{"ios", `{"p":"abc"}`, "a VALID []"},
		{"web", `{"p":"abc"}`, "a INVALID [pattern_mismatch]"},
		{"web", `{"p":"wabc"}`, "a INVALID [too_long]"},
		{"", `{"p":"abcd"}`, "a INVALID [too_long]"},
		{"", `{"p":"abc"}`, "a VALID []"},
		{"ios", `{"p":null}`, "a VALID []"},
		{"web", `{"p":null}`, "a INVALID [property_null]"},
		{"ios", `{"p":""}`, "a INVALID [property_empty]"}, // the default for what is required
		{"", `{"p":""}`, "a VALID []"},
	} {
		require.Equal(t, test.want, verdict(judge(t, c, test.terminal, track(t, "x", test.properties))), "%+v", test)
	}
}

func TestCommonProperties(t *testing.T) {
	t.Parallel()
	rule := func(name, base, presence string) string {
		return `{"name":"` + name + `","type":{"base":"` + base + `"},"presence":"` + presence + `"}`
	}
	c := compile(t,
		definition(t, `{"key":"plain","wireName":"plain"}`),
		definition(t, `{"key":"own","wireName":"own","excludedCommon":["sid"],"properties":[`+rule("os", "INTEGER", "OPTIONAL")+`]}`),
		definition(t, `{"key":"without","wireName":"without","properties":[`+rule("os", "STRING", "ABSENT")+`]}`),
		definition(t, `{"key":"profile","kind":"USER_PROFILE"}`),
		definition(t, `{"key":"all","kind":"COMMON","properties":[`+rule("os", "STRING", "REQUIRED")+`,`+rule("sid", "STRING", "REQUIRED")+`]}`),
		definition(t, `{"key":"web","kind":"COMMON","terminals":["web"],"properties":[`+rule("sid", "INTEGER", "REQUIRED")+`,`+rule("ua", "STRING", "REQUIRED")+`]}`),
	)
	for _, test := range []struct{ terminal, name, properties, want string }{
		{"ios", "plain", `{"os":"iOS","sid":"s"}`, "plain VALID []"},
		{"ios", "plain", `{}`, "plain INVALID [property_missing property_missing]"},
		{"ios", "plain", `{"os":"iOS","sid":"s","ua":"u"}`, "plain VALID [extra_property]"},
		{"web", "plain", `{"os":"iOS","sid":1,"ua":"u"}`, "plain VALID []"}, // the terminal's word goes before the app's
		{"web", "plain", `{"os":"iOS","sid":"s"}`, "plain INVALID [type_mismatch property_missing]"},
		{"ios", "own", `{"os":5}`, "own VALID []"}, // the event's word goes before both
		{"ios", "own", `{"os":5,"sid":"s"}`, "own VALID [extra_property]"},
		{"web", "own", `{"ua":"u"}`, "own VALID []"},
		{"ios", "without", `{"sid":"s"}`, "without VALID []"},
		{"ios", "without", `{"sid":"s","os":"iOS"}`, "without VALID [extra_property]"},
		{"", "plain", `{"os":"iOS","sid":true,"ua":[]}`, "plain VALID []"}, // nobody knows whether it is from the web
		{"", "plain", `{"sid":true}`, "plain INVALID [property_missing]"},
	} {
		require.Equal(t, test.want, verdict(judge(t, c, test.terminal, track(t, test.name, test.properties))), "%+v", test)
	}
}

func TestAPlanThatDoesNotCompileNamesTheDefinition(t *testing.T) {
	t.Parallel()
	for typ, want := range map[string]string{
		`{"base":"STRING","pattern":"("}`:                               `compile definition "order": property "p": pattern: `,
		`{"base":"STRING","valueSet":"gone"}`:                           `compile definition "order": property "p": value set "gone" is not in the plan`,
		`{"base":"MONEY"}`:                                              `compile definition "order": property "p": unknown type "MONEY"`,
		`{"base":"LIST"}`:                                               `compile definition "order": property "p": a list without a type of its elements`,
		`{"base":"NUMBER","minimum":"x"}`:                               `compile definition "order": property "p": minimum "x" is not a number`,
		`{"base":"NUMBER","maximum":"0x1"}`:                             `compile definition "order": property "p": maximum "0x1" is not a number`,
		`{"base":"STRING","constant":"nil"}`:                            `compile definition "order": property "p": constant nil is not a JSON scalar`,
		`{"base":"OBJECT","fields":[{"name":"f","type":{"base":"?"}}]}`: `compile definition "order": property "p": field "f": unknown type "?"`,
	} {
		d := definition(t, `{"key":"order","wireName":"x","properties":[{"name":"p","presence":"REQUIRED","type":`+typ+`}]}`)
		_, err := check.Compile(&plan.Plan{Definitions: []plan.Definition{d}})
		require.ErrorContains(t, err, want)
	}
}
