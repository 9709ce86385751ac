package check_test

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/check"
	"github.com/waymarkhq/waymark/internal/plan"
)

// of returns an event of an app version.
func of(version string, ev *capture.Event) *capture.Event {
	ev.App.Version = version
	return ev
}

func TestAnEventIsJudgedByTheDefinitionOfItsVersion(t *testing.T) {
	t.Parallel()
	old := definition(t, `{"key":"paid","wireName":"paid","properties":[{"name":"price","type":{"base":"STRING"},"presence":"REQUIRED"}]}`)
	renewed := definition(t, `{"key":"paid","wireName":"paid","properties":[{"name":"price","type":{"base":"NUMBER"},"presence":"REQUIRED"}]}`)
	old.Hash, renewed.Hash = "old", "new"
	c := compileSlots(t, slots(t, `[
		{"terminal":"ios","definition":0,"release":1},
		{"terminal":"ios","from":"8.6","definition":1,"release":3},
		{"terminal":"ios","from":"9","definition":1,"release":7,"offline":true},
		{"terminal":"web","from":"8.6","definition":1,"release":4},
		{"terminal":"gone","definition":1,"release":4}]`), old, renewed)
	for _, test := range []struct{ terminal, version, properties, want string }{
		{"ios", "1", `{"price":"5"}`, "paid VALID [] old 1"},
		{"ios", "8.5.9", `{"price":"5"}`, "paid VALID [] old 1"},
		{"ios", "8.6.0-beta.1", `{"price":5}`, "paid INVALID [type_mismatch] old 1"},
		{"ios", "8.6.0", `{"price":5}`, "paid VALID [] new 3"},
		{"ios", "v8.10", `{"price":"5"}`, "paid INVALID [type_mismatch] new 3"},
		{"ios", "9.0", `{"price":5}`, "paid UNPLANNED [event_offline] new 7"},
		{"ios", "", `{"price":5}`, "paid UNPLANNED [event_offline] new 7"},
		{"web", "", `{"price":5}`, "paid VALID [] new 4"},
		{"web", "8.6", `{"price":"5"}`, "paid INVALID [type_mismatch] new 4"},
		{"web", "8.5", `{"price":5}`, " UNPLANNED [version_unplanned]  0"},
		{"server", "8.5", `{"price":5}`, " UNPLANNED [terminal_unplanned]  0"},
		{"", "8.5", `{"price":5}`, "paid INVALID [type_mismatch] old 1"},
		{"", "8.5", `{}`, "paid INVALID [property_missing] old 1"},
		{"", "8.6", `{"price":"5"}`, "paid INVALID [type_mismatch] new 4"},
		{"", "9", `{"price":5}`, "paid VALID [] new 4"},
		{"", "9", `{"price":"5"}`, "paid INVALID [type_mismatch] new 4"},
	} {
		r := judge(t, c, test.terminal, of(test.version, track(t, "paid", test.properties)))
		require.Equal(t, test.want, fmt.Sprint(verdict(r), " ", r.Hash, " ", r.Release), "%+v", test)
	}
	r := judge(t, c, "ios", of("9", track(t, "paid", `{}`)))
	require.Equal(t, []capture.Violation{{
		Code: check.EventOffline, Severity: capture.Error, Expected: "offline since release 7", Actual: "paid",
	}}, r.Violations)
	require.Equal(t, []string{"evt_paid", "paid", "evr_paid"}, []string{r.EventID, r.EventKey, r.RevisionID})
	r = judge(t, c, "web", of("8.5", track(t, "paid", `{}`)))
	require.Equal(t, []capture.Violation{{
		Code: check.VersionUnplanned, Severity: capture.Error, Expected: "from version 8.6 on", Actual: "8.5",
	}}, r.Violations)
}

