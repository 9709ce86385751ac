package check

import (
	"math"
	"regexp"
	"strconv"

	"github.com/waymarkhq/waymark/internal/plan"
)

// rule judges the value of one property, field or element. It is what a plan.Type and the constraints that narrow it
// compile to.
type rule struct {
	base     plan.BaseType
	any      bool // the value is not judged at all
	nullable bool
	nonEmpty bool
	encoding plan.Encoding

	patterns             []*regexp.Regexp
	minLength, maxLength int // of a string in code points, or of a list in items

	minimum, maximum *bound
	sets             []*set
	constants        []plan.Scalar

	items   *rule    // of a list
	members *members // of an object
}

// members are the properties of an event, or the fields of an object.
type members struct {
	names    table
	order    []string // the names by index
	rules    []*rule
	required []uint64 // bits by index
	freeForm bool     // an object without fields: it may hold anything
}

// set holds allowed values.
type set struct {
	texts   map[string]struct{}
	numbers map[string]struct{} // keys of decimals
	listed  []string            // for people
}

func newSet(values []plan.Value) *set {
	s := &set{texts: make(map[string]struct{}, len(values)), numbers: map[string]struct{}{}}
	for _, v := range values {
		s.texts[v.Value] = struct{}{}
		if d, ok := plan.ParseDecimal(v.Value); ok {
			s.numbers[string(d.AppendKey(nil))] = struct{}{}
		}
		if len(s.listed) < MaxText {
			s.listed = append(s.listed, v.Value)
		}
	}
	return s
}

func (s *set) hasText(text string) bool {
	_, ok := s.texts[text]
	return ok
}

// hasNumber looks for a number by value: 1 and 1.0 are the same. The key is built in buffer.
func (s *set) hasNumber(literal string, buffer []byte) bool {
	if s.hasText(literal) {
		return true
	}
	d, ok := plan.ParseDecimal(literal)
	if !ok || len(s.numbers) == 0 {
		return false
	}
	_, ok = s.numbers[string(d.AppendKey(buffer))]
	return ok
}

// bound is one end of a range, with what makes the usual comparison cheap.
type bound struct {
	literal string
	decimal plan.Decimal
	integer int64
	isInt   bool // whether integer is the exact value
}

func newBound(literal string) (*bound, bool) {
	d, ok := plan.ParseDecimal(literal)
	if !ok {
		return nil, false
	}
	n, err := strconv.ParseInt(literal, 10, 64)
	return &bound{literal: literal, decimal: d, integer: n, isInt: err == nil}, true
}

// number is a number of an event, read as far as it has to be.
type number struct {
	literal string
	integer int64
	isInt   bool // whether integer is the exact value
}

// readNumber recognises the integers of up to 18 digits, which is nearly every number there is.
func readNumber(literal string) number {
	n := number{literal: literal}
	digits := literal
	if digits != "" && digits[0] == '-' {
		digits = digits[1:]
	}
	if digits == "" || len(digits) > 18 {
		return n
	}
	for i := 0; i < len(digits); i++ {
		c := digits[i] - '0'
		if c > 9 {
			return n
		}
		n.integer = n.integer*10 + int64(c)
	}
	if len(digits) < len(literal) {
		n.integer = -n.integer
	}
	n.isInt = true
	return n
}

func (n number) isWhole() bool {
	if n.isInt {
		return true
	}
	d, ok := plan.ParseDecimal(n.literal)
	return ok && d.IsInteger()
}

// compare returns the order of n and b: negative, zero or positive.
func (n number) compare(b *bound) int {
	if n.isInt && b.isInt {
		switch {
		case n.integer < b.integer:
			return -1
		case n.integer > b.integer:
			return 1
		}
		return 0
	}
	d, _ := plan.ParseDecimal(n.literal)
	return d.Compare(b.decimal)
}

const unbounded = math.MaxInt
