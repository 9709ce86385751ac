package plan

import (
	"cmp"
	"fmt"
	"unicode/utf8"

	"github.com/waymarkhq/waymark/internal/fault"
)

// Effective is a property rule as it holds on one terminal.
type Effective struct {
	Presence Presence
	// Constraints must all hold: the type's own first, then what narrows them.
	Constraints []*Constraints
}

// On resolves the rule for the terminal with the given key.
func (r *PropertyRule) On(terminal string) Effective {
	return r.With(r.PresenceAt(terminal), r.NarrowingOn[terminal])
}

// With resolves the rule for a presence and a narrowing of one terminal, or nil.
func (r *PropertyRule) With(p Presence, narrowed *Constraints) Effective {
	e := Effective{Presence: p, Constraints: []*Constraints{&r.Type.Constraints}}
	for _, c := range []*Constraints{r.Narrowing, narrowed} {
		if c != nil {
			e.Constraints = append(e.Constraints, c)
		}
	}
	return e
}

// PresenceAt is the presence on the terminal with the given key.
func (r *PropertyRule) PresenceAt(terminal string) Presence {
	return cmp.Or(r.PresenceOn[terminal], r.Presence)
}

// PresenceAmong is the presence on a terminal of which only is known that it is one of those given: required where all of
// them require it, absent where none of them carries it, else optional.
func (r *PropertyRule) PresenceAmong(terminals []string) Presence {
	if len(terminals) == 0 {
		return r.Presence
	}
	shared := r.PresenceAt(terminals[0])
	for _, terminal := range terminals[1:] {
		if r.PresenceAt(terminal) != shared {
			return PresenceOptional
		}
	}
	return shared
}

// Nullable reports whether null is allowed by the type and not taken back by what narrows it.
func (e *Effective) Nullable() bool {
	own := e.Constraints[0].Nullable
	nullable := own != nil && *own
	for _, c := range e.Constraints[1:] {
		nullable = nullable && (c.Nullable == nil || *c.Nullable)
	}
	return nullable
}

// NonEmpty reports whether an empty string, list or object is refused: where any constraint says so, or none says
// otherwise and the property is required.
func (e *Effective) NonEmpty() bool {
	result := e.Presence == PresenceRequired
	for _, c := range e.Constraints {
		if c.NonEmpty != nil && *c.NonEmpty {
			return true
		}
		if c.NonEmpty != nil {
			result = false
		}
	}
	return result
}

// contradictions adds a field for each constraint that leaves no value at all when all of those given hold for t; path is
// where the client wrote the last of them. Reasons: contradiction.
func contradictions(path string, t *Type, all []*Constraints, f *fault.Fields) {
	r := ranges(all)
	if r.minimum != nil && r.maximum != nil && r.minimum.Compare(*r.maximum) > 0 {
		f.Add(path+".minimum", "contradiction", "the minimum lies above the maximum")
	}
	if r.length.isEmpty() {
		f.Add(path+".minLength", "contradiction", "the least length lies above the greatest")
	}
	if r.items.isEmpty() {
		f.Add(path+".minItems", "contradiction", "the least number of items lies above the greatest")
	}
	if len(r.constants) > 0 {
		r.checkConstants(path+".constant", t, all, f)
	}
}

// combined is what several sets of constraints demand together.
type combined struct {
	minimum, maximum *Decimal
	length, items    interval
	constants        []Scalar
}

// interval is a range of counts; nil ends are open.
type interval struct{ least, greatest *int }

func (i *interval) intersect(least, greatest *int) {
	if least != nil && (i.least == nil || *least > *i.least) {
		i.least = least
	}
	if greatest != nil && (i.greatest == nil || *greatest < *i.greatest) {
		i.greatest = greatest
	}
}

func (i *interval) isEmpty() bool {
	return i.least != nil && i.greatest != nil && *i.least > *i.greatest
}

func (i *interval) contains(n int) bool {
	return (i.least == nil || n >= *i.least) && (i.greatest == nil || n <= *i.greatest)
}

func ranges(all []*Constraints) combined {
	var r combined
	for _, c := range all {
		if d, ok := ParseDecimal(c.Minimum); ok && (r.minimum == nil || d.Compare(*r.minimum) > 0) {
			r.minimum = &d
		}
		if d, ok := ParseDecimal(c.Maximum); ok && (r.maximum == nil || d.Compare(*r.maximum) < 0) {
			r.maximum = &d
		}
		r.length.intersect(c.MinLength, c.MaxLength)
		r.items.intersect(c.MinItems, c.MaxItems)
		if s, ok := ParseScalar(c.Constant); ok {
			r.constants = append(r.constants, s)
		}
	}
	return r
}

// checkConstants refuses constants that differ, or that the other constraints rule out.
func (r *combined) checkConstants(path string, t *Type, all []*Constraints, f *fault.Fields) {
	first := r.constants[0]
	for _, other := range r.constants[1:] {
		if !first.Equal(other) {
			f.Add(path, "contradiction", fmt.Sprintf("two constants are asked for: %s and %s", first.Text, other.Text))
			return
		}
	}
	if why := r.ruledOut(first, t, all); why != "" {
		f.Add(path, "contradiction", "the constant is ruled out by "+why)
	}
}

// ruledOut names the constraint that the constant s does not meet, or returns "".
func (r *combined) ruledOut(s Scalar, t *Type, all []*Constraints) string {
	if d, ok := ParseDecimal(s.Text); ok && s.Base == TypeNumber {
		if r.minimum != nil && d.Compare(*r.minimum) < 0 {
			return "the minimum"
		}
		if r.maximum != nil && d.Compare(*r.maximum) > 0 {
			return "the maximum"
		}
	}
	if s.Base == TypeString && !r.length.contains(utf8.RuneCountInString(s.Text)) {
		return "the length"
	}
	if len(t.Values) > 0 && !listed(t.Values, s) {
		return "the values of the enum"
	}
	for _, c := range all {
		if c.NonEmpty != nil && *c.NonEmpty && s.Base == TypeString && s.Text == "" {
			return "nonEmpty"
		}
		if c.Pattern == "" {
			continue
		}
		if re, err := CompilePattern(c.Pattern); err == nil && !re.MatchString(s.Text) {
			return "the pattern"
		}
	}
	return ""
}

// Equal reports whether two scalars are the same value; numbers are compared as numbers.
func (s Scalar) Equal(o Scalar) bool {
	if s.Base != o.Base {
		return false
	}
	a, ok1 := ParseDecimal(s.Text)
	b, ok2 := ParseDecimal(o.Text)
	if s.Base == TypeNumber && ok1 && ok2 {
		return a.Compare(b) == 0
	}
	return s.Text == o.Text
}

func listed(values []Value, s Scalar) bool {
	for _, v := range values {
		if v.Value == s.Text || s.Base == TypeNumber && s.Equal(Scalar{TypeNumber, v.Value}) {
			return true
		}
	}
	return false
}