func TestWhichVersionsAnEventIsPlannedIn(t *testing.T) {
	t.Parallel()
	c := compileSlots(t, slots(t, `[
		{"terminal":"ios","from":"2","definition":0},{"terminal":"ios","from":"4","definition":1},
		{"terminal":"ios","from":"6","definition":2},{"terminal":"ios","from":"8","definition":3}]`),
		definition(t, `{"key":"a","wireName":"x"}`), definition(t, `{"key":"a","wireName":"y"}`),
		definition(t, `{"key":"a","wireName":"x","match":[{"property":"p","value":"1"}]}`), definition(t, `{"key":"a","wireName":"y"}`))
	for version, want := range map[string]string{
		"1": "version_unplanned from version 2 on", "4": "version_unplanned before version 4",
		"6": "version_unplanned before version 4", "8": "version_unplanned before version 4", "": "version_unplanned before version 4",
	} {
		r := judge(t, c, "ios", of(version, track(t, "x", `{}`)))
		require.Equal(t, want, r.Violations[0].Code+" "+r.Violations[0].Expected, version)
	}
	r := judge(t, c, "ios", of("9", track(t, "x", `{"p":1}`)))
	require.Equal(t, "before version 8", r.Violations[0].Expected, "the match says which one it was")
	require.Equal(t, "no version", judge(t, c, "ios", track(t, "x", `{}`)).Violations[0].Actual)
}

func TestCommonPropertiesOfAVersion(t *testing.T) {
	t.Parallel()
	common := func(base string) plan.Definition {
		return definition(t, `{"key":"common","kind":"COMMON","properties":[{"name":"sid","type":{"base":"`+base+`"},"presence":"REQUIRED"}]}`)
	}
	c := compileSlots(t, slots(t, `[
		{"terminal":"ios","definition":0},{"terminal":"ios","definition":3},{"terminal":"web","definition":0},
		{"terminal":"ios","from":"2","definition":1},{"terminal":"ios","from":"3","definition":2},{"terminal":"ios","from":"4","definition":2,"offline":true}]`),
		definition(t, `{"key":"a","wireName":"x"}`), common("STRING"), common("INTEGER"),
		definition(t, `{"key":"own","wireName":"own","excludedCommon":["sid"]}`))
	for _, test := range []struct{ terminal, version, name, properties, want string }{
		{"ios", "1", "x", `{}`, "a VALID []"},
		{"ios", "1", "x", `{"sid":1}`, "a VALID [extra_property]"},
		{"ios", "2", "x", `{}`, "a INVALID [property_missing]"},
		{"ios", "2", "x", `{"sid":"1"}`, "a VALID []"},
		{"ios", "2", "x", `{"SID":"1","sid":"1"}`, "a VALID [property_case]"},
		{"ios", "2", "own", `{}`, "own VALID []"},
		{"ios", "2", "own", `{"sid":1}`, "own VALID [extra_property]"},
		{"ios", "2", "own", `{"SID":1}`, "own VALID [extra_property]"},
		{"ios", "3", "x", `{"sid":"1"}`, "a INVALID [type_mismatch]"},
		{"ios", "3", "x", `{"sid":1,"sid":2}`, "a INVALID [duplicate_property]"},
		{"ios", "", "x", `{}`, "a VALID []"},
		{"ios", "4", "x", `{"sid":1}`, "a VALID [extra_property]"},
		{"web", "3", "x", `{}`, "a VALID []"},
		{"", "3", "x", `{"sid":true}`, "a VALID []"},
		{"", "3", "own", `{"sid":true}`, "own VALID [extra_property]"},
	} {
		r := judge(t, c, test.terminal, of(test.version, track(t, test.name, test.properties)))
		require.Equal(t, test.want, verdict(r), "%+v", test)
	}
}

