package diff_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/check"
	"github.com/waymarkhq/waymark/internal/diff"
	"github.com/waymarkhq/waymark/internal/plan"
)

// TestCompatibleChangesBreakNoApp draws a definition, edits it, and reports events: what obeyed the definition before
// has to be valid after every change that is called compatible.
func TestCompatibleChangesBreakNoApp(t *testing.T) {
	t.Parallel()
	compatible, obeyed := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		a := drawFrozen(t)
		b := edited(t, a)
		changes := diff.Definitions(a, b, valueSets)
		require.Equal(t, string(a.Canonical()) == string(b.Canonical()), len(changes) == 0)
		for _, c := range changes {
			require.NotNil(t, diff.RuleOf(c.Rule))
			require.NotEqual(t, diff.Other, c.Rule, c.Path)
		}
		if diff.IsBreaking(changes) {
			return
		}
		compatible++
		before, after := compile(t, a), compile(t, b)
		for range 10 {
			terminal, ev := oneOf(t, "ios", "web", "server", ""), drawEvent(t, a)
			var was, is check.Result
			if before.Check(ev, terminal, &was); len(was.Violations) > 0 {
				continue
			}
			obeyed++
			after.Check(ev, terminal, &is)
			require.Equal(t, capture.Valid, is.Verdict, "%s\n%s\n%v on %q\n%v", a.Canonical(), b.Canonical(), ev, terminal, is.Violations)
		}
	})
	require.Positive(t, obeyed)
	t.Logf("%d compatible pairs, %d events that obeyed", compatible, obeyed)
}

func compile(t require.TestingT, f *plan.Frozen) *check.Checker {
	sets := map[string]*plan.ValueSet{}
	for hash, s := range valueSets {
		sets[hash] = s.ValueSet()
		if f.ValueSets[s.ID] == hash {
			sets[s.ID] = s.ValueSet() // for checkers that look sets up by id
		}
	}
	c, err := check.Compile(&plan.Plan{
		Terminals:   []plan.Terminal{{Key: "ios"}, {Key: "web"}, {Key: "server"}},
		Definitions: []plan.Definition{f.Definition()},
		ValueSets:   sets,
	})
	require.NoError(t, err)
	return c
}

// drawEvent returns an event that may well obey a definition.
func drawEvent(t *rapid.T, f *plan.Frozen) *capture.Event {
	name := f.WireName
	if len(f.Aliases) > 0 && chance(t, 2) {
		name = oneOf(t, f.Aliases...).Name
	}
	members := map[string]string{}
	for i := range f.Properties {
		if p := &f.Properties[i]; p.Presence != plan.PresenceAbsent && !chance(t, 4) {
			members[p.Key] = drawValue(t, &p.Type)
		}
	}
	for _, m := range f.Match {
		if value := members[m.Property]; value == "" {
			members[m.Property] = oneOf(t, quote(m.Value), "1")
		}
	}
	tape, err := capture.Parse(nil, object(members))
	require.NoError(t, err)
	return &capture.Event{
		Type: capture.Track, Name: name, ReceivedAt: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC),
		Properties: capture.Object(tape[1:]),
	}
}

func object(members map[string]string) string {
	var list []string
	for name, value := range members {
		list = append(list, quote(name)+":"+value)
	}
	return "{" + strings.Join(list, ",") + "}"
}

func drawValue(t *rapid.T, typ *plan.Type) string {
	if chance(t, 6) {
		return oneOf(t, "null", `""`, "[]", "{}", "1")
	}
	plain := drawPlain(t, typ)
	switch typ.Encoding {
	case plan.EncodingJSON:
		return quote(plain)
	case plan.EncodingURL:
		return quote(strings.Trim(plain, `"`))
	default:
		return plain
	}
}

func drawPlain(t *rapid.T, typ *plan.Type) string {
	switch typ.Base {
	case plan.TypeInteger, plan.TypeNumber:
		return oneOf(t, "0", "1", "1.0", "1.5", "2", "10")
	case plan.TypeBoolean:
		return oneOf(t, "true", "false")
	case plan.TypeDate:
		return `"2026-01-02"`
	case plan.TypeDatetime:
		return `"2026-01-02 03:04:05"`
	case plan.TypeEnum:
		return oneOf(t, `"a"`, `"b"`, `"1"`, "1", "1.0", "2", `"ab"`)
	case plan.TypeList:
		var items []string
		for range rapid.IntRange(0, 2).Draw(t, "items") {
			items = append(items, drawValue(t, typ.Items))
		}
		return "[" + strings.Join(items, ",") + "]"
	case plan.TypeObject:
		members := map[string]string{}
		for i := range typ.Fields {
			if !chance(t, 3) {
				members[typ.Fields[i].Name] = drawValue(t, &typ.Fields[i].Type)
			}
		}
		if len(typ.Fields) == 0 && chance(t, 2) {
			members["f"] = oneOf(t, "1", `"a"`, "null")
		}
		return object(members)
	default:
		return oneOf(t, `"a"`, `"b"`, `"ab"`, `"1"`, `"1.0"`, `""`, `"2"`)
	}
}

func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}
