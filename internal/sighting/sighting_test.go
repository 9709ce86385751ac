package sighting_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/sighting"
)

func value(t require.TestingT, json string) capture.Tape {
	tape, err := capture.Parse(nil, json)
	require.NoError(t, err)
	return tape
}

func TestShapes(t *testing.T) {
	t.Parallel()
	for json, shape := range map[string]sighting.Shape{
		`null`: sighting.Null, `""`: sighting.Blank, `"undefined"`: sighting.Blank, `"null"`: sighting.Blank, `true`: sighting.Boolean,
		`1`: sighting.Integer, `-0`: sighting.Integer, `1.0`: sighting.Integer, `5e3`: sighting.Integer, `1.5`: sighting.Number,
		`1e-3`: sighting.Number, `"x"`: sighting.Text, `" "`: sighting.Text, `"TRUE"`: sighting.BooleanText, `"falsch"`: sighting.Text,
		`"007"`: sighting.IntegerText, `"-7"`: sighting.IntegerText, `"1.50"`: sighting.NumberText, `"1e400"`: sighting.IntegerText,
		`"1."`: sighting.Text, `"-"`: sighting.Text, `"1e"`: sighting.Text, `"1e+"`: sighting.Text, `"1 "`: sighting.Text, `".5"`: sighting.Text,
		`"2026-11-23"`: sighting.DateText, `"2026-02-30"`: sighting.Text, `"2026-11-23T10:00:00Z"`: sighting.DatetimeText,
		`"2026-11-23 10:00:00"`: sighting.DatetimeText, `"13-1"`: sighting.Text, `{"a":[1]}`: sighting.Object,
		`[]`: sighting.EmptyList, `[true,false]`: sighting.BooleanList, `[1,2.0]`: sighting.IntegerList, `[1,2.5]`: sighting.NumberList,
		`[2.5,1]`: sighting.NumberList, `["7",""]`: sighting.TextList, `[{"a":1},{}]`: sighting.ObjectList, `[1,"7"]`: sighting.List,
		`[null]`: sighting.List, `[1,null]`: sighting.List, `[[1],[2]]`: sighting.List, `[1.5,true]`: sighting.List, `[{"a":[1]},3]`: sighting.List,
	} {
		require.Equal(t, shape.String(), sighting.ShapeOf(value(t, json)).String(), json)
	}
	require.Len(t, sighting.Shapes(), 19)
}

// TestTopKeepsItsWord counts values in any order and in any number of parts, and holds what is said of them against a
// naive count.
func TestTopKeepsItsWord(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		parts := make([]sighting.Summary, rapid.IntRange(1, 5).Draw(t, "parts"))
		different := rapid.SampledFrom([]int{3, sighting.MaxValues, 300}).Draw(t, "different")
		true_ := map[string]int64{}
		var least, most int
		for i := range rapid.IntRange(1, 600).Draw(t, "values") {
			v := rapid.IntRange(0, different-1).Draw(t, "value")
			if rapid.Bool().Draw(t, "common") {
				v %= 3
			}
			if i == 0 {
				least, most = v, v
			}
			least, most = min(least, v), max(most, v)
			true_[fmt.Sprint(v)]++
			rapid.Custom(func(t *rapid.T) *sighting.Summary { return &parts[rapid.IntRange(0, len(parts)-1).Draw(t, "part")] }).
				Draw(t, "into").Note(value(t, fmt.Sprint(v)), false)
		}
		var sum sighting.Summary
		for i := range parts {
			read, err := sighting.ReadSummary(parts[i].Append(nil))
			require.NoError(t, err)
			sum.Add(read)
		}
		require.Equal(t, fmt.Sprint(least), sum.Least.Text)
		require.Equal(t, fmt.Sprint(most), sum.Most.Text)
		values := sum.Top.Values()
		require.LessOrEqual(t, len(values), sighting.MaxValues)
		for _, v := range values {
			require.LessOrEqual(t, true_[v.Text], v.Count, v.Text)
			require.GreaterOrEqual(t, true_[v.Text], v.Count-v.Error, v.Text)
		}
		if len(true_) <= sighting.MaxValues {
			require.True(t, sum.Top.Exact())
			require.Len(t, values, len(true_))
		}
		for text, n := range true_ {
			if n*sighting.MaxValues > sum.Seen()*int64(len(parts)) { // what is that frequent cannot be missed
				require.Contains(t, fmt.Sprint(values), " "+text+" ")
			}
		}
	})
}

func TestWhatIsStoredIsReadAgain(t *testing.T) {
	t.Parallel()
	var s sighting.Summary
	for _, json := range []string{`null`, `"a"`, `"支付🎉"`, `1.50`, `[1]`, `"` + fmt.Sprintf("%065d", 1) + `"`} {
		s.Note(value(t, json), false)
	}
	s.Note(value(t, `"secret"`), true)
	for s.Masked = range int64(3) { // what has nothing masked is read by an earlier program, too
		require.Equal(t, min(s.Masked, 1)+1, int64(s.Append(nil)[0]))
		read, err := sighting.ReadSummary(s.Append(nil))
		require.NoError(t, err)
		require.Equal(t, &s, read)
	}
	require.EqualValues(t, 7, s.Seen())
	require.EqualValues(t, 6, s.Filled())
	fill := sighting.Fill{}
	fill.Note("a", sighting.Text)
	fill.Note("支付", sighting.Null)
	readFill, err := sighting.ReadFill(fill.Append(nil))
	require.NoError(t, err)
	require.Equal(t, fill, readFill)
	stored := s.Append(nil)
	for cut := range stored { // no damage makes it panic, or read what is not there
		_, err := sighting.ReadSummary(stored[:cut])
		require.Error(t, err)
	}
	for _, damaged := range [][]byte{nil, {3}, {2}, append(stored, 0), {1, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}, {1, 0, 0, 0, 200}} {
		_, err := sighting.ReadSummary(damaged)
		require.Error(t, err)
	}
	_, err = sighting.ReadFill([]byte{1, 200})
	require.Error(t, err)
}
