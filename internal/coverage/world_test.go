package coverage_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/check"
	"github.com/waymarkhq/waymark/internal/coverage"
	"github.com/waymarkhq/waymark/internal/plan"
)

var start = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

// orderPaid is an event with all that coverage looks at.
const orderPaid = `{"eventId":"evt_1","key":"order_paid","kind":"TRACK","wireName":"order_paid","terminals":["ios","android"],"properties":[
	{"name":"order_id","type":{"base":"STRING"},"presence":"REQUIRED"},
	{"name":"pay_type","type":{"base":"ENUM","values":[{"value":"1","label":"card"},{"value":"2"}]},"presence":"REQUIRED"},
	{"name":"coupon","type":{"base":"STRING"},"presence":"OPTIONAL","presenceOn":{"android":"ABSENT"}},
	{"name":"items","presence":"REQUIRED","type":{"base":"LIST","items":{"base":"OBJECT","fields":[
		{"name":"price","required":true,"type":{"base":"NUMBER"}},{"name":"tag","type":{"base":"STRING"}}]}}}]}`

func planOf(t require.TestingT, definitions ...string) *plan.Plan {
	p := &plan.Plan{Terminals: []plan.Terminal{{Key: "ios", Libraries: []string{"i"}}, {Key: "android", Libraries: []string{"a"}}}}
	for _, text := range definitions {
		var d plan.Definition
		require.NoError(t, json.Unmarshal([]byte(text), &d))
		p.Definitions = append(p.Definitions, d)
	}
	return p
}

// world is a target with what judges.
type world struct {
	t       require.TestingT
	checker *check.Checker
	target  *coverage.Target
	seq     int64
}

func newWorld(t require.TestingT, level plan.Level, definitions ...string) *world {
	p := planOf(t, definitions...)
	checker, err := check.Compile(p)
	require.NoError(t, err)
	var wanted []coverage.Wanted
	for i := range p.Definitions {
		wanted = append(wanted, coverage.Wanted{Event: p.Definitions[i].Key, Level: level})
	}
	return &world{t: t, checker: checker, target: coverage.TargetOf(p, wanted)}
}

// event is an event of a terminal and a build, judged; one more second has passed.
func (w *world) event(terminal, build, name, properties string) *coverage.Event {
	w.seq++
	c := &capture.Captured{Seq: w.seq, TerminalKey: terminal, Event: capture.Event{
		Type: capture.Track, Name: name, Raw: properties, ReceivedAt: start.Add(time.Duration(w.seq) * time.Second),
		PropertiesAt: capture.Span{End: uint32(len(properties))},
	}}
	if build != "" {
		c.App = capture.App{Version: "8.6.0", Build: build}
	}
	tape, err := capture.Parse(nil, properties)
	require.NoError(w.t, err)
	c.Properties = capture.Object(tape).Inside(0)
	var r check.Result
	w.checker.Check(&c.Event, terminal, &r)
	c.EventKey, c.Verdict, c.Violations = r.EventKey, r.Verdict, r.Violations
	return &coverage.Event{Captured: c}
}

// good and bad are an order_paid as it should be, and one with a wrong price.
func good(payType int) string {
	return fmt.Sprintf(`{"order_id":"A1","pay_type":%d,"items":[{"price":1},{"price":2}]}`, payType)
}

const bad = `{"order_id":"A1","pay_type":1,"items":[{"price":1},{"price":"2"}]}`

func (w *world) seen(session string, events ...*coverage.Event) *coverage.Seen {
	s := coverage.NewSeen(session)
	for _, e := range events {
		s.Note(w.target, e)
	}
	return s
}

// of is the coverage of sessions.
func (w *world) of(marks []coverage.Mark, seen ...*coverage.Seen) *coverage.Coverage {
	return coverage.Of(w.target, coverage.UnionOf(seen...), marks, start.Add(time.Hour))
}

func cell(t *testing.T, c *coverage.Coverage, terminal string) *coverage.CellState {
	t.Helper()
	for i := range c.Cells {
		if c.Cells[i].Terminal == terminal {
			return &c.Cells[i]
		}
	}
	require.Fail(t, "no such cell")
	return nil
}

func property(t *testing.T, s *coverage.CellState, name string) *coverage.PropertyState {
	t.Helper()
	for i := range s.Properties {
		if s.Properties[i].Name == name {
			return &s.Properties[i]
		}
	}
	require.Fail(t, "no such property")
	return nil
}
