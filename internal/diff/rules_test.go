package diff_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/diff"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// example reads a definition of an example; "" is none.
func example(t *testing.T, text string) *plan.Frozen {
	t.Helper()
	if text == "" {
		return nil
	}
	f := &plan.Frozen{
		EventID: "evt_1", Key: "order_paid", Kind: plan.KindTrack, Name: "Order paid", WireName: "order_paid", Level: plan.LevelP1,
		Properties: []plan.FrozenProperty{{
			PropertyID: "prp_price", Key: "price", Name: "Price", Type: plan.Type{Base: plan.TypeNumber},
			Sensitivity: plan.SensitivityNone, Presence: plan.PresenceOptional,
		}},
	}
	var given struct{ Properties json.RawMessage }
	require.NoError(t, json.Unmarshal([]byte(text), &given), text)
	if given.Properties != nil {
		f.Properties = nil
	}
	require.NoError(t, json.Unmarshal([]byte(text), f), text)
	d := f.Definition()
	var refused fault.Fields
	d.Validate("definition", &refused)
	require.NoError(t, refused.Err(), text)
	f.ValueSets = map[string]string{}
	for id := range f.DrawsOn() {
		f.ValueSets[id] = "hash"
	}
	return f
}

func TestEachRuleIsDocumentedAndItsExampleShowsExactlyIt(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for i := range diff.Rules {
		rule := &diff.Rules[i]
		require.False(t, seen[rule.ID], "the id is there twice")
		seen[rule.ID] = true
		require.Same(t, rule, diff.RuleOf(rule.ID))
		for _, text := range []string{rule.Text, rule.TextZH, rule.Reason, rule.ReasonZH, string(rule.Impact)} {
			require.NotEmpty(t, text, rule.ID)
		}
		require.False(t, rule.AtOnce && rule.Impact == diff.Breaking, rule.ID)
		changes := diff.Definitions(example(t, rule.Example.Before), example(t, rule.Example.After), nil)
		switch rule.ID {
		case diff.EventOffline:
			changes = []diff.Change{diff.Offline(false)}
		case diff.EventBack:
			changes = []diff.Change{diff.Offline(true)}
		case diff.PropertyMerged:
			changes = []diff.Change{diff.Successor("", "prp_1")}
		}
		found := map[string]bool{}
		for _, c := range changes {
			found[c.Rule] = true
			require.Equal(t, c.Reason, diff.RuleOf(c.Rule).Reason)
			require.Equal(t, c.ReasonZH, diff.RuleOf(c.Rule).ReasonZH)
			require.Equal(t, c.Impact, diff.RuleOf(c.Rule).Impact)
		}
		if rule.ID == diff.RenamedWithAlias { // what became the name is an alias no more
			delete(found, diff.Restated)
		}
		require.Equal(t, map[string]bool{rule.ID: true}, found, "%s: %v", rule.ID, changes)
		require.Equal(t, rule.Impact == diff.Breaking, diff.IsBreaking(changes))
		require.Equal(t, rule.AtOnce, diff.AtOnce(changes), rule.ID)
	}
	require.Nil(t, diff.RuleOf("nope"))
}
