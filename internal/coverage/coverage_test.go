package coverage_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/coverage"
	"github.com/waymarkhq/waymark/internal/plan"
)

func TestTargetListsWhatHasToBeSeen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, plan.LevelP0, orderPaid)
	require.Len(t, w.target.Cells, 2)
	names := map[string][]string{}
	for _, c := range w.target.Cells {
		for _, p := range c.Properties {
			text := p.Name
			if p.Required {
				text += "!"
			}
			names[c.Terminal] = append(names[c.Terminal], text+strings.Join(p.Values, "|"))
		}
	}
	require.Equal(t, []string{"order_id!", "pay_type!1|2", "items!", "items[].price!", "items[].tag"}, names["android"])
	require.Equal(t, []string{"order_id!", "pay_type!1|2", "coupon", "items!", "items[].price!", "items[].tag"}, names["ios"])

	c := w.of(nil)
	require.Equal(t, 2*(1+4+2), c.Required)
	require.Equal(t, c.Required, c.Open)
	require.False(t, c.Complete())
	require.Equal(t, 2*(1+4), newWorld(t, plan.LevelP1, orderPaid).of(nil).Required, "only P0 is asked for each value")
}

func TestMustTestIsSaidByProperty(t *testing.T) {
	t.Parallel()
	p := planOf(t, orderPaid)
	wanted := coverage.Wanted{Event: "order_paid", Level: plan.LevelP2, Terminals: []string{"ios"}, MustTest: map[string]bool{"pay_type": true, "order_id": true}}
	target := coverage.TargetOf(p, []coverage.Wanted{wanted})
	require.Len(t, target.Cells, 1)
	require.Equal(t, []string{"1", "2"}, target.Cells[0].Properties[1].Values)
	require.Empty(t, target.Cells[0].Properties[0].Values, "any text will do, so there is nothing to list")
	wanted.Level, wanted.MustTest = plan.LevelP0, map[string]bool{"pay_type": false}
	require.Empty(t, coverage.TargetOf(p, []coverage.Wanted{wanted}).Cells[0].Properties[1].Values)
}

func TestSessionsCoverWhatTheySaw(t *testing.T) {
	t.Parallel()
	w := newWorld(t, plan.LevelP0, orderPaid)
	one := w.seen("one", w.event("ios", "1", "order_paid", good(1)), w.event("ios", "1", "order_pay", `{}`))
	c := w.of(nil, one)
	ios := cell(t, c, "ios")
	require.Equal(t, coverage.Valid, ios.State)
	require.Equal(t, 1, ios.Valid)
	require.Equal(t, []bool{true, false}, property(t, ios, "pay_type").Seen)
	require.Equal(t, coverage.NotSeen, property(t, ios, "items[].tag").State)
	require.Equal(t, coverage.NotSeen, cell(t, c, "android").State)
	require.Equal(t, 6, c.Covered)
	require.Equal(t, []coverage.Count{{Name: "order_pay", Count: 1}}, c.Unplanned)

	two := w.seen("two", w.event("ios", "1", "order_paid", good(2)), w.event("android", "1", "order_paid", good(1)),
		w.event("android", "1", "order_paid", good(2)))
	require.True(t, w.of(nil, one, two).Complete(), "each tester has seen a part")
}

func TestWhatIsWrongIsToldByProperty(t *testing.T) {
	t.Parallel()
	w := newWorld(t, plan.LevelP1, orderPaid)
	s := w.seen("one", w.event("ios", "1", "order_paid", good(1)), w.event("ios", "1", "order_paid", bad))
	c := w.of(nil, s)
	ios := cell(t, c, "ios")
	require.Equal(t, coverage.Invalid, ios.State)
	require.Equal(t, int64(2), ios.Failure.Seq)
	require.Equal(t, "one", ios.Failure.Session)
	require.Equal(t, coverage.Valid, property(t, ios, "order_id").State)
	require.Equal(t, coverage.Invalid, property(t, ios, "items[].price").State)
	require.Equal(t, coverage.Invalid, property(t, ios, "items").State, "what holds something wrong is wrong")
	require.Equal(t, 3, c.Failed)

	missing := w.seen("one", w.event("ios", "1", "order_paid", `{"pay_type":1,"items":[]}`))
	ios = cell(t, w.of(nil, missing), "ios")
	require.Equal(t, coverage.Invalid, property(t, ios, "order_id").State)
	require.Equal(t, coverage.NotSeen, property(t, ios, "items[].price").State, "no item came")
}

