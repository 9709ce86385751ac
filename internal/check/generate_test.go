package check_test

import (
	"encoding/json"
	"fmt"
	"strings"

	"pgregory.net/rapid"

	"github.com/waymarkhq/waymark/internal/plan"
)

// The generators draw values that lie near what is planned: right ones, those just beyond a limit, those of a wrong type
// and those that only look right.

var (
	someNames    = []string{"a", "b", "id", "ID", "name", "价格", "x.y", "items", "Ünit"}
	somePatterns = []string{`[a-z]+`, `\d{2,4}`, `a|b`, `.*`, `[\p{Han}]+`, `(?i)abc`, `^x$`, `a$|b`, `.{0,3}`, ``, `(?s).+`}
	someNumbers  = []string{
		"0", "-0", "1", "2", "3", "5", "5.0", "5.5", "-1", "1e2", "1E+2", "100", "1.50", "0.1", "10e-1", "1e400", "-1e400",
		"1e-400", "9007199254740992", "9007199254740993", "9007199254740993.0", "123456789012345678901234567890", "1000",
		"0.000000000000000001", "999999999999999999", "9223372036854775807", "9223372036854775808", "0.5e1", "1e3", "00"[:1],
	}
	someTexts = []string{
		"", "a", "b", "abc", "ABC", "x", "12", "12345", "苹果", "苹果手机", "👨‍👩‍👧", "null", "undefined", "NaN", "None", "nil",
		"null ", "Null", "wechat", "alipay", "Wechat", "1", "2", "1.0", "1e3", "1000", "true", "a\nb", "\ufffd", "苹\ufffd",
		"[object Object]", "%41", "%7B%22a%22%3A1%7D", "a+b", "%", "%zz", "%FF", "{}", "[]", `{"a":1}`, `{"id":null}`, `"a"`,
		`"undefined"`, `[1,2]`, `{a:1}`, "%22a%22", "5", "5.5", " 5", "{\"a\":1} x",
	}
	someTimes = []string{
		"2026-01-02", "2026-02-29", "2028-02-29", "1900-02-29", "2000-02-29", "2026-13-01", "2026-00-10", "2026-1-2", "0000-01-01",
		"2026-01-02T03:04:05Z", "2026-01-02t03:04:05z", "2026-01-02T03:04:05", "2026-01-02 03:04:05", "2026-01-02 03:04:05.123",
		"2026-01-02 03:04:05Z", "2026-01-02 03:04:05+08:00", "2026-01-02T03:04:05.000000000000Z", "2026-01-02T03:04:05.Z",
		"2026-01-02T24:00:00Z", "2026-01-02T23:59:60Z", "2026-01-02T23:58:60Z", "2026-01-02T07:59:60+08:00",
		"2026-01-03T07:59:60+08:00", "2026-01-02 23:59:60", "2026-01-02T03:04:05+24:00", "2026-01-02T03:04:05-23:59",
		"2026-01-02T03:04:05+0800", "2026-01-02T03:60:05Z", "2026/01/02 03:04:05", "2026-01-02  03:04:05", "1767323045000",
		"2026-01-02T03:04", "2026-01-02 3:04:05", "２０２６-01-02", "2026-01-02T+3:04:05Z", "2026-01-02T03:04:05+08:0",
	}
	someConstants = map[plan.BaseType][]string{
		plan.TypeString:   {`"a"`, `"null"`, `"苹果"`, `""`},
		plan.TypeInteger:  {`1`, `5.0`, `1e3`, `9007199254740993`},
		plan.TypeNumber:   {`1`, `1.50`, `1e400`},
		plan.TypeBoolean:  {`true`, `false`},
		plan.TypeDate:     {`"2026-01-02"`},
		plan.TypeDatetime: {`"2026-01-02 03:04:05"`},
		plan.TypeEnum:     {`"a"`, `1`},
	}
)

// chance is true in about one of n draws.
func chance(t *rapid.T, n int) bool { return rapid.IntRange(0, n-1).Draw(t, "chance") == n-1 }

func oneOf[T any](t *rapid.T, list []T) T { return rapid.SampledFrom(list).Draw(t, "one") }

// drawDefinition returns a definition that validation accepts.
func drawDefinition(t *rapid.T) plan.Definition {
	d := plan.Definition{Kind: plan.KindTrack, Key: "key", WireName: "order_paid"}
	for _, name := range drawNames(t, 1) {
		d.Properties = append(d.Properties, drawProperty(t, name))
	}
	return d
}

