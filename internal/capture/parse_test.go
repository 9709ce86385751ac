package capture_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/waymarkhq/waymark/internal/capture"
)

// value is the tree that a tape stands for, in the form that encoding/json decodes to (with UseNumber); of members with
// the same name the last one counts, as there.
func value(o capture.Object, i int) any {
	n := &o[i]
	switch n.Kind {
	case capture.Null:
		return nil
	case capture.Bool:
		return n.Text == "true"
	case capture.Number:
		return json.Number(n.Text)
	case capture.String:
		return n.Text
	case capture.Array:
		list := []any{}
		inside := o.Inside(i)
		for j := range inside.Members {
			list = append(list, value(inside, j))
		}
		return list
	default:
		object := map[string]any{}
		inside := o.Inside(i)
		for j, m := range inside.Members {
			object[m.Name] = value(inside, j)
		}
		return object
	}
}

// standard is what encoding/json makes of a text.
func standard(text string) (any, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one value")
	}
	return v, nil
}

// withoutNUL replaces NUL as Parse does.
func withoutNUL(v any) any {
	switch v := v.(type) {
	case string:
		return strings.ReplaceAll(v, "\x00", "\ufffd")
	case []any:
		for i := range v {
			v[i] = withoutNUL(v[i])
		}
	case map[string]any:
		for name, m := range v {
			delete(v, name)
			v[withoutNUL(name).(string)] = withoutNUL(m)
		}
	}
	return v
}

// agree checks that Parse and encoding/json take the same texts, apart from the documented limits, and read the same.
func agree(t require.TestingT, text string) {
	tape, err := capture.Parse(nil, text)
	if errors.Is(err, capture.ErrDepth) || errors.Is(err, capture.ErrNumber) {
		agreePruned(t, text)
		return
	}
	if errors.Is(err, capture.ErrNodes) {
		return
	}
	if errors.Is(err, capture.ErrUTF8) {
		require.False(t, utf8.ValidString(text))
		text, _, err = capture.Mend(text)
		require.NoError(t, err)
		require.True(t, utf8.ValidString(text))
		tape, err = capture.Parse(nil, text)
		require.NotErrorIs(t, err, capture.ErrUTF8)
	}
	want, wrong := standard(strings.TrimPrefix(text, "\ufeff"))
	if wrong != nil {
		require.Error(t, err, "encoding/json says: %v", wrong)
		return
	}
	require.NoError(t, err)
	checkTape(t, tape, text)
	require.Equal(t, withoutNUL(want), withoutNUL(value(capture.Object(tape), 0)))
}

// agreePruned checks that ParsePruned takes what encoding/json takes, and differs from it only in the places that it lists.
func agreePruned(t require.TestingT, text string) {
	dst := make(capture.Tape, 1)
	tape, pruned, err := capture.ParsePruned(dst, text)
	if _, wrong := standard(strings.TrimPrefix(text, "\ufeff")); wrong == nil && utf8.ValidString(text) {
		require.NoError(t, err)
	}
	if err != nil {
		require.Len(t, tape, 1)
		require.Empty(t, pruned)
		return
	}
	require.NotEmpty(t, pruned)
	without, at := "", 0
	for _, p := range pruned {
		value := text[p.At.Start:p.At.End]
		if errors.Is(p.Err, capture.ErrNumber) {
			require.Greater(t, len(value), capture.MaxNumber)
		} else {
			require.Contains(t, "[]{}", value[:1])
		}
		without, at = without+text[at:p.At.Start]+"null", int(p.At.End)
	}
	without += text[at:]
	want, err := capture.Parse(nil, without)
	require.NoError(t, err)
	require.Equal(t, value(capture.Object(want), 0), value(capture.Object(tape[1:]), 0))
	nulls := map[capture.Span]bool{}
	for _, n := range tape[1:] {
		nulls[n.At] = n.Kind == capture.Null
	}
	for _, p := range pruned {
		require.True(t, nulls[p.At], "%v", p)
	}
}

// checkTape checks the places and sizes on a tape.
func checkTape(t require.TestingT, tape capture.Tape, text string) {
	require.Equal(t, len(tape)-1, int(tape[0].Size))
	for i, n := range tape {
		require.True(t, json.Valid([]byte(text[n.At.Start:n.At.End])), "node %d stands at %q", i, text[n.At.Start:n.At.End])
		require.LessOrEqual(t, i+1+int(n.Size), len(tape))
		switch n.Kind {
		case capture.Number, capture.Bool:
			require.Equal(t, text[n.At.Start:n.At.End], n.Text)
		case capture.Null, capture.Array, capture.ObjectKind:
			require.Empty(t, n.Text)
		}
	}
}

