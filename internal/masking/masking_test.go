package masking_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/masking"
)

func TestTextsThatLookPersonalAreMasked(t *testing.T) {
	t.Parallel()
	all := masking.New(masking.Patterns(), nil)
	for text, want := range map[string]string{
		"13800138000":                  "138****8000",
		"请打 13800138000，谢谢":            "请打 138****8000，谢谢",
		"电话13800138000转1":              "电话138****8000转1",
		"8613800138000":                "861******8000",
		"+8613800138000":               "+86*******8000",
		"+14155550123":                 "+14*****0123",
		"138-0013-8000":                "138-****-8000",
		"+86 138 0013 8000":            "+86 138 **** 8000",
		"tel13800138000":               "tel138****8000",
		"user_13800138000":             "user_138****8000",
		"11010519491231002X":           "110***********002X",
		"11010519491231002x":           "110***********002x",
		"110105194912310021":           "110105194912310021", // the check character is wrong
		"6222021234567890128":          "6222***********0128",
		"4111 1111 1111 1111":          "4111 **** **** 1111",
		"4111111111111112":             "4111111111111112",
		"378282246310005":              "3782*******0005",
		"zhang.san+1@example.com.cn":   "z**********@example.com.cn",
		"mail=zhang%40example.com&x=1": "mail=z****%40example.com&x=1",
		"13800138000@qq.com":           "1**********@qq.com",
		"a@b.co, c@d.org":              "*@b.co, *@d.org",
		"13800138000.5":                "138******00.5",

		"请打１３８００１３８０００，谢谢":              "请打１３８************８０００，谢谢",
		"１３8００13８０００":                   "１３8********８０００",
		"138\u00a00013\u00a08000":       "138\u00a0****\u00a08000",
		"y138\u202f0013\u202f8000":      "y138\u202f****\u202f8000",
		"xy138\u30000013\u30008000，x":   "xy138\u3000****\u30008000，x",
		"xyz138‑0013‑8000":              "xyz138‑****‑8000",
		"xyzä138－0013－8000":             "xyzä138－****－8000",
		"＋８６１３８００１３８０００":                "＋８６*********************８０００",
		"卡6222　0212\u00a03456 7890 128": "卡6222　****\u00a0**** **** 128",

		"全角１２３，共　５\u00a0件":                     "全角１２３，共　５\u00a0件",
		"icon@2x.png":                          "icon@2x.png",
		"@segment/analytics-node@3.1.0":        "@segment/analytics-node@3.1.0",
		"1700000000000":                        "1700000000000", // milliseconds
		"1700000000000000000":                  "1700000000000000000",
		"2026-11-23 12:00:00.000":              "2026-11-23 12:00:00.000",
		"2026-11-23T12:00:00+08:00":            "2026-11-23T12:00:00+08:00",
		"3f250413-4f89-11d3-9a0c-030582013301": "3f250413-4f89-11d3-9a0c-030582013301",
		"a13800138000f":                        "a13800138000f",
		"f13800138000":                         "f13800138000",
		"0.13800138000":                        "0.13800138000",
		"12800138000":                          "12800138000",
		"138001380001":                         "138001380001",
		"":                                     "",
	} {
		require.Equal(t, want, all.Text(text), text)
	}
}

func TestEachPatternCanBeLeftOut(t *testing.T) {
	t.Parallel()
	of := map[masking.Pattern]string{
		masking.Phone: "13800138000", masking.IDCard: "11010519491231002X", masking.Email: "zhang@example.com",
		masking.BankCard: "6222021234567890128",
	}
	require.Len(t, of, len(masking.Patterns()))
	for pattern := range of {
		rules := masking.New([]masking.Pattern{pattern}, nil)
		for other, text := range of {
			require.Equal(t, other == pattern, rules.Text(text) != text, "%s of %s", other, pattern)
		}
	}
	require.Equal(t, "13800138000", masking.New(nil, nil).Text("13800138000"))
}

// requireText compares texts byte by byte, JSON or not: places count.
func requireText(t *testing.T, want, got string) {
	t.Helper()
	require.Equal(t, want, got)
}

