package plan_test

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/waymarkhq/waymark/internal/plan"
)

// drawDefinition returns any definition; it need not be one that validation accepts.
func drawDefinition(t *rapid.T) plan.Definition {
	text := rapid.SampledFrom([]string{"", "a", "b", "价格", "<&>\u2028", "x\"y"})
	key := rapid.SampledFrom([]string{"ios", "web", "server"})
	count := rapid.Ptr(rapid.IntRange(0, 3), true)
	flag := rapid.Ptr(rapid.Bool(), true)
	constraints := rapid.Custom(func(t *rapid.T) *plan.Constraints {
		return &plan.Constraints{
			Pattern: text.Draw(t, "pattern"), MinLength: count.Draw(t, "min"), Minimum: text.Draw(t, "minimum"),
			Nullable: flag.Draw(t, "nullable"), NonEmpty: flag.Draw(t, "nonEmpty"), ValueSetID: text.Draw(t, "set"),
		}
	})
	var typ func(depth int) *rapid.Generator[plan.Type]
	typ = func(depth int) *rapid.Generator[plan.Type] {
		return rapid.Custom(func(t *rapid.T) plan.Type {
			ty := plan.Type{Base: plan.TypeString, Constraints: *constraints.Draw(t, "constraints")}
			if depth > 0 && rapid.Bool().Draw(t, "list") {
				items := typ(depth-1).Draw(t, "items")
				ty.Items = &items
			}
			for range rapid.IntRange(0, depth).Draw(t, "fields") {
				ty.Fields = append(ty.Fields, plan.Field{Name: text.Draw(t, "name"), Type: typ(depth-1).Draw(t, "type")})
			}
			return ty
		})
	}
	d := plan.Definition{
		EventID: "evt_1", Key: key.Draw(t, "key"), RevisionID: text.Draw(t, "revision"), Kind: plan.KindTrack,
		WireName: text.Draw(t, "wire"), Terminals: rapid.SliceOf(key).Draw(t, "terminals"),
		ExcludedCommon: rapid.SliceOf(text).Draw(t, "excluded"),
	}
	for range rapid.IntRange(0, 3).Draw(t, "conditions") {
		d.Match = append(d.Match, plan.Condition{Property: text.Draw(t, "property"), Value: text.Draw(t, "value")})
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "aliases") {
		a := plan.Alias{Name: text.Draw(t, "alias") + string(rune('a'+i))}
		if rapid.Bool().Draw(t, "ends") {
			until := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "until"), 123456789).In(time.FixedZone("", 8*3600))
			a.Until = &until
		}
		d.Aliases = append(d.Aliases, a)
	}
	for range rapid.IntRange(0, 3).Draw(t, "properties") {
		d.Properties = append(d.Properties, plan.PropertyRule{
			PropertyID: "prp_1", Name: text.Draw(t, "name"), Type: typ(2).Draw(t, "type"), Presence: plan.PresenceOptional,
			PresenceOn:  rapid.MapOf(key, rapid.Just(plan.PresenceRequired)).Draw(t, "presenceOn"),
			Narrowing:   constraints.Draw(t, "narrowing"),
			NarrowingOn: rapid.MapOf(key, constraints).Draw(t, "narrowingOn"),
		})
	}
	return d
}

func TestCanonicalFormComesBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := drawDefinition(t)
		text := d.Canonical()
		require.True(t, json.Valid(text))
		back, err := plan.ParseDefinition(text)
		require.NoError(t, err)
		require.Equal(t, string(text), string(back.Canonical()))
		require.Equal(t, d.Digest(), back.Digest())
		require.Len(t, d.Digest(), 64)
	})
}

