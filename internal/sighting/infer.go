package sighting

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

const (
	// mostEnum is up to how many different texts look like a list of allowed values, and fewestEnum how many of them have
	// to have come for that.
	mostEnum, fewestEnum = 10, 50
)

// Infer returns the narrowest type that every value which came keeps, and nullable if null came; and of texts that look like a
// list of allowed values, these. Strings that read as numbers or booleans stay strings: it is not known what they will be.
func (s *Summary) Infer() (of plan.Type, values []string) {
	of = s.narrowest()
	if s.Counts[Null] > 0 {
		of.Nullable = new(true)
	}
	if of.Base == plan.TypeString && s.Filled() >= fewestEnum && s.Counts[Text] == s.Filled() {
		values = s.allValues()
	}
	return of, values
}

// Mixed says whether the values are of kinds that no type takes together, so that the narrowest one is no more than a stopgap.
func (s *Summary) Mixed() bool {
	of := s.narrowest()
	switch {
	case s.Filled() == 0:
		return false
	case of.Base == plan.TypeList && of.Items.Base == plan.TypeString:
		return s.Counts[EmptyList]+s.Counts[TextList]+s.Counts[Null] != s.Seen()
	case of.Base == plan.TypeString:
		texts := s.Empty()
		for _, shape := range []Shape{Text, BooleanText, IntegerText, NumberText, DateText, DatetimeText} {
			texts += s.Counts[shape]
		}
		return texts != s.Seen()
	}
	return false
}

// Kinds lists what the values look like, with how often, the most frequent first: for people.
func (s *Summary) Kinds() string {
	shapes := slices.DeleteFunc(Shapes(), func(shape Shape) bool { return s.Counts[shape] == 0 })
	slices.SortStableFunc(shapes, func(a, b Shape) int { return cmp.Compare(s.Counts[b], s.Counts[a]) })
	kinds := make([]string, len(shapes))
	for i, shape := range shapes {
		kinds[i] = fmt.Sprintf("%s × %d", shape, s.Counts[shape])
	}
	return strings.Join(kinds, ", ")
}

// allValues returns the values if they are few, these are all, and a plan can name them; else nil.
func (s *Summary) allValues() (values []string) {
	known, bad := int64(0), fault.Fields{}
	for _, v := range s.Top.Values() {
		known += v.Count - v.Error
		plan.ValidateName("", v.Text, &bad)
		values = append(values, v.Text)
	}
	if known != s.Filled() || len(values) > mostEnum || len(bad) > 0 {
		return nil
	}
	return values
}

// narrowing lists types, each with the shapes that keep it; the first that all values keep is theirs.
var narrowing = []struct {
	of     plan.Type
	shapes []Shape
}{
	{plan.Type{Base: plan.TypeInteger}, []Shape{Integer}},
	{plan.Type{Base: plan.TypeNumber}, []Shape{Integer, Number}},
	{plan.Type{Base: plan.TypeBoolean}, []Shape{Boolean}},
	{plan.Type{Base: plan.TypeDate}, []Shape{DateText}},
	{plan.Type{Base: plan.TypeDatetime}, []Shape{DatetimeText}},
	{plan.Type{Base: plan.TypeObject}, []Shape{Object}},
	{listOf(plan.TypeString), []Shape{EmptyList}},
	{listOf(plan.TypeString), []Shape{EmptyList, TextList}},
	{listOf(plan.TypeInteger), []Shape{EmptyList, IntegerList}},
	{listOf(plan.TypeNumber), []Shape{EmptyList, IntegerList, NumberList}},
	{listOf(plan.TypeBoolean), []Shape{EmptyList, BooleanList}},
	{listOf(plan.TypeObject), []Shape{EmptyList, ObjectList}},
	// No type takes elements of different kinds.
	{listOf(plan.TypeString), []Shape{EmptyList, BooleanList, IntegerList, NumberList, TextList, ObjectList, List}},
}

func listOf(base plan.BaseType) plan.Type {
	return plan.Type{Base: plan.TypeList, Items: &plan.Type{Base: base}}
}

func (s *Summary) narrowest() plan.Type {
	for _, t := range narrowing {
		n := s.Counts[Null]
		for _, shape := range t.shapes {
			n += s.Counts[shape]
		}
		if n == s.Seen() && s.Filled() > 0 {
			of := t.of
			if of.Items != nil {
				of.Items = &plan.Type{Base: of.Items.Base} // nobody else's
			}
			return of
		}
	}
	return plan.Type{Base: plan.TypeString}
}
