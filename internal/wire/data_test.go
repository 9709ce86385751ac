package wire_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
)

// TestPercentSignsOfPackedJSON: a value that is JSON already is not unescaped again.
func TestPercentSignsOfPackedJSON(t *testing.T) {
	t.Parallel()
	var r wire.Request
	for value, want := range map[string]string{
		`{"url":"a%2Fb+c"}`:           `{"url":"a%2Fb+c"}`,
		`%7B%22url%22:%22a%252Fb%22}`: `{"url":"a%2Fb"}`,
		`e30%3D`:                      `{}`,
		`e30%253D`:                    `{}`,
	} {
		text, err := r.Packed(value)
		require.NoError(t, err, value)
		require.Equal(t, []string{want}, []string{text}, value)
	}
}

func TestMember(t *testing.T) {
	t.Parallel()
	tape, err := capture.Parse(nil, `{"a":"","b":7,"c":{"a":"x"},"d":"first","d":"last"}`)
	require.NoError(t, err)
	require.Equal(t, "last", wire.Member(tape, 0, "a", "b", "none", "d"))
	require.Equal(t, "x", wire.Member(tape, 3, "a"))
	require.Empty(t, wire.Member(tape, 0, "a", "b", "c"))
	require.Empty(t, wire.Member(tape, 2, "a"))
	require.Empty(t, wire.Member(tape, 99, "a"))
	require.Empty(t, wire.Member(nil, 0, "a"))
}

func TestScalar(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", wire.MaxField+1)
	for _, c := range []struct {
		node        capture.Node
		want, notes string
	}{
		{capture.Node{Kind: capture.String, Text: "s"}, "s", ""},
		{capture.Node{Kind: capture.Number, Text: "1.50"}, "1.50", ""},
		{capture.Node{Kind: capture.String}, "before", ""},
		{capture.Node{Kind: capture.Bool, Text: "true"}, "before", ""},
		{capture.Node{Kind: capture.ObjectKind}, "before", ""},
		{capture.Node{Kind: capture.String, Name: "n", Text: long}, long[:wire.MaxField], "n is longer than 1024 bytes and was cut"},
	} {
		to, notes := "before", wire.Notes{}
		notes.Scalar(&to, &c.node)
		require.Equal(t, c.want, to)
		require.Equal(t, c.notes, strings.Join(notes, ""))
	}
}