// TestCanonicalFormIgnoresWhatMakesNoDifference changes a definition in every way that says the same.
func TestCanonicalFormIgnoresWhatMakesNoDifference(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := drawDefinition(t)
		same := d
		same.RevisionID = "evr_other"
		same.Match = rapid.Permutation(d.Match).Draw(t, "match")
		same.Terminals = rapid.Permutation(d.Terminals).Draw(t, "terminals")
		same.ExcludedCommon = rapid.Permutation(d.ExcludedCommon).Draw(t, "excluded")
		same.Aliases = rapid.Permutation(d.Aliases).Draw(t, "aliases")
		for i, a := range same.Aliases {
			if a.Until != nil {
				utc := a.Until.UTC()
				same.Aliases[i].Until = &utc
			}
		}
		same.Properties = append([]plan.PropertyRule{}, d.Properties...)
		for i := range same.Properties {
			r := &same.Properties[i]
			if r.Narrowing != nil && *r.Narrowing == (plan.Constraints{}) {
				r.Narrowing = nil
			}
			on := map[string]*plan.Constraints{"nowhere": {}, "never": nil}
			maps.Copy(on, r.NarrowingOn)
			r.NarrowingOn = on
			if r.Type.Nullable == nil {
				no := false
				r.Type.Nullable = &no
			}
		}
		require.Equal(t, string(d.Canonical()), string(same.Canonical()))
	})
}

func TestCanonicalFormTellsDifferencesApart(t *testing.T) {
	t.Parallel()
	no := false
	base := func() plan.Definition {
		return plan.Definition{
			EventID: "evt_1", Key: "a", Kind: plan.KindTrack, WireName: "a",
			Properties: []plan.PropertyRule{{Name: "p", Presence: plan.PresenceRequired}, {Name: "q", Presence: plan.PresenceRequired}},
		}
	}
	hashes := map[string]bool{}
	for _, change := range []func(*plan.Definition){
		func(*plan.Definition) {},
		func(d *plan.Definition) { d.EventID = "evt_2" },
		func(d *plan.Definition) { d.Key = "b" },
		func(d *plan.Definition) { d.WireName = "b" },
		func(d *plan.Definition) { d.Kind = plan.KindItem },
		func(d *plan.Definition) { d.Terminals = []string{"ios"} },
		func(d *plan.Definition) { d.Aliases = []plan.Alias{{Name: "b"}} },
		func(d *plan.Definition) { d.ExcludedCommon = []string{"b"} },
		func(d *plan.Definition) { d.Match = []plan.Condition{{Property: "p", Value: "1"}} },
		func(d *plan.Definition) { d.Properties[0], d.Properties[1] = d.Properties[1], d.Properties[0] },
		func(d *plan.Definition) { d.Properties[0].Presence = plan.PresenceOptional },
		func(d *plan.Definition) { d.Properties[0].Narrowing = &plan.Constraints{Nullable: &no} },
		func(d *plan.Definition) { d.Properties[0].Type.NonEmpty = &no },
	} {
		d := base()
		change(&d)
		hashes[d.Digest()] = true
	}
	require.Len(t, hashes, 13)
}

func TestHashOfOneDefinitionNeverChanges(t *testing.T) {
	t.Parallel()
	d := plan.Definition{
		EventID: "evt_1", Key: "order_paid", RevisionID: "evr_1", Kind: plan.KindTrack, WireName: "支付<成功>",
		Properties: []plan.PropertyRule{{PropertyID: "prp_1", Name: "价格", Type: plan.Type{Base: plan.TypeNumber}, Presence: plan.PresenceRequired}},
	}
	want := `{"eventId":"evt_1","key":"order_paid","kind":"TRACK","wireName":"支付<成功>",` +
		`"properties":[{"propertyId":"prp_1","name":"价格","type":{"base":"NUMBER"},"presence":"REQUIRED"}]}`
	require.Equal(t, want, string(d.Canonical()))
	require.Equal(t, "27e75706d15b62bdd25382677450f6de90fb472320193e6c9d9cb46f9ac3747f", d.Digest()) // stored in databases: a change here breaks every frozen definition
}

func TestMapOrderMakesNoDifference(t *testing.T) {
	t.Parallel()
	keys := []string{"a", "b", "c", "d", "e", "f", "g", "h"}
	var first string
	for range 20 {
		rand.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
		on := map[string]plan.Presence{}
		for _, k := range keys {
			on[k] = plan.PresenceAbsent
		}
		d := plan.Definition{Properties: []plan.PropertyRule{{Name: "p", PresenceOn: on}}}
		if first == "" {
			first = d.Digest()
		}
		require.Equal(t, first, d.Digest())
	}
}

func TestParseDefinitionRefusesWhatIsNone(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "[]", `{"nope":1}`, `{"key":1}`, `{} {}`, `{} }`} {
		_, err := plan.ParseDefinition([]byte(text))
		require.Error(t, err, text)
	}
}
