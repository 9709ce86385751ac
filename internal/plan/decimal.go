package plan

import (
	"cmp"
	"strconv"
	"strings"
)

// Decimal is the exact value of a JSON number literal. Nothing is rounded, and no literal, however large its exponent,
// costs more than reading its digits once: 9007199254740993, 1e400 and 1e999999999 compare as what they are.
//
// A Decimal keeps pieces of the literal that it was parsed from.
type Decimal struct {
	negative bool
	// whole and fraction are the significant digits, in order, without leading or trailing zeros; where the literal's
	// point stood does not matter.
	whole, fraction string
	// point is the place of the decimal point: the value is 0.<digits> × 10^point.
	point int64
}

// maxExponent bounds what is remembered of an exponent. It exceeds every exponent that a bound of a plan may have, so
// comparing with a bound stays exact.
const maxExponent = 1 << 40

// ParseDecimal reads a number as RFC 8259 writes it; ok is false for anything else.
func ParseDecimal(literal string) (d Decimal, ok bool) {
	rest, negative := strings.CutPrefix(literal, "-")
	whole, rest := cutDigits(rest)
	if whole == "" || len(whole) > 1 && whole[0] == '0' {
		return Decimal{}, false
	}
	fraction := ""
	if strings.HasPrefix(rest, ".") {
		if fraction, rest = cutDigits(rest[1:]); fraction == "" {
			return Decimal{}, false
		}
	}
	exponent, ok := parseExponent(rest)
	if !ok {
		return Decimal{}, false
	}
	return normalise(negative, whole, fraction, exponent), true
}

func cutDigits(s string) (digits, rest string) {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return s[:n], s[n:]
}

// parseExponent reads what follows the digits of a number: nothing, or e, a sign and digits.
func parseExponent(s string) (exponent int64, ok bool) {
	if s == "" {
		return 0, true
	}
	if s[0] != 'e' && s[0] != 'E' {
		return 0, false
	}
	s = s[1:]
	negative := strings.HasPrefix(s, "-")
	if negative || strings.HasPrefix(s, "+") {
		s = s[1:]
	}
	digits, rest := cutDigits(s)
	if digits == "" || rest != "" {
		return 0, false
	}
	for i := 0; i < len(digits) && exponent < maxExponent; i++ {
		exponent = exponent*10 + int64(digits[i]-'0')
	}
	exponent = min(exponent, maxExponent)
	if negative {
		exponent = -exponent
	}
	return exponent, true
}

func normalise(negative bool, whole, fraction string, exponent int64) Decimal {
	whole = strings.TrimLeft(whole, "0")
	fraction = strings.TrimRight(fraction, "0")
	point := exponent + int64(len(whole))
	if whole == "" {
		significant := strings.TrimLeft(fraction, "0")
		point -= int64(len(fraction) - len(significant))
		fraction = significant
	}
	if fraction == "" {
		whole = strings.TrimRight(whole, "0")
	}
	if whole == "" && fraction == "" {
		return Decimal{}
	}
	return Decimal{negative: negative, whole: whole, fraction: fraction, point: point}
}

func (d Decimal) digits() int { return len(d.whole) + len(d.fraction) }

func (d Decimal) digit(i int) byte {
	if i < len(d.whole) {
		return d.whole[i]
	}
	return d.fraction[i-len(d.whole)]
}

// IsInteger reports whether the value is a whole number, as JSON Schema has it: 5, 5.0 and 5e3 are.
func (d Decimal) IsInteger() bool { return d.point >= int64(d.digits()) }

// Compare returns -1 where d < o, 0 where they are equal, and 1 where d > o.
func (d Decimal) Compare(o Decimal) int {
	if s, t := d.sign(), o.sign(); s != t {
		return cmp.Compare(s, t)
	}
	if d.negative {
		return o.compareMagnitude(d)
	}
	return d.compareMagnitude(o)
}

func (d Decimal) sign() int {
	switch {
	case d.digits() == 0:
		return 0
	case d.negative:
		return -1
	default:
		return 1
	}
}

func (d Decimal) compareMagnitude(o Decimal) int {
	if d.point != o.point {
		return cmp.Compare(d.point, o.point)
	}
	for i := range min(d.digits(), o.digits()) {
		if a, b := d.digit(i), o.digit(i); a != b {
			return cmp.Compare(a, b)
		}
	}
	return cmp.Compare(d.digits(), o.digits())
}

// AppendKey appends a text that two decimals share exactly when they are equal.
func (d Decimal) AppendKey(b []byte) []byte {
	if d.negative {
		b = append(b, '-')
	}
	b = append(b, d.whole...)
	b = append(b, d.fraction...)
	b = append(b, 'e')
	return strconv.AppendInt(b, d.point, 10)
}
