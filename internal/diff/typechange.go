package diff

import (
	"slices"

	"github.com/waymarkhq/waymark/internal/plan"
)

// part is the rule of a change inside a type: of a list's elements, or of an object's fields. Nothing narrows these.
func (c *comparison) part(was, is *plan.Type, at []string, kind Kind) string {
	switch {
	case len(at) == 0:
		return c.baseRule(was, is)
	case slices.Contains(constraintNames, at[0]):
		x, y := alone(was, plan.PresenceOptional), alone(is, plan.PresenceOptional)
		return weighedRule(at[0], c.weigh(at[0], was, is, &x, &y))
	case at[0] == "values" && len(at) > 1:
		return c.partListed(was, is, at[1:], kind)
	case at[0] == "items" && was.Items != nil && is.Items != nil:
		return c.part(was.Items, is.Items, at[1:], kind)
	case at[0] == "fields" && len(at) > 1:
		return c.field(was, is, at[1:], kind)
	default:
		return Other
	}
}

// alone is what holds for a type that nothing narrows.
func alone(t *plan.Type, p plan.Presence) plan.Effective {
	return plan.Effective{Presence: p, Constraints: []*plan.Constraints{&t.Constraints}}
}

func (c *comparison) partListed(was, is *plan.Type, at []string, kind Kind) string {
	if len(at) == 1 && at[0] != order && (kind == Removed || len(was.Values) == 0) {
		x, y := alone(was, plan.PresenceOptional), alone(is, plan.PresenceOptional)
		rule := weighedRule("valueSet", c.weigh("valueSet", was, is, &x, &y))
		if rule == ValuesLimited && kind == Removed {
			return ValueRemoved
		}
		return rule
	}
	return listedRule(at, kind)
}

// field is the rule of a change to the fields of an object.
func (c *comparison) field(was, is *plan.Type, at []string, kind Kind) string {
	name, ok := inner(at[0])
	if !ok {
		return OrderChanged
	}
	before, after := fieldOf(was, name), fieldOf(is, name)
	switch {
	case before == nil && after == nil:
		return Other
	case after == nil:
		return FieldRemoved
	case before == nil && len(was.Fields) == 0:
		return ObjectClosed
	case before == nil && after.Required:
		return FieldAddedRequired
	case before == nil:
		return FieldAddedOptional
	}
	switch at[1] {
	case "label":
		return TextChanged
	case "required":
		if after.Required {
			return BecameRequired
		}
		return BecameOptional
	case "type":
		return c.fieldType(before, after, at[2:], kind)
	default:
		return Other
	}
}

// fieldType is part, with what a required field says about empty values.
func (c *comparison) fieldType(was, is *plan.Field, at []string, kind Kind) string {
	if len(at) != 1 || at[0] != "nonEmpty" {
		return c.part(&was.Type, &is.Type, at, kind)
	}
	x, y := alone(&was.Type, presenceOf(was)), alone(&is.Type, presenceOf(is))
	return weighedRule(at[0], c.weigh(at[0], &was.Type, &is.Type, &x, &y))
}

func presenceOf(f *plan.Field) plan.Presence {
	if f.Required {
		return plan.PresenceRequired
	}
	return plan.PresenceOptional
}

func fieldOf(t *plan.Type, name string) *plan.Field {
	i := slices.IndexFunc(t.Fields, func(f plan.Field) bool { return f.Name == name })
	if i < 0 {
		return nil
	}
	return &t.Fields[i]
}

// narrower are the types of which every value is one of the type before, in a column that readers can keep.
var narrower = map[plan.BaseType][]plan.BaseType{
	plan.TypeString: {plan.TypeEnum, plan.TypeDate, plan.TypeDatetime},
	plan.TypeNumber: {plan.TypeInteger},
}

// baseRule is the rule of a change of the base type.
func (c *comparison) baseRule(was, is *plan.Type) string {
	switch {
	case was.Encoding == is.Encoding && slices.Contains(narrower[was.Base], is.Base):
		return TypeNarrowed
	case was.Base == plan.TypeEnum && is.Base == plan.TypeString && c.keepsTexts(was, is):
		return TypeWidened
	default:
		return TypeChanged
	}
}

// keepsTexts reports whether every value of an enum is a text, which the string takes.
func (c *comparison) keepsTexts(enum, str *plan.Type) bool {
	x, y := alone(enum, plan.PresenceOptional), alone(str, plan.PresenceOptional)
	for _, name := range []string{"pattern", "minLength", "maxLength", "constant", "nullable", "encoding", "valueSet"} {
		if c.weigh(name, enum, str, &x, &y) == weighTighter {
			return false
		}
	}
	values, known := enum.Values, true
	if enum.ValueSetID != "" {
		var set *plan.FrozenValueSet
		if set = c.sets[c.a.ValueSets[enum.ValueSetID]]; set == nil {
			return false
		}
		values = set.Values
	}
	for _, v := range values {
		_, number := plan.ParseDecimal(v.Value) // numbers are taken for it too
		known = known && !number
	}
	return known
}
