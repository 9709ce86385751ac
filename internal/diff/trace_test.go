package diff_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/waymarkhq/waymark/internal/diff"
	"github.com/waymarkhq/waymark/internal/plan"
)

// drawTraced draws a definition of few properties with few values, so that values come back.
func drawTraced(t *rapid.T) *plan.Frozen {
	few := func(name string, values ...string) string { return rapid.SampledFrom(values).Draw(t, name) }
	f := &plan.Frozen{
		EventID: "evt_1", Key: "order_paid", Kind: plan.KindTrack, Name: few("name", "a", "b"), Level: plan.LevelP1,
		Description: few("description", "", "x", "y"),
	}
	for i := range 3 {
		if !rapid.Bool().Draw(t, "has") {
			continue
		}
		p := plan.FrozenProperty{
			PropertyID: fmt.Sprint("prp_", i), Key: fmt.Sprint("p", i), Name: few("label", "m", "n"),
			Presence: plan.Presence(few("presence", "REQUIRED", "OPTIONAL")),
			Type:     plan.Type{Base: plan.BaseType(few("base", "STRING", "INTEGER"))},
		}
		if rapid.Bool().Draw(t, "narrowed") {
			n := rapid.IntRange(1, 2).Draw(t, "length")
			p.Narrowing = &plan.Constraints{MaxLength: &n}
		}
		f.Properties = append(f.Properties, p)
	}
	return f
}

// value finds what a text says at a place, by generic JSON: nil where it says nothing.
func value(t require.TestingT, document []byte, at []string) any {
	var v any
	require.NoError(t, json.Unmarshal(document, &v))
	for _, step := range at {
		switch x := v.(type) {
		case map[string]any:
			v = x[step]
		case []any:
			v = nil
			for _, one := range x {
				m := one.(map[string]any)
				if "["+m["propertyId"].(string)+"]" == step {
					v = one
				}
			}
		default:
			return nil
		}
	}
	return v
}

// TestTraceBlamesTheNewestUnbrokenRun: each field is blamed on the first text of the newest unbroken run in which it has
// the present value, and no field is left out.
func TestTraceBlamesTheNewestUnbrokenRun(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 7).Draw(rt, "texts")
		texts := make([][]byte, n)
		for i := range texts {
			texts[i] = drawTraced(rt).Canonical()
		}
		newest := texts[n-1]
		var older [][]byte
		for i := n - 2; i >= 0; i-- {
			older = append(older, texts[i])
		}
		lines, err := diff.Trace(newest, older, diff.EventShape)
		require.NoError(rt, err)
		seen := map[string]bool{}
		for _, l := range lines {
			require.False(rt, seen[l.Path], l.Path)
			seen[l.Path] = true
			blamed := n - 1 - l.Unbroken(0, len(older))
			want := n - 1
			for want > 0 && value(rt, texts[want-1], l.At) != nil && fmt.Sprint(value(rt, texts[want-1], l.At)) == fmt.Sprint(value(rt, newest, l.At)) {
				want--
			}
			require.Equal(rt, want, blamed, l.Path)
		}
		require.Len(rt, lines, countValues(rt, newest))
	})
}

// countValues counts the values of a text that have no parts.
func countValues(t require.TestingT, document []byte) int {
	var v any
	require.NoError(t, json.Unmarshal(document, &v))
	var count func(any) int
	count = func(v any) (n int) {
		switch x := v.(type) {
		case map[string]any:
			for _, part := range x {
				n += count(part)
			}
		case []any:
			for _, part := range x {
				n += count(part)
			}
		default:
			n = 1
		}
		return n
	}
	return count(v)
}

func TestTraceNamesFieldsAsDifferencesDo(t *testing.T) {
	t.Parallel()
	n := 3
	f := &plan.Frozen{
		EventID: "evt_1", Key: "k", Kind: plan.KindTrack, Name: "n", Level: plan.LevelP1, Terminals: []string{"ios"},
		Properties: []plan.FrozenProperty{{PropertyID: "prp_1", Key: "a.b", Type: plan.Type{
			Base: plan.TypeString, Constraints: plan.Constraints{MaxLength: &n},
		}}},
	}
	lines, err := diff.Trace(f.Canonical(), nil, diff.EventShape)
	require.NoError(t, err)
	paths := map[string]string{}
	for _, l := range lines {
		paths[l.Path] = string(l.Value)
	}
	require.Equal(t, "3", paths["properties[a.b].type.constraints.maxLength"])
	require.Equal(t, `"ios"`, paths["terminals[ios]"])
	require.Equal(t, `"n"`, paths["name"])
}

func TestTraceRefusesWhatIsNoJSON(t *testing.T) {
	t.Parallel()
	_, err := diff.Trace([]byte("{"), nil, diff.EventShape)
	require.Error(t, err)
	_, err = diff.Trace([]byte("{}"), [][]byte{[]byte("{")}, diff.EventShape)
	require.Error(t, err)
}