func drawNames(t *rapid.T, least int) []string {
	return rapid.SliceOfNDistinct(rapid.SampledFrom(someNames), least, 5, rapid.ID[string]).Draw(t, "names")
}

func drawProperty(t *rapid.T, name string) plan.PropertyRule {
	r := plan.PropertyRule{Name: name, Type: drawType(t, plan.MaxDepth), Presence: drawPresence(t)}
	if chance(t, 4) {
		r.PresenceOn = map[string]plan.Presence{"ios": drawPresence(t), "web": drawPresence(t)}
	}
	if chance(t, 3) {
		r.Narrowing = drawNarrowing(t, r.Type.Base)
	}
	if chance(t, 4) {
		r.NarrowingOn = map[string]*plan.Constraints{"ios": drawNarrowing(t, r.Type.Base)}
	}
	return r
}

func drawPresence(t *rapid.T) plan.Presence {
	return oneOf(t, []plan.Presence{plan.PresenceRequired, plan.PresenceRequired, plan.PresenceOptional, plan.PresenceAbsent})
}

func drawNarrowing(t *rapid.T, base plan.BaseType) *plan.Constraints {
	c := drawConstraints(t, base)
	if chance(t, 3) {
		no := false
		c.Nullable = &no
	}
	return &c
}

func drawType(t *rapid.T, objects int) plan.Type {
	bases := []plan.BaseType{
		plan.TypeString, plan.TypeString, plan.TypeInteger, plan.TypeNumber, plan.TypeBoolean, plan.TypeDatetime,
		plan.TypeDate, plan.TypeEnum, plan.TypeList,
	}
	if objects > 0 {
		bases = append(bases, plan.TypeObject, plan.TypeObject)
	}
	typ := plan.Type{Base: oneOf(t, bases)}
	typ.Constraints = drawConstraints(t, typ.Base)
	if chance(t, 3) {
		yes := true
		typ.Nullable = &yes
	}
	if chance(t, 6) {
		typ.Encoding = oneOf(t, []plan.Encoding{plan.EncodingJSON, plan.EncodingURL})
	}
	switch typ.Base {
	case plan.TypeEnum:
		if typ.ValueSetID == "" {
			typ.Values = []plan.Value{{Value: "a"}, {Value: "1"}, {Value: "苹果"}, {Value: "2.0"}, {Value: "undefined"}}
		}
	case plan.TypeList:
		items := drawType(t, objects)
		if items.Base == plan.TypeList {
			items = plan.Type{Base: plan.TypeInteger}
		}
		typ.Items = &items
	case plan.TypeObject:
		for _, name := range drawNames(t, 0) {
			typ.Fields = append(typ.Fields, plan.Field{Name: name, Required: chance(t, 2), Type: drawType(t, objects-1)})
		}
	}
	return typ
}

// drawConstraints returns constraints that a type may have. Two sets of them may contradict each other; the definition
// is then refused, and the draw is done without it.
func drawConstraints(t *rapid.T, base plan.BaseType) plan.Constraints {
	var c plan.Constraints
	count := func(n int) *int {
		v := rapid.IntRange(0, n).Draw(t, "count")
		return &v
	}
	if list := someConstants[base]; list != nil && chance(t, 8) {
		c.Constant = oneOf(t, list)
	}
	switch base {
	case plan.TypeString:
		if chance(t, 3) {
			c.Pattern = oneOf(t, somePatterns)
		}
		if chance(t, 4) {
			c.MinLength = count(3)
		}
		if chance(t, 4) {
			c.MaxLength = count(5)
		}
		if chance(t, 6) {
			c.ValueSetID = oneOf(t, []string{"vst_pay", "vst_level"})
		}
	case plan.TypeInteger, plan.TypeNumber:
		if chance(t, 3) {
			c.Minimum = oneOf(t, []string{"0", "1", "-1", "5", "9007199254740992", "1e2", "-1e400"})
		}
		if chance(t, 3) {
			c.Maximum = oneOf(t, []string{"5", "100", "9007199254740992", "1e400", "2", "5e0"})
		}
		if chance(t, 6) {
			c.ValueSetID = "vst_level"
		}
	case plan.TypeEnum:
		if chance(t, 3) {
			c.ValueSetID = oneOf(t, []string{"vst_pay", "vst_level"})
		}
	case plan.TypeList:
		if chance(t, 3) {
			c.MinItems = count(2)
		}
		if chance(t, 3) {
			c.MaxItems = count(3)
		}
	}
	if (base == plan.TypeString || base == plan.TypeList || base == plan.TypeObject) && chance(t, 4) {
		v := chance(t, 2)
		c.NonEmpty = &v
	}
	return c
}