func TestANewBuildReopensOnlyWhatFailed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, plan.LevelP1, orderPaid, `{"key":"start","kind":"TRACK","wireName":"start","terminals":["ios"]}`)
	failed := []*coverage.Event{w.event("ios", "801", "order_paid", bad), w.event("android", "801", "order_paid", good(1))}
	fresh := w.event("ios", "1001", "start", `{}`)
	c := w.of(nil, w.seen("one", append(failed, fresh)...))
	order := func(c *coverage.Coverage) coverage.State { return cell(t, c, "ios").State }
	require.Equal(t, coverage.SeeAgain, order(c))
	require.Equal(t, coverage.Valid, property(t, cell(t, c, "ios"), "order_id").State, "it was right")
	require.Equal(t, coverage.SeeAgain, property(t, cell(t, c, "ios"), "items[].price").State)
	require.Equal(t, coverage.Valid, cell(t, c, "android").State)
	require.NotNil(t, cell(t, c, "ios").Failure, "it is not mended yet")

	fixed := w.event("ios", "1001", "order_paid", good(1))
	again := w.event("ios", "801", "order_paid", bad)
	c = w.of(nil, w.seen("one", append(failed, fresh, fixed)...), w.seen("two", again))
	require.Equal(t, coverage.Valid, order(c), "another tester still has the old build")
	require.Nil(t, cell(t, c, "ios").Failure)

	better := w.of(nil, w.seen("one", w.event("ios", "1001", "order_paid", bad)), w.seen("two", w.event("ios", "801", "order_paid", good(1))))
	require.Equal(t, coverage.Invalid, order(better), "that an old build was right says nothing of the new one")
}

func TestWithoutABuildTimeDecides(t *testing.T) {
	t.Parallel()
	w := newWorld(t, plan.LevelP1, orderPaid)
	right, wrong := w.event("ios", "", "order_paid", good(1)), w.event("ios", "", "order_paid", bad)
	require.Equal(t, coverage.Invalid, cell(t, w.of(nil, w.seen("one", right, wrong)), "ios").State)
	require.Equal(t, coverage.Invalid, cell(t, w.of(nil, w.seen("b", right), w.seen("a", wrong)), "ios").State)
	told := w.event("ios", "9", "order_paid", good(1))
	require.Equal(t, coverage.Valid, cell(t, w.of(nil, w.seen("b", right, wrong, told)), "ios").State)
	untold := w.event("ios", "", "order_paid", bad)
	require.Equal(t, coverage.Invalid, cell(t, w.of(nil, w.seen("b", told), w.seen("c", untold)), "ios").State)
}

func TestAChangedDefinitionIsSeenAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, plan.LevelP1, orderPaid)
	seen := w.seen("one", w.event("ios", "1", "order_paid", good(1)))
	relabelled := newWorld(t, plan.LevelP1, strings.Replace(orderPaid, `"card"`, `"bank card"`, 1))
	require.Equal(t, coverage.Valid, cell(t, relabelled.of(nil, seen), "ios").State, "labels are for people")
	changed := newWorld(t, plan.LevelP1, strings.Replace(orderPaid, `{"value":"2"}`, `{"value":"2"},{"value":"3"}`, 1))
	ios := cell(t, changed.of(nil, seen), "ios")
	require.Equal(t, coverage.SeeAgain, ios.State)
	require.Equal(t, coverage.SeeAgain, property(t, ios, "pay_type").State)
	require.Equal(t, coverage.Valid, property(t, ios, "order_id").State)
}

func TestTooOften(t *testing.T) {
	t.Parallel()
	w := newWorld(t, plan.LevelP1, orderPaid)
	var events []*coverage.Event
	for _, step := range []int{0, 0, 0, 1, 2, 2} {
		e := w.event("ios", "1", "order_paid", good(1))
		e.Step, e.Repeats = step, step == 2
		events = append(events, e)
	}
	ios := cell(t, w.of(nil, w.seen("one", events...)), "ios")
	require.Equal(t, 2, ios.Repeats)
	require.Equal(t, 2, ios.MostInStep)
	require.Equal(t, 6, ios.Valid)
}

