package plan

import (
	"encoding/json"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"

	"github.com/waymarkhq/waymark/internal/fault"
)

// Limits of constraints.
const (
	// MaxPattern is the longest pattern, in bytes; MaxPatternProgram how many instructions it may compile to, which bounds
	// what a hostile text costs that is matched against it.
	MaxPattern        = 500
	MaxPatternProgram = 1000
	// MaxNumber is the longest bound or numeric constant, in bytes; MaxExponent how many places its point may lie from its
	// first digit.
	MaxNumber   = 64
	MaxExponent = 1000
	// MaxCount is the largest length or number of items that a constraint may name.
	MaxCount = 1_000_000
	// MaxConstant is the longest constant, in bytes of its JSON text.
	MaxConstant = 1000
)

// allowed lists which constraints a type may carry, besides nullable and encoding, which every type may.
var allowed = map[string][]BaseType{
	"pattern":   {TypeString},
	"minLength": {TypeString},
	"maxLength": {TypeString},
	"minimum":   {TypeInteger, TypeNumber},
	"maximum":   {TypeInteger, TypeNumber},
	"minItems":  {TypeList},
	"maxItems":  {TypeList},
	"valueSet":  {TypeString, TypeInteger, TypeNumber, TypeEnum},
	"constant":  {TypeString, TypeInteger, TypeNumber, TypeBoolean, TypeDatetime, TypeDate, TypeEnum},
	"nonEmpty":  {TypeString, TypeList, TypeObject},
}

// stated returns the names of the constraints that c states, in the order of the type.
func (c *Constraints) stated() []string {
	var names []string
	for _, s := range []struct {
		name string
		is   bool
	}{
		{"pattern", c.Pattern != ""},
		{"minLength", c.MinLength != nil},
		{"maxLength", c.MaxLength != nil},
		{"minimum", c.Minimum != ""},
		{"maximum", c.Maximum != ""},
		{"minItems", c.MinItems != nil},
		{"maxItems", c.MaxItems != nil},
		{"valueSet", c.ValueSetID != ""},
		{"constant", c.Constant != ""},
		{"nonEmpty", c.NonEmpty != nil},
	} {
		if s.is {
			names = append(names, s.name)
		}
	}
	return names
}

// validate refuses constraints that do not fit the type, or that no value could meet.
func (c *Constraints) validate(path string, t *Type, f *fault.Fields) {
	before := len(*f)
	c.validateEach(path, t.Base, f)
	if !slices.Contains([]Encoding{EncodingNone, EncodingJSON, EncodingURL}, c.Encoding) {
		f.Add(path+".encoding", "unknown_encoding", fmt.Sprintf("%q is not an encoding", c.Encoding))
	}
	if len(*f) == before {
		contradictions(path, t, []*Constraints{c}, f)
	}
}

// validateNarrowing refuses what cannot narrow t: also whatever would widen it.
func (c *Constraints) validateNarrowing(path string, t *Type, f *fault.Fields) {
	c.validateEach(path, t.Base, f)
	if c.Encoding != EncodingNone {
		f.Add(path+".encoding", "not_allowed", "the encoding belongs to the property itself")
	}
	if c.Nullable != nil && *c.Nullable {
		f.Add(path+".nullable", "not_allowed", "a narrowing can only take null back, not allow it")
	}
}

func (c *Constraints) validateEach(path string, base BaseType, f *fault.Fields) {
	for _, name := range c.stated() {
		at := path + "." + name
		if !slices.Contains(allowed[name], base) {
			f.Add(at, "not_allowed", fmt.Sprintf("%s has no meaning for type %s", name, base))
			continue
		}
		switch name {
		case "pattern":
			validatePattern(at, c.Pattern, f)
		case "minLength":
			validateCount(at, *c.MinLength, f)
		case "maxLength":
			validateCount(at, *c.MaxLength, f)
		case "minItems":
			validateCount(at, *c.MinItems, f)
		case "maxItems":
			validateCount(at, *c.MaxItems, f)
		case "minimum":
			validateBound(at, c.Minimum, base, f)
		case "maximum":
			validateBound(at, c.Maximum, base, f)
		case "constant":
			validateConstant(at, c.Constant, base, f)
		}
	}
}