var texts = []string{
	`{}`, `[]`, `0`, `-0`, `1.5e+10`, `""`, `"a"`, `null`, `true`, `false`, " \t\r\n1 \n", segmentEvent,
	`{"a":{"b":[1,2,{"c":null}],"d":[]},"a":2}`, `["12345678","1234567","123456789","12345678901234567"]`,
	`"\"\\\/\b\f\n\r\t\u4e2d\ud83c\udf4e"`, `"\ud83c"`, `"\ud83c\u0041"`, `"\udf4e\ud83c"`, `"\u0000"`, `"苹果手机 🍎"`, `{"\u0061":1}`,
	"\ufeff{}", `"long plain text that needs several words, then \u00e9 and more plain text behind it"`,
	``, ` `, `{`, `[`, `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{"a":1,}`, `[1,]`, `[,1]`, `{,}`, `{"a" 1}`, `{a:1}`, `{"a":1]`, `[1}`,
	`1 2`, `{} x`, `tru`, `truex`, `nul`, `+1`, `.5`, `5.`, `1e`, `1e+`, `01`, `-`, `--1`, `1.e3`, `0x10`, `NaN`, `-Infinity`, `undefined`,
	`"`, `"abc`, `"abc\`, `"\x"`, `"\u12"`, `"\u12g4"`, "\"\n\"", "\"\x00\"", "\"\x1f1234567\"", "\"\x7f\"", `'a'`,
	"\"\xff\"", "{\"\xff\":1}", "\"\xed\xa0\xbc\xed\xbd\x8e\"", "\xff", "\"abcdefgh\xc3\"", "\"\\n\xc3(\"", "\"\xf0\x9f\x8d\"",
	strings.Repeat("[", 63) + strings.Repeat("]", 63), strings.Repeat(`{"a":`, 30) + "1" + strings.Repeat("}", 30),
	"[" + strings.Repeat("1,", 1000) + "1]",
	"[1," + digits(65) + `,"a",-` + digits(70) + ".5e+3,[" + digits(64) + "]]", digits(65), `{"a":0` + digits(65) + `}`, `[` + digits(65) + `x]`,
	`{"a":` + strings.Repeat("[", 70) + `"]\"]",{}` + strings.Repeat("]", 70) + `,"b":[{}],"c":` + digits(66) + `}`,
	strings.Repeat("[", 64) + `{},[1],"` + strings.Repeat("[", 9) + `"` + strings.Repeat("]", 64),
}

func TestParseAgreesWithStandardLibrary(t *testing.T) {
	t.Parallel()
	for _, text := range texts {
		agree(t, text)
		for cut := range min(len(text), 300) { // texts that end too early
			agree(t, text[:cut])
		}
	}
}

func TestParseAgreesOnMutatedTexts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := []byte(rapid.SampledFrom(texts).Draw(t, "text"))
		for range rapid.IntRange(0, 4).Draw(t, "changes") {
			if len(text) == 0 {
				break
			}
			at := rapid.IntRange(0, len(text)-1).Draw(t, "at")
			text[at] = rapid.SampledFrom([]byte("{}[],:\"\\u0e-.1tn \n\x00\x80\xc3\xed\xa0")).Draw(t, "byte")
		}
		agree(t, string(text))
	})
}

func FuzzParse(f *testing.F) {
	for _, text := range texts {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) { agree(t, text) })
}

func TestParseNamesPlaceAndReason(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]capture.SyntaxError{
		``:                         {0, capture.ErrEnd},
		`{"a":1,"b":}`:             {11, capture.ErrValue},
		`{"a":1 "b":2}`:            {7, capture.ErrComma},
		`{"a" 1}`:                  {5, capture.ErrColon},
		`{1:2}`:                    {1, capture.ErrName},
		`[1,2`:                     {4, capture.ErrEnd},
		`[1] 2`:                    {4, capture.ErrTrailing},
		`["ab` + "\n" + `"]`:       {4, capture.ErrControl},
		`["\q"]`:                   {2, capture.ErrEscape},
		`[-x]`:                     {2, capture.ErrBadNumber},
		`[1, NaN]`:                 {4, capture.ErrNaN},
		`[-Infinity]`:              {1, capture.ErrNaN},
		"[\"a\xff\"]":              {2, capture.ErrUTF8},
		`[` + digits(65) + `]`:     {1, capture.ErrNumber},
		strings.Repeat("[", 65):    {64, capture.ErrDepth},
		strings.Repeat("[", 1e4):   {64, capture.ErrDepth},
		strings.Repeat(`{"":`, 99): {64 * 4, capture.ErrDepth},
	} {
		dst := make(capture.Tape, 3)
		tape, err := capture.Parse(dst, text)
		require.Len(t, tape, 3)
		require.Equal(t, &want, err, text)
		require.ErrorIs(t, err, want.Err)
	}
}

func digits(n int) string { return strings.Repeat("7", n) }

func TestParseLimits(t *testing.T) {
	t.Parallel()
	deepest := strings.Repeat("[", capture.MaxDepth) + strings.Repeat("]", capture.MaxDepth)
	tape, err := capture.Parse(nil, deepest)
	require.NoError(t, err)
	require.Len(t, tape, capture.MaxDepth)

	_, err = capture.Parse(nil, digits(capture.MaxNumber))
	require.NoError(t, err)

	most := "[" + strings.Repeat("1,", capture.MaxNodes-2) + "1]"
	tape, err = capture.Parse(tape[:1], most) // what is on the tape already does not count
	require.NoError(t, err)
	require.Len(t, tape, capture.MaxNodes+1)
	_, err = capture.Parse(nil, "[1,"+most[1:])
	require.ErrorIs(t, err, capture.ErrNodes)
}

func TestParsePruned(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", 5e3) + strings.Repeat("]", 5e3) // encoding/json, which checks it, goes to 1e4
	text := `[{"a":` + digits(65) + `,"b":` + deep + `},"x"]`
	tape, pruned, err := capture.ParsePruned(nil, text)
	require.NoError(t, err)
	checkTape(t, tape, text)
	require.Equal(t, capture.Null, tape[2].Kind)
	require.Equal(t, "x", tape[len(tape)-1].Text)
	require.Equal(t, []capture.Pruned{
		{At: capture.Span{Start: 6, End: 71}, Err: capture.ErrNumber},
		{At: capture.Span{Start: 76 + 62, End: uint32(76 + len(deep) - 62)}, Err: capture.ErrDepth},
	}, pruned)

	for text, want := range map[string]capture.SyntaxError{
		strings.Repeat("[", 1e5):                                            {1e5, capture.ErrEnd},
		`[` + digits(65) + `,1.]`:                                           {69, capture.ErrBadNumber},
		`[` + digits(65) + `]]`:                                             {67, capture.ErrTrailing},
		`[` + digits(65) + `,"` + "\xff" + `"]`:                             {68, capture.ErrUTF8},
		strings.Repeat("[", 64) + strings.Repeat("[],", capture.MaxNodes+1): {64 + 3*capture.MaxNodes, capture.ErrNodes},
	} {
		_, pruned, err := capture.ParsePruned(nil, text)
		require.Equal(t, &want, err)
		require.Empty(t, pruned)
	}
}

func TestParseKeepsNumbersAndDuplicates(t *testing.T) {
	t.Parallel()
	tape, err := capture.Parse(nil, `{"n":1e400,"n":12345678901234567890.10,"n":-0}`)
	require.NoError(t, err)
	var literals []string
	for _, n := range capture.Object(tape).Inside(0).Members {
		literals = append(literals, n.Text)
	}
	require.Equal(t, []string{"1e400", "12345678901234567890.10", "-0"}, literals)
	require.Equal(t, 2, capture.Object(tape).Inside(0).Find("n"))
	require.Equal(t, -1, capture.Object(tape).Inside(0).Find("m"))
}

func TestParseAllocatesNothing(t *testing.T) {
	tape, err := capture.Parse(nil, segmentEvent)
	require.NoError(t, err)
	require.Zero(t, testing.AllocsPerRun(10, func() { tape, _ = capture.Parse(tape[:0], segmentEvent) }))
}

func TestMend(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct {
		text string
		done []capture.Mending
	}{
		"plain":                             {"plain", nil},
		"{\"a\":\"\xff\"}":                  {"{\"a\":\"\ufffd\"}", []capture.Mending{{6, capture.MendedUTF8}}},
		"\"\xed\xa0\xbc\xed\xbd\x8e!\"":     {"\"🍎!\"", []capture.Mending{{1, capture.MendedSurrogates}}},
		"\"\xed\xa0\xbc!\"":                 {"\"\ufffd\ufffd\ufffd!\"", []capture.Mending{{1, capture.MendedUTF8}, {4, capture.MendedUTF8}, {7, capture.MendedUTF8}}},
		`{"a":NaN,"b":"NaN","c":-Infinity}`: {`{"a":"NaN","b":"NaN","c":"-Infinity"}`, []capture.Mending{{5, capture.MendedNaN}, {25, capture.MendedNaN}}},
		`["\"NaN",Infinity]`:                {`["\"NaN","Infinity"]`, []capture.Mending{{9, capture.MendedNaN}}},
		"[\"\\\xff\",NaN]":                  {"[\"\\\ufffd\",\"NaN\"]", []capture.Mending{{3, capture.MendedUTF8}, {8, capture.MendedNaN}}},
	} {
		got, done, err := capture.Mend(text)
		require.NoError(t, err)
		require.Equal(t, want.text, got)
		require.Equal(t, want.done, done, text)
		for _, m := range done {
			require.NotEmpty(t, m.What.String())
		}
	}
	_, _, err := capture.Mend(`"` + strings.Repeat("\xff", capture.MaxMendings+1) + `"`)
	require.ErrorIs(t, err, capture.ErrUTF8)
}

func FuzzMend(f *testing.F) {
	for _, text := range texts {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, done, err := capture.Mend(string(text))
		if err != nil {
			return
		}
		require.True(t, utf8.ValidString(got))
		require.Equal(t, bytes.Equal(text, []byte(got)), len(done) == 0)
	})
}
