package diff_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/diff"
)

// odd are texts that no definition has.
var odd = []string{
	``, `null`, `{}`, `[]`, `1`, `"a"`, `{"properties":1}`, `{"properties":{}}`, `{"properties":[1]}`, `{"match":[]}`,
	`{"properties":[{"propertyId":1}]}`, `{"properties":[{"propertyId":"a"},{"propertyId":"a","key":"b"}]}`,
	`{"properties":[{"propertyId":"a","key":"k"},{"propertyId":"b","key":"k"},{"propertyId":"[","key":"k#b"}]}`,
	`{"properties":[{"propertyId":"a","type":{"base":"LIST","items":{"base":"STRING","pattern":"x"}}}]}`,
	`{"properties":[{"propertyId":"a","type":{"base":1}}]}`, `{"properties":[{"propertyId":"a","type":[]}]}`,
	`{"terminals":["a","a"]}`, `{"terminals":["b","a"]}`, `{"terminals":[null]}`, `{"terminals":null}`, `{"terminals":[]}`,
	`{"a":1,"a":2}`, `{"\u0061":1}`, `{"a":{"b":{"c":[{"d":1}]}}}`, `{"a.b":{"c":1},"a":{"b.c":2}}`, `{"":{"":""}}`,
	`{"properties":[{"propertyId":"a","narrowing":5}]}`, `{"properties":[{"propertyId":"a","narrowing":{"x":{}}}]}`,
	` { "key" : "a" , "match" : [ { "property" : "p" } ] } `, `{"key":"\ud800","x":"\\\"]}"}`, `{"order":1,"properties":[]}`,
	`{"valueSets":{"a":"1","[a]":"2"}}`, `{"type":{"base":"OBJECT","fields":[{"name":"","type":{"base":"STRING"}}]}}`,
	`{"values":[{"value":"order"},{"value":"a"}]}`, `{"values":[{"value":"a"},{"value":"order"}]}`, `{"values":[]}`,
}

var shapes = []diff.Shape{diff.EventShape, diff.PropertyShape, diff.ValueSetShape}

func TestOddTextsKeepTheLaws(t *testing.T) {
	t.Parallel()
	for _, a := range odd {
		for _, b := range odd {
			for _, s := range shapes {
				keepsTheLaws(t, []byte(a), []byte(b), s)
			}
		}
	}
}

func TestWhatIsNoTextIsRefused(t *testing.T) {
	t.Parallel()
	fine := []byte(`{"key":"a"}`)
	for _, text := range []string{`{`, `{"a"}`, `nope`, `{} {}`, `{"a":1}]`, "\xff"} {
		bad := []byte(text)
		for _, pair := range [][2][]byte{{bad, fine}, {fine, bad}} {
			_, err := diff.Fields(pair[0], pair[1], diff.EventShape)
			require.Error(t, err, text)
		}
		for _, three := range [][3][]byte{{bad, fine, fine}, {fine, bad, fine}, {fine, fine, bad}} {
			_, _, err := diff.Merge(three[0], three[1], three[2], diff.EventShape)
			require.Error(t, err, text)
		}
		_, err := diff.Patch(bad, nil, diff.EventShape)
		require.Error(t, err, text)
		_, _, err = diff.Resolve(bad, nil, nil, diff.EventShape)
		require.Error(t, err, text)
	}
}

func TestPatchesWithoutAPlaceAreRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []diff.Change{
		{At: []string{"key", "x"}, To: []byte(`1`)},
		{At: []string{"properties", "prp_1"}, To: []byte(`{"propertyId":"prp_1"}`)},
		{At: []string{"properties", "[prp_1]"}, To: []byte(`{"propertyId":"prp_2"}`)},
		{At: []string{"properties", "[prp_1]"}, To: []byte(`5`)},
		{At: []string{"properties", "order"}, To: []byte(`5`)},
		{At: []string{"properties", "order", "x"}, To: []byte(`[]`)},
		{At: []string{"terminals", "[ios]"}, To: []byte(`"web"`)},
		{At: []string{"terminals", "order"}, To: []byte(`[]`)},
		{At: []string{"level"}, To: []byte(`{`)},
	} {
		_, err := diff.Patch([]byte(`{"key":"a","level":"P0"}`), []diff.Change{c}, diff.EventShape)
		require.Error(t, err, "%v", c.At)
	}
}

func TestChoicesThatAreRefused(t *testing.T) {
	t.Parallel()
	conflicts := []diff.Conflict{{Path: "level", At: []string{"level"}, Ours: []byte(`"P0"`), Theirs: []byte(`"P1"`)}}
	text := []byte(`{"level":"P0"}`)
	for _, choices := range []map[string]diff.Choice{
		{"key": {Side: diff.Ours}}, {"level": {}}, {"level": {Side: "MINE"}}, {"level": {Value: []byte(`{`)}},
	} {
		_, _, err := diff.Resolve(text, conflicts, choices, diff.EventShape)
		require.Error(t, err, "%v", choices)
	}
	resolved, open, err := diff.Resolve(text, conflicts, map[string]diff.Choice{"level": {Value: []byte(` "P2" `)}}, diff.EventShape)
	require.NoError(t, err)
	require.Empty(t, open)
	require.JSONEq(t, `{"level":"P2"}`, string(resolved))
}

func FuzzTexts(f *testing.F) {
	for i := range odd {
		f.Add([]byte(odd[i]), []byte(odd[(i+1)%len(odd)]))
	}
	f.Fuzz(func(t *testing.T, a, b []byte) {
		for _, s := range shapes {
			keepsTheLaws(t, a, b, s)
		}
	})
}

// keepsTheLaws holds for any two texts what holds for those of definitions, up to what makes no difference.
func keepsTheLaws(t *testing.T, a, b []byte, s diff.Shape) {
	t.Helper()
	changes, err := diff.Fields(a, b, s)
	if err != nil || !utf8.Valid(a) || !utf8.Valid(b) {
		return
	}
	from, to := canonical(t, a, s), canonical(t, b, s)
	require.Equal(t, from == to, len(changes) == 0, "%s\n%s", a, b)
	patched, err := diff.Patch(a, changes, s)
	require.NoError(t, err, "%s\n%s", a, b)
	require.Equal(t, to, canonical(t, patched, s), "%s\n%s", a, b)

	merged, conflicts, err := diff.Merge(a, b, a, s)
	require.NoError(t, err)
	require.Empty(t, conflicts)
	require.Equal(t, to, canonical(t, merged, s))
	_, conflicts, err = diff.Merge([]byte(strings.ToLower(string(a))), a, b, s)
	if err == nil {
		_, swapped, err := diff.Merge([]byte(strings.ToLower(string(a))), b, a, s)
		require.NoError(t, err)
		require.Len(t, swapped, len(conflicts), "%s\n%s", a, b)
	}
}

func canonical(t *testing.T, document []byte, s diff.Shape) string {
	t.Helper()
	c, err := diff.Canonical(document, s)
	require.NoError(t, err)
	return string(c)
}