func validateCount(path string, n int, f *fault.Fields) {
	if n < 0 || n > MaxCount {
		f.Add(path, "out_of_range", fmt.Sprintf("a count is between 0 and %d", MaxCount))
	}
}

func validateBound(path, literal string, base BaseType, f *fault.Fields) {
	switch d, ok := parseBound(literal); {
	case !ok:
		f.Add(path, "bad_number", "a bound is a decimal number such as 0, -1.5 or 1e6")
	case base == TypeInteger && !d.IsInteger():
		f.Add(path, "not_integer", "a bound of an integer is an integer")
	}
}

// parseBound reads a number of the plan: short, and of moderate size.
func parseBound(literal string) (Decimal, bool) {
	if len(literal) > MaxNumber {
		return Decimal{}, false
	}
	d, ok := ParseDecimal(literal)
	return d, ok && d.point <= MaxExponent && d.point >= -MaxExponent
}

func validatePattern(path, pattern string, f *fault.Fields) {
	if len(pattern) > MaxPattern {
		f.Add(path, "too_long", fmt.Sprintf("a pattern has at most %d bytes", MaxPattern))
		return
	}
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		f.Add(path, "bad_pattern", "the pattern is not a regular expression of RE2: "+err.Error())
		return
	}
	program, err := syntax.Compile(tree.Simplify())
	if err != nil || len(program.Inst) > MaxPatternProgram {
		f.Add(path, "pattern_too_complex", "the pattern is too complex: its repetitions multiply")
	}
}

// CompilePattern returns the expression that matches exactly the texts which the pattern matches as a whole. The pattern
// has been validated; the error of another one is that of package regexp.
func CompilePattern(pattern string) (*regexp.Regexp, error) {
	if _, err := syntax.Parse(pattern, syntax.Perl); err != nil { // "a)(b" is no pattern, though it is one in parentheses
		return nil, err
	}
	return regexp.Compile(`\A(?:` + pattern + `)\z`)
}

func validateConstant(path, constant string, base BaseType, f *fault.Fields) {
	if len(constant) > MaxConstant {
		f.Add(path, "too_long", fmt.Sprintf("a constant has at most %d bytes", MaxConstant))
		return
	}
	s, ok := ParseScalar(constant)
	if !ok {
		f.Add(path, "bad_constant", `a constant is a JSON scalar such as "text", 1.5 or true`)
		return
	}
	if !s.fits(base) {
		f.Add(path, "type_mismatch", fmt.Sprintf("the constant is not of type %s", base))
	}
}

// Scalar is a JSON string, number or boolean.
type Scalar struct {
	// Base is TypeString, TypeNumber or TypeBoolean.
	Base BaseType
	// Text is a string's text, or the literal.
	Text string
}

// ParseScalar reads a JSON string, number or boolean; ok is false for anything else, null included.
func ParseScalar(text string) (s Scalar, ok bool) {
	switch {
	case text == "true" || text == "false":
		return Scalar{TypeBoolean, text}, true
	case len(text) > 0 && text[0] == '"':
		err := json.Unmarshal([]byte(text), &s.Text)
		s.Base = TypeString
		return s, err == nil
	default:
		_, ok = parseBound(text)
		return Scalar{TypeNumber, text}, ok
	}
}

func (s Scalar) fits(base BaseType) bool {
	switch base {
	case TypeString:
		return s.Base == TypeString
	case TypeDatetime:
		return s.Base == TypeString && IsDatetime(s.Text)
	case TypeDate:
		return s.Base == TypeString && IsDate(s.Text)
	case TypeNumber:
		return s.Base == TypeNumber
	case TypeInteger:
		d, ok := ParseDecimal(s.Text)
		return s.Base == TypeNumber && ok && d.IsInteger()
	case TypeBoolean:
		return s.Base == TypeBoolean
	case TypeEnum:
		return s.Base == TypeString || s.Base == TypeNumber
	default:
		return false
	}
}
