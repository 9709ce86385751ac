package plan_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/waymarkhq/waymark/internal/plan"
)

// drawFrozen returns any frozen definition; it need not be one that validation accepts.
func drawFrozen(t *rapid.T) plan.Frozen {
	text := rapid.SampledFrom([]string{"", "a", "支付", "<&>\u2028", "x\"y"})
	d := drawDefinition(t)
	f := plan.Frozen{
		EventID: d.EventID, Key: d.Key, Kind: d.Kind, Name: text.Draw(t, "eventName"), WireName: d.WireName, Match: d.Match,
		Aliases: d.Aliases, Description: text.Draw(t, "description"), Trigger: text.Draw(t, "trigger"), Level: plan.LevelP1,
		Module: text.Draw(t, "module"), OwnerIDs: rapid.SliceOf(text).Draw(t, "owners"), Terminals: d.Terminals,
		ExcludedCommon: d.ExcludedCommon, ValueSets: rapid.MapOf(text, text).Draw(t, "sets"),
	}
	for i := range d.Properties {
		r := &d.Properties[i]
		f.Properties = append(f.Properties, plan.FrozenProperty{
			PropertyID: r.PropertyID, Key: r.Name, Name: text.Draw(t, "people"), Description: text.Draw(t, "about"), Type: r.Type,
			Sensitivity: plan.SensitivityNone, PropertyExample: text.Draw(t, "propertyExample"), Presence: r.Presence,
			PresenceOn: r.PresenceOn, Narrowing: r.Narrowing, NarrowingOn: r.NarrowingOn, Example: text.Draw(t, "example"),
			Note: text.Draw(t, "note"),
		})
	}
	return f
}

func TestFrozenDefinitionsComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := drawFrozen(t)
		text := f.Canonical()
		require.True(t, json.Valid(text))
		back, err := plan.ParseFrozen(text)
		require.NoError(t, err)
		require.Equal(t, string(text), string(back.Canonical()))
		require.Equal(t, f.Hash(), back.Hash())
	})
}

// A reader reads one definition after the other as if each were alone, whole or spoiled.
func TestFrozenReader(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		reader := plan.NewFrozenReader()
		for range 3 {
			f := drawFrozen(t)
			text := f.Canonical()
			want, err := plan.ParseFrozen(text)
			require.NoError(t, err)
			got, err := reader.Read(text)
			require.NoError(t, err)
			require.Equal(t, want, got)
			cut := text[:rapid.IntRange(0, len(text)-1).Draw(t, "cut")]
			_, err = reader.Read(cut)
			require.Error(t, err, "%s", cut)
			spoiled := bytes.Clone(text)
			spoiled[rapid.IntRange(0, len(text)-1).Draw(t, "where")] = rapid.SampledFrom([]byte(`{}[],:"x\ `)).Draw(t, "what")
			want, err = plan.ParseFrozen(spoiled)
			got, spoiltErr := reader.Read(spoiled)
			require.Equal(t, err == nil, spoiltErr == nil, "%s: %v, %v", spoiled, err, spoiltErr)
			if err == nil {
				require.Equal(t, want, got)
			}
		}
	})
}

// TestFrozenDefinitionsSayWhatDefinitionsSay freezes a definition and takes it out again.
func TestFrozenDefinitionsSayWhatDefinitionsSay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := drawFrozen(t)
		d := f.Definition()
		require.Len(t, d.Properties, len(f.Properties))
		back, err := plan.ParseFrozen(f.Canonical())
		require.NoError(t, err)
		again := back.Definition()
		require.Equal(t, string(d.Canonical()), string(again.Canonical()))
		for i := range d.Properties {
			require.Equal(t, f.Properties[i].Rule(), d.Properties[i])
		}
	})
}

func TestFrozenDefinitionsIgnoreWhatMakesNoDifference(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := drawFrozen(t)
		same := f
		same.Match = rapid.Permutation(f.Match).Draw(t, "match")
		same.Aliases = rapid.Permutation(f.Aliases).Draw(t, "aliases")
		same.OwnerIDs = rapid.Permutation(f.OwnerIDs).Draw(t, "owners")
		same.Terminals = rapid.Permutation(f.Terminals).Draw(t, "terminals")
		same.ExcludedCommon = rapid.Permutation(f.ExcludedCommon).Draw(t, "excluded")
		same.Properties = append([]plan.FrozenProperty{}, f.Properties...)
		for i := range same.Properties {
			if same.Properties[i].Narrowing == nil {
				same.Properties[i].Narrowing = &plan.Constraints{}
			}
			if len(same.Properties[i].NarrowingOn) == 0 {
				same.Properties[i].NarrowingOn = map[string]*plan.Constraints{"nowhere": {}, "never": nil}
			}
		}
		require.Equal(t, string(f.Canonical()), string(same.Canonical()))
	})
}

