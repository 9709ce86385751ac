package diff_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/waymarkhq/waymark/internal/diff"
	"github.com/waymarkhq/waymark/internal/plan"
)

// drawPair returns two texts: of one definition before and after edits, or of two.
func drawPair(t *rapid.T) (a, b []byte) {
	f := drawFrozen(t)
	if chance(t, 4) {
		return f.Canonical(), drawFrozen(t).Canonical()
	}
	return f.Canonical(), edited(t, f).Canonical()
}

// TestChangesLeadFromOneTextToTheOther holds that a difference is empty exactly for equal texts, and says everything.
func TestChangesLeadFromOneTextToTheOther(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawPair(t)
		changes, err := diff.Fields(a, b, diff.EventShape)
		require.NoError(t, err)
		require.Equal(t, string(a) == string(b), len(changes) == 0)
		patched, err := diff.Patch(a, changes, diff.EventShape)
		require.NoError(t, err)
		require.Equal(t, string(b), string(patched))
		paths := map[string]bool{}
		for _, c := range changes {
			require.False(t, paths[c.Path], c.Path)
			paths[c.Path] = true
			require.Equal(t, c.Kind == diff.Added, c.From == nil)
			require.Equal(t, c.Kind == diff.Removed, c.To == nil)
		}
	})
}

// TestChangesSurviveStorage writes changes as JSON and reads them again.
func TestChangesSurviveStorage(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawPair(t)
		changes, err := diff.Fields(a, b, diff.EventShape)
		require.NoError(t, err)
		stored, err := json.Marshal(changes)
		require.NoError(t, err)
		var again []diff.Change
		require.NoError(t, json.Unmarshal(stored, &again))
		patched, err := diff.Patch(a, again, diff.EventShape)
		require.NoError(t, err)
		require.JSONEq(t, string(b), string(patched))
	})
}

func merge(t require.TestingT, base, ours, theirs []byte) ([]byte, []diff.Conflict) {
	merged, conflicts, err := diff.Merge(base, ours, theirs, diff.EventShape)
	require.NoError(t, err)
	return merged, conflicts
}

func drawThree(t *rapid.T) (base, ours, theirs []byte) {
	f := drawFrozen(t)
	return f.Canonical(), edited(t, f).Canonical(), edited(t, f).Canonical()
}

func TestMergeWithWhatNothingChanged(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		base, x, _ := drawThree(t)
		for _, three := range [][3][]byte{{base, x, base}, {base, base, x}, {base, x, x}, {x, x, x}} {
			merged, conflicts := merge(t, three[0], three[1], three[2])
			require.Empty(t, conflicts)
			require.Equal(t, string(x), string(merged))
		}
	})
}

func TestMergeIsTheSameFromBothSides(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		base, ours, theirs := drawThree(t)
		merged, conflicts := merge(t, base, ours, theirs)
		swapped, others := merge(t, base, theirs, ours)
		require.Len(t, others, len(conflicts))
		for i, c := range conflicts {
			require.Equal(t, c.At, others[i].At)
			require.Equal(t, c.Base, others[i].Base)
			require.Equal(t, c.Ours, others[i].Theirs)
			require.Equal(t, c.Theirs, others[i].Ours)
		}
		if len(conflicts) == 0 {
			require.Equal(t, string(merged), string(swapped))
		}
		_, err := plan.ParseFrozen(merged)
		require.NoError(t, err)
		again, err := diff.Canonical(merged, diff.EventShape)
		require.NoError(t, err)
		require.Equal(t, string(again), string(merged))
	})
}

// TestMergeLosesNoSide looks for each leaf that a side changed: it is in the merged text, or in a conflict.
func TestMergeLosesNoSide(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		base, ours, theirs := drawThree(t)
		merged, conflicts := merge(t, base, ours, theirs)
		was, is := leaves(t, base), leaves(t, merged)
		for _, side := range [][]byte{ours, theirs} {
			has := leaves(t, side)
			for at, value := range has {
				if was[at] != value {
					require.True(t, is[at] == value || covered(at, conflicts), "%s: %s became %s", at, value, is[at])
				}
			}
			for at := range was {
				_, stays := has[at]
				_, stayed := is[at]
				require.True(t, stays || !stayed || covered(at, conflicts), "%s came back", at)
			}
		}
		if len(conflicts) == 0 && sameOrder(base, ours) {
			for _, pair := range pairs(t, theirs) {
				require.NotContains(t, pairs(t, merged), [2]string{pair[1], pair[0]})
			}
		}
	})
}

func sameOrder(a, b []byte) bool {
	changes, err := diff.Fields(a, b, diff.EventShape)
	return err == nil && !slices.ContainsFunc(changes, func(c diff.Change) bool { return strings.HasPrefix(c.Path, "properties.") })
}

// pairs lists which property stands before which.
func pairs(t require.TestingT, document []byte) (list [][2]string) {
	f, err := plan.ParseFrozen(document)
	require.NoError(t, err)
	for i := range f.Properties {
		for j := range i {
			list = append(list, [2]string{f.Properties[j].PropertyID, f.Properties[i].PropertyID})
		}
	}
	return list
}

