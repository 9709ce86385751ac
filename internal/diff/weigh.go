package diff

import (
	"slices"

	"github.com/waymarkhq/waymark/internal/plan"
)

// weight is what became of a constraint.
type weight int

const (
	weighSame weight = iota
	weighLooser
	weighTighter
)

func weighIf(tighter, looser bool) weight {
	switch {
	case tighter:
		return weighTighter
	case looser:
		return weighLooser
	default:
		return weighSame
	}
}

// weighedRule is the rule of what became of a constraint.
func weighedRule(name string, w weight) string {
	if w == weighSame {
		return Restated
	}
	rules := map[string][2]string{
		"pattern": {PatternLoosened, PatternTightened}, "constant": {ConstantLifted, ConstantSet},
		"nullable": {NullAllowed, NullTakenBack}, "nonEmpty": {EmptyAllowed, EmptyRefused},
		"valueSet": {ValuesWidened, ValuesLimited}, "encoding": {EncodingChanged, EncodingChanged},
	}
	if r, ok := rules[name]; ok {
		return r[w-weighLooser]
	}
	return [2]string{LimitLoosened, LimitTightened}[w-weighLooser]
}

// weigh compares a constraint of two types as it holds in the end.
func (c *comparison) weigh(name string, was, is *plan.Type, x, y *plan.Effective) weight {
	switch name {
	case "pattern":
		from, to := patterns(x), patterns(y)
		return weighIf(!contains(from, to), !contains(to, from))
	case "minLength":
		return weighCount(x, y, func(c *plan.Constraints) *int { return c.MinLength }, 1)
	case "maxLength":
		return weighCount(x, y, func(c *plan.Constraints) *int { return c.MaxLength }, -1)
	case "minItems":
		return weighCount(x, y, func(c *plan.Constraints) *int { return c.MinItems }, 1)
	case "maxItems":
		return weighCount(x, y, func(c *plan.Constraints) *int { return c.MaxItems }, -1)
	case "minimum":
		return weighBound(x, y, func(c *plan.Constraints) string { return c.Minimum }, 1)
	case "maximum":
		return weighBound(x, y, func(c *plan.Constraints) string { return c.Maximum }, -1)
	case "constant":
		from, to := constants(x), constants(y)
		return weighIf(!hold(from, to), !hold(to, from))
	case "nullable":
		return weighIf(x.Nullable() && !y.Nullable(), !x.Nullable() && y.Nullable())
	case "nonEmpty":
		return weighIf(!x.NonEmpty() && y.NonEmpty(), x.NonEmpty() && !y.NonEmpty())
	case "valueSet":
		from, to := c.lists(was, x, c.a), c.lists(is, y, c.b)
		return weighIf(!from.within(to, is.Base), !to.within(from, is.Base))
	case "encoding":
		return weighIf(was.Encoding != is.Encoding, false)
	default:
		return weighTighter
	}
}

func patterns(e *plan.Effective) []string {
	var list []string
	for _, c := range e.Constraints {
		if c.Pattern != "" {
			list = append(list, c.Pattern)
		}
	}
	return list
}

// contains reports whether all of part are in list.
func contains(list, part []string) bool {
	return !slices.ContainsFunc(part, func(s string) bool { return !slices.Contains(list, s) })
}

func constants(e *plan.Effective) []plan.Scalar {
	var list []plan.Scalar
	for _, c := range e.Constraints {
		if s, ok := plan.ParseScalar(c.Constant); ok {
			list = append(list, s)
		}
	}
	return list
}

// hold reports whether all of part are among list.
func hold(list, part []plan.Scalar) bool {
	return !slices.ContainsFunc(part, func(s plan.Scalar) bool { return !slices.ContainsFunc(list, s.Equal) })
}

// weighCount compares the tightest of the counts; sign is 1 for those that are least, -1 for those that are greatest.
func weighCount(x, y *plan.Effective, of func(*plan.Constraints) *int, sign int) weight {
	from, to := tightestCount(x, of, sign), tightestCount(y, of, sign)
	switch {
	case from == nil && to == nil:
		return weighSame
	case from == nil:
		return weighTighter
	case to == nil:
		return weighLooser
	default:
		return weighIf(*to*sign > *from*sign, *to*sign < *from*sign)
	}
}

func tightestCount(e *plan.Effective, of func(*plan.Constraints) *int, sign int) *int {
	var tightest *int
	for _, c := range e.Constraints {
		if n := of(c); n != nil && (tightest == nil || *n*sign > *tightest*sign) {
			tightest = n
		}
	}
	return tightest
}

// weighBound is weighCount for decimal bounds.
func weighBound(x, y *plan.Effective, of func(*plan.Constraints) string, sign int) weight {
	from, to := tightestBound(x, of, sign), tightestBound(y, of, sign)
	switch {
	case from == nil && to == nil:
		return weighSame
	case from == nil:
		return weighTighter
	case to == nil:
		return weighLooser
	default:
		c := to.Compare(*from) * sign
		return weighIf(c > 0, c < 0)
	}
}

func tightestBound(e *plan.Effective, of func(*plan.Constraints) string, sign int) *plan.Decimal {
	var tightest *plan.Decimal
	for _, c := range e.Constraints {
		if d, ok := plan.ParseDecimal(of(c)); ok && (tightest == nil || d.Compare(*tightest)*sign > 0) {
			tightest = &d
		}
	}
	return tightest
}

// lists are the lists of which a value has to be in each; a nil one is not known.
type lists [][]plan.Value

// lists returns those that hold for a type: its own values, and the value sets.
func (c *comparison) lists(t *plan.Type, e *plan.Effective, of *plan.Frozen) lists {
	var all lists
	if len(t.Values) > 0 {
		all = append(all, t.Values)
	}
	for _, constraints := range e.Constraints {
		if constraints.ValueSetID == "" {
			continue
		}
		var values []plan.Value
		if set := c.sets[of.ValueSets[constraints.ValueSetID]]; set != nil {
			values = set.Values
		}
		all = append(all, values)
	}
	return all
}

// within reports whether every value that is in each of l is surely in each of others: there is a list in l, for each of
// theirs, all of whose values are in that.
func (l lists) within(others lists, base plan.BaseType) bool {
	for _, other := range others {
		if !slices.ContainsFunc(l, func(list []plan.Value) bool { return allListed(list, other, base) }) {
			return false
		}
	}
	return true
}

func allListed(part, list []plan.Value, base plan.BaseType) bool {
	if part == nil || list == nil {
		return false
	}
	keys := make(map[string]bool, len(list))
	for _, v := range list {
		keys[valueKey(v.Value, base)] = true
	}
	for _, v := range part {
		if !keys[valueKey(v.Value, base)] {
			return false
		}
	}
	return true
}

// valueKey is what a value is compared by: the number where only numbers are taken, else the text.
func valueKey(value string, base plan.BaseType) string {
	if base == plan.TypeInteger || base == plan.TypeNumber {
		if d, ok := plan.ParseDecimal(value); ok {
			return string(d.AppendKey(nil))
		}
	}
	return value
}