// event returns a record as a decoder leaves it.
func event(t require.TestingT, raw string) (*capture.Captured, capture.Tape) {
	tape, err := capture.Parse(nil, raw)
	require.NoError(t, err)
	c := &capture.Captured{Event: capture.Event{Raw: raw}}
	root := capture.Object(tape).Inside(0)
	text := func(name string) string {
		if at := root.Find(name); at >= 0 {
			return root[at].Text
		}
		return ""
	}
	c.ID, c.UserID, c.Name = text("messageId"), text("userId"), text("event")
	if at := root.Find("properties"); at >= 0 {
		c.Properties, c.PropertiesAt = root.Inside(at), root[at].At
	}
	return c, tape
}

func TestPropertiesAreMaskedByTheirName(t *testing.T) {
	t.Parallel()
	rules := masking.New(nil, []string{"real_name", "Age", "address", "card", "ok"})
	raw := `{"event":"signed_up","messageId":"m-王小明","userId":"王小明","context":{"traits":{"n":"王小明","age":25}},` +
		`"properties":{"REAL_NAME":"王小明","age":25,"address":{"city":"北京","no":7,"zip":["100000",null,""]},"card":123456,"ok":true,"price":25}}`
	c, _ := event(t, raw)
	c.Violations = []capture.Violation{
		{Property: "address.no", Actual: "7"}, {Property: "real_name", Actual: `"王小明"`}, {Property: "price", Actual: "25"},
	}
	rules.Event(c, true)
	requireText(t, `{"event":"signed_up","messageId":"m-王小明","userId":"*********","context":{"traits":{"n":"*********","age":""}},`+
		`"properties":{"REAL_NAME":"*********","age":"","address":{"city":"******","no":0,"zip":["******",null,""]},"card":"****","ok":"**","price":25}}`, c.Raw)
	require.Equal(t, "*********", c.UserID)
	require.Equal(t, "m-王小明", c.ID)
	require.Equal(t, "signed_up", c.Name)
	require.Equal(t, []string{masking.Hidden, masking.Hidden, "25"}, []string{c.Violations[0].Actual, c.Violations[1].Actual, c.Violations[2].Actual})
	require.Equal(t, raw, c.Unmasked().Raw)
	require.Equal(t, "王小明", c.Unmasked().UserID)
	require.Empty(t, c.Unmasked().Masks)
}

func TestRecordsAreMaskedByTheirLooks(t *testing.T) {
	t.Parallel()
	raw := `{"event":"call 13800138000","messageId":"13800138000","userId":"13800138000","a":13800138000,"b":[13900139000, "x, 13700137000, y"],` +
		`"c":"\u7535\u8bd013800138000","d":"\u4e20\n13800138000","e":"{\"m\":\"li@example.com\",\"p\":13800138000}","f":-13800138000,"k":13911110024.50,"l":[-13911110023.0],` +
		`"g":"\nli.si@example.com","h":"\u674e@example.com","i":110105194912310020,"j":"C:\\li@example.com"}`
	for _, keep := range []bool{true, false} {
		c, _ := event(t, raw)
		masking.New(masking.Patterns(), nil).Event(c, keep)
		require.True(t, json.Valid([]byte(c.Raw)), c.Raw)
		requireText(t, `{"event":"call 138****8000","messageId":"138****8000","userId":"138****8000","a":"138****00","b":["139****00", "x, 137****7000, y"],`+
			`"c":"\u7535\u8bd0138****8000","d":"\u4e20\n138****8000","e":"{\"m\":\"l*@example.com\",\"p\":138****8000}","f":"-13*****00","k":"139*******50","l":["-13*******.0"],`+
			`"g":"\nl****@example.com","h":"\u674e@example.com","i":110105194912310020,"j":"C:\\l*@example.com"}`, c.Raw)
		require.Equal(t, "13800138000", c.ID, "repeats are told by it")
		require.Equal(t, "138****8000", c.UserID)
		require.Equal(t, "call 138****8000", c.Name)
		require.NotEmpty(t, c.Masks)
		if keep {
			require.Equal(t, raw, c.Unmasked().Raw)
			require.Equal(t, "13800138000", c.Unmasked().UserID)
		} else {
			require.Same(t, c, c.Unmasked())
		}
	}
}

