package check_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/check"
)

func TestAValidEventAllocatesNothing(t *testing.T) {
	flat, flatEvent := flat12()
	for planned, sent := range map[string]string{paid: paidEvent, flat: flatEvent} {
		c, ev := compile(t, definition(t, planned)), track(t, "order_paid", sent)
		var r check.Result
		c.Check(ev, "ios", &r)
		require.Empty(t, r.Violations)
		require.Zero(t, testing.AllocsPerRun(100, func() { c.Check(ev, "ios", &r) }))
	}
	encoded := compile(t, definition(t, `{"wireName":"x","match":[{"property":"k","value":"v"}],"properties":[
		{"name":"k","type":{"base":"STRING"},"presence":"REQUIRED"},
		{"name":"n","type":{"base":"INTEGER","valueSet":"vst_level","minimum":"1e0"},"presence":"REQUIRED"},
		{"name":"j","type":{"base":"OBJECT","encoding":"JSON","fields":[
			{"name":"in","type":{"base":"LIST","encoding":"JSON","items":{"base":"NUMBER"}}}]},"presence":"REQUIRED"}]}`))
	ev := track(t, "x", `{"k":"v","n":1000.0,"j":"{\"in\":12}"}`)
	var r check.Result
	encoded.Check(ev, "ios", &r)
	require.Equal(t, []string{check.TypeMismatch}, codes(&r))
	ev = track(t, "x", `{"k":"v","n":1000.0,"j":"{}"}`)
	encoded.Check(ev, "ios", &r)
	require.Equal(t, []string{check.PropertyEmpty}, codes(&r))
	ev = track(t, "x", `{"k":"v","n":1000.0,"j":"{\"in\":null}"}`)
	ev.Properties[2].Text = `{"in":"[1,2.5e3]"}`
	encoded.Check(ev, "ios", &r)
	require.Empty(t, r.Violations)
	require.Zero(t, testing.AllocsPerRun(100, func() { encoded.Check(ev, "ios", &r) }))
}

func TestAnEventOfManyProperties(t *testing.T) {
	t.Parallel()
	c := compile(t, definition(t, paid))
	var b strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&b, `,"Order_ID%d":{"a":%d}`, i, i)
	}
	extra := b.String()[1:]
	r := judge(t, c, "ios", track(t, "order_paid", "{"+extra+"}"))
	require.Equal(t, capture.Invalid, r.Verdict)
	require.Len(t, r.Violations, check.MaxViolations)
	require.Equal(t, 100_000+7-check.MaxViolations, r.More)
	// Errors come late, but are what matters: they take the place of warnings.
	errors := codes(r)[check.MaxViolations-7:]
	for _, code := range errors {
		require.Equal(t, check.PropertyMissing, code)
	}

	r = judge(t, c, "ios", track(t, "order_paid", strings.TrimSuffix(paidEvent, "}")+","+extra+"}"))
	require.Equal(t, capture.Valid, r.Verdict, "extra properties warn, however many there are")
	require.Equal(t, 100_000-check.MaxViolations, r.More)
}

func TestAListOfManyWrongItems(t *testing.T) {
	t.Parallel()
	c := compile(t, definition(t, `{"wireName":"x","properties":[{"name":"l","type":{"base":"LIST","items":{"base":"DATE"}},"presence":"REQUIRED"}]}`))
	r := judge(t, c, "ios", track(t, "x", `{"l":[1`+strings.Repeat(",1", 99_999)+`]}`))
	require.Len(t, r.Violations, check.MaxViolations)
	require.Equal(t, 100_000-check.MaxViolations, r.More)
	require.Equal(t, "l[63]", r.Violations[63].Property)
}

func TestHugeNamesAndTextsAreCut(t *testing.T) {
	t.Parallel()
	c := compile(t, definition(t, `{"wireName":"x","properties":[{"name":"s","type":{"base":"STRING","pattern":"(a*)*b"},"presence":"OPTIONAL"}]}`))
	huge := strings.Repeat("a", 1<<20)
	r := judge(t, c, "ios", track(t, "x", `{"`+huge+`":1,"s":"`+huge+`b"}`))
	require.Equal(t, []string{check.ExtraProperty, check.PatternMismatch}, codes(r))
	require.Less(t, len(r.Violations[0].Property), 310)
	require.LessOrEqual(t, len(r.Violations[1].Actual), check.MaxText)

	r = judge(t, c, "ios", track(t, huge, `{}`))
	require.Equal(t, []string{check.EventUnplanned}, codes(r))
	require.LessOrEqual(t, len(r.Violations[0].Actual), check.MaxText)
}

func TestAResultIsUsedAgain(t *testing.T) {
	t.Parallel()
	c := compile(t, definition(t, paid), definition(t, `{"key":"empty","wireName":"empty"}`))
	var r check.Result
	c.Check(track(t, "order_paid", `{"debug":1}`), "ios", &r)
	require.Equal(t, capture.Invalid, r.Verdict)
	c.Check(track(t, "empty", `{}`), "ios", &r)
	require.Equal(t, "empty VALID []", verdict(&r))
	c.Check(track(t, "nope", `{}`), "ios", &r)
	require.Equal(t, " UNPLANNED [event_unplanned]", verdict(&r))
	c.Check(track(t, "order_paid", paidEvent), "ios", &r)
	require.Equal(t, "key VALID []", verdict(&r))
}

func TestACheckerIsSharedByGoroutines(t *testing.T) {
	t.Parallel()
	c := compile(t, definition(t, paid))
	for range 4 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			var r check.Result
			ev := track(t, "order_paid", paidEvent)
			for range 200 {
				c.Check(ev, "ios", &r)
				require.Equal(t, capture.Valid, r.Verdict)
			}
		})
	}
}