// drawEvent returns the properties of an event of d as JSON.
func drawEvent(t *rapid.T, d *plan.Definition) string {
	var members []string
	for i := range d.Properties {
		r := &d.Properties[i]
		members = appendMember(t, members, r.Name, &r.Type)
	}
	return joinMembers(t, members)
}

// appendMember adds a member, or leaves it out, or writes its name in another case.
func appendMember(t *rapid.T, members []string, name string, typ *plan.Type) []string {
	switch {
	case chance(t, 12):
		return members
	case chance(t, 20):
		name = strings.ToTitle(name) + "_"
	}
	return append(members, quote(name)+":"+drawValue(t, typ))
}

// joinMembers adds what nobody planned now and then, in any order. A name is never there twice.
func joinMembers(t *rapid.T, members []string) string {
	if chance(t, 6) {
		members = append(members, quote("extra")+":"+drawAny(t, 2))
	}
	return "{" + strings.Join(rapid.Permutation(members).Draw(t, "members"), ",") + "}"
}

// drawValue returns a value for a type, encoded as it asks for.
func drawValue(t *rapid.T, typ *plan.Type) string {
	if chance(t, 12) {
		return drawAny(t, 2)
	}
	plain := drawPlain(t, typ)
	switch typ.Encoding {
	case plan.EncodingJSON:
		return quote(plain)
	case plan.EncodingURL:
		var text string
		if json.Unmarshal([]byte(plain), &text) == nil {
			plain = text
		}
		return quote(escape(plain))
	default:
		return plain
	}
}

func escape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		fmt.Fprintf(&b, "%%%02X", s[i])
	}
	return b.String()
}

// drawPlain returns a value of about the given type as JSON.
func drawPlain(t *rapid.T, typ *plan.Type) string {
	if typ.Constant != "" && !chance(t, 3) {
		return typ.Constant
	}
	switch typ.Base {
	case plan.TypeInteger, plan.TypeNumber:
		return oneOf(t, someNumbers)
	case plan.TypeBoolean:
		return oneOf(t, []string{"true", "false"})
	case plan.TypeDate, plan.TypeDatetime:
		return quote(drawTime(t))
	case plan.TypeList:
		n := rapid.IntRange(0, 4).Draw(t, "items")
		items := make([]string, n)
		for i := range items {
			items[i] = drawValue(t, typ.Items)
		}
		return "[" + strings.Join(items, ",") + "]"
	case plan.TypeObject:
		var members []string
		for i := range typ.Fields {
			members = appendMember(t, members, typ.Fields[i].Name, &typ.Fields[i].Type)
		}
		return joinMembers(t, members)
	case plan.TypeEnum:
		if chance(t, 2) {
			return oneOf(t, someNumbers)
		}
	}
	if chance(t, 4) {
		return quote(rapid.StringN(0, 6, -1).Draw(t, "text"))
	}
	return quote(oneOf(t, someTexts))
}

// drawTime returns a known time, or one with a byte changed.
func drawTime(t *rapid.T) string {
	s := oneOf(t, someTimes)
	if chance(t, 3) {
		at := rapid.IntRange(0, len(s)-1).Draw(t, "at")
		s = strings.ToValidUTF8(s[:at]+oneOf(t, []string{"0", "9", "-", ":", ".", "Z", " ", "+", "T", ""})+s[at+1:], "?")
	}
	return s
}

// drawAny returns any JSON value.
func drawAny(t *rapid.T, depth int) string {
	switch rapid.IntRange(0, 7).Draw(t, "any") {
	case 0:
		return "null"
	case 1:
		return oneOf(t, []string{"true", "false"})
	case 2:
		return oneOf(t, someNumbers)
	case 3, 4:
		return quote(oneOf(t, someTexts))
	case 5:
		return quote(drawTime(t))
	case 6:
		if depth > 0 {
			return "[" + drawAny(t, depth-1) + "," + drawAny(t, depth-1) + "]"
		}
		return "[]"
	default:
		if depth > 0 {
			return "{" + quote(oneOf(t, someNames)) + ":" + drawAny(t, depth-1) + "}"
		}
		return "{}"
	}
}

func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}