func TestViolationsDoNotQuoteWhatIsMasked(t *testing.T) {
	t.Parallel()
	raw := `{"properties":{"items":[{"city":"绝密城市"}],"address":{"phone":"座机六一"},"note":"绝密城市","level":"绝密\"城市","plain":"x"}}`
	c, _ := event(t, raw)
	c.Violations = []capture.Violation{
		{Property: "items[0].city", Actual: `"绝密城市"`},
		{Property: "items", Actual: `[{"city":"绝密城市"}]`},
		{Property: "address", Actual: `{"phone":"座机六一"}`},
		{Property: "note", Actual: `"绝密城市"`},
		{Property: "plain", Actual: `"x"`},
	}
	masking.New(masking.Patterns(), []string{"city", "phone"}).Event(c, true)
	for i, v := range c.Violations {
		if v.Property == "plain" {
			require.Equal(t, `"x"`, v.Actual)
			continue
		}
		require.Equal(t, masking.Hidden, v.Actual, i)
	}
	require.NotContains(t, c.Raw, "绝密城市")
}

func TestEscapesHideNothing(t *testing.T) {
	t.Parallel()
	escape := func(s string) (out string) {
		for _, r := range s {
			out += fmt.Sprintf(`\u%04x`, r)
		}
		return out
	}
	for _, text := range []string{escape("13800138000"), escape("11010519491231002X"), escape("6222021234567890128"), `li.si6\u0040example.cn`, `139\u00201111\u00200012`} {
		c, _ := event(t, `{"properties":{"p":"`+text+`","q":"\u0041"}}`)
		masking.New(masking.Patterns(), nil).Event(c, true)
		requireText(t, `{"properties":{"p":"`+strings.Repeat("*", len(text))+`","q":"\u0041"}}`, c.Raw)
		requireText(t, `{"properties":{"p":"`+text+`","q":"\u0041"}}`, c.Unmasked().Raw)
	}
}

func TestSensitiveNamesBesideTheProperties(t *testing.T) {
	t.Parallel()
	rules := masking.New(nil, []string{"phone", "name"})
	for raw, want := range map[string]string{
		`{"name":"e","context":{"traits":{"phone":"secret"},"library":{"name":"js"}},"properties":{"a":1}}`:     `{"name":"e","context":{"traits":{"phone":"******"},"library":{"name":"js"}},"properties":{"a":1}}`,
		`{"user_properties":{"phone":"secret"},"properties":{}}`:                                                `{"user_properties":{"phone":"******"},"properties":{}}`,
		`{"contexts":[{"schema":"s","data":{"name":"secret"}}],"properties":{}}`:                                `{"contexts":[{"schema":"s","data":{"name":"******"}}],"properties":{}}`,
		`{"properties":{"a":"{\"phone\":\"secret\"}","b":"phone"}}`:                                             `{"properties":{"a":"**********************","b":"phone"}}`,
		`{"properties":{"$phone":"secret","user.name":"secret2","name ":"secret3","phones":"x","surname":"y"}}`: `{"properties":{"$phone":"******","user.name":"*******","name ":"*******","phones":"x","surname":"y"}}`,
	} {
		c, _ := event(t, raw)
		rules.Event(c, false)
		requireText(t, want, c.Raw)
	}
}

func TestAComposedNameIsMasked(t *testing.T) {
	t.Parallel()
	c, _ := event(t, `{"e_c":"a","e_a":"13911110064"}`)
	c.Name, c.UserAgent = "a/13911110064", "app/1.0 (13911110064)"
	masking.New(masking.Patterns(), nil).Event(c, false)
	require.Equal(t, "a/139****0064", c.Name)
	require.Equal(t, "app/1.0 (139****0064)", c.UserAgent)
}