func TestVersionsOfAValueSet(t *testing.T) {
	t.Parallel()
	d := definition(t, `{"wireName":"x","properties":[{"name":"p","type":{"base":"STRING","valueSet":"vst"},"presence":"REQUIRED"}]}`)
	next := d
	d.ValueSets, next.ValueSets = map[string]string{"vst": "v1"}, map[string]string{"vst": "v2"}
	c, err := check.Compile(&plan.Plan{
		Terminals: []plan.Terminal{{Key: "ios"}, {Key: "web"}}, Definitions: []plan.Definition{d, next},
		Slots: []plan.Slot{{Terminal: "ios"}, {Terminal: "ios", From: "2", Definition: 1}, {Terminal: "web", From: "2"}},
		ValueSets: map[string]*plan.ValueSet{
			"v1": {Values: []plan.Value{{Value: "a"}}}, "v2": {Values: []plan.Value{{Value: "b"}}},
		},
	})
	require.NoError(t, err)
	for _, test := range []struct {
		terminal, version, sent string
		want                    capture.Verdict
	}{
		{"ios", "1", "a", capture.Valid},
		{"ios", "1", "b", capture.Invalid},
		{"ios", "2", "a", capture.Invalid},
		{"ios", "2", "b", capture.Valid},
		{"", "1", "b", capture.Invalid},
		{"", "2", "c", capture.Valid}, // the two do not say the same
	} {
		ev := of(test.version, track(t, "x", `{"p":"`+test.sent+`"}`))
		require.Equal(t, test.want, judge(t, c, test.terminal, ev).Verdict, "%+v", test)
	}
}

func TestWhatIsOfflineStandsBackBehindWhatIsNot(t *testing.T) {
	t.Parallel()
	c := compileSlots(t, slots(t, `[
		{"terminal":"ios","definition":0,"release":1,"offline":true},{"terminal":"ios","definition":1,"release":1},
		{"terminal":"ios","definition":2,"release":1,"offline":true},{"terminal":"ios","definition":3,"release":2,"offline":true}]`),
		definition(t, `{"key":"a","wireName":"x"}`), definition(t, `{"key":"b","wireName":"y","aliases":[{"name":"x"}]}`),
		definition(t, `{"key":"c","wireName":"x","match":[{"property":"p","value":"1"}]}`),
		definition(t, `{"key":"profile","kind":"USER_PROFILE","properties":[{"name":"age","type":{"base":"INTEGER"},"presence":"REQUIRED"}]}`))
	require.Equal(t, "b VALID []", verdict(judge(t, c, "ios", track(t, "x", `{}`))))
	require.Equal(t, "c UNPLANNED [event_offline]", verdict(judge(t, c, "ios", track(t, "x", `{"p":1}`))), "its match tells it")
	require.Equal(t, " VALID []", verdict(judge(t, c, "ios", event(t, capture.Identify, "identify", `{}`))), "records that SDKs make are never unplanned")
}

func TestRecordsWithoutNamesFallBackInVersionsWithoutTheirName(t *testing.T) {
	t.Parallel()
	age := func(key, wire string) plan.Definition {
		return definition(t, `{"key":"`+key+`","kind":"USER_PROFILE","wireName":"`+wire+`","properties":[
			{"name":"`+key+`","type":{"base":"INTEGER"},"presence":"REQUIRED"}]}`)
	}
	c := compileSlots(t, slots(t, `[{"terminal":"ios","definition":0},{"terminal":"ios","from":"2","definition":1},
		{"terminal":"ios","from":"3","definition":2}]`), age("any", ""), age("set", "profile_set"), age("set", "other"))
	for version, want := range map[string]string{"1": "any", "2": "set", "3": "any"} {
		ev := of(version, event(t, capture.Identify, "profile_set", `{"x":1}`))
		require.Equal(t, want+" INVALID [extra_property property_missing]", verdict(judge(t, c, "ios", ev)), version)
	}
}

