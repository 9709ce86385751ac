package check_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/check"
	"github.com/waymarkhq/waymark/internal/plan"
)

// paid is an event of 12 properties with most sorts of constraints, as a shop would plan it.
const paid = `{"wireName":"order_paid","properties":[
	{"name":"order_id","type":{"base":"STRING","pattern":"[A-Z]{2}[0-9]{6,20}"},"presence":"REQUIRED"},
	{"name":"product_name","type":{"base":"STRING","maxLength":60},"presence":"REQUIRED"},
	{"name":"category","type":{"base":"STRING"},"presence":"REQUIRED"},
	{"name":"price","type":{"base":"NUMBER","minimum":"0"},"presence":"REQUIRED"},
	{"name":"quantity","type":{"base":"INTEGER","minimum":"1","maximum":"999"},"presence":"REQUIRED"},
	{"name":"is_vip","type":{"base":"BOOLEAN"},"presence":"OPTIONAL"},
	{"name":"tags","type":{"base":"LIST","items":{"base":"STRING"},"maxItems":20},"presence":"OPTIONAL"},
	{"name":"pay_method","type":{"base":"STRING","valueSet":"vst_pay"},"presence":"REQUIRED"},
	{"name":"paid_at","type":{"base":"DATETIME"},"presence":"REQUIRED"},
	{"name":"level","type":{"base":"ENUM","values":[{"value":"1"},{"value":"2"},{"value":"3"}]},"presence":"OPTIONAL"},
	{"name":"coupon","type":{"base":"OBJECT","fields":[
		{"name":"id","type":{"base":"STRING"},"required":true},
		{"name":"amount","type":{"base":"NUMBER","minimum":"0"}}]},"presence":"OPTIONAL"},
	{"name":"run_id","type":{"base":"STRING"},"presence":"OPTIONAL"}]}`

const paidEvent = `{"order_id":"AB12345678","product_name":"苹果手机 15 Pro 🍎","category":"手机/数码","price":5999.5,` +
	`"quantity":2,"is_vip":true,"tags":["新品","促销"],"pay_method":"wechat","paid_at":"2026-01-02T03:04:05.000Z",` +
	`"level":2,"coupon":{"id":"c-1","amount":100},"run_id":"run1"}`

// flat12 is the plain case: 12 properties without nesting, as the simplest SDK calls send them.
func flat12() (planned, sent string) {
	var rules, values []string
	for i, base := range []string{"STRING", "STRING", "STRING", "NUMBER", "INTEGER", "BOOLEAN", "STRING", "INTEGER", "STRING", "NUMBER", "STRING", "BOOLEAN"} {
		name := fmt.Sprintf("property_%c", 'a'+i)
		rules = append(rules, fmt.Sprintf(`{"name":%q,"type":{"base":%q},"presence":"REQUIRED"}`, name, base))
		value := map[string]string{"STRING": `"苹果手机"`, "NUMBER": "5999.5", "INTEGER": "42", "BOOLEAN": "true"}[base]
		values = append(values, fmt.Sprintf("%q:%s", name, value))
	}
	return `{"wireName":"order_paid","properties":[` + strings.Join(rules, ",") + `]}`, "{" + strings.Join(values, ",") + "}"
}

// BenchmarkBudgetCheck12 judges one valid event of 12 properties: the budget is 0.4 µs without allocating. The peer is
// santhosh-tekuri/jsonschema v6 on the same rules and the same event, already decoded to Go values.
func BenchmarkBudgetCheck12(b *testing.B) {
	flat, flatEvent := flat12()
	for _, bench := range []struct{ name, planned, sent string }{
		{"rich", paid, paidEvent},
		{"flat", flat, flatEvent},
	} {
		d := definition(b, bench.planned)
		b.Run(bench.name+"/waymark", func(b *testing.B) { benchmarkCheck(b, d, bench.sent) })
		b.Run(bench.name+"/jsonschema", func(b *testing.B) { benchmarkSchema(b, d, bench.sent) })
	}
}

func benchmarkCheck(b *testing.B, d plan.Definition, sent string) {
	b.Helper()
	c, ev := compile(b, d), track(b, "order_paid", sent)
	var r check.Result
	c.Check(ev, "ios", &r)
	require.Equal(b, capture.Valid, r.Verdict)
	require.Empty(b, r.Violations)
	benchmarkCPU(b, func() { c.Check(ev, "ios", &r) })
}

func benchmarkSchema(b *testing.B, d plan.Definition, sent string) {
	b.Helper()
	o := newOracle(b)
	o.plain = true
	schema := o.compile(b, &d)
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(sent))
	require.NoError(b, err)
	require.NoError(b, schema.Validate(value))
	b.ReportAllocs()
	for b.Loop() {
		if err := schema.Validate(value); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCheckInvalid judges an event with four violations, whose texts have to be made.
func BenchmarkCheckInvalid(b *testing.B) {
	c := compile(b, definition(b, paid))
	ev := track(b, "order_paid", `{"order_id":"x","product_name":"undefined","category":"手机","price":"五千","quantity":2,`+
		`"pay_method":"wechat","paid_at":"2026-01-02T03:04:05.000Z","debug":true}`)
	var r check.Result
	c.Check(ev, "ios", &r)
	require.Len(b, r.Violations, 4)
	b.ReportAllocs()
	for b.Loop() {
		c.Check(ev, "ios", &r)
	}
}

// BenchmarkCompile2000 compiles a plan of 2,000 events of 12 properties and 8 common ones, on 4 terminals.
func BenchmarkCompile2000(b *testing.B) {
	p := &plan.Plan{ValueSets: map[string]*plan.ValueSet{
		"vst_pay": {ID: "vst_pay", Values: []plan.Value{{Value: "wechat"}}},
	}}
	for _, key := range []string{"ios", "android", "web", "mini"} {
		p.Terminals = append(p.Terminals, plan.Terminal{Key: key})
	}
	common := plan.Definition{Key: "common", Kind: plan.KindCommon}
	for i := range 8 {
		common.Properties = append(common.Properties, plan.PropertyRule{
			Name: fmt.Sprintf("common_%d", i), Type: plan.Type{Base: plan.TypeString}, Presence: plan.PresenceRequired,
		})
	}
	p.Definitions = append(p.Definitions, common)
	for i := range 2000 {
		d := definition(b, paid)
		d.Key, d.WireName = fmt.Sprintf("event_%d", i), fmt.Sprintf("event_%d", i)
		p.Definitions = append(p.Definitions, d)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := check.Compile(p); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkHostileProperties judges an event of 100,000 properties that nobody planned.
func BenchmarkHostileProperties(b *testing.B) {
	c := compile(b, definition(b, paid))
	members := make(map[string]int, 100_000)
	for i := range 100_000 {
		members[fmt.Sprintf("Property_%d", i)] = i
	}
	text, err := json.Marshal(members)
	require.NoError(b, err)
	ev := track(b, "order_paid", string(text))
	var r check.Result
	b.ReportAllocs()
	for b.Loop() {
		c.Check(ev, "ios", &r)
	}
	require.Equal(b, 100_000+7-check.MaxViolations, r.More)
}
