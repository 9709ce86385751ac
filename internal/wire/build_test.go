package wire_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
)

// requireBuilt holds the law of what Build makes: its tape is that of its text.
func requireBuilt(t require.TestingT, r *wire.Request, tape capture.Tape) {
	if r.Beyond(capture.Span{Start: 0, End: uint32(len(r.Text()))}) != nil {
		return // a record that is rejected need not be JSON
	}
	want, err := capture.Parse(nil, r.Text())
	require.NoError(t, err, r.Text())
	require.Equal(t, want, tape, r.Text())
}

func build(t *testing.T, body string, write func(*wire.Builder) error) (*wire.Request, capture.Tape) {
	t.Helper()
	r := &wire.Request{}
	require.NoError(t, r.ReadBody(strings.NewReader(body), -1, wire.DefaultLimits(), nil))
	tape, err := r.Build(write)
	require.NoError(t, err)
	requireBuilt(t, r, tape)
	return r, tape
}

func TestBuild(t *testing.T) {
	t.Parallel()
	r, tape := build(t, "[{\"a\":{\"b\":[1.50,\"\\u4e2d\"]},\"bad\":\"\xff\"}]", func(b *wire.Builder) error {
		_, err := b.Request.JSON()
		require.NoError(t, err)
		b.Object("not a member")
		b.Copy("copied", 2)
		require.NoError(t, b.JSON("parsed", "\ufeff {\"x\":[true, null]}\n"))
		require.NoError(t, b.JSON("mended", "[NaN,\"\xed\xa0\xbc\xed\xbd\x8e\"]"))
		require.Error(t, b.JSON("broken", `{"x"`))
		b.String("te\"xt", "苹果\n\"🍎\"\\\x00\x01")
		b.String("not UTF-8", "a\xffNaN\"")
		b.Array("list")
		b.String("no member", "a")
		b.Close()
		b.Null("null")
		b.Object("nothing")
		b.Close()
		require.True(t, b.Number("number", "-12.50"))
		require.False(t, b.Number("text", "12,5"))
		require.False(t, b.Number("object", `{}`))
		require.False(t, b.Number("long", strings.Repeat("1", 65)))
		b.Close()
		return nil
	})
	require.Equal(t, `{"copied":{"b":[1.50,"\u4e2d"]},"parsed":{"x":[true, null]},"mended":["NaN","🍎"],`+
		`"te\"xt":"苹果\u000a\"🍎\"\\`+"\ufffd"+`\u0001","not UTF-8":"a`+"\ufffd"+`NaN\"","list":["a"],"null":null,"nothing":{},"number":-12.50,`+
		`"text":"12,5","object":"{}","long":"`+strings.Repeat("1", 65)+`"}`, r.Text())
	require.Equal(t, "苹果\n\"🍎\"\\\ufffd\x01", capture.Object(tape).Inside(0)[capture.Object(tape).Inside(0).Find(`te"xt`)].Text)
	var notes wire.Notes
	r.Mendings(tape[0].At, &notes)
	require.Len(t, notes, 3)
}

func TestBuildCostsNoMoreThanTheRecord(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", 60) + strings.Repeat("]", 60)
	body := "[{\"n\":1},7,{\"n\":\"\xff\"},{\"n\":" + strings.Repeat("1", 65) + "},{\"n\":" + strings.Repeat("[", 70) + "x" + strings.Repeat("]", 70) +
		"},{\"deep\":" + deep + "},{\"inner\":\"" + strings.Repeat("[", 70) + strings.Repeat("]", 70) + "\"}]"
	r, tape := build(t, body, func(b *wire.Builder) error {
		src, err := b.Request.JSON()
		require.NoError(t, err)
		b.Array("")
		for j := range capture.Object(src).Inside(0).Members {
			b.Record(1+j, func(i int) {
				b.Object("")
				for k, n := range capture.Object(src).Inside(i).Members {
					switch n.Name {
					case "deep":
						for range 5 {
							b.Object("x")
						}
						b.Copy(n.Name, i+1+k)
						for range 5 {
							b.Close()
						}
					case "inner":
						require.NoError(t, b.JSON(n.Name, n.Text))
					default:
						b.Copy(n.Name, i+1+k)
					}
				}
				b.Close()
			})
		}
		b.Close()
		return nil
	})
	var d wire.Decoded
	var names []string
	err := r.Payload(tape, "test", "record", &d).Each(0, func(rec *wire.Record) {
		rec.Event.Name = rec.Event.Raw
		names = append(names, rec.Event.Raw)
	})
	require.NoError(t, err)
	require.Equal(t, []string{`{"n":1}`, "{\"n\":\"\ufffd\"}"}, names)
	require.Equal(t, []string{"bytes that are not UTF-8 were replaced by U+FFFD"}, d.Events[1].Notes)
	reasons := []string{}
	for _, rejected := range d.Rejected {
		reasons = append(reasons, rejected.Reason)
	}
	require.Equal(t, []string{
		"a record must be an object, not a number",
		"a value in it is beyond the limits: a number longer than 64 characters", "a value in it is beyond the limits: nested deeper than 64",
		"a value in it is beyond the limits: nested deeper than 64", "a value in it is beyond the limits: nested deeper than 64",
	}, reasons)
	require.Equal(t, `{"n":`+strings.Repeat("1", 65)+"}", d.Rejected[1].Raw, "as sent")
}

func TestBuildIsBounded(t *testing.T) {
	t.Parallel()
	many := "[" + strings.Repeat("1,", capture.MaxNodes/2) + "1]"
	for name, write := range map[string]func(*wire.Builder){
		"parsed": func(b *wire.Builder) { _, _ = b.JSON("", many), b.JSON("", many); _ = b.JSON("", many) },
		"one":    func(b *wire.Builder) { _ = b.JSON("", "["+strings.Repeat("1,", capture.MaxNodes)+"1]") },
		"texts": func(b *wire.Builder) {
			for range capture.MaxNodes {
				b.String("", "a")
			}
		},
		"copied": func(b *wire.Builder) {
			_, _ = b.Request.JSON()
			for range 3 {
				b.Copy("", 0)
			}
		},
	} {
		var r wire.Request
		require.NoError(t, r.ReadBody(strings.NewReader(many), -1, wire.DefaultLimits(), nil))
		_, err := r.Build(func(b *wire.Builder) error {
			b.Array("")
			write(b)
			b.Close()
			return nil
		})
		requireKind(t, err, wire.TooLarge)
		require.Equal(t, err, r.Err(), name)
	}
}

func TestBuildAsksOnce(t *testing.T) {
	t.Parallel()
	var r wire.Request
	why := errors.New("why")
	_, err := r.Build(func(*wire.Builder) error { return why })
	require.Equal(t, why, err)
	_, err = r.Build(nil)
	require.Equal(t, why, err)
	require.NoError(t, r.ReadBody(strings.NewReader("7"), -1, wire.DefaultLimits(), nil))
	tape, err := r.JSON()
	require.NoError(t, err)
	require.Len(t, tape, 1)
	require.Equal(t, "7", r.Text())
}