func TestWhatStandsOutsideOfTheRecordIsMasked(t *testing.T) {
	t.Parallel()
	c, _ := event(t, `{"properties":{"secret":"王小明同学"}}`)
	notes := []string{"user 13800138000 was odd", "fine"}
	c.UserID, c.AnonymousID, c.Notes = "li@example.com", string([]byte("王小明同学")), notes
	c.Page.URL = "https://example.com/?phone=13800138000&mail=li%40example.com"
	c.Violations = []capture.Violation{{Property: "x", Actual: `"13800138000"`}}
	masking.New(masking.Patterns(), []string{"secret"}).Event(c, false)
	require.Equal(t, "l*@example.com", c.UserID)
	require.Equal(t, strings.Repeat("*", 15), c.AnonymousID)
	require.Equal(t, []string{"user 138****8000 was odd", "fine"}, c.Notes)
	require.Equal(t, "user 13800138000 was odd", notes[0], "notes are shared between events")
	require.Equal(t, "https://example.com/?phone=138****8000&mail=l*%40example.com", c.Page.URL)
	require.Equal(t, `"138****8000"`, c.Violations[0].Actual)
}

func TestARecordThatCouldNotBeReadIsMasked(t *testing.T) {
	t.Parallel()
	c, _ := event(t, `{"kind":{"real_name":"王小明"}}`)
	c.PropertiesAt = capture.Span{}
	masking.New(nil, []string{"real_name"}).Event(c, false)
	requireText(t, `{"kind":{"real_name":"*********"}}`, c.Raw)
}

func TestATextThatIsNoRecordIsMaskedBehindANameOfAProperty(t *testing.T) {
	t.Parallel()
	rules := masking.New(masking.Patterns(), []string{"real_name"})
	require.Equal(t, `{"a":"138****8000","Real_Name`+strings.Repeat("*", 12), rules.Unread(`{"a":"13800138000","Real_Name":"王小明`))
	require.Equal(t, "nothing", rules.Unread("nothing"))
	c := &capture.Captured{Event: capture.Event{Raw: `"{\"a\":1,\"real_name\":\"王小明\""`}}
	rules.Event(c, true)
	requireText(t, `"{\"a\":1,\"real_name`+strings.Repeat("*", 16)+`"`, c.Raw)
	requireText(t, `"{\"a\":1,\"real_name\":\"王小明\""`, c.Unmasked().Raw)
}

// drawJSON draws a JSON value with personal texts in it.
func drawJSON(depth int) *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		texts := []string{
			"13800138000", "li@example.com", "11010519491231002X", "a\"b\\", "王小明", "", "x", "电话13800138000\n", "6222021234567890128", "+8613800138000",
		}
		switch rapid.IntRange(0, 6+depth).Draw(t, "kind") {
		case 0:
			return nil
		case 1:
			return rapid.Bool().Draw(t, "bool")
		case 2:
			return rapid.SampledFrom([]json.Number{"1", "25", "13800138000", "6222021234567890128", "-13800138000", "1e3"}).Draw(t, "number")
		case 3, 4, 5, 6:
			return rapid.SampledFrom(texts).Draw(t, "a") + rapid.SampledFrom([]string{"", " ", ",", "é"}).Draw(t, "sep") + rapid.SampledFrom(texts).Draw(t, "b")
		case 7:
			return rapid.SliceOfN(drawJSON(depth-1), 0, 3).Draw(t, "list")
		default:
			return rapid.MapOfN(rapid.SampledFrom([]string{"phone", "Name", "13800138000", "li@example.com", "x"}), drawJSON(depth-1), 0, 4).Draw(t, "object")
		}
	})
}

func TestMaskingKeepsPlacesAndCanBeTakenBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		properties := rapid.MapOfN(rapid.SampledFrom([]string{"phone", "name", "b", "c"}), drawJSON(2), 0, 4).Draw(t, "properties")
		text, err := json.Marshal(map[string]any{"event": "e", "userId": "13800138000", "properties": properties})
		require.NoError(t, err)
		rules := masking.New(masking.Patterns(), []string{"phone", "NAME"})
		c, _ := event(t, string(text))
		at := c.PropertiesAt
		rules.Event(c, rapid.Bool().Draw(t, "keep"))
		require.True(t, json.Valid([]byte(c.Raw)), c.Raw)
		require.Len(t, c.Raw, len(text))
		require.Equal(t, at, c.PropertiesAt)
		require.Equal(t, "138****8000", c.UserID)

		again := *c
		again.Masks, again.Properties = nil, nil
		rules.Event(&again, false)
		require.Equal(t, c.Raw, again.Raw, "nothing is left to be masked")

		var back capture.Captured
		require.NoError(t, capture.DecodeRecord(string(capture.AppendRecord(nil, []capture.Captured{*c})), 1, func(got *capture.Captured) bool {
			back = *got
			return true
		}))
		require.Equal(t, c.Masks, back.Masks)
		end := uint32(0)
		for _, m := range c.Masks {
			require.GreaterOrEqual(t, m.At.Start, end, "in order, apart")
			end = m.At.End
		}
		if len(c.Masks) > 0 && c.Masks[0].Text != "" {
			require.Equal(t, string(text), back.Unmasked().Raw)
			require.Equal(t, "13800138000", back.Unmasked().UserID)
		}
	})
}

