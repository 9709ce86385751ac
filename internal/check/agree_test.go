package check_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/check"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// eventsPerDefinition is how many events each generated definition judges, since translating it costs the most.
const eventsPerDefinition = 12

// agree draws a definition and events, and holds our judgements against those of the oracle.
func agree(t *rapid.T) {
	d := drawDefinition(t)
	dropContradictions(&d)
	c, schema := compile(t, d), newOracle(t).compile(t, &d)
	var r check.Result
	for range eventsPerDefinition {
		text := drawEvent(t, &d)
		ev := track(t, "order_paid", text)
		c.Check(ev, "ios", &r)
		err := schema.Validate(goObject(ev.Properties))
		if (err == nil) != (r.Verdict == capture.Valid) {
			t.Fatalf("definition %s\nevent %s\njsonschema: %v\nours: %v %+v", d.Canonical(), text, err, r.Verdict, r.Violations)
		}
		checkResult(t, &r)
	}
}

// dropContradictions takes narrowings back until validation accepts the definition.
func dropContradictions(d *plan.Definition) {
	for i := range d.Properties {
		r := &d.Properties[i]
		for _, undo := range []func(){
			func() { r.NarrowingOn = nil },
			func() { r.Narrowing = nil },
			func() { r.Type = plan.Type{Base: plan.TypeString} },
		} {
			var refused fault.Fields
			if r.Validate("", &refused); refused.Err() == nil {
				break
			}
			undo()
		}
	}
}

type failer interface {
	Fatalf(format string, args ...any)
}

// checkResult holds what is true of every judgement of a planned event.
func checkResult(t failer, r *check.Result) {
	errors := 0
	for _, v := range r.Violations {
		if v.Severity == capture.Error {
			errors++
		}
		if v.Severity == 0 || v.Property == "" || v.Expected == "" || v.Actual == "" {
			t.Fatalf("incomplete violation %+v", v)
		}
		if len(v.Expected) > check.MaxText || len(v.Actual) > check.MaxText {
			t.Fatalf("overlong violation %+v", v)
		}
		if strings.ToValidUTF8(v.Actual, "") != v.Actual {
			t.Fatalf("violation with broken text %+v", v)
		}
	}
	if (errors > 0) != (r.Verdict == capture.Invalid) {
		t.Fatalf("verdict %v with violations %+v", r.Verdict, r.Violations)
	}
}

func TestAgreesWithJSONSchema(t *testing.T) {
	t.Parallel()
	rapid.Check(t, agree)
}

func FuzzAgreesWithJSONSchema(f *testing.F) {
	f.Fuzz(rapid.MakeFuzz(agree))
}

func TestGeneratedEventsAreOfBothVerdicts(t *testing.T) {
	t.Parallel()
	count := map[capture.Verdict]int{}
	seen := map[string]bool{}
	rapid.Check(t, func(rt *rapid.T) {
		d := drawDefinition(rt)
		dropContradictions(&d)
		r := judge(t, compile(t, d), "ios", track(t, "order_paid", drawEvent(rt, &d)))
		count[r.Verdict]++
		for _, code := range codes(r) {
			seen[code] = true
		}
	})
	require.Greater(t, count[capture.Valid], 5)
	require.Greater(t, count[capture.Invalid], 5)
	t.Log(count, len(seen), "codes")
}

// everything is a definition with each type, to be thrown any text at.
const everything = `{"wireName":"order_paid","properties":[
	{"name":"s","type":{"base":"STRING","pattern":"[a-z苹果]*","minLength":1,"maxLength":8},"presence":"REQUIRED"},
	{"name":"i","type":{"base":"INTEGER","minimum":"-5","maximum":"9007199254740992"},"presence":"OPTIONAL"},
	{"name":"n","type":{"base":"NUMBER","minimum":"0.1","maximum":"1e30","nullable":true},"presence":"OPTIONAL"},
	{"name":"b","type":{"base":"BOOLEAN"},"presence":"OPTIONAL"},
	{"name":"t","type":{"base":"DATETIME"},"presence":"OPTIONAL"},
	{"name":"d","type":{"base":"DATE"},"presence":"OPTIONAL"},
	{"name":"e","type":{"base":"ENUM","values":[{"value":"a"},{"value":"1"}]},"presence":"OPTIONAL"},
	{"name":"v","type":{"base":"INTEGER","valueSet":"vst_level"},"presence":"OPTIONAL"},
	{"name":"l","type":{"base":"LIST","items":{"base":"STRING"},"minItems":1,"maxItems":3},"presence":"OPTIONAL"},
	{"name":"j","type":{"base":"LIST","items":{"base":"INTEGER"},"encoding":"JSON"},"presence":"OPTIONAL"},
	{"name":"u","type":{"base":"STRING","encoding":"URL","maxLength":3},"presence":"OPTIONAL"},
	{"name":"o","type":{"base":"OBJECT","fields":[
		{"name":"x","type":{"base":"OBJECT","fields":[{"name":"y","required":true,"type":{"base":"NUMBER"}}]},"required":true}
	]},"presence":"OPTIONAL"}]}`

// FuzzAnyText judges events of any text by one definition. A property that is there twice is not for the oracle.
func FuzzAnyText(f *testing.F) {
	f.Add(`{"s":"苹果","i":5.0,"n":null,"b":true,"t":"2026-01-02 03:04:05","d":"2026-01-02","e":1,"v":1e3,"l":["a"],` +
		`"j":"[1,2]","u":"%41","o":{"x":{"y":1e400}}}`)
	f.Add(`{"S":"a","s":"undefined","i":5.5,"n":0.01,"t":"","d":"2026-02-30","e":"b","l":[],"j":"[1.5]","u":"%zz","o":{}}`)
	d := definition(f, everything)
	c, schema := compile(f, d), newOracle(f).compile(f, &d)
	f.Fuzz(func(t *testing.T, text string) {
		tape, err := capture.Parse(nil, text)
		if err != nil || tape[0].Kind != capture.ObjectKind || hasHugeExponent(tape) {
			return
		}
		ev := &capture.Event{Type: capture.Track, Name: "order_paid", Properties: capture.Object(tape[1:])}
		r := judge(t, c, "ios", ev)
		checkResult(t, r)
		if slices.Contains(codes(r), check.DuplicateProperty) {
			return
		}
		if err := schema.Validate(goObject(ev.Properties)); (err == nil) != (r.Verdict == capture.Valid) {
			t.Fatalf("event %s\njsonschema: %v\nours: %v %+v", text, err, r.Verdict, r.Violations)
		}
	})
}

// hasHugeExponent is true where a number, also one in a string, might be too much for the oracle's big.Rat.
func hasHugeExponent(tape capture.Tape) bool {
	return slices.ContainsFunc(tape, func(n capture.Node) bool { return hugeExponent.MatchString(n.Text) })
}

var hugeExponent = regexp.MustCompile(`[eE][+-]?0*[1-9][0-9]{3}`)
