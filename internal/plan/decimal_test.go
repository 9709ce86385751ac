package plan_test

import (
	"encoding/json"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/waymarkhq/waymark/internal/plan"
)

// drawNumber returns a JSON number with a moderate exponent, which big.Rat can still take.
func drawNumber(t *rapid.T, label string) string {
	return rapid.StringMatching(`-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?`).Draw(t, label)
}

func TestDecimalAgreesWithBigRat(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawNumber(t, "a"), drawNumber(t, "b")
		if rapid.Bool().Draw(t, "related") {
			b = a + "0"[:rapid.IntRange(0, 1).Draw(t, "longer")]
		}
		x, ok1 := plan.ParseDecimal(a)
		y, ok2 := plan.ParseDecimal(b)
		p, _ := new(big.Rat).SetString(a)
		q, ok := new(big.Rat).SetString(b)
		require.True(t, ok1)
		if !ok || !ok2 {
			return
		}
		require.Equal(t, p.Cmp(q), x.Compare(y), "%s and %s", a, b)
		require.Equal(t, p.IsInt(), x.IsInteger(), a)
		require.Equal(t, p.Cmp(q) == 0, string(x.AppendKey(nil)) == string(y.AppendKey(nil)), "%s and %s", a, b)
	})
}

func TestDecimalTakesAnyExponent(t *testing.T) {
	t.Parallel()
	ascending := []string{
		"-1e999999999999999999999", "-1e400", "-9007199254740993", "-9007199254740992", "-1e-999999999999999999999", "0",
		"1e-99999999999999999999999", "1e-400", "1", "9007199254740992", "9007199254740993", "1e400", "10e400", "1e999999999",
		"1e99999999999999999999999",
	}
	for i, a := range ascending {
		for j, b := range ascending {
			x, ok1 := plan.ParseDecimal(a)
			y, ok2 := plan.ParseDecimal(b)
			require.True(t, ok1 && ok2)
			require.Equal(t, sign(i-j), x.Compare(y), "%s and %s", a, b)
		}
	}
}

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}

func FuzzParseDecimal(f *testing.F) {
	for _, s := range []string{"0", "-0", "1.5e3", "01", "1.", ".5", "+1", "1e", "1e+", "0x1", "NaN", "1_000", "-", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, ok := plan.ParseDecimal(s)
		isNumber := json.Valid([]byte(s)) && strings.TrimSpace(s) == s && strings.ContainsAny(s[:min(1, len(s))], "-0123456789")
		require.Equal(t, isNumber, ok, s)
		if ok {
			require.Zero(t, d.Compare(d))
		}
	})
}