func TestWhatMustNotCome(t *testing.T) {
	t.Parallel()
	w := newWorld(t, plan.LevelP1, orderPaid)
	p := planOf(t, orderPaid)
	p.Slots = []plan.Slot{{Terminal: "ios", From: "8.6", Release: 2, Offline: true}, {Terminal: "ios", Release: 1}}
	w.target = coverage.TargetOf(p, []coverage.Wanted{{Event: "order_paid"}})
	require.Len(t, w.target.Cells, 1)
	c := w.of(nil)
	require.True(t, c.Cells[0].ShouldNotFire)
	require.True(t, c.Complete(), "it did not come")
	old := w.event("ios", "1", "order_paid", good(1))
	require.Equal(t, coverage.NotSeen, w.of(nil, w.seen("one", old)).Cells[0].State, "an older version of the app may send it")
	late := w.event("ios", "1", "order_paid", good(1))
	late.Captured.Verdict = capture.Unplanned
	c = w.of(nil, w.seen("one", late))
	require.Equal(t, coverage.Invalid, c.Cells[0].State)
	require.Equal(t, 1, c.Failed)

	p = planOf(t, strings.Replace(orderPaid, `"ios",`, "", 1))
	w.target = coverage.TargetOf(p, []coverage.Wanted{{Event: "order_paid", Dropped: []string{"ios"}, Terminals: []string{"android"}}})
	require.Len(t, w.target.Cells, 2)
	require.True(t, w.target.Cells[0].ShouldNotFire)
	late.Captured.EventKey = ""
	require.Equal(t, coverage.Invalid, cell(t, w.of(nil, w.seen("one", late)), "ios").State, "the plan knows only its name")
	kept := coverage.TargetOf(planOf(t, orderPaid), []coverage.Wanted{{Event: "order_paid", Dropped: []string{"ios"}, Terminals: []string{"android"}}})
	require.Len(t, kept.Cells, 1, "only a change was dropped there")

	w.target = coverage.TargetOf(planOf(t, orderPaid), []coverage.Wanted{{Event: "order_paid", Removed: true}})
	c = w.of(nil, w.seen("one", w.event("ios", "1", "order_paid", good(1))))
	require.Equal(t, coverage.Invalid, cell(t, c, "ios").State, "drafts know no versions")
	require.Equal(t, coverage.NotSeen, cell(t, c, "android").State)
}

func TestMarks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, plan.LevelP1, orderPaid)
	wrong := w.event("ios", "801", "order_paid", bad)
	newer := w.event("ios", "802", "order_paid", bad)
	mended := w.event("ios", "802", "order_paid", good(1))
	ios := &w.target.Cells[0]
	mark := func(kind coverage.MarkKind, property, hash string) coverage.Mark {
		return coverage.Mark{
			ID: "m", Event: "order_paid", Terminal: "ios", Property: property, Kind: kind, Hash: hash,
			Build: coverage.Build{Version: "8.6.0", Build: "801"}, At: start.Add(time.Second),
		}
	}
	state := func(k coverage.Mark, events ...*coverage.Event) coverage.State {
		s := cell(t, w.of([]coverage.Mark{k}, w.seen("one", events...)), "ios")
		if k.Property != "" {
			return property(t, s, k.Property).State
		}
		return s.State
	}
	pass, fail := mark(coverage.MarkPass, "", ios.Hash), mark(coverage.MarkFail, "", ios.Hash)
	require.Equal(t, coverage.Passed, state(pass, wrong))
	require.Equal(t, coverage.Passed, state(pass))
	again := w.event("ios", "801", "order_paid", bad)
	require.Equal(t, coverage.Passed, state(pass, wrong, again), "who marked it knew that")
	require.Equal(t, coverage.Invalid, state(pass, wrong, newer), "a newer build shows it wrong")
	require.Equal(t, coverage.Failed, state(fail, w.event("ios", "801", "order_paid", good(1))))
	require.Equal(t, coverage.Valid, state(fail, wrong, mended))
	require.Equal(t, coverage.SeeAgain, state(mark(coverage.MarkPass, "", "before")), "the definition has changed")
	other := w.event("ios", "803", "other", `{}`)
	require.Equal(t, coverage.SeeAgain, state(fail, wrong, other))

	waived := mark(coverage.MarkWaived, "items", "")
	c := w.of([]coverage.Mark{waived}, w.seen("one", wrong))
	require.Equal(t, coverage.Valid, cell(t, c, "ios").State, "nothing else is wrong with it")
	require.Equal(t, coverage.Waived, property(t, cell(t, c, "ios"), "items").State)
	waived.ExpiresAt = start.Add(time.Hour)
	require.Equal(t, coverage.Invalid, cell(t, w.of([]coverage.Mark{waived}, w.seen("one", wrong)), "ios").State, "it has expired")
	taken := mark(coverage.MarkNone, "items", "")
	taken.At = taken.At.Add(time.Second)
	waived.ExpiresAt = time.Time{}
	require.Equal(t, coverage.Invalid, cell(t, w.of([]coverage.Mark{taken, waived}, w.seen("one", wrong)), "ios").State)
	all := mark(coverage.MarkWaived, "", "")
	c = w.of([]coverage.Mark{all}, w.seen("one", w.event("android", "801", "order_paid", good(1))))
	require.True(t, c.Complete(), "what is waived as a whole is waived with its properties")
}

func TestUnplannedNamesAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, plan.LevelP1, orderPaid)
	s := coverage.NewSeen("one")
	for i := range coverage.MaxUnplanned + 7 {
		s.Note(w.target, w.event("ios", "1", "x"+strings.Repeat("y", i), `{}`))
	}
	list := w.of(nil, s).Unplanned
	require.Len(t, list, coverage.MaxUnplanned+1)
	require.Equal(t, coverage.Count{Name: coverage.OthersName, Count: 7}, list[coverage.MaxUnplanned])
}

func TestValuesInEncodedProperties(t *testing.T) {
	t.Parallel()
	for _, encoding := range []string{"JSON", "URL"} {
		w := newWorld(t, plan.LevelP0, `{"key":"e","kind":"TRACK","wireName":"e","terminals":["ios"],"properties":[
			{"name":"ext","presence":"REQUIRED","type":{"base":"OBJECT","encoding":"`+encoding+`","fields":[{"name":"k","required":true,"type":{"base":"ENUM","values":[{"value":"1.0"}]}}]}},
			{"name":"a.b","presence":"REQUIRED","type":{"base":"LIST","items":{"base":"ENUM","values":[{"value":"x"},{"value":"y"}]}}}]}`)
		text := map[string]string{"JSON": `{\"k\":1.00}`, "URL": `%7B%22k%22%3A1.00%7D`}[encoding]
		e := w.event("ios", "1", "e", `{"ext":"`+text+`","a.b":["x","y"]}`)
		require.Equal(t, capture.Valid, e.Captured.Verdict, e.Captured.Violations)
		require.True(t, w.of(nil, w.seen("one", e)).Complete(), encoding)
	}
}

func TestWhatTheGateDoesNotAskFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, plan.LevelP0, `{"key":"e","kind":"TRACK","wireName":"e","terminals":["ios"],"properties":[
		{"name":"list","presence":"OPTIONAL","type":{"base":"LIST","items":{"base":"OBJECT","fields":[{"name":"k","required":true,"type":{"base":"STRING"}}]}}},
		{"name":"many","presence":"REQUIRED","type":{"base":"ENUM","values":[{"value":"1"},{"value":"2"},{"value":"3"},{"value":"4"},
			{"value":"5"},{"value":"6"},{"value":"7"},{"value":"8"},{"value":"9"},{"value":"10"},{"value":"11"}]}}]}`,
		`{"key":"c","kind":"COMMON","properties":[{"name":"x","presence":"REQUIRED","type":{"base":"STRING"}}]}`)
	c := w.of(nil)
	require.Equal(t, 2, c.Required, "the event and one property: what is required in something optional is not, nor are more than ten values")
	require.Len(t, c.Cells, 1, "common properties have no events of their own")
}

func TestNamesThatBeginAlikeAreOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, plan.LevelP1, `{"key":"e","kind":"TRACK","wireName":"e","terminals":["ios"],"properties":[
		{"name":"pay","presence":"REQUIRED","type":{"base":"STRING"}},{"name":"pay_type","presence":"REQUIRED","type":{"base":"STRING"}}]}`)
	ios := cell(t, w.of(nil, w.seen("one", w.event("ios", "1", "e", `{"pay":"x","pay_type":1}`))), "ios")
	require.Equal(t, coverage.Valid, property(t, ios, "pay").State)
	require.Equal(t, coverage.Invalid, property(t, ios, "pay_type").State)
}

// A judgement lists 64 violations. What is wrong beyond them is not taken for right.
func TestWhatIsNotListedIsNotRight(t *testing.T) {
	t.Parallel()
	w := newWorld(t, plan.LevelP1, orderPaid)
	items := strings.TrimSuffix(strings.Repeat(`{"price":"1"},`, 70), ",")
	ios := cell(t, w.of(nil, w.seen("one", w.event("ios", "1", "order_paid", `{"items":[`+items+`],"pay_type":7}`))), "ios")
	require.Equal(t, coverage.Invalid, property(t, ios, "items").State)
	require.NotEqual(t, coverage.Valid, property(t, ios, "pay_type").State)
}