func TestWhereAnUnknownTerminalMayBeDependsOnTheVersion(t *testing.T) {
	t.Parallel()
	c := compileSlots(t, slots(t, `[{"terminal":"ios","definition":0},{"terminal":"web","from":"2","definition":0},
		{"terminal":"web","definition":1}]`), definition(t, `{"key":"a","wireName":"x"}`),
		definition(t, `{"key":"common","kind":"COMMON","properties":[{"name":"ua","type":{"base":"STRING"},"presence":"REQUIRED"}]}`))
	require.Equal(t, "a VALID [extra_property]", verdict(judge(t, c, "", of("1", track(t, "x", `{"ua":1}`)))), "iOS alone")
	require.Equal(t, "a VALID []", verdict(judge(t, c, "", of("2", track(t, "x", `{"ua":1}`)))), "or the web")
}

func TestSlotsThatDoNotCompile(t *testing.T) {
	t.Parallel()
	_, err := check.Compile(&plan.Plan{Slots: []plan.Slot{{Definition: 0}}})
	require.EqualError(t, err, "slot 0: the plan has no definition 0")
	_, err = check.Compile(&plan.Plan{Terminals: make([]plan.Terminal, 64)})
	require.EqualError(t, err, "a plan of 64 terminals, more than 63")
	c, err := check.Compile(&plan.Plan{Slots: []plan.Slot{}, Definitions: []plan.Definition{definition(t, `{"wireName":"x"}`)}})
	require.NoError(t, err)
	require.Equal(t, " UNPLANNED [event_unplanned]", verdict(judge(t, c, "", track(t, "x", `{}`))), "no release has published it")
}

var (
	someVersions = []string{"", "0.9", "1.0", "1", "2.0.0", "2.0.5", "2.1-beta", "2.1", "v3", "10", "dev"}
	someStarts   = []string{"", "", "1.0", "1", "2.0", "2.1", "3", "3.0"}
	slotNames    = []string{"x", "y", "z", "X"}
)

// drawSlotted returns a plan whose slots hold several definitions of a few events, which share names.
func drawSlotted(t *rapid.T) *plan.Plan {
	p := &plan.Plan{Terminals: []plan.Terminal{{Key: "ios"}, {Key: "web"}}, Slots: []plan.Slot{}}
	for i := range rapid.IntRange(1, 5).Draw(t, "events") {
		kind := oneOf(t, []plan.EventKind{plan.KindTrack, plan.KindTrack, plan.KindTrack, plan.KindCommon, plan.KindUserProfile})
		first := len(p.Definitions)
		for range rapid.IntRange(1, 3).Draw(t, "definitions") {
			p.Definitions = append(p.Definitions, drawSlotDefinition(t, fmt.Sprint("e", i), kind))
		}
		for range rapid.IntRange(0, 6).Draw(t, "slots") {
			p.Slots = append(p.Slots, drawSlot(t, first, len(p.Definitions)-1))
		}
	}
	p.Slots = append([]plan.Slot{}, rapid.Permutation(p.Slots).Draw(t, "order")...)
	return p
}

func drawSlot(t *rapid.T, first, last int) plan.Slot {
	return plan.Slot{
		Terminal: oneOf(t, []string{"ios", "web"}), From: oneOf(t, someStarts), Release: rapid.IntRange(1, 9).Draw(t, "release"),
		Definition: rapid.IntRange(first, last).Draw(t, "definition"), Offline: chance(t, 5),
	}
}