// TestPatternsAreFoundWhereverTheyStand: not every byte of a text is looked at.
func TestPatternsAreFoundWhereverTheyStand(t *testing.T) {
	t.Parallel()
	rules := masking.New(masking.Patterns(), nil)
	for _, value := range []string{
		"13800138000", "138-0013-8000", "138 0013 8000", "+8613800138000", "+86 13800138000", "+12345678", "11010519491231002X", "4111 1111 1111 1111",
		"6222021234567890128", "a@b.co",
	} {
		for before := range 40 {
			for _, filler := range []string{"x", "\"", "/"} {
				text := strings.Repeat(filler, before) + " " + value
				require.NotContains(t, rules.Text(text), value)
				require.NotContains(t, rules.Text(text+" and more"), value)
			}
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add("请打 +86 138-0013-8000 或 li@example.com")
	f.Add(`{"a":"\u4e2013800138000","b":6222021234567890128}`)
	f.Add(`"\u0A00"`) // the name of a property within an escape
	f.Add("１３８００１３８０００ 138\u00a00013\u30008000")
	rules := masking.New(masking.Patterns(), []string{"a"})
	f.Fuzz(func(t *testing.T, text string) {
		masked := rules.Text(text)
		require.Len(t, masked, len(text))
		if _, err := capture.Parse(nil, text); err == nil {
			c := capture.Captured{Event: capture.Event{Raw: text}}
			rules.Event(&c, true)
			_, err := capture.Parse(nil, c.Raw)
			require.NoError(t, err, c.Raw)
			require.Equal(t, text, c.Unmasked().Raw)
		}
	})
}

func BenchmarkEvent(b *testing.B) {
	raw := `{"type":"track","event":"order_paid","messageId":"3f250413-4f89-41d3-9a0c-030582013301","anonymousId":"9b2e4c7d-1a5f-4e83-b6d0-72c91f8e3a54",` +
		`"userId":"u00451234","timestamp":"2026-11-23T12:00:00.000Z","context":{"app":{"name":"Shop","version":"8.6.1","build":"801"},` +
		`"device":{"id":"9b2e4c7d-1a5f-4e83-b6d0-72c91f8e3a54","manufacturer":"Xiaomi","model":"M2102K1C","type":"android"},"library":` +
		`{"name":"analytics-android","version":"4.11.3"},"locale":"zh-CN","network":{"carrier":"CMCC","wifi":true},` +
		`"os":{"name":"Android","version":"13"},"timezone":"Asia/Shanghai"},"properties":{"product_id":"sku_481023","price":1299.50,` +
		`"order_id":"SO20261123120000123","name":"苹果手机 15 Pro","quantity":2,"coupon":"C004711","session":"0c5d8e21-77a4-4b90-8f3e-5d6c7b8a9012",` +
		`"page":"https://m.example.com/p/481023?from=search","note":"一段普通的文字 plain text."}}`
	c, _ := event(b, raw)
	for name, rules := range map[string]*masking.Rules{
		"patterns": masking.New(masking.Patterns(), nil), "patterns and names": masking.New(masking.Patterns(), []string{"phone", "real_name"}),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			for b.Loop() {
				one := *c
				rules.Event(&one, true)
			}
		})
	}
}

