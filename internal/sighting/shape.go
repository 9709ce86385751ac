package sighting

import (
	"strings"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/check"
	"github.com/waymarkhq/waymark/internal/plan"
)

// Shape is what a value looks like. Strings that read as something else are told apart from other strings.
type Shape uint8

// The shapes. Their numbers are stored.
const (
	Null Shape = iota
	// Blank is the empty string, or what a programming language prints for a value that is not there ("undefined").
	Blank
	Boolean
	Integer
	Number // with a fraction
	Text
	BooleanText
	IntegerText
	NumberText
	DateText
	DatetimeText
	// List is a list of different things, of lists, or with a null.
	List
	Object
	EmptyList
	BooleanList
	IntegerList
	// NumberList has numbers, at least one with a fraction.
	NumberList
	TextList
	ObjectList
	shapes
)

// Shapes lists them all.
func Shapes() []Shape {
	all := make([]Shape, shapes)
	for i := range all {
		all[i] = Shape(i)
	}
	return all
}

// String is the shape's public name, e.g. INTEGER_TEXT.
func (s Shape) String() string {
	return [...]string{
		"NULL", "BLANK", "BOOLEAN", "INTEGER", "NUMBER", "TEXT", "BOOLEAN_TEXT", "INTEGER_TEXT", "NUMBER_TEXT", "DATE_TEXT",
		"DATETIME_TEXT", "LIST", "OBJECT", "EMPTY_LIST", "BOOLEAN_LIST", "INTEGER_LIST", "NUMBER_LIST", "TEXT_LIST", "OBJECT_LIST",
	}[s]
}

func (s Shape) numeric() bool {
	return s == Integer || s == Number || s == IntegerText || s == NumberText
}

// ShapeOf tells what a value looks like: its node on a tape, followed by what is in it.
func ShapeOf(value capture.Tape) Shape {
	switch n := &value[0]; n.Kind {
	case capture.Bool:
		return Boolean
	case capture.Number:
		if whole(n.Text) {
			return Integer
		}
		return Number
	case capture.String:
		return shapeOfText(n.Text)
	case capture.Array:
		return shapeOfList(capture.Object(value[1:]))
	case capture.ObjectKind:
		return Object
	case capture.Null:
	}
	return Null
}

// shapeOfList tells what a list's elements have in common.
func shapeOfList(elements capture.Object) Shape {
	of := EmptyList
	for i, n := range elements.Members {
		element := List
		switch n.Kind {
		case capture.Bool:
			element = BooleanList
		case capture.Number:
			if element = NumberList; whole(n.Text) {
				element = IntegerList
			}
		case capture.String:
			element = TextList
		case capture.ObjectKind:
			element = ObjectList
		case capture.Null, capture.Array: // no type of lists takes them
		}
		switch {
		case i == 0:
			of = element
		case of == IntegerList && element == NumberList:
			of = NumberList
		case of != element && (of != NumberList || element != IntegerList):
			return List
		}
	}
	return of
}

// longest is the longest text that can read as something else, in bytes.
const longest = capture.MaxNumber

func shapeOfText(text string) Shape {
	if text == "" || check.IsPlaceholder(text) {
		return Blank
	}
	if len(text) > longest {
		return Text
	}
	switch c := text[0]; {
	case c == 't' || c == 'T' || c == 'f' || c == 'F':
		if strings.EqualFold(text, "true") || strings.EqualFold(text, "false") {
			return BooleanText
		}
	case c == '-' || c >= '0' && c <= '9':
		return shapeOfDigits(text)
	}
	return Text
}

func shapeOfDigits(text string) Shape {
	switch {
	case isNumber(text):
		if whole(text) {
			return IntegerText
		}
		return NumberText
	case len(text) < len("2006-01-02") || text[4] != '-':
		return Text
	case plan.IsDate(text):
		return DateText
	case plan.IsDatetime(text):
		return DatetimeText
	}
	return Text
}

// whole says whether a number is an integer, as the rules have it: 5.0 and 5e3 are.
func whole(literal string) bool {
	for i := range len(literal) {
		if c := literal[i]; c == '.' || c == 'e' || c == 'E' {
			d, ok := plan.ParseDecimal(literal)
			return ok && d.IsInteger()
		}
	}
	return true
}

// isNumber says whether a text is a number as JSON writes it, leading zeros allowed: phones send them.
func isNumber(text string) bool {
	rest := strings.TrimPrefix(text, "-")
	digits := digitsOf(rest)
	rest = rest[digits:]
	if digits == 0 {
		return false
	}
	if strings.HasPrefix(rest, ".") {
		digits = digitsOf(rest[1:])
		rest = rest[1+digits:]
		if digits == 0 {
			return false
		}
	}
	if rest == "" {
		return true
	}
	if rest[0] != 'e' && rest[0] != 'E' {
		return false
	}
	rest = rest[1:]
	if rest != "" && (rest[0] == '+' || rest[0] == '-') {
		rest = rest[1:]
	}
	return rest != "" && digitsOf(rest) == len(rest)
}

func digitsOf(text string) int {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return i
		}
	}
	return len(text)
}