// TestFrozenFormNeverChanges keeps the texts and hashes that databases hold: a change here breaks every release.
func TestFrozenFormNeverChanges(t *testing.T) {
	t.Parallel()
	no := false
	f := plan.Frozen{
		EventID: "evt_1", Key: "order_paid", Kind: plan.KindTrack, Name: "支付成功", WireName: "order_paid",
		Match: []plan.Condition{{Property: "spm", Value: "a1"}}, Aliases: []plan.Alias{{Name: "pay<ok>"}}, Description: "d",
		Trigger: "t", Level: plan.LevelP0, Module: "m", OwnerIDs: []string{"usr_2", "usr_1"}, Terminals: []string{"ios"},
		ExcludedCommon: []string{"page"}, ValueSets: map[string]string{"vst_1": "hash"},
		Properties: []plan.FrozenProperty{
			{
				PropertyID: "prp_2", Key: "channel", Name: "渠道", Description: "d", Type: plan.Type{Base: plan.TypeString},
				Sensitivity: plan.SensitivityNone, PropertyExample: "wx", Presence: plan.PresenceRequired,
				PresenceOn:  map[string]plan.Presence{"ios": plan.PresenceOptional},
				Narrowing:   &plan.Constraints{ValueSetID: "vst_1"},
				NarrowingOn: map[string]*plan.Constraints{"ios": {Nullable: &no}}, Example: "ali", Note: "n",
			},
			{PropertyID: "prp_1", Key: "a", Name: "b", Sensitivity: plan.SensitivityPersonal},
		},
	}
	want := `{"eventId":"evt_1","key":"order_paid","kind":"TRACK","name":"支付成功","wireName":"order_paid",` +
		`"match":[{"property":"spm","value":"a1"}],"aliases":[{"name":"pay<ok>"}],"description":"d","trigger":"t",` +
		`"level":"P0","module":"m","ownerIds":["usr_1","usr_2"],"terminals":["ios"],"excludedCommonProperties":["page"],` +
		`"properties":[{"propertyId":"prp_2","key":"channel","name":"渠道","description":"d","type":{"base":"STRING"},` +
		`"sensitivity":"NONE","propertyExample":"wx","presence":"REQUIRED","presenceOn":{"ios":"OPTIONAL"},` +
		`"narrowing":{"valueSet":"vst_1"},"narrowingOn":{"ios":{"nullable":false}},"example":"ali","note":"n"},` +
		`{"propertyId":"prp_1","key":"a","name":"b","type":{"base":""},"sensitivity":"PERSONAL","presence":""}],` +
		`"valueSets":{"vst_1":"hash"}}`
	require.Equal(t, want, string(f.Canonical()))
	require.Equal(t, map[string]bool{"vst_1": true}, f.DrawsOn())
	require.Equal(t, "c7cc05d88b3bc4df25b87e4bfa941e4edf3294bcb8b76727dbab5faa53586acd", f.Hash())

	s := plan.FrozenValueSet{ID: "vst_1", Key: "channels", Name: "渠道", Values: []plan.Value{{Value: "wx", Label: "微信"}, {Value: "ali"}}}
	want = `{"id":"vst_1","key":"channels","name":"渠道","values":[{"value":"wx","label":"微信"},{"value":"ali"}]}`
	require.Equal(t, want, string(s.Canonical()))
	require.Equal(t, "9fabdd50a26d937193f68ddc5d938037966f00c9874005548f98f496e07d8b2f", s.Hash())
	back, err := plan.ParseFrozenValueSet(s.Canonical())
	require.NoError(t, err)
	require.Equal(t, s, back)
	require.Equal(t, &plan.ValueSet{ID: "vst_1", Key: "channels", Values: s.Values}, back.ValueSet())
	require.JSONEq(t, `{"id":"","key":"","name":"","values":[]}`, string((&plan.FrozenValueSet{}).Canonical()))
}

func TestParseFrozenRefusesWhatIsNone(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "[]", `{"nope":1}`, `{"key":1}`, `{} {}`, `{} }`, `{"properties":[{"revision":1}]}`} {
		_, err := plan.ParseFrozen([]byte(text))
		require.Error(t, err, text)
		_, err = plan.ParseFrozenValueSet([]byte(text))
		require.Error(t, err, text)
	}
}