func drawSlotDefinition(t *rapid.T, key string, kind plan.EventKind) plan.Definition {
	d := plan.Definition{EventID: "evt_" + key, Key: key, Kind: kind, RevisionID: oneOf(t, []string{"r1", "r2"})}
	if kind == plan.KindTrack {
		d.WireName = oneOf(t, slotNames)
		if chance(t, 2) {
			d.Match = []plan.Condition{{Property: oneOf(t, []string{"p", "q"}), Value: oneOf(t, []string{"1", "2"})}}
		}
		if chance(t, 3) {
			until := now
			d.Aliases = append(d.Aliases, plan.Alias{Name: oneOf(t, slotNames)}, plan.Alias{Name: "old", Until: &until})
		}
		if chance(t, 3) {
			d.ExcludedCommon = []string{oneOf(t, []string{"p", "c"})}
		}
	}
	if kind == plan.KindCommon && chance(t, 3) {
		d.Terminals = []string{"ios", "web"}
	}
	for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"p", "q", "c", "C"}), 0, 3, rapid.ID[string]).Draw(t, "names") {
		d.Properties = append(d.Properties, plan.PropertyRule{
			Name: name, Type: plan.Type{Base: oneOf(t, []plan.BaseType{plan.TypeString, plan.TypeInteger})}, Presence: drawPresence(t),
		})
		if r := &d.Properties[len(d.Properties)-1]; chance(t, 4) {
			r.PresenceOn = map[string]plan.Presence{"ios": drawPresence(t)}
		}
	}
	d.Hash = d.Digest()
	return d
}

func drawSlotEvent(t *rapid.T) *capture.Event {
	var members []string
	for _, name := range []string{"p", "q", "c", "C"} {
		if !chance(t, 3) {
			members = append(members, quote(name)+":"+oneOf(t, []string{"1", `"1"`, `"2"`, "true"}))
		}
	}
	typ := oneOf(t, []capture.Type{capture.Track, capture.Track, capture.Page, capture.Identify})
	return of(oneOf(t, someVersions), event(t, typ, oneOf(t, append(slotNames, "old")), joinMembers(t, members)))
}

// naive judges an event of a known terminal by looking through all slots: it chooses the definition that holds of each
// event, finds the best, and lets a checker of drafts judge that has no other.
func naive(t *rapid.T, p *plan.Plan, terminal string, ev *capture.Event) *check.Result {
	chosen := map[string]plan.Slot{}
	for _, s := range p.Slots {
		id := p.Definitions[s.Definition].EventID
		have, ok := chosen[id]
		if s.Terminal != terminal || ev.App.Version != "" && plan.CompareVersions(s.From, ev.App.Version) > 0 {
			continue
		}
		if !ok || cmp.Or(plan.CompareVersions(s.From, have.From), cmp.Compare(s.Release, have.Release)) >= 0 {
			chosen[id] = s
		}
	}
	var best *plan.Slot
	alone := &plan.Plan{Terminals: p.Terminals}
	for i := range p.Definitions { // in the order of the plan, which says what common properties go first
		d := p.Definitions[i]
		s, ok := chosen[d.EventID]
		if !ok || s.Definition != i || s.Offline && d.Kind != plan.KindTrack {
			continue
		}
		if d.Kind == plan.KindCommon {
			alone.Definitions = append(alone.Definitions, d)
		} else if answers(&d, ev) && (best == nil || better(p, ev, s, *best)) {
			best = &s
		}
	}
	r := &check.Result{}
	switch {
	case best == nil && ev.Type == capture.Track:
		r.Verdict = capture.Unplanned
		return r
	case best == nil:
		r.Verdict = capture.Valid
		return r
	}
	d := p.Definitions[best.Definition]
	alone.Definitions = append(alone.Definitions, d)
	c, err := check.Compile(alone)
	require.NoError(t, err)
	if c.Check(ev, terminal, r); best.Offline {
		r = &check.Result{EventID: d.EventID, EventKey: d.Key, RevisionID: d.RevisionID, Hash: d.Hash, Verdict: capture.Unplanned}
		r.Violations = []capture.Violation{{
			Code: check.EventOffline, Severity: capture.Error, Expected: fmt.Sprint("offline since release ", best.Release), Actual: ev.Name,
		}}
	}
	r.Release = best.Release
	return r
}