// Texts that would be slow if something were looked at again and again.
func TestHostileTextsTakeLinearTime(t *testing.T) {
	t.Parallel()
	rules := masking.New(masking.Patterns(), []string{"a"})
	for _, unit := range []string{"1", "13800138000,", "a1234567890", "\\1", "\\\\", "@", "a@b.", "a%40b.co ", "1-", "13800138000 ", "4111 ", "１", "１３８００１３８０００，", "1\u00a0", "\xef"} {
		_ = rules.Text(strings.Repeat(unit, (1<<20)/len(unit)))
	}
	c, _ := event(t, `{"properties":{"a":[`+strings.TrimSuffix(strings.Repeat(`13800138000,"x12345",`, 50_000), ",")+`]}}`)
	rules.Event(c, true)
	require.Len(t, c.Masks, 100_000)
}

// TestANumberThatIsAnID: it becomes a text without the quotes that its place in the record has then, by which it is found.
func TestANumberThatIsAnID(t *testing.T) {
	t.Parallel()
	for _, one := range []struct{ id, masked string }{
		{"13700137078", "137****78"}, {"-13700137078", "-13*****78"}, {"13700137078.0", "137******.0"}, {"6222021234567890128", "622************28"},
	} {
		c, _ := event(t, `{"userId":`+one.id+`,"event":`+one.id+`,"properties":{}}`)
		masking.New(masking.Patterns(), nil).Event(c, true)
		require.Equal(t, one.masked, c.UserID)
		require.Equal(t, one.masked, c.Name)
		require.Contains(t, masking.AlsoMasked([]string{one.id}), c.UserID)
		require.Equal(t, one.id, c.Unmasked().UserID)
		var back capture.Captured
		require.NoError(t, capture.DecodeRecord(string(capture.AppendRecord(nil, []capture.Captured{*c})), 1, func(got *capture.Captured) bool {
			back = *got
			return true
		}))
		require.Equal(t, one.masked, back.UserID)
		require.Equal(t, one.id, back.Unmasked().UserID)
	}
	c, _ := event(t, `{"userId":42,"properties":{"userId":42}}`)
	masking.New(nil, []string{"no"}).Event(c, true)
	require.Equal(t, "42", c.UserID)
	require.Equal(t, []string{"+8613700137078", "+86*******7078"}, masking.AlsoMasked([]string{"+8613700137078"}), "that is no number in JSON")
}

// TestWideDigitsAreMaskedInRecords: also where JSON has them escaped, beside others, and what was there comes back.
func TestWideDigitsAreMaskedInRecords(t *testing.T) {
	t.Parallel()
	raw := `{"userId":"１３８００１３８０００","a":13900139000,"b":["\uff11\uFF13８００１３８０００","138\u00a00013\u00a08000"],"c":"１２"}`
	c, _ := event(t, raw)
	masking.New(masking.Patterns(), nil).Event(c, true)
	requireText(t, `{"userId":"１３８************８０００","a":"139****00","b":["***************************************","***********************"],"c":"１２"}`, c.Raw)
	require.Equal(t, "１３８************８０００", c.UserID)
	require.Contains(t, masking.AlsoMasked([]string{"１３８００１３８０００"}), c.UserID)
	requireText(t, raw, c.Unmasked().Raw)
}

// TestWideDigitsAreFoundEverywhere: only some bytes of a text are looked at.
func TestWideDigitsAreFoundEverywhere(t *testing.T) {
	t.Parallel()
	all := masking.New(masking.Patterns(), nil)
	for _, number := range []string{
		"１３８００１３８０００", "138\u00a00013\u00a08000", "138\u30000013\u30008000", "138\u20110013\u20118000", "138－0013－8000", "138\u202f0013\u202f8000",
		"１３８ ００１３ ８０００", "１３８\u00a0００１３\u00a0８０００", "１３８　００１３　８０００", "１3８0０1３8０0０", "13800１38000", "138０0138000", "１38\u00a00013\u00a08000",
	} {
		for i := range 16 {
			before := strings.Repeat("x", i) + "，"
			text := before + number + "，y"
			require.NotEqual(t, text, all.Text(text), "%q", text)
			require.Len(t, all.Text(text), len(text))
		}
	}
}
