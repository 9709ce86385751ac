package check

import (
	"math"
	"regexp"

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

	minimum, maximum *number
	sets             []*set
	constants        []plan.Scalar

	items   *rule    // of a list
	members *members // of an object
}

// unbounded is the greatest length where none is planned.
const unbounded = math.MaxInt

// anything is the rule of values that are not judged.
var anything = &rule{any: true}

// plainRule is a rule that says no more than this; all that say the same are one.
type plainRule struct {
	base                 plan.BaseType
	nullable, nonEmpty   bool
	encoding             plan.Encoding
	minLength, maxLength int
}

// hidden is the place of a name that no property has, not even a common one. Places below it are of members that yield
// to a common property of their name: those which only a match asks for.
const hidden = -1

// yielding returns the place of the i-th member where it yields, and the i of such a place.
func yielding(i int) int { return hidden - 1 - i }

// members are the properties of an event, or the fields of an object.
type members struct {
	places   map[string]int // by name: an index, hidden, or yielding
	names    []string       // by index
	rules    []*rule
	required []uint64 // bits by index
	freeForm bool     // an object without fields: it may hold anything
}

// set holds allowed values.
type set struct {
	texts   map[string]struct{}
	numbers map[string]struct{} // keys of decimals
	listed  []string            // for people
	values  []plan.Value        // what it was made of
}

func newSet(values []plan.Value) *set {
	s := &set{texts: make(map[string]struct{}, len(values)), numbers: map[string]struct{}{}, values: values}
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
