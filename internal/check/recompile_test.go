package check_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/waymarkhq/waymark/internal/check"
	"github.com/waymarkhq/waymark/internal/plan"
)

// editPlan returns a plan that differs from p in one thing, or in nothing, and shares with it what is the same.
func editPlan(t *rapid.T, p *plan.Plan) *plan.Plan {
	next := *p
	if chance(t, 8) {
		next.Terminals = []plan.Terminal{{Key: "ios", Systems: []string{"iOS"}}, {Key: "web"}}
		return &next
	}
	next.Definitions, next.Slots, next.ValueSets = slices.Clone(p.Definitions), slices.Clone(p.Slots), maps.Clone(p.ValueSets)
	at := -1
	if len(p.Definitions) > 0 {
		at = rapid.IntRange(0, len(p.Definitions)-1).Draw(t, "at")
	}
	switch edit := rapid.IntRange(0, 9).Draw(t, "edit"); {
	case edit == 0:
	case edit == 1 && len(p.Slots) > 0:
		i := rapid.IntRange(0, len(p.Slots)-1).Draw(t, "slot")
		next.Slots = slices.Delete(next.Slots, i, i+1)
	case edit == 2 && p.Slots != nil && at >= 0:
		next.Slots = append(next.Slots, drawSlot(t, at, at))
	case edit == 3 && at >= 0:
		d := drawSlotDefinition(t, p.Definitions[at].Key, p.Definitions[at].Kind)
		next.Definitions[at] = drawSet(t, d)
	case edit == 9 && at >= 0:
		next.Definitions[at].RevisionID += "'"
	case edit == 4:
		set := oneOf(t, []string{"v1", "v2"})
		next.ValueSets[set] = &plan.ValueSet{Values: []plan.Value{{Value: oneOf(t, []string{"1", "2"})}}}
	case edit == 5:
		return draft(t, drawSets(t, drawSlotted(t))) // all of it
	case edit == 6:
		next.Terminals = []plan.Terminal{{Key: "web"}, {Key: "ios"}, {Key: "tv"}}[rapid.IntRange(0, 1).Draw(t, "from"):]
	case edit == 7 && at >= 0 && p.Slots == nil:
		next.Definitions = slices.Delete(next.Definitions, at, at+1)
	case edit == 8:
		d := drawSet(t, drawSlotDefinition(t, fmt.Sprint("n", rapid.IntRange(0, 3).Draw(t, "new")), plan.KindTrack))
		if p.Slots != nil {
			next.Slots = append(next.Slots, drawSlot(t, len(next.Definitions), len(next.Definitions)))
		} else {
			d.Hash = ""
		}
		next.Definitions = append(next.Definitions, d)
	}
	return &next
}

// drawSet lets a property of a definition draw on a value set now and then.
func drawSet(t *rapid.T, d plan.Definition) plan.Definition {
	if len(d.Properties) > 0 && chance(t, 2) {
		d.Properties = slices.Clone(d.Properties)
		d.Properties[0].Type = plan.Type{Base: plan.TypeString, Constraints: plan.Constraints{ValueSetID: "v1"}}
		if chance(t, 2) {
			d.ValueSets = map[string]string{"v1": "v2"}
		}
		d.Hash = d.Digest()
	}
	return d
}

func drawSets(t *rapid.T, p *plan.Plan) *plan.Plan {
	for i := range p.Definitions {
		p.Definitions[i] = drawSet(t, p.Definitions[i])
	}
	p.ValueSets = map[string]*plan.ValueSet{
		"v1": {Values: []plan.Value{{Value: "1"}}}, "v2": {Values: []plan.Value{{Value: "2"}}},
	}
	return p
}

// draft makes drafts of a plan now and then: nothing is hashed, and each definition holds.
func draft(t *rapid.T, p *plan.Plan) *plan.Plan {
	if chance(t, 2) {
		p.Slots = nil
		for i := range p.Definitions {
			p.Definitions[i].Hash = ""
		}
	}
	return p
}

// judgements are those of all sorts of events.
func judgements(t *rapid.T, c *check.Checker) []string {
	var (
		list []string
		r    check.Result
	)
	for _, terminal := range []string{"ios", "web", "tv", ""} {
		for _, name := range append(slotNames, "old", "nobody's") {
			for _, version := range []string{"", "0.9", "1", "2.0.5", "2.1", "3"} {
				for _, sent := range []string{`{}`, `{"p":"1","c":1,"C":"2"}`, `{"p":2,"q":"1","c":"1"}`} {
					c.Check(of(version, track(t, name, sent)), terminal, &r)
					list = append(list, fmt.Sprint(
						r.EventID, r.EventKey, r.RevisionID, r.Hash, r.Release, r.Verdict, r.Violations, r.More))
				}
			}
		}
	}
	return list
}

func TestRecompilingIsCompiling(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := draft(t, drawSets(t, drawSlotted(t)))
		c, err := check.Compile(p)
		require.NoError(t, err)
		for range rapid.IntRange(1, 5).Draw(t, "edits") {
			before := judgements(t, c)
			next := editPlan(t, p)
			again, err := check.Recompile(c, next)
			require.NoError(t, err)
			fresh, err := check.Compile(next)
			require.NoError(t, err)
			require.Equal(t, judgements(t, fresh), judgements(t, again), "%+v\nthen %+v", p, next)
			require.Equal(t, before, judgements(t, c), "the earlier checker stays as it was")
			p, c = next, again
		}
	})
}

func TestAPlanThatDoesNotRecompileLeavesTheEarlierOne(t *testing.T) {
	t.Parallel()
	c := compile(t, definition(t, `{"wireName":"x","properties":[{"name":"p","type":{"base":"STRING","valueSet":"vst_pay"},"presence":"REQUIRED"}]}`))
	d := definition(t, `{"wireName":"x","properties":[{"name":"p","type":{"base":"STRING","valueSet":"gone"},"presence":"REQUIRED"}]}`)
	_, err := check.Recompile(c, &plan.Plan{Definitions: []plan.Definition{d}})
	require.ErrorContains(t, err, `value set "gone" is not in the plan`)
	require.Equal(t, "key VALID []", verdict(judge(t, c, "ios", track(t, "x", `{"p":"wechat"}`))))
}