// leaves flattens a text to what stands at each place.
func leaves(t require.TestingT, document []byte) map[string]string {
	found := map[string]string{}
	none, err := diff.Fields(nil, document, diff.EventShape)
	require.NoError(t, err)
	require.Len(t, none, 1)
	var walk func(at []string, value any)
	walk = func(at []string, value any) {
		switch v := value.(type) {
		case map[string]any:
			for name, part := range v {
				walk(append(slices.Clone(at), name), part)
			}
			return
		case []any:
			for _, part := range v {
				walk(append(slices.Clone(at), "["+idOf(part)+"]"), part)
			}
			return
		}
		text, _ := json.Marshal(value)
		found[strings.Join(at, "\x00")+"\x00"] = string(text)
	}
	var value any
	require.NoError(t, json.Unmarshal(document, &value))
	walk(nil, value)
	return found
}

func idOf(element any) string {
	if s, ok := element.(string); ok {
		return s
	}
	object := element.(map[string]any)
	for _, name := range []string{"propertyId", "property", "name", "value"} {
		if id, ok := object[name].(string); ok {
			return id
		}
	}
	return ""
}

func covered(at string, conflicts []diff.Conflict) bool {
	return slices.ContainsFunc(conflicts, func(c diff.Conflict) bool {
		return strings.HasPrefix(at, strings.Join(c.At, "\x00")+"\x00")
	})
}

func TestResolve(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		base, ours, theirs := drawThree(t)
		merged, conflicts := merge(t, base, ours, theirs)
		swapped, _ := merge(t, base, theirs, ours)
		choices := map[string]diff.Choice{}
		for _, c := range conflicts {
			require.NotContains(t, choices, c.Path)
			choices[c.Path] = diff.Choice{Side: diff.Ours}
		}
		resolved, open, err := diff.Resolve(merged, conflicts, choices, diff.EventShape)
		require.NoError(t, err)
		require.Empty(t, open)
		require.Equal(t, string(merged), string(resolved))
		for path := range choices {
			choices[path] = diff.Choice{Side: diff.Theirs}
		}
		resolved, _, err = diff.Resolve(merged, conflicts, choices, diff.EventShape)
		require.NoError(t, err)
		left, err := diff.Fields(swapped, resolved, diff.EventShape)
		require.NoError(t, err)
		for _, c := range left {
			require.Equal(t, "order", c.At[len(c.At)-1], c.Path)
		}
		for path := range choices {
			delete(choices, path)
			break
		}
		_, open, err = diff.Resolve(merged, conflicts, choices, diff.EventShape)
		require.NoError(t, err)
		require.Len(t, open, min(1, len(conflicts)))
	})
}

func TestWeave(t *testing.T) {
	t.Parallel()
	keep := func(s string) bool { return s != "-" }
	for _, c := range []struct{ first, second, want string }{
		{"", "", ""},
		{"a b c", "", "a b c"},
		{"", "a - b", "a b"},
		{"a b c", "a x b y z c", "a x b y z c"},
		{"a b c", "x y a", "x y a b c"},
		{"b a", "a x b", "b a x"},
		{"a b c d", "d c x", "a b c x d"},
		{"a m b", "a n b", "a n m b"},
		{"- a", "- x a", "x a"},
	} {
		got := diff.Weave(strings.Fields(c.first), strings.Fields(c.second), keep)
		require.Equal(t, c.want, strings.Join(got, " "), "%v", c)
	}
}

func TestStates(t *testing.T) {
	t.Parallel()
	state := rapid.MapOf(
		rapid.Custom(func(t *rapid.T) diff.Slot {
			return diff.Slot{EventID: oneOf(t, "evt_1", "evt_2"), Terminal: oneOf(t, "ios", "web"), From: oneOf(t, "", "8.6", "8.10", "8.6.0")}
		}),
		rapid.Custom(func(t *rapid.T) diff.Entry { return diff.Entry{Hash: oneOf(t, "h1", "h2"), Offline: chance(t, 3)} }),
	)
	rapid.Check(t, func(t *rapid.T) {
		a, b := diff.State(state.Draw(t, "a")), diff.State(state.Draw(t, "b"))
		changes := diff.Compare(a, b)
		require.Equal(t, b, diff.Apply(a, changes))
		require.Empty(t, diff.Compare(b, b))
		require.Len(t, diff.Compare(b, a), len(changes))
		require.True(t, slices.IsSortedFunc(changes, func(x, y diff.SlotChange) int {
			if x.Slot.EventID != y.Slot.EventID {
				return strings.Compare(x.Slot.EventID, y.Slot.EventID)
			}
			if x.Slot.Terminal != y.Slot.Terminal {
				return strings.Compare(x.Slot.Terminal, y.Slot.Terminal)
			}
			return plan.CompareVersions(x.Slot.From, y.Slot.From)
		}))
		for _, c := range changes {
			from, was := a[c.Slot]
			to, is := b[c.Slot]
			require.Equal(t, map[[2]bool]diff.Kind{{false, true}: diff.Added, {true, false}: diff.Removed, {true, true}: diff.Changed}[[2]bool{was, is}], c.Kind())
			require.NotEqual(t, from, to)
		}
	})
}