// answers reports whether a definition answers to an event.
func answers(d *plan.Definition, ev *capture.Event) bool {
	if (d.Kind == plan.KindUserProfile) != (ev.Type == capture.Identify) {
		return false
	}
	if d.Kind == plan.KindTrack && d.WireName != ev.Name && !slices.ContainsFunc(d.Aliases, func(a plan.Alias) bool {
		return a.Name == ev.Name && a.Until == nil
	}) {
		return false
	}
	for _, condition := range d.Match {
		value := ""
		for _, n := range ev.Properties.Members {
			if n.Name == condition.Property {
				value = n.Text
			}
		}
		if value != condition.Value {
			return false
		}
	}
	return true
}

func better(p *plan.Plan, ev *capture.Event, a, b plan.Slot) bool {
	rank := func(s plan.Slot) []int {
		d := &p.Definitions[s.Definition]
		r := []int{-len(d.Match), 0, 0}
		if s.Offline {
			r[1] = 1
		}
		if d.Kind == plan.KindTrack && d.WireName != ev.Name {
			r[2] = 1
		}
		return r
	}
	return cmp.Or(slices.Compare(rank(a), rank(b)), cmp.Compare(p.Definitions[a.Definition].Key, p.Definitions[b.Definition].Key)) < 0
}

// said is what a judgement says; of what is unplanned for want of a definition the reason is another test's business.
func said(r *check.Result) string {
	if r.EventID == "" {
		return fmt.Sprint(r.Verdict, r.Release, r.Hash)
	}
	return fmt.Sprint(r.EventID, r.EventKey, r.RevisionID, r.Hash, r.Release, r.Verdict, r.Violations, r.More)
}

func TestSlotsAgreeWithANaiveChoice(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := drawSlotted(t)
		c, err := check.Compile(p)
		require.NoError(t, err)
		var r check.Result
		for range eventsPerDefinition {
			ev, terminal := drawSlotEvent(t), oneOf(t, []string{"ios", "web"})
			c.Check(ev, terminal, &r)
			if want := naive(t, p, terminal, ev); said(want) != said(&r) {
				t.Fatalf("%s %q of %q: %s\nnaive: %s\nplan %+v", terminal, ev.Name, ev.App.Version, said(&r), said(want), p)
			}
			if r.EventID == "" && r.Verdict == capture.Unplanned {
				require.Len(t, r.Violations, 1)
			}
		}
	})
}

// TestAnUnknownTerminalIsJudgedMildly says that what is good wherever it may come from is good, and of the same event.
func TestAnUnknownTerminalIsJudgedMildly(t *testing.T) {
	t.Parallel()
	judged := 0
	rapid.Check(t, func(t *rapid.T) {
		p := drawSlotted(t)
		c, err := check.Compile(p)
		require.NoError(t, err)
		for range eventsPerDefinition {
			ev := drawSlotEvent(t)
			ios, web, mixed := judge(t, c, "ios", ev), judge(t, c, "web", ev), judge(t, c, "", ev)
			if ios.EventID == "" || ios.EventID != web.EventID || ios.Verdict != capture.Valid || web.Verdict != capture.Valid {
				continue
			}
			judged++
			require.Equal(t, capture.Valid, mixed.Verdict, "%+v", p)
			require.Equal(t, ios.EventID, mixed.EventID)
			require.Contains(t, []string{ios.Hash, web.Hash}, mixed.Hash)
			if ios.Hash == web.Hash {
				require.Equal(t, max(ios.Release, web.Release), mixed.Release)
			}
		}
	})
	require.Positive(t, judged)
}

// TestTheOnlyTerminalIsKnown says that an unknown terminal of an app with one is judged as that one.
func TestTheOnlyTerminalIsKnown(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := drawSlotted(t)
		p.Terminals = p.Terminals[:1]
		c, err := check.Compile(p)
		require.NoError(t, err)
		for range eventsPerDefinition {
			ev := drawSlotEvent(t)
			require.Equal(t, said(judge(t, c, "ios", ev)), said(judge(t, c, "", ev)), "%s %s %+v", ev.Name, ev.App.Version, p)
		}
	})
}
