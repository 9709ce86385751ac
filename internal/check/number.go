package check

import (
	"cmp"
	"math"

	"github.com/waymarkhq/waymark/internal/plan"
)

// number is a number of an event or a bound of a plan. Those of up to 18 digits without an exponent, which is nearly
// every number there is, are also read as mantissa / 10^scale, to be compared cheaply and still exactly; for the others
// there is plan.Decimal.
type number struct {
	literal  string
	mantissa int64
	scale    int
	short    bool // whether mantissa and scale are set
}

var powers = func() (p [19]int64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = p[i-1] * 10
	}
	return p
}()

// readNumber reads a literal that is known to be a JSON number.
func readNumber(literal string) number {
	n := number{literal: literal}
	digits := literal
	if digits != "" && digits[0] == '-' {
		digits = digits[1:]
	}
	if len(digits) > 18 {
		return n
	}
	point := len(digits)
	for i := 0; i < len(digits); i++ {
		c := digits[i] - '0'
		if c <= 9 {
			n.mantissa = n.mantissa*10 + int64(c)
		} else if digits[i] == '.' {
			point = i + 1
		} else {
			return n
		}
	}
	if len(digits) < len(literal) {
		n.mantissa = -n.mantissa
	}
	n.scale, n.short = len(digits)-point, true
	return n
}

// isWhole reports whether the value is an integer, as JSON Schema has it: 5.0 and 5e3 are.
func (n *number) isWhole() bool {
	if n.short {
		return n.scale == 0 || n.mantissa%powers[n.scale] == 0
	}
	d, ok := plan.ParseDecimal(n.literal)
	return ok && d.IsInteger()
}

// compare returns the order of n and o: -1, 0 or 1.
func (n *number) compare(o *number) int {
	if n.short && o.short {
		if a, b, ok := align(n, o); ok {
			return cmp.Compare(a, b)
		}
	}
	a, _ := plan.ParseDecimal(n.literal)
	b, _ := plan.ParseDecimal(o.literal)
	return a.Compare(b)
}

// align brings two mantissas to the same scale; ok is false where one grows too large for that.
func align(n, o *number) (a, b int64, ok bool) {
	a, b = n.mantissa, o.mantissa
	switch d := n.scale - o.scale; {
	case d > 0:
		ok = magnify(&b, d)
	case d < 0:
		ok = magnify(&a, -d)
	default:
		ok = true
	}
	return a, b, ok
}

func magnify(m *int64, digits int) bool {
	limit := math.MaxInt64 / powers[digits]
	if *m > limit || *m < -limit {
		return false
	}
	*m *= powers[digits]
	return true
}
