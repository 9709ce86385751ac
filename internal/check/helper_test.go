package check_test

import (
	"encoding/json"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/check"
	"github.com/waymarkhq/waymark/internal/plan"
)

// now is when all events of these tests are received.
var now = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

// tester is what helpers need of a test, a benchmark or a rapid check.
type tester interface {
	require.TestingT
	Helper()
}

// track returns a tracked event with the given properties as JSON.
func track(tb tester, name, properties string) *capture.Event {
	tb.Helper()
	return event(tb, capture.Track, name, properties)
}

func event(tb tester, typ capture.Type, name, properties string) *capture.Event {
	tb.Helper()
	tape, err := capture.Parse(nil, properties)
	require.NoError(tb, err)
	require.Equal(tb, capture.ObjectKind, tape[0].Kind)
	return &capture.Event{Format: "segment", Type: typ, Name: name, ReceivedAt: now, Properties: capture.Object(tape[1:])}
}

// definition reads a definition from JSON; its ids and key are made from the wire name where they are not given.
func definition(tb tester, text string) plan.Definition {
	tb.Helper()
	d := plan.Definition{Kind: plan.KindTrack}
	require.NoError(tb, json.Unmarshal([]byte(text), &d), text)
	if d.Key == "" {
		d.Key = "key"
	}
	d.EventID, d.RevisionID = "evt_"+d.Key, "evr_"+d.Key
	return d
}

// compile builds the checker of definitions on the terminals ios, web and server.
func compile(tb tester, definitions ...plan.Definition) *check.Checker {
	tb.Helper()
	return compileSlots(tb, nil, definitions...)
}

// slots reads slots from JSON; none from none.
func slots(tb tester, text string) (list []plan.Slot) {
	tb.Helper()
	if text != "" {
		require.NoError(tb, json.Unmarshal([]byte(text), &list), text)
	}
	return list
}

// compileSlots is compile where slots say which definition holds.
func compileSlots(tb tester, slots []plan.Slot, definitions ...plan.Definition) *check.Checker {
	tb.Helper()
	c, err := check.Compile(&plan.Plan{
		Slots: slots,
		Terminals: []plan.Terminal{
			{Key: "ios", Kind: plan.TerminalIOS, Systems: []string{"iOS", "iPadOS"}},
			{Key: "web", Kind: plan.TerminalWeb, Libraries: []string{"analytics.js"}},
			{Key: "server", Kind: plan.TerminalServer},
		},
		Definitions: definitions,
		ValueSets: map[string]*plan.ValueSet{
			"vst_pay":   {ID: "vst_pay", Key: "pay", Values: []plan.Value{{Value: "wechat"}, {Value: "alipay"}, {Value: "None"}}},
			"vst_level": {ID: "vst_level", Key: "level", Values: []plan.Value{{Value: "1"}, {Value: "2"}, {Value: "1e3"}}},
		},
	})
	require.NoError(tb, err)
	return c
}

// judge returns the judgement of one event from a terminal.
func judge(tb tester, c *check.Checker, terminal string, ev *capture.Event) *check.Result {
	tb.Helper()
	var r check.Result
	c.Check(ev, terminal, &r)
	return &r
}

// codes lists the codes of a judgement's violations.
func codes(r *check.Result) []string {
	list := []string{}
	for _, v := range r.Violations {
		list = append(list, v.Code)
	}
	return list
}
